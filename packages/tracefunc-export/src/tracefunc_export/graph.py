"""The call graph of a trace as a picture: which function called which, what ran in each, and how often.

    from tracefunc_export.graph import render

    render(trace, "graph.svg")

`docs/graphs.md` says how to read it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from tracefunc.errors import ExportError
from tracefunc.model import Trace
from tracefunc_export._dot import Look, draw
from tracefunc_export._files import write
from tracefunc_export._legend import title_of
from tracefunc_export._numbers import check_seconds
from tracefunc_export._palette import DARK, LIGHT
from tracefunc_export._render import HOW_TO_GET, Budget, GraphvizError, all_graphviz
from tracefunc_export._select import Selection, select
from tracefunc_export._svg import finish
from tracefunc_export._words import one_line

__all__ = ["FORMATS", "render", "to_dot"]

FORMATS: Final = ("svg", "pdf", "png", "dot")
LINKS: Final = {"vscode": "vscode://file{path}:{line}", "file": "file://{path}"}
_COLUMNS: Final = "Each column is one call further from the first, because a better layout takes too long"
_PLACED: Final = f"{_COLUMNS}; modules have no frames"
_HASTY: Final = {"newrank": False, "hasty": True}
_ALONE: Final = {**_HASTY, "placed": True, "clusters": False, "remark": _PLACED}
# What is tried in turn, with which engine, and for which part of the time. Ranks over all clusters (`newrank`) look
# best, but take minutes for many functions, and some versions of `dot` crash on them, or on clusters with circles. In
# columns every size is done in seconds, for few calls are longer than from one to the next. `nop` only draws.
_LADDER: Final[tuple[tuple[str, float, dict[str, Any]], ...]] = (
    ("dot", 0.06, {}),
    ("dot", 0.03, {"newrank": False}),
    ("dot", 0.05, _HASTY),
    ("dot", 0.04, {**_HASTY, "columns": True, "remark": _COLUMNS}),
    ("dot", 0.02, {**_HASTY, "columns": True, "clusters": False, "remark": _PLACED}),
    ("nop", 0.15, _ALONE),
    ("nop", 1.0, _ALONE),
)
_MANY: Final = 150  # functions from which on the first two are not worth trying
_SHARP, _SMALL = 144, 72  # pixels of a PNG to an inch; of a large one they are what takes longest
_FIRST_OF_TWO: Final = 0.7  # of the time is for `dot` where the bundled library is to be tried after it


@dataclass(frozen=True, slots=True)
class _Picture:
    trace: Trace
    selection: Selection
    look: Look
    theme: str


def to_dot(
    trace: Trace,
    *,
    focus: str | None = None,
    depth: int | None = None,
    min_hits: int = 0,
    limit: int | None = 100,
    detail: Literal["auto", "detailed", "compact"] = "auto",
    theme: Literal["auto", "light", "dark"] = "auto",
    title: str | None = None,
    links: str | None = None,
    values: bool = True,
) -> str:
    """Return the call graph in Graphviz's language; the same trace gives the same text.

    Each function is a table of its statements with their hits (`detail="detailed"`, for up to 15 functions), or a chip
    with its calls (`"compact"`). `focus` is the name of a function, or a pattern with `*`: only what leads to it and
    what it leads to is shown, at most `depth` calls away; without a focus, `depth` counts from where the targets were
    entered. Left out are functions none of whose statements has `min_hits` hits, and all but the `limit` functions with
    most hits (None: no limit); the picture says how many. `links` is where a row leads when it is clicked:
    `"vscode"`, `"file"`, or an address with `{path}` and `{line}`. Tooltips have the values of names unless `values` is
    False.

    Raises `ExportError` for a focus that no function has and for values that make no sense.
    """
    picture = _plan(trace, focus, depth, min_hits, limit, detail, theme, title, links, values)
    return draw(trace, picture.selection, picture.look)


def render(
    trace: Trace,
    path: str | os.PathLike[str],
    format: Literal["svg", "pdf", "png", "dot"] | None = None,  # noqa: A002
    *,
    focus: str | None = None,
    depth: int | None = None,
    min_hits: int = 0,
    limit: int | None = 100,
    detail: Literal["auto", "detailed", "compact"] = "auto",
    theme: Literal["auto", "light", "dark"] = "auto",
    title: str | None = None,
    links: str | None = None,
    values: bool = True,
    timeout: float = 60,
) -> None:
    """Write the call graph to a file, in the given format or that of its suffix: `.svg`, `.pdf`, `.png`, `.dot`, `.gv`.

    The options are those of `to_dot`. An SVG has tooltips, and its colours follow those of the reader, light or dark,
    unless the `theme` is one of both; the other formats are light unless told otherwise.

    It needs Graphviz: the program `dot`, or the library that the extra `svg-bundled` installs; where `dot` fails, the
    library is tried, too. Without one, and where none of several attempts is done after `timeout` seconds in all, the
    `.dot` file is written beside, and the `ExportError` says what to do.
    """
    path = os.fspath(path)
    kind = format or _format_of(path)
    if kind not in FORMATS:
        raise ExportError(f"There is no picture of format {kind!r}: there is {', '.join(FORMATS)}.")
    check_seconds("timeout", timeout)
    picture = _plan(trace, focus, depth, min_hits, limit, detail, theme, title, links, values)
    if kind == "dot":
        write(path, draw(trace, picture.selection, picture.look).encode("utf-8"))
    else:
        write(path, _drawn(picture, kind, path, timeout))


def _plan(
    trace: Trace,
    focus: str | None,
    depth: int | None,
    min_hits: int,
    limit: int | None,
    detail: Literal["auto", "detailed", "compact"],
    theme: str,
    title: str | None,
    links: str | None,
    values: bool,
) -> _Picture:
    if theme not in ("auto", "light", "dark"):
        raise ExportError(f"theme={theme!r} is none of 'auto', 'light' and 'dark'.")
    for name, text in (("focus", focus), ("title", title), ("links", links)):
        if text is not None and not isinstance(text, str):
            raise ExportError(f"{name}={text!r} is no text: give a str, or None.")
    selection = select(trace, focus=focus, depth=depth, min_hits=min_hits, limit=limit, detail=detail)
    look = Look(DARK if theme == "dark" else LIGHT, title, LINKS.get(links, links) if links else None, values)
    return _Picture(trace, selection, look, theme)


def _drawn(picture: _Picture, kind: str, path: str, timeout: float) -> bytes:
    """Return the picture, or leave the DOT beside where it would have been and raise `ExportError`."""
    found = list(all_graphviz())
    budget = Budget(timeout)
    failures: list[str] = []
    rungs = _LADDER[2 if len(picture.selection.functions) > _MANY else 0 :]
    for number, graphviz in enumerate(found):
        part_of_all = _FIRST_OF_TWO if number + 1 < len(found) else 1.0
        mine = Budget(budget.left * part_of_all)
        for engine, part, changes in rungs:
            dot = draw(picture.trace, picture.selection, replace(picture.look, **changes))
            try:
                drawn = graphviz.draw(
                    dot, kind, engine=engine, timeout=mine.part(part), dpi=_SMALL if part == 1 else _SHARP
                )
            except GraphvizError as error:
                failures.append(str(error) if graphviz.program else f"{error}, in the bundled library")
                continue
            return _finished(picture, drawn) if kind == "svg" else drawn
    left = f"{os.path.splitext(path)[0]}.dot"
    write(left, draw(picture.trace, picture.selection, picture.look).encode("utf-8"))
    if not found:
        raise ExportError(
            f"{path!r} was not drawn, for there is no Graphviz on this machine: {HOW_TO_GET}. "
            f"What it would have drawn is in {left!r}."
        )
    raise ExportError(
        f"{path!r} was not drawn: {'; '.join(dict.fromkeys(failures))}. Show fewer functions with focus=, depth=, "
        f"min_hits= or limit=, or give it more time with timeout=. What was to be drawn is in {left!r}."
    )


def _finished(picture: _Picture, drawn: bytes) -> bytes:
    functions = picture.trace.functions
    names = {f"f{each}": one_line(functions[each].qualname) for each in picture.selection.functions}
    title = title_of(picture.trace, picture.look.title)
    return finish(drawn.decode("utf-8"), names, title, picture.theme).encode("utf-8")


def _format_of(path: str) -> str:
    suffix = os.path.splitext(path)[1].lower().removeprefix(".")
    if not suffix:
        raise ExportError(
            f"{path!r} has no suffix that says what to write: one of {', '.join(f'.{each}' for each in FORMATS)}."
        )
    return "dot" if suffix == "gv" else suffix
