"""Counting at few offsets gives what counting at each place gives, whatever ends a block half-way."""

import ctypes
import gc
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.compare import assert_exact
from tests.oracle.expectations import read_source, required_version
from tests.strategies import programs
from tests.test_properties import EXAMPLES, IN_CI
from tracefunc import Tracer, _monitor, _plan, _solo

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Module globals is missing a __spec__:DeprecationWarning"),
    pytest.mark.timeout(3600),
]
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.py"))


@pytest.fixture
def every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count at each place."""
    monkeypatch.setattr(_plan, "COUNTS_FEW", False)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.usefixtures("every_place")
def test_samples_counted_at_every_place(path: Path) -> None:
    """Counted at every place, the samples have the hits that they have with few counters."""
    source = read_source(path)
    if sys.version_info < required_version(source):
        pytest.skip("needs a later Python")
    assert_exact(source, path=path)


@settings(
    max_examples=max(EXAMPLES // 5, 20),
    deadline=None,
    derandomize=IN_CI,
    suppress_health_check=[*HealthCheck],
)
@given(programs())
@pytest.mark.usefixtures("every_place")
def test_random_programs_counted_at_every_place(source: str) -> None:
    """Counted at every place, random programs are exact, as they are with few counters."""
    assert_exact(source, max_calls=1)


def straight(n: int) -> int:
    total = 0
    for i in range(n):
        a = i + 1
        b = a * 2
        total += b
    return total


def branching(n: int) -> int:
    total = 0
    for i in range(n):
        if i % 3:
            total += 1
        else:
            total -= 1
        try:
            total += 1 // (i % 5)
        except ZeroDivisionError:
            total += 2
    return total


def test_few_counters() -> None:
    """A loop without branches has one counter, code without a loop none, each branch adds one, and a handler none."""

    def once(x: int) -> int:
        y = x + 1
        return y * 2

    def checked(n: int) -> int:
        for i in range(n):
            if i < 0:
                raise ValueError(i)
        for i in range(n):
            if i < 0 or i > n:
                raise ValueError(i)
        return n

    def skipping(n: int) -> int:
        while n > 0 and n != 100:
            n -= 1
        return n

    def catching(n: int) -> int:
        for i in range(n):
            try:
                n += 1 // i
            except (ZeroDivisionError, OverflowError):
                n -= 1
        return n

    for function, most in ((once, 0), (straight, 1), (branching, 2), (checked, 2), (skipping, 1), (catching, 1)):
        with Tracer(function, max_calls=0) as tracer:
            function(10)
            assert tracer._session is not None
            (watch,) = tracer._session.prepared.watches
        assert len(watch.counting.counted) <= most, function.__name__


def test_landings_of_short_generators_are_soon_counted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each of many generators handles one exception, the handlers for all cases see the first ones alone."""
    seen: list[int] = []
    handler = _monitor._instruction

    def noting(code: CodeType, offset: int, frame: FrameType) -> object:
        seen.append(offset)
        return handler(code, offset, frame)

    def handling(text: str) -> Iterator[int]:
        try:
            yield int(text)
        except ValueError:
            pass

    monkeypatch.setattr(_monitor, "_instruction", noting)
    with Tracer(handling, max_calls=2) as tracer:
        for _ in range(50):
            list(handling("x"))
        few = len(seen)
        for _ in range(1000):
            list(handling("x"))
    assert len(seen) == few
    assert tracer.trace().hits[:3] == (1050, 1050, 1050)


def inner(i: int, counts: list[int]) -> int:
    counts[6] += 1
    if i % 7 == 0:
        counts[7] += 1
        raise KeyError(i)
    if i % 7 == 3:
        counts[10] += 1
        try:
            inner(i - 3, counts)
        except ValueError:
            counts[11] += 1
    counts[8] += 1
    return i


def yielding(n: int, counts: list[int]) -> Iterator[int]:
    for i in range(n):
        counts[12] += 1
        try:
            yield i
            counts[13] += 1
        except ValueError:
            counts[14] += 1


def outer(counts: list[int]) -> None:
    counts[0] += 1
    for i in range(10**9):
        counts[1] += 1
        try:
            counts[2] += 1
            try:
                inner(i, counts)
            except ValueError:
                counts[9] += 1
            counts[3] += 1
            for _ in yielding(2, counts):
                counts[15] += 1
        except KeyError:
            counts[4] += 1
        counts[5] += 1


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, LookupError])
@pytest.mark.parametrize("max_calls", [0, 10])
def test_interrupts_at_any_moment(kind: type[BaseException], max_calls: int) -> None:
    """An exception from a timer changes the hits of one statement at most, by one; the rest stay what they were.

    It leaves the statement that it hits half-way, hit but without its effect. Only while calls have detail, few come
    into a callback that is about to note how a frame ends, and cost a hit.
    """

    inside = False

    def handler(number: int, frame: FrameType | None) -> None:
        nonlocal inside
        if inside:
            raise kind("now")

    chance = random.Random(1)
    gc.disable()  # a callback of the collector would swallow the exception
    before = signal.signal(signal.SIGALRM, handler)
    counts = [0] * 16
    interrupts = 0
    started = time.monotonic()
    try:
        with Tracer(outer, inner, yielding, max_calls=max_calls) as tracer:
            while interrupts < 200 and time.monotonic() - started < 10:
                try:
                    inside = True
                    signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0002, 0.002), 0.1)
                    outer(counts)
                except kind:
                    inside = False
                    interrupts += 1
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
        # One that comes to the first event of a POP_EXCEPT stays behind as handled: no entry of the table covers it.
        ctypes.pythonapi.PyErr_SetHandledException(ctypes.py_object(None))
    trace = tracer.trace()
    hits = {statement.snippet: trace.hits[statement.id] for statement in trace.statements}
    ahead = [hits[f"counts[{k}] += 1"] - counts[k] for k in range(16)]
    assert sum(map(abs, ahead)) <= interrupts, (ahead, interrupts)
    lost = sum(-number for number in ahead if number < 0)
    assert lost <= (interrupts // 10 if max_calls else 0), (ahead, interrupts)


def test_an_interrupt_at_a_handler_passes_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one comes into the callback for a handler's first event, the handlers that it passes count it once each."""

    def nested(n: int) -> int:
        try:
            try:
                try:
                    n //= 0
                except ZeroDivisionError:
                    n = 2
            except KeyError:
                n = 3
        except ValueError:
            n = 4
        return n

    def interrupt() -> BaseException | None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    with Tracer(nested, max_calls=0) as tracer:
        nested(1)
        nested(1)
        monkeypatch.setattr(_solo, "_exception", interrupt)
        with pytest.raises(KeyboardInterrupt):
            nested(1)
        nested(1)
    trace = tracer.trace()
    hits = {statement.snippet.partition("\n")[0]: trace.hits[statement.id] for statement in trace.statements}
    assert hits == {
        "try:": 4,
        "n //= 0": 4,
        "except ZeroDivisionError:": 3,
        "n = 2": 3,
        "except KeyError:": 1,
        "n = 3": 0,
        "except ValueError:": 1,
        "n = 4": 0,
        "return n": 3,
    }
