"""One tracer in its shapes: block, decorator, start and stop, run; used again, nested, at once, across threads."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import pytest

from tracefunc import NotTraceableError, RunningLoopError, Trace, TraceError, Tracer, TraceWarning, tracefunc


def double(n: int) -> int:
    return n * 2


def quadruple(n: int) -> int:
    return double(double(n))


def factorial(n: int) -> int:
    return 1 if n == 0 else n * factorial(n - 1)


def calls(trace: Trace | None) -> dict[str, int]:
    """The number of calls of each function of a trace."""
    assert trace is not None
    return {function.qualname: function.calls for function in trace.functions}


def is_quiet() -> bool:
    """Whether no tool id of sys.monitoring is taken in this package's name."""
    return all(not (sys.monitoring.get_tool(tool) or "").startswith("tracefunc") for tool in range(6))


# Blocks, start and stop


def test_a_block_traces_what_runs_in_it() -> None:
    """A block traces the calls inside it, not those before and after."""
    double(1)
    with Tracer(double) as tracer:
        double(2)
    double(3)
    assert [call.arguments["n"].text for call in tracer.trace().calls] == ["2"]
    assert is_quiet()


def test_start_and_stop() -> None:
    """What happens between start and stop is traced, and stop returns the trace."""
    tracer = Tracer(double)
    assert tracer.start() is tracer
    double(1)
    trace = tracer.stop()
    double(2)
    assert calls(trace) == {"double": 1}
    assert tracer.trace() == trace
    assert is_quiet()


def test_each_session_starts_anew() -> None:
    """A tracer that is used again has the calls of its last session alone."""
    tracer = Tracer(double)
    for count in (3, 1):
        with tracer:
            for _ in range(count):
                double(1)
        assert calls(tracer.trace()) == {"double": count}
        assert [call.id for call in tracer.trace().calls] == list(range(count))


def test_a_trace_is_not_changed_by_the_next_session() -> None:
    """The trace of a session stays what it was while the tracer is used again."""
    tracer = Tracer(double)
    tracer.start()
    double(1)
    first = tracer.stop()
    tracer.start()
    double(5), double(6)
    tracer.stop()
    assert [call.arguments["n"].text for call in first.calls] == ["1"]
    assert sum(first.hits) == 1


def test_stop_may_be_called_twice() -> None:
    """A second stop returns the same trace."""
    tracer = Tracer(double).start()
    double(1)
    assert tracer.stop() == tracer.stop()


def test_start_of_a_running_tracer() -> None:
    """Starting a tracer that runs is an error, and it goes on."""
    tracer = Tracer(double).start()
    with pytest.raises(TraceError, match="started already"):
        tracer.start()
    double(1)
    assert calls(tracer.stop()) == {"double": 1}


def test_stop_inside_a_block() -> None:
    """A block whose tracer has been stopped has recorded what came before."""
    with Tracer(double) as tracer:
        double(1)
        tracer.stop()
        double(2)
    assert calls(tracer.trace()) == {"double": 1}


@pytest.mark.parametrize("act", [Tracer.trace, Tracer.results, Tracer.stop])
def test_a_tracer_that_never_ran_has_no_trace(act: Callable[[Tracer], object]) -> None:
    """Asking for what was never recorded is an error that says how to begin."""
    with pytest.raises(TraceError, match=r"start\(\)"):
        act(Tracer(double))


def test_started_in_one_thread_and_stopped_in_another() -> None:
    """A session belongs to no thread."""
    tracer = Tracer(double)
    starter = threading.Thread(target=tracer.start)
    starter.start()
    starter.join()
    double(1)
    stopper = threading.Thread(target=tracer.stop)
    stopper.start()
    stopper.join()
    double(2)
    assert calls(tracer.trace()) == {"double": 1}
    assert is_quiet()


def test_several_tracers_at_once_on_overlapping_targets() -> None:
    """Each session has exactly what ran while it ran, however they overlap."""
    one, two, three = Tracer(double), Tracer(double, quadruple), Tracer(quadruple)
    one.start()
    quadruple(1)
    two.start()
    quadruple(1)
    three.start()
    one.stop()
    quadruple(1)
    two.stop()
    quadruple(1)
    three.stop()
    assert calls(one.trace()) == {"double": 4}
    assert calls(two.trace()) == {"double": 4, "quadruple": 2}
    assert calls(three.trace()) == {"quadruple": 2}
    assert is_quiet()


