"""DOT to a picture, by whichever Graphviz there is, in bounded time."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["HOW_TO_GET", "Budget", "Graphviz", "GraphvizError", "all_graphviz", "find_graphviz", "whole"]

HOW_TO_GET: Final = (
    "install Graphviz (apt-get install graphviz, brew install graphviz, winget install graphviz), or its bundled "
    "library: pip install 'tracefunc-export[svg-bundled]'"
)
# In a process of its own: a layout in C cannot be interrupted, and a crash must not be ours.
_BUNDLED = """
import sys, warnings
warnings.simplefilter("ignore")
import pygraphviz
format, engine, *arguments = sys.argv[1:]
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=format, prog=engine, args=" ".join(arguments)))
"""
_ENDS = {"svg": b"</svg>", "png": b"IEND\xaeB`\x82", "pdf": b"%%EOF"}


class GraphvizError(Exception):
    """Graphviz failed or was too slow; the message says which."""


@dataclass(frozen=True, slots=True)
class Graphviz:
    """One Graphviz: the program `dot`, or the library in pygraphviz."""

    program: str | None

    def draw(self, dot: str, format: str, *, engine: str = "dot", timeout: float, dpi: int = 144) -> bytes:  # noqa: A002
        """Return a picture of a DOT text, a PNG with `dpi` pixels to an inch.

        Raises `GraphvizError` where there is none after `timeout` seconds.
        """
        command = [*self._command(format, engine), *([f"-Gdpi={dpi}"] if format == "png" else [])]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            done = subprocess.run(
                command, input=dot.encode("utf-8"), capture_output=True, timeout=timeout, env=environ, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise GraphvizError(f"{engine} was not done after {timeout:.3g} s") from error
        except OSError as error:
            raise GraphvizError(f"{command[0]} could not be started: {error.strerror or error}") from error
        # A warning gives an exit code too: what counts is the picture.
        if not whole(done.stdout, format):
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise GraphvizError(
                f"{engine} failed with exit code {done.returncode}: {said[-1] if said else 'no message'}"
            )
        return done.stdout

    def _command(self, format: str, engine: str) -> Iterator[str]:  # noqa: A002
        if self.program is None:
            yield from (sys.executable, "-P", "-c", _BUNDLED, format, engine)
        else:
            yield from (self.program, f"-K{engine}", f"-T{format}")


def find_graphviz() -> Graphviz | None:
    """Return the Graphviz of this machine: `dot` if it is on PATH, else pygraphviz if it is installed, else None."""
    return next(all_graphviz(), None)


def all_graphviz() -> Iterator[Graphviz]:
    """Yield each Graphviz of this machine, the one to be tried first at first."""
    if program := shutil.which("dot"):
        yield Graphviz(program)
    if importlib.util.find_spec("pygraphviz"):
        yield Graphviz(None)


def whole(data: bytes, format: str) -> bool:  # noqa: A002
    """Tell whether a picture is complete."""
    return _ENDS[format] in data[-64:]


class Budget:
    """A number of seconds that several attempts share."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, never less than a tenth of one."""
        return max(self._end - time.monotonic(), 0.1)

    def part(self, part: float) -> float:
        """Return a part of all seconds, for small ones at least one second, that leaves most to those that follow."""
        if part >= 1:
            return self.left
        return min(max(self._seconds * part, 1.0), self.left * 0.4)
