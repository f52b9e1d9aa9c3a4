"""Compare tracers on one small hot loop: `hatch run bench` prints the table that stands in README.md.

Each tool runs in a process of its own. It traces `subject.hot`, a loop of a few statements, with as many passes as
take it a good while, and the best of several runs is set against the best untraced runs of the same loop in the same
process. So the figures are ratios per pass: 10 means that the loop takes ten times as long. Each is the median of
three processes.

The other columns are tried, too. `;`: does the tool tell the statements of one line apart? Counts: does it say how
often `total += i` ran? Values: does it show what `total` was? Other code: how much slower is a function that nobody
asked to trace, called by one that is traced?
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SUBJECT = str(ROOT / "benchmarks" / "subject.py")
OLDER = ("tracefunc==0.0.7", "fastcore")
LONG_ENOUGH = 0.15  # seconds
RUNS = 5
PROCESSES = 3

sys.path.insert(0, str(ROOT))

from benchmarks.subject import calls_other, hot, semicolons  # noqa: E402

type Run = Callable[..., Any]


class Seen(NamedTuple):
    """What a tool's report says: how many entries it has for a line, how often `total += i` ran, what `total` was."""

    entries: int
    hits: str
    values: bool


# Makes a tool ready that prints to a stream: a function that runs another one under it, and one that reads its report.
type Adapter = Callable[[Any], tuple[Run, Callable[[], Seen]]]

SEMICOLONS = semicolons.__code__.co_firstlineno + 1  # the line of its statements
ADDITION = hot.__code__.co_firstlineno + 4  # that of `total += i`
PASSES = 300  # of which 200 add
LATE_VALUE = "29601"  # of `total` in the last pass but one


def printed(out: Any) -> Seen:
    """Read the report of a tool that prints a line for each thing that happens."""
    lines = [line for line in out.getvalue().split("\n") if not re.search(r"\breturn  ", line)]
    hits = sum("total += i" in line for line in lines)
    entries = sum("a = 41; b" in line for line in lines)
    counts = "a line of output each" if hits == 200 else f"no ({hits})"
    return Seen(entries, counts, values=LATE_VALUE in out.getvalue())


