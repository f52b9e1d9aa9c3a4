"""Workloads under tracefunc and under line_profiler, in turns with untraced runs of the same process."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from time import process_time
from types import FunctionType

import tracefunc
from benchmarks.bare import bare_callbacks, offsets_told
from benchmarks.floor import (
    asking_callbacks,
    bare_counting,
    copy_of,
    empty_callbacks,
    events_kept,
    fewest_offsets,
    written_in,
)
from benchmarks.modules import MODULES, load
from benchmarks.timing import Effort, Turns, in_turns, timed
from benchmarks.workloads import WORKLOADS, Workload
from tracefunc import Tracer

__all__ = ["WITH_BARE", "measure_line_profiler", "measure_loop", "measure_workload"]

type Figures = dict[str, float]

WITH_BARE = {"fib": 10, "pipeline": 300, "exceptions": 300, "async": 300}
"""The workloads that bare callbacks count exactly, and the size with which all that they are told of happens often."""

_RARE = 50  # an instruction that runs less often than this in `_WATCHED` passes is not part of the loop
_WATCHED = 200_000


def find(name: str) -> Workload:
    """Return the workload or module of this name, ready to be traced."""
    return load(name) if name in MODULES else WORKLOADS[name]


def _size(workload: Workload, effort: Effort) -> int:
    return workload.size if workload.name == "fib" else max(1, round(workload.size * effort.scale))


def _work(workload: Workload, size: int) -> tuple[float, float]:
    """Work for all rounds; return the seconds of all and of the best, and raise where a result is wrong."""
    values, times = [], [process_time()]
    for _ in range(max(1, workload.rounds)):
        values.append(workload.run(size))
        times.append(process_time())
    for value in values:
        workload.check(value, size)
    return times[-1] - times[0], min(after - before for before, after in pairwise(times))


def untraced(workload: Workload, size: int) -> float:
    """Return the seconds of a run, of the best one where the workload has several rounds."""
    return _work(workload, size)[1]


def traced(workload: Workload, size: int) -> float:
    """Return the seconds of a traced run, the beginning and the end of tracing included, the preparation not.

    Where the workload has several rounds, it is the best of them, in the midst of tracing.
    """
    tracer = Tracer(*workload.targets)
    start = process_time()
    with tracer:
        begun = process_time()
        every, best = _work(workload, size)
        end = process_time()
    around = begun - start + process_time() - end
    if not (sum(tracer.trace().hits) and tracer.trace().calls):
        raise AssertionError(f"{workload.name} was not traced")
    return best if workload.rounds else every + around


def _figures(turns: Turns, *names: str) -> Figures:
    ratios = {name: turns.ratio(name) for name in names}
    return {**ratios, "untraced seconds": turns.best("untraced"), "spread": turns.spread()}


def measure_workload(name: str, effort: Effort) -> Figures:
    """Return how many times as long a workload or module takes when traced, and with callbacks that do very little."""
    workload = find(name)
    size = _size(workload, effort)

    def empty() -> float:
        with empty_callbacks(workload.targets):
            return untraced(workload, size)

    def asking() -> float:
        with asking_callbacks(workload.targets):
            return untraced(workload, size)

    contenders = {"untraced": lambda: untraced(workload, size), "tracefunc": lambda: traced(workload, size)}
    contenders |= {"empty": empty, "asking": asking}
    if name in WITH_BARE:
        offsets = offsets_told(workload.targets, lambda: workload.run(WITH_BARE[name]))

        def bare() -> float:
            with bare_callbacks(offsets) as counts:
                seconds = untraced(workload, size)
            if not counts.calls:
                raise AssertionError(f"nothing was counted in {name}")
            return seconds

        contenders["bare"] = bare
    turns = in_turns(contenders, effort)
    return _figures(turns, *contenders.keys() - {"untraced"})


def measure_line_profiler(name: str, effort: Effort) -> Figures:
    """Return how many times as long a workload or module takes under line_profiler."""
    from line_profiler import LineProfiler  # an environment of its own has it

    workload = find(name)
    size = _size(workload, effort)
    profiler = LineProfiler()
    for function in workload.targets:
        profiler.add_function(function)

    def profiled() -> float:
        start = process_time()
        profiler.enable_by_count()
        value = workload.run(size)
        profiler.disable_by_count()
        seconds = process_time() - start
        workload.check(value, size)
        return seconds

    turns = in_turns({"untraced": lambda: untraced(workload, size), "line_profiler": profiled}, effort)
    if not any(profiler.get_stats().timings.values()):
        raise AssertionError(f"line_profiler saw nothing of {name}")
    return _figures(turns, "line_profiler")


def offsets_of_tracefunc(function: FunctionType, run: Callable[[int], object]) -> tuple[frozenset[int], float]:
    """Return the instructions of which tracefunc goes on to be told, and how many events that makes in a pass."""
    with Tracer(function, max_calls=1):
        for _ in range(3):  # the first has samples; then all that is not needed for counting is disabled
            run(3_000)
        counts = events_kept("tracefunc", function.__code__, lambda: run(_WATCHED))
    kept = frozenset(offset for offset, times in counts.items() if times > _RARE)
    return kept, sum(counts[offset] for offset in kept) / _WATCHED


def measure_loop(effort: Effort) -> Figures:
    """Return the figures of the hot loop: traced, with bare counting on few places, with counters written into it."""
    workload = WORKLOADS["loop"]
    size = _size(workload, effort)
    (hot,) = workload.targets
    own, own_events = offsets_of_tracefunc(hot, hot)
    fewest = fewest_offsets(hot, lambda function: function(3_000))
    watched = copy_of(hot)
    with bare_counting(watched, fewest, lambda: watched(3_000)) as hits:
        watched(_WATCHED)
    fewest_events = sum(hits) / _WATCHED
    counted, _ = written_in(hot)
    places = {"fewest": fewest, "own": own} if own and len(own) <= len(fewest) else {"fewest": fewest}

    def bare(offsets: frozenset[int]) -> Callable[[], float]:
        def go() -> float:
            function = copy_of(hot)
            with bare_counting(function, offsets, lambda: function(3_000)):
                return timed(function, size)

        return go

    turns = in_turns(
        {
            "untraced": lambda: untraced(workload, size),
            "tracefunc": lambda: traced(workload, size),
            **{name: bare(offsets) for name, offsets in places.items()},
            "counters": lambda: timed(counted, size),
        },
        effort,
    )
    floors = {name: turns.ratio(name) for name in places}
    return {
        **_figures(turns, "tracefunc", "counters"),
        "floor": floors.get("own", floors["fewest"]),
        "lowest floor": min(floors.values()),
        "events in a pass": own_events,
        "fewest events in a pass": fewest_events,
    }


def described() -> str:
    """Return which tracefunc is measured."""
    return tracefunc.__file__ or "?"
