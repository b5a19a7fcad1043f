"""Host names that Image Builder answers on, and the handler of their paths."""

from .responses import ImageBuilderResponse

# Regional, FIPS and dual-stack hosts; moto itself adds the variants of the other partitions' DNS suffixes.
url_bases = [
    r"https?://imagebuilder(?:-fips)?\.(.+)\.amazonaws\.com",
    r"https?://imagebuilder(?:-fips)?\.(.+)\.api\.aws",
    r"https?://imagebuilder(?:-fips)?\.(.+)\.api\.amazonwebservices\.com\.cn",
]

# The operation is found from botocore's model, so one pattern serves all paths.
url_paths = {
    "{0}/.*$": ImageBuilderResponse.dispatch,
}
