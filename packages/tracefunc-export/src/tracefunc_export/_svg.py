"""What Graphviz leaves to be done on an SVG: words for titles, tooltips that browsers show, fonts and dark colours."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from tracefunc_export._palette import style

__all__ = ["finish"]

# Graphviz writes attributes in a fixed order and text escaped, so these match its tags and nothing else.
_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>\n?")
_COMMENT = re.compile(r"<!-- .*? -->\n?", re.DOTALL)
_OPEN = re.compile(r"<svg [^>]*>")
_TITLE = re.compile(r"<title>([^<]*)</title>\n?")
_LINK = re.compile(r'<a(?: xlink:href="(?P<href>[^"]*)")?(?: xlink:title="(?P<title>[^"]*)")?(?P<rest>[^>]*)>|</a>')
_NODE = re.compile(r"f\d+")


def finish(svg: str, names: Mapping[str, str], title: str, theme: str) -> str:
    """Return the SVG that Graphviz made of a picture, ready for a browser.

    `names` has the words for each node by its id. What is only a tooltip is no link any more.
    """
    svg = _COMMENT.sub("", _DOCTYPE.sub("", svg)).replace("&#160;", " ")  # so that code can be copied from it
    svg = _OPEN.sub(
        lambda match: f'{match[0][:-1]} role="img" xml:space="preserve">\n<style>{style(theme)}</style>', svg, count=1
    )
    svg = _TITLE.sub(lambda match: _titled(html.unescape(match[1]), names, title), svg)
    return _Tooltips().of(svg)


def _titled(known: str, names: Mapping[str, str], title: str) -> str:
    """Return the title of the picture, or of a node, in words; edges and clusters have tooltips and need no titles."""
    if known == "tracefunc":
        known = title
    elif _NODE.fullmatch(known) and known in names:
        known = names[known]
    else:
        return ""
    return f"<title>{html.escape(known, quote=False)}</title>\n"


class _Tooltips:
    """Turns Graphviz's links that lead nowhere into groups with a title, and gives a title to the others."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def of(self, svg: str) -> str:
        return _LINK.sub(self._tag, svg)

    def _tag(self, match: re.Match[str]) -> str:
        if match[0] == "</a>":
            return f"</{self._open.pop()}>"
        href, tooltip = match["href"] or "#", (match["title"] or "").strip()
        # The text of an attribute is that of an element as well, but for the line breaks, which may stay escaped.
        title = f"<title>{tooltip}</title>" if tooltip else ""
        if href == "#":
            self._open.append("g")
            return f"<g>{title}"
        self._open.append("a")
        return f'<a xlink:href="{href}"{match["rest"]}>{title}'