def tracefunc(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from tracefunc import tracefunc as trace

    mappings: dict[str, dict[str, Any]] = {}

    def run(function: Any, *args: Any) -> None:
        mappings[function.__name__] = trace(function, *args)[0][1]

    def seen() -> Seen:
        found = mappings["hot"]["total += i"]
        return Seen(len(mappings["semicolons"]), "yes" if found[0] == 200 else "no", ("int", "2") in found[1]["total"])

    return run, seen


def line_profiler(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from line_profiler import LineProfiler

    profiler = LineProfiler()
    wrapped: dict[Any, Any] = {}

    def run(function: Any, *args: Any) -> None:
        if function not in wrapped:
            wrapped[function] = profiler(function)
        wrapped[function](*args)

    def seen() -> Seen:
        timings = profiler.get_stats().timings
        lines = {line: hits for found in timings.values() for line, hits, _ in found}
        entries = sum(line == SEMICOLONS for found in timings.values() for line, _, _ in found)
        return Seen(entries, "yes" if lines[ADDITION] == 200 else "no", values=False)

    return run, seen


def coverage(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    import coverage

    data: list[Any] = []

    def run(function: Any, *args: Any) -> None:
        measured = coverage.Coverage(data_file=None, include=[SUBJECT])
        measured.start()
        function(*args)
        measured.stop()
        data.append(measured.get_data())

    def seen() -> Seen:
        lines = [line for found in data for line in found.lines(SUBJECT) or ()]
        return Seen(lines.count(SEMICOLONS), "no", values=False)

    return run, seen


def stdlib_trace(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from trace import Trace

    counts: dict[tuple[str, int], int] = {}

    def run(function: Any, *args: Any) -> None:
        tracer = Trace(count=1, trace=0)
        tracer.runfunc(function, *args)
        counts.update(tracer.results().counts)

    def seen() -> Seen:
        hits = counts[SUBJECT, ADDITION]
        return Seen(sum(key == (SUBJECT, SEMICOLONS) for key in counts), "yes" if hits == 200 else "no", values=False)

    return run, seen


def viztracer(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from viztracer import VizTracer

    names: list[str] = []

    def run(function: Any, *args: Any) -> None:
        tracer = VizTracer(verbose=0, include_files=[SUBJECT])
        tracer.start()
        function(*args)
        tracer.stop()
        if len(names) < 100:
            tracer.parse()
            names.extend(str(event["name"]) for event in tracer.data["traceEvents"])

    def seen() -> Seen:
        assert any(name.startswith("hot ") for name in names)
        return Seen(sum(name.startswith("a = ") for name in names), "no", values=False)

    return run, seen


def hunter(out: Any) -> tuple[Run, Callable[[], Seen]]:
    import hunter

    def run(function: Any, *args: Any) -> None:
        options = {"stream": out, "force_colors": False}
        actions = [hunter.CodePrinter(**options), hunter.VarsSnooper(**options)]
        with hunter.trace(module="benchmarks.subject", actions=actions):
            function(*args)

    return run, lambda: printed(out)


def pysnooper(out: Any) -> tuple[Run, Callable[[], Seen]]:
    import pysnooper

    wrapped: dict[Any, Any] = {}

    def run(function: Any, *args: Any) -> None:
        if function not in wrapped:
            wrapped[function] = pysnooper.snoop(out)(function)
        wrapped[function](*args)

    return run, lambda: printed(out)


def snoop(out: Any) -> tuple[Run, Callable[[], Seen]]:
    import snoop

    config = snoop.Config(out=out, color=False)
    wrapped: dict[Any, Any] = {}

    def run(function: Any, *args: Any) -> None:
        if function not in wrapped:
            wrapped[function] = config.snoop(function)
        wrapped[function](*args)

    return run, lambda: printed(out)


def birdseye(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from birdseye import BirdsEye

    eye = BirdsEye("sqlite://")
    wrapped: dict[Any, Any] = {}

    def run(function: Any, *args: Any) -> None:
        if function not in wrapped:
            wrapped[function] = eye(function)
        wrapped[function](*args)

    def seen() -> Seen:
        with eye.db.session_scope() as session:
            calls = session.query(eye.db.Call).all()
            found = {call.function.name: (call.function.html_body, json.loads(call.data)) for call in calls}
        data = found["hot"][1]["node_values"]
        kept = max(len(value) for value in data.values() if isinstance(value, dict))
        statements = sum(value[:2] == ["", -2] for value in found["semicolons"][1]["node_values"].values())
        return Seen(statements, f"no, keeps {kept} passes", values='"297"' in json.dumps(data))

    return run, seen


TOOLS: dict[str, tuple[Adapter, str]] = {
    "tracefunc": (tracefunc, "`tracefunc(hot, n)`"),
    "tracefunc 0.0.7 (the older package)": (tracefunc, "`tracefunc(hot, n)`"),
    "line_profiler": (line_profiler, "`LineProfiler()(hot)`"),
    "coverage": (coverage, "`Coverage(include=[file])`"),
    "trace (standard library)": (stdlib_trace, "`Trace(count=1, trace=0)`"),
    "viztracer": (viztracer, "`VizTracer(include_files=[file])`"),
    "hunter": (hunter, "`trace(actions=[CodePrinter, VarsSnooper])`"),
    "PySnooper": (pysnooper, "`@pysnooper.snoop(file)`"),
    "snoop": (snoop, "`@snoop`, `Config(out=file)`"),
    "birdseye": (birdseye, "`@eye`, database in memory"),
}


def seconds(run: Callable[[int], object], n: int) -> float:
    start = process_time()  # what other programs do meanwhile does not count
    run(n)
    return process_time() - start


def per_pass(run: Callable[[int], object]) -> float:
    """Return the best time of one pass, with so many of them that a run takes long enough."""
    n = 100
    while n < 10_000_000 and seconds(run, n) < LONG_ENOUGH / 4:
        n *= 4
    if n > 100:
        n *= 2
    return min(seconds(run, n) for _ in range(RUNS)) / n


def measure(adapter: Adapter) -> dict[str, Any]:
    """Measure one tool, in a process that has seen no other."""
    from benchmarks.bystander import work

    plain, plain_other = per_pass(hot), per_pass(work)
    with Path(os.devnull).open("w") as nowhere, quiet():
        run, _ = adapter(nowhere)
        ratio = per_pass(lambda n: run(hot, n)) / plain
        ratio_other = per_pass(lambda n: run(calls_other, n)) / plain_other
        out = io.StringIO()
        run, seen = adapter(out)
        run(semicolons)
        run(hot, PASSES)
        return {"loop": ratio, "other": ratio_other, **seen()._asdict()}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def installer() -> list[str]:
    uv = os.environ.get("HATCH_UV", "uv")
    with contextlib.suppress(OSError):
        subprocess.run([uv, "--version"], check=True, capture_output=True)
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet"]


def row(name: str, older: str) -> str:
    environ = {**os.environ, "OUTDATED_IGNORE": "1"}  # birdseye would look for news of itself
    if "0.0.7" in name:
        environ["PYTHONPATH"] = older  # it has the same import name, so it needs a folder of its own
    measured = []
    for _ in range(PROCESSES):
        command = [sys.executable, __file__, name]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"| {name} | failed: {done.stderr.strip().splitlines()[-1]} |"
        measured.append(json.loads(done.stdout))
    found = measured[0]
    loop, other = (rounded(median(each[key] for each in measured)) for key in ("loop", "other"))
    several = "yes" if found["entries"] >= 3 else "no"
    values = "yes" if found["values"] else "no"
    return f"| {name} | {loop} | {several} | {found['hits']} | {values} | {other} |"


def rounded(ratio: float) -> str:
    """Return a ratio with two digits that count: more would promise too much."""
    return f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}"


def main() -> None:
    """Print the table, one line at a time."""
    print(f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    print("| tool | slowdown of the loop | `;` told apart | counts | values | slowdown of other code |")
    print("|---|---:|---|---|---|---:|", flush=True)
    with tempfile.TemporaryDirectory() as older:
        subprocess.run([*installer(), "--target", older, *OLDER], check=True)
        for name in TOOLS:
            print(row(name, older), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(TOOLS[sys.argv[1]][0])))
    else:
        main()
