"""The floor: how fast counting can be with a Python callback, on the fewest instructions that tell all counts.

What runs after what is watched for one run. Then conservation of flow says which instructions must be counted: the
instructions are the arcs of a graph, whose nodes are the points between them, and the arcs of a spanning tree follow
from the others (Knuth and Stevenson 1973). The tree takes the instructions that run most often, and among equals those
with inline caches, since an instruction with an event runs unspecialized.
"""

from __future__ import annotations

import ast
import contextlib
import dis
import inspect
import sys
import textwrap
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from types import CodeType, FunctionType

__all__ = [
    "asking_callbacks",
    "bare_counting",
    "copy_of",
    "empty_callbacks",
    "events_kept",
    "fewest_offsets",
    "told",
    "written_in",
]

_monitoring = sys.monitoring
_INSTRUCTION = _monitoring.events.INSTRUCTION
_NAME = "floor"
_START, _END = -1, -2


def copy_of(function: FunctionType) -> FunctionType:
    """Return a function that does the same, with a code object of its own."""
    return FunctionType(function.__code__.replace(), function.__globals__, function.__name__, function.__defaults__)


@contextlib.contextmanager
def _listening(code: CodeType, callback: Callable[[CodeType, int], object]) -> Iterator[int]:
    tool = next(number for number in (4, 3, 5, 2) if _monitoring.get_tool(number) is None)
    _monitoring.use_tool_id(tool, _NAME)
    try:
        _monitoring.register_callback(tool, _INSTRUCTION, callback)
        _monitoring.set_local_events(tool, code, _INSTRUCTION)
        yield tool
    finally:
        _monitoring.set_local_events(tool, code, 0)
        _monitoring.register_callback(tool, _INSTRUCTION, None)
        _monitoring.free_tool_id(tool)


def fewest_offsets(function: FunctionType, run: Callable[[FunctionType], object]) -> frozenset[int]:
    """Return the offsets whose counts tell those of all instructions that one run of `function` executes."""
    subject = copy_of(function)
    transitions: Counter[tuple[int, int]] = Counter()
    last = _START

    def step(_code: CodeType, offset: int) -> None:
        nonlocal last
        transitions[last, offset] += 1
        last = offset

    with _listening(subject.__code__, step):
        run(subject)
    transitions[last, _END] += 1
    places = [instruction.offset for instruction in dis.get_instructions(subject)]
    cached = {offset for offset, following in pairwise(places) if following - offset > 2}  # caches stand behind it
    return _outside_of_tree(transitions, cached)


def _outside_of_tree(transitions: Counter[tuple[int, int]], cached: set[int]) -> frozenset[int]:
    parents: dict[int, int] = {}

    def find(point: int) -> int:
        while parents.setdefault(point, point) != point:
            point = parents[point]
        return point

    def join(one: int, other: int) -> bool:
        one, other = find(one), find(other)
        parents[one] = other
        return one != other

    executions: Counter[int] = Counter()
    nexts: dict[int, list[int]] = defaultdict(list)
    for (offset, following), times in transitions.items():
        nexts[offset].append(following)
        executions[offset] += times
    for behind in nexts.values():  # the point behind an instruction is the point before each that may follow
        for other in behind[1:]:
            join(other, behind[0])
    arcs = [(find(offset), find(nexts[offset][0]), offset) for offset in executions if offset != _START]
    parents = {}
    arcs.sort(key=lambda arc: (-executions[arc[2]], arc[2] not in cached))
    return frozenset(offset for before, after, offset in arcs if not join(before, after))


@contextlib.contextmanager
def bare_counting(
    function: FunctionType, offsets: frozenset[int], warm_up: Callable[[], object]
) -> Iterator[list[int]]:
    """Count executions of these offsets alone, with a callback that does nothing else; `warm_up` runs the function."""
    hits = [0] * (len(function.__code__.co_code) + 2)

    def sort_out(_code: CodeType, offset: int) -> object:
        return None if offset in offsets else _monitoring.DISABLE

    def count(_code: CodeType, offset: int) -> None:
        hits[offset] += 1

    with _listening(function.__code__, sort_out) as tool:
        warm_up()
        _monitoring.register_callback(tool, _INSTRUCTION, count)
        yield hits


