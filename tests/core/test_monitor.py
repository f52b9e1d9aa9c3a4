# ruff: noqa: F841, UP028 - functions are written to be traced
"""tracefunc takes one free tool id, sets events on its targets alone, leaves nothing and gets on with others."""

import contextlib
import cProfile
import gc
import os
import pdb  # noqa: T100
import pstats
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tracefunc as tracefunc_package
from tracefunc import NoToolIdError, TraceError, Tracer, TraceResults, TraceWarning, tracefunc
from tracefunc._behavior import EXCEPTION_EVENTS_ARE_LOCAL
from tracefunc._recorder import Recorder

monitoring = sys.monitoring
events = sys.monitoring.events


def hits(results: TraceResults) -> dict[str, int]:
    """Return the hits of all statements that have one, by snippet."""
    trace = results.trace
    return {each.snippet: trace.hits[each.id] for each in trace.statements if trace.hits[each.id]}


def counted(n: int) -> int:
    total = 0
    for i in range(n):
        if i % 2:
            total += untraced(i)
        else:
            total -= 1
    return total


def untraced(i: int) -> int:
    x = i + 1
    return x


EXPECTED = {
    "total = 0": 1,
    "for i in range(n):": 11,
    "if i % 2:": 10,
    "total += untraced(i)": 5,
    "total -= 1": 5,
    "return total": 1,
}


def own_tool() -> int | None:
    """Return the tool id that tracefunc holds now."""
    held = [tool for tool in range(6) if monitoring.get_tool(tool) == "tracefunc"]
    assert len(held) <= 1
    return held[0] if held else None


@contextlib.contextmanager
def taken(*tools: int, name: str = "holder") -> Iterator[None]:
    """Take tool ids for a while."""
    for tool in tools:
        monitoring.use_tool_id(tool, f"{name} {tool}")
    try:
        yield
    finally:
        for tool in tools:
            monitoring.set_events(tool, 0)
            for event in (events.LINE, events.PY_START, events.INSTRUCTION, events.PY_RETURN):
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)


def free_tools() -> list[int]:
    """Return the tool ids that nobody holds (coverage.py may have one)."""
    return [tool for tool in range(6) if monitoring.get_tool(tool) is None]


def assert_cleared(*functions: Callable[..., Any]) -> None:
    """Assert that tracefunc has left nothing: its id is free, and has neither events nor callbacks."""
    assert own_tool() is None
    for tool in free_tools():
        monitoring.use_tool_id(tool, "probe")
        try:
            assert monitoring.get_events(tool) == 0
            assert [monitoring.get_local_events(tool, function.__code__) for function in functions] == [0] * len(
                functions
            )
            for event in (events.INSTRUCTION, events.PY_START, events.PY_UNWIND, events.PY_RETURN, events.PY_THROW):
                assert monitoring.register_callback(tool, event, None) is None
        finally:
            monitoring.free_tool_id(tool)


def test_only_targets_have_events() -> None:
    """Only the code objects of the targets have local events; for all code there are exception events at most."""

    def target() -> Callable[[], int]:
        return lambda: untraced(1)

    with Tracer(target):
        tool = own_tool()
        assert tool is not None
        nested = [each for each in target.__code__.co_consts if isinstance(each, CodeType)]
        assert all(monitoring.get_local_events(tool, code) for code in [target.__code__, *nested])
        for function in (untraced, counted, assert_cleared, os.path.join, Tracer.__enter__):
            assert monitoring.get_local_events(tool, function.__code__) == 0
        everywhere = 0 if EXCEPTION_EVENTS_ARE_LOCAL else events.PY_UNWIND | events.PY_THROW
        assert monitoring.get_events(tool) == everywhere
    assert_cleared(target, untraced)


def test_untraced_code_gives_no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """What untraced code does is not reported, not even to be thrown away."""
    codes: set[str] = set()
    for name in ("enter", "cross", "leave"):
        original = getattr(Recorder, name)

        def noted(self: Recorder, lane: Any, watch: Any, frame: FrameType, *args: Any, original: Any = original) -> Any:
            codes.add(frame.f_code.co_name)
            return original(self, lane, watch, frame, *args)

        monkeypatch.setattr(Recorder, name, noted)
    tracefunc(counted, 10)
    assert codes == {"counted"}


