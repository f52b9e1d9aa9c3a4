"""How the hits of all offsets follow from the counters of some, and the simplest choice: a counter for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tracefunc._branches import Region
from tracefunc._flow import Flow, Step
from tracefunc._frequencies import reachable

__all__ = ["Counting", "Limb", "Outcomes", "count_all"]

type Outcomes = tuple[list[tuple[int, int]], list[tuple[int, int]]]
"""What a test gave: the keys whose executions, added or taken away, are those as true, and those as false."""


class Limb(NamedTuple):
    """An edge of the reduced tree: what flows over it is all that its lower end and those below take in."""

    key: int  # the offset whose executions these are, or the way out of a region
    node: int
    above: int
    sign: int


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """How the executions of offsets follow from counters.

    `counted` are the offsets to count by INSTRUCTION events, `resumed` those that PY_RESUME counts. `landings` has for
    the first observable offset of each exception handler its step and node. `raised[o]` has, for an exception at
    offset `o`, the handler (None: it leaves the frame) to which it goes, and the node at which it flows out, or `o + 1`
    where that is what counts it. `reraised[h]` has, for an exception that a handler passes on as it came, the same: the
    handler to which it goes then, and what counts it; 0: nothing has to. `into` and `out_of` are the nodes before and
    behind each offset, `start` the node where frames begin. Where the code
    `keeps_tracebacks`, that of an exception which is raised in a frame begins with it, at each of its handlers and when
    it leaves.
    """

    counted: frozenset[int]
    resumed: frozenset[int]
    landings: dict[int, tuple[int, int]]
    raised: dict[int, tuple[int | None, int]]
    reraised: dict[int, tuple[int | None, int]]
    keeps_tracebacks: bool
    into: dict[int, int]
    out_of: dict[int, int]
    start: int
    limbs: tuple[Limb, ...]  # leaves first
    outcomes: dict[int, Outcomes]  # by test
    ends: dict[int, tuple[int, int]]  # counted offset -> the nodes from and to which it flows

    def passed_on(self, arrival: int | None, handler: int | None) -> int:
        """Return what counts that an exception came on to a handler from another, if anything does, or else 0.

        `arrival` is the handler to which it came first.
        """
        while arrival in self.reraised:
            arrival, key = self.reraised[arrival]
            if arrival == handler:
                return key
        return 0

    def executions(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Return the executions of each offset that is needed, from counters by offset and, negative, by node."""
        excess: dict[int, int] = {}
        found: dict[int, int] = {}
        for key, number in counts.items():
            if not number:
                continue
            if key < 0:
                excess[key] = excess.get(key, 0) + number
                continue
            key &= ~1
            found[key] = found.get(key, 0) + number
            ends = self.ends.get(key)
            if ends is not None:
                before, behind = ends
                excess[before] = excess.get(before, 0) - number
                excess[behind] = excess.get(behind, 0) + number
        for key, node, above, sign in self.limbs:
            number = excess.get(node, 0)
            if number:
                found[key] = sign * number
                excess[above] = excess.get(above, 0) + number
        return found


def count_all(flow: Flow, needed: Iterable[int], regions: Iterable[Region]) -> Counting:
    """Count each of the needed offsets by itself."""
    outcomes: dict[int, Outcomes] = {}
    steps = flow.steps
    before: dict[int, list[int]] = {}
    for index in reachable(steps):
        for after in steps[index].nexts:
            before.setdefault(after, []).append(index)
    unknown: set[int] = set()
    for region in regions:
        found = outcomes.setdefault(region.test, ([], []))
        for index, arm, outcome in region.arms:
            terms = _executions_of_arm(steps, before, index, arm)
            found[not outcome].extend(terms)
            if not terms:
                unknown.add(region.test)
    for test in unknown:
        del outcomes[test]
    more = {key for ways in outcomes.values() for way in ways for key, _ in way}
    return Counting(frozenset(needed) | more, frozenset(), {}, {}, {}, False, {}, {}, -1, (), outcomes, {})


def _executions_of_arm(steps: list[Step], before: dict[int, list[int]], index: int, arm: int) -> list[tuple[int, int]]:
    """Return the offsets, each to be added or taken away, whose executions are those of one way from a step."""
    nexts = steps[index].nexts
    if len(nexts) == 1:
        return [(steps[index].offset, 1)] if steps[index].observable else []
    for way, after in enumerate(nexts):
        if before.get(after) == [index] and steps[after].observable and steps[index].observable:
            own = (steps[after].offset, 1)
            return [own] if way == arm else [(steps[index].offset, 1), (own[0], -1)]
    return []
