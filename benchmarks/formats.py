"""How fast traces are written and read: `hatch run formats` prints it and exits with 3 where an aim is missed.

Writing: orjson, by `tracefunc_export.json`, is to be at least 5 times as fast as the core's own writer for a trace of
100,000 calls, in both forms, with the same bytes. Each figure is the best of several rounds, which alternate.

Reading: `tracefunc_export.json` is to be at least twice as fast as the core's own reader. Each reads the same file in a
process of its own, with the collector of garbage as it finds it. Beside it stands what no reader goes without: the time
of the parser alone, and of making the calls' objects alone, of values that are there and without looking at any.

Memory: `scan` is to take a file of JSON Lines of 100 MB in bounded memory: the most that it ever uses is set against
that for a file of 10 MB, each in a process of its own, and may not be 10 MB more. `Trace.load`, which holds the whole
trace, is measured beside it, for comparison.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import MISSED
from tracefunc import Trace, Tracer, document
from tracefunc_export import json as fast

WRITING_AIM = 5
READING_AIM = 2
MEMORY_AIM = 10  # MB
MB = 1 << 20

READER = """
import gc, json, sys, time
from operator import attrgetter
from pathlib import Path
import orjson
from tracefunc import Trace, Call
from tracefunc import document
from tracefunc_export import json as fast

def peak():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:
        import resource
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used / (1 << 20 if sys.platform == "darwin" else 1 << 10)

def again(calls):
    fields = attrgetter(*Call.__dataclass_fields__)
    made = []
    for call in calls:
        copy = Call(*fields(call))
        put = object.__setattr__
        put(copy, "arguments", dict(call.arguments))
        put(copy, "hits", dict(call.hits))
        put(copy, "samples", {index: dict(names) for index, names in call.samples.items()})
        made.append(copy)
    return made

how, path = sys.argv[1:]
reader = fast if how.startswith("fast") else document
trace = kept = None
if how == "objects":
    trace = fast.load(path)
    gc.disable()
elif how.endswith("parser"):
    data = Path(path).read_bytes()
    lines = data.splitlines() if path.endswith("jsonl") else [data]
    gc.disable()
before, begun = peak(), time.process_time()
calls = 0
if how == "objects":
    calls = len(kept := again(trace.calls))
elif how.endswith("parser"):
    parse = orjson.loads if how.startswith("fast") else json.loads
    for line in lines:
        parse(line)
elif how.endswith("scan"):
    calls = sum(isinstance(record, Call) for record in reader.scan(path))
else:
    calls = len((kept := reader.load(path)).calls)
    gc.collect(0)  # what a reader has put off
print(calls, time.process_time() - begun, peak() - before)
"""


def parse(line: str) -> tuple[str, int]:
    """Take a line apart, in a loop and a call, as programs do."""
    total = 0
    for char in line:
        if char.isdigit():
            total = digit(total, char)
    return line, total


def digit(total: int, char: str) -> int:
    """Append a digit."""
    return total * 10 + int(char)


def made(calls: int) -> Trace:
    """Return a trace of so many calls."""
    with Tracer(parse, digit, max_calls=None) as tracer:
        for number in range(calls // 4):
            parse(f"a = {number % 900 + 100}")
    return tracer.trace()


def seconds(act: Callable[[], object]) -> float:
    """Return how much processor time something takes."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def writing(trace: Trace, rounds: int) -> bool:
    """Measure the two writers; tell whether the aim is met."""
    is_met = True
    for lines in (False, True):
        core, quick = [], []
        for _ in range(rounds):
            core.append(seconds(lambda lines=lines: document.dumps(trace, lines=lines)))
            quick += [seconds(lambda lines=lines: fast.dumps(trace, lines=lines)) for _ in range(3)]
        data = fast.dumps(trace, lines=lines)
        if data != document.dumps(trace, lines=lines):
            raise SystemExit("the two writers differ")
        ratio = min(core) / min(quick)
        name = "JSON Lines" if lines else "JSON"
        print(
            f"writing {name} of {len(trace.calls):,} calls, {len(data) / MB:.0f} MB: core {min(core):.2f} s, "
            f"orjson {min(quick):.2f} s: {ratio:.1f} times as fast, aim {WRITING_AIM}"
        )
        is_met = is_met and ratio >= WRITING_AIM
    return is_met


