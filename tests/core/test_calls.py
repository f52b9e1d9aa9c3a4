# ruff: noqa: B007, C416, F841 - functions are written to be traced
"""What a trace says about calls: who called whom, how each ended, and how often, however they interleave."""

import asyncio
import contextlib
import gc
import signal
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from types import FrameType
from typing import Any

import pytest

from tracefunc import Call, Outcome, Trace, TraceError, Tracer, TraceResults, tracefunc
from tracefunc._behavior import SILENT_CLOSE


def hits(results: TraceResults | Trace) -> dict[str, int]:
    """Return the hits of all statements that have one, by snippet."""
    trace = results if isinstance(results, Trace) else results.trace
    return {each.snippet: trace.hits[each.id] for each in trace.statements if trace.hits[each.id]}


def call_hits(trace: Trace, call: Call) -> dict[str, int]:
    """Return the hits of one call, by snippet."""
    return {trace.statements[index].snippet: number for index, number in call.hits.items()}


def kinds(trace: Trace) -> list[str]:
    """Return how each call ended."""
    return [call.outcome.kind for call in trace.calls]


def snippet(trace: Trace, statement: int | None) -> str | None:
    """Return the snippet of a statement."""
    return None if statement is None else trace.statements[statement].snippet


def run(*targets: object, during: Callable[[], object], **options: Any) -> Trace:
    """Return the trace of targets while something runs."""
    with Tracer(*targets, **options) as tracer:
        during()
    return tracer.trace()


def down(n: int) -> int:
    if n == 0:
        return 0
    return 1 + down(n - 1)