def test_a_free_id_is_searched() -> None:
    """Whichever ids others hold, a free one is taken, and theirs stay theirs."""
    free = free_tools()
    for left in free:
        with taken(*[tool for tool in free if tool != left]):
            before = [monitoring.get_tool(tool) for tool in range(6)]
            with Tracer(counted):
                assert own_tool() == left
                counted(10)
            assert [monitoring.get_tool(tool) for tool in range(6)] == before
            assert hits(tracefunc(counted, 10)) == EXPECTED
            assert [monitoring.get_tool(tool) for tool in range(6)] == before


def test_id_of_debuggers_is_the_last_choice() -> None:
    """The ids that debuggers, coverage and profilers use by convention are left to them while others are free."""
    with Tracer(counted):
        assert own_tool() not in (monitoring.DEBUGGER_ID, monitoring.COVERAGE_ID, monitoring.PROFILER_ID)


def test_no_free_id() -> None:
    """When all six ids are taken, the error names all their holders."""
    with taken(*free_tools(), name="other tool"):
        with pytest.raises(NoToolIdError) as caught:
            tracefunc(counted, 1)
        for tool in range(6):
            assert f"{tool}: {monitoring.get_tool(tool)}" in str(caught.value)
        with pytest.raises(NoToolIdError):
            Tracer(counted).__enter__()
        assert isinstance(caught.value, TraceError)
    assert hits(tracefunc(counted, 10)) == EXPECTED


def test_two_sessions_share_one_id() -> None:
    """Sessions in one process need one id together."""
    with Tracer(counted):
        first = own_tool()
        with Tracer(untraced):
            assert own_tool() == first
        assert own_tool() == first
    assert_cleared(counted, untraced)


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_cleared_after_an_exception(error: type[BaseException]) -> None:
    """Whatever leaves the `with` block or the function, everything is cleared."""

    def fails() -> None:
        raise error

    with contextlib.suppress(error), Tracer(counted):
        raise error
    assert_cleared(counted)
    with contextlib.suppress(error):
        tracefunc(fails)
    assert_cleared(fails)


def test_cleared_after_failing_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a session cannot start half-way, everything is cleared."""
    from tracefunc import _tool

    def fails() -> int:
        calls.append(1)
        if len(calls) == 2:
            raise LookupError("no")
        return original()

    calls: list[int] = []
    original = _tool._local_events
    monkeypatch.setattr(_tool, "_local_events", fails)
    with pytest.raises(LookupError):
        Tracer(counted, untraced).__enter__()
    monkeypatch.undo()
    assert_cleared(counted, untraced)
    assert hits(tracefunc(counted, 10)) == EXPECTED


def test_cleared_with_a_dropped_tracer() -> None:
    """A tracer that was started and is forgotten clears everything when it goes."""
    tracer = Tracer(counted)
    tracer.__enter__()
    del tracer
    gc.collect()
    assert_cleared(counted)


@pytest.mark.parametrize("name", ["enter", "cross", "leave", "suspend", "resume"])
@pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, RecursionError, KeyError])
def test_error_of_our_own(monkeypatch: pytest.MonkeyPatch, name: str, error: type[Exception]) -> None:
    """An error inside of our own callback never reaches the program, and gives one warning at the end."""

    def numbers(n: int) -> Iterator[int]:
        for i in range(n):
            yield i

    space: dict[str, Any] = {"__package__": "tracefunc", "__name__": "tracefunc._recorder", "error": error}
    exec("def fails(self, *args):\n    raise error('broken')", space)
    monkeypatch.setattr(Recorder, name, space["fails"])
    tracer = Tracer(numbers)
    with pytest.warns(TraceWarning, match=rf"tracefunc failed .* {error.__name__}\('broken'\)") as caught, tracer:
        assert list(numbers(3)) == [0, 1, 2]
    assert len(caught) == 1
    assert caught[0].filename == __file__
    monkeypatch.undo()
    assert_cleared(numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hits(tracefunc(numbers, 3)) == {"for i in range(n):": 4, "yield i": 3}


def test_error_in_broken_data() -> None:
    """An error that comes from the recorder's own data does not reach the program either."""
    tracer = Tracer(counted)
    with pytest.warns(TraceWarning, match="tracefunc failed"), tracer:  # noqa: PT031
        tracer._recorder.calls = None  # type: ignore[assignment]
        assert counted(10) == 25
        tracer._recorder.calls = {}
    assert_cleared(counted)


