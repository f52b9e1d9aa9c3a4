"""The check for regressions: a few ratios against stored ones, wide enough for noise, and measured again in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.timing import Effort

__all__ = ["BASELINE", "CHECKED", "Verdict", "check", "judge", "ratios", "store"]

BASELINE = Path(__file__).parent / "baseline.json"
CHECKED = ("loop", "outside", "fib", "pipeline", "exceptions", "tracefunc:tomllib", "import")
EFFORT = Effort(turns=5, seconds=2, scale=0.25)
_TRIES = 3  # of a measurement that looks like a regression; each twice as long as the one before

_NOTICEABLE = 1.1  # times the stored ratio: less is not worth a word
_NOISE = 1.35  # times the stored ratio: less may be noise
_ELSEWHERE = 1.75  # the same on a processor other than that of the stored ratios

type Measure = Callable[[str, Effort], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one ratio says."""

    name: str
    now: float
    stored: float | None
    kind: Literal["fine", "slower", "regression", "faster", "new"]

    def __str__(self) -> str:
        told = {
            "fine": "as before",
            "slower": "warning: slower than before, but this may be noise",
            "regression": "REGRESSION beyond noise",
            "faster": "faster than before: run `hatch run bench --store`",
            "new": "nothing is stored: run `hatch run bench --store`",
        }
        before = "" if self.stored is None else f" (stored: {self.stored:.2f})"
        return f"{self.name:20} {self.now:8.2f} times{before}: {told[self.kind]}"


def ratios(name: str, figures: Mapping[str, Any]) -> dict[str, float]:
    """Return the ratios of one measurement that are held against stored ones."""
    if name == "loop":
        return {"loop": figures["tracefunc"], "loop to its floor": figures["tracefunc"] / figures["floor"]}
    return {name: figures["ratio"] if name == "import" else figures["tracefunc"]}


def judge(name: str, now: float, stored: float | None, noise: float = _NOISE) -> Verdict:
    """Say what a ratio means beside the stored one."""
    if stored is None:
        return Verdict(name, now, stored, "new")
    if now > stored * noise:
        return Verdict(name, now, stored, "regression")
    if now > stored * _NOTICEABLE:
        return Verdict(name, now, stored, "slower")
    return Verdict(name, now, stored, "faster" if now * noise < stored else "fine")


def check(measure: Measure, stored: Mapping[str, float], *, same_machine: bool) -> list[Verdict]:
    """Measure and judge; what looks like a regression is measured again, longer, and its best try counts."""
    noise = _NOISE if same_machine else _ELSEWHERE
    verdicts: list[Verdict] = []
    for name in CHECKED:
        effort, best, found = EFFORT, dict[str, float](), list[Verdict]()
        for _ in range(_TRIES):
            for key, ratio in ratios(name, measure(name, effort)).items():
                best[key] = min(ratio, best.get(key, ratio))
            found = [judge(key, ratio, stored.get(key), noise) for key, ratio in best.items()]
            if all(verdict.kind != "regression" for verdict in found):
                break
            effort = effort.times(2)
        verdicts += found
    return verdicts


def load(python: str, path: Path = BASELINE) -> tuple[str, dict[str, float]]:
    """Return the processor on which the ratios of a Python were stored, and those ratios; nothing where none are."""
    everything = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    entry = everything.get(python, {"cpu": "", "ratios": {}})
    return str(entry["cpu"]), dict(entry["ratios"])


def store(python: str, cpu: str, found: Mapping[str, float], path: Path = BASELINE) -> None:
    """Store the ratios of one Python beside those of the others."""
    everything = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    everything[python] = {"cpu": cpu, "ratios": {name: round(value, 3) for name, value in found.items()}}
    path.write_text(json.dumps(everything, indent=1, sort_keys=True) + "\n", encoding="utf-8")
