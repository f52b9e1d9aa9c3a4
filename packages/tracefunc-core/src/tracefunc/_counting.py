"""Which offsets must be counted so that the executions of others follow, and how they follow.

Control that comes to a place goes on from it: of all steps between two junctions of the control flow, as many are
entered as are left. So a spanning tree of the steps needs no counter; those that close its circles are counted, and the
least frequent ones are chosen for that. (D. E. Knuth and F. R. Stevenson, "Optimal measurement points for program
frequency counts", BIT 13, 1973; T. Ball and J. R. Larus, "Optimally profiling and tracing programs", TOPLAS 16, 1994.)

What flows in and out at other points is counted apart: a start or an exception's landing flows in, an exception flows
out where it is raised, and so does a frame that is never resumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracefunc._behavior import JUMP_BACK_RAISES_BEFORE_TARGET
from tracefunc._branches import Region
from tracefunc._flow import Flow, Step

__all__ = ["Counting", "UnknownShapeError", "count_all", "in_order", "minimize"]

_AWAITED = ("END_ASYNC_FOR", "CLEANUP_THROW")
_FIRST_WAY = -20_000_000  # the keys of ways out of regions go down from here
_LOOPS_ROUND = 10.0  # how often a loop is taken to run
# These cost most to count, since an instruction with events is never specialized.
_QUICK = frozenset(["LOAD_FAST", "LOAD_FAST_BORROW", "STORE_FAST", "LOAD_CONST", "LOAD_SMALL_INT", "POP_TOP", "NOP"])


type Outcomes = tuple[list[tuple[int, int]], list[tuple[int, int]]]
"""What a test gave: the keys whose executions, added or taken away, are those as true, and those as false."""


class UnknownShapeError(Exception):
    """An exception may come to a place where nothing tells from where."""


class _Limb(NamedTuple):
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
    where that is what counts it. `into` and `out_of` are the nodes before and behind each offset, `start` the
    node where frames begin.
    """

    counted: frozenset[int]
    resumed: frozenset[int]
    landings: dict[int, tuple[int, int]]
    raised: dict[int, tuple[int | None, int]]
    into: dict[int, int]
    out_of: dict[int, int]
    start: int
    limbs: tuple[_Limb, ...]  # leaves first
    outcomes: dict[int, Outcomes]  # by test
    ends: dict[int, tuple[int, int]]  # counted offset -> the nodes from and to which it flows

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
    for index in _reachable(steps):
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
    return Counting(frozenset(needed) | more, frozenset(), {}, {}, {}, {}, -1, (), outcomes, {})


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


def minimize(flow: Flow, needed: Collection[int], costly: Collection[int], regions: Sequence[Region] = ()) -> Counting:
    """Choose the offsets to count, none of the `costly` ones where there is a choice.

    Raises `UnknownShapeError` for code that must be counted at each needed offset.
    """
    known = list(regions)
    while True:
        graph = _Graph(flow, needed, known)
        graph.join()
        try:
            chords = graph.grow_tree(costly)
        except _NoMeansError as error:
            known = [region for region in known if region.test != error.test]
        else:
            return graph.reduce(chords)


class _NoMeansError(Exception):
    """The ways out of a test cannot be told apart."""

    def __init__(self, test: int) -> None:
        super().__init__(test)
        self.test = test


