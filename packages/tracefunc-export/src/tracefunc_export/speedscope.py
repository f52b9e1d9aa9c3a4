"""Traces for speedscope, the viewer of flame graphs at https://www.speedscope.app.

from tracefunc_export.speedscope import write

write(trace, "trace.speedscope.json")
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from tracefunc.model import Function, Statement, Trace
from tracefunc_export import _files
from tracefunc_export._lanes import Lane, Node, lanes

__all__ = ["to_speedscope", "write"]

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_SNIPPET = 100  # characters of a snippet in the name of its frame


def to_speedscope(trace: Trace, *, name: str | None = None) -> dict[str, Any]:
    """Return a trace as a speedscope document.

    There is a profile in time for each thread, and more for what overlaps in it (generators, tasks). Below the frame of
    a call stands the frame of the statement that made the next call. The last profile has the hits of all calls: each
    statement below its function, as wide as its hits. Times are nanoseconds since the session began.
    """
    frames = _Frames(trace)
    profiles = [_timeline(trace, lane, frames) for lane in lanes(trace)]
    profiles.append(_hits(trace, frames))
    return {
        "$schema": _SCHEMA,
        "name": name or "trace",
        "exporter": "tracefunc",
        "activeProfileIndex": 0,
        "shared": {"frames": frames.known},
        "profiles": profiles,
    }


def write(trace: Trace, path: str | os.PathLike[str], *, name: str | None = None) -> None:
    """Write a speedscope file; see `to_speedscope`. The name is that of the file unless another is given."""
    document = to_speedscope(trace, name=name or os.path.basename(os.fspath(path)))
    _files.write(path, json.dumps(document, separators=(",", ":")).encode("ascii"))


class _Frames:
    """The frames of a document: each function and each statement that occurs once, by number."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._numbers: dict[tuple[str, int], int] = {}
        self.known: list[dict[str, Any]] = []

    def of_function(self, index: int) -> int:
        function = self._trace.functions[index]
        return self._number(("function", index), function.qualname, function, function.line, None)

    def of_statement(self, index: int, function: Function) -> int:
        statement = self._trace.statements[index]
        extent = statement.extent
        return self._number(("statement", index), _snippet(statement), function, extent.line, extent.column + 1)

    def _number(self, key: tuple[str, int], name: str, function: Function, line: int, column: int | None) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.known)
            frame: dict[str, Any] = {"name": name, "file": function.path, "line": line}
            if column is not None:
                frame["col"] = column
            self.known.append(frame)
        return self._numbers[key]


def _snippet(statement: Statement) -> str:
    first, more, _ = statement.snippet.partition("\n")
    first = first if len(first) <= _SNIPPET else f"{first[: _SNIPPET - 3]}..."
    return f"{statement.extent.line}: {first}{' ...' if more else ''}"


def _timeline(trace: Trace, lane: Lane, frames: _Frames) -> dict[str, Any]:
    return {
        "type": "evented",
        "name": _name(lane),
        "unit": "nanoseconds",
        "startValue": 0,
        "endValue": trace.end - trace.start,
        "events": list(_events(trace, lane, frames)),
    }


def _name(lane: Lane) -> str:
    parts = [lane.thread_name or f"thread {lane.thread_id}"]
    if lane.task_name:
        parts.append(lane.task_name)
    if lane.number:
        parts.append(f"overlapping {lane.number}")
    return ", ".join(parts)


def _events(trace: Trace, lane: Lane, frames: _Frames) -> Iterator[dict[str, Any]]:
    """Yield when each frame opens and closes. The calls nest as deep as the program did: no recursion here."""
    waiting: list[tuple[Node | None, list[int], int]] = [(node, [], 0) for node in reversed(lane.calls)]
    while waiting:
        node, closing, at = waiting.pop()
        if node is None:
            for frame in closing:
                yield {"type": "C", "frame": frame, "at": at}
            continue
        opened = _frames_of(trace, node, frames)
        for frame in opened:
            yield {"type": "O", "frame": frame, "at": node.start - trace.start}
        waiting.append((None, opened[::-1], node.end - trace.start))
        waiting += [(inner, [], 0) for inner in reversed(node.inner)]


def _frames_of(trace: Trace, node: Node, frames: _Frames) -> list[int]:
    """Return the frames of a call: its function, below the statement that made the call where that is nested too."""
    function = frames.of_function(node.call.function)
    if node.outer is None or node.statement is None:
        return [function]
    return [frames.of_statement(node.statement, trace.functions[node.outer.call.function]), function]


def _hits(trace: Trace, frames: _Frames) -> dict[str, Any]:
    samples = []
    weights = []
    for function in trace.functions:
        for each in function.statements:
            if trace.hits[each]:
                samples.append([frames.of_function(function.id), frames.of_statement(each, function)])
                weights.append(trace.hits[each])
    return {
        "type": "sampled",
        "name": "Hits of statements, all calls",
        "unit": "none",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": samples,
        "weights": weights,
    }