def test_blocks_of_one_tracer_in_each_other_are_one_session() -> None:
    """A block inside a block of the same tracer belongs to the outer one's session."""
    tracer = Tracer(double)
    with tracer:
        double(1)
        with tracer:
            double(2)
        assert calls(tracer.trace()) == {"double": 2}
        double(3)
    double(4)
    assert calls(tracer.trace()) == {"double": 3}


def test_threads_in_blocks_of_one_tracer() -> None:
    """The session of a tracer ends when the last thread has left its block."""
    tracer, inside, leave = Tracer(double), threading.Event(), threading.Event()

    def work() -> None:
        with tracer:
            inside.set()
            leave.wait(60)
            double(2)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(60)
    with tracer:
        double(1)
    leave.set()
    thread.join()
    assert calls(tracer.trace()) == {"double": 2}
    assert is_quiet()


def test_a_session_without_targets() -> None:
    """A session that has nothing to trace is an error."""
    with pytest.raises(TraceError, match="at least one target"), Tracer():
        pass


# Running functions


def test_run() -> None:
    """`run` returns what the function returns, and traces the targets."""
    tracer = Tracer(double)
    assert tracer.run(quadruple, n=3) == 12
    assert calls(tracer.trace()) == {"double": 2}
    assert is_quiet()


def test_run_without_targets_traces_the_function() -> None:
    """A tracer without targets traces what it runs."""
    tracer = Tracer(max_samples=1)
    assert (tracer.run(quadruple, 1), tracer.run(double, 2)) == (4, 4)
    assert calls(tracer.trace()) == {"double": 1}


def test_run_raises_what_the_function_raises() -> None:
    """An exception of the function reaches the caller as it is, and the trace is whole."""
    tracer = Tracer()
    error = LookupError("mine")

    def fail() -> None:
        raise error

    with pytest.raises(LookupError) as caught:
        tracer.run(fail)
    assert caught.value is error
    assert tracer.trace().calls[0].outcome.exception == "LookupError"
    assert is_quiet()


def test_run_of_coroutines_and_generators() -> None:
    """`run` runs coroutines and generators to their end."""

    async def wait(n: int) -> int:
        await asyncio.sleep(0)
        return n

    def count(n: int) -> Generator[int, None, str]:
        yield from range(n)
        return "end"

    tracer = Tracer()
    assert tracer.run(wait, 4) == 4
    assert tracer.trace().calls[0].outcome.kind == "returned"
    assert tracer.run(count, 4) == "end"


def test_run_inside_a_session_joins_it() -> None:
    """`run` inside a block of its tracer belongs to the block's session."""
    tracer = Tracer(double)
    with tracer:
        tracer.run(double, 1)
        double(2)
    assert calls(tracer.trace()) == {"double": 2}


def test_runs_within_a_run_of_a_tracer_without_targets() -> None:
    """A function that is run inside a run is traced, too."""
    tracer = Tracer()

    def outer() -> None:
        tracer.run(double, 1)
        tracer.run(double, 2)

    tracer.run(outer)
    assert [function.calls for function in tracer.trace().functions] == [1, 2]


def test_run_of_what_cannot_be_called() -> None:
    """Running what is no function is an error that says so."""
    with pytest.raises(NotTraceableError, match="cannot be called"):
        Tracer(double).run(3)  # type: ignore[arg-type]


def test_run_of_a_coroutine_function_in_a_running_loop() -> None:
    """A coroutine function cannot be run to its end inside an event loop."""

    async def inner() -> None: ...

    async def main() -> None:
        Tracer().run(inner)

    with pytest.raises(RunningLoopError):
        asyncio.run(main())
    assert is_quiet()


def test_run_async() -> None:
    """`run_async` awaits functions with arguments, coroutines and other awaitables, and exhausts async generators."""

    async def twice(n: int) -> int:
        await asyncio.sleep(0)
        return double(n)

    async def count(n: int) -> AsyncIterator[int]:
        for i in range(n):
            yield double(i)

    async def main() -> list[object]:
        tracer, results = Tracer(double), []
        for value in (
            await tracer.run_async(twice, 3),
            await tracer.run_async(twice(4)),
            await tracer.run_async(asyncio.ensure_future(twice(5))),
            await tracer.run_async(count, 2),
            await tracer.run_async(double, 6),
        ):
            results.append(value)
        return [*results, calls(tracer.trace())]

    assert asyncio.run(main()) == [6, 8, 10, None, 12, {"double": 1}]
    assert is_quiet()