class _Graph:
    """The junctions of a code object as nodes, and its steps as the edges between them."""

    def __init__(self, flow: Flow, needed: Collection[int], regions: Sequence[Region]) -> None:
        self.steps = flow.steps
        self.regions = regions
        self.ways: dict[tuple[int, bool, int], tuple[int, int]] = {}  # test, outcome and step behind -> its edge
        self.first: dict[int, int] = {}  # offset -> its first step
        for index, step in enumerate(self.steps):
            self.first.setdefault(step.offset, index)
        self.needed = {self.first[offset] for offset in needed}
        # Node 2i is before step i and 2i + 1 behind it; the last is the world outside.
        self.outside = 2 * len(self.steps)
        self.parents = list(range(self.outside + 1))
        self.reached = _reachable(self.steps)
        self.before: dict[int, list[int]] = {}
        for index in self.reached:
            for after in self.steps[index].nexts:
                self.before.setdefault(after, []).append(index)
        self.landed: dict[int, int | None] = {}  # handler -> where an exception that comes to it arrives

    def find(self, node: int) -> int:
        while self.parents[node] != node:
            self.parents[node] = node = self.parents[self.parents[node]]
        return node

    def union(self, one: int, other: int) -> None:
        self.parents[self.find(one)] = self.find(other)

    def join(self) -> None:
        """Make one node of all junctions between which control passes."""
        leaving = {(index, arm): region for region in self.regions for index, arm, _ in region.arms}
        for region in self.regions:
            # What happens inside is of no interest here: one node with an edge for each way out.
            inner = 2 * region.steps[0] + 1
            for index in region.steps:
                self.union(2 * index + 1, inner)
                if index not in region.entries:
                    self.union(2 * index, inner)
            for index, arm, outcome in region.arms:
                after = self.steps[index].nexts[arm]
                self.ways[id(region), outcome, after] = inner, 2 * after
        for index in self.reached:
            step = self.steps[index]
            for arm, after in enumerate(step.nexts):
                if (index, arm) not in leaving:
                    self.union(2 * index + 1, 2 * after)
            if not step.nexts:
                self.union(2 * index + 1, self.outside)
            if not (step.observable or index in self.needed or self._is_resumed(index)):
                self.union(2 * index, 2 * index + 1)
            handler = step.handler
            if handler is not None and self.steps[handler].op in _AWAITED:
                # An exception ends the wait as a value would: where in it, nobody needs to know.
                self.union(2 * index, 2 * index + 1)
                self.union(2 * index, 2 * handler)
                if self.steps[handler].op == "CLEANUP_THROW":
                    self.union(2 * handler, 2 * handler + 1)
        for index in self.reached:
            handler = self.steps[index].handler
            if handler is not None:
                self.arrival(handler)

    def _is_resumed(self, index: int) -> bool:
        """Tell whether PY_RESUME fires at a step."""
        return self.steps[index].op == "RESUME" and index > 0 and self.steps[index - 1].op == "YIELD_VALUE"

    def arrival(self, handler: int) -> int | None:
        """Return the handler where statements run that an exception reaches at last, None when it leaves the frame."""
        if handler in self.landed:
            return self.landed[handler]
        step = self.steps[handler]
        found: int | None
        if step.op == "PUSH_EXC_INFO":
            (after,) = step.nexts
            if self.before[after] != [handler]:
                raise UnknownShapeError(f"a loop begins with a handler at {step.offset}")
            if not self.steps[after].observable:
                raise UnknownShapeError(f"no event tells of the handler at {step.offset}")
            found = handler
        elif step.op in _AWAITED:
            found = None if step.handler is None else self.arrival(step.handler)
        else:
            found = self._passed_on(handler)
        self.landed[handler] = found
        return found

    def _passed_on(self, handler: int) -> int | None:
        """Return where the exception goes from a handler that only cleans up."""
        onward: set[int | None] = set()
        todo, seen = [handler], {handler}
        while todo:
            index = todo.pop()
            step = self.steps[index]
            if index in self.needed or (not step.nexts and step.op != "RERAISE"):
                raise UnknownShapeError(f"an exception comes to {self.steps[handler].offset} unseen")
            if step.op == "RERAISE":
                onward.add(None if step.handler is None else self.arrival(step.handler))
            todo += [after for after in step.nexts if after not in seen]
            seen.update(step.nexts)
        if len(onward) != 1:
            raise UnknownShapeError(f"the handler at {self.steps[handler].offset} leads to several")
        return onward.pop()

    def grow_tree(self, costly: Collection[int]) -> list[int]:
        """Return the steps to count: those outside of a spanning tree of the most frequent ones."""
        frequency = _frequencies(self.steps, self.reached)

        def order(index: int) -> tuple[float, int]:
            step = self.steps[index]
            if self._is_resumed(index) or _raises(step):
                return 0.0, 0  # costs nothing: it is told of anyway
            cost = 0 if step.offset in costly else 2 if step.op in _QUICK else 1
            return -frequency.get(index, 0.0) - 1e-9, cost

        saved = self.parents[:]
        chords: list[int] = []
        self.tree: list[int] = []
        for (region, _, _), (before, behind) in self.ways.items():  # no event counts these
            one, other = self.find(before), self.find(behind)
            if one == other:
                raise _NoMeansError(next(each.test for each in self.regions if id(each) == region))
            self.parents[one] = other
        for index in sorted(self.reached, key=order):
            one, other = self.find(2 * index), self.find(2 * index + 1)
            if one == other:
                chords.append(index)
            else:
                self.parents[one] = other
                self.tree.append(index)
        self.parents = saved
        return chords

    def reduce(self, chords: list[int]) -> Counting:
        """Return the counting, with all nodes as one between which no step is needed."""
        for index in self.tree:
            if index not in self.needed:
                self.union(2 * index, 2 * index + 1)
        numbers: dict[int, int] = {}

        def node(junction: int) -> int:
            root = self.find(junction)
            return numbers.setdefault(root, -1 - len(numbers))

        outside = node(self.outside)
        ends = {}
        for index in chords:
            before, behind = node(2 * index), node(2 * index + 1)
            if before != behind or index in self.needed:
                ends[self.steps[index].offset] = before, behind
        kept = [(self.steps[at].offset, 2 * at, 2 * at + 1) for at in self.tree if at in self.needed]
        outcomes: dict[int, Outcomes] = {region.test: ([], []) for region in self.regions}
        tests = {id(region): region.test for region in self.regions}
        for number, ((region, outcome, _), (before, behind)) in enumerate(self.ways.items()):
            kept.append((_FIRST_WAY - number, before, behind))
            outcomes[tests[region]][not outcome].append((_FIRST_WAY - number, 1))
        landings = {}
        raised: dict[int, tuple[int | None, int]] = {}
        into, out_of = {}, {}
        for index in self.reached:
            step = self.steps[index]
            if self.first[step.offset] == index:
                into[step.offset] = node(2 * index)
            if step.op == "PUSH_EXC_INFO":
                landings[self.steps[step.nexts[0]].offset] = index, node(2 * index)
            arrival, junction = self._way_of_exception(index)
            if _raises(step) and step.offset in ends:
                raised[step.offset] = arrival, step.offset + 1  # another key than INSTRUCTION events have
                continue
            end = self.steps[index + 1].offset if index + 1 < len(self.steps) else step.offset + 2
            for offset in range(step.offset, max(end, step.offset + 2), 2):  # 3.12: a call's frame is in its caches
                raised[offset] = arrival, node(junction)
                out_of[offset] = node(2 * index + 1)
        resumed = frozenset(self.steps[index].offset for index in self.reached if self._is_resumed(index))
        free = resumed | {key - 1 for _, key in raised.values()}
        limbs = tuple(_limbs([(key, node(before), node(behind)) for key, before, behind in kept], outside))
        counted = frozenset(ends) - free
        return Counting(counted, resumed, landings, raised, into, out_of, node(0), limbs, outcomes, ends)

    def _way_of_exception(self, index: int) -> tuple[int | None, int]:
        """Return where an exception that is raised at a step arrives, and the junction where it flows out."""
        step = self.steps[index]
        handler = step.handler
        if JUMP_BACK_RAISES_BEFORE_TARGET and step.op == "JUMP_BACKWARD":
            handler = self.steps[step.nexts[0] - 1].handler
        if handler is None:
            return None, 2 * index + 1
        # What ends a wait, but is not the end that was waited for, flows out behind the handler that looked at it.
        return self.arrival(handler), 2 * (handler if self.steps[handler].op in _AWAITED else index) + 1


