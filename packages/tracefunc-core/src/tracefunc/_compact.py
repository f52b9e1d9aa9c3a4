"""A trace in a given number of characters, for programs that read it: the most informative comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracefunc._calltree import result, signature, tree
from tracefunc._columns import clean
from tracefunc._values import fit
from tracefunc._view import Row, counted, kept, named, place, rows, views
from tracefunc.model import Trace

__all__ = ["bounded", "compact"]

_ROOMS = (10**9, 240, 120, 60, 30)  # columns of what stands beside a statement, in each of its forms

_LOW = 5  # the last rank that comes before calls that raised nothing, and statements that tell little


@dataclass(frozen=True, slots=True)
class _Item:
    """A line that may be left out: by what it counts as then, after those with a larger `rank`.

    `texts` are its forms, the longest first; `under` is the index of the item that must be there before it.
    """

    rank: int
    texts: tuple[str, ...]
    kind: str
    under: int | None = None


def compact(trace: Trace, max_chars: int, *, calls: bool = True, values: bool = True, unhit: bool = False) -> str:
    """Return the most informative part of a trace in at most `max_chars` characters.

    Exceptions come first, then the statements, then the calls. Where not all fits, values are shortened; then go
    functions that were never called, calls, and statements that tell little. The last line says what was left out.
    """
    heads = list(_heads(trace))
    items = [*heads, *_statements(trace, len(heads), values, unhit), *(_calls(trace) if calls else ())]
    return _select(items, max_chars)


def bounded(lines: Iterable[str], max_chars: int) -> str:
    """Return the first lines of a text, those that fit into `max_chars`, and how many were left out."""
    return _select([_Item(0, (line,), "line") for line in lines], max_chars)


def _select(items: Iterable[_Item], max_chars: int) -> str:
    """Return the items that fit into `max_chars`, in their order, and a last line that says what was left out.

    By rank, each gets a place in a short form, and then, as long as there is room, a longer one. Those of a low rank
    come after the others have had their values.
    """
    numbered = list(items)
    if sum(len(item.texts[0]) + 1 for item in numbered) - 1 <= max_chars:
        return "\n".join(item.texts[0] for item in numbered)
    by_rank = sorted(range(len(numbered)), key=lambda index: numbered[index].rank)
    longest = max(len(item.texts) for item in numbered)
    left = max_chars - len(_last(Counter(item.kind for item in numbered), len(numbered))) + 1
    forms: dict[int, int] = {}
    for lowest, least in ((_LOW, 3), (10**9, 0)):
        for index in by_rank:
            item = numbered[index]
            if index in forms or item.rank > lowest:
                continue
            needed = [] if item.under is None or item.under in forms else [item.under]
            before = sum(len(numbered[other].texts[-1]) + 1 for other in needed)
            for form in range(len(item.texts) - (2 if len(item.texts) > 2 else 1), len(item.texts)):
                if (size := before + len(item.texts[form]) + 1) <= left:
                    forms.update((other, len(numbered[other].texts) - 1) for other in needed)
                    forms[index] = form
                    left -= size
                    break
        for form in range(longest - 2, least - 1, -1):
            for index in by_rank:
                if form < forms.get(index, 0):
                    texts = numbered[index].texts
                    if (size := len(texts[form]) - len(texts[forms[index]])) <= left:
                        forms[index] = form
                        left -= size
    dropped = Counter(item.kind for index, item in enumerate(numbered) if index not in forms)
    shortened = sum(numbered[index].texts[form] != numbered[index].texts[0] for index, form in forms.items())
    text = "\n".join(numbered[index].texts[form] for index, form in sorted(forms.items()))
    return (text + _last(dropped, shortened)).removeprefix("\n")[: max(max_chars, 0)]


def _last(dropped: Counter[str], shortened: int) -> str:
    parts = [counted(number, kind) for kind, number in sorted(dropped.items()) if number]
    parts += [f"part of {counted(shortened, 'line')}"] if shortened else []
    return f"\n[left out: {', '.join(parts)}]" if parts else ""


def _heads(trace: Trace) -> Iterator[_Item]:
    calls = sum(function.calls for function in trace.functions)
    numbers = (
        f"{counted(len(trace.functions), 'function')}, {counted(calls, 'call')}, {counted(sum(trace.hits), 'hit')}"
    )
    whole = f"trace on Python {trace.python}: {numbers}; c = call, s = statement, x = hits, L = line"
    yield _Item(0, (whole, f"trace: {counted(calls, 'call')}"), "heading")
    for note in trace.notes:
        yield _Item(1, (f"note: {clean(note)}", f"note: {clean(note)[:80]}"), "note")
    raised = [call for call in trace.calls if call.outcome.kind == "raised"]
    passed_on = {(call.caller, call.outcome.exception, call.outcome.message) for call in raised}
    origins = {call.id for call in raised} - {
        call.id for call in raised if (call.id, call.outcome.exception, call.outcome.message) in passed_on
    }
    for number, call in enumerate(sorted(raised, key=lambda call: (call.id not in origins, call.id))):
        short = result(trace, call)
        texts = f"c{call.id} {signature(trace, call)} {short}", f"c{call.id} {short}"
        yield _Item((1 if number < 3 else 5) if call.id in origins else 8, texts, "call")


def _statements(trace: Trace, index: int, values: bool, unhit: bool) -> Iterator[_Item]:
    """Yield the items of all functions; the first of them will have this index."""
    for view in views(trace):
        function = view.function
        head = f"{named(function)} {place(function.path)}:{function.line} {kept(view)}"
        under = index
        yield _Item(2 if function.calls else 9, (head,), "function")
        index += 1
        never = False
        for row in rows(view) if function.calls or unhit else ():
            if row.statement is not None:
                yield _Item(_rank(row, never), tuple(_forms(row, values)), "statement", under)
                index += 1
                never = not row.hits


def _rank(row: Row, never: bool) -> int:
    """Return how soon a row goes; `never` tells that the one before it has not run either, which says as much."""
    if row.raised:
        return 3
    if not row.hits:
        return 7 if never else 4
    if any(item.distinct > 1 for item in row.values):
        return 4
    return 5 if row.branches else 6 if row.values else 7


def _forms(row: Row, values: bool) -> Iterator[str]:
    assert row.statement is not None
    snippet = " ".join(row.statement.snippet.split())
    hits = f"x{row.hits}" if row.hits else "never"
    start = f"s{row.statement.id} L{row.statement.extent.line} {hits} {clean(snippet)}"
    ends = "".join(f" ! {raised.who}" for raised in row.raised)
    for room in _ROOMS:
        beside = fit(row.branches, row.values if values else (), room)
        yield f"{start}  # {beside}{ends}" if beside else start + ends
    short = snippet if len(snippet) <= 40 else f"{snippet[:37]}..."
    yield f"s{row.statement.id} L{row.statement.extent.line} {hits} {clean(short)}"


def _calls(trace: Trace) -> Iterator[_Item]:
    for number, (_, call) in enumerate(tree(trace)):
        if call.outcome.kind == "raised":
            continue
        by = f" by c{call.caller}" if call.caller is not None else ""
        text = f"c{call.id}{by} {signature(trace, call)} {result(trace, call)}"
        yield _Item(6 if number < 3 else 7, (text, text if len(text) <= 80 else f"{text[:77]}..."), "call")
