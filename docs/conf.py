"""Settings of the documentation's build: `hatch run docs:build`."""

from importlib.metadata import version as installed_version

project = "tracefunc"
author = "The tracefunc authors"
version = release = installed_version("tracefunc-core")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
html_theme = "furo"
html_title = f"tracefunc {release}"
