"""What must be watched in a code object so that the hits of each of its places are known.

The code that runs and its marked twin (`_marked`) come from one source: walked side by side they do the same
work, step for step, or the source is not that of the code. On every way from one step to the next the twin tells
which places start. A place's hits are then the executions of a few offsets, chosen so that whoever passes
there has just started the place.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import CO_OPTIMIZED
from types import CodeType
from typing import NamedTuple, cast

from tracefunc._flow import Flow, Step, read_flow
from tracefunc._marked import Mark, MarkedBlock, Twin
from tracefunc._positions import position_twin
from tracefunc._statements import Place

__all__ = ["Mismatch", "Plan", "plan", "plan_by_position"]

# Places that start whenever control comes from elsewhere to an instruction of their own: each test, each advance.
_REENTERED = (ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
_UNFAILING = frozenset(["POP_TOP", "POP_ITER", "POP_EXCEPT", "STORE_FAST", "SWAP"])  # who starts them, ends them
_HANDLER = -1  # the way by which an exception comes to a handler; others are numbered from 0
_AFTER_AWAIT = (3, 7)  # the argument of RESUME; the third bit says where an exception may be raised
_APPENDS = frozenset(["LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE"])


class Mismatch(Exception):
    """The code that runs was not compiled from the source as it stands."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the hits of one code object follow from its events.

    `counted[p]` are the offsets whose executions add up to the hits of place `p`. `boundaries[o]` is the place
    that starts at offset `o`, or None where the one before it ends and none starts. `elements[o]` is the
    comprehension whose element is produced at `o`. `owners` are the offsets at which another place's
    instructions begin, with that place. At `awaits` the code is suspended, but yields nothing. `nested` are the plans
    of the code objects inside.
    """

    code: CodeType
    counted: dict[int, tuple[int, ...]]
    boundaries: dict[int, int | None]
    elements: dict[int, int]
    owners: dict[int, int]
    awaits: frozenset[int]
    nested: tuple[Plan, ...]


def plan_by_position(code: CodeType, places: list[Place]) -> Plan:
    """Plan `code` by the positions of its instructions alone, for code that was not compiled from its source."""
    walk = _PositionWalk(read_flow(code), position_twin(code, places), places)
    nested = tuple(plan_by_position(inner, places) for inner, _ in walk.run())
    return walk.plan(nested)


class _Way(NamedTuple):
    """One way from a step to the next that is not quiet: the places that start on it and the steps it crosses."""

    starts: tuple[int, ...]
    crossed: tuple[int, ...]
    leaves: bool  # it goes back to an instruction of a statement whose suite it leaves: the exit of a `with`


def plan(code: CodeType, marked: CodeType, block: MarkedBlock) -> Plan:
    """Plan `code` by its marked twin and, in it, all nested code objects; raise `Mismatch` where they differ."""
    walk = _Walk(read_flow(code), block.twin(marked), block.places)
    nested = tuple(plan(inner, twin, block) for inner, twin in walk.run())
    return walk.plan(nested)


@dataclass(slots=True)
class _Walk:
    """A walk through a code object and its marked twin at once."""

    real: Flow
    twin: Twin
    places: list[Place]
    ways: dict[tuple[int, int], _Way] = field(default_factory=dict)
    pairs: dict[int, int] = field(default_factory=dict)  # real step -> step of the twin
    nested: dict[int, tuple[CodeType, CodeType]] = field(default_factory=dict)
    working: set[int] = field(default_factory=set)  # places with an instruction that does something
    present: set[int] = field(default_factory=set)  # places with an instruction
    headed: set[int] = field(default_factory=set)  # places whose suite the compiler has kept
    home: set[int] = field(default_factory=set)  # statements and clauses that stand in this code object

    def run(self) -> list[tuple[CodeType, CodeType]]:
        """Walk both codes to their ends; return the pairs of nested code objects met."""
        for flow in (self.real, self.twin.flow):
            _break_quiet_circles(flow)
        for step, mark in zip(self.twin.flow.steps, self.twin.marks, strict=True):
            if mark is None:
                continue
            if mark.part == "own":
                self.present.add(mark.place)
                self.working |= set() if step.quiet else {mark.place}
            else:
                self.home.add(mark.place)
                self.headed |= {mark.place} if mark.part == "suite" else set()
        self.walk()
        met = {id(code): (code, twin) for code, twin in self.nested.values()}
        twins = {id(twin) for _, twin in met.values()}
        left = [code for code in _code_constants(self.real.code) if id(code) not in met]
        left_twins = [code for code in _code_constants(self.twin.flow.code) if id(code) not in twins]
        return [*met.values(), *zip(left, left_twins, strict=False)]  # those left stand in code that cannot be reached

    def plan(self, nested: tuple[Plan, ...]) -> Plan:
        counted, boundaries = self.choose()
        elements = dict(self.elements())
        for offset, place in elements.items():
            counted[place] = (*counted.get(place, ()), offset)
        return Plan(self.real.code, counted, boundaries, elements, dict(self.owners()), frozenset(self.awaits()), nested)

    def walk(self) -> None:
        """Visit all pairs of steps that can be reached together, with the mark that control has crossed last."""
        todo: list[tuple[int, int, Mark | None]] = [(0, 0, None)]
        seen = set(todo)
        while todo:
            index, twin_index, mark = todo.pop()
            step, twin = self.real.steps[index], self.twin.flow.steps[twin_index]
            self.compare(index, step, twin)
            self.pairs[index] = twin_index
            found = [
                self.go((index, arm), after, twin_after, mark)
                for arm, (after, twin_after) in enumerate(zip(step.nexts, twin.nexts, strict=True))
            ]
            if step.handler is not None and twin.handler is not None:
                # An exception that an instruction handles itself (the end of `async for`) starts nothing anew.
                stays = self.twin.marks[twin.handler] == mark
                found.append(self.go((step.handler, _HANDLER), step.handler, twin.handler, mark if stays else None))
            todo += set(found) - seen
            seen.update(found)

    def compare(self, index: int, step: Step, twin: Step) -> None:
        """Raise `Mismatch` unless both steps do the same work; note the code objects that they load."""
        ours, others = step.key, twin.key
        if isinstance(ours[-1], CodeType) and isinstance(others[-1], CodeType):
            self.nested[index] = ours[-1], others[-1]
            ours, others = (ours[0], ours[-1].co_qualname), (others[0], others[-1].co_qualname)
        same = ours[0] == others[0] and type(ours[-1]) is type(others[-1]) and ours[-1] == others[-1]
        if not (same or self.stores_first_line(step)) or len(step.nexts) != len(twin.nexts):
            raise Mismatch(f"{self.real.code.co_qualname} at {step.offset}: {ours!r}, expected {others!r}")

    def stores_first_line(self, step: Step) -> bool:
        """Tell whether a step loads the `__firstlineno__` of a class (3.13 and later), which no mark may change."""
        if step.key[0] != "LOAD_CONST" or self.real.code.co_flags & CO_OPTIMIZED:
            return False
        after = self.real.steps[step.nexts[0]]
        names = self.real.code.co_names
        return after.op == "STORE_NAME" and names[cast("int", after.key[1])] == "__firstlineno__"

    def go(
        self, origin: tuple[int, int], after: int, twin_after: int, before: Mark | None
    ) -> tuple[int, int, Mark | None]:
        """Follow one way through quiet steps in both codes and note what starts on it."""
        crossed = tuple(_quiet_run(self.real, after))
        starts: list[int] = []
        leaves = False
        if origin == (0, 0) and self.real.code.co_name == "<lambda>" and self.twin.function is not None:
            starts.append(self.twin.function)
        for twin_index in (run := tuple(_quiet_run(self.twin.flow, twin_after))):
            step = self.twin.flow.steps[twin_index]
            mark = self.twin.marks[twin_index]
            node = None if mark is None else self.places[mark.place]
            if mark is None or mark == before or isinstance(node, ast.Lambda):
                continue
            if step.quiet and step.op != "NOP":
                continue
            if origin[1] == _HANDLER and mark.part != "own":
                before = mark  # where an exception arrives, the compiler made the code up and gave it a neighbour's line
                continue
            leaves = False
            if self.starts(mark, before, step):
                starts.append(mark.place)
            elif mark.part == "own" and isinstance(node, ast.With | ast.AsyncWith):
                leaves = before is None or before.place != mark.place
            before = mark
        way = _Way(tuple(starts), crossed, leaves)
        known = self.ways.get(origin, way)
        self.ways[origin] = way._replace(leaves=leaves or known.leaves)
        if known.starts != way.starts:
            self.two_meanings(origin)
        return crossed[-1], run[-1], before

    def two_meanings(self, origin: tuple[int, int]) -> None:
        """A way starts these places or those, depending on where control came from before."""
        raise Mismatch(f"{self.real.code.co_qualname}: two meanings of the way from step {origin}")

    def starts(self, mark: Mark, before: Mark | None, step: Step) -> bool:
        """Tell whether control that comes from the mark `before` to a step with another mark starts its place."""
        del before, step  # the twin's own marks say it all
        node = self.places[mark.place]
        if not isinstance(node, _REENTERED):
            return mark.part == "start"
        if mark.place not in self.working:
            return mark.part == "suite"
        return mark.part == "own" and mark.place in self.home

    def choose(self) -> tuple[dict[int, tuple[int, ...]], dict[int, int | None]]:
        """Choose for each place offsets that all its ways cross once and no other way crosses."""
        self.join()
        arrivals: dict[int, list[tuple[int, int]]] = defaultdict(list)
        ways_of: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for key, way in self.ways.items():
            for index in way.crossed:
                arrivals[index].append(key)
            for place in way.starts:
                ways_of[place].append(key)
        counted: dict[int, tuple[int, ...]] = {}
        boundaries: dict[int, int | None] = {}
        for way in self.ways.values():
            if way.leaves and self.real.steps[way.crossed[-1]].observable:
                boundaries[self.real.steps[way.crossed[-1]].offset] = None
        for place in sorted(ways_of.keys() | self.emitted()):
            keys = ways_of.get(place, [])
            node = self.places[place]
            if isinstance(node, ast.If) and place not in self.working and place not in self.headed:
                continue  # `if 0:`
            if isinstance(node, ast.Assert) and place not in self.present:
                continue  # under -O
            mine, covered, chosen = set(keys), set(), []
            for key in keys:
                if key in covered:
                    continue
                for index in reversed(self.ways[key].crossed):
                    here = set(arrivals[index])
                    if self.real.steps[index].observable and here <= mine and not here & covered:
                        covered |= here
                        chosen.append(self.real.steps[index].offset)
                        break
                else:
                    origin = self.real.steps[key[0]]
                    if origin.op not in _UNFAILING or not origin.observable or len(origin.nexts) != 1:
                        raise Mismatch(f"{self.real.code.co_qualname}: no offset tells that place {place} starts")
                    covered.add(key)
                    chosen.append(origin.offset)
                    boundaries.setdefault(origin.offset, place)
            counted[place] = tuple(chosen)
        for way in self.ways.values():
            for place in way.starts:  # in order: of those that start at one offset the last goes on
                crossed = {self.real.steps[index].offset for index in way.crossed}
                boundaries.update((offset, place) for offset in counted.get(place, ()) if offset in crossed)
        return counted, boundaries

    def emitted(self) -> set[int]:
        """Return the places that the compiler has not dropped, though control may reach none of their code."""
        found = {place for place in self.twin.comprehensions if place >= 0}
        for mark in filter(None, self.twin.marks):
            works = mark.place in self.working or not isinstance(self.places[mark.place], _REENTERED)
            if mark.part == "suite" or (mark.part == "start" and works):
                found.add(mark.place)
        return found

    def join(self) -> None:
        """Make one way of two that meet at a step without events: whoever crosses the first crosses the second."""
        into: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for key, way in self.ways.items():
            into[way.crossed[-1]].append(key)
        for index, step in enumerate(self.real.steps):
            onward = self.ways.get((index, 0))
            if step.observable or len(step.nexts) != 1 or onward is None or not into[index]:
                continue
            for key in into[index]:
                way = self.ways[key]
                self.ways[key] = _Way(way.starts + onward.starts, way.crossed + onward.crossed, onward.leaves)
            into[onward.crossed[-1]].remove((index, 0))
            into[onward.crossed[-1]] += into[index]
            del self.ways[index, 0]

    def elements(self) -> Iterator[tuple[int, int]]:
        """Yield the offsets at which an element of a comprehension is produced, with its place."""
        for index, twin_index in self.pairs.items():
            step = self.real.steps[index]
            if step.op in _APPENDS:
                produced = isinstance(step.key[-1], int) and step.key[-1] > 1  # displays append to the top of the stack
            elif step.op == "YIELD_VALUE" and self.real.code.co_name == "<genexpr>":
                produced = step.offset not in self.awaits()
            else:
                continue
            place = self.twin.comprehensions[twin_index]
            if produced and place >= 0:
                yield step.offset, place

    def awaits(self) -> set[int]:
        """Return the offsets of the yields by which an `await` suspends: the RESUME behind them says so."""
        found = set()
        for step in self.real.steps:
            if step.op == "YIELD_VALUE" and self.real.steps[step.nexts[0]].key[-1] in _AFTER_AWAIT:
                found.add(step.offset)
        return found

    def owners(self) -> Iterator[tuple[int, int]]:
        before = None
        for index, step in enumerate(self.real.steps):
            mark = self.twin.marks[self.pairs[index]] if index in self.pairs else None
            if mark and mark.part == "own" and mark.place != before:
                before = mark.place
                yield step.offset, before


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


class _PositionWalk(_Walk):
    """A walk through code that is its own twin, and whose marks tell places but not where they start."""

    def starts(self, mark: Mark, before: Mark | None, step: Step) -> bool:
        node = self.places[mark.place]
        if isinstance(node, _REENTERED) or before is None:
            return True
        came_from = self.places[before.place]
        if step.key[0] == "RETURN_VALUE" and isinstance(node, ast.Return) and node.value is not None:
            return False  # the return goes on after a `finally` or the exit of a `with`
        return not any(child is came_from for child in ast.walk(node))

    def two_meanings(self, origin: tuple[int, int]) -> None:
        """Keep the first meaning: positions tell no more."""