@contextlib.contextmanager
def recursion_limit(limit: int) -> Iterator[None]:
    """Raise the recursion limit for a while."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def test_recursion() -> None:
    """Each level of a recursion is a call, called by the one above, from the statement that made it."""
    trace = run(down, during=lambda: down(3))
    assert [call.caller for call in trace.calls] == [None, 0, 1, 2]
    assert [snippet(trace, call.caller_statement) for call in trace.calls] == [None] + ["return 1 + down(n - 1)"] * 3
    assert [call.outcome.value for call in trace.calls] == [("int", str(3 - i)) for i in range(4)]
    assert [call_hits(trace, call) for call in trace.calls[2:]] == [
        {"if n == 0:": 1, "return 1 + down(n - 1)": 1},
        {"if n == 0:": 1, "return 0": 1},
    ]
    assert [len(trace.stack(call)) - len(trace.stack(trace.calls[0])) for call in trace.calls] == [0, 1, 2, 3]


@pytest.mark.parametrize("max_calls", [0, 10, None])
def test_deep_recursion(max_calls: int | None) -> None:
    """A recursion of 20,000 levels is traced exactly, and what is kept grows linearly with its calls."""
    with recursion_limit(30_000):
        trace = run(down, during=lambda: down(20_000), max_calls=max_calls)
    assert hits(trace) == {"if n == 0:": 20_001, "return 0": 1, "return 1 + down(n - 1)": 20_000}
    assert trace.functions[0].calls == 20_001
    kept = 20_001 if max_calls is None else max_calls
    assert len(trace.calls) == kept
    assert trace.without_detail == 20_001 - kept
    assert sum(len(call.frames) for call in trace.calls[1:]) <= 2 * kept
    if max_calls is None:
        assert len(trace.stack(trace.calls[-1])) >= 20_001


def endless(n: int) -> int:
    reached.append(n)
    return endless(n + 1)


def catching() -> str:
    try:
        endless(0)
    except RecursionError as error:
        return str(error)
    return "no end"


reached: list[int] = []


@pytest.mark.parametrize("max_calls", [0, 10, None])
def test_infinite_recursion(max_calls: int | None) -> None:
    """A RecursionError that the program catches comes as it would, and each call up to there is counted exactly."""
    reached.clear()
    message = catching()
    untraced = len(reached)
    reached.clear()
    with Tracer(endless, catching, max_calls=max_calls) as tracer:
        assert catching() == message
    trace = tracer.trace()
    assert untraced - 5 <= len(reached) <= untraced
    counted = hits(trace)
    assert counted["reached.append(n)"] == len(reached)
    assert counted["return endless(n + 1)"] == len(reached)
    assert trace.functions[0].calls in (len(reached), len(reached) + 1)
    assert {kind for kind, call in zip(kinds(trace), trace.calls, strict=True) if call.function == 0} <= {"raised"}
    if max_calls is None:
        assert len(trace.calls) == trace.functions[0].calls + 1
    assert sys.getrecursionlimit() == 1000


class Nested:
    """Its repr needs stack."""

    def __repr__(self) -> str:
        return self.deep(30)

    def deep(self, n: int) -> str:
        return self.deep(n - 1) if n else "Nested()"


def test_samples_near_the_recursion_limit() -> None:
    """A repr that finds too little stack leaves its mark in the sample and nothing in the program."""

    def f(n: int, thing: Nested) -> int:
        x = thing
        try:
            return f(n + 1, x)
        except RecursionError:
            return n

    untraced = f(0, Nested())
    trace = run(f, during=lambda: f(0, Nested()), max_calls=None)
    assert untraced - 10 <= int(trace.calls[0].outcome.value.text) <= untraced  # type: ignore[union-attr]
    assert set(kinds(trace)) <= {"returned", "raised"}


def even(n: int) -> bool:
    return True if n == 0 else odd(n - 1)


def odd(n: int) -> bool:
    return False if n == 0 else even(n - 1)


def test_mutual_recursion() -> None:
    """Two functions that call each other are told apart, and the edges count who called whom."""
    trace = run(even, odd, during=lambda: even(101), max_calls=3)
    assert [function.calls for function in trace.functions] == [51, 51]
    assert {(edge.caller, edge.callee): edge.calls for edge in trace.edges} == {(None, 0): 1, (0, 1): 51, (1, 0): 50}
    assert [(call.function, call.caller) for call in trace.calls] == [(0, None), (1, 0), (0, 1), (1, 2), (0, 3), (1, 4)]
    assert trace.without_detail == 102 - 6


def numbers(n: int) -> Generator[int, int]:
    for i in range(n):
        got = yield i
    return n


def test_interleaved_generators() -> None:
    """Each generator is one call, from its first start to its end, however its resumes interleave with others."""

    def use() -> list[tuple[int, int]]:
        return list(zip(numbers(3), numbers(5), strict=False))

    trace = run(numbers, during=use)
    assert [call_hits(trace, call) for call in trace.calls] == [
        {"for i in range(n):": 4, "got = yield i": 3, "return n": 1},
        {"for i in range(n):": 3, "got = yield i": 3},
    ]
    assert kinds(trace) == ["returned", "closed"]
    assert [call.arguments for call in trace.calls] == [{"n": ("int", "3")}, {"n": ("int", "5")}]


def test_times_of_a_generator() -> None:
    """Running and suspended time of a call add up to the time from its start to its end."""

    def use() -> None:
        for _ in numbers(3):
            time.sleep(0.002)

    trace = run(numbers, during=use)
    [call] = trace.calls
    assert call.end is not None
    assert call.running + call.suspended == call.end - call.start
    assert call.suspended >= 3 * 2_000_000
    assert 0 < call.running
    assert trace.start <= call.start <= call.end <= trace.end


def test_times_of_an_unfinished_generator() -> None:
    """Of a generator that still waits at the session's end, times add up to that moment."""
    kept = numbers(3)
    trace = run(numbers, during=lambda: next(kept))
    [call] = trace.calls
    assert call.outcome == Outcome("unfinished")
    assert call.end is None
    assert call.start + call.running + call.suspended <= trace.end
    assert list(kept) == [1, 2]


async def work(n: int) -> int:
    total = 0
    for _ in range(n):
        await asyncio.sleep(0)
        total += 1
    return total


def test_asyncio_tasks() -> None:
    """Coroutines that run side by side are a call each, with the name of their task."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for n in (3, 1, 2):
                group.create_task(work(n), name=f"worker {n}")

    trace = run(work, during=lambda: asyncio.run(main()))
    assert [(call.task_name, call.outcome.value) for call in trace.calls] == [
        (f"worker {n}", ("int", str(n))) for n in (3, 1, 2)
    ]
    assert [call_hits(trace, call)["total += 1"] for call in trace.calls] == [3, 1, 2]
    assert all(call.caller is None for call in trace.calls)
    assert all(call.running + call.suspended == (call.end or 0) - call.start for call in trace.calls)


def test_no_task() -> None:
    """Outside of asyncio there is no task name."""
    assert run(down, during=lambda: down(0)).calls[0].task_name is None


def test_await_does_not_finish_a_sample() -> None:
    """A `yield` finishes a statement's sample, an `await` does not."""

    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x

    async def waits() -> int:
        x = await later(1)
        return x

    def yields() -> Generator[int, int]:
        x = yield 1
        return x

    trace = run(waits, during=lambda: asyncio.run(waits()))
    assert trace.calls[0].samples[0]["x"] == (("int", "1"),)

    def use() -> None:
        generator = yields()
        next(generator)
        with contextlib.suppress(StopIteration):
            generator.send(5)

    trace = run(yields, during=use)
    assert trace.calls[0].samples[0]["x"] == (("NameError", "<unavailable>"),)
    assert trace.calls[0].samples[1]["x"] == (("int", "5"),)