def empty_callbacks(functions: Iterable[FunctionType]) -> contextlib.AbstractContextManager[None]:
    """Be told of each start, resume, yield and end of these functions, by callbacks that do nothing at all."""
    events = _monitoring.events

    def nothing(_code: CodeType, _offset: int, _value: object = None) -> None:
        pass

    kinds = (events.PY_START, events.PY_RESUME, events.PY_YIELD, events.PY_RETURN, events.PY_UNWIND)
    return told([function.__code__ for function in functions], dict.fromkeys(kinds, nothing))


def asking_callbacks(functions: Iterable[FunctionType]) -> contextlib.AbstractContextManager[None]:
    """Be told of the same by callbacks that ask what only the interpreter knows, and keep nothing else.

    That is where a call comes from, where an exception was raised, and for a generator which frame goes on, and when.
    """
    events = _monitoring.events
    getframe, clock = sys._getframe, time.perf_counter
    places: defaultdict[int, int] = defaultdict(int)
    running: defaultdict[int, float] = defaultdict(float)

    def start(_code: CodeType, _offset: int) -> None:
        caller = getframe(2)
        if caller.f_code is not None:
            places[caller.f_lasti] += 1

    def resume(_code: CodeType, _offset: int) -> None:
        running[id(getframe(1))] -= clock()

    def suspend(_code: CodeType, _offset: int, _value: object) -> None:
        running[id(getframe(1))] += clock()

    def leave(_code: CodeType, _offset: int, _value: object) -> None:
        pass

    def unwind(_code: CodeType, _offset: int, error: BaseException) -> None:
        traceback = error.__traceback__
        if traceback is not None:
            places[traceback.tb_lasti] += 1

    return told(
        [function.__code__ for function in functions],
        {
            events.PY_START: start,
            events.PY_RESUME: resume,
            events.PY_YIELD: suspend,
            events.PY_RETURN: leave,
            events.PY_UNWIND: unwind,
        },
    )


@contextlib.contextmanager
def told(codes: Iterable[CodeType], callbacks: Mapping[int, Callable[..., object]]) -> Iterator[None]:
    """Be told by these callbacks, which are given by their events, what this code does."""
    codes, unwind = list(codes), _monitoring.events.PY_UNWIND
    local = sum(callbacks) & ~unwind  # each event is a bit
    with _listening(codes[0], lambda *_: _monitoring.DISABLE) as tool:
        try:
            for kind, callback in callbacks.items():
                _monitoring.register_callback(tool, kind, callback)
            _monitoring.set_events(tool, unwind)
            for code in codes:
                _monitoring.set_local_events(tool, code, local)
            yield
        finally:
            _monitoring.set_events(tool, 0)
            for code in codes:
                _monitoring.set_local_events(tool, code, 0)
            for kind in callbacks:
                _monitoring.register_callback(tool, kind, None)


def written_in(function: FunctionType) -> tuple[FunctionType, list[int]]:
    """Return the function with `hits[k] += 1` in its source before each statement, and the list of hits."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    hits: list[int] = []
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list) and not isinstance(node, ast.Module):
                for index in range(len(block) - 1, -1, -1):
                    block.insert(index, ast.parse(f"hits[{len(hits)}] += 1").body[0])
                    hits.append(0)
    namespace: dict[str, FunctionType | list[int]] = {"hits": hits}
    exec(compile(ast.fix_missing_locations(tree), "<counters>", "exec"), namespace)
    found = namespace[function.__name__]
    assert isinstance(found, FunctionType)
    return found, hits


def events_kept(name: str, code: CodeType, run: Callable[[], object]) -> dict[int, int]:
    """Return how often the tool of this name would be told of each instruction of `code` during a run, by offset.

    The tool must be watching, and have disabled what it does not need. A counter stands in for its callback meanwhile,
    so that its own counts lack this run: a callback of its own between the two would be seen on the stack.
    """
    counts: Counter[int] = Counter()
    tool = next((number for number in range(6) if _monitoring.get_tool(number) == name), None)
    if tool is None:
        return {}

    def count(of: CodeType, offset: int) -> None:
        if of is code:
            counts[offset] += 1

    original = _monitoring.register_callback(tool, _INSTRUCTION, count)
    try:
        run()
    finally:
        current = _monitoring.register_callback(tool, _INSTRUCTION, original)
        if current is not count:  # the tool has put another in its place meanwhile
            _monitoring.register_callback(tool, _INSTRUCTION, current)
    return dict(counts)
