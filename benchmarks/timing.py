"""Timing in turns: A B A B..., the best of each, in CPU time of this process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import geometric_mean, median
from time import perf_counter, process_time

__all__ = ["FULL", "QUICK", "Effort", "Turns", "geometric_mean", "in_turns", "timed"]

_LONG = 0.2  # seconds; a contender that takes less has several goes in each turn
_GOES = 4


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: at most `turns`, no new one after `seconds`, but `least` of them; `scale` of the work."""

    turns: int
    seconds: float
    scale: float = 1.0
    least: int = 2

    def times(self, factor: float) -> Effort:
        """Return a larger or smaller effort, for the same work."""
        return Effort(max(2, round(self.turns * factor)), self.seconds * factor, self.scale, self.least)


FULL = Effort(turns=11, seconds=15, least=3)
QUICK = Effort(turns=3, seconds=3, scale=0.5)


@dataclass(frozen=True, slots=True)
class Turns:
    """The seconds that each contender took, in order."""

    seconds: Mapping[str, list[float]]

    def best(self, name: str) -> float:
        """Return the seconds of a contender's best go."""
        return min(self.seconds[name])

    def ratio(self, name: str, to: str = "untraced") -> float:
        """Return how many times as long as another the contender took, best against best."""
        return self.best(name) / self.best(to)

    def spread(self, name: str = "untraced") -> float:
        """Return how far the median of a contender's goes lies above its best one, as a fraction: 0 is quiet."""
        return median(self.seconds[name]) / self.best(name) - 1


def in_turns(contenders: Mapping[str, Callable[[], float]], effort: Effort) -> Turns:
    """Let contenders, which return the seconds that they took, run in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    begun = perf_counter()
    for turn in range(effort.turns):
        if turn >= effort.least and perf_counter() - begun > effort.seconds:
            break
        for name, go in contenders.items():
            spent = 0.0
            for _ in range(_GOES):
                gc.collect()
                seconds[name].append(go())
                spent += seconds[name][-1]
                if spent > _LONG:
                    break
    return Turns(seconds)


def timed[**P](function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    """Return the CPU seconds of this process that a call takes; what other programs do meanwhile does not count."""
    start = process_time()
    function(*args, **kwargs)
    return process_time() - start
