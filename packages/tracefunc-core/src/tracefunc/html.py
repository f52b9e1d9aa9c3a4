"""A trace as HTML: annotated source with hits as heat, and the samples of each call behind a click.

The HTML needs no script and loads nothing. It takes the colours of the page around it, light or dark, and only tints
them. All texts of the traced program are escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from tracefunc._calltree import duration, result, signature, tree, where
from tracefunc._columns import clean
from tracefunc._values import fit
from tracefunc._view import Row, counted, kept, named, place, rows
from tracefunc.model import Call, Function, Trace

__all__ = ["fragment", "page"]

_BESIDE = 70  # characters of values that are shown without a click
_MOST = 5000  # samples in a fragment: the others are in the trace
_MOST_CALLS = 200  # calls in its tree

_STYLE = """
.tracefunc { overflow-x: auto; font-size: 13px; line-height: 1.4; text-align: left }
.tracefunc table.tf { border-collapse: collapse; border: 0; margin: 2px 0 8px; font: inherit; table-layout: auto }
.tracefunc table.tf :is(thead, tbody) tr { background: none }
.tracefunc table.tf :is(thead, tbody) tr:hover { background: rgba(128, 128, 128, .12) }
.tracefunc table.tf :is(td, th) { border: 0; padding: 0 8px; text-align: left; vertical-align: top; color: inherit;
  line-height: inherit; font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-weight: normal; max-width: none }
.tracefunc table.tf th { opacity: .75 }
.tracefunc table.tf .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.tracefunc table.tf .hits { background: rgba(255, 120, 0, var(--heat, 0)) }
.tracefunc table.tf .src { white-space: pre }
.tracefunc table.tf .val { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 24em }
.tracefunc table.tf .never :is(.hits, .src) { background: rgba(220, 0, 60, .16) }
.tracefunc table.tf .raised .src { background: rgba(220, 0, 60, .3); white-space: pre-wrap; font-weight: bold }
.tracefunc table.tf .in { padding-left: 20px }
.tracefunc summary { cursor: pointer }
.tracefunc .name { font-weight: bold }
.tracefunc :is(p, ul) { margin: 4px 0 }
"""


def fragment(trace: Trace) -> str:
    """Return a trace as one `<div>`, to be put into a page: what a notebook shows."""
    return f'<div class="tracefunc"><style>{_STYLE}</style>{"".join(_parts(trace))}</div>'


def page(trace: Trace, title: str = "tracefunc") -> str:
    """Return a trace as a whole page, to be written to a file in UTF-8. It forbids itself scripts and loading."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{_safe(title)}</title></head>\n'
        f"<body>{fragment(trace)}</body></html>\n"
    )


def _safe(text: str) -> str:
    return escape(clean(text))


def _parts(trace: Trace) -> Iterator[str]:
    hottest = max(trace.hits, default=0)
    samples = iter(range(_MOST))
    called = [function for function in trace.functions if function.calls]
    for function in called:
        yield f"<details open><summary>{_title(function, kept(trace, function))}</summary>"
        yield from _callers(trace, function)
        yield '<table class="tf"><thead><tr><th class="n">hits</th><th class="n">id</th><th class="n">line</th>'
        yield "<th>source</th><th>values</th></tr></thead><tbody>"
        calls = [call for call in trace.calls if call.function == function.id]
        for row in rows(trace, function):
            yield from _row(row, calls, hottest, samples)
        yield "</tbody></table></details>"
    if trace.calls:
        yield from _calls(trace)
    if never := [function for function in trace.functions if not function.calls]:
        yield f"<details><summary>{counted(len(never), 'function')} never called</summary><ul>"
        yield from (f"<li>{_title(function)}</li>" for function in never)
        yield "</ul></details>"
    yield from (f"<p>Note: {_safe(note)}</p>" for note in trace.notes)


def _title(function: Function, text: str = "") -> str:
    name = f'<span class="name">{escape(named(function))}</span>'
    return f"{name} ({_safe(place(function.path))}:{function.line})" + (f", {_safe(text)}" if text else "")


def _callers(trace: Trace, function: Function) -> Iterator[str]:
    for edge in trace.edges:
        if edge.callee == function.id and edge.caller is not None:
            at = "" if edge.statement is None else f", {where(trace, edge.statement)}"
            by = escape(named(trace.functions[edge.caller]))
            yield f"<p>called {counted(edge.calls, 'time')} by {by}{at}</p>"


def _row(row: Row, calls: Sequence[Call], hottest: int, samples: Iterator[int]) -> Iterator[str]:
    never = row.hits == 0
    heat = "" if not row.hits else f' style="--heat:{0.5 * math.log1p(row.hits) / math.log1p(hottest):.2f}"'
    hits = "" if row.hits is None else "never" if never else f"{row.hits:,}"
    name = "" if row.statement is None else f"s{row.statement.id}"
    yield f'<tr{" class=never" if never else ""}><td class="n hits"{heat}>{hits}</td><td class="n">{name}</td>'
    yield f'<td class="n">{"" if row.line is None else row.line}</td><td class="src">{escape(row.source)}</td>'
    yield f'<td class="val">{"".join(_beside(row, calls, samples))}</td></tr>'
    for raised in row.raised:
        indent = " " * row.indent
        yield f'<tr class="raised"><td></td><td></td><td></td><td class="src" colspan="2">{indent}^ '
        yield f"{_safe(str(raised))}</td></tr>"


def _beside(row: Row, calls: Sequence[Call], samples: Iterator[int]) -> Iterator[str]:
    """Yield what stands beside a row: a short text, and behind it all samples of each call."""
    short = escape(fit(row.branches, row.values, _BESIDE))
    known = [] if row.statement is None else [call for call in calls if call.samples.get(row.statement.id)]
    if not known:
        yield short
        return
    assert row.statement is not None
    yield f"<details><summary>{short or '...'}</summary>"
    for call in known:
        if len(calls) > 1:
            yield f"<div>c{call.id}, {counted(call.hits.get(row.statement.id, 0), 'hit')}</div>"
        for name, taken in call.samples[row.statement.id].items():
            if next(samples, None) is None:
                yield "<div>more samples are in the trace</div></details>"
                return
            shown = ", ".join(f'<span title="{_safe(item.type)}">{_safe(item.text)}</span>' for item in taken)
            more = ", ..." if call.hits.get(row.statement.id, 0) > len(taken) else ""
            yield f'<div class="in">{_safe(name)} = {shown}{more}</div>'
    yield "</details>"


def _calls(trace: Trace) -> Iterator[str]:
    number = counted(len(trace.calls), "call") + (" with detail" if trace.without_detail else "")
    more = f", {trace.without_detail:,} without" if trace.without_detail else ""
    yield f"<details><summary>{number}{more}</summary>"
    yield '<table class="tf"><thead><tr><th class="n">id</th><th class="n">time</th><th>call</th></tr></thead><tbody>'
    for index, (depth, call) in enumerate(tree(trace)):
        if index == _MOST_CALLS:
            yield f'<tr><td></td><td></td><td class="src">and {len(trace.calls) - index:,} more</td></tr>'
            break
        indent = "  " * min(depth, 20)
        kind = ' class="raised"' if call.outcome.kind == "raised" else ""
        yield f'<tr{kind}><td class="n">c{call.id}</td><td class="n">{duration(call.running)}</td>'
        yield f'<td class="src">{indent}{_safe(signature(trace, call))} {_safe(result(trace, call))}</td></tr>'
    yield "</tbody></table></details>"
