"""The values that a statement saw, and as much of them as fits beside it."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tracefunc._columns import clean, columns, cut
from tracefunc.model import Call, Sample, Settings, Statement

__all__ = ["Values", "fit", "values_of", "with_ends"]

_TOOLS = frozenset(["builtin_function_or_method", "function", "method", "module", "type"])  # values that tell little


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

    @property
    def is_bare(self) -> bool:
        """Whether the texts tell no more than types, as those that `object` makes."""
        return all(text.endswith(" object>") for text in self.known)

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


def values_of(statement: Statement, calls: Iterable[Call], settings: Settings) -> Iterator[Values]:
    """Yield the values that the calls saw at a statement, in the order of what they tell.

    First the names that change, last objects of which only the type is known, else as the text mentions them.
    """
    texts: dict[str, list[str | None]] = {}
    for call in calls:
        hits = call.hits.get(statement.id, 0)
        for name, samples in call.samples.get(statement.id, {}).items():
            _extend(texts.setdefault(name, []), samples, hits, settings)
    found = [Values(clean(name), tuple(known)) for name, known in texts.items() if any(known)]
    yield from sorted(
        found, key=lambda item: (item.is_bare, item.distinct < 2, _mention(statement, item.name), item.name)
    )


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


def with_ends(values: Sequence[Values], calls: Sequence[Call], settings: Settings) -> tuple[Values, ...]:
    """Return the values of a row with what went into the calls before them, and what came out behind them."""
    ends = {item.name: item for item in _ends(calls, settings)}
    result = [ends.pop("->")] if "->" in ends else []
    others = [*ends.values(), *(item for item in values if item.name not in ends)]
    return (*sorted(others, key=lambda item: item.is_bare), *result)


def fit(branches: Sequence[str], values: Sequence[Values], room: int) -> str:
    """Return what stands beside a row in at most `room` columns; `...` at its end says that more is known.

    The first values get what the others do not need at least. Where that is not enough for all, the last ones are left
    out, but never what was returned.
    """
    known = list(values)
    left = room - sum(columns(text) + 2 for text in branches)
    mark = ""
    while len(known) > 1 and sum(map(_least, known)) + 2 * len(known) - 2 + (5 if mark else 0) > left:
        del known[-2 if known[-1].name == "->" else -1]
        mark = "..."
    left -= 5 if mark else 0
    texts = list(branches)
    for index, item in enumerate(known, 1):
        others = sum(_least(other) + 2 for other in known[index:])
        texts.append(item.within(max(left - others, 0)))
        left -= columns(texts[-1]) + 2
    return cut("  ".join(text for text in (*texts, mark) if text), max(room, 0))


def _least(values: Values) -> int:
    """Return how many columns values need at least to tell something."""
    return min(columns(str(values)), 16 if values.name == "->" else 18)
