"""`hatch run bench`: the benchmarks on every Python of this machine, one after the other, and the report at the end.

hatch has an environment for each Python that it finds. One in which the benchmarks fail does not keep the others from
running; the exit code is that of the worst: a failure is worse than a bar that was missed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks import MISSED

__all__ = ["environments", "main", "worst"]

_PREFIX = "bench.py"


def environments(folders: str) -> list[str]:
    """Return the names of the benchmarks' environments, oldest Python first, from what `hatch env find bench` says."""
    names = [Path(line.strip()).name for line in folders.splitlines() if line.strip()]
    return sorted(names, key=lambda name: [int(part) for part in name.removeprefix(_PREFIX).split(".")])


def worst(codes: Iterable[int]) -> int:
    """Return the exit code for all: that of a failure, else `MISSED` where that is one, else 0."""
    found = set(codes) - {0}
    return max((code if code > 0 else 1 for code in found - {MISSED}), default=max(found, default=0))


def main(arguments: list[str]) -> int:
    """Run `python -m benchmarks` with these arguments in each environment, then write the report."""
    hatch = shutil.which("hatch")
    if hatch is None:
        print("hatch is not on PATH: `pip install hatch`, or `python -m benchmarks` for this Python", file=sys.stderr)
        return 2
    found = subprocess.run([hatch, "env", "find", "bench"], check=True, stdout=subprocess.PIPE, text=True).stdout
    codes = {}
    for name in environments(found):
        print(f"=== {name}", file=sys.stderr, flush=True)
        codes[name] = subprocess.run([hatch, "-e", name, "run", "measure", *arguments], check=False).returncode
        if "--list" in arguments or "--help" in arguments or codes[name] == 2:
            return codes[name]  # the same everywhere
    failed = [name for name, code in codes.items() if code]
    if failed:
        print(f"Failed in {', '.join(failed)}", file=sys.stderr)
    else:
        report = [sys.executable, "-m", "benchmarks", "--report", *arguments]
        codes["report"] = subprocess.run(report, check=False).returncode
    return worst(codes.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
