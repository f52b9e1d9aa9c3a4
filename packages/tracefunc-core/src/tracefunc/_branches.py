"""Which steps of the bytecode evaluate the test of a branch, and where control leaves it as true or as false."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tracefunc._flow import Flow, Step
from tracefunc._nodes import LEAVES, Place, children, is_place
from tracefunc._walk import is_constant
from tracefunc.model import Extent

__all__ = ["Region", "Test", "Tests", "find_regions", "find_tests"]

_JUMPS = {"POP_JUMP_IF_TRUE": True, "POP_JUMP_IF_FALSE": False}
_ADVANCES = frozenset(["FOR_ITER", "GET_ANEXT", "SEND"])
_NONE_JUMPS = {"POP_JUMP_IF_NONE": True, "POP_JUMP_IF_NOT_NONE": False}


class Test(NamedTuple):
    """The test of a branch and the number of the place that it belongs to."""

    place: int
    node: ast.expr
    extent: Extent


class Tests(NamedTuple):
    """The tests in a block in order of their extents; none stands inside of another."""

    items: tuple[Test, ...]
    starts: list[tuple[int, int]]

    def around(self, step: Step) -> int | None:
        """Return the number of the test in whose text an instruction stands."""
        line, end_line, column, end_column = step.extent
        if line is None or column is None or end_line is None or end_column is None:
            return None
        number = bisect_right(self.starts, (line, column)) - 1
        if number < 0 or (end_line, end_column) > self.items[number].extent[2:]:
            return None
        return number


class Region(NamedTuple):
    """Steps that evaluate a test together: the compiler makes copies of some tests, and each has a region of its own.

    Control enters at `entries`. `arms` are the ways out: a step, which of its ways, and what the test was then.
    """

    test: int
    steps: tuple[int, ...]
    entries: frozenset[int]
    arms: tuple[tuple[int, int, bool], ...]


def find_tests(places: Sequence[Place]) -> Tests:
    """Return the tests of `if`, `elif`, `while`, `assert` and of conditional expressions."""
    found = [
        Test(number, node, Extent(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0))
        for number, place in enumerate(places)
        for node in _tests_of(place)
        if not is_constant(node)
    ]
    outer: list[Test] = []
    for test in sorted(found, key=lambda test: (test.extent[:2], [-number for number in test.extent[2:]])):
        if not outer or test.extent[:2] >= outer[-1].extent[2:]:
            outer.append(test)
    return Tests(tuple(outer), [test.extent[:2] for test in outer])


def _tests_of(place: Place) -> Iterator[ast.expr]:
    if isinstance(place, ast.If | ast.While | ast.Assert):
        yield place.test
    todo = children(place)
    while todo:
        node = todo.pop()
        if type(node) in LEAVES or is_place(node):
            continue
        if isinstance(node, ast.IfExp):
            yield node.test
        todo += children(node)


def find_regions(flow: Flow, tests: Tests, order: Sequence[int]) -> list[Region]:
    """Return the regions in a code object; `order` are the steps that control can reach, those after a step behind it.

    A test of whose ways out not all are known has none.
    """
    search = _Search(flow.steps, tests, order, _around_all(flow, tests))
    found: list[Region] = []
    unknown: set[int] = set()
    seen: set[int] = set()
    for index in sorted(search.inside):
        if index not in seen:
            together = search.together(index)
            seen |= together
            region = search.region(together, search.inside[index])
            if region is None:
                unknown.add(search.inside[index])
            elif region.arms:
                found.append(region)
    return [region for region in found if region.test not in unknown]


def _around_all(flow: Flow, tests: Tests) -> int | None:
    """Return the test in whose text all of a code object stands, a lambda's or a generator expression's.

    It is evaluated by the code around: what such a code object decides is another matter.
    """
    if not flow.code.co_name.startswith("<"):
        return None
    found = {tests.around(step) for step in flow.steps if step.extent[3]}  # 0 where the compiler has made something up
    return found.pop() if len(found) == 1 else None


class _Search:
    """The steps of a code object that stand inside of tests, but for that which stands around all of it."""

    def __init__(self, steps: list[Step], tests: Tests, order: Sequence[int], around_all: int | None) -> None:
        self.steps = steps
        self.tests = tests
        self.befores = [-1] * len(steps)  # most steps have one before them, the first of which stands here
        self.others: dict[int, list[int]] = {}
        for index in order:
            for after in steps[index].nexts:
                if self.befores[after] < 0:
                    self.befores[after] = index
                else:
                    self.others.setdefault(after, []).append(index)
        self.inside: dict[int, int] = {}
        returns: set[int] = set()  # an implicit return has the position of what stands before it
        for index in reversed(order):
            nexts = steps[index].nexts
            if not nexts or (len(nexts) == 1 and nexts[0] in returns):
                returns.add(index)
                continue
            # A `while` goes back to the beginning of its test; the loop of a comprehension in the test belongs to it.
            goes_round = steps[index].op == "JUMP_BACKWARD" and steps[nexts[0]].op not in _ADVANCES
            test = None if goes_round else tests.around(steps[index])
            if test is not None and test != around_all:
                self.inside[index] = test
        self._fill_gaps()
        # Where an evaluation begins; a loop without a body goes from one evaluation into the next.
        self.begins = {
            (test, steps[index].key, steps[index].extent)
            for index, test in self.inside.items()
            if index == order[0] or any(self.inside.get(one) != test for one in self.before(index))
        }

    def before(self, index: int) -> Sequence[int]:
        """Return the steps from which control comes to one without an exception."""
        first = self.befores[index]
        return () if first < 0 else (first, *self.others.get(index, ()))

    def _fill_gaps(self) -> None:
        """Add steps that the compiler has put, without a position, between those of a test."""
        for index, test in list(self.inside.items()):
            for after in self.steps[index].nexts:
                gap: list[int] = []
                while after not in self.inside and self.steps[after].extent[0] is None:
                    if len(self.steps[after].nexts) != 1 or after in gap:
                        break
                    gap.append(after)
                    (after,) = self.steps[after].nexts
                if self.inside.get(after) == test:
                    self.inside.update((one, test) for one in gap)

    def _goes_on(self, index: int, after: int) -> bool:
        """Tell whether control stays in one evaluation of a test."""
        test = self.inside[index]
        step = self.steps[after]
        is_jump = self.steps[index].op in _JUMPS or self.steps[index].op in _NONE_JUMPS
        return self.inside.get(after) == test and not (is_jump and (test, step.key, step.extent) in self.begins)

    def together(self, start: int) -> set[int]:
        """Return the steps of one evaluation of a test."""
        together, todo = {start}, [start]
        while todo:
            index = todo.pop()
            near = [after for after in self.steps[index].nexts if self._goes_on(index, after)]
            near += [one for one in self.before(index) if one in self.inside and self._goes_on(one, index)]
            todo += [one for one in near if one not in together]
            together.update(near)
        return together

    def _behind_it(self, together: set[int]) -> set[int]:
        """Return the steps that only lead away from a test, as a jump back to the loop around: nothing is left to know.

        Such a jump starts another statement, and what happens inside of a region would have to be counted by itself.
        """
        found: set[int] = set()
        todo = [index for index in together if self.steps[index].quiet]
        while todo:
            index = todo.pop()
            after = self.steps[index].nexts[0]
            if index not in found and (after not in together or after in found or not self._goes_on(index, after)):
                found.add(index)
                todo += [one for one in self.before(index) if one in together and self.steps[one].quiet]
        return found

    def region(self, together: set[int], number: int) -> Region | None:
        """Return a region, None where it is not known what the test is on a way out."""
        together = together - self._behind_it(together)
        arms: list[tuple[int, int, bool]] = []
        for index in sorted(together):
            for arm, after in enumerate(self.steps[index].nexts):
                if after not in together or not self._goes_on(index, after):
                    outcome = _outcome(self.tests.items[number].node, index, arm, self.steps, self.before)
                    if outcome is None:
                        return None
                    arms.append((index, arm, outcome))
        entries = frozenset(
            index
            for index in together
            if index == 0 or not all(one in together and self._goes_on(one, index) for one in self.before(index))
        )
        return Region(number, tuple(sorted(together)), entries, tuple(arms))


def _outcome(
    node: ast.expr, index: int, arm: int, steps: list[Step], before: Callable[[int], Sequence[int]]
) -> bool | None:
    """Return what a test was when control leaves it on a way, None where that is not known."""
    step = steps[index]
    if step.op not in _JUMPS and step.op not in _NONE_JUMPS:
        if not (step.quiet or step.op == "POP_TOP"):  # the end of a chain of comparisons takes a value away
            return None
        ways = [(one, steps[one].nexts.index(index)) for one in before(index)]
        found = {_outcome(node, one, way, steps, before) for one, way in ways}
        return found.pop() if len(found) == 1 else None
    return _truth(node, step, arm)


def _truth(node: ast.expr, step: Step, arm: int) -> bool | None:
    """Return what a part of a test is when control leaves the test on a way from a jump in this part."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        truth = _truth(node.operand, step, arm)
        return None if truth is None else not truth
    if isinstance(node, ast.BoolOp | ast.IfExp):
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        holding = [number for number, part in enumerate(parts) if _holds(part, step)]
        if len(holding) != 1:
            return None
        truth = _truth(parts[holding[0]], step, arm)
        if isinstance(node, ast.IfExp) or truth is None:
            return truth
        ends_it = isinstance(node.op, ast.Or)  # by this value
        if truth == ends_it:
            return truth
        for part in parts[holding[0] + 1 :]:  # the compiler evaluates no constants
            if not is_constant(part):
                return None
            truth = bool(eval(compile(ast.Expression(part), "<constant>", "eval")))
            if truth == ends_it:
                return truth
        return truth
    if step.op in _JUMPS:
        return _JUMPS[step.op] == bool(arm)
    if isinstance(node, ast.Compare) and isinstance(node.ops[-1], ast.Is | ast.IsNot):
        is_none = _NONE_JUMPS[step.op] == bool(arm)
        return is_none == isinstance(node.ops[-1], ast.Is)
    return None


def _holds(node: ast.expr, step: Step) -> bool:
    line, end_line, column, end_column = step.extent
    first, last = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return first <= (line or 0, column or 0) and (end_line or 0, end_column or 0) <= last
