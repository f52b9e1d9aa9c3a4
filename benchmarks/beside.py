"""One rival, or tracefunc itself, measured on the hot loop and on code that nobody asked to trace."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.bystander import work
from benchmarks.rivals import PASSES, RIVALS, Adapter, tracefunc
from benchmarks.subject import calls_other, hot, semicolons
from benchmarks.timing import Effort, in_turns

__all__ = ["measure_rival"]

_LONG_ENOUGH = 0.4  # seconds, for the whole work
_MOST = 4_000_000  # passes


def seconds(run: Callable[[int], object], n: int) -> float:
    start = process_time()
    run(n)
    return process_time() - start


def passes(run: Callable[[int], object], effort: Effort) -> int:
    """Return how many passes take long enough to be timed."""
    n = 100
    while n < _MOST and seconds(run, n) < _LONG_ENOUGH * effort.scale / 4:
        n *= 4
    return n if n == 100 else n * 2


def measure_rival(name: str, effort: Effort) -> dict[str, Any]:
    """Return the slowdowns per pass under a tool, and what its report tells.

    Passes are few where they are slow, so the figure is the time of a pass against that of an untraced one.
    """
    adapter: Adapter = tracefunc if name == "tracefunc" else RIVALS[name].adapter
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, _quiet():
        run, _ = adapter(nowhere)
        loop = _slowdown(hot, lambda n: run(hot, n), effort)
        other = _slowdown(work, lambda n: run(calls_other, n), effort)
        out = io.StringIO()
        run, seen = adapter(out)
        run(semicolons)
        run(hot, PASSES)
        return {"loop": loop, "other": other, **seen()._asdict()}


def _slowdown(plain: Callable[[int], object], run: Callable[[int], object], effort: Effort) -> float:
    n, m = passes(plain, effort), passes(run, effort)
    turns = in_turns({"untraced": lambda: seconds(plain, n), "traced": lambda: seconds(run, m)}, effort.times(0.5))
    return turns.best("traced") / m / (turns.best("untraced") / n)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
