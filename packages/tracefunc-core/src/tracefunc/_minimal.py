"""Which offsets must be counted so that the executions of others follow, and how they follow.

Control that comes to a place goes on from it: of all steps between two junctions of the control flow, as many are
entered as are left. So a spanning tree of the steps needs no counter; those that close its circles are counted, and the
least frequent ones are chosen for that. (D. E. Knuth and F. R. Stevenson, "Optimal measurement points for program
frequency counts", BIT 13, 1973; T. Ball and J. R. Larus, "Optimally profiling and tracing programs", TOPLAS 16, 1994.)

What flows in and out at other points is counted apart: a start or an exception's landing flows in, an exception flows
out where it is raised, and so does a frame that is never resumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from tracefunc._behavior import JUMP_BACK_RAISES_BEFORE_TARGET
from tracefunc._branches import Region
from tracefunc._counting import Counting, Limb, Outcomes
from tracefunc._flow import Flow, Step
from tracefunc._frequencies import frequencies, reachable
from tracefunc._reraises import Reraises, find_reraises, keeps_tracebacks

__all__ = ["UnknownShapeError", "minimize"]

_AWAITED = ("END_ASYNC_FOR", "CLEANUP_THROW")
_FIRST_WAY = -20_000_000  # the keys of ways out of regions go down from here
# These cost most to count, since an instruction with events is never specialized.
_QUICK = frozenset(["LOAD_FAST", "LOAD_FAST_BORROW", "STORE_FAST", "LOAD_CONST", "LOAD_SMALL_INT", "POP_TOP", "NOP"])


class UnknownShapeError(Exception):
    """An exception may come to a place where nothing tells from where."""


def minimize(flow: Flow, needed: Collection[int], costly: Collection[int], regions: Sequence[Region] = ()) -> Counting:
    """Choose the offsets to count, none of the `costly` ones where there is a choice.

    Raises `UnknownShapeError` for code that must be counted at each needed offset.
    """
    known = list(regions)
    apart: set[int] = set()
    while True:
        graph = _Graph(flow, needed, known)
        graph.join(apart)
        try:
            chords = graph.grow_tree(costly)
        except _NoMeansError as error:
            if error.test in apart:
                known = [region for region in known if region.test != error.test]
            apart.add(error.test)
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
        self.ways: dict[tuple[int, bool, int, int], None] = {}  # test, outcome, the nodes between which it leads
        found = set(needed)
        self.needed = {index for index, step in enumerate(self.steps) if step.offset in found and self._is_first(index)}
        # Node 2i is before step i and 2i + 1 behind it; the last is the world outside.
        self.outside = 2 * len(self.steps)
        self.parents = list(range(self.outside + 1))
        self.reached = reachable(self.steps)
        self.entries = [0] * len(self.steps)  # how many ways lead to each step
        for index in self.reached:
            for after in self.steps[index].nexts:
                self.entries[after] += 1
        self.landed: dict[int, int | None] = {}  # handler -> where an exception that comes to it arrives
        self.reraises: Reraises = {}

    def _is_first(self, index: int) -> bool:
        """Tell whether a step is not the second half of a fused instruction."""
        return index == 0 or self.steps[index - 1].offset != self.steps[index].offset

    def find(self, node: int) -> int:
        parents = self.parents
        while parents[node] != node:
            parents[node] = node = parents[parents[node]]
        return node

    def union(self, one: int, other: int) -> None:
        parents = self.parents
        while parents[one] != one:
            parents[one] = one = parents[parents[one]]
        while parents[other] != other:
            parents[other] = other = parents[parents[other]]
        parents[one] = other

    def join(self, apart: Collection[int]) -> None:
        """Make one node of all junctions between which control passes.

        The copies that the compiler makes of a test (up to 3.13 of that of each `while`, one before the loop and one at
        its end) are taken as one, since only their sums are wanted; but not those of the tests that are `apart`.
        """
        leaving = {(index, arm) for region in self.regions for index, arm, _ in region.arms}
        inners: dict[int, int] = {}
        for region in self.regions:
            # What happens inside is of no interest here: one node with an edge for each way out.
            inner = 2 * region.steps[0] + 1
            for index in region.steps:
                self.union(2 * index + 1, inner)
                if index not in region.entries:
                    self.union(2 * index, inner)
            if region.test not in apart:
                self.union(inner, inners.setdefault(region.test, inner))
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
        self.reraises = find_reraises(self.steps, self.reached, self.arrival)
        self._find_ways(apart)

    def _find_ways(self, apart: Collection[int]) -> None:
        """Find the edges that lead out of regions: where copies of a test lead to one node, they have one."""
        numbers = Counter(region.test for region in self.regions)
        inside = {index for region in self.regions for index in region.steps}
        for region in self.regions:
            if numbers[region.test] > 1 and region.test not in apart:
                for index, arm, _ in region.arms:
                    after = self.steps[index].nexts[arm]
                    step = self.steps[after]
                    if step.quiet and after not in self.needed and step.nexts[0] not in inside:
                        self.union(2 * after, 2 * after + 1)  # a jump back to where the other copy leads to
        for region in self.regions:
            inner = self.find(2 * region.steps[0] + 1)
            for index, arm, outcome in region.arms:
                self.ways[region.test, outcome, inner, self.find(2 * self.steps[index].nexts[arm])] = None

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
            if self.entries[after] != 1:
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
        frequency = frequencies(self.steps)
        reraising = {index for index, _ in self.reraises.values()}

        def is_told(index: int) -> bool:  # it costs nothing: of this step we hear anyway
            return self._is_resumed(index) or _raises(self.steps[index]) or index in reraising

        def rarity(index: int) -> float:
            return 0.0 if is_told(index) else -frequency[index] - 1e-9

        def cost(index: int) -> int:
            step = self.steps[index]
            return 0 if step.offset in costly or is_told(index) else 2 if step.op in _QUICK else 1

        saved = self.parents[:]
        chords: list[int] = []
        self.tree: list[int] = []
        for test, _, before, behind in self.ways:  # no event counts these
            one, other = self.find(before), self.find(behind)
            if one == other:
                raise _NoMeansError(test)
            self.parents[one] = other
        for index in sorted(sorted(self.reached, key=cost), key=rarity):
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
        nodes = [0] * len(self.parents)

        def node(junction: int) -> int:
            found = nodes[junction]
            if not found:
                found = nodes[junction] = numbers.setdefault(self.find(junction), -1 - len(numbers))
            return found

        outside = node(self.outside)
        ends = {}
        for index in chords:
            before, behind = node(2 * index), node(2 * index + 1)
            if before != behind or index in self.needed:
                ends[self.steps[index].offset] = before, behind
        kept = [(self.steps[at].offset, 2 * at, 2 * at + 1) for at in self.tree if at in self.needed]
        outcomes: dict[int, Outcomes] = {region.test: ([], []) for region in self.regions}
        for number, (test, outcome, before, behind) in enumerate(self.ways):
            kept.append((_FIRST_WAY - number, before, behind))
            outcomes[test][not outcome].append((_FIRST_WAY - number, 1))
        landings = {}
        raised: dict[int, tuple[int | None, int]] = {}
        shared: dict[tuple[int | None, int], tuple[int | None, int]] = {}
        into, out_of = {}, {}
        for index in self.reached:
            step = self.steps[index]
            if self._is_first(index):
                into[step.offset] = node(2 * index)
            if step.op == "PUSH_EXC_INFO":
                landings[self.steps[step.nexts[0]].offset] = index, node(2 * index)
            arrival, junction = self._way_of_exception(index)
            if _raises(step) and step.offset in ends:
                raised[step.offset] = arrival, step.offset + 1  # another key than INSTRUCTION events have
                continue
            end = self.steps[index + 1].offset if index + 1 < len(self.steps) else step.offset + 2
            flow_out, behind = (arrival, node(junction)), node(2 * index + 1)
            flow_out = shared.setdefault(flow_out, flow_out)
            for offset in range(step.offset, max(end, step.offset + 2), 2):  # 3.12: a call's frame is in its caches
                raised[offset] = flow_out
                out_of[offset] = behind
        reraised = {}
        for handler, (index, onward) in self.reraises.items():
            offset = self.steps[index].offset
            reraised[handler] = onward, offset + 1 if offset in ends else 0
        keeps = keeps_tracebacks(self.steps, self.reached)
        resumed = frozenset(self.steps[index].offset for index in self.reached if self._is_resumed(index))
        free = resumed | {key - 1 for _, key in (*raised.values(), *reraised.values())}
        limbs = tuple(_limbs([(key, node(before), node(behind)) for key, before, behind in kept], outside))
        counted = frozenset(ends) - free
        return Counting(
            counted, resumed, landings, raised, reraised, keeps, into, out_of, node(0), limbs, outcomes, ends
        )

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


def _limbs(edges: list[tuple[int, int, int]], outside: int) -> Iterator[Limb]:
    """Yield the edges of a tree with its root outside, leaves first."""
    around: dict[int, list[tuple[int, int, int]]] = {}
    for key, before, behind in edges:
        around.setdefault(before, []).append((behind, key, -1))
        around.setdefault(behind, []).append((before, key, 1))
    limbs: list[Limb] = []
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
                    limbs.append(Limb(key, below, above, sign))
    return reversed(limbs)


def _raises(step: Step) -> bool:
    """Tell whether a step raises a new exception, always."""
    return step.op == "RAISE_VARARGS" and step.key[-1] != 0