def test_run_async_without_targets() -> None:
    """Without targets the awaited function is traced; a bare coroutine names no function."""

    async def twice(n: int) -> int:
        return double(n)

    async def main() -> None:
        tracer = Tracer()
        assert await tracer.run_async(twice, 3) == 6
        assert [function.name for function in tracer.trace().functions] == ["twice"]
        with pytest.raises(TraceError, match="target"):
            await tracer.run_async(twice(3))
        with pytest.raises(TraceError, match="awaitable"):
            await tracer.run_async(3)
        with pytest.raises(TraceError, match="awaitable"):
            await tracer.run_async(asyncio.get_running_loop().create_future(), 3)

    asyncio.run(main())


def test_stacks_without_the_tracer() -> None:
    """The stack of a call shows the program's frames, not those of the tracer that runs it."""
    tracer = Tracer()
    tracer.run(double, 1)
    traced = tracer(double)
    traced(1)
    assert traced.trace is not None
    for trace in (traced.trace, tracer.trace()):
        names = [frame.name for frame in trace.stack(trace.calls[0])]
        assert names[-2:] == [test_stacks_without_the_tracer.__name__, "double"]


# Decorators


def test_bare_decorator() -> None:
    """`@Tracer` traces the function below it; the trace of the last call is at `.trace`."""

    @Tracer
    def add(a: int, b: int = 2) -> int:
        return a + b

    function: Any = add
    assert getattr(function, "trace", 0) is None
    assert (function(1), calls(function.trace)) == (3, {function.__qualname__: 1})
    assert (function(b=5, a=1), function.trace.calls[0].arguments["b"].text) == (6, "5")
    assert is_quiet()


def test_decorator_with_options() -> None:
    """`@Tracer(max_calls=...)` traces the function below it, too."""

    @Tracer(max_calls=2)
    def down(n: int) -> int:
        return n if n == 0 else down(n - 1)

    assert down(5) == 0
    assert down.trace is not None
    assert (len(down.trace.calls), down.trace.without_detail) == (2, 4)


def test_decorator_with_targets() -> None:
    """`@Tracer(f)` traces `f` whenever the function below runs."""

    @Tracer(double)
    def main(n: int) -> int:
        return quadruple(n) + 1

    assert main(1) == 5
    assert calls(main.trace) == {"double": 2}


def test_bare_decorator_by_other_names() -> None:
    """What decorates is told by the call, under whatever name, also in classes and loops."""
    limited = functools.partial(Tracer, max_calls=1)
    decorators: tuple[Any, ...] = (Tracer, limited)
    for decorate in decorators:

        class Some:
            @decorate  # type: ignore[untyped-decorator]
            def method(self, n: int) -> int:
                return double(n)

        method: Any = Some.method
        assert (Some().method(2), calls(method.trace)) == (4, {method.__qualname__: 1})


def test_tracers_that_are_no_decorators() -> None:
    """A tracer that is made by a call, of whatever form, is a tracer."""
    arguments = (double,)
    for tracer in (Tracer(double), Tracer(*arguments), Tracer(*arguments), next(map(Tracer, arguments))):
        assert type(tracer) is Tracer


def test_decorated_by_hand() -> None:
    """`Tracer()(f)` decorates without the syntax."""
    traced = Tracer()(double)
    assert (traced(2), calls(traced.trace)) == (4, {"double": 1})


def test_decorated_functions_keep_their_face() -> None:
    """Name, module, docstring, signature and attributes are those of the original."""

    def original(a: int, *, b: str = "x") -> str:
        """Do things."""
        return b * a

    original.mark = 1  # type: ignore[attr-defined]
    traced: Any = Tracer()(original)
    assert inspect.signature(traced) == inspect.signature(original)
    for name in ("__name__", "__qualname__", "__module__", "__doc__", "mark"):
        assert getattr(traced, name) == getattr(original, name)
    assert traced.__wrapped__ is original
    assert inspect.isfunction(traced)


def test_decorated_coroutine_function() -> None:
    """A decorated coroutine function is one; the session lasts while it is awaited, its siblings apart."""

    @Tracer()
    async def wait(n: int) -> int:
        await asyncio.sleep(0)
        return n

    async def main() -> list[int]:
        return list(await asyncio.gather(wait(1), wait(2)))

    assert inspect.iscoroutinefunction(wait)
    assert asyncio.run(main()) == [1, 2]
    assert asyncio.run(wait(3)) == 3
    assert wait.trace is not None
    assert [call.outcome.value for call in wait.trace.calls] == [("int", "3")]
    assert is_quiet()


