"""Threads, tasks and processes: whose calls are whose, what a fork does, and the processes that a program starts."""

import asyncio
import contextlib
import inspect
import json
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tracefunc import Trace, Tracer, TraceWarning

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="os.fork does not exist here")
METHODS = multiprocessing.get_all_start_methods()

WORK = """
def work(n):
    doubled = n * 2
    return doubled
"""


def work(n: int) -> int:
    doubled = n * 2
    return doubled


async def wait(n: int) -> int:
    await asyncio.sleep(0)
    return work(n)


def in_child(act: Callable[[], Any]) -> Any:
    """Fork, act in the child, and return what it returns."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, json.dumps(act()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as file:
        answer = file.read()
    assert os.waitpid(child, 0)[1] == 0
    return json.loads(answer)


def run(folder: Path, program: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a program of its own folder, which has to end by itself; warnings are errors."""
    (folder / "program.py").write_text(textwrap.dedent(program))
    command = [sys.executable, *arguments, *([] if "-m" in arguments else ["program.py"])]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, **more)


def traced(
    folder: Path, body: str, *, head: str = "", after: str = "", options: str = "", targets: str = "work"
) -> dict[str, Any]:
    """Run a program that traces `work` in the processes that it starts; return what is to be known of its trace."""
    program = f"""
import json, multiprocessing, os, subprocess, sys, warnings
from concurrent.futures import ProcessPoolExecutor
from tracefunc import Tracer
{WORK}
{head}
if __name__ == "__main__":
    warnings.simplefilter("error")
    before = dict(os.environ)
    with Tracer({targets}, follow=True, {options}) as tracer:
        warnings.simplefilter("ignore")
{textwrap.indent(textwrap.dedent(body), "        ")}
{textwrap.indent(textwrap.dedent(after), "    ")}
    trace = tracer.trace()
    functions = {{function.id: function.name for function in trace.functions}}
    print(json.dumps(dict(
        pid=os.getpid(),
        functions={{function.name: function.calls for function in trace.functions}},
        calls=[[functions[call.function], call.process_id, call.outcome.kind] for call in trace.calls],
        arguments=[{{name: sample.text for name, sample in call.arguments.items()}} for call in trace.calls],
        hits=list(trace.hits),
        notes=list(trace.notes),
        restored=dict(os.environ) == before,
    )))
"""
    ended = run(folder, program)
    assert (ended.returncode, ended.stderr) == (0, "")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert found["restored"]
    return found


def processes(found: dict[str, Any]) -> set[int]:
    return {process for _, process, _ in found["calls"]}