def _limbs(edges: list[tuple[int, int, int]], outside: int) -> Iterator[_Limb]:
    """Yield the edges of a tree with its root outside, leaves first."""
    around: dict[int, list[tuple[int, int, int]]] = {}
    for key, before, behind in edges:
        around.setdefault(before, []).append((behind, key, -1))
        around.setdefault(behind, []).append((before, key, 1))
    limbs: list[_Limb] = []
    seen: set[int] = set()
    for root in (outside, *around):
        todo = [root] if root not in seen else []
        seen.add(root)
        while todo:
            above = todo.pop()
            for below, key, sign in around.get(above, ()):
                if below not in seen:
                    seen.add(below)
                    todo.append(below)
                    limbs.append(_Limb(key, below, above, sign))
    return reversed(limbs)


def _raises(step: Step) -> bool:
    """Tell whether a step raises a new exception, always."""
    return step.op == "RAISE_VARARGS" and step.key[-1] != 0


def _reachable(steps: list[Step]) -> list[int]:
    todo, seen = [0], {0}
    while todo:
        step = steps[todo.pop()]
        found = [*step.nexts, *(() if step.handler is None else (step.handler,))]
        todo += [index for index in found if index not in seen]
        seen.update(found)
    return sorted(seen)


def _frequencies(steps: list[Step], reached: list[int]) -> dict[int, float]:
    """Estimate how often each step runs: loops many times, each way of a branch as often as the other."""
    order, back = _reverse_postorder(steps)
    inside = _innermost_loops(len(steps), back)
    headers = {header for _, header in back}
    frequency = dict.fromkeys(reached, 0.0)
    frequency[0] = 1.0
    for index in order:
        if index in headers:
            frequency[index] *= _LOOPS_ROUND
        nexts = steps[index].nexts
        first, last = inside[index]
        leaves = [len(nexts) > 1 and not first <= after <= last for after in nexts]
        weights = [
            1.0 if is_exit else 3.0 if _jumps_back(steps, after) else 7.0
            for after, is_exit in zip(nexts, leaves, strict=True)
        ]
        for after, weight in zip(nexts, weights, strict=True):
            if (index, after) not in back:
                frequency[after] += frequency[index] * weight / sum(weights)
    return frequency


