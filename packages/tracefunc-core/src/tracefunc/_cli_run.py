"""`tracefunc run`: a program in this process, its functions traced, and a report when it has ended."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

from tracefunc._cli_output import Output, output_for, report, say, summary, write
from tracefunc._config import defaults, tracer_options
from tracefunc._launch import Launch, Program, end_by_interrupt, prepare_launch
from tracefunc._progress import Counter, is_terminal
from tracefunc._tracer import Tracer
from tracefunc.errors import TraceError, TraceWarning
from tracefunc.model import Trace

__all__ = ["prepare_run"]


def prepare_run(asked: argparse.Namespace, program: Program) -> Callable[[], None]:
    """Make everything ready and return the function that runs the program, which may end in any way it likes.

    Raises `TraceError` for what is wrong with flags, settings, targets or outputs: then nothing has run.
    """
    settings = {**defaults(), **vars(asked)}
    asked = argparse.Namespace(**settings)
    outputs = list(_outputs(asked))
    launch = prepare_launch(program)
    targets = _targets(settings.get("targets", []), launch)
    options = tracer_options(settings)
    stream = next((each for each in outputs if each.exporter and each.exporter.name == "jsonl"), None)
    if stream is not None and not stream.destination.endswith(".gz"):
        options["stream"] = stream.destination
    run = _Run(Tracer(*targets, **options), launch, asked, outputs)
    run.start()
    return launch.run


def _outputs(asked: argparse.Namespace) -> Iterator[Output]:
    destinations = asked.output if "output" in asked else []
    for destination in [destinations] if isinstance(destinations, str) else destinations:
        if destination == "-":
            raise TraceError("standard output is the program's own: give -o the name of a file, or /dev/stderr")
        yield output_for(destination, getattr(asked, "format", None))
    for name in ("svg", "json", "otlp"):
        if name in asked:
            yield output_for(getattr(asked, name), name)


def _targets(targets: list[str], launch: Launch) -> list[str]:
    """Return the targets as a `Tracer` takes them: a name of the program's own file is one of `__main__`."""
    own = _own_names(launch)
    return [_of_program(target.strip(), own) for target in targets] or ["__main__:*"]


def _of_program(target: str, own: frozenset[str]) -> str:
    """Return `__main__:total` for `total`, where the program has that or where no module has such a name."""
    first = target.partition(".")[0]
    if not first.isidentifier() or ":" in target or target.endswith((".py", ".pyw")) or first == "__main__":
        return target
    from importlib.util import find_spec

    return f"__main__:{target}" if first in own or find_spec(first) is None else target


def _own_names(launch: Launch) -> frozenset[str]:
    """Return the names of the functions and classes in the program's own file."""
    import ast

    text = launch.text
    try:
        if text is None and launch.path is not None:
            with open(launch.path, "rb") as file:
                text = file.read()
        tree = ast.parse(text or b"")
    except (OSError, SyntaxError, ValueError):  # in a zip file; the program itself will say what is wrong
        return frozenset()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


class _Run:
    """A program that runs traced, and what is to be done at its end."""

    def __init__(self, tracer: Tracer, launch: Launch, asked: argparse.Namespace, outputs: list[Output]) -> None:
        self._tracer = tracer
        self._launch = launch
        self._asked = asked
        self._outputs = outputs
        self._owner = os.getpid()
        self._counter: Counter | None = None

    def start(self) -> None:
        """Trace from now on to the very end, which threads and functions of `atexit` put off."""
        atexit.register(self._finish)  # the first to be registered is the last to be called
        self._tracer.start()
        if is_terminal(sys.stderr) and getattr(self._asked, "progress", True) and not self._asked.quiet:
            self._counter = Counter(sys.stderr, self._count)
            self._counter.start()

    def _count(self) -> tuple[int, int]:
        trace = self._tracer.trace()
        return sum(function.calls for function in trace.functions), sum(trace.hits)

    def _finish(self) -> None:
        if os.getpid() != self._owner:  # a fork that ends as its parent would
            return
        try:
            if self._counter is not None:
                self._counter.stop()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TraceWarning)  # the notes of the trace say the same
                trace = self._tracer.stop()
            self._write(_without_launcher(trace))
        except KeyboardInterrupt:
            say("interrupted: the report is not complete")
        except Exception as error:
            if getattr(self._asked, "debug", False):
                raise
            say(f"{error}" if isinstance(error, TraceError) else f"{type(error).__name__}: {error}")
        finally:
            if self._launch.interrupted:
                end_by_interrupt()

    def _write(self, trace: Trace) -> None:
        written = []
        for output in self._outputs:
            try:
                remark = write(trace, output, self._asked)
            except TraceError as error:
                if getattr(self._asked, "debug", False):
                    raise
                say(str(error))
            else:
                written.append(output.destination or (output.exporter.name if output.exporter else ""))
                if remark and not self._asked.quiet:
                    say(remark)
        if self._asked.quiet:
            return
        if self._outputs:
            for note in trace.notes:
                say(f"note: {note}")
            say(f"{summary(trace)}; written: {', '.join(written) or 'nothing'}")
        else:
            say(summary(trace))
            self._print(report(trace, self._asked, sys.__stderr__))

    def _print(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):  # closed: there is nobody to tell
            print(f"\n{text}" if text else "", file=sys.__stderr__, flush=True)


def _without_launcher(trace: Trace) -> Trace:
    """Return a trace whose stacks begin with the program's first frame."""
    calls = []
    for call in trace.calls:
        ours = [
            index for index, frame in enumerate(call.frames) if frame.path == _LAUNCH and frame.name == "Launch.run"
        ]
        calls.append(replace(call, frames=call.frames[ours[0] + 1 :]) if ours else call)
    return replace(trace, calls=tuple(calls))


_LAUNCH = Launch.run.__code__.co_filename
