"""Host names that License Manager answers on, and the handler of their path."""

from .responses import LicenseManagerResponse

url_bases = [r"https?://license-manager(?:-fips)?\.(.+)\.amazonaws\.com"]

url_paths = {"{0}/$": LicenseManagerResponse.dispatch}
