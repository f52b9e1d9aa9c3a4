"""A trace made ready to be shown: the rows of a function, and beside each what its statement saw.

Text and HTML both start here, so that they agree on what is worth showing.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tracefunc._columns import clean, columns, cut, expand
from tracefunc.model import Branch, Call, Extent, Function, Outcome, Sample, Settings, Statement, Trace
from tracefunc.results import shorten

__all__ = ["Raised", "Row", "Values", "counted", "fit", "kept", "named", "place", "rows", "values_of"]

_TOOLS = frozenset(["builtin_function_or_method", "function", "method", "module", "type"])  # values that tell little
_LEAST = 12  # columns that a name and its values need
_DEF = re.compile(r"\s*(?:async\s+)?def\b")


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a name had: `texts` has each run of equal ones once, and None where samples are missing."""

    name: str
    texts: tuple[str | None, ...]

    @property
    def known(self) -> tuple[str, ...]:
        """The texts without the gaps."""
        return tuple(text for text in self.texts if text is not None)

    @property
    def distinct(self) -> int:
        """How many different texts there are."""
        return len(set(self.known))

    def __str__(self) -> str:
        """Return all values in order: `n = 3, 10, 5, ...`."""
        return self._sign + ", ".join("..." if text is None else text for text in self.texts)

    @property
    def _sign(self) -> str:
        return f"{self.name} " if self.name == "->" else f"{self.name} = "

    def within(self, width: int) -> str:
        """Return them in at most `width` columns.

        All in order, `n = 0, 1, 0`, or each different one once, `n = 0 | 1`, or the first ones, the last, and how many
        are distinct, `n = 0, 7, ... 4 (9 distinct)`.
        """
        if columns(whole := str(self)) <= width:
            return whole
        known = self.known
        once = self._sign + " | ".join(dict.fromkeys("..." if text is None else text for text in self.texts))
        if self.distinct < len(known) and columns(once) <= width:
            return once
        more = "+" if None in self.texts else ""
        last = "" if self.texts[-1] is None else f" {known[-1]}"
        start = replace(self, texts=known[:1])
        for tail in (f", ...{last} ({self.distinct}{more} distinct)", f", ...{last}"):
            if columns(f"{start}{tail}") <= width:
                break
        else:
            return cut(whole, width)
        for number in range(2, len(known)):
            longer = replace(self, texts=known[:number])
            if columns(f"{longer}{tail}") > width:
                break
            start = longer
        return f"{start}{tail}"


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception and the ids of the calls that it ended."""

    text: str
    calls: tuple[int, ...]

    @property
    def who(self) -> str:
        """The first of the calls, and how many more there are."""
        first = ", ".join(f"c{call}" for call in self.calls[:3])
        return first + (f" and {len(self.calls) - 3:,} more" if len(self.calls) > 3 else "")

    def __str__(self) -> str:
        """Return the exception and its calls."""
        return f"{self.text} ({self.who})"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of source, or a further statement of the line before it: that has no `line` of its own.

    `hits` is None where there is no statement. `values` are those that changed since they were last shown in the
    rows above, `all_values` those of all names.
    """

    line: int | None
    source: str
    statement: Statement | None = None
    hits: int | None = None
    branches: tuple[str, ...] = ()
    values: tuple[Values, ...] = ()
    all_values: tuple[Values, ...] = ()
    raised: tuple[Raised, ...] = ()

    @property
    def indent(self) -> int:
        """The columns before the text."""
        return len(self.source) - len(self.source.lstrip(" "))


