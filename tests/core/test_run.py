# ruff: noqa: F841, UP028 - functions are written to be traced
"""tracefunc() runs a function to its end, and the function does not notice."""

import asyncio
import functools
import inspect
import os
import subprocess
import sys
import textwrap
import traceback
import types
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import tracefunc as tracefunc_package
from tracefunc import RunningLoopError, TraceError, Tracer, TraceResults, tracefunc


def hits(results: TraceResults) -> dict[str, int]:
    """Return the hits of all statements that have one, by snippet."""
    trace = results.trace
    return {each.snippet: trace.hits[each.id] for each in trace.statements if trace.hits[each.id]}


def run_script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in another process."""
    path = folder / "script.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    search = os.pathsep.join([str(Path(tracefunc_package.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": search}
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=environment, check=False)


def test_value_is_kept() -> None:
    """What the function returned is the results' value, the very object."""
    thing = object()
    results = tracefunc(lambda: thing)
    assert results.value is thing
    assert results.exc is None


def test_arguments_reach_the_function() -> None:
    """Positional and keyword arguments are passed on, also those named like parameters of tracefunc and Tracer."""

    def f(*args: object, **kwargs: object) -> object:
        return args, kwargs

    results = tracefunc(f, 1, 2, fn=3, args=4, kwargs=5, max_calls=6, max_samples=7, max_repr=8, self=9)
    named = {"fn": 3, "args": 4, "kwargs": 5, "max_calls": 6, "max_samples": 7, "max_repr": 8, "self": 9}
    assert results.value == ((1, 2), named)


def test_options_reach_the_function_through_partial() -> None:
    """The two names that are tracefunc's own reach the function through a partial."""

    def f(target_func: int, incl_unhit: int) -> tuple[int, int]:
        return target_func, incl_unhit

    assert tracefunc(functools.partial(f, target_func=1, incl_unhit=2)).value == (1, 2)


def test_exception_is_kept() -> None:
    """What the function raised is the results' exc; the trace goes up to there."""

    def f() -> None:
        x = 1
        raise LookupError("no")

    results = tracefunc(f)
    assert type(results.exc) is LookupError
    assert results.value is None
    assert hits(results) == {"x = 1": 1, 'raise LookupError("no")': 1}


def test_wrong_arguments() -> None:
    """Arguments that do not fit give the exception that they always give, and a trace without calls."""

    def f(x: int) -> None:
        pass

    results = tracefunc(f)
    assert type(results.exc) is TypeError
    assert list(results) == []


@pytest.mark.parametrize(
    "kind", [KeyboardInterrupt, SystemExit, GeneratorExit, type("Own", (BaseException,), {})], ids=str
)
def test_exceptions_that_end_programs_pass(kind: type[BaseException]) -> None:
    """KeyboardInterrupt, SystemExit and the like go on to the caller, and the trace so far goes with them."""

    def f() -> None:
        x = 1
        raise kind("stop")

    with pytest.raises(kind, match="stop") as caught:
        tracefunc(f)
    results = caught.value.trace_results  # type: ignore[attr-defined]
    assert results.exc is caught.value
    assert results[0][1]["x = 1"] == (1, {"x": [("int", "1")]})
    assert [call.outcome.kind for call in results.trace.calls] == ["raised"]


def test_sys_exit() -> None:
    """sys.exit() in the traced function exits."""

    def f() -> None:
        sys.exit(3)

    with pytest.raises(SystemExit) as caught:
        tracefunc(f)
    assert caught.value.code == 3
    assert hits(caught.value.trace_results) == {"sys.exit(3)": 1}  # type: ignore[attr-defined]


def test_coroutine_function() -> None:
    """A coroutine function is awaited to its end in an event loop of its own, and value is what it returned."""

    async def f(x: int) -> int:
        await asyncio.sleep(0)
        return x * 2

    results = tracefunc(f, 4)
    assert results.value == 8
    assert hits(results) == {"await asyncio.sleep(0)": 1, "return x * 2": 1}
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_coroutine_function_in_wrappings() -> None:
    """A coroutine function is run also as a method, as a partial, under wrappers and as a callable object."""

    class Service:
        async def method(self, x: int) -> int:
            return x

        async def __call__(self, x: int) -> int:
            return -x

    async def f(x: int) -> int:
        return x

    @functools.wraps(f)
    def wrapper(x: int) -> Coroutine[Any, Any, int]:
        return f(x)

    assert tracefunc(Service().method, 3).value == 3
    assert tracefunc(functools.partial(f, 3)).value == 3
    assert tracefunc(wrapper, 3).value == 3
    assert tracefunc(Service(), 3).value == -3