def test_each_call_tells_its_thread() -> None:
    """Calls of several threads have the names and identities of their threads."""
    barrier = threading.Barrier(3)
    seen: dict[str, int] = {}

    def begin(n: int) -> None:
        barrier.wait(60)
        seen[threading.current_thread().name] = threading.get_ident()
        work(n)
        barrier.wait(60)

    with Tracer(work) as tracer:
        threads = [threading.Thread(target=begin, args=(n,), name=f"number {n}") for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {call.thread_name: call.thread_id for call in tracer.trace().calls} == seen
    assert len(seen) == 3


def test_each_call_tells_its_task() -> None:
    """Calls of several tasks of asyncio have the names of their tasks, below a coroutine too."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for n in range(3):
                group.create_task(wait(n), name=f"task {n}")

    with Tracer(work, wait) as tracer:
        asyncio.run(main())
    trace = tracer.trace()
    names = {function.id: function.name for function in trace.functions}
    assert sorted((names[call.function], call.task_name) for call in trace.calls) == sorted(
        (name, f"task {n}") for name in ("wait", "work") for n in range(3)
    )


def test_calls_in_an_executor_of_threads_are_recorded() -> None:
    """Threads of concurrent.futures are recorded, those that began before the session included."""
    with ThreadPoolExecutor(2, thread_name_prefix="pool") as executor:
        executor.submit(len, "").result()
        with Tracer(work, max_calls=None) as tracer:
            assert list(executor.map(work, range(20))) == [2 * n for n in range(20)]
    trace = tracer.trace()
    assert trace.hits == (20, 20)
    assert all(call.thread_name.startswith("pool") for call in trace.calls)


@forks
def test_a_forked_child_goes_on_with_a_copy_of_its_own() -> None:
    """A trace taken in a child has what was recorded before the fork, and its own calls with its own process id."""
    with Tracer(work) as tracer:
        work(1)

        def act() -> Any:
            work(2)
            return os.getpid(), [[call.process_id, call.arguments["n"].text] for call in tracer.trace().calls]

        child, calls = in_child(act)
        work(3)
    assert calls == [[os.getpid(), "1"], [child, "2"]]
    assert [(call.process_id, call.arguments["n"].text) for call in tracer.trace().calls] == [
        (os.getpid(), "1"),
        (os.getpid(), "3"),
    ]


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_leaves_the_calls_of_other_threads_behind() -> None:
    """In a child, a call that another thread was in the middle of is unfinished, and no caller of anything there."""
    inside, leave = threading.Event(), threading.Event()

    def hold(n: int) -> int:
        inside.set()
        leave.wait(60)
        n += 1
        return n

    with Tracer(hold, work) as tracer:
        thread = threading.Thread(target=hold, args=(1,))
        thread.start()
        assert inside.wait(60)

        def act() -> Any:
            threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            trace = tracer.stop()
            return [[call.outcome.kind, call.caller] for call in trace.calls], list(trace.hits)

        calls, hits = in_child(act)
        leave.set()
        thread.join()
    assert calls == [["unfinished", None]] + [["returned", None]] * 3
    assert hits == [1, 1, 0, 0, 3, 3]
    assert tracer.trace().hits == (1, 1, 1, 1, 0, 0)


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_can_use_tracers_whatever_other_threads_did_at_the_fork() -> None:
    """Sessions begin and end in children that were forked while another thread began and ended sessions."""
    done = threading.Event()

    def churn() -> None:
        while not done.is_set():
            with Tracer(wait, "tests.nowhere:*") as other, contextlib.suppress(Exception):
                other.trace()

    def act() -> Any:
        with Tracer(work, __name__ + ":wait") as inner:
            work(5)
        return list(inner.trace().hits)[:2]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceWarning)
        thread = threading.Thread(target=churn)
        thread.start()
        try:
            assert [in_child(act) for _ in range(10)] == [[1, 1]] * 10
        finally:
            done.set()
            thread.join()


@forks
def test_the_stream_is_written_by_the_parent_alone(tmp_path: Path) -> None:
    """A fork neither writes to the stream of its parent nor lets Python warn of our thread."""
    program = f"""
from __future__ import annotations
import json, os, warnings
from tracefunc import Trace, Tracer
warnings.simplefilter("always")  # in a process of its own: here, other libraries have threads
{WORK}
{inspect.getsource(in_child)}
with Tracer(work, stream="t.jsonl") as tracer:
    work(1)

    def act():
        work(2)
        return list(tracer.stop().hits)

    assert in_child(act) == [2, 2]
    work(3)
assert Trace.load("t.jsonl") == tracer.trace()
assert tracer.trace().hits == (2, 2)
"""
    ended = run(tmp_path, program)
    assert (ended.returncode, ended.stderr) == (0, "")


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_on_call_is_called_in_the_parent_alone() -> None:
    """Calls that end in a child are told to nobody there."""
    told: list[str] = []
    with Tracer(work, on_call=lambda _, call: told.append(call.arguments["n"].text)) as tracer:
        work(1)

        def act() -> Any:
            work(2)
            tracer.stop()
            return told

        in_child(act)
        work(3)
    assert told == ["1", "3"]


@pytest.mark.parametrize("method", METHODS)
def test_processes_of_multiprocessing_are_followed(tmp_path: Path, method: str) -> None:
    """Each start method gives calls with the ids of their processes, and exact counts, in one trace."""
    body = f"""
    context = multiprocessing.get_context({method!r})
    children = [context.Process(target=work, args=(n,)) for n in range(2)]
    for child in children: child.start()
    for child in children: child.join()
    assert [child.exitcode for child in children] == [0, 0]
    work(7)
    """
    found = traced(tmp_path, body)
    assert found["functions"] == {"work": 3}
    assert found["hits"] == [3, 3]
    assert [outcome for _, _, outcome in found["calls"]] == ["returned"] * 3
    assert len(processes(found)) == 3
    assert found["pid"] in processes(found)
    assert found["notes"] == []


@pytest.mark.parametrize("method", METHODS)
def test_workers_of_pools_are_followed(tmp_path: Path, method: str) -> None:
    """Executors end their workers, and pools kill them: all that they did is there."""
    body = f"""
    context = multiprocessing.get_context({method!r})
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert list(executor.map(work, range(3))) == [0, 2, 4]
    with context.Pool(1) as pool:
        assert pool.map(work, range(4)) == [0, 2, 4, 6]
    """
    found = traced(tmp_path, body)
    assert found["hits"] == [7, 7]
    assert len(processes(found)) == 2
    assert found["notes"] == []


@forks
def test_children_of_a_fork_are_followed_however_they_end(tmp_path: Path) -> None:
    """Forks that return from the program, leave by os._exit, or are terminated, and children of forks, are parts."""
    body = """
    work(0)
    children = []
    for n in range(1, 4):
        child = os.fork()
        if child == 0:
            work(n)
            if n == 1: sys.exit(3)
            if n == 2:
                grandchild = os.fork()
                work(10)
                if grandchild: os.waitpid(grandchild, 0)
                os._exit(4)
            import signal
            os.kill(os.getpid(), signal.SIGTERM)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ends == [3, 4, -15], ends
    """
    found = traced(tmp_path, body)
    assert found["hits"] == [6, 6]
    assert sorted(each["n"] for each in found["arguments"]) == ["0", "1", "10", "10", "2", "3"]
    assert len(processes(found)) == 5
    assert found["notes"] == []


def test_python_programs_that_it_starts_are_followed_and_stay_as_they_are(tmp_path: Path) -> None:
    """A child's output, exit code and path are as untraced; what it starts in turn is followed, too."""
    (tmp_path / "helper.py").write_text(f"{WORK}\n\ndef unused():\n    pass\n")
    (tmp_path / "child.py").write_text(
        "import sys, subprocess, helper\n"
        "print(helper.work(4), len(sys.path), 'sitecustomize' in sys.modules, file=sys.stderr)\n"
        "if len(sys.argv) == 1:\n"
        "    sys.exit(subprocess.run([sys.executable, 'child.py', 'last']).returncode + 1)\n"
        "sys.exit(5)\n"
    )
    command = [sys.executable, "child.py"]
    untraced = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert untraced.returncode == 6
    body = """
    ended = subprocess.run([sys.executable, "child.py"], capture_output=True, text=True)
    told = [ended.returncode, ended.stdout, ended.stderr]
    with open("told.json", "w") as file: json.dump(told, file)
    """
    found = traced(tmp_path, body, targets='"helper:work", "helper.unused", "nowhere:at_all"')
    told = json.loads((tmp_path / "told.json").read_text())
    assert told == [untraced.returncode, untraced.stdout, untraced.stderr]
    assert found["functions"] == {"work": 2, "unused": 0}
    assert len(processes(found)) == 2
    assert found["pid"] not in processes(found)
    assert len(found["notes"]) == 1
    assert "'nowhere:at_all'" in found["notes"][0]


def test_the_sitecustomize_of_the_user_runs_as_ever(tmp_path: Path) -> None:
    """Ours is not in the way of another, nor of what that imports, prints or sets."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import sys\nsys.mark = __name__, __file__\n")
    body = f"""
    code = "import sys, sitecustomize; print(*sys.mark, sitecustomize.__file__ == sys.mark[1])"
    environ = {{**os.environ, "PYTHONPATH": os.environ["PYTHONPATH"] + os.pathsep + {str(tmp_path / "site")!r}}}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ)
    assert ended.stdout.split() == ["sitecustomize", {str(tmp_path / "site" / "sitecustomize.py")!r}, "True"], ended
    """
    assert traced(tmp_path, body)["functions"] == {"work": 0}


def test_a_child_that_is_killed_leaves_what_it_had_written(tmp_path: Path) -> None:
    """What a child's stream holds is merged when the child is gone or goes on, and a note says so."""
    (tmp_path / "child.py").write_text(
        f"import time\n{WORK}\nwork(1)\nprint(flush=True)\nwhile True:\n    time.sleep(0.01)\n"
    )
    body = """
    import glob, time
    child = subprocess.Popen([sys.executable, "child.py"], stdout=subprocess.PIPE)
    child.stdout.readline()
    folder, deadline = tracer._session._follow.folder, time.monotonic() + 60
    while not any(b'"call"' in open(path, "rb").read() for path in glob.glob(folder + "/*.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.kill()
    child.wait()
    child.stdout.close()
    """
    found = traced(tmp_path, body, targets='"child.py:work"')
    assert [outcome for _, _, outcome in found["calls"]] == ["returned"]
    assert len(found["notes"]) == 1
    assert "was killed" in found["notes"][0]


