"""From targets to what a session needs: the functions and statements of the trace, and what to watch for them."""

from __future__ import annotations

import gc
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from types import CodeType
from typing import NamedTuple

from tracefunc._branches import Tests, find_tests
from tracefunc._marked import FUTURE_FLAGS, MarkedBlock, mark
from tracefunc._plan import Plan, make_plan, plan_by_position
from tracefunc._records import FunctionRecord, Watch
from tracefunc._source import Block, Source, find_node, read_source
from tracefunc._statements import Entry, Place, describe, places
from tracefunc._targets import Target
from tracefunc._walk import MismatchError
from tracefunc.errors import SourceChangedWarning
from tracefunc.model import Function, Statement

__all__ = ["Planned", "Prepared", "extend", "long_lived", "plan_target", "prepare"]

_LONG = 20_000  # bytes of code that are too many for the garbage collector to look at again and again
_imported = time.time()


@dataclass(slots=True)
class Prepared:
    """The parts of a session; `records[i]` belongs to `functions[i]`. Nested functions follow their target."""

    functions: list[Function] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    records: list[FunctionRecord] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    targets: set[int] = field(default_factory=set)  # ids of the functions that were asked for
    roots: set[int] = field(default_factory=set)  # ids of their code objects


class Planned(NamedTuple):
    """A target with the plan of what to watch; of use to any number of sessions."""

    target: Target
    source: Source
    plan: Plan
    entries: dict[int, Entry]  # by the number of the place, in source order


def prepare(targets: list[Target], plans: dict[int, Planned] | None = None) -> Prepared:
    """Find the source of each target and plan what to watch; raises `SourceNotFoundError`."""
    prepared = Prepared()
    extend(prepared, targets, plans)
    return prepared


def extend(prepared: Prepared, targets: list[Target], plans: dict[int, Planned] | None = None) -> list[Watch]:
    """Add further targets to a session, and return what to watch for them; raises `SourceNotFoundError`.

    `plans`, by the ids of code objects, are used and added to.
    """
    plans = {} if plans is None else plans
    new = [target for target in targets if id(target.code) not in prepared.roots]
    first = len(prepared.watches)
    with long_lived(sum(len(target.code.co_code) for target in new)):
        for target in new:
            if id(target.code) not in plans:
                plans[id(target.code)] = plan_target(target)
        prepared.roots.update(id(target.code) for target in new)
        for target in new:
            _add(prepared, plans[id(target.code)], prepared.roots)
    return prepared.watches[first:]


@contextmanager
def long_lived(size: int) -> Iterator[None]:
    """Let the collector pause while code of this size, in bytes, is planned, if that is much.

    The steps and ways of long code live all at once and none is garbage before the end, but full collections would
    search them two or three times. With 5,000 statements that took up to a fifth of the time, and for each of them more
    than with 1,250.
    """
    is_collecting = gc.isenabled() and size > _LONG
    try:
        if is_collecting:
            gc.disable()
        yield
    finally:
        if is_collecting:
            gc.enable()


def plan_target(target: Target) -> Planned:
    """Plan a target; raises `SourceNotFoundError`."""
    source = read_source(target.code, target.namespace)
    span = source.span_of(target.code)
    block, everywhere, numbers, tests = _block(source, span)
    node = find_node(block, target.code)
    described = [(numbers[id(place)], entry) for place, entry in describe(block, target.qualname, node)]
    entries = dict(sorted(described, key=itemgetter(0)))
    try:
        marked = _marked(source, span, target.code.co_flags & FUTURE_FLAGS)
        found = make_plan(target.code, marked.code_of(numbers[id(node)], target.code.co_name), marked, tests)
    except MismatchError:
        found = plan_by_position(target.code, everywhere, tests)
        _warn_if_edited(target, source, found)
    return Planned(target, source, found, entries)


@lru_cache(maxsize=64)
def _block(source: Source, span: tuple[int, int]) -> tuple[Block, list[Place], dict[int, int], Tests]:
    """Return a block with its places, their numbers by their identities, and the tests in it."""
    block = source.block(span)
    everywhere = places(block.tree)
    numbers = {id(place): number for number, place in enumerate(everywhere)}
    return block, everywhere, numbers, find_tests(everywhere)


@lru_cache(maxsize=64)
def _marked(source: Source, span: tuple[int, int], flags: int) -> MarkedBlock:
    return mark(source.block(span), flags, _block(source, span)[1])


