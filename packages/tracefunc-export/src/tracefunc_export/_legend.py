"""The words above a picture: what was traced, what is hidden, and what the colours mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tracefunc.model import Function, Trace
from tracefunc_export._facts import Facts
from tracefunc_export._palette import thresholds
from tracefunc_export._select import Selection
from tracefunc_export._words import cell, count, one_line, plural, shorten

__all__ = ["title_block", "title_of"]

_NOTES = 3


def title_block(
    facts: Facts,
    selection: Selection,
    shown: Sequence[Function],
    title: str | None,
    most: int,
    colours: Mapping[str, str],
    *,
    remark: str | None = None,
) -> str:
    """Return the label of the whole picture, an HTML-like table."""
    rows = [f'<font point-size="14" color="{colours["text"]}">{cell(title_of(facts.trace, title))}</font>']
    faint = [cell(line) for line in _remarks(facts.trace, selection, shown, remark)]
    rows += [f'<font point-size="9.5" color="{colours["faint"]}">{line}</font>' for line in faint]
    cells = "".join(f'<tr><td align="left">{row}</td></tr>' for row in rows)
    legend = "".join(_legend(selection, facts.trace, most, colours))
    return (
        f'<table border="0" cellborder="0" cellspacing="0" cellpadding="2">{cells}<tr><td align="left">'
        f'<table border="0" cellborder="0" cellspacing="1" cellpadding="3"><tr>{legend}</tr></table></td></tr></table>'
    )


def title_of(trace: Trace, title: str | None) -> str:
    """Return the title of a picture: what was traced, by default what was entered first, and the sums."""
    if title is None:
        entered = sorted({edge.callee for edge in trace.edges if edge.caller is None})
        names = [trace.functions[each].qualname for each in entered] or [each.qualname for each in trace.functions]
        title = names[0] if names else "nothing traced"
        if len(names) > 1:
            title += f" and {len(names) - 1} more"
    unrun = sum(not hits for hits in trace.hits)
    parts = [
        plural(sum(function.calls for function in trace.functions), "call"),
        plural(sum(trace.hits), "hit"),
        f"{plural(unrun, 'statement')} never ran" if unrun else "every statement ran",
    ]
    return f"{shorten(one_line(title), 100)} — {', '.join(parts)}"


def _remarks(trace: Trace, selection: Selection, shown: Sequence[Function], remark: str | None) -> Iterator[str]:
    if selection.hidden:
        why = f" ({'; '.join(selection.reasons)})" if selection.reasons else ""
        yield one_line(f"{plural(len(shown), 'function')} shown, {selection.hidden:,} hidden{why}")
    if remark is not None:
        yield remark
    for note in trace.notes[:_NOTES]:
        yield shorten(one_line(note), 140)
    if len(trace.notes) > _NOTES:
        yield f"and {plural(len(trace.notes) - _NOTES, 'more note')} in the trace"


def _legend(selection: Selection, trace: Trace, most: int, colours: Mapping[str, str]) -> Iterator[str]:
    """Yield the cells of the legend: a chip for each step that there is, and what the arrows are."""

    def words(text: str) -> str:
        return f'<td align="left"><font point-size="9" color="{colours["faint"]}">{text}</font></td>'

    def chip(text: str, fill: str, ink: str) -> str:
        return f'<td bgcolor="{colours[fill]}"><font point-size="9" color="{colours[ink]}">{text}</font></td>'

    detailed = selection.detail == "detailed"
    if most:
        yield words("hits of a statement:" if detailed else "calls of a function:")
    steps = thresholds(most)
    for (step, low), (_, above) in pairwise([*steps, (0, most + 1)]):
        text = count(low) if low == above - 1 else f"{count(low)}-{count(above - 1)}"
        yield chip(text, f"heat{step}", "heat_text")
    unrun = any(not hits for hits in trace.hits) if detailed else any(not each.calls for each in trace.functions)
    if unrun:
        yield chip("not run", "unrun", "unrun_text")
    yield words("&#160;→ calls, the wider the more" + (", from the row of the calling statement" if detailed else ""))