@pytest.mark.parametrize("method", METHODS)
def test_a_child_that_goes_on_is_in_the_trace_with_all_that_it_did_until_the_end(tmp_path: Path, method: str) -> None:
    """Workers that outlive the session are asked for what they have, and can work on; a note says so."""
    body = f"""
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context({method!r}))
    assert list(executor.map(work, range(2))) == [0, 2]
    """
    after = """
    assert executor.submit(work, 3).result() == 6
    executor.shutdown()
    """
    found = traced(tmp_path, body, after=after)
    assert found["hits"] == [2, 2]
    assert len(found["notes"]) == 1
    assert "still ran" in found["notes"][0]


def test_what_cannot_be_told_to_another_process_is_noted(tmp_path: Path) -> None:
    """A function without a file is traced in forks alone; a repr= of this process hides values elsewhere."""
    head = """
import linecache
made, text = {}, "def lost(n):\\n    return n\\n"
linecache.cache["<made>"] = len(text), None, text.splitlines(True), "<made>"
exec(compile(text, "<made>", "exec"), made)
lost = made["lost"]
def secret(value): return "hidden"
"""
    body = """
    child = multiprocessing.get_context("spawn").Process(target=work, args=(2,))
    child.start()
    child.join()
    """
    found = traced(tmp_path, body, head=head, options="repr=secret", targets="work, lost")
    assert [each["n"] for each in found["arguments"]] == ["<int>"]
    assert any("repr= is a function" in note for note in found["notes"])
    assert any("lost has no file" in note for note in found["notes"])


