"""Walk the code that runs and its marked twin side by side, and see on which ways which places start.

Both were compiled from one source, so step for step they do the same work; where they do not, the source is not that of
the code. A way leads from a step to the next that is not quiet. Each step of the twin has a mark, and control that
comes to another mark than before starts the place, or goes on with it: `_Walk.starts` tells which.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import CO_OPTIMIZED
from types import CodeType
from typing import NamedTuple, cast

from tracefunc._flow import Flow, Step, read_flow
from tracefunc._marked import Mark, MarkedBlock, Twin
from tracefunc._positions import position_twin
from tracefunc._statements import Place

__all__ = ["HANDLER", "REENTERED", "MismatchError", "Walk", "Way", "is_constant", "walk", "walk_by_position"]

# Places that start whenever control comes from elsewhere to an instruction of their own: each test, each advance.
REENTERED = ast.For | ast.AsyncFor | ast.While | ast.ExceptHandler | ast.match_case

HANDLER = -1  # the way by which an exception comes to a handler; those to the next step and to a jump's are 0 and 1

type WayKey = tuple[int, int]  # the step where a way begins, and which of its ways it is


class MismatchError(Exception):
    """The code that runs was not compiled from the source as it stands."""


class Way(NamedTuple):
    """The places that start on a way, in order, and the steps that it crosses, the one where it ends included."""

    starts: tuple[int, ...]
    crossed: tuple[int, ...]
    leaves: bool  # it goes back to an instruction of a statement whose suite it leaves: the exit of a `with`


@dataclass(slots=True)
class Walk:
    """What a walk has found; `pairs` gives the twin's step of each step that control can reach."""

    real: Flow
    twin: Twin
    places: list[Place]
    ways: dict[WayKey, Way] = field(default_factory=dict)
    pairs: dict[int, int] = field(default_factory=dict)
    loaded: dict[int, tuple[CodeType, CodeType]] = field(default_factory=dict)  # code objects, by id, with their twins
    equal: list[tuple[CodeType, CodeType]] = field(
        default_factory=list
    )  # those that stand for several (3.12's lambdas)
    present: set[int] = field(default_factory=set)  # places with an instruction
    headed: set[int] = field(default_factory=set)  # places whose suite the compiler has kept
    is_suite: bool = False  # statements stand in this code, not only an expression of one

    def run(self) -> None:
        """Visit all pairs of steps that can be reached together, each with the mark that control has met last."""
        for flow in (self.real, self.twin.flow):
            _break_quiet_circles(flow)
        self._survey()
        todo: list[tuple[int, int, Mark | None]] = [(0, 0, None)]
        marks: dict[Mark | None, int] = {None: 0}
        twins = len(self.twin.flow.steps) + 1
        seen = {0}  # numbers, not tuples: as many of these would set off full garbage collections
        while todo:
            index, twin_index, mark = todo.pop()
            step, twin = self.real.steps[index], self.twin.flow.steps[twin_index]
            if step.key[0] == "LOAD_CONST" or step.key != twin.key or len(step.nexts) != len(twin.nexts):
                self._compare(step, twin)
            self.pairs[index] = twin_index
            found = [self._go((index, arm), after, twin.nexts[arm], mark) for arm, after in enumerate(step.nexts)]
            if step.handler is not None and twin.handler is not None:
                # An exception that the place handles itself (the end of `async for`) starts nothing anew.
                stays = self.twin.marks[twin.handler] == mark
                found.append(self._go((step.handler, HANDLER), step.handler, twin.handler, mark if stays else None))
            for pair in found:
                number = (pair[0] * twins + pair[1]) * twins + marks.setdefault(pair[2], len(marks))
                if number not in seen:
                    seen.add(number)
                    todo.append(pair)

    def nested(self) -> list[tuple[CodeType, CodeType]]:
        """Return the nested code objects with their twins; those left over stand in code that cannot be reached."""
        twins = {id(twin) for _, twin in self.loaded.values()}
        left = [code for code in _code_constants(self.real.code) if id(code) not in self.loaded]
        left_twins = [code for code in _code_constants(self.twin.flow.code) if id(code) not in twins]
        return [*self.loaded.values(), *zip(left, left_twins, strict=False)]

    def _survey(self) -> None:
        for mark in filter(None, self.twin.marks):
            if mark.part == "own":
                self.present.add(mark.place)
            else:
                self.is_suite = True
                if mark.part == "suite":
                    self.headed.add(mark.place)

    def _compare(self, step: Step, twin: Step) -> None:
        """Raise `MismatchError` unless both steps do the same work; note the code objects that they load."""
        ours, others = step.key, twin.key
        if isinstance(ours[-1], CodeType) and isinstance(others[-1], CodeType):
            if self.loaded.setdefault(id(ours[-1]), (ours[-1], others[-1]))[1] is not others[-1]:
                self.equal.append((ours[-1], others[-1]))
            ours, others = (ours[0], ours[-1].co_qualname), (others[0], others[-1].co_qualname)
        same = ours[0] == others[0] and type(ours[-1]) is type(others[-1]) and ours[-1] == others[-1]
        if not (same or self._loads_first_line(step)) or len(step.nexts) != len(twin.nexts):
            raise MismatchError(f"{self.real.code.co_qualname} at {step.offset}: {ours!r}, expected {others!r}")

    def _loads_first_line(self, step: Step) -> bool:
        """Tell whether a step loads the `__firstlineno__` of a class (3.13 and later), where the twin has its own."""
        if step.key[0] != "LOAD_CONST" or self.real.code.co_flags & CO_OPTIMIZED:
            return False
        after = self.real.steps[step.nexts[0]]
        names = self.real.code.co_names
        return after.op == "STORE_NAME" and names[cast("int", after.key[1])] == "__firstlineno__"

    def _go(self, origin: WayKey, after: int, twin_after: int, before: Mark | None) -> tuple[int, int, Mark | None]:
        """Follow one way through quiet steps in both codes and note what starts on it."""
        if not (self.real.steps[after].quiet or self.twin.flow.steps[twin_after].quiet) and origin != (0, 0):
            mark = self.twin.marks[twin_after]
            if (mark is None or mark == before) and origin not in self.ways:  # most ways: nothing starts
                nexts = self.real.steps[origin[0]].nexts
                self.ways[origin] = Way((), nexts if nexts == (after,) else (after,), leaves=False)
                return after, twin_after, before
        crossed = tuple(_quiet_run(self.real, after))
        run = tuple(_quiet_run(self.twin.flow, twin_after))
        starts: list[int] = []
        leaves = False
        if origin == (0, 0) and self.real.code.co_name == "<lambda>" and self.twin.function is not None:
            starts.append(self.twin.function)
        for step, mark in ((self.twin.flow.steps[index], self.twin.marks[index]) for index in run):
            if mark is None or mark == before or (step.quiet and step.op != "NOP"):
                continue
            node = self.places[mark.place]
            if isinstance(node, ast.Lambda):
                continue
            if origin[1] == HANDLER and mark.part != "own":
                before = mark  # the compiler made this up and gave it the line of a neighbour
                continue
            leaves = False
            if self.starts(mark, before, step):
                starts.append(mark.place)
            elif mark.part == "own" and isinstance(node, ast.With | ast.AsyncWith):
                leaves = before is None or before.place != mark.place
            before = mark
        way = Way(tuple(starts), crossed, leaves)
        known = self.ways.get(origin)
        self.ways[origin] = way._replace(leaves=True) if known and known.leaves else way
        if known and known.starts != way.starts:
            self.two_meanings(origin)
        return crossed[-1], run[-1], before

    def starts(self, mark: Mark, before: Mark | None, step: Step) -> bool:
        """Tell whether control that comes from the mark `before` to a step with another mark starts its place."""
        del before  # the marks say it all
        node = self.places[mark.place]
        if isinstance(node, ast.ExceptHandler) and step.op == "POP_TOP":
            return False  # the end of an `except*`, to which 3.12 gave the line of its last clause
        if not isinstance(node, REENTERED):
            return mark.part == "start"
        if (isinstance(node, ast.While) and is_constant(node.test)) or getattr(node, "type", node) is None:
            return mark.part == "suite"  # `while True` and a bare `except` test nothing
        return mark.part == "own" and self.is_suite

    def two_meanings(self, origin: WayKey) -> None:
        """Hear that a way starts other places when control came from elsewhere before."""
        raise MismatchError(f"{self.real.code.co_qualname}: two meanings of the way from step {origin}")


