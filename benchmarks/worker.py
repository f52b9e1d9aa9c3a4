"""One measurement in this process: `python -m benchmarks.worker NAME EFFORT` prints its figures; both are JSON.

`run_worker` starts such a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.rivals import RIVALS, install
from benchmarks.timing import Effort

__all__ = ["FailedError", "measurements", "run_worker"]

ROOT = Path(__file__).parents[1]
_SLOWEST = 600  # seconds, for one measurement


class FailedError(Exception):
    """A measurement that gave no figures; says why."""


def measurements() -> list[str]:
    """Return the names of all measurements, in the order in which they are made."""
    from benchmarks.modules import MODULES
    from benchmarks.workloads import WORKLOADS

    return [
        *WORKLOADS,
        *(f"tracefunc:{name}" for name in MODULES),
        *(f"line_profiler:{name}" for name in MODULES),
        "memory",
        "import",
        "preparation",
        "rival:tracefunc",
        *(f"rival:{name}" for name in RIVALS),
    ]


def measure(name: str, effort: Effort) -> dict[str, Any]:
    """Make one measurement here and now."""
    kind, _, what = name.rpartition(":")
    if kind == "rival":  # it may bring a package named tracefunc: nothing else is imported
        from benchmarks.beside import measure_rival

        return measure_rival(what, effort)
    from benchmarks import costs, traced

    if kind == "line_profiler":
        return {**traced.measure_line_profiler(what, effort)}
    single: dict[str, Callable[[Effort], dict[str, float]]] = {
        "loop": traced.measure_loop,
        "memory": costs.measure_memory,
        "import": costs.measure_import,
        "preparation": costs.measure_preparation,
    }
    return {**(single[name](effort) if name in single else traced.measure_workload(what, effort))}


def run_worker(name: str, effort: Effort) -> dict[str, Any]:
    """Make one measurement in a new process and return its figures.

    Raises `MissingError`, of `rivals`, when a tool cannot be installed, and `FailedError`.
    """
    kind, _, what = name.rpartition(":")
    rival = "line_profiler" if kind == "line_profiler" else what
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    if kind in ("rival", "line_profiler") and rival in RIVALS:
        folder = install(rival)
        paths = [str(folder), *paths] if folder else paths
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "benchmarks.worker", name, json.dumps(asdict(effort))]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=_SLOWEST)
    except subprocess.TimeoutExpired:
        raise FailedError(f"took more than {_SLOWEST} seconds") from None
    if done.returncode:
        raise FailedError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Effort(**json.loads(sys.argv[2])))))