def test_async_generator() -> None:
    """An async generator is one call, whatever awaits stand between its elements."""

    async def items(n: int) -> AsyncIterator[int]:
        for i in range(n):
            await asyncio.sleep(0)
            yield i

    async def use() -> list[int]:
        return [i async for i in items(3)]

    trace = run(items, during=lambda: asyncio.run(use()))
    assert [call_hits(trace, call) for call in trace.calls] == [
        {"for i in range(n):": 4, "await asyncio.sleep(0)": 3, "yield i": 3}
    ]
    assert kinds(trace) == ["returned"]


def test_threads() -> None:
    """Calls in several threads at once are counted exactly, each with its thread."""

    def loop(n: int) -> int:
        total = 0
        for i in range(n):
            total += down(i % 3)
        return total

    def use() -> None:
        threads = [threading.Thread(target=loop, args=(300,), name=f"thread {k}") for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        trace = run(loop, down, during=use, max_calls=50)
    finally:
        sys.setswitchinterval(interval)
    assert hits(trace) == {
        "total = 0": 8,
        "for i in range(n):": 8 * 301,
        "total += down(i % 3)": 8 * 300,
        "return total": 8,
        "if n == 0:": 8 * 600,
        "return 0": 8 * 300,
        "return 1 + down(n - 1)": 8 * 300,
    }
    assert [function.calls for function in trace.functions] == [8, 8 * 600]
    assert sum(edge.calls for edge in trace.edges) == 8 + 8 * 600
    assert len(trace.calls) == 58
    loops = [call for call in trace.calls if call.function == 0]
    assert sorted(call.thread_name for call in loops) == [f"thread {k}" for k in range(8)]
    by_id = {call.id: call for call in trace.calls}
    for call in trace.calls:
        if call.caller in by_id:
            assert by_id[call.caller].thread_id == call.thread_id
        trace.stack(call)
    assert [call.id for call in trace.calls] == sorted(by_id)


def test_exception_through_many_frames() -> None:
    """Each call that an exception leaves names it, and the statement that raised it there."""

    def last() -> None:
        raise LookupError("deep")

    def middle() -> None:
        x = 1
        last()
        x = 2

    def first() -> str:
        try:
            middle()
        except LookupError:
            return "caught"
        return "not"

    trace = run(first, middle, last, during=first)
    assert [(call.outcome.kind, snippet(trace, call.outcome.statement)) for call in trace.calls] == [
        ("returned", None),
        ("raised", "last()"),
        ("raised", 'raise LookupError("deep")'),
    ]
    assert {(call.outcome.exception, call.outcome.message) for call in trace.calls[1:]} == {("LookupError", "deep")}


def by_finally() -> None:
    try:
        int("x")
    finally:
        done = 1


def by_with() -> None:
    with contextlib.ExitStack():
        int("x")


def by_raise() -> None:
    try:
        int("x")
    except ValueError:
        raise


def by_new_one() -> None:
    try:
        int("x")
    except ValueError as error:
        raise LookupError("new") from error


def by_loop() -> None:
    for x in ["1", "x"]:
        int(x)


def by_header() -> None:
    for x in int("x"):
        pass


def by_exit() -> None:
    class Failing:
        def __enter__(self) -> None:
            pass

        def __exit__(self, *error: object) -> None:
            raise LookupError("exit")

    with Failing():
        pass


def by_name_of_handler() -> None:
    try:
        int("x")
    except LookupError:
        pass


def by_group() -> None:
    try:
        int("x")
    except* LookupError:
        pass


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (by_finally, 'int("x")'),
        (by_with, 'int("x")'),
        (by_raise, 'int("x")'),
        (by_new_one, 'raise LookupError("new") from error'),
        (by_loop, "int(x)"),
        (by_header, 'for x in int("x"):'),
        (by_exit, "with Failing():"),
        (by_name_of_handler, 'int("x")'),
        (by_group, 'int("x")'),
    ],
)
def test_statement_that_raised(function: Callable[[], None], expected: str) -> None:
    """The statement that raised is the one where the exception began, also when it is raised again on its way out."""
    with Tracer(function) as tracer, contextlib.suppress(Exception):
        function()
    [outcome] = [call.outcome for call in tracer.trace().calls if call.function == 0]
    assert (outcome.kind, snippet(tracer.trace(), outcome.statement)) == ("raised", expected)


