"""Which functions of a trace are in the picture, and with how much detail."""

from __future__ import annotations

import difflib
import fnmatch
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tracefunc.errors import ExportError
from tracefunc.model import Function, Trace
from tracefunc_export._numbers import check_number

__all__ = ["Detail", "Selection", "select"]

Detail = Literal["detailed", "compact"]
_DETAILED = 15  # functions up to which each has its statements
_COMPACT = 100  # functions up to which all are shown


@dataclass(frozen=True, slots=True)
class Selection:
    """The functions shown, by id in ascending order, and how many of those asked for are hidden, and why in words."""

    functions: tuple[int, ...]
    detail: Detail
    hidden: int
    reasons: tuple[str, ...]


def select(
    trace: Trace,
    *,
    focus: str | None = None,
    depth: int | None = None,
    min_hits: int = 0,
    limit: int | None = _COMPACT,
    detail: Literal["auto", "detailed", "compact"] = "auto",
) -> Selection:
    """Choose what is shown of a trace.

    `focus` is a name, or a pattern with `*`: what is shown are the functions that it matches, all that lead to them
    and all that they lead to, at most `depth` calls away. Without a focus, depth counts from where the targets were
    entered. Functions none of whose statements has `min_hits` hits are left out. Of more than `limit` functions, those
    with most hits are kept. Raises `ExportError` for a focus that is not there and for values that make no sense.
    """
    _check(depth, min_hits, limit, detail)
    shown = set(range(len(trace.functions)))
    reasons = []
    if focus is not None or depth is not None:
        near = _near(trace, focus, depth)
        if len(near) < len(shown):
            reasons.append(_distance(focus, depth))
        shown &= near
    if min_hits > 0:
        busy = {each for each in shown if _most_hits(trace, trace.functions[each]) >= min_hits}
        if len(busy) < len(shown):
            reasons.append("no hits" if min_hits == 1 else f"fewer than {min_hits:,} hits")
        shown = busy
    if limit is not None and len(shown) > limit:
        shown = set(sorted(shown, key=lambda each: _rank(trace, each))[:limit])
        reasons.append(f"all but the {limit:,} with most hits")
    if detail == "auto":
        detail = "detailed" if len(shown) <= _DETAILED else "compact"
    return Selection(tuple(sorted(shown)), detail, len(trace.functions) - len(shown), tuple(reasons))


def _check(depth: int | None, min_hits: int, limit: int | None, detail: str) -> None:
    if depth is not None:
        check_number("depth", depth, "give a number of calls, from 0 on; None for any")
    check_number("min_hits", min_hits, "give a number of hits, from 0 on")
    if limit is not None:
        check_number("limit", limit, "give a number of functions, from 1 on; None for all", 1)
    if detail not in ("auto", "detailed", "compact"):
        raise ExportError(f"detail={detail!r} is none of 'auto', 'detailed' and 'compact'.")


def _near(trace: Trace, focus: str | None, depth: int | None) -> set[int]:
    """Return the functions within reach of the focus, up and down, or below the roots."""
    callees: dict[int, set[int]] = defaultdict(set)
    callers: dict[int, set[int]] = defaultdict(set)
    for edge in trace.edges:
        if edge.caller is not None:
            callees[edge.caller].add(edge.callee)
            callers[edge.callee].add(edge.caller)
    if focus is None:
        roots = {edge.callee for edge in trace.edges if edge.caller is None}
        return _reach(roots or range(len(trace.functions)), callees, depth)
    matches = _matches(trace, focus)
    return _reach(matches, callees, depth) | _reach(matches, callers, depth)


def _matches(trace: Trace, focus: str) -> list[int]:
    """Return the functions that a focus means: by name, qualified name or module and qualified name."""
    names = [(each.name, each.qualname, f"{each.module}.{each.qualname}") for each in trace.functions]
    found = [index for index, forms in enumerate(names) if any(fnmatch.fnmatchcase(form, focus) for form in forms)]
    found = found or [index for index, forms in enumerate(names) if focus in forms]  # brackets, as in a pattern
    if not found:
        known = sorted({form for forms in names for form in forms})
        close = difflib.get_close_matches(focus, known, n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        raise ExportError(f"focus={focus!r} is no function of this trace, and no pattern that one has.{hint}")
    return found


def _reach(start: Iterable[int], ways: Mapping[int, set[int]], depth: int | None) -> set[int]:
    front = set(start)
    reached = set(front)
    while front and depth != 0:
        front = {step for each in front for step in ways.get(each, ())} - reached
        reached |= front
        depth = None if depth is None else depth - 1
    return reached


def _distance(focus: str | None, depth: int | None) -> str:
    calls = f"more than {depth} call{'' if depth == 1 else 's'}"
    if focus is None:
        return f"{calls} below the first"
    return f"no call path with {focus}" if depth is None else f"{calls} from {focus}"


def _most_hits(trace: Trace, function: Function) -> int:
    return max((trace.hits[each] for each in function.statements), default=0)


def _rank(trace: Trace, index: int) -> tuple[int, int, int]:
    function = trace.functions[index]
    return -sum(trace.hits[each] for each in function.statements), -function.calls, index
