"""The other tracers: how each is installed, run on a function, and what its report tells.

Each is installed into a folder of its own under the environment that measures, and measured in a process of its own, so
none is in another's way, and one that cannot be installed on some Python is only missing there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.subject import hot, semicolons

__all__ = ["PASSES", "RIVALS", "MissingError", "Rival", "Seen", "folder_of", "install", "reason_of"]

SUBJECT = hot.__code__.co_filename
SEMICOLONS = semicolons.__code__.co_firstlineno + 1  # the line of its statements
ADDITION = hot.__code__.co_firstlineno + 6  # that of `t += a`
PASSES = 300
ADDITIONS = 100  # in as many passes
LATE_VALUE = "594"  # of `a` in the third pass from the last


class Seen(NamedTuple):
    """What a tool's report says: how many entries a line has, how often `t += a` ran, whether it has `a`'s values."""

    entries: int
    hits: str
    values: bool


type Run = Callable[..., Any]
# Makes a tool ready that prints to a stream: a function that runs another one under it, and one that reads its report.
type Adapter = Callable[[Any], tuple[Run, Callable[[], Seen]]]


def printed(out: Any) -> Seen:
    """Read the report of a tool that prints a line for each thing that happens."""
    lines = [line for line in out.getvalue().split("\n") if not re.search(r"\breturn  ", line)]
    hits = sum("t += a" in line for line in lines)
    entries = sum("a = 41; b" in line for line in lines)
    counts = "a line of output each" if hits == ADDITIONS else f"no ({hits})"
    return Seen(entries, counts, values=bool(re.search(rf"(?<!\d){LATE_VALUE}(?!\d)", out.getvalue())))


def _yes(hits: int) -> str:
    return "yes" if hits == ADDITIONS else "no"


def tracefunc(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from tracefunc import tracefunc as trace

    mappings: dict[str, dict[str, Any]] = {}

    def run(function: Any, *args: Any) -> None:
        mappings[function.__name__] = trace(function, *args)[0][1]

    def seen() -> Seen:
        hits, values = mappings["hot"]["t += a"]
        return Seen(len(mappings["semicolons"]), _yes(hits), ("int", "2") in values["a"])

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
        return Seen(entries, _yes(lines[ADDITION]), values=False)

    return run, seen


def coverage(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    import coverage

    data: list[Any] = []

    def run(function: Any, *args: Any) -> None:
        measured = coverage.Coverage(data_file=None, config_file=False, include=[SUBJECT])
        measured.start()
        function(*args)
        measured.stop()
        data.append(measured.get_data())

    def seen() -> Seen:
        lines = [line for found in data for line in found.lines(SUBJECT) or ()]
        assert ADDITION in lines
        return Seen(lines.count(SEMICOLONS), "no, only whether it ran", values=False)

    return run, seen


def stdlib_trace(_out: Any) -> tuple[Run, Callable[[], Seen]]:
    from trace import Trace

    counts: dict[tuple[str, int], int] = {}

    def run(function: Any, *args: Any) -> None:
        tracer = Trace(count=1, trace=0)
        tracer.runfunc(function, *args)
        counts.update(tracer.results().counts)

    def seen() -> Seen:
        entries = sum(key == (SUBJECT, SEMICOLONS) for key in counts)
        return Seen(entries, _yes(counts[SUBJECT, ADDITION]), values=False)

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
        return Seen(sum(name.startswith("a = ") for name in names), "no, only calls", values=False)

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
    os.environ["OUTDATED_IGNORE"] = "1"  # it would look for news of itself
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
        return Seen(statements, f"no, keeps {kept} passes", values=f'"{LATE_VALUE}"' in json.dumps(data))

    return run, seen


@dataclass(frozen=True, slots=True)
class Rival:
    """A tool beside tracefunc. `records_values` says that it records values, as tracefunc does."""

    title: str
    requirements: tuple[str, ...]
    adapter: Adapter
    how: str
    records_values: bool = False

    @property
    def version(self) -> str:
        """The version that is installed, that of Python for its own library."""
        return self.requirements[0].partition("==")[2] if self.requirements else "of this Python"


RIVALS: dict[str, Rival] = {
    "line_profiler": Rival("line_profiler", ("line-profiler==5.1.0",), line_profiler, "`LineProfiler()(hot)`"),
    "trace": Rival("trace (standard library)", (), stdlib_trace, "`Trace(count=1, trace=0)`"),
    "coverage": Rival("coverage", ("coverage==7.17.3",), coverage, "`Coverage(include=[file])`"),
    "viztracer": Rival("viztracer", ("viztracer==1.1.1",), viztracer, "`VizTracer(include_files=[file])`"),
    "hunter": Rival("hunter", ("hunter==3.9.0",), hunter, "`trace(actions=[CodePrinter, VarsSnooper])`", True),
    "PySnooper": Rival("PySnooper", ("PySnooper==1.2.3",), pysnooper, "`@pysnooper.snoop(file)`", True),
    "snoop": Rival("snoop", ("snoop==0.6.1",), snoop, "`@snoop`, `Config(out=file)`", True),
    "birdseye": Rival("birdseye", ("birdseye==0.10.0",), birdseye, "`@eye`, database in memory", True),
    "older": Rival(
        "tracefunc 0.0.7 (the older package)", ("tracefunc==0.0.7", "fastcore"), tracefunc, "`tracefunc(hot, n)`", True
    ),
}


class MissingError(Exception):
    """A rival that cannot be installed here; says why."""


def folder_of(name: str) -> Path:
    """Return the folder that a rival is installed in: it goes when this environment goes."""
    if sys.prefix == sys.base_prefix:
        raise MissingError("rivals are only installed in a virtual environment: use `hatch run bench`")
    return Path(sys.prefix, "rivals", name)


def install(name: str) -> Path | None:
    """Install a rival with what it needs unless that has been done; return its folder, None if it needs none."""
    requirements = RIVALS[name].requirements
    if not requirements:
        return None
    folder = folder_of(name)
    stamp = folder / "installed.txt"
    wanted = " ".join(requirements)
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        command = [*_installer(), "--target", str(folder), *requirements]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            raise MissingError(f"{requirements[0]} cannot be installed: {reason_of(done.stderr)}")
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def _installer() -> list[str]:
    uv = os.environ.get("HATCH_UV") or shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet"]


def reason_of(errors: str) -> str:
    """Return what tells most in an installer's errors, without folders of this machine."""
    lines = [line.strip(" \u2502\u251c\u2570\u2500\u25b6\u00d7") for line in errors.splitlines() if line.strip()]
    for telling in (r"fatal error: (.+)", r"([Nn]o solution .+|[Nn]o matching .+)", r"^error: (.+)"):
        for line in lines:
            if found := re.search(telling, line):
                return re.sub(r"(?:/[\w.+-]+)+/", "", found[1])
    return re.sub(r"(?:/[\w.+-]+)+/", "", (lines or ["the installer says nothing"])[0])
