"""Sphinx's settings for the site that `make docs` builds.

What antsibull-docs writes from the plugins and from docs/docsite/rst goes to any other site of Ansible collections as
well. Nothing is fetched: names of other collections become links by the rules of docs.ansible.com.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from docutils import nodes

project = "goldimage.aws"
title = html_title = html_short_title = project
copyright = "Contributors to the goldimage.aws project"

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
smartquotes_action = "D"  # dashes

html_theme = "sphinx_ansible_theme"
html_theme_options = {"collapse_navigation": True, "navigation_depth": 2, "titles_only": True}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_use_index = False
html_copy_source = False

# The changelog has no title as long as nothing is released.
suppress_warnings = ["toc.no_title"]

_ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
_PLUGIN = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.(\w+)")
# What antsibull-docs refers to in Ansible's own documentation.
_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}

# antsibull-docs has fixed titles, too long for the bar at the side.
_TITLES = {"Goldimage.Aws\n=============": f"{project}\n============="}
_CAPTIONS = {"_module": "Modules", "_filter": "Plugins", "_role": "Role"}

_ROOT = Path(__file__).resolve().parents[2]
_ACTION = re.compile(r"C\(([a-z0-9-]+):([A-Z]\w+)\)")
_MODULE = re.compile(r"- :ansplugin:`goldimage\.aws\.(\w+)#module`")


def link_elsewhere(app, env, node, contnode):
    """Sphinx's `missing-reference`: a link for what another project documents, None for what is really missing."""
    target = node.get("reftarget", "")
    plugin = _PLUGIN.fullmatch(target)
    if plugin and plugin.group(1, 2) != ("goldimage", "aws"):
        page = "collections/{}/{}/{}.html".format(*plugin.groups())
    else:
        page = _PAGES.get(target)
    if page is None:
        return None
    return nodes.reference("", "", contnode, internal=False, refuri=_ANSIBLE + page)


def actions_of(module):
    """The IAM actions that the notes of a module name, as text: each service once, with its actions."""
    text = (_ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    documentation = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', text, re.DOTALL)[1])
    services = {}
    for service, action in _ACTION.findall(" ".join(documentation.get("notes", []))):
        services.setdefault(service, {})[action] = None
    return "; ".join(f"**{service}:** {', '.join(found)}" for service, found in services.items())


def complete(app, name, source):
    """Sphinx's `source-read`: names the parts of the start page, and lists the actions of each module."""
    if name == "docsite/permissions":
        source[0] = _MODULE.sub(lambda match: f"{match[0]}: {actions_of(match[1]) or 'see its notes'}", source[0])
    if name != "index":
        return
    text = source[0]
    # Each section of guides gets its title as the caption of its list.
    text = re.sub(
        r"(?m)^(.+)\n(-+)\n\n(\.\. toctree::\n    :maxdepth: 1\n)(?=\n    docsite/)",
        r"\1\n\2\n\n\3    :caption: \1\n",
        text,
    )
    for old, new in _TITLES.items():
        text = text.replace(old, new)
    for part, caption in _CAPTIONS.items():
        # The first list of pages of this kind.
        pattern = rf"(\.\. toctree::\n    :maxdepth: 1\n)((?:    :hidden:\n)?\n(?:    \S+\n)*?    \S*{part}\S*\n)"
        text = re.sub(pattern, rf"\1    :caption: {caption}\n\2", text, count=1)
    source[0] = re.sub(r"(?m)^    (\w+)_(?:module|filter|lookup|test|role)$", r"    \1 <\g<0>>", text).replace(
        "<    ", "<"
    )


def setup(app):
    """What Sphinx calls at the start."""
    app.connect("missing-reference", link_elsewhere)
    app.connect("source-read", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