def test_sys_exit() -> None:
    """sys.exit is an exception like others."""

    def f() -> None:
        sys.exit("bye")

    with Tracer(f) as tracer, contextlib.suppress(SystemExit):
        f()
    assert tracer.trace().calls[0].outcome == Outcome("raised", None, "SystemExit", "bye", 0)


def guarded() -> Generator[int]:
    try:
        yield 1
        yield 2
    finally:
        done = 1


@pytest.mark.parametrize("function", [guarded, lambda: numbers(5)])
@pytest.mark.parametrize("how", ["close", "drop"])
def test_closed_generator(function: Callable[[], Generator[int]], how: str) -> None:
    """A generator that is closed half-way, or dropped, has the outcome closed."""

    def use() -> None:
        generator = function()
        next(generator)
        if how == "close":
            generator.close()

    trace = run(guarded, numbers, during=use)
    assert kinds(trace) == ["closed"]
    assert trace.calls[0].outcome == Outcome("closed")
    if function is guarded:
        assert hits(trace) == {"try:": 1, "yield 1": 1, "done = 1": 1}


@pytest.mark.skipif(not SILENT_CLOSE, reason="the interpreter tells when a generator is closed")
def test_closed_generator_that_nobody_tells_of() -> None:
    """Where closing a generator fires no event, its end is not known, but that it is gone."""

    def use() -> None:
        for _ in range(20):
            next(numbers(5))

    kept = numbers(5)
    with Tracer(numbers, max_calls=None) as tracer:
        next(kept)
        use()
    trace = tracer.trace()
    assert Counter(kinds(trace)) == {"closed": 20, "unfinished": 1}


def test_generator_closed_before_its_start() -> None:
    """A generator that never starts is no call."""

    def use() -> None:
        numbers(3).close()

    trace = run(numbers, during=use)
    assert trace.calls == ()
    assert trace.functions[0].calls == 0


def test_cancelled_task() -> None:
    """A coroutine whose task is cancelled has raised CancelledError, at the await."""

    async def main() -> None:
        task = asyncio.create_task(work(1000))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    trace = run(work, during=lambda: asyncio.run(main()))
    [outcome] = [call.outcome for call in trace.calls]
    assert (outcome.kind, outcome.exception) == ("raised", "CancelledError")
    assert snippet(trace, outcome.statement) == "await asyncio.sleep(0)"


def test_throw() -> None:
    """An exception thrown into a generator is raised by the statement that waits; it may go on."""

    def f() -> Generator[str]:
        try:
            yield "first"
        except LookupError:
            yield "second"
        yield "third"

    def use() -> None:
        generator = f()
        next(generator)
        assert generator.throw(LookupError("in")) == "second"
        with pytest.raises(ZeroDivisionError):
            generator.throw(ZeroDivisionError("out"))

    trace = run(f, during=use)
    [call] = trace.calls
    assert call_hits(trace, call) == {"try:": 1, 'yield "first"': 1, "except LookupError:": 1, 'yield "second"': 1}
    assert call.outcome.kind == "raised"
    assert call.outcome.exception == "ZeroDivisionError"
    assert snippet(trace, call.outcome.statement) == 'yield "second"'


def test_throw_before_the_start() -> None:
    """An exception thrown into a generator that has not started leaves a trace that says no more than it knows."""

    def use() -> None:
        with pytest.raises(LookupError):
            numbers(3).throw(LookupError("early"))

    trace = run(numbers, during=use)
    assert hits(trace) == {}
    assert kinds(trace) in ([], ["raised"])


def test_yield_from() -> None:
    """A generator that delegates is one call, and the one below another, called by the delegating statement."""

    def delegate() -> Generator[int, int, int]:
        x = yield from numbers(2)
        return x

    trace = run(delegate, numbers, during=lambda: list(delegate()))
    assert [(call.function, call.caller, snippet(trace, call.caller_statement)) for call in trace.calls] == [
        (0, None, None),
        (1, 0, "x = yield from numbers(2)"),
    ]
    assert kinds(trace) == ["returned", "returned"]


def test_unfinished_calls() -> None:
    """Calls that run when the session ends are unfinished, with the hits so far."""
    start, go_on = threading.Event(), threading.Event()

    def waits() -> int:
        start.set()
        go_on.wait()
        return 1

    thread = threading.Thread(target=waits)
    with Tracer(waits) as tracer:
        thread.start()
        start.wait()
    go_on.set()
    thread.join()
    trace = tracer.trace()
    assert trace.calls[0].outcome == Outcome("unfinished")
    assert trace.calls[0].end is None
    assert hits(trace)["start.set()"] == 1
    assert "return 1" not in hits(trace)