def rows(trace: Trace, function: Function, calls: Sequence[Call] | None = None) -> list[Row]:
    """Return the rows of a function: hits over all calls, or, where `calls` are given, over those alone."""
    detailed = [call for call in trace.calls if call.function == function.id] if calls is None else calls
    hits = dict(enumerate(trace.hits)) if calls is None else _hits(detailed)
    raised = _raised(detailed)
    branches: dict[int, list[Branch]] = defaultdict(list)
    for branch in trace.branches if calls is None else ():
        branches[branch.statement].append(branch)
    by_line: dict[int, list[Statement]] = defaultdict(list)
    for index in function.statements:
        by_line[trace.statements[index].extent.line].append(trace.statements[index])
    lines = function.source.split("\n")
    head = next((number for number, line in enumerate(lines) if _DEF.match(line)), 0)
    found = []
    for line, source in enumerate(lines, function.line):
        for index, statement in enumerate(sorted(by_line[line], key=lambda item: item.extent)):
            found.append(
                Row(
                    None if index else line,
                    _alone(source, statement) if index else expand(source),
                    statement,
                    hits.get(statement.id, 0),
                    tuple(_branches(branches[statement.id], function)),
                    all_values=tuple(values_of(statement, detailed, trace.settings)),
                    raised=tuple(raised.get(statement.id, ())),
                )
            )
        if line not in by_line or not by_line[line]:
            found.append(Row(line, expand(source)))
    first = next(index for index, row in enumerate(found) if row.line == function.line + head)
    found[first] = replace(found[first], all_values=_with_ends(found[first].all_values, detailed, trace.settings))
    return _changed(found)


def _with_ends(values: Sequence[Values], calls: Sequence[Call], settings: Settings) -> tuple[Values, ...]:
    """Return the values of a row with what went into the calls before them, and what came out behind them."""
    ends = {item.name: item for item in _ends(calls, settings)}
    result = [ends.pop("->")] if "->" in ends else []
    return (*ends.values(), *(item for item in values if item.name not in ends), *result)


def _alone(source: str, statement: Statement) -> str:
    """Return a further statement of a line, at its own column."""
    before = expand(source.encode("utf-8", "surrogatepass")[: statement.extent.column].decode("utf-8", "replace") + "|")
    return " " * (columns(before) - 1) + expand(statement.snippet.partition("\n")[0])


def _hits(calls: Iterable[Call]) -> dict[int, int]:
    hits: dict[int, int] = defaultdict(int)
    for call in calls:
        for index, number in call.hits.items():
            hits[index] += number
    return hits


def _changed(found: list[Row]) -> list[Row]:
    """Put into each row the values which the rows above it have not shown as the last ones of their names."""
    shown: dict[str, tuple[str, ...]] = {}
    done = []
    for row in found:
        news = [values for values in row.all_values if shown.get(values.name) != values.known]
        shown.update((values.name, values.known) for values in row.all_values)
        done.append(replace(row, values=tuple(news)))
    return done


def values_of(statement: Statement, calls: Iterable[Call], settings: Settings) -> Iterator[Values]:
    """Yield the values that the calls saw at a statement: names that change first, else as the text mentions them."""
    texts: dict[str, list[str | None]] = {}
    for call in calls:
        hits = call.hits.get(statement.id, 0)
        for name, samples in call.samples.get(statement.id, {}).items():
            _extend(texts.setdefault(name, []), samples, hits, settings)
    found = [Values(clean(name), tuple(known)) for name, known in texts.items() if any(known)]
    yield from sorted(found, key=lambda values: (values.distinct < 2, _mention(statement, values.name), values.name))


def _mention(statement: Statement, name: str) -> int:
    match = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", statement.snippet)
    return match.start() if match else len(statement.snippet)