def test_decorated_generator_function() -> None:
    """Sent values, thrown exceptions, return values and close reach a decorated generator as they would without."""
    log: list[object] = []

    def plain(n: int) -> Generator[int, object, str]:
        try:
            while True:
                try:
                    log.append((yield n))
                except KeyError as error:
                    log.append(repr(error))
                n += 1
                if n == 5:
                    return "end"
        finally:
            log.append("finally")

    def drive(function: Callable[[int], Generator[int, object, str]]) -> list[object]:
        log.clear()
        generator = function(2)
        seen: list[object] = [next(generator), generator.send("a"), generator.throw(KeyError("k"))]
        with pytest.raises(StopIteration) as stop:
            next(generator)
        closed = function(0)
        seen += [stop.value.value, next(closed), *log]
        closed.close()
        seen += log
        with pytest.raises(ZeroDivisionError):
            next(other := function(0)), other.throw(ZeroDivisionError)
        return seen

    traced = Tracer()(plain)
    assert inspect.isgeneratorfunction(traced)
    assert drive(traced) == drive(plain)
    assert traced.trace is not None
    assert traced.trace.calls[0].outcome.exception == "ZeroDivisionError"
    assert is_quiet()


def test_decorated_generators_that_interleave() -> None:
    """Each generator has a session of its own, from its first start to its end."""

    @Tracer()
    def count(n: int) -> Iterator[int]:
        yield from range(n)

    assert list(zip(count(3), count(3), strict=True)) == [(0, 0), (1, 1), (2, 2)]
    assert is_quiet()
    list(count(1))
    assert calls(count.trace)[count.__qualname__] == 1


def test_decorated_async_generator_function() -> None:
    """Sent values, thrown exceptions and close reach a decorated async generator."""

    async def plain(n: int) -> AsyncIterator[object]:
        try:
            while n < 4:
                try:
                    yield ("got", (yield n))
                except KeyError as error:
                    yield repr(error)
                await asyncio.sleep(0)
                n += 1
        finally:
            await asyncio.sleep(0)
            double(1)

    async def drive(function: Any) -> list[object]:
        generator = function(2)
        seen = [await anext(generator), await generator.asend("a"), await generator.athrow(KeyError("k"))]
        seen += [item async for item in generator]
        closed = function(2)
        seen += [await anext(closed), await closed.aclose()]
        return seen

    traced: Any = Tracer(double)(plain)
    assert inspect.isasyncgenfunction(traced)
    assert asyncio.run(drive(traced)) == asyncio.run(drive(plain))
    assert calls(traced.trace) == {"double": 1}
    assert is_quiet()


def test_decorated_methods() -> None:
    """Methods, static methods and class methods can be decorated, above and below their own decorators."""

    class Account:
        rate = 3

        def __init__(self, balance: int) -> None:
            self.balance = balance

        @Tracer()
        def scaled(self, by: int) -> int:
            return self.balance * by

        @Tracer()
        @classmethod
        def rated(cls, n: int) -> int:
            return cls.rate * n

        @staticmethod
        @Tracer()
        def free(n: int) -> int:
            return n

        @property
        @Tracer()
        def worth(self) -> int:
            return self.balance

    account: Any = Account(5)
    assert (account.scaled(2), account.rated(2), Account.rated(3), account.free(4), account.worth) == (10, 6, 9, 4, 5)
    kind: Any = Account
    for traced in (kind.scaled, kind.rated, kind.free, kind.worth.fget):
        assert traced.trace.calls[0].outcome.kind == "returned"


def test_recursion_of_a_decorated_function_is_one_session() -> None:
    """The calls that a decorated function makes of itself are in the trace of the outermost one."""
    results: list[Trace] = []

    @Tracer(on_result=results.append)
    def factorial(n: int) -> int:
        return 1 if n == 0 else n * factorial(n - 1)

    assert factorial(5) == 120
    assert [calls(trace) for trace in results] == [{factorial.__qualname__: 6}]


def test_recursion_of_decorated_generators_and_coroutines() -> None:
    """A decorated generator or coroutine that runs inside itself belongs to the outermost session."""
    results: list[Trace] = []

    @Tracer(on_result=results.append)
    def walk(n: int) -> Iterator[int]:
        yield n
        if n:
            yield from walk(n - 1)

    @Tracer(on_result=results.append)
    async def sink(n: int) -> int:
        await asyncio.sleep(0)
        return await sink(n - 1) if n else 0

    assert list(walk(3)) == [3, 2, 1, 0]
    assert asyncio.run(sink(2)) == 0
    assert [list(calls(trace).values()) for trace in results] == [[4], [3]]