def test_failing_session_does_not_hurt_another() -> None:
    """When one session fails to record, another goes on exactly."""
    good, bad = Tracer(counted), Tracer(counted)
    with good, pytest.warns(TraceWarning), bad:  # noqa: PT031
        bad._recorder.calls = None  # type: ignore[assignment]
        counted(10)
        bad._recorder.calls = {}
    assert hits(good.results()) == EXPECTED


def script(text: str, folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in another process."""
    path = folder / "script.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    search = os.pathsep.join([str(Path(tracefunc_package.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COVERAGE", "COV_"))}
    environment |= {"PYTHONPATH": search, **variables}
    command = [sys.executable, *options, str(path)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)


PROGRAM = """
    import sys
    from tracefunc import Tracer, tracefunc

    def helper(i):
        if i > 100:
            return -1
        return i

    def f(n):
        total = 0
        for i in range(n):
            if i % 2:
                total += helper(i)
            elif i > 100:
                total = None
            else:
                total -= 1
        return total

    def hits():
        return [number for number, _ in tracefunc(f, 10)[0][1].values()]

    first = hits()
    f(3)
    second = hits()
    with Tracer(helper) as t:
        f(10)
    assert first == second == [1, 11, 10, 5, 5, 5, 1], (first, second)
    assert t.trace().hits == (5, 0, 5), t.trace().hits
    print("right")
"""


@pytest.mark.parametrize("core", ["sysmon", "ctrace", "pytrace"])
@pytest.mark.parametrize("branch", ["", "--branch"])
def test_coverage(tmp_path: Path, core: str, branch: str) -> None:
    """With coverage.py in the process, on whatever core, both sides are right."""
    pytest.importorskip("coverage")
    if core == "sysmon" and branch and sys.version_info < (3, 14):
        pytest.skip("coverage.py measures branches by sys.monitoring from 3.14 on")
    options = ["-m", "coverage", "run", "--include=*/script.py", *([branch] if branch else [])]
    done = script(PROGRAM, tmp_path, *options, COVERAGE_CORE=core)
    assert done.stdout == "right\n", done.stderr
    command = [sys.executable, "-m", "coverage", "report", "-m"]
    report = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False).stdout
    lines = textwrap.dedent(PROGRAM).splitlines()
    missing = {str(lines.index(text) + 1) for text in ("        return -1", "            total = None")}
    [row] = [line for line in report.splitlines() if line.startswith("script.py")]
    found = {part for part in row.partition("%")[2].replace(" ", "").split(",") if "->" not in part}
    assert found == missing, report


def test_line_tracer() -> None:
    """With a sys.settrace line tracer, it sees the lines that it sees without tracefunc, and counts are exact."""

    def lines_of(run: Callable[[], object]) -> list[int]:
        lines: list[int] = []

        def tracer(frame: FrameType, event: str, argument: object) -> Any:
            if frame.f_code is not counted.__code__:
                return None
            if event == "line":
                lines.append(frame.f_lineno)
            return tracer

        before = sys.gettrace()
        sys.settrace(tracer)
        try:
            run()
        finally:
            sys.settrace(before)
        return lines

    expected = lines_of(lambda: counted(10))
    results: list[TraceResults] = []
    assert lines_of(lambda: results.append(tracefunc(counted, 10))) == expected
    assert hits(results[0]) == EXPECTED
    with Tracer(counted) as tracer:
        assert lines_of(lambda: counted(10)) == expected
    assert hits(tracer.results()) == EXPECTED


def test_debugger() -> None:
    """pdb steps through a traced function, stops at breakpoints and shows values as ever."""

    def debug(run: Callable[[], object]) -> str:
        output = StringIO()
        line = counted.__code__.co_firstlineno
        commands = f"break {__file__}:{line + 4}\ncontinue\np i\ncontinue\np i, total\nclear 1\n"
        commands += "next\nnext\nstep\nstep\ncontinue\n"
        debugger = pdb.Pdb(stdin=StringIO(commands), stdout=output, nosigint=True, readrc=False)
        debugger.use_rawinput = False
        before = sys.gettrace()
        try:
            debugger.runcall(run)
        finally:
            sys.settrace(before)
            for each in list(pdb.bdb.Breakpoint.bpbynumber):
                if each is not None:
                    each.deleteMe()
            pdb.bdb.Breakpoint.clearBreakpoints()
        text = output.getvalue()
        return text[text.index("Breakpoint 1") :]

    results: list[TraceResults] = []
    with Tracer(counted) as tracer:
        traced = debug(lambda: results.append(counted(10)))  # type: ignore[arg-type]
    assert traced == debug(lambda: results.append(counted(10)))  # type: ignore[arg-type]
    assert "(Pdb) 1" in traced
    assert hits(tracer.results()) == EXPECTED


def test_profiler() -> None:
    """cProfile counts the calls of a traced program, and counts are exact."""
    profile = cProfile.Profile()
    with Tracer(counted) as tracer:
        profile.runcall(counted, 10)
    assert hits(tracer.results()) == EXPECTED
    profiled = {key[2]: row[0] for key, row in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
    assert profiled["counted"] == 1
    assert profiled["untraced"] == 5
    results = profile.runcall(tracefunc, counted, 10)
    assert hits(results) == EXPECTED


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 20))
def test_hypothesis(n: int) -> None:
    """In the body of a Hypothesis test, counts are exact."""
    results = tracefunc(counted, n)
    assert results.value == counted(n)
    assert hits(results)["for i in range(n):"] == n + 1


@pytest.mark.parametrize("late", [False, True])
def test_tool_that_disables_lines(late: bool) -> None:
    """With a tool whose LINE callback returns DISABLE, as coverage.py's does, both sides are right."""
    seen: list[int] = []

    def on_line(code: CodeType, line: int) -> object:
        if code is fresh.__code__:
            seen.append(line - code.co_firstlineno)
        return monitoring.DISABLE

    def fresh(n: int) -> int:
        total = 0
        for i in range(n):
            if i % 2:
                total += 1
            else:
                total -= 1
        return total

    def start() -> None:
        monitoring.register_callback(tool, events.LINE, on_line)
        monitoring.set_events(tool, events.LINE)

    tool = free_tools()[0]
    with taken(tool):
        if not late:
            start()
        with Tracer(fresh) as tracer:
            if late:
                start()
            fresh(10)
            fresh(10)
        monitoring.restart_events()
        fresh(10)
        with Tracer(fresh) as again:
            fresh(10)
    expected = {"total = 0": 1, "for i in range(n):": 11, "if i % 2:": 10, "total += 1": 5, "total -= 1": 5}
    expected["return total"] = 1
    assert hits(again.results()) == expected
    assert hits(tracer.results()) == {snippet: 2 * number for snippet, number in expected.items()}
    assert sorted(set(seen)) == [1, 2, 3, 4, 6, 7]


@pytest.mark.parametrize("is_local", [False, True])
@pytest.mark.parametrize("kind", ["PY_START", "PY_RETURN", "LINE", "INSTRUCTION"])
def test_tool_that_begins_later(kind: str, is_local: bool) -> None:
    """Another tool that begins between two calls takes no event away, though the interpreter would do so."""
    fresh = FunctionType(counted.__code__.replace(), globals())
    event = getattr(events, kind)
    tool = free_tools()[0]
    with Tracer(fresh) as tracer:
        fresh(10)
        with taken(tool):
            monitoring.register_callback(tool, event, lambda *_: None)
            if is_local:
                monitoring.set_local_events(tool, fresh.__code__, event)
            else:
                monitoring.set_events(tool, event)
            fresh(10)
            monitoring.set_local_events(tool, fresh.__code__, 0)
        fresh(10)
    assert hits(tracer.results()) == {snippet: 3 * number for snippet, number in EXPECTED.items()}


def test_calls_that_wake_a_loop_in_another_thread() -> None:
    """Calls with detail let the boundaries of their function have events again; a thread in its midst loses none."""

    def loop(n: int) -> int:
        total = 0
        for i in range(n):
            total += i
        return total

    passes, calls = 100_000, 300
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with Tracer(loop, max_calls=None) as tracer:
            thread = threading.Thread(target=loop, args=(passes,))
            thread.start()
            for _ in range(calls):
                loop(20)
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert hits(tracer.results()) == {
        "total = 0": calls + 1,
        "for i in range(n):": passes + 1 + 21 * calls,
        "total += i": passes + 20 * calls,
        "return total": calls + 1,
    }


def test_samples_of_calls_in_other_threads() -> None:
    """A boundary that calls in other threads need stays awake, one that none needs sleeps: all have their samples."""

    def loop(number: int) -> int:
        total = 0
        for i in range(2000):
            total += i
            if i == 1000 + number:
                late = total
            if i % 500 == 0:
                time.sleep(0)
        return total

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with Tracer(loop, max_samples=3) as tracer:
            threads = [threading.Thread(target=loop, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    trace = tracer.trace()
    by_snippet = {statement.snippet: statement.id for statement in trace.statements}
    for call in trace.calls:
        number = int(call.arguments["number"].text)
        late = sum(range(1001 + number))
        assert [sample.text for sample in call.samples[by_snippet["late = total"]]["late"]] == [str(late)]
        assert [sample.text for sample in call.samples[by_snippet["total += i"]]["total"]] == ["0", "1", "3"]
    assert trace.hits[by_snippet["total += i"]] == 6 * 2000
    assert trace.hits[by_snippet["late = total"]] == 6


def test_calls_that_go_on_wake_what_they_can_come_to() -> None:
    """A call that goes on in the midst of its last statement wakes no boundary; one that can come to others does."""

    def ending(n: int) -> int:
        if n < 2:
            return n
        return ending(n - 1) + ending(n - 2)

    def looping(n: int) -> int:
        total = 1
        for i in range(n):
            total += looping(i)
        return total

    def handled(n: int) -> int:
        try:
            return handled(n - 1) if n else n // n
        except ZeroDivisionError:
            last = n
            if last < 3:
                raise
            return last

    for function, wakes in ((ending, False), (looping, True), (handled, True)):
        with Tracer(function, max_calls=4) as tracer:
            for _ in range(3):
                function(8)
            assert tracer._session is not None
            (watch,) = tracer._session.prepared.watches
        assert (watch.woken > 0) == wakes, function.__name__
        trace = tracer.trace()
        for call in trace.calls:
            for statement in trace.statements:
                taken = call.samples.get(statement.id, {})
                least = {name: min(call.hits[statement.id], 10) for name in taken}
                assert {name: len(samples) for name, samples in taken.items()} == least, statement.snippet


def test_other_tools_events_stay() -> None:
    """Local and global events of another tool on the same code are as before, and it gets all its events."""
    seen: list[str] = []

    def on_start(code: CodeType, offset: int) -> None:
        if code is counted.__code__:
            seen.append("start")

    def on_instruction(code: CodeType, offset: int) -> None:
        seen.append("instruction")

    tool = free_tools()[0]
    with taken(tool):
        monitoring.register_callback(tool, events.PY_START, on_start)
        monitoring.register_callback(tool, events.INSTRUCTION, on_instruction)
        monitoring.set_events(tool, events.PY_START)
        monitoring.set_local_events(tool, counted.__code__, events.INSTRUCTION)
        counted(10)
        alone = seen[:]
        seen.clear()
        results = tracefunc(counted, 10)
        assert seen == alone
        assert hits(results) == EXPECTED
        assert monitoring.get_events(tool) == events.PY_START
        assert monitoring.get_local_events(tool, counted.__code__) == events.INSTRUCTION
        monitoring.set_local_events(tool, counted.__code__, 0)


def test_fork(tmp_path: Path) -> None:
    """A traced function may fork; both processes go on as they would."""
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    done = script(
        """
        import os, sys
        from tracefunc import tracefunc

        def f():
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                print("child", flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            print("parent", flush=True)
            return 1

        print(tracefunc(f).value, tracefunc(f).value)
        """,
        tmp_path,
    )
    assert done.stdout == "child\nparent\n" * 2 + "1 1\n", done.stderr


def test_exit_inside_a_session(tmp_path: Path) -> None:
    """A process that ends inside of a session, with threads that still run, ends quietly."""
    done = script(
        """
        import sys, threading, time
        from tracefunc import Tracer

        def loop():
            while True:
                time.sleep(0.001)

        Tracer(loop).__enter__()
        threading.Thread(target=loop, daemon=True).start()
        time.sleep(0.02)
        sys.exit(3)
        """,
        tmp_path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


LIVE = """
    import faulthandler, random, sys, threading
    from tracefunc import Tracer, tracefunc

    faulthandler.dump_traceback_later(100, exit=True)
    sys.setswitchinterval(1e-5)

    def f(n, inner=None):
        total = 0
        for i in range(n):
            try:
                total += sum(k for k in range(3)) if i % 3 else len([k for k in range(2)])
            finally:
                total -= 1
            if inner is not None and i % 3 == 1:
                inner()
        return total

    def g(n):
        for i in range(n):
            got = yield i
        return n

    def inside():
        stack = []
        def inner():
            if stack and random.random() < 0.5:
                stack.pop().__exit__(None, None, None)
            else:
                stack.append(Tracer(f, g))
                stack[-1].__enter__()
        want = f(12)
        for _ in range(60):
            assert f(12, inner) == want
        while stack:
            stack.pop(0).__exit__(None, None, None)

    def nested():
        def inner(k=3):
            if k:
                tracefunc(f, 5, lambda: inner(k - 1))
        for _ in range(20):
            tracefunc(f, 4, inner)

    def suspended():
        for _ in range(60):
            waiting = [g(5) for _ in range(4)]
            for w in waiting[:3]: next(w)
            with Tracer(g):
                for w in waiting: next(w)
            next(waiting[0])
            with Tracer(g):
                assert list(waiting[0]) == [3, 4]
            waiting[1].close()
            assert list(waiting[2]) == [2, 3, 4]

    def threads():
        stop = []
        def loop():
            while not stop:
                assert f(12) == want
        want = f(12)
        running = [threading.Thread(target=loop) for _ in range(3)]
        for each in running: each.start()
        try:
            for _ in range(150):
                with Tracer(f, max_calls=1):
                    f(2)
        finally:
            stop.append(1)
        for each in running: each.join()

    for run in (inside, nested, suspended, threads):
        run()
    print("alive")
"""


def test_events_on_running_code(tmp_path: Path) -> None:
    """Sessions may begin and end while their targets run: in this thread, in others, or suspended."""
    done = script(LIVE, tmp_path)
    assert done.stdout == "alive\n", done.stderr


def test_the_look_out_for_targets_is_no_company() -> None:
    """A target given by a name costs no more events than one that is given itself."""

    def events_of(target: str | Callable[[], int]) -> int:
        with Tracer(target):
            tool = own_tool()
            assert tool is not None
            return monitoring.get_local_events(tool, looked_for.__code__)

    assert events_of(f"{__name__}:looked_for") == events_of(looked_for)


def looked_for() -> int:
    return 1


def test_no_events_left_in_threads() -> None:
    """A thread that runs on after the session is not traced any more."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            x = 1

    thread = threading.Thread(target=loop)
    with Tracer(loop):
        thread.start()
    try:
        assert_cleared(loop)
    finally:
        stop.set()
        thread.join()