class _PositionWalk(Walk):
    """A walk through code that is its own twin: its marks tell places, but not where they start."""

    __slots__ = ()

    def starts(self, mark: Mark, before: Mark | None, step: Step) -> bool:
        node = self.places[mark.place]
        if isinstance(node, REENTERED) or before is None:
            return True
        if step.key[0] == "RETURN_VALUE" and isinstance(node, ast.Return) and node.value is not None:
            return False  # the return goes on after a `finally` or the exit of a `with`
        return not any(child is self.places[before.place] for child in ast.walk(node))

    def two_meanings(self, origin: WayKey) -> None:
        """Keep the first meaning: positions tell no more."""


def walk(code: CodeType, marked: CodeType, block: MarkedBlock) -> Walk:
    """Walk `code` beside its marked twin; raise `MismatchError` where they differ."""
    found = Walk(read_flow(code), block.twin(marked), block.places)
    found.run()
    return found


def walk_by_position(code: CodeType, places: list[Place]) -> Walk:
    """Walk `code` with the marks that the positions of its instructions give."""
    found = _PositionWalk(read_flow(code), position_twin(code, places), places)
    found.run()
    return found


def is_constant(test: ast.expr) -> bool:
    """Tell whether the compiler knows what a test gives, so that nothing is left to evaluate."""
    match test:
        case ast.Constant() | ast.Name(id="__debug__"):
            return True
        case ast.UnaryOp(operand=operand):
            return is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return is_constant(left) and is_constant(right)
        case ast.Tuple(elts=elements):
            return all(map(is_constant, elements))
        case ast.BoolOp(op=op, values=values):
            for value in values:
                if not is_constant(value):
                    return False
                if _truth(value) == isinstance(op, ast.Or):
                    break  # what follows is never evaluated
            return True
    return False


def _truth(test: ast.expr) -> bool | None:
    """Return whether a test that the compiler knows is true, None where that takes arithmetic."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="__debug__"):
            return __debug__
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = _truth(operand)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=values):
            for truth in map(_truth, values):
                if truth is None or truth == isinstance(op, ast.Or):
                    return truth
            return not isinstance(op, ast.Or)
    return None


def _code_constants(code: CodeType) -> Iterator[CodeType]:
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


def _quiet_run(flow: Flow, index: int) -> Iterator[int]:
    """Yield the quiet steps from `index` on, and the first one that is not."""
    while flow.steps[index].quiet:
        yield index
        (index,) = flow.steps[index].nexts
    yield index


def _break_quiet_circles(flow: Flow) -> None:
    """Let one jump of each loop that does nothing count as work, so that a walk through quiet steps ends."""
    for index, step in enumerate(flow.steps):
        if step.quiet and "BACKWARD" in step.op:
            after, seen = index, set[int]()
            while flow.steps[after].quiet and after not in seen:
                seen.add(after)
                (after,) = flow.steps[after].nexts
            if after == index:
                step.quiet = False
                step.key = ("JUMP_BACKWARD", 0)