def of_size(trace: Trace, size: int, path: Path) -> None:
    """Write lines of calls of a trace, again and again under new ids, till the file has a size in bytes."""
    head, *_ = fast.dumps(trace, lines=True).partition(b'{"call"')
    calls = [line for line in fast.dumps(trace, lines=True).splitlines(keepends=True) if line.startswith(b'{"call"')]
    count = head.count(b"\n")
    with path.open("wb") as file:
        file.write(head)
        number = 0
        while file.tell() < size:
            for line in calls:
                _, _, rest = line.partition(b",")
                file.write(b'{"call":{"id":%d,%b' % (number, rest.replace(b'"frames_above":0', b'"frames_above":null')))
                number += 1
        file.write(b'{"footer":{"lines":%d}}\n' % (count + number))


def read(how: str, path: Path) -> tuple[int, float, float]:
    """Read a file in a process of its own; return the calls, the seconds, and the megabytes that it took."""
    command = [sys.executable, "-c", READER, how, str(path)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    calls, taken, used = out.split()
    return int(calls), float(taken), float(used)


def reading(trace: Trace, folder: Path, rounds: int) -> bool:
    """Measure the two readers; tell whether the aim is met."""
    is_met = True
    for suffix, name in ((".json", "JSON"), (".jsonl", "JSON Lines")):
        path = folder / f"trace{suffix}"
        fast.save(trace, path)
        taken: dict[str, list[float]] = {}
        for _ in range(rounds):
            for how in ("core load", "fast load", "core parser", "fast parser", "objects"):
                taken.setdefault(how, []).append(read(how, path)[1])
        best = {how: min(each) for how, each in taken.items()}
        ratio = best["core load"] / best["fast load"]
        print(
            f"reading {name} of {len(trace.calls):,} calls: core {best['core load']:.2f} s, orjson "
            f"{best['fast load']:.2f} s: {ratio:.1f} times as fast, aim {READING_AIM}; parsers alone "
            f"{best['core parser']:.2f} s and {best['fast parser']:.2f} s, objects alone {best['objects']:.2f} s"
        )
        is_met = is_met and ratio >= READING_AIM
    return is_met


def memory(folder: Path, size: int) -> bool:
    """Measure what the readers hold; tell whether the aim is met."""
    trace = made(400)
    small, large = folder / "small.jsonl", folder / "large.jsonl"
    of_size(trace, size // 10, small)
    of_size(trace, size, large)
    is_met = True
    for how in ("core scan", "fast scan"):
        _, _, little = read(how, small)
        calls, taken, much = read(how, large)
        print(
            f"{how} of {size / MB:.0f} MB, {calls:,} calls: {taken:.1f} s, {much:.1f} MB of memory, for a tenth of it "
            f"{little:.1f} MB; aim: {MEMORY_AIM} MB more at most"
        )
        is_met = is_met and much - little <= MEMORY_AIM
    _, taken, used = read("fast load", large)
    print(f"fast load of {size / MB:.0f} MB: {taken:.1f} s, {used:.0f} MB of memory")
    return is_met


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and compare with the aims."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--megabytes", type=int, default=100, help="of the file that is read")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        met = [memory(Path(folder), options.megabytes * MB)]
        trace = made(options.calls)
        met += [writing(trace, options.rounds), reading(trace, Path(folder), options.rounds)]
    if not all(met):
        print("an aim was MISSED")
    return 0 if all(met) else MISSED


if __name__ == "__main__":
    sys.exit(main())