def test_trace_inside_the_session() -> None:
    """Inside the `with` block, the trace shows all so far."""
    with Tracer(down) as tracer:
        down(1)
        first = tracer.trace()
        down(2)
    assert first.functions[0].calls == 2
    assert tracer.trace().functions[0].calls == 5


def make_adder(k: int) -> Callable[[int], int]:
    def add(x: int) -> int:
        return x + k

    add(0)
    return add


def test_escaped_closure() -> None:
    """A nested function that runs outside of its function is a call of its own, under its own qualified name."""

    def use() -> None:
        adder = make_adder(5)
        adder(1), adder(2)

    trace = run(make_adder, during=use)
    assert [function.qualname for function in trace.functions] == ["make_adder", "make_adder.<locals>.add"]
    assert [function.calls for function in trace.functions] == [1, 2]
    assert [(call.function, call.caller) for call in trace.calls] == [(0, None), (1, None), (1, None)]
    assert [call_hits(trace, call) for call in trace.calls] == [
        {"def add(x: int) -> int:": 1, "return x + k": 1, "add(0)": 1, "return add": 1},
        {"return x + k": 1},
        {"return x + k": 1},
    ]
    assert trace.calls[1].outcome == Outcome("returned", ("int", "6"))


def test_nested_function_counts_into_the_innermost_call() -> None:
    """The hits of a nested function belong to the innermost call of its function in whose run they happen."""

    def outer(n: int, passed: Callable[[], int] | None = None) -> int:
        def inner() -> int:
            return n

        if passed is not None:
            return passed()
        return outer(n + 1, inner)

    trace = run(outer, during=lambda: outer(1))
    assert [call_hits(trace, call).get("return n", 0) for call in trace.calls] == [0, 1]
    assert [call.function for call in trace.calls] == [0, 0]


def test_nested_function_through_untraced_frames() -> None:
    """A callback that untraced code calls during the run counts into the run."""

    def outer() -> list[int]:
        return sorted([3, 1, 2], key=lambda x: -x)

    trace = run(outer, during=outer)
    assert len(trace.calls) == 1
    assert hits(trace)["lambda x: -x"] == 3


def test_nested_generator_that_escapes_later() -> None:
    """A nested generator that starts inside and goes on outside counts where it runs."""

    def outer() -> Iterator[int]:
        def inner() -> Iterator[int]:
            yield 1
            yield 2
            yield 3

        generator = inner()
        next(generator)
        return generator

    trace = run(outer, during=lambda: list(outer()))
    assert [function.calls for function in trace.functions] == [1, 1]
    assert call_hits(trace, trace.calls[0])["yield 1"] == 1
    assert call_hits(trace, trace.calls[1]) == {"yield 2": 1, "yield 3": 1}


def test_nested_function_in_another_thread() -> None:
    """A nested function that runs in another thread is outside of the run."""

    def outer() -> None:
        def inner() -> None:
            x = 1

        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()

    trace = run(outer, during=outer)
    assert [function.calls for function in trace.functions] == [1, 1]


def test_callers_through_untraced_frames() -> None:
    """The caller of a call is the nearest traced one above it, whatever stands between."""

    def inner(x: int) -> int:
        return x

    def untraced() -> list[int]:
        return list(map(inner, [1]))

    def outer() -> list[int]:
        x = 1
        return untraced()

    trace = run(outer, inner, during=outer)
    assert [(call.function, call.caller) for call in trace.calls] == [(0, None), (1, 0)]
    assert snippet(trace, trace.calls[1].caller_statement) == "return untraced()"
    assert [frame.name.rpartition(".")[2] for frame in trace.stack(trace.calls[1])[-3:]] == [
        "outer",
        "untraced",
        "inner",
    ]


def test_caller_without_detail() -> None:
    """Beyond max_calls, callers are still told and counted."""

    def inner(x: int) -> int:
        return x

    def outer() -> int:
        return inner(1) + inner(2)

    def use() -> None:
        for _ in range(20):
            outer()

    trace = run(outer, inner, during=use, max_calls=1)
    assert {(edge.caller, snippet(trace, edge.statement), edge.callee): edge.calls for edge in trace.edges} == {
        (None, None, 0): 20,
        (0, "return inner(1) + inner(2)", 1): 40,
    }
    assert trace.without_detail == 19 + 39
    assert hits(trace) == {"return x": 40, "return inner(1) + inner(2)": 20}