def test_a_broken_start_of_ours_does_not_break_the_child(tmp_path: Path) -> None:
    """A child that cannot be traced runs as ever."""
    body = """
    with open(os.path.join(tracer._session._follow.folder, "session.json"), "w") as file: file.write("{")
    ended = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "1\\n", ""), ended
    """
    found = traced(tmp_path, body)
    assert found["functions"] == {"work": 0}
    assert len(found["notes"]) == 1
    assert "could not be traced" in found["notes"][0]


def test_a_folder_that_somebody_removes_costs_the_parts_alone(tmp_path: Path) -> None:
    """What is recorded here is whole, and children run as ever."""
    body = """
    work(1)
    import shutil
    shutil.rmtree(tracer._session._follow.folder)
    ended = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "1\\n", ""), ended
    """
    found = traced(tmp_path, body)
    assert (found["hits"], found["notes"]) == ([1, 1], [])


@forks
def test_on_result_is_called_in_the_parent_alone(tmp_path: Path) -> None:
    """A child that leaves the block of a session that follows has a part to write, and nothing to tell."""
    body = """
    child = os.fork()
    if child == 0: raise SystemExit
    os.waitpid(child, 0)
    """
    told = "on_result=lambda trace: open('told.txt', 'a').write('once ') and None"
    traced(tmp_path, body, options=told)
    assert (tmp_path / "told.txt").read_text() == "once "


@pytest.mark.parametrize("before", [None, "", "somewhere"])
def test_nothing_is_left_of_a_session_that_followed(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    """The folder of the parts is gone, and PYTHONPATH is what it was."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if before is not None:
        monkeypatch.setenv("PYTHONPATH", before)
    one, other = Tracer(work, follow=True), Tracer(work, follow=True)
    one.start()
    other.start()
    folders = [Path(each._session._follow.folder) for each in (one, other)]  # type: ignore[union-attr]
    assert all(folder.is_dir() for folder in folders)
    assert [path for path in os.environ["PYTHONPATH"].split(os.pathsep) if path != before] == [
        str(folder / "site") for folder in reversed(folders)
    ]
    one.stop()
    other.stop()
    assert os.environ.get("PYTHONPATH") == before
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize("by", ["flag", "variable"])
def test_the_command_line_follows(tmp_path: Path, by: str) -> None:
    """`--follow` and TRACEFUNC_FOLLOW give the children's calls in the report and in what is written."""
    program = f"""
import multiprocessing, sys
{WORK}
if __name__ == "__main__":
    work(1)
    child = multiprocessing.get_context("spawn").Process(target=work, args=(2,))
    child.start()
    child.join()
    sys.exit(child.exitcode + 3)
"""
    (tmp_path / "program.py").write_text(program)
    flags = ["--follow"] if by == "flag" else []
    environ = {**os.environ, **({"TRACEFUNC_FOLLOW": "1"} if by == "variable" else {})}
    command = [sys.executable, "-m", "tracefunc", "run", *flags, "-o", "t.jsonl", "program.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=environ, check=False)
    assert (ended.returncode, ended.stdout) == (3, "")
    trace = Trace.load(tmp_path / "t.jsonl")
    assert trace.hits == (2, 2)
    assert len({call.process_id for call in trace.calls}) == 2
    assert trace.notes == ()
