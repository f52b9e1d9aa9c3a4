"""From the records of a document, perhaps not all of them, to a trace in which every reference leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

from tracefunc._fields import KINDS, VERSION, Extras, Header, Key, Totals, key_of
from tracefunc.errors import TraceFileError
from tracefunc.model import Branch, Call, Edge, Extent, Function, Statement, Trace, Unknown

__all__ = ["Builder"]

_LOST: Final = "<lost>"
_ROOM: Final = 100_000  # records that may be made up for
_id: Final = attrgetter("id")
_KIND_OF: Final = {made: kind for kind, made in KINDS.items()}


class Builder:
    """Collects the records of one document. Of two with one identity, the later holds.

    When it is `strict`, a reference to a record that is not there is an error. Otherwise what is lost is made up for:
    an empty function or statement stands in its place, and a note says so.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._header: Header | None = None
        self._totals = Totals(0, 0, {})
        self._hits: dict[int, int] = {}
        self._dropped: set[int] = set()
        self._found: dict[str, dict[Key, Any]] = {kind: {} for kind in KINDS}
        self._calls: dict[int, Call] = {}
        self._unknown: Extras = {}
        self._others: list[Mapping[str, Any]] = []
        self._notes: list[str] = []

    def add(self, value: Any, extras: Extras) -> None:
        """Take a record, and those of its fields that only a newer version knows."""
        kind = _KIND_OF.get(type(value))
        if kind is None:
            self._others.append(value.value)
            return
        key = key_of(kind, value)
        for path, extra in extras.items():
            self._unknown[(*key, *path)] = extra
        if kind == "header":
            self._header = value
        elif kind == "totals":
            self._totals = value
            self._hits.update(value.hits)
            self._dropped.update(value.dropped)
            self._notes = list(value.notes)
        elif kind == "call":
            self._calls[value.id] = value
        elif kind != "footer":
            self._found[kind].pop(key, None)  # its place is that of the later one
            self._found[kind][key] = value

    def add_calls(self, calls: Sequence[Call]) -> None:
        """Take calls without unknown fields."""
        self._calls.update(zip(map(_id, calls), calls, strict=True))

    def trace(self, notes: Iterable[str] = ()) -> Trace:
        """Return the trace of all records, with more notes."""
        self._notes += notes
        if self._header is None:
            raise TraceFileError("the header is missing")
        calls: list[Call] = sorted(self._calls.values(), key=_id)
        if self._dropped:
            calls = [call for call in calls if call.id not in self._dropped]
        statements: dict[int, Statement] = {each.id: each for each in self._found["statement"].values()}
        functions: dict[int, Function] = {each.id: each for each in self._found["function"].values()}
        edges: list[Edge] = list(self._found["edge"].values())
        branches: list[Branch] = list(self._found["branch"].values())
        self._complete_statements(statements, functions, calls, edges, branches)
        self._complete_functions(functions, calls, edges)
        calls = self._complete_stacks(calls)
        numbers = {known: number for number, known in enumerate(sorted(functions))}
        if any(known != number for known, number in numbers.items()):  # a stream leaves out functions that never ran
            functions = {numbers[known]: replace(each, id=numbers[known]) for known, each in functions.items()}
            calls = [replace(call, function=numbers[call.function]) for call in calls]
            edges = [_renumbered(edge, numbers) for edge in edges]
        header, totals = self._header, self._totals
        minor = header.version[1]
        unknown = None
        if self._unknown or self._others or minor > VERSION[1]:
            unknown = Unknown(minor, self._unknown, tuple(self._others))
        return Trace(
            tuple(functions[number] for number in sorted(functions)),
            tuple(statements[number] for number in sorted(statements)),
            tuple(self._hits.get(number, 0) for number in sorted(statements)),
            tuple(calls),
            tuple(edges),
            totals.without_detail,
            header.start,
            totals.end,
            header.python,
            tuple(branches),
            header.settings,
            tuple(self._notes),
            unknown,
        )

    def _complete_statements(
        self,
        statements: dict[int, Statement],
        functions: Mapping[int, Function],
        calls: Iterable[Call],
        edges: Iterable[Edge],
        branches: Iterable[Branch],
    ) -> None:
        named = {index for function in functions.values() for index in function.statements}
        named.update(self._hits, (branch.statement for branch in branches))
        named.update(edge.statement for edge in edges if edge.statement is not None)
        for call in calls:
            named.update(call.hits, call.samples)
            for index in (call.caller_statement, call.outcome.statement):
                if index is not None:
                    named.add(index)
        lost = self._lost("statement", statements, named)
        statements.update({index: Statement(index, "Lost", _LOST, Extent(0, 0, 0, 0), (), "") for index in lost})

    def _complete_functions(self, functions: dict[int, Function], calls: Iterable[Call], edges: Iterable[Edge]) -> None:
        named = {call.function for call in calls}
        named.update(edge.callee for edge in edges)
        named.update(edge.caller for edge in edges if edge.caller is not None)
        if missing := named - functions.keys():
            self._miss("function", missing)
            functions.update({index: Function(index, _LOST, _LOST, "", "", 0, "", (), 0) for index in missing})

    def _lost(self, kind: str, found: Mapping[int, object], named: set[int]) -> set[int]:
        """Return the ids below the last one that have no record."""
        named |= found.keys()
        if not named:
            return set()
        last = max(named)
        if min(named) < 0 or last > 2 * len(found) + _ROOM:
            raise TraceFileError(f"{kind} {min(named) if min(named) < 0 else last} cannot be: there are {len(found)}")
        lost = set(range(last + 1)) - found.keys()
        if lost:
            self._miss(kind, lost)
        return lost

    def _miss(self, kind: str, ids: set[int]) -> None:
        some = f"{kind} {min(ids)}" if len(ids) == 1 else f"{len(ids)} {kind}s, the first of which is {min(ids)}"
        if self._strict:
            raise TraceFileError(f"the record is missing of {some}")
        self._notes.append(f"the file has lost {some}: {_LOST} stands for it")

    def _complete_stacks(self, calls: list[Call]) -> list[Call]:
        known = {call.id for call in calls}
        cut = [
            call.id
            for call in calls
            if call.frames_above is not None and (call.frames_above not in known or call.frames_above >= call.id)
        ]
        if not cut:
            return calls
        if self._strict:
            raise TraceFileError(f"call {cut[0]} continues the stack of a call that has no record")
        self._notes.append(f"the file has lost the calls above {len(cut)} others: their stacks have inner frames alone")
        wrong = set(cut)
        return [replace(call, frames_above=None) if call.id in wrong else call for call in calls]


def _renumbered(edge: Edge, numbers: Mapping[int, int]) -> Edge:
    return replace(edge, caller=None if edge.caller is None else numbers[edge.caller], callee=numbers[edge.callee])
