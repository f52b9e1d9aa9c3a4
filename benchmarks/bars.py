"""The bars that tracefunc is to reach, and how a run's figures stand to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import geometric_mean
from typing import Any

from benchmarks.modules import MODULES
from benchmarks.rivals import RIVALS
from benchmarks.workloads import WORKLOADS

__all__ = ["LIMITS", "Bar", "bars", "mean", "module_means"]

type Figures = Mapping[str, Mapping[str, Any]]

LIMITS = {"outside": 1.02, "fib": 12.0, "pipeline": 4.0, "exceptions": 4.0, "async": 4.0}  # times untraced


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `value` is to be at most `limit`, or at least that where `at_least`."""

    workload: str
    against: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is on the right side of the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def missed_by(self) -> float:
        """How many times the value would have to become smaller, or larger, to reach the limit."""
        return self.limit / self.value if self.at_least else self.value / self.limit


def bars(figures: Figures, python: tuple[int, ...]) -> list[Bar]:
    """Return the bars for whose value the figures of a run on this Python suffice."""
    return list(_bars(figures, python))


def _bars(figures: Figures, python: tuple[int, ...]) -> Iterator[Bar]:
    hot = WORKLOADS["loop"].title
    if loop := figures.get("loop"):
        yield Bar(hot, "its floor", loop["tracefunc"] / loop["floor"], 1.25)
        yield Bar(hot, "untraced", loop["tracefunc"], 3.0 if python >= (3, 15) else 2.5)
        yield Bar(hot, "counters written in", loop["tracefunc"] / loop["counters"], 1.0)
    for name, limit in LIMITS.items():
        if name in figures:
            yield Bar(WORKLOADS[name].title, "untraced", figures[name]["tracefunc"], limit)
    ours, theirs = module_means(figures)
    if ours:
        yield Bar("real modules", "untraced", ours, 4.0)
        if theirs:
            yield Bar("real modules", "line_profiler takes", theirs / ours, 3.0, at_least=True)
    if loop:
        for name, rival in RIVALS.items():
            if rival.records_values and (measured := figures.get(f"rival:{name}")):
                ratio = measured["loop"] / loop["tracefunc"]
                yield Bar(hot, f"{rival.title} takes", ratio, 30.0, at_least=True)
    yield from _other_bars(figures)


def _other_bars(figures: Figures) -> Iterator[Bar]:
    if memory := figures.get("memory"):
        grown = max(memory["loop"], memory["calls"])
        yield Bar("memory, 10 million hits", "KiB more than after 10 thousand", grown, 64.0)
    if loaded := figures.get("import"):
        yield Bar("`import tracefunc`", "`import dataclasses`", loaded["ratio"], 1.5)
        yield Bar("`import tracefunc`", "modules loaded too early", loaded["late"], 0.0)
    if preparation := figures.get("preparation"):
        yield Bar("preparing 5,000 statements", "`ast.parse`", preparation["ratio"], 50.0)
        yield Bar("preparing 5,000 statements", "1,250, per statement", preparation["growth"], 1.15)


def module_means(figures: Figures) -> tuple[float | None, float | None]:
    """Return the geometric means of the modules' slowdowns under tracefunc and under line_profiler."""
    return mean(figures, "tracefunc"), mean(figures, "line_profiler")


def mean(figures: Figures, tool: str, kind: str | None = None) -> float | None:
    """Return the geometric mean of the modules' figures of one kind under a tool, None where one is missing."""
    found = [figures.get(f"{tool}:{name}", {}).get(kind or tool) for name in MODULES]
    return geometric_mean(found) if all(found) else None