def test_decorated_function_in_threads() -> None:
    """Each thread's outermost call is a session; each sees what ran while it ran."""
    results: list[Trace] = []
    barrier = threading.Barrier(4, timeout=60)

    @Tracer(on_result=results.append)
    def work(n: int) -> int:
        barrier.wait()
        return n

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for trace in results:
        assert 1 <= calls(trace)[work.__qualname__] <= 4
    assert is_quiet()


def test_exception_of_a_decorated_function() -> None:
    """An exception leaves a decorated function as it is."""

    @Tracer()
    def fail(n: int) -> None:
        raise LookupError(n)

    with pytest.raises(LookupError, match="3"):
        fail(3)
    assert fail.trace is not None
    assert fail.trace.calls[0].outcome.message == "3"


def test_tracer_that_decorates_several_functions() -> None:
    """One tracer may decorate any number of functions and be used as a block as well."""
    tracer = Tracer(double)
    first, second = tracer(quadruple), tracer(double)
    with tracer:
        first(1)
        second(1)
        assert calls(tracer.trace()) == {"double": 3}
    assert calls(first.trace) == {"double": 2}
    assert calls(second.trace) == {"double": 1}
    assert calls(tracer.trace()) == {"double": 3}


def test_trace_of_a_tracer_that_decorates() -> None:
    """The tracer itself has the trace of the last decorated call."""
    tracer = Tracer()
    tracer(quadruple)(1), tracer(double)(1)
    assert calls(tracer.trace()) == {"double": 1}


@pytest.mark.parametrize("wrong", [int, property(double), 3, "json"])
def test_what_cannot_be_decorated(wrong: Any) -> None:
    """Decorating a class or a property is an error that says what to decorate."""
    with pytest.raises(TraceError, match="decorate"):
        Tracer(double)(wrong)


def test_a_tracer_is_no_function() -> None:
    """Calling a tracer as if it were its target is an error that names the ways to do that."""
    with pytest.raises(TraceError, match=r"run\(function"):
        Tracer(double)(double, 3)


# Callbacks and options


def test_on_result() -> None:
    """`on_result` is called with the trace of each session, whichever way it was run."""
    results: list[Trace] = []
    tracer = Tracer(double, on_result=results.append)
    with tracer:
        double(1)
    tracer.start()
    tracer.stop()
    tracer.stop()
    tracer.run(quadruple, 1)
    tracer(quadruple)(1)
    assert [calls(trace)["double"] for trace in results] == [1, 0, 2, 2]


def test_on_result_comes_after_an_exception() -> None:
    """A session that an exception ends has its result, too."""
    results: list[Trace] = []
    with contextlib.suppress(LookupError), Tracer(double, on_result=results.append):
        double(1)
        raise LookupError
    assert [calls(trace) for trace in results] == [{"double": 1}]


def test_failing_on_result() -> None:
    """What `on_result` raises is a warning: the program is not affected."""

    def fail(trace: Trace) -> None:
        raise LookupError("disk full")

    traced = Tracer(on_result=fail)(double)
    with pytest.warns(TraceWarning, match="disk full"):
        assert traced(1) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"max_calls": -1},
        {"max_samples": None},
        {"max_repr": "long"},
        {"keep": "best"},
        {"samples": "all"},
        {"watch": 3},
        {"redact": [1]},
        {"when": 3},
        {"repr": "str"},
        {"incl_unhit": "no"},
        {"stream": 3},
        {"follow": "yes"},
        {"on_result": "print"},
        {"on_call": 1},
    ],
    ids=lambda options: next(iter(options)),
)
def test_wrong_options(options: dict[str, Any]) -> None:
    """A wrong option is an error that names it and its value."""
    ((name, value),) = options.items()
    with pytest.raises(TraceError) as caught:
        Tracer(double, **options)
    assert f"{name}={value!r}" in str(caught.value)


def test_every_option_is_described() -> None:
    """The docstring and the reference name every option."""
    text = Tracer.__doc__ or ""
    names = [name for name in inspect.signature(Tracer).parameters if name != "targets"]
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in text] == []


def test_settings_of_a_trace() -> None:
    """A trace tells the options that it was recorded with."""
    with Tracer(double, max_calls=None, max_samples=3, max_repr=20, watch=("n + 1",)) as tracer:
        double(1)
    settings = tracer.trace().settings
    assert (settings.max_calls, settings.max_samples, settings.max_repr) == (None, 3, 20)
    assert settings.watch == ("n + 1",)


def test_tracefunc_inside_a_session() -> None:
    """`tracefunc` inside a block traces on its own, and the block sees the same calls."""
    with Tracer(double) as tracer:
        assert tracefunc(quadruple, 1, target_func=double).value == 4
    assert calls(tracer.trace()) == {"double": 2}
