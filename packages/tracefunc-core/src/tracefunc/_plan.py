"""What must be watched in a code object so that the hits of each of its places are known.

A walk has told on which ways a place starts. Its hits are the executions of a few offsets, chosen so that whoever
passes there has just started the place, and whoever starts it passes just one of them.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType

from tracefunc._branches import Region, Test, Tests, find_regions
from tracefunc._counting import Counting, count_all
from tracefunc._flow import Step, settled_from
from tracefunc._frequencies import in_order
from tracefunc._marked import MarkedBlock
from tracefunc._minimal import UnknownShapeError, minimize
from tracefunc._statements import Place
from tracefunc._walk import HANDLER, MismatchError, Walk, Way, WayKey, is_constant, walk, walk_by_position
from tracefunc._yields import find_awaits, find_receives

__all__ = ["Plan", "make_plan", "plan_by_position"]

COUNTS_FEW = True
"""Whether hits follow from as few events as can be; the tests compare that with an event for each place."""

_APPENDS = frozenset(["LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE"])
_UNFAILING = frozenset(["POP_TOP", "POP_ITER", "POP_EXCEPT", "STORE_FAST", "SWAP"])  # what begins them ends them
_NO_TESTS = Tests((), [])


@dataclass(frozen=True, slots=True)
class Plan:
    """How the hits of one code object follow from its events.

    `counted[p]` are the offsets whose executions add up to the hits of place `p`. `boundaries[o]` is the place
    that starts at offset `o`, None where the one before it ends and none starts. `elements[o]` is the
    comprehension whose element is produced at `o`. `counted_after[o][b]` are places that have started when control
    comes to `o` from the boundary `b` without crossing another. `owners` are the offsets at which another place's
    instructions begin, with that place. At `awaits` the code is suspended, but yields nothing; at `receives` it goes on
    and uses what was sent to it, under that name if it has one. Frames begin at `first`; from `settled` on, they
    come to no boundary or element any more. `counting` tells which offsets need events for `counted` and for the
    outcomes of `tests`. `nested` are the plans of the code objects inside.
    """

    code: CodeType
    counted: dict[int, tuple[int, ...]]
    boundaries: dict[int, int | None]
    elements: dict[int, int]
    counted_after: dict[int, dict[int, tuple[int, ...]]]
    owners: dict[int, int]
    awaits: frozenset[int]
    receives: dict[int, str]
    first: int
    settled: int
    counting: Counting
    tests: tuple[Test, ...]
    nested: tuple[Plan, ...]


def make_plan(code: CodeType, marked: CodeType, block: MarkedBlock, tests: Tests = _NO_TESTS) -> Plan:
    """Plan `code` and all nested code objects by its marked twin; raise `MismatchError` where they differ."""
    return _plan(walk(code, marked, block), tests, lambda inner, twin: make_plan(inner, twin, block, tests))


def plan_by_position(code: CodeType, places: list[Place], tests: Tests = _NO_TESTS) -> Plan:
    """Plan `code` by the positions of its instructions alone, for code that was not compiled from its source."""
    return _plan(walk_by_position(code, places), tests, lambda inner, _: plan_by_position(inner, places, tests))


def _plan(found: Walk, tests: Tests, inner: Callable[[CodeType, CodeType], Plan]) -> Plan:
    ways = _join(found)
    counted, uncounted = _count(found, ways)
    awaits = find_awaits(found.real)
    elements = _elements(found, awaits)
    boundaries = _boundaries(found, ways, counted)
    counted_after = _count_after(found, ways, boundaries, uncounted)
    for offset, place in elements.items():
        counted[place] = (*counted[place], offset)
    nested = tuple(inner(code, twin) for code, twin in found.nested())
    for same in (inner(code, twin) for code, twin in found.equal):
        counted.update((place, ()) for place in _all_places(same))
    regions = find_regions(found.real, tests, in_order(found.real)) if tests.items else []
    counting = _counting(found, counted, {*boundaries, *elements}, regions, is_simple=not counted_after)
    owners = _owners(found)
    code = found.real.code
    return Plan(
        code,
        counted,
        boundaries,
        elements,
        counted_after,
        owners,
        awaits,
        find_receives(found.real),
        next(step.offset for step in found.real.steps if step.op == "RESUME"),
        settled_from(found.real, {*boundaries, *elements}),
        counting,
        tests.items,
        nested,
    )


def _counting(
    found: Walk,
    counted: dict[int, tuple[int, ...]],
    costly: Collection[int],
    regions: list[Region],
    *,
    is_simple: bool,
) -> Counting:
    needed = {offset for offsets in counted.values() for offset in offsets}
    if is_simple and COUNTS_FEW:
        with suppress(UnknownShapeError):
            return minimize(found.real, needed, costly, regions)
    return count_all(found.real, needed, regions)


def _all_places(plan: Plan) -> Iterator[int]:
    yield from plan.counted
    for inner in plan.nested:
        yield from _all_places(inner)


def _join(found: Walk) -> dict[WayKey, Way]:
    """Return the ways, two that meet at a step without events as one: whoever crosses the first crosses the second."""
    ways = dict(found.ways)
    passed = {i for i, step in enumerate(found.real.steps) if not step.observable and len(step.nexts) == 1}
    into: dict[int, dict[WayKey, None]] = {index: {} for index in passed}
    for key, way in ways.items():
        if way.crossed[-1] in passed:
            into[way.crossed[-1]][key] = None
    for index in sorted(passed):
        onward = ways.get((index, 0))
        if onward is None or not into[index]:
            continue
        for key in into[index]:
            way = ways[key]
            ways[key] = Way(way.starts + onward.starts, way.crossed + onward.crossed, onward.leaves)
        behind = into.get(onward.crossed[-1])
        if behind is not None:
            del behind[index, 0]
            behind |= into[index]
        del ways[index, 0]
    return ways


def _count(found: Walk, ways: dict[WayKey, Way]) -> tuple[dict[int, tuple[int, ...]], list[tuple[int, WayKey]]]:
    """Choose for each place offsets that all its ways cross once and no other way; return the ways that have none."""
    uncounted: list[tuple[int, WayKey]] = []
    steps = found.real.steps
    starting: dict[int, list[WayKey]] = {place: [] for place in sorted(_emitted(found))}
    arrivals: dict[int, set[WayKey]] = {}  # at the steps in question
    for key, way in ways.items():
        for place in way.starts:
            if place in starting:
                starting[place].append(key)
                arrivals.update((index, set()) for index in way.crossed)
    for key, way in ways.items():
        for index in way.crossed:
            if index in arrivals:
                arrivals[index].add(key)
    counted: dict[int, tuple[int, ...]] = {}
    for place, keys in starting.items():
        mine, covered = set(keys), set[WayKey]()
        chosen: list[int] = []
        for key in (key for key in keys if key not in covered):
            for index in reversed(ways[key].crossed):
                here = arrivals[index]
                if steps[index].observable and here <= mine and not here & covered:
                    break
            else:  # what follows is common ground, but the step before does not fail and leads nowhere else
                index, here = key[0], {key}
                if not (steps[index].op in _UNFAILING and steps[index].observable and len(steps[index].nexts) == 1):
                    uncounted.append((place, key))
                    continue
            covered |= here
            chosen.append(steps[index].offset)
        counted[place] = tuple(chosen)
    return counted, uncounted


def _count_after(
    found: Walk, ways: dict[WayKey, Way], boundaries: dict[int, int | None], uncounted: list[tuple[int, WayKey]]
) -> dict[int, dict[int, tuple[int, ...]]]:
    """Tell places that start on a way to common ground by the boundary that control has crossed before.

    Such a place left no instruction, as `pass` does behind another statement on its line. Adds boundaries.
    """
    steps = found.real.steps
    counted_after: dict[int, dict[int, tuple[int, ...]]] = {}
    if not uncounted:
        return counted_after
    for _, key in uncounted:
        boundaries.setdefault(steps[ways[key].crossed[-1]].offset, None)
    into: dict[int, list[WayKey]] = defaultdict(list)
    for key, way in ways.items():
        into[way.crossed[-1]].append(key)
    for place, key in uncounted:
        end = ways[key].crossed[-1]
        sources: set[int] = set()
        todo, seen = [key[0]], {key[0]}
        while todo:
            index = todo.pop()
            if steps[index].offset in boundaries:
                sources.add(steps[index].offset)
                continue
            for arrival in into[index]:
                passed = [steps[at].offset for at in ways[arrival].crossed if steps[at].offset in boundaries]
                if passed:
                    sources.add(passed[-1])
                elif arrival[1] != HANDLER and arrival[0] not in seen:
                    seen.add(arrival[0])
                    todo.append(arrival[0])
        for source in sources:
            if not _starts_on_all(steps, ways, boundaries, source, end, place):
                raise MismatchError(f"{found.real.code.co_qualname}: no event tells that place {place} starts")
            after = counted_after.setdefault(steps[end].offset, {})
            after[source] = (*after.get(source, ()), place)
    return counted_after


def _starts_on_all(
    steps: list[Step], ways: dict[WayKey, Way], boundaries: dict[int, int | None], source: int, end: int, place: int
) -> bool:
    """Tell whether a place starts on all ways that lead from the boundary `source` to `end` and cross no other."""
    todo = [index for index, step in enumerate(steps) if step.offset == source]
    seen = set(todo)
    while todo:
        index = todo.pop()
        for arm in range(len(steps[index].nexts)):
            way = ways.get((index, arm))
            if way is None:
                continue
            if way.crossed[-1] == end and place not in way.starts:
                return False
            is_open = not any(steps[at].offset in boundaries for at in way.crossed)
            if is_open and way.crossed[-1] not in seen:
                seen.add(way.crossed[-1])
                todo.append(way.crossed[-1])
    return True


def _emitted(found: Walk) -> set[int]:
    """Return the places that the compiler has not dropped, though control may never reach some of them."""
    emitted = {place for place in found.twin.comprehensions if place >= 0}
    for mark in filter(None, found.twin.marks):
        is_clause = isinstance(found.places[mark.place], ast.ExceptHandler | ast.match_case)
        if mark.part != "own" or (is_clause and found.is_suite):
            emitted.add(mark.place)
    for way in found.ways.values():
        emitted.update(way.starts)
    return {place for place in emitted if not _is_dropped(found, place)}


def _is_dropped(found: Walk, place: int) -> bool:
    node = found.places[place]
    if isinstance(node, ast.If | ast.While):  # `if 0:`
        return place not in found.headed and is_constant(node.test)
    return isinstance(node, ast.Assert) and place not in found.present  # under -O


def _boundaries(found: Walk, ways: dict[WayKey, Way], counted: dict[int, tuple[int, ...]]) -> dict[int, int | None]:
    """Return the offsets at which a place starts or ends; where several start at one offset, the last goes on."""
    steps = found.real.steps
    boundaries: dict[int, int | None] = {}
    for way in ways.values():
        if way.leaves and steps[way.crossed[-1]].observable:
            boundaries[steps[way.crossed[-1]].offset] = None
    for key, way in ways.items():
        if not way.starts:
            continue
        crossed = {steps[index].offset for index in (key[0], *way.crossed)}
        for place in way.starts:
            boundaries.update((offset, place) for offset in counted.get(place, ()) if offset in crossed)
    return boundaries


def _elements(found: Walk, awaits: frozenset[int]) -> dict[int, int]:
    """Return the offsets at which an element of a comprehension is produced."""
    elements: dict[int, int] = {}
    for index, twin_index in found.pairs.items():
        step, place = found.real.steps[index], found.twin.comprehensions[twin_index]
        if step.op in _APPENDS:
            # A display appends to what is on top of the stack, a comprehension deeper. Where an element is appended as
            # it comes from the iterator, the compiler has made a loop of `list(...)` or `tuple(...)` (3.14 and later).
            is_deep = isinstance(step.key[-1], int) and step.key[-1] > 1
            produces = is_deep and found.real.steps[index - 1].op != "FOR_ITER"
        else:
            produces = step.op == "YIELD_VALUE" and found.real.code.co_name == "<genexpr>" and step.offset not in awaits
        if produces and place >= 0:
            elements[step.offset] = place
    return elements


def _owners(found: Walk) -> dict[int, int]:
    owners: dict[int, int] = {}
    before = None
    for index, step in enumerate(found.real.steps):
        mark = found.twin.marks[found.pairs[index]] if index in found.pairs else None
        if mark and mark.part == "own" and mark.place != before:
            owners[step.offset] = before = mark.place
    return owners