def _warn_if_edited(target: Target, source: Source, found: Plan) -> None:
    """Warn unless the code merely looks rewritten by an import hook: older than this process and in its places."""
    try:
        is_newer = os.stat(source.path).st_mtime > _imported
    except OSError:
        is_newer = False
    positions = [extent for extent in target.code.co_positions() if extent[0] is not None]
    fits = found.owners and all((line or 0) <= len(source.lines) for line, *_ in positions)
    if is_newer or not fits:
        warnings.warn(
            f"{target.qualname}: {source.path} was edited after it was imported, so the snippets of this trace may be "
            f"wrong; reload the module, then trace again",
            SourceChangedWarning,
            skip_file_prefixes=(__file__.rpartition(os.sep)[0],),
        )


def _add(prepared: Prepared, planned: Planned, roots: set[int]) -> None:
    """Add a target with its nested functions; those of them that are targets themselves stay out."""
    plans = list(_plans(planned.plan, roots))
    existing = {place for part in plans for place in part.counted}
    local = {place: index for index, place in enumerate(place for place in planned.entries if place in existing)}
    first = len(prepared.statements)
    for place, index in local.items():
        entry = planned.entries[place]
        prepared.statements.append(
            Statement(
                first + index, entry.kind, entry.snippet, entry.extent, entry.names, entry.scope, entry.attributes
            )
        )
    lookups = [(*planned.entries[place].lookups, *planned.entries[place].attribute_lookups) for place in local]
    target = planned.target
    record = _add_function(prepared, planned, target.code, plans, local, first, lookups)
    prepared.targets.add(record.id)
    for part in plans:
        escaped = None
        if part is not planned.plan:
            escaped = _add_function(prepared, planned, part.code, list(_plans(part, roots)), local, first, lookups)
        prepared.watches.append(_watch(part, record, escaped, local))


def _plans(root: Plan, roots: set[int]) -> Iterator[Plan]:
    """Yield a plan and all those nested in it, outer before inner."""
    yield root
    for inner in root.nested:
        if id(inner.code) not in roots:
            yield from _plans(inner, roots)


def _add_function(
    prepared: Prepared,
    planned: Planned,
    code: CodeType,
    plans: list[Plan],
    local: dict[int, int],
    first: int,
    lookups: list[tuple[str, ...]],
) -> FunctionRecord:
    """Add a function whose body is that of `plans`."""
    number = len(prepared.functions)
    # Sorted, not searched for among all: of the functions inside a long one, each has few of its statements.
    here = {local[place] for part in plans for place in part.counted if place in local}
    statements = tuple(first + index for index in sorted(here))
    target = planned.target
    last = max([code.co_firstlineno, *(prepared.statements[index].extent.end_line for index in statements)])
    prepared.functions.append(
        Function(
            id=number,
            name=code.co_name,
            qualname=target.qualname if code is target.code else code.co_qualname,
            module=target.module,
            path=code.co_filename,
            line=code.co_firstlineno,
            source="\n".join(planned.source.lines[code.co_firstlineno - 1 : last]),
            statements=statements,
            calls=0,
        )
    )
    covers = frozenset(id(part.code) for part in plans)
    record = FunctionRecord(number, lookups, covers, first)
    prepared.records.append(record)
    return record


def _watch(part: Plan, function: FunctionRecord, escaped: FunctionRecord | None, local: dict[int, int]) -> Watch:
    """Return what the recorder must know, in the statements' own numbers."""
    after = {place for found in part.counted_after.values() for places in found.values() for place in places}
    # What is counted by where control comes from has counters of its own, far below those of nodes.
    keys = {place: -10_000_000 - local[place] for place in after if place in local}
    return Watch(
        part.code,
        function,
        escaped,
        part.counting,
        boundaries={offset: _get(local, place) for offset, place in part.boundaries.items()},
        counted_after={
            offset: {last: tuple(keys[place] for place in places if place in local) for last, places in found.items()}
            for offset, found in part.counted_after.items()
        },
        elements={offset: local[place] for offset, place in part.elements.items() if place in local},
        hits={
            local[place]: (*offsets, keys[place]) if place in after else offsets
            for place, offsets in part.counted.items()
            if place in local
        },
        owners=[(offset, local[place]) for offset, place in sorted(part.owners.items()) if place in local],
        awaits=part.awaits,
        receives=part.receives,
        first=part.first,
        settled=part.settled,
        tests=[
            (local[test.place], test.extent, *part.counting.outcomes[number])
            for number, test in enumerate(part.tests)
            if number in part.counting.outcomes and test.place in local
        ],
        arguments=part.code.co_varnames[: _argument_count(part.code)],
    )


def _get(local: dict[int, int], place: int | None) -> int | None:
    return None if place is None else local.get(place)


def _argument_count(code: CodeType) -> int:
    stars = bool(code.co_flags & 4) + bool(code.co_flags & 8)  # CO_VARARGS, CO_VARKEYWORDS
    return code.co_argcount + code.co_kwonlyargcount + stars