def test_coroutine_that_raises() -> None:
    """What a coroutine raises is exc, after its end."""

    async def f() -> None:
        await asyncio.sleep(0)
        raise LookupError("late")

    results = tracefunc(f)
    assert type(results.exc) is LookupError
    assert results.trace.calls[0].outcome.exception == "LookupError"


def test_running_loop() -> None:
    """Under a running loop, a coroutine function is an error that shows the way; nothing has run."""
    ran = []

    async def f() -> int:
        ran.append(1)
        return 1

    @functools.wraps(f)
    def wrapper() -> Coroutine[Any, Any, int]:
        return f()

    async def numbers() -> AsyncIterator[int]:
        ran.append(2)
        yield 1

    async def main() -> TraceResults:
        for function in (f, wrapper, numbers):
            with pytest.raises(RunningLoopError, match=r"with Tracer\(\w+\) as t: await") as caught:
                tracefunc(function)
            assert isinstance(caught.value, TraceError)
        assert not ran
        with Tracer(f) as t:
            await f()
        return t.results()

    assert hits(asyncio.run(main())) == {"ran.append(1)": 1, "return 1": 1}


def test_plain_function_under_a_running_loop() -> None:
    """Under a running loop, functions that are no coroutine functions are traced as ever."""

    class Thing:
        async def first(self) -> None:
            pass

        def __init__(self) -> None:
            self.x = 1

    def plain() -> int:
        return 1

    async def main() -> tuple[TraceResults, TraceResults]:
        return tracefunc(plain), tracefunc(Thing)

    first, second = asyncio.run(main())
    assert hits(first) == {"return 1": 1}
    assert hits(second) == {"self.x = 1": 1}


def test_generator_function() -> None:
    """A generator function's result is exhausted, and value is what it returned."""

    def f(n: int) -> Iterator[int]:
        for i in range(n):
            yield i
        return "end"

    results = tracefunc(f, 3)
    assert results.value == "end"
    assert hits(results) == {"for i in range(n):": 4, "yield i": 3, 'return "end"': 1}
    assert len(results) == 1


def test_async_generator_function() -> None:
    """An async generator function's result is exhausted."""

    async def f(n: int) -> AsyncIterator[int]:
        for i in range(n):
            yield i

    results = tracefunc(f, 3)
    assert results.value is None
    assert hits(results) == {"for i in range(n):": 4, "yield i": 3}


def test_what_was_made_elsewhere_is_left_alone() -> None:
    """A plain function that returns a generator, a coroutine or the like gets it back untouched."""

    def numbers() -> Iterator[int]:
        yield 1

    async def later() -> int:
        return 1

    async def numbers_later() -> AsyncIterator[int]:
        yield 1

    made: list[Any] = [numbers(), later(), numbers_later(), asyncio.Future(loop=asyncio.new_event_loop())]
    for thing in made:
        results = tracefunc(lambda thing=thing: thing)
        assert results.value is thing
    assert inspect.getgeneratorstate(made[0]) == "GEN_CREATED"
    assert inspect.getcoroutinestate(made[1]) == "CORO_CREATED"
    made[1].close()
    made[3].get_loop().close()


def test_context_manager_function() -> None:
    """A contextmanager function gives its context manager, not an exhausted generator."""
    import contextlib

    @contextlib.contextmanager
    def opened() -> Iterator[int]:
        yield 1

    with tracefunc(opened).value as x:  # type: ignore[attr-defined]
        assert x == 1


def fail(depth: int) -> int:
    try:
        return fail(depth - 1) if depth else 1 // 0
    except ZeroDivisionError as error:
        if depth == 2:
            raise LookupError("no") from error
        raise


def generate() -> Generator[int]:
    yield 1
    raise LookupError("generated")


async def fail_later() -> None:
    await asyncio.sleep(0)
    raise LookupError("later")


