"""Watch the standard library at work: `tomllib` reads this repository's pyproject.toml.

    hatch run demo

The targets are two functions deep inside the parser. Nothing else of it is traced, and nothing else is slowed down.
"""

import tomllib
import tomllib._parser
from pathlib import Path

from tracefunc import Tracer

TARGETS = [tomllib._parser.parse_key, tomllib._parser.parse_key_part]
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}")


def main() -> None:
    """Trace the parser and print what it did, in three parts."""
    text = PYPROJECT.read_text(encoding="utf-8")
    with Tracer(*TARGETS) as tracer:
        tomllib.loads(text)
    trace = tracer.trace()
    print(f"tomllib.loads has read {PYPROJECT.name} on CPython {trace.python}. The targets were two functions of")
    print(f"its parser, {' and '.join(target.__name__ for target in TARGETS)}.")

    heading("What every statement did")
    print("Hits count all calls. On the right are values that the first calls saw. >>>>>> has never run.\n")
    print(str(trace).rstrip())

    heading("Who called whom")
    print("Each edge is counted for every call, with the statement that made it.\n")
    for edge in trace.edges:
        callee = trace.functions[edge.callee].name
        caller = "code that is no target" if edge.caller is None else trace.functions[edge.caller].name
        at = "" if edge.statement is None else f", line {trace.statements[edge.statement].extent.line}"
        print(f"{edge.calls:5} calls of {callee} by {caller}{at}")

    heading("The first call of all")
    first = trace.calls[0]
    arguments = ", ".join(f"{name}={sample.text}" for name, sample in first.arguments.items())
    print(f"{trace.functions[first.function].name}({arguments})")
    print(f"{first.outcome.kind} {first.outcome.value.text if first.outcome.value else ''}")
    print("and was reached through " + ", ".join(frame.name for frame in trace.stack(first)[:-1]))

    heading("What to try next")
    print("Put another function of tomllib._parser into TARGETS, such as parse_value or parse_array.")
    print("Trace a function of yours: print(tracefunc(function, *arguments).trace)")
    print("Read docs/tutorial.md: it finds the cause of a wrong value in ten minutes.")


if __name__ == "__main__":
    main()
