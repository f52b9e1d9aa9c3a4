"""`python -m benchmarks`: measure on this Python. `hatch run bench` does so on every Python, and writes the report."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from pathlib import Path

from benchmarks.bars import bars
from benchmarks.run import measure_all, say
from benchmarks.timing import FULL, QUICK
from benchmarks.worker import measurements

RESULTS = Path(__file__).parent / "results"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="rough figures in a minute or two; no report")
    parser.add_argument("--bars", action="store_true", help="print which bars are met; without --rivals, not those")
    parser.add_argument("--rivals", action="store_true", help="with --bars: measure the rivals, too")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these measurements only; may hold * and ?")
    parser.add_argument("--list", action="store_true", help="list the measurements")
    options = parser.parse_args(arguments)
    names = measurements()
    if options.list:
        print(*names, sep="\n")
        return 0
    if options.only:
        names = [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in options.only)]
        if not names:
            parser.error(f"no measurement is named {' or '.join(options.only)}; --list names them all")
    elif options.bars and not options.rivals:
        names = [name for name in names if not name.startswith("rival:")]
    result = measure_all(names, QUICK if options.quick else FULL)
    if options.bars:
        print_bars(result)
    elif options.quick or options.only:
        print(json.dumps(result, indent=1))
    else:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{'.'.join(map(str, sys.version_info[:2]))}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        say(f"wrote {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    return 0


def print_bars(result: dict[str, object]) -> None:
    figures = result["figures"]
    assert isinstance(figures, dict)
    import tracefunc

    print(f"Python {result['python']}, {tracefunc.__file__}")
    for bar in bars(figures, sys.version_info[:2]):
        verdict = "met" if bar.met else f"MISSED by {bar.missed_by:.2f} times" if bar.limit else "MISSED"
        sign = ">=" if bar.at_least else "<="
        print(f"{bar.workload:28} {bar.against:38} {bar.value:10,.2f}{bar.unit} {sign} {bar.limit:<6g} {verdict}")
    for name, reason in (result["missing"] or {}).items():  # type: ignore[attr-defined]
        print(f"{name}: {reason}")


if __name__ == "__main__":
    sys.exit(main())
