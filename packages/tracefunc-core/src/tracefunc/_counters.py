"""The counters of one code object in one call, and how the quick ones among them become counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tracefunc._counting import Counting

__all__ = ["LEFT", "Counters", "Counts", "Raised", "Tally", "add"]

LEFT: Final = -1

type Counts = dict[int, int]
"""Counters by offset, by offset + 1 where an exception tells of it, and, negative, by node."""

type Tally = list[int | None]
"""Further counters, by offset; None where an event is not counted, or does more."""

type Raised = dict[int, dict[int, int]]
"""How often exceptions came to each landing, or left the frame (`LEFT`), by the offset at which they were raised.

The complement of an offset counts, too: exceptions that had to be looked at one by one.
"""


def add(counts: Counts, key: int, number: int) -> None:
    """Add to a counter as one step, so that no other thread comes between reading and writing it."""
    try:
        counts[key] += number
    except KeyError:
        counts.setdefault(key, 0)
        counts[key] += number


class Counters:
    """The counters of one code object in one call: `counts`, and what is counted apart from them because it is quick.

    `size` is that of the code in bytes; `tallied` are the offsets that the tally counts.
    """

    __slots__ = ("_counting", "counts", "raised", "tally")

    def __init__(self, counting: Counting, counts: Counts, size: int = 0, tallied: Iterable[int] = ()) -> None:
        self._counting = counting
        self.counts = counts
        self.tally: Tally = [None] * size
        for offset in tallied:
            self.tally[offset] = 0
        self.raised: Raised = {}

    def raised_to(self, landing: int) -> dict[int, int]:
        """Return the counters of exceptions that come to a landing."""
        return self.raised.setdefault(landing, {})

    def total(self) -> Counts:
        """Return a copy of the counts with what is counted apart."""
        # Until all is read no call, in which another thread could `fold`.
        tally, raised, found = self.tally, self.raised, {**self.counts}
        for key, number in self._apart(tally, raised).items():
            found[key] = found.get(key, 0) + number
        return found

    def copy(self) -> Counters:
        """Return counters that have the same counts, for who reads them later."""
        return Counters(self._counting, self.total())

    def fold(self) -> None:
        """Let go of the tally, into which nothing counts any more: it takes much more room than what it holds."""
        apart = self._apart(self.tally, self.raised)
        found = {key: self.counts.get(key, 0) + number for key, number in apart.items()}
        self.counts |= found  # as one with what follows: no call, in which an interrupt could come
        self.tally, self.raised = [], {}

    def _apart(self, tally: Tally, raised: Raised) -> Counts:
        """Return what is counted apart, as counts."""
        counting = self._counting
        offsets = (*counting.resumed, *counting.counted) if tally else ()
        found = {offset: number for offset in offsets if (number := tally[offset])}
        for landing, places in list(raised.items()):
            handler, node = counting.landings.get(landing, (None, 0))
            for place, number in list(places.items()):
                offset = max(place, ~place)
                arrival, behind = counting.raised.get(offset, (None, 0))
                flows = [(node, number)]
                if arrival != handler:  # another handler has passed it on
                    behind = counting.passed_on(arrival, handler)
                flows.append((behind, number if behind >= 0 else -number))
                for key, flow in flows:
                    if key:
                        found[key] = found.get(key, 0) + flow
        return found