def below(error: BaseException | None) -> list[list[str]]:
    """Return the formatted tracebacks of an exception and of those before it, without the frames of who called."""
    found = []
    while error is not None:
        parts = traceback.TracebackException.from_exception(error, lookup_lines=True)
        own = {"untraced", "test_tracebacks", "tracefunc"}
        parts.stack = traceback.StackSummary.from_list([each for each in parts.stack if each.name not in own])
        parts.__cause__ = parts.__context__ = None
        found.append(list(parts.format()))
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize("function", [lambda: fail(4), generate, fail_later, lambda: fail(0)], ids=list("abcd"))
def test_tracebacks(function: Callable[[], Any]) -> None:
    """The traceback of an exception is that of an untraced run, below the frames of whoever called."""

    def untraced() -> None:
        if inspect.iscoroutinefunction(function):
            asyncio.run(function())
        elif inspect.isgeneratorfunction(function):
            list(function())
        else:
            function()

    with pytest.raises(Exception) as caught:  # noqa: PT011
        untraced()
    results = tracefunc(function)
    assert results.exc is not None
    assert below(results.exc) == below(caught.value)
    assert str(Path(tracefunc_package.__file__).parent) not in str(traceback.format_tb(results.exc.__traceback__))


def test_state_of_the_interpreter() -> None:
    """Trace and profile functions, recursion limit, switch interval, tools and filters are as before."""

    def state() -> list[object]:
        tools = [sys.monitoring.get_tool(tool) for tool in range(6)]
        events = [sys.monitoring.get_events(tool) for tool in range(6) if tools[tool]]
        limits = sys.getrecursionlimit(), sys.getswitchinterval(), warnings.filters[:]
        return [tools, events, limits, sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook]

    before = state()
    inside = tracefunc(lambda: state()[2:]).value
    assert inside == before[2:]
    assert state() == before


def test_output_and_warnings(tmp_path: Path) -> None:
    """A traced program prints, warns, logs and exits as it does untraced."""
    program = """
        import atexit, logging, sys, warnings

        class Loud:
            def __repr__(self):
                print("repr was called")
                return "Loud()"

        def main(n):
            loud = Loud()
            for i in range(n):
                print("line", i)
                warnings.warn("careful")
                logging.warning("logged %d", i)
            atexit.register(print, "bye")
            print(sorted(locals()))
            exec("z = n + 1")
            print(eval("n + i"), __name__)
            raise LookupError("unhandled")
    """
    untraced = run_script(
        textwrap.dedent(program) + "\ntry: main(2)\nexcept LookupError as e: print(repr(e))", tmp_path
    )
    traced = run_script(
        textwrap.dedent(program) + "\nfrom tracefunc import tracefunc\nprint(repr(tracefunc(main, 2).exc))", tmp_path
    )
    assert traced.stdout == untraced.stdout
    assert traced.stderr == untraced.stderr
    assert traced.returncode == untraced.returncode == 0


def test_locals_dictionary() -> None:
    """A dictionary that `locals()` gave out keeps its contents while tracing samples."""

    def f() -> list[object]:
        x = 1
        held = locals()
        x = 2
        y = 3
        return [dict(held), x, y]

    assert tracefunc(f).value == f() == [{"x": 1}, 2, 3]


def look() -> list[str]:
    """Return the names of the functions on the stack, from here up."""
    frame: types.FrameType | None = sys._getframe()
    names = []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names


def test_looks_up_the_stack() -> None:
    """A program that looks at the stack above itself sees its caller, tracefunc, and nothing else of it."""

    def f() -> list[str]:
        return look()

    names = tracefunc(f).value
    own = look()
    assert isinstance(names, list)
    assert names[:3] == ["look", "f", "tracefunc"]
    assert names[3:] == own[1:]


def test_frames_keep_their_lines() -> None:
    """inspect.stack and sys._getframe give the lines of an untraced run."""

    def f() -> list[int]:
        first = inspect.stack()[0].lineno
        second = sys._getframe().f_lineno
        return [first, second]

    assert tracefunc(f).value == f()


def test_empty_stack_without_target() -> None:
    """Without target_func the stacks are empty."""

    def f(n: int) -> int:
        return f(n - 1) if n else 0

    assert [stack for stack, _ in tracefunc(f, 2)] == ["", "", ""]


def helper(x: int) -> int:
    return x


def outer() -> int:
    return sum([helper(1), helper(2)])


