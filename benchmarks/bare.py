"""The floor of what is no plain loop: callbacks for the events that tracefunc listens to, which only count.

They know what runs, count calls by the place that they come from, executions of the same instructions and the places
that raise, and clock generators. They keep no values, and do not care for other threads, interrupts, generators that
are thrown into or a place that calls several functions: exact for some workloads, and no tracer.
"""

from __future__ import annotations

import contextlib
import dis
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from time import perf_counter
from types import CodeType, FrameType, FunctionType

from benchmarks.floor import events_kept, told
from tracefunc import Tracer

__all__ = ["Counts", "bare_callbacks", "offsets_told"]

_events = sys.monitoring.events
_GENERATORS = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
_RARE = 20  # an instruction that is told of less often than this in a warm run has been told of for its samples


class _Frames:
    """The frames of a function, all of them, or that of one generator."""

    __slots__ = ("code", "places", "raised", "running", "since", "tally")

    def __init__(self, code: CodeType, counted: Iterable[int]) -> None:
        size = len(code.co_code) + 2
        self.code = code
        self.tally: list[int | None] = [None] * size
        for offset in (*counted, *_resumes(code)):
            self.tally[offset] = 0
        self.raised = [0] * size
        self.places: list[_Place | None] = [None] * size
        self.since = self.running = 0.0

    def another(self) -> _Frames:
        """Return what stands for the frame of one generator, and counts with the others."""
        one = _Frames(self.code, ())
        one.tally, one.raised, one.places = self.tally, self.raised, self.places
        one.since = perf_counter()
        return one


class _Place:
    """Where code is called; `code` is None where each call has a frame of its own."""

    __slots__ = ("code", "frames", "number")

    def __init__(self, frames: _Frames) -> None:
        self.frames = frames
        self.code = None if frames.code.co_flags & _GENERATORS else frames.code
        self.number = 0


type _Below = tuple[_Frames, _Below] | None


class Counts:
    """What bare callbacks have counted: calls by name, executions by name and offset, exceptions by name."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.executions: Counter[tuple[str, int]] = Counter()
        self.raised: Counter[str] = Counter()

    def add(self, all_frames: Iterable[_Frames], places: Iterable[_Place]) -> None:
        """Add what stands in these."""
        for frames in all_frames:
            name = frames.code.co_name
            self.raised[name] += sum(frames.raised)
            for offset, number in enumerate(frames.tally):
                if number is not None:
                    self.executions[name, offset] += number
        for place in places:
            self.calls[place.frames.code.co_name] += place.number


def offsets_told(functions: Iterable[FunctionType], run: Callable[[], object]) -> dict[CodeType, frozenset[int]]:
    """Return the instructions that tracefunc goes on to be told of, once all samples are taken."""
    found = {}
    codes = [function.__code__ for function in functions]
    with Tracer(*functions, max_calls=1):
        for _ in range(3):
            run()
        for code in codes:
            counts = events_kept("tracefunc", code, run)
            found[code] = frozenset(offset for offset, times in counts.items() if times > _RARE)
    return found


@contextlib.contextmanager
def bare_callbacks(  # noqa: C901 - variables of the function are what its callbacks share
    told_of: dict[CodeType, frozenset[int]],
) -> Iterator[Counts]:
    """Count calls of this code, executions of these instructions, and where exceptions come from."""
    getframe, clock, exception = sys._getframe, perf_counter, sys.exception
    all_frames = {id(code): _Frames(code, offsets - _landings(code)) for code, offsets in told_of.items()}
    landings = {id(code): _landings(code) for code in told_of}
    outside = _Frames((lambda: None).__code__, ())
    roots = {key: _Place(frames) for key, frames in all_frames.items()}
    suspended: dict[int, _Frames] = {}
    hot = outside
    below: _Below = None

    def instruction(code: CodeType, offset: int) -> object:
        if code is hot.code:
            number = hot.tally[offset]
            if number is not None:
                hot.tally[offset] = number + 1
                return None
            if offset in landings[id(code)]:
                hot.raised[exception().__traceback__.tb_lasti] += 1  # type: ignore[union-attr]
                return None
        return sys.monitoring.DISABLE

    def start(code: CodeType, _offset: int) -> None:
        nonlocal hot, below
        if (caller := getframe(2)).f_code is hot.code:
            place = hot.places[caller.f_lasti]
            if place is not None and place.code is code:
                place.number += 1
                below = hot, below
                hot = place.frames
                return
        begin(code, getframe(1), caller)

    def begin(code: CodeType, frame: FrameType, caller: FrameType) -> None:
        nonlocal hot, below
        if caller.f_code is hot.code:
            place = hot.places[caller.f_lasti] = hot.places[caller.f_lasti] or _Place(all_frames[id(code)])
        else:
            place = roots[id(code)]
        if place.frames.code is not code:
            raise AssertionError(f"{code.co_name} and {place.frames.code.co_name} are called at one place")
        place.number += 1
        below = hot, below
        hot = place.frames
        if place.code is None:
            hot = suspended[id(frame)] = hot.another()

    def resume(_code: CodeType, offset: int) -> None:
        nonlocal hot, below
        below = hot, below
        hot = suspended[id(getframe(1))]
        hot.tally[offset] += 1  # type: ignore[operator]
        hot.since = clock()

    def suspend(code: CodeType, _offset: int, _value: object) -> None:
        nonlocal hot, below
        if code is hot.code:
            hot.running += clock() - hot.since
            hot, below = below  # type: ignore[misc]

    def leave(code: CodeType, _offset: int, _value: object) -> None:
        nonlocal hot, below
        if code is hot.code:
            hot, below = below  # type: ignore[misc]

    def unwind(code: CodeType, _offset: int, error: BaseException) -> None:
        nonlocal hot, below
        if code is hot.code:
            hot.raised[error.__traceback__.tb_lasti] += 1  # type: ignore[union-attr]
            hot, below = below  # type: ignore[misc]

    counts = Counts()
    callbacks: dict[int, Callable[..., object]] = {
        _events.INSTRUCTION: instruction,
        _events.PY_START: start,
        _events.PY_RESUME: resume,
        _events.PY_YIELD: suspend,
        _events.PY_RETURN: leave,
        _events.PY_UNWIND: unwind,
    }
    with told(told_of, callbacks):
        yield counts
    places = [place for frames in all_frames.values() for place in frames.places if place is not None]
    counts.add(all_frames.values(), [*roots.values(), *places])


def _resumes(code: CodeType) -> list[int]:
    """Return where a generator goes on."""
    return [each.offset for each in dis.get_instructions(code) if each.opname == "RESUME" and each.arg]


def _landings(code: CodeType) -> frozenset[int]:
    """Return where handlers begin, behind the instruction that notes the exception as the handled one."""
    return frozenset(
        behind.offset for before, behind in pairwise(dis.get_instructions(code)) if before.opname == "PUSH_EXC_INFO"
    )
