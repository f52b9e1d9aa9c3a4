"""The results as the older package gave them: a list of `(stack, mapping)` pairs, here over a whole trace."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from typing import Any

from tracefunc.model import Call, Frame, Trace

__all__ = ["CallMapping", "TraceResults"]

type CallMapping = dict[str, tuple[int, dict[str, list[tuple[str, str]]]]]
"""`{snippet: (hits, {name: [(type name, text), ...]})}`, in source order."""


class TraceResults(list[tuple[str, CallMapping]]):
    """The detailed calls in order of their start, each as its stack and the mapping of its statements.

    A stack is one `name (path:line)` line for each frame, the call's own last. In a mapping, equal snippets are told
    apart by trailing spaces.

    `trace` is the whole `Trace`, `value` what the traced function returned, `exc` the exception that it raised.
    """

    trace: Trace
    value: object
    exc: BaseException | None

    def __init__(
        self,
        trace: Trace,
        calls: list[Call] | None = None,
        *,
        incl_unhit: bool = False,
        stacks: bool = True,
        outermost: Frame | None = None,
        value: object = None,
        exc: BaseException | None = None,
    ) -> None:
        self.trace, self.value, self.exc = trace, value, exc
        keys = _keys(trace)
        super().__init__(
            (_stack(trace, call, outermost) if stacks else "", _mapping(trace, call, keys, incl_unhit))
            for call in (trace.calls if calls is None else calls)
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the trace."""
        return self.trace._repr_html_()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Give IPython what it prints where it shows no HTML: the trace."""
        self.trace._repr_pretty_(printer, cycle)


def _keys(trace: Trace) -> dict[int, str]:
    """Return the key of each statement: its snippet, with trailing spaces where the function has it already."""
    keys: dict[int, str] = {}
    for function in trace.functions:
        seen: dict[str, int] = {}
        for statement in (trace.statements[index] for index in function.statements):
            if statement.id not in keys:
                again = seen.get(statement.snippet, 0)
                seen[statement.snippet] = again + 1
                keys[statement.id] = statement.snippet + " " * again
    return keys


def _mapping(trace: Trace, call: Call, keys: dict[int, str], incl_unhit: bool) -> CallMapping:
    mapping: CallMapping = {}
    for index in trace.functions[call.function].statements:
        hits = call.hits.get(index, 0)
        if hits or incl_unhit:
            taken = call.samples.get(index, {})
            names = (*trace.statements[index].names, *trace.settings.watch)
            samples = {name: [(each.type, each.text) for each in taken.get(name, ())] for name in names}
            mapping[keys[index]] = hits, samples
    return mapping


def _stack(trace: Trace, call: Call, outermost: Frame | None) -> str:
    frames = list(trace.stack(call))
    if outermost is not None:
        same = [index for index, frame in enumerate(frames) if frame[:2] == outermost[:2]]
        frames = frames[same[0] :] if same else frames
    base = os.path.dirname((outermost or frames[0]).path)
    return "\n".join(f"{frame.name} ({shorten(frame.path, base)}:{frame.line})" for frame in frames)


def shorten(path: str, base: str) -> str:
    """Return a path relative to the folder `base` when it is below it, else with a variable for a well-known folder."""
    if base and path.startswith(base + os.sep):
        return path[len(base) + 1 :]
    for folder, label in _folders():
        if path.startswith(folder + os.sep):
            return label + path[len(folder) :]
    return path


@cache
def _folders() -> list[tuple[str, str]]:
    paths = sysconfig.get_paths()
    known: Mapping[str, str | None] = {
        "$VIRTUAL_ENV": os.environ.get("VIRTUAL_ENV"),
        "$SITE_PACKAGES": paths.get("purelib"),
        "$PLAT_SITE_PACKAGES": paths.get("platlib"),
        "$PYTHON_STDLIB": paths.get("stdlib"),
        "$PYTHON_PLAT_STDLIB": paths.get("platstdlib"),
        "$PYTHON_PREFIX": sys.prefix,
        "$PYTHON_BASE": sys.base_prefix,
        "~": os.path.expanduser("~"),
    }
    found = {(folder, label) for label, path in known.items() if path for folder in (path, os.path.realpath(path))}
    return sorted(found, key=lambda item: (-len(item[0]), item[1]))
