"""All measurements of this Python, one after the other, with a line of progress for each."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks.rivals import MissingError
from benchmarks.timing import Effort
from benchmarks.worker import FailedError, run_worker

__all__ = ["machine", "measure_all"]


def measure_all(names: Iterable[str], effort: Effort) -> dict[str, Any]:
    """Make the measurements and return a JSON-ready result: figures by name, and the reasons of those without any."""
    names = list(names)
    figures: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        begun = monotonic()
        say(f"{platform.python_version()}  {number:2}/{len(names)}  {name:26} ", end="")
        try:
            figures[name] = run_worker(name, effort)
        except (MissingError, FailedError) as error:
            missing[name] = str(error)
            say(f"{'missing' if isinstance(error, MissingError) else 'FAILED'}: {error}", end="")
        else:
            say(f"{headline(figures[name]):24}", end="")
        say(f"  ({monotonic() - begun:.0f} s)")
    return {
        "python": platform.python_version(),
        "tracefunc": importlib.metadata.version("tracefunc-core"),
        "machine": machine(),
        "effort": asdict(effort),
        "figures": figures,
        "missing": missing,
    }


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


def headline(figures: dict[str, Any]) -> str:
    """Return the one figure of a measurement that tells most."""
    for key in ("tracefunc", "line_profiler", "loop", "ratio"):
        if key in figures:
            return f"{figures[key]:,.2f}" + (" KiB" if "calls" in figures else " times")
    return ""


def machine() -> dict[str, Any]:
    """Return what the figures depend on: the processor's model, the cores this process may use, the system."""
    return {"cpu": _cpu(), "cores": _cores(), "system": f"{platform.system()} {platform.release().split('-')[0]}"}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (models or [platform.processor() or platform.machine()])[0]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
