"""`python -m benchmarks`: measure on this Python. `hatch run bench` does so on every Python, and writes the report."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import MISSED, check
from benchmarks.bars import bars
from benchmarks.report import RESULTS, load_results, write_report
from benchmarks.rivals import MissingError
from benchmarks.run import machine, measure_all, say
from benchmarks.timing import FULL, QUICK, Effort
from benchmarks.worker import FailedError, measurements, run_worker

ROOT = Path(__file__).parents[1]
PYTHON = ".".join(map(str, sys.version_info[:2]))


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code."""
    options = parse(arguments)
    partial = options.quick or options.bars or options.check or options.store or options.list or options.only
    if options.report:
        if not partial:  # else `hatch run bench` has been asked for something that a report cannot be made of
            for path in write_report(load_results(), ROOT):
                say(f"wrote {path.relative_to(ROOT)}")
        return 0
    if options.check or options.store:
        return store() if options.store else compare()
    names = measurements()
    if options.list:
        print(*names, sep="\n")
        return 0
    if options.only:
        names = [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in options.only)]
        if not names:
            say(f"no measurement is named {' or '.join(options.only)}; --list names them all")
            return 2
    elif options.bars and not options.rivals:
        names = [name for name in names if not name.startswith("rival:")]
    result = measure_all(names, QUICK if options.quick else FULL)
    if options.bars:
        print_bars(result)
    elif partial:
        print_figures(result)
    else:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{PYTHON}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        say(f"wrote {path.relative_to(ROOT)}")
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="rough figures in a minute or two, printed, not kept")
    parser.add_argument("--bars", action="store_true", help="print which bars are met, without those against rivals")
    parser.add_argument("--rivals", action="store_true", help="with --bars: those against rivals, too")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these measurements; may hold * and ?")
    parser.add_argument("--list", action="store_true", help="list the measurements")
    parser.add_argument("--check", action="store_true", help="compare a few ratios with the stored ones")
    parser.add_argument("--store", action="store_true", help="store these ratios as what --check compares with")
    parser.add_argument("--report", action="store_true", help="write tables and chart from the results kept so far")
    return parser.parse_args(arguments)


def print_bars(result: Mapping[str, Any]) -> None:
    """Print each bar with the value and whether it is met, then all figures."""
    import tracefunc

    figures = result["figures"]
    print(f"Python {result['python']}, {tracefunc.__file__}")
    for bar in bars(figures, sys.version_info[:2]):
        sign = ">=" if bar.at_least else "<="
        verdict = "met" if bar.met else f"MISSED by {bar.missed_by:.2f} times" if bar.limit else "MISSED"
        value = f"{bar.value:,.3f}" if bar.value < 2 else f"{bar.value:,.2f}"
        print(f"{bar.workload:27} {bar.against:41} {value:>9} {sign} {bar.limit:<5g} {verdict}")
    print_figures(result)


def print_figures(result: Mapping[str, Any]) -> None:
    """Print the figures of each measurement in a line, and what has none."""
    for name, found in result["figures"].items():
        details = ", ".join(f"{key} {value:.3g}" for key, value in found.items() if type(value) is float)
        print(f"  {name}: {details}")
    for name, reason in result["missing"].items():
        print(f"  {name}: {reason}")


def told(name: str, effort: Effort) -> Mapping[str, Any]:
    """Measure, and say so."""
    say(f"{PYTHON}  {name}, up to {effort.seconds:g} s")
    return run_worker(name, effort)


def compare() -> int:
    """Compare with the stored ratios; `MISSED` means that one is worse beyond noise, 1 that one was not measured."""
    cpu, stored = check.load(PYTHON)
    same = cpu == machine()["cpu"]
    if stored and not same:
        say(f"The stored ratios are those of another processor ({cpu}): only gross regressions are told")
    try:
        verdicts = check.check(told, stored, same_machine=same)
    except (MissingError, FailedError) as error:
        say(f"The check failed: {error}")
        return 1
    for verdict in verdicts:
        print(f"{PYTHON}  {verdict}")
    return MISSED if any(verdict.kind == "regression" for verdict in verdicts) else 0


def store() -> int:
    """Store what `compare` compares with."""
    found: dict[str, float] = {}
    for name in check.CHECKED:
        found |= check.ratios(name, told(name, check.EFFORT.times(3)))
    check.store(PYTHON, machine()["cpu"], found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
