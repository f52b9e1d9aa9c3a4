"""`tracefunc run`: a program in this process, its functions traced, and a report when it has ended."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from tracefunc._cli_output import Output, option_texts, outputs_for, report, say, summary, write
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
    outputs = _outputs(asked)
    launch = prepare_launch(program)
    targets = _targets(settings.get("targets", []), launch)
    options = tracer_options(settings)
    stream = next((each for each in outputs if each.exporter and each.exporter.name == "jsonl"), None)
    if stream is not None and not stream.destination.endswith(".gz"):
        options["stream"] = stream.destination
    run = _Run(Tracer(*targets, **options), launch, asked, outputs)
    launch.enter()
    run.start()
    return launch.run


def _outputs(asked: argparse.Namespace) -> list[Output]:
    """Return where the trace is to go."""
    wanted: list[tuple[str, str | None]] = []
    destinations = asked.output if "output" in asked else []
    for destination in [destinations] if isinstance(destinations, str) else destinations:
        if destination == "-":
            raise TraceError("standard output is the program's own: give -o the name of a file, or /dev/stderr")
        if destination:  # an empty TRACEFUNC_OUTPUT is none
            wanted.append((destination, getattr(asked, "format", None)))
    wanted += [(getattr(asked, name), name) for name in ("svg", "json", "otlp") if name in asked]
    return outputs_for(wanted, option_texts(asked.option))


def _targets(targets: list[str], launch: Launch) -> list[str]:
    """Return the targets as a `Tracer` takes them: a name of the program's own file is one of `__main__`."""
    own = _own_names(launch)
    return [_of_program(target.strip(), own, launch) for target in targets] or [_ALL]


def _of_program(target: str, own: frozenset[str], launch: Launch) -> str:
    """Return `__main__:total` for `total`, where the program has that or where no module has such a name.

    A script is known by the name that it would have as a module, too.
    """
    module, colon, name = target.partition(":")
    script = launch.path if launch.program.kind == "script" and not launch.importer else None
    if script is not None and module == os.path.splitext(os.path.basename(script))[0]:
        return f"{script}{colon}{name}"
    first = target.partition(".")[0]
    if not first.isidentifier() or colon or target.endswith((".py", ".pyw")) or first == "__main__":
        return target
    from importlib.machinery import PathFinder

    is_module = first in sys.modules or PathFinder.find_spec(first, [launch.first, *sys.path]) is not None
    return f"__main__:{target}" if first in own or not is_module else target


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
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )


class _Run:
    """A program that runs traced, and what is to be done at its end."""

    def __init__(self, tracer: Tracer, launch: Launch, asked: argparse.Namespace, outputs: list[Output]) -> None:
        self._tracer = tracer
        self._launch = launch
        self._asked = asked
        self._outputs = outputs
        self._owner = os.getpid()
        self._environ = dict(os.environ)  # what the program makes of it is its own
        self._folder = os.getcwd()
        self._counter: Counter | None = None

    def start(self) -> None:
        """Trace from now on to the very end, which threads and functions of `atexit` put off."""
        self._tracer.start()
        atexit.register(self._finish)  # the first to be registered is the last to be called
        if is_terminal(sys.stderr) and getattr(self._asked, "progress", True) and not self._asked.quiet:
            self._counter = Counter(sys.stderr, self._count)
            self._counter.start()

    def _count(self) -> tuple[int, int]:
        trace = self._tracer.trace()
        return sum(function.calls for function in trace.functions), sum(trace.hits)

    def _finish(self) -> None:
        try:
            if self._counter is not None:
                self._counter.stop()
            self._launch.leave()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TraceWarning)  # the notes of the trace say the same
                trace = self._tracer.stop()
            if os.getpid() != self._owner:  # a fork that ends as its parent would
                return
            with suppress(Exception):
                sys.stdout.flush()  # the report comes after what the program wrote
            self._write(_advised(_without_launcher(trace)))
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
        if not self._outputs:
            if not self._asked.quiet:
                say(summary(trace))
                self._print(report(trace, self._asked, sys.__stderr__))
            return
        ours = [output for output in self._outputs if output.is_ours and self._write_one(trace, output)]
        others = [output for output in self._outputs if not output.is_ours]
        done = {id(output) for output in ours + self._export(trace, others)}
        if not self._asked.quiet:
            for note in trace.notes:
                say(f"note: {note}")
            written = ", ".join(str(output) for output in self._outputs if id(output) in done)
            say(f"{summary(trace)}; written: {written or 'nothing'}")

    def _write_one(self, trace: Trace, output: Output) -> bool:
        try:
            write(trace, replace(output, destination=os.path.join(self._folder, output.destination)), self._asked)
        except TraceError as error:
            if getattr(self._asked, "debug", False):
                raise
            say(str(error))
            return False
        return True

    def _export(self, trace: Trace, outputs: list[Output]) -> list[Output]:
        """Let exporters work in a process of their own: in this one no thread can begin any more that they may need."""
        if not outputs:
            return []
        import subprocess
        import tempfile

        done = []
        with tempfile.TemporaryDirectory(prefix="tracefunc-") as folder:
            stored = os.path.join(folder, "trace.jsonl")
            trace.save(stored)
            for output in outputs:
                assert output.exporter is not None
                arguments = ["export", stored, f"--format={output.exporter.name}", f"--output={output.destination}"]
                arguments += [f"--option={name}={text}" for name, text in output.texts.items()]
                arguments += ["--quiet" if self._asked.quiet else "--brief"]
                arguments += ["--debug"] if getattr(self._asked, "debug", False) else []
                command = [sys.executable, "-P", "-m", "tracefunc", *arguments]
                nothing = subprocess.DEVNULL
                ended = subprocess.run(
                    command, cwd=self._folder, env=self._environ, stdin=nothing, stdout=nothing, check=False
                )
                if ended.returncode == 0:
                    done.append(output)
        return done

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


def _advised(trace: Trace) -> Trace:
    """Return a trace that tells who named no target what to do, where the program's own file has no function."""
    missing = f"target {_ALL!r} matched nothing"
    advice = f"{missing}: the program's own file has no functions; name others by -t TARGET, such as -t 'package.*'"
    return replace(trace, notes=tuple(advice if note.startswith(missing) else note for note in trace.notes))


_ALL = "__main__:*"
_LAUNCH = Launch.run.__code__.co_filename