def test_max_calls_of_each_function() -> None:
    """max_calls holds for each function by itself; 0 keeps none, None keeps all."""

    def use() -> None:
        for _ in range(5):
            down(1)
        for _ in range(3):
            even(0)

    for most, kept in ((0, 0), (2, 4), (4, 7), (None, 13)):
        trace = run(down, even, during=use, max_calls=most)
        assert (len(trace.calls), trace.without_detail) == (kept, 13 - kept)
        assert [function.calls for function in trace.functions] == [10, 3]


def test_max_samples_and_max_repr() -> None:
    """max_samples bounds the samples of a name, statement and call, max_repr the text of each."""

    def f() -> None:
        for i in range(100):
            x = "abcdefghij" * 10

    trace = run(f, during=f)
    assert [len(values) for values in trace.calls[0].samples[1].values()] == [10]
    assert {len(sample.text) for sample in trace.calls[0].samples[1]["x"]} == {50}
    trace = run(f, during=f, max_samples=3, max_repr=8)
    assert trace.calls[0].samples[1]["x"] == (("str", "'abcd..."),) * 3
    trace = run(f, during=f, max_samples=0)
    assert not any(values for taken in trace.calls[0].samples.values() for values in taken.values())
    assert hits(trace)["for i in range(100):"] == 101


@pytest.mark.parametrize("options", [{"max_calls": -1}, {"max_samples": None}, {"max_repr": "x"}, {"max_calls": 1.5}])
def test_wrong_options(options: dict[str, Any]) -> None:
    """An option that is no number from 0 up is an error that names it."""
    with pytest.raises(TraceError, match=next(iter(options))):
        Tracer(down, **options)


def test_arguments() -> None:
    """The arguments of a call are as they were at entry, of every kind of parameter."""

    def f(a: int, /, b: list[int], *args: int, c: int = 3, **kwargs: int) -> None:
        b.append(9)
        a = 0

    trace = run(f, during=lambda: f(1, [2], 5, d=4))
    assert {name: sample.text for name, sample in trace.calls[0].arguments.items()} == {
        "a": "1",
        "b": "[2]",
        "args": "(5,)",
        "c": "3",
        "kwargs": "{'d': 4}",
    }


def test_argument_in_a_cell() -> None:
    """An argument that a closure uses is told, too."""

    def f(a: int) -> Callable[[], int]:
        return lambda: a

    trace = run(f, during=lambda: f(7))
    assert trace.calls[0].arguments == {"a": ("int", "7")}


def test_lambda_and_comprehension_samples() -> None:
    """A lambda is sampled when it returns, a comprehension at each element."""

    def f() -> list[int]:
        add = lambda x, y: x + y  # noqa: E731
        return [add(i, i) for i in range(3)]

    trace = run(f, during=f)
    by_kind = {each.kind: each.id for each in trace.statements}
    samples = trace.calls[0].samples
    assert [sample.text for sample in samples[by_kind["Lambda"]]["x"]] == ["0", "1", "2"]
    assert [sample.text for sample in samples[by_kind["ListComp"]]["i"]] == ["0", "1", "2"]


class Thing:
    """An object to watch."""


def test_nothing_is_kept_alive() -> None:
    """Neither the recorder nor the trace keeps an object of the program alive, whatever way its frame ends."""
    seen: list[weakref.ref[Thing]] = []

    def watched() -> Thing:
        thing = Thing()
        seen.append(weakref.ref(thing))
        return thing

    def ends(how: str) -> Iterator[Thing]:
        x = watched()
        y = [watched(), {"a": watched()}]
        if how == "raise":
            raise LookupError(x, y)
        yield x
        del x, y

    def use(how: str) -> None:
        with contextlib.suppress(LookupError):
            for thing in ends(how):
                if how == "break":
                    break

    with Tracer(ends, use, watched, max_calls=None) as tracer:
        for how in ("raise", "run", "break"):
            use(how)
            gc.collect()
            assert [ref() for ref in seen] == [None] * len(seen)
    assert tracer.trace().functions[2].calls == 9


def test_frames_are_not_kept_alive() -> None:
    """After a session, nothing of the tracer holds a frame of the program."""

    def f() -> None:
        thing = Thing()
        seen.append(weakref.ref(thing))
        with contextlib.suppress(ZeroDivisionError):
            thing = (thing, 1 / 0)

    seen: list[weakref.ref[Thing]] = []
    gc.collect()
    gc.disable()
    try:
        results = tracefunc(f)
        assert seen[0]() is None
    finally:
        gc.enable()
    assert results.exc is None


class Alarm(Exception):  # noqa: N818
    """Raised by a signal handler at random moments."""