def test_target_func() -> None:
    """With target_func, its calls are shown with the stack from fn down to them, paths relative to fn's folder."""
    results = tracefunc(outer, target_func=helper)
    line = outer.__code__.co_firstlineno
    name = Path(__file__).name
    expected = f"outer ({name}:{line + 1})\nhelper ({name}:{helper.__code__.co_firstlineno})"
    assert [stack for stack, _ in results] == [expected, expected]
    assert [mapping for _, mapping in results] == [{"return x": (1, {"x": [("int", f"{n}")]})} for n in (1, 2)]
    assert results.value == 3


def test_target_func_that_is_fn() -> None:
    """A target that is fn itself has a stack of one line."""
    results = tracefunc(helper, 1, target_func=helper)
    assert [stack.count("\n") for stack, _ in results] == [0]


def test_target_func_without_calls() -> None:
    """A target that is never called gives an empty list, and the value."""
    results = tracefunc(helper, 1, target_func=outer)
    assert list(results) == []
    assert results.value == 1
    assert [function.qualname for function in results.trace.functions] == ["outer"]


def test_fn_that_is_not_written_in_python() -> None:
    """With a target, fn may be anything that can be called."""
    results = tracefunc(map, helper, [1, 2], target_func=helper)
    assert list(results.value) == [1, 2]
    results = tracefunc(sorted, [3, 1], key=helper, target_func=helper)
    assert results.value == [1, 3]
    assert len(results) == 2


def test_incl_unhit() -> None:
    """Statements without a hit are left out, unless incl_unhit."""

    def f(x: int) -> int:
        if x:
            return 1
        return 2

    assert list(tracefunc(f, 1)[0][1]) == ["if x:", "return 1"]
    every = tracefunc(f, 1, incl_unhit=True)[0][1]
    assert {snippet: number for snippet, (number, _) in every.items()} == {"if x:": 1, "return 1": 1, "return 2": 0}
    assert every["return 2"] == (0, {})


def test_equal_snippets() -> None:
    """Equal snippets are told apart by trailing spaces in source order, whether hit or not."""

    def f(x: int) -> int:
        if x > 10:
            x += 1
        x += 1
        x += 1
        return x

    assert {snippet: number for snippet, (number, _) in tracefunc(f, 1)[0][1].items()} == {
        "if x > 10:": 1,
        "x += 1 ": 1,
        "x += 1  ": 1,
        "return x": 1,
    }
    assert list(tracefunc(f, 1, incl_unhit=True)[0][1]) == ["if x > 10:", "x += 1", "x += 1 ", "x += 1  ", "return x"]


def test_names_are_in_alphabetical_order() -> None:
    """The names of a statement stand in alphabetical order."""

    def f(b: int, a: int, c: int) -> int:
        d = c + a + b
        return d

    assert list(tracefunc(f, 1, 2, 3)[0][1]["d = c + a + b"][1]) == ["a", "b", "c", "d"]


def test_ten_calls_in_order() -> None:
    """The list has the first ten calls in order of their start; all calls are counted."""

    def f(n: int) -> int:
        return f(n - 1) if n else 0

    results = tracefunc(f, 30)
    assert len(results) == 10
    values = [mapping["return f(n - 1) if n else 0"][1]["n"][0][1] for _, mapping in results]
    assert values == [str(30 - i) for i in range(10)]
    assert results.trace.functions[0].calls == 31
    assert hits(results) == {"return f(n - 1) if n else 0": 31}


def test_results_compare_equal() -> None:
    """Two runs of one function give equal lists."""

    def f() -> list[object]:
        things = [object(), lambda: None, type("A", (), {})()]
        return [each for each in things if each]

    assert tracefunc(f) == tracefunc(f)


def test_no_id_is_an_error_of_the_caller() -> None:
    """When tracing cannot begin, the caller gets the error and the function does not run."""
    ran: list[int] = []
    taken = [tool for tool in range(6) if sys.monitoring.get_tool(tool) is None]
    for tool in taken:
        sys.monitoring.use_tool_id(tool, f"holder {tool}")
    try:
        with pytest.raises(TraceError, match="tool ids"):
            tracefunc(lambda: ran.append(1))
    finally:
        for tool in taken:
            sys.monitoring.free_tool_id(tool)
    assert not ran
