"""How fast call graphs are written and drawn: `hatch run graphs` prints it and exits with 3 beyond the aims.

The aims: the DOT of 5,000 functions in less than a second, compact and with all statements, and a picture of 1,000
functions, none hidden, in seconds with every Graphviz that is here, whatever calls what. In `wide` traces calls go from
anywhere to anywhere, in modules of ten. In `random` ones all functions stand in one module, which is what takes layouts
longest: with two calls of each, `dot` needs a minute to find ranks, and with twenty it finds none in columns either. A
hundred with four calls each is the worst of what is shown without a `limit`. The layout of a real program is easier.
Each figure is the best of several rounds; that of a text is the time of the processor, so that a busy machine does not
count.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

from benchmarks import MISSED
from tests.export.made import made, wide
from tracefunc import ExportError, Trace
from tracefunc.model import Edge
from tracefunc_export import graph
from tracefunc_export._render import Graphviz, all_graphviz
from tracefunc_export.graph import render, to_dot

TEXT_AIM = 1.0  # seconds for the DOT of 5,000 functions
PICTURE_AIM = 10.0  # seconds for the picture of 1,000 functions


def best(rounds: int, work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds of the fastest of several rounds."""
    found = []
    for _ in range(rounds):
        started = clock()
        work()
        found.append(clock() - started)
    return min(found)


def tangled(number: int, callees: int) -> Trace:
    """Return a trace of functions in one module, each of which calls so many others, whichever they are."""
    choose = random.Random(1)
    trace = made([f"function_{index}" for index in range(number)])
    calls = {(caller, choose.randrange(number)) for caller in range(number) for _ in range(callees)}
    edges = (Edge(caller, caller * 2, callee, caller % 97 + 1) for caller, callee in sorted(calls))
    return replace(trace, edges=(Edge(None, None, 0, 1), *edges))


def pictures() -> Iterator[tuple[str, Trace]]:
    """Yield what is drawn, with its name, up to the largest."""
    yield "100 wide", wide(100)
    yield "1,000 wide", wide(1_000)
    for number, callees in ((100, 4), (1_000, 2), (1_000, 20)):
        yield f"{number:,} random, {callees} calls each", tangled(number, callees)


def engines() -> Iterator[tuple[str, Graphviz]]:
    """Yield each Graphviz of this machine with its name."""
    for found in all_graphviz():
        yield "dot" if found.program else "bundled library", found


def draw(trace: Trace, engine: Graphviz, path: Path) -> None:
    """Draw all functions of a trace with a given Graphviz."""
    with mock.patch.object(graph, "all_graphviz", return_value=[engine]):
        render(trace, path, limit=None)


def main() -> int:
    """Measure, print, and compare with the aims."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    missed = failed = 0

    def say(what: str, seconds: float, aim: float) -> None:
        nonlocal missed
        missed += seconds > aim
        print(f"{what:58} {seconds:7.2f} s, aim {aim:g} s{': MISSED' if seconds > aim else ''}")

    large = wide(5_000, snippets=5)
    for detail in ("compact", "detailed"):
        seconds = best(rounds, lambda detail=detail: to_dot(large, limit=None, detail=detail), time.process_time)
        say(f"DOT of 5,000 functions, {len(large.edges):,} edges, {detail}", seconds, TEXT_AIM)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.svg"
        for (name, engine), (what, trace) in itertools.product(engines(), list(pictures())):
            try:
                seconds = best(rounds, lambda engine=engine, trace=trace: draw(trace, engine, path))
            except ExportError as error:
                print(error)
                failed += 1
                continue
            say(f"SVG of {what}, {name}", seconds, PICTURE_AIM)
    return 1 if failed else MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
