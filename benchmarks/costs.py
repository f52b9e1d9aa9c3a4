"""What tracing costs besides time in the traced code: memory, the import, the preparation of a target."""

from __future__ import annotations

import ast
import gc
import importlib.util
import linecache
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from types import ModuleType

import tracefunc
from benchmarks.timing import Effort, in_turns, timed
from tracefunc import Tracer

__all__ = ["LATE", "measure_import", "measure_memory", "measure_preparation", "module_of"]

LATE = ("ast", "dis", "tokenize", "json", "argparse")  # modules that `import tracefunc` should leave alone
SIZES = (1_250, 2_500, 5_000)
_IN_PART = 23  # statements in each run through the text, with its clause, comprehension and lambda

_IMPORT = """
import os, sys
from time import process_time
sys.path.insert(0, {folder!r})
start = process_time()
{statement}
print(process_time() - start)
"""
_STATEMENTS = {
    "dataclasses": "import dataclasses",
    "tracefunc": "import tracefunc",
    "use": "from tracefunc import tracefunc",
}
_LOADED = """
import sys
sys.path.insert(0, {folder!r})
import tracefunc
print(*sys.modules)
"""


def _loop(passes: int, early: int, take_stock: Callable[[], None]) -> int:
    total = 0
    for i in range(passes):
        double = i * 2
        if double % 3 == 0:
            total += double
        else:
            total -= i
        if i == early:
            take_stock()
    take_stock()
    return total


def _add(total: int, number: int) -> int:
    total += number
    total &= 1_023
    return total


def measure_memory(effort: Effort) -> dict[str, float]:
    """Return by how many KiB what tracefunc holds has grown from 10 thousand to 10 million hits.

    Once in a single call, with a loop, and once in ever more calls.
    """
    hits = round(10_000_000 * min(1.0, effort.scale))
    in_loop: list[int] = []
    tracemalloc.start()
    try:
        with Tracer(_loop) as tracer:
            _loop(hits // 5, 10_000 // 5, lambda: in_loop.append(_held()))
        counted = sum(tracer.trace().hits)
        with Tracer(_add) as tracer:
            in_calls = []
            for calls in (10_000 // 3, hits // 10 // 3):
                total = 0
                for i in range(calls):
                    total = _add(total, i)
                in_calls.append(_held())
    finally:
        tracemalloc.stop()
    if not hits * 0.95 < counted:
        raise AssertionError(f"{counted} hits instead of {hits}")
    return {"loop": (in_loop[1] - in_loop[0]) / 1024, "calls": (in_calls[1] - in_calls[0]) / 1024, "hits": counted}


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def measure_import(effort: Effort) -> dict[str, float]:
    """Return how many times as long as `import dataclasses` the import takes, in new processes without site-packages.

    `use` is that of `from tracefunc import tracefunc`, which loads what the import alone leaves for later; `late` the
    number of modules among `LATE` that `import tracefunc` has loaded all the same.
    """
    folder = str(Path(tracefunc.__file__ or "").parents[1])

    def process(code: str, **values: str) -> str:
        command = [sys.executable, "-I", "-S", "-c", code.format(folder=folder, **values)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def load(statement: str) -> float:
        return float(process(_IMPORT, statement=statement))

    many = Effort(effort.turns * 2, effort.seconds, least=effort.least)
    turns = in_turns({name: partial(load, statement) for name, statement in _STATEMENTS.items()}, many)
    loaded = set(process(_LOADED).split())
    return {
        "ratio": turns.ratio("tracefunc", "dataclasses"),
        "use": turns.ratio("use", "dataclasses"),
        "dataclasses milliseconds": turns.best("dataclasses") * 1_000,
        "late": float(len(loaded & set(LATE))),
    }


def module_of(statements: int, shape: str, serial: int = 0) -> str:
    """Return the text of a module whose only target, `subject`, has this many statements.

    Its `shape` is "function", one long function, or "class", many methods of 23 statements. Those of
    another `serial` have other constants, so that no code object equals one of another module.
    """
    part = [
        "total = {i}",
        "other = total * 3 + {i}",
        "for number in range(total & 3):",
        "    other += number if number else {i}",
        "    if other > {i}: break",
        "if total and other < {i}:",
        "    total -= 1",
        "elif total:",
        "    other = [each + 1 for each in (total, {i})]",
        "while total > {i}:",
        "    total -= 1",
        "try:",
        "    other = int(total)",
        "except ValueError as error:",
        "    print(error, {i})",
        "finally:",
        "    total += 1",
        "with open_it(total) as opened:",
        "    opened.append(lambda: opened)",
        "other = dict(total=total, other=other)",
        "assert other, {i}",
    ]
    count, left = divmod(statements, _IN_PART)
    parts = [[line.format(i=i + 10_000 * serial) for line in part] for i in range(count)]
    parts[-1] += ["total += 1"] * left
    if shape == "function":
        lines = ["def subject(opened=None):", *(f"    {line}" for each in parts for line in each)]
    else:
        lines = ["class subject:"]
        for i, each in enumerate(parts):
            lines += [f"    def method{i}(self, opened=None):", *(f"        {line}" for line in each)]
    return "\n".join(["from contextlib import nullcontext as open_it", "", "", *lines, ""])


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure_preparation(effort: Effort) -> dict[str, float]:
    """Return what preparing a target takes, in times of `ast.parse` of its module, and how that grows with its size.

    `ratio` is that of 5,000 statements in the worse of two shapes. `growth` compares the time for one of them with that
    for one of 1,250: 1 is linear. `parse growth` and `compile growth` are those of Python's own parser and compiler.
    """
    figures: dict[str, float] = {}
    serial = 0
    with tempfile.TemporaryDirectory() as folder:

        def prepare(size: int, shape: str) -> float:
            """Prepare a module that nobody has seen before: nothing comes from a cache."""
            nonlocal serial
            serial += 1
            path = Path(folder, f"prepared_{serial}.py")
            path.write_text(module_of(size, shape, serial), encoding="utf-8")
            subject = _import(path).subject
            start = process_time()
            with Tracer(subject):
                pass
            seconds = process_time() - start
            linecache.clearcache()
            return seconds

        for shape in ("function", "class"):
            contenders: dict[str, Callable[[], float]] = {}
            for size in SIZES:
                text = module_of(size, shape)
                contenders[f"parse {size}"] = partial(timed, ast.parse, text)
                contenders[f"compile {size}"] = partial(timed, compile, text, "<text>", "exec")
                contenders[f"prepare {size}"] = partial(prepare, size, shape)
            turns = in_turns(contenders, effort)
            figures[f"{shape} ratio"] = turns.ratio(f"prepare {SIZES[-1]}", f"parse {SIZES[-1]}")
            for what in ("prepare", "parse", "compile"):
                for size in SIZES[1:]:
                    growth = turns.ratio(f"{what} {size}", f"{what} {SIZES[0]}") * SIZES[0] / size
                    figures[f"{shape} {what} growth to {size}"] = growth
    figures["ratio"] = max(figures["function ratio"], figures["class ratio"])
    worse = max(("function", "class"), key=lambda shape: figures[f"{shape} prepare growth to {SIZES[-1]}"])
    figures["growth"] = figures[f"{worse} prepare growth to {SIZES[-1]}"]
    figures["parse growth"] = figures[f"{worse} parse growth to {SIZES[-1]}"]
    figures["compile growth"] = figures[f"{worse} compile growth to {SIZES[-1]}"]
    return figures
