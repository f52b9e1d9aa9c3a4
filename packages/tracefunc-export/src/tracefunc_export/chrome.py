"""Chrome trace events, for https://ui.perfetto.dev and chrome://tracing.

from tracefunc_export.chrome import write

write(trace, "trace.chrome.json")
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from tracefunc.model import Call, Trace
from tracefunc_export import _files
from tracefunc_export._lanes import Lane, Node, lanes

__all__ = ["to_chrome", "write"]


def to_chrome(trace: Trace, *, values: bool = True) -> dict[str, Any]:
    """Return a trace as a document of Chrome trace events.

    Each call with detail is a complete event, below one of the statement that made it; exceptions are instant events
    where they left a call. Calls that overlap in one thread (generators, tasks) have rows of their own. `values=False`
    leaves out arguments, results and messages. Times are microseconds since the session began.
    """
    events: list[dict[str, Any]] = []
    for row, lane in enumerate(lanes(trace), 1):
        events += _names(lane, row)
        events += _events(trace, lane, row, values)
    return {
        "traceEvents": events,
        "displayTimeUnit": "ns",
        "otherData": {"exporter": "tracefunc", "python": trace.python, "start_unix_ns": trace.start},
    }


def write(trace: Trace, path: str | os.PathLike[str], *, values: bool = True) -> None:
    """Write a file of Chrome trace events; see `to_chrome`."""
    _files.write(path, json.dumps(to_chrome(trace, values=values), separators=(",", ":")).encode("ascii"))


def _names(lane: Lane, row: int) -> Iterator[dict[str, Any]]:
    """Yield what a row and its process are called. Rows are numbered: ids of threads are too large for some viewers."""
    name = lane.thread_name or "thread"
    parts = [f"{name} ({lane.thread_id})", *([lane.task_name] if lane.task_name else [])]
    if lane.number:
        parts.append(f"overlapping {lane.number}")
    common = {"ph": "M", "pid": lane.process_id, "tid": row}
    yield {"name": "process_name", **common, "args": {"name": f"Python {lane.process_id}"}}
    yield {"name": "thread_name", **common, "args": {"name": ", ".join(parts)}}
    yield {"name": "thread_sort_index", **common, "args": {"sort_index": row}}


def _events(trace: Trace, lane: Lane, row: int, values: bool) -> Iterator[dict[str, Any]]:
    """Yield the events of a row in order of their start, outer ones first."""
    waiting = list(reversed(lane.calls))
    while waiting:
        node = waiting.pop()
        if node.statement is not None:
            yield _statement(trace, node, node.statement, row)
        function = trace.functions[node.call.function]
        yield {
            "name": function.qualname,
            "cat": "call",
            **_when(trace, node, row),
            "args": _about(trace, node.call, values),
        }
        if node.call.outcome.kind == "raised":
            yield _raised(trace, node, row, values)
        waiting += reversed(node.inner)


def _when(trace: Trace, node: Node, row: int) -> dict[str, Any]:
    start, length = (node.start - trace.start) / 1_000, (node.end - node.start) / 1_000
    return {"ph": "X", "ts": start, "dur": length, "pid": node.call.process_id, "tid": row}


def _statement(trace: Trace, node: Node, index: int, row: int) -> dict[str, Any]:
    statement = trace.statements[index]
    name = statement.snippet.partition("\n")[0]
    return {
        "name": f"{statement.extent.line}: {name}",
        "cat": "statement",
        **_when(trace, node, row),
        "args": {"snippet": statement.snippet, "line": statement.extent.line, "hits": trace.hits[statement.id]},
    }


def _raised(trace: Trace, node: Node, row: int, values: bool) -> dict[str, Any]:
    outcome = node.call.outcome
    return {
        "name": outcome.exception or "exception",
        "cat": "exception",
        "ph": "i",
        "s": "t",
        "ts": (node.end - trace.start) / 1_000,
        "pid": node.call.process_id,
        "tid": row,
        "args": {"message": outcome.message} if values else {},
    }


def _about(trace: Trace, call: Call, values: bool) -> dict[str, Any]:
    function = trace.functions[call.function]
    about: dict[str, Any] = {
        "id": call.id,
        "file": f"{function.path}:{function.line}",
        "module": function.module,
        "outcome": call.outcome.kind,
        "running_ns": call.running,
        "hits": {
            f"{trace.statements[each].extent.line}: {trace.statements[each].snippet.partition('\n')[0]}": hits
            for each, hits in call.hits.items()
        },
    }
    if call.suspended:
        about["suspended_ns"] = call.suspended
    if values:
        about["arguments"] = {name: sample.text for name, sample in call.arguments.items()}
        if call.outcome.value:
            about["value"] = call.outcome.value.text
    return about
