"""Threads, tasks and processes: whose calls are whose, what a fork does, and the processes that a program starts."""

import asyncio
import contextlib
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


def traced(folder: Path, body: str, *, head: str = "", options: str = "", targets: str = "work") -> dict[str, Any]:
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
    path = tmp_path / "t.jsonl"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Tracer(work, stream=path) as tracer:
            work(1)

            def act() -> Any:
                work(2)
                return list(tracer.stop().hits)

            assert in_child(act) == [2, 2]
            work(3)
    assert Trace.load(path) == tracer.trace()
    assert tracer.trace().hits == (2, 2)


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