def _extend(known: list[str | None], samples: Sequence[Sample], hits: int, settings: Settings) -> None:
    """Add the samples of one call, with a gap where hits had no sample."""
    gap = -1
    if hits > len(samples) >= settings.max_samples:
        gap = {"first": len(samples), "last": 0}.get(settings.samples, (len(samples) + 1) // 2)
    for index, sample in enumerate(samples):
        if index == gap:
            known.append(None)
        tells = sample.type not in _TOOLS and sample != ("NameError", "<unavailable>")
        if tells and known[-1:] != [text := clean(sample.text)]:
            known.append(text)
    if gap == len(samples) and known[-1:] != [None]:
        known.append(None)


def _ends(calls: Sequence[Call], settings: Settings) -> Iterator[Values]:
    """Yield what went into the calls and came out of them."""
    texts: dict[str, list[str | None]] = defaultdict(list)
    whole = replace(settings, max_samples=sys.maxsize)
    for call in calls:
        for name, argument in call.arguments.items():
            _extend(texts[name], [argument], 1, whole)
    for call in calls:
        for name, samples in (("yielded", call.yielded), ("sent", call.sent)):
            _extend(texts[name], samples, len(samples), whole)
            if len(samples) >= settings.max_samples and texts[name][-1:] != [None]:
                texts[name].append(None)
        if call.outcome.value is not None:
            _extend(texts["->"], [call.outcome.value], 1, whole)
    returned = [text for text in texts.pop("->", ()) if text is not None]
    yield from (Values(clean(name), tuple(known)) for name, known in texts.items() if any(known))
    if set(returned) - {"None"}:
        yield Values("->", tuple(returned))


def _raised(calls: Iterable[Call]) -> dict[int, list[Raised]]:
    """Return the exceptions that ended calls by the statement that raised them."""
    found: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for call in calls:
        if call.outcome.kind == "raised" and call.outcome.statement is not None:
            found[call.outcome.statement][exception(call.outcome)].append(call.id)
    return {index: [Raised(text, tuple(ids)) for text, ids in texts.items()] for index, texts in found.items()}


def exception(outcome: Outcome) -> str:
    """Return an exception as the last line of a traceback has it."""
    return clean(f"{outcome.exception}: {outcome.message}" if outcome.message else str(outcome.exception))


def _branches(branches: Sequence[Branch], function: Function) -> Iterator[str]:
    for branch in branches:
        label = f"{_text(function, branch.extent)}: " if len(branches) > 1 else ""
        yield f"{label}true {branch.true:,} / false {branch.false:,}"


def _text(function: Function, extent: Extent) -> str:
    """Return the first line of the text of an extent in a function."""
    first = extent.line - function.line
    lines = function.source.split("\n")
    if not 0 <= first < len(lines):
        return f"line {extent.line}"
    end = extent.end_column if extent.end_line == extent.line else None
    text = lines[first].encode("utf-8", "surrogatepass")[extent.column : end].decode("utf-8", "replace")
    return cut(expand(text), 30)


def fit(branches: Sequence[str], values: Sequence[Values], room: int) -> str:
    """Return what stands beside a row in at most `room` columns; `...` at its end says that more is known.

    All get the same share, and what some do not need goes to the others. Where shares get too small, the last ones are
    left out, but never what was returned.
    """
    known = list(values)
    sizes = [columns(str(item)) for item in known]
    free = room - sum(columns(text) + 2 for text in branches)
    mark, share = "", 0
    while known and (share := _share(sizes, free - 2 * len(known) + 2 - (5 if mark else 0))) < min(_LEAST, max(sizes)):
        if len(known) == 1:
            break
        index = -2 if known[-1].name == "->" else -1
        del known[index], sizes[index]
        mark = "..."
    texts = [*branches, *(item.within(max(share, 0)) for item in known), mark]
    return cut("  ".join(text for text in texts if text), max(room, 0))


def _share(sizes: Sequence[int], room: int) -> int:
    """Return how many columns each text may take at most, so that all take no more than `room`."""
    left = room
    for number, size in enumerate(sorted(sizes)):
        if size > (share := left // (len(sizes) - number)):
            return share
        left -= size
    return max(sizes)


def place(path: str) -> str:
    """Return a short name of a file: relative to the current folder, or the number of a notebook's cell."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    cells = getattr(getattr(shell, "compile", None), "_filename_map", {})
    if path in cells:
        return f"In[{cells[path]}]"
    return clean(shorten(path, os.getcwd()))


def named(function: Function) -> str:
    """Return the qualified name of a function, as it can be printed."""
    return clean(function.qualname)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as in `1 call` and `2,000 calls`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def kept(trace: Trace, function: Function) -> str:
    """Return how often a function was called, which of the calls have detail, and how those ended."""
    if not function.calls:
        return "never called"
    calls = [call for call in trace.calls if call.function == function.id]
    kinds = ("raised", "closed", "unfinished")
    numbers = {kind: sum(call.outcome.kind == kind for call in calls) for kind in kinds}
    ends = ", ".join(f"{number:,} {kind}" for kind, number in numbers.items() if number)
    text = counted(function.calls, "call")
    if len(calls) < function.calls:
        which = {"last": "the last {}", "raised": "{} that raised", "slowest": "the {} slowest"}
        number = f"{len(calls):,}" if calls else "none"
        shown = which.get(trace.settings.keep, "the first {}").format(number) if calls else "none"
        text += f", detail of {shown}"
    return f"{text} ({ends})" if ends else text