class Interrupted(BaseException):
    """Raised by a signal handler, no Exception."""


def busy(n: int) -> int:
    total = 0
    for i in range(n):
        try:
            total += sum([k for k in range(3)]) + helper(i)
        finally:
            total += 1
    return total


def helper(i: int) -> int:
    x = [i, i]
    return len(x)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
@pytest.mark.parametrize("kind", [Alarm, Interrupted, KeyboardInterrupt, ZeroDivisionError])
def test_exceptions_of_signal_handlers(kind: type[BaseException]) -> None:
    """What a signal handler raises at any moment reaches the program; afterwards all is clear and traces are right."""

    def handler(number: int, frame: FrameType | None) -> None:
        raise kind("now")

    expected = hits(tracefunc(busy, 20))
    gc.disable()  # a callback of the collector would swallow the exception
    before = signal.signal(signal.SIGALRM, handler)
    caught = 0
    try:
        for attempt in range(150):
            results = None
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0003 + 0.00001 * (attempt * 7 % 150))
                results = tracefunc(busy, 100_000)
                signal.setitimer(signal.ITIMER_REAL, 0)
                caught += isinstance(results.exc, kind)
            except kind:
                caught += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            del results
            if attempt % 10 == 0:
                assert [sys.monitoring.get_tool(tool) for tool in range(6)].count("tracefunc") == 0
                assert hits(tracefunc(busy, 20)) == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    assert caught == 150
    assert hits(tracefunc(busy, 20)) == expected


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_signals_that_the_program_handles() -> None:
    """A program that catches its timeouts goes on as it would, and what it did is counted."""

    def handler(number: int, frame: FrameType | None) -> None:
        raise Alarm

    def f() -> int:
        caught = 0
        while caught < 50:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                busy(1_000_000)
            except Alarm:
                caught += 1
        return caught

    gc.disable()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        results = tracefunc(f)
        with Tracer(f, busy, helper, max_calls=2) as tracer:
            f()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    assert results.value == 50
    assert hits(results)["caught += 1"] == 50
    assert hits(results)["return caught"] == 1
    trace = tracer.trace()
    assert hits(trace)["caught += 1"] == 50
    assert set(kinds(trace)) <= {"returned", "raised", "unfinished"}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
@pytest.mark.parametrize("kind", [IndexError, KeyError, ValueError, AttributeError])
def test_no_exception_of_a_signal_handler_is_lost(kind: type[Exception]) -> None:
    """Not even one that the callbacks know as their own, at a call without detail."""
    raised = caught = 0

    def handler(number: int, frame: FrameType | None) -> None:
        nonlocal raised
        raised += 1
        raise kind

    gc.disable()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with Tracer(busy, helper, max_calls=0):
            for attempt in range(200):
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.0003 + 0.00001 * (attempt * 7 % 150))
                    busy(10_000)
                except kind:
                    caught += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    assert raised > 100
    assert caught == raised


def test_nested_tracefunc() -> None:
    """A traced function may call tracefunc, with the same target or another; each trace has all that ran in it."""

    def other(x: int) -> int:
        return x + 1

    def f(n: int) -> list[TraceResults]:
        if n == 0:
            return []
        inner = tracefunc(f, n - 1)
        return [tracefunc(other, n), inner, *inner.value]  # type: ignore[misc]

    results = tracefunc(f, 2)
    assert hits(results) == {
        "if n == 0:": 3,
        "return []": 1,
        "inner = tracefunc(f, n - 1)": 2,
        "return [tracefunc(other, n), inner, *inner.value]  # type: ignore[misc]".partition("  #")[0]: 2,
    }
    first, second, *_ = results.value  # type: ignore[misc]
    assert hits(first) == {"return x + 1": 1}
    assert hits(second)["if n == 0:"] == 2


def test_eight_levels_of_tracefunc() -> None:
    """tracefunc in tracefunc, eight levels deep, gives exact counts at each."""

    def f(n: int) -> list[int]:
        for _ in range(3):
            pass
        if not n:
            return []
        results = tracefunc(f, n - 1)
        return [hits(results)["for _ in range(3):"], *results.value]  # type: ignore[misc]

    results = tracefunc(f, 8)
    assert results.value == [4 * n for n in range(8, 0, -1)]
    assert hits(results)["for _ in range(3):"] == 36
    assert "tracefunc" not in [sys.monitoring.get_tool(tool) for tool in range(6)]