def _jumps_back(steps: list[Step], index: int) -> bool:
    """Tell whether a step does nothing but go on with a loop, as `continue` does."""
    while steps[index].quiet and "BACKWARD" not in steps[index].op:
        (index,) = steps[index].nexts
    return "BACKWARD" in steps[index].op


def _innermost_loops(number: int, back: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return for each step the first and the last step of the innermost loop around it."""
    ends: dict[int, int] = {}
    for index, header in back:
        ends[header] = max(ends.get(header, 0), index)
    found: list[tuple[int, int]] = []
    around = [(0, number)]
    for index in range(number):
        while around[-1][1] < index:
            around.pop()
        if index in ends:
            around.append((index, ends[index]))
        found.append(around[-1])
    return found


def in_order(flow: Flow) -> list[int]:
    """Return the steps that control can reach, each before those that follow it but for the ways back of loops."""
    handlers = {step.handler for step in flow.steps if step.handler is not None}
    return _reverse_postorder(flow.steps, (0, *sorted(handlers)))[0]


def _reverse_postorder(steps: list[Step], roots: tuple[int, ...] = (0,)) -> tuple[list[int], set[tuple[int, int]]]:
    """Return the steps that control reaches without an exception, and the ways that lead back in a loop."""
    order: list[int] = []
    back: set[tuple[int, int]] = set()
    state: dict[int, int] = {}  # 1: begun, 2: done
    for root in roots[::-1]:  # what the first one reaches comes first
        if root in state:
            continue
        state[root] = 1
        todo = [(root, iter(steps[root].nexts))]
        while todo:
            index, nexts = todo[-1]
            for after in nexts:
                if state.get(after) == 1:
                    back.add((index, after))
                elif after not in state:
                    state[after] = 1
                    todo.append((after, iter(steps[after].nexts)))
                    break
            else:
                state[index] = 2
                order.append(index)
                todo.pop()
    return order[::-1], back
