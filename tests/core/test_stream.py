"""Traces that are written while they are recorded, and what is left of them when the program is killed."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.core.test_document import validator
from tracefunc import Call, Trace, TraceFileError, Tracer, TraceWarning
from tracefunc.document import Footer, Totals, loads, scan

SECOND = 1_000_000_000


def half(n: int) -> int:
    if n % 2:
        raise ValueError("odd")
    return n // 2


def halves(top: int) -> Any:
    for n in range(0, top, 2):
        yield half(n)


def maker() -> Any:
    def made(n: int) -> int:
        return n + 1

    return made


def until(condition: Callable[[], object]) -> None:
    """Wait till something is so, for a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def calls_in(path: Path) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return len(Trace.load(path).calls) if path.stat().st_size else 0


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_the_file_of_a_session_that_ends_holds_its_trace(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    with Tracer(half, halves, maker, max_calls=None, stream=path) as tracer:
        list(halves(10))
        made = maker()
        until(lambda: calls_in(path) >= 6)
        list(halves(6))
        half(4)
        made(1)  # a function of its own, which only now is one of the trace
        with pytest.raises(ValueError, match="odd"):
            half(1)
        left = halves(4)
        next(left)
    assert Trace.load(path) == tracer.trace()
    assert Trace.load(path).notes == ()


def test_branches_of_calls_that_were_written_for_good_stay_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Tracer(half, max_calls=None, stream=path) as tracer:
        for count in (1, 2):
            half(2 * count)
            until(lambda count=count: len(tracer._session._stream._finished) == count)
    assert Trace.load(path) == tracer.trace()


def leave_open(left: list[Iterator[int]]) -> None:
    def count(flag: bool) -> Iterator[int]:
        yield 1
        if flag:
            yield 2

    counting = count(True)
    next(counting)
    left.append(counting)


def test_branches_that_waiting_generators_have_not_come_to_are_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    left: list[Iterator[int]] = []
    with Tracer(leave_open, max_calls=None, stream=path) as tracer:
        for count in (1, 2):
            leave_open(left)
            until(lambda count=count: len(tracer._session._stream._finished) == count)
    assert Trace.load(path) == tracer.trace()
    assert [(each.true, each.false) for each in tracer.trace().branches] == [(0, 0)]


def test_every_line_is_valid_and_a_call_that_has_ended_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Tracer(half, max_calls=None, stream=path) as tracer:
        for number in range(0, 100, 2):
            half(number)
        until(lambda: calls_in(path) == 50)
        half(2)
    import json

    for line in path.read_bytes().splitlines():
        validator("line").validate(json.loads(line))
    records = list(scan(path))
    assert [each.id for each in records if isinstance(each, Call)] == [call.id for call in tracer.trace().calls]
    assert isinstance(records[-1], Footer)
    assert records[-1].lines == len(records) - 1


def test_the_counts_of_a_running_session_are_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Tracer(half, halves, max_calls=2, stream=path):
        running = halves(100)
        for _ in range(20):
            next(running)
        until(lambda: any(isinstance(each, Totals) and each.without_detail == 18 for each in scan(path)))
        trace = Trace.load(path)
        assert [function.calls for function in trace.functions] == [20, 1]
        assert max(trace.hits) == 20
        assert [edge.calls for edge in trace.edges if edge.caller is not None] == [20]
        (call,) = [each for each in trace.calls if trace.functions[each.function].qualname == "halves"]
        assert (call.outcome.kind, max(call.hits.values())) == ("unfinished", 20)
        assert "the end is missing" in trace.notes[-1]


PROGRAM = """
import os, signal, sys, time
from tracefunc import Tracer

def step(n):
    doubled = n * 2
    return doubled

def work():
    number = 0
    while True:
        step(number)
        number += 1
        time.sleep(0.001)
        if number == 200:
            print("ready", time.time_ns(), flush=True)
        if {how!r} == "exit" and number > 1000:
            print("gone", time.time_ns(), flush=True)
            os._exit(7)

with Tracer(step, work, max_calls=None, stream=sys.argv[1]):
    work()
"""


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
@pytest.mark.parametrize(
    "how",
    [pytest.param("kill", marks=pytest.mark.skipif(os.name == "nt", reason="SIGKILL")), "exit"],
)
def test_of_a_program_that_is_killed_at_most_the_last_second_is_lost(tmp_path: Path, how: str, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    (tmp_path / "program.py").write_text(PROGRAM.format(how=how))
    for _ in range(5):  # a machine that is too busy to run the program for a while proves nothing
        gone = killed(tmp_path / "program.py", path, how)
        trace = Trace.load(path)
        steps = [call for call in trace.calls if trace.functions[call.function].qualname == "step"]
        assert len(steps) > 100
        assert abs(trace.functions[0].calls - len(steps)) <= 5  # the program went on while its counts were read
        assert steps[-1].arguments["n"].text == str(len(steps) - 1)
        assert "the file was cut" in trace.notes[-1] or "the program was killed" in trace.notes[-1]
        if gone - trace.end < SECOND:
            break
    else:
        pytest.fail("more than a second was lost")


def killed(program: Path, path: Path, how: str) -> int:
    """Run a program, kill it unless it does so itself, and return when that was."""
    command = [sys.executable, str(program), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        begun = int(process.stdout.readline().split()[1])
        if how == "kill":
            until(lambda: time.time_ns() > begun + 1.3 * SECOND)
            gone = time.time_ns()
            process.kill()
        else:
            gone = int(process.stdout.readline().split()[1])
    assert process.returncode == (7 if how == "exit" else -signal.SIGKILL)
    return gone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.parametrize("how", ["sys.exit(0)", "os._exit(0)", "half(0)"])
def test_a_fork_writes_nothing_twice(tmp_path: Path, how: str) -> None:
    program = f"""
        import os, sys, warnings
        from tests.core.test_stream import half, Trace, Tracer
        warnings.simplefilter("ignore")
        with Tracer(half, max_calls=None, stream=sys.argv[1]) as tracer:
            half(2)
            if child := os.fork():
                assert os.waitpid(child, 0)[1] == 0
                half(4)
            else:
                half(6)
                {how}
        if child:
            loaded = Trace.load(sys.argv[1])
            assert loaded == tracer.trace()
            assert [call.arguments["n"].text for call in loaded.calls] == ["2", "4"], loaded.calls
    """
    (tmp_path / "program.py").write_text(textwrap.dedent(program))
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "t.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_session_that_is_never_stopped_has_a_whole_file_when_the_program_ends(tmp_path: Path) -> None:
    program = """
        import sys
        from tracefunc import Tracer
        def f(n): return n
        tracer = Tracer(f, stream=sys.argv[1]).start()
        f(1)
    """
    (tmp_path / "program.py").write_text(textwrap.dedent(program))
    command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "t.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    trace = Trace.load(tmp_path / "t.jsonl")
    assert (len(trace.calls), trace.notes) == (1, ())


def test_each_session_begins_the_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    tracer = Tracer(half, stream=str(path))
    for number in (2, 4):
        with tracer:
            half(number)
    assert Trace.load(path) == tracer.trace()
    assert [call.arguments["n"].text for call in Trace.load(path).calls] == ["4"]


def test_sessions_at_the_same_time_have_files_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "t.tar.jsonl"
    with Tracer(half, stream=path) as one, Tracer(half, stream=path) as two:
        half(2)
    assert Trace.load(path) == one.trace()
    assert Trace.load(tmp_path / "t-2.tar.jsonl") == two.trace()


@pytest.mark.parametrize("kind", [io.BytesIO, io.StringIO])
def test_a_file_open_for_writing_is_written_to_and_stays_open(kind: Any) -> None:
    file = kind()
    with Tracer(half, stream=file) as tracer:
        half(2)
    data = file.getvalue()
    assert loads(data if isinstance(data, bytes) else data.encode()) == tracer.trace()


@pytest.mark.parametrize("name", ["t.json", "t.json.gz", "t.txt"])
def test_a_stream_is_json_lines(tmp_path: Path, name: str) -> None:
    with pytest.raises(TraceFileError, match=r"\.jsonl"):
        Tracer(half, stream=tmp_path / name)


def test_where_the_file_cannot_be_written_nothing_is_traced(tmp_path: Path) -> None:
    tracer = Tracer(half, stream=tmp_path / "absent" / "t.jsonl")
    with pytest.raises(FileNotFoundError), tracer:
        pytest.fail("the block ran")
    assert "tracefunc" not in map(sys.monitoring.get_tool, range(6))


class Full(io.BytesIO):
    """A file whose disk is full after some bytes."""

    def write(self, data: Any, /) -> int:
        if self.tell() > 0:
            raise OSError(28, "No space left on device")
        return super().write(data)


def test_a_full_disk_ends_the_stream_and_not_the_program() -> None:
    file = Full()
    with pytest.warns(TraceWarning, match="ended early.*No space left.*the trace in memory is whole"):
        with Tracer(half, stream=file) as tracer:
            half(2)
    assert len(tracer.trace().calls) == 1
    assert loads(file.getvalue()).calls == ()


def test_the_thread_that_writes_is_not_seen_and_is_gone_at_the_end(tmp_path: Path) -> None:
    before = threading.enumerate()
    native = len(sys._current_frames())
    with Tracer(half, stream=tmp_path / "t.jsonl"):
        half(2)
        assert threading.enumerate() == before
    until(lambda: len(sys._current_frames()) == native)


def test_calls_that_make_room_for_others_are_dropped_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Tracer(half, max_calls=2, keep="last", stream=path) as tracer:
        half(0)
        half(2)
        until(lambda: calls_in(path) == 2)
        half(4)
        half(6)
    assert Trace.load(path) == tracer.trace()


def test_a_file_of_a_session_can_be_saved_as_any_other(tmp_path: Path) -> None:
    with Tracer(half, max_calls=None, stream=tmp_path / "t.jsonl") as tracer:
        half(2)
    Trace.load(tmp_path / "t.jsonl").save(tmp_path / "saved.jsonl")
    tracer.trace().save(tmp_path / "direct.jsonl")
    assert (tmp_path / "saved.jsonl").read_bytes() == (tmp_path / "direct.jsonl").read_bytes()
    assert replace(tracer.trace(), notes=("x",)) != Trace.load(tmp_path / "saved.jsonl")