def test_tracers_that_overlap() -> None:
    """Tracers with overlapping targets, stopped in another order than started, each see what ran in their time."""
    first, second, third = Tracer(down, even), Tracer(down, max_calls=0), Tracer(even, odd)
    first.__enter__()
    down(1)
    second.__enter__()
    down(2)
    even(2)
    first.__exit__(None, None, None)
    third.__enter__()
    down(4)
    even(1)
    second.__exit__(None, None, None)
    even(3)
    third.__exit__(None, None, None)
    down(1), even(1)
    assert [function.calls for function in first.trace().functions] == [5, 2]
    assert [function.calls for function in second.trace().functions] == [8]
    assert [function.calls for function in third.trace().functions] == [3, 3]
    assert "tracefunc" not in [sys.monitoring.get_tool(tool) for tool in range(6)]


def test_nested_function_as_another_tracers_target() -> None:
    """One tracer may have as its target what is a nested function to another."""
    adder = make_adder(1)
    with Tracer(make_adder) as outer:
        adder(1)
        with Tracer(adder) as inner:
            adder(2)
            make_adder(3)
        adder(3)
    assert hits(inner.trace()) == {"return x + k": 2}
    assert hits(outer.trace())["return x + k"] == 4
    assert [function.calls for function in outer.trace().functions] == [1, 3]


def test_tracers_in_threads() -> None:
    """Tracers that start and stop in several threads at once see all calls that ran within."""
    failed: list[object] = []
    expected = {"if n == 0:": 6, "return 0": 1, "return 1 + down(n - 1)": 5}

    def loop() -> None:
        def own(n: int) -> int:
            return down(n) + own(n - 1) if n else 0

        own.__code__ = own.__code__.replace()  # a session traces all threads: so each has its own code
        for _ in range(40):
            found = hits(tracefunc(own, 3))
            if found != {"return down(n) + own(n - 1) if n else 0": 4}:
                failed.append(found)
            least = hits(tracefunc(down, 5))
            if any(least[key] < number for key, number in expected.items()):
                failed.append(least)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=loop) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failed
    assert "tracefunc" not in [sys.monitoring.get_tool(tool) for tool in range(6)]


def test_same_function_traced_again() -> None:
    """A function traced twice, run or not in between, gives the same trace."""
    first = hits(tracefunc(down, 5))
    assert hits(tracefunc(down, 5)) == first
    down(5)
    assert hits(tracefunc(down, 5)) == first
    with Tracer(down):
        pass
    assert hits(tracefunc(down, 5)) == first


def test_tracer_inside_a_running_target() -> None:
    """A session that begins inside of a running call of its target traces it from there."""

    def f() -> None:
        x = 1
        tracer.__enter__()
        x = 2
        x = 3

    tracer = Tracer(f)
    f()
    tracer.__exit__(None, None, None)
    found = hits(tracer.trace())
    assert (found.get("x = 2"), found.get("x = 3"), found.get("x = 1")) == (1, 1, None)
    assert kinds(tracer.trace()) == ["returned"]


def test_suspended_generator_met_by_a_session() -> None:
    """A generator that started before the session is one call from where it is met."""
    generator = numbers(3)
    next(generator)
    trace = run(numbers, during=lambda: list(generator))
    assert kinds(trace) == ["returned"]
    assert hits(trace)["for i in range(n):"] == 3


def test_exception_leaves_the_block() -> None:
    """An exception that leaves the `with` block is not changed, and the trace is whole."""
    with pytest.raises(LookupError, match="mine"), Tracer(down) as tracer:  # noqa: PT012
        down(1)
        raise LookupError("mine")
    assert tracer.trace().functions[0].calls == 2


@pytest.mark.parametrize("max_calls", [0, 1, 10, None])
def test_nested_code_makes_no_calls(max_calls: int | None) -> None:
    """Lambdas and generator expressions in a call are no calls of their own, with detail and without."""

    def ordered(values: list[int]) -> list[int]:
        key = lambda value: -value  # noqa: E731
        return sorted(sum(x for x in [value]) for value in sorted(values, key=key))

    def failing(n: int) -> int:
        if n == 0:
            raise KeyError
        return max([n], key=lambda _: failing(n - 1))

    def both() -> None:
        for _ in range(20):
            assert ordered([3, 1, 2]) == [1, 2, 3]
            with pytest.raises(KeyError):
                failing(3)

    trace = run(ordered, failing, during=both, max_calls=max_calls)
    assert [function.calls for function in trace.functions] == [20, 80]
    assert sum(edge.calls for edge in trace.edges) == 100
    assert hits(trace)["lambda value: -value"] == 60
    assert hits(trace)["lambda _: failing(n - 1)"] == 60
    assert hits(trace)["raise KeyError"] == 20
