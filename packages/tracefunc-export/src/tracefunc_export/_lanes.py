"""Calls in time, laid into lanes in which they nest: what viewers of flame graphs expect of a thread.

Calls of one thread nest as long as they are plain functions. Generators and tasks overlap in any way; one that does not
fit into the call that made it opens a lane of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tracefunc.model import Call, Trace

__all__ = ["Lane", "Node", "lanes"]


@dataclass(slots=True)
class Node:
    """A call with its times, which are always known here, the call around it, and those inside it, in order of time."""

    call: Call
    start: int
    end: int
    outer: Node | None = None
    inner: list[Node] = field(default_factory=list)

    @property
    def statement(self) -> int | None:
        """The statement of the call around it that made this one; None where there is none, or calls in between."""
        return None if self.outer is None or self.outer.call.id != self.call.caller else self.call.caller_statement


@dataclass(slots=True)
class Lane:
    """Calls of one thread that follow each other, each with those nested in it.

    `number` counts the lanes of the thread from 0; the first has what ran as plain calls.
    """

    process_id: int
    thread_id: int
    thread_name: str
    task_name: str | None
    number: int
    calls: list[Node] = field(default_factory=list)


def lanes(trace: Trace) -> list[Lane]:
    """Return the lanes of all threads, in order of their first call."""
    nodes: dict[int, Node] = {}
    threads: dict[tuple[int, int], list[Lane]] = defaultdict(list)
    for call in sorted(trace.calls, key=lambda call: (call.start, call.id)):
        start = max(call.start, trace.start)
        node = Node(call, start, max(trace.end if call.end is None else call.end, start))
        if not _nested(node, nodes):
            lane = _free(threads[call.process_id, call.thread_id], node)
            lane.calls.append(node)
        nodes[call.id] = node
    return [lane for thread in threads.values() for lane in thread]


def _nested(node: Node, nodes: dict[int, Node]) -> bool:
    """Put a call into the one that made it, if it runs in the same thread, within its time, and after its siblings.

    Where that one has no detail, the next call above with detail stands for it.
    """
    call = node.call
    outer = nodes.get(call.caller) if call.caller is not None else None
    if outer is None and call.frames_above is not None:
        outer = nodes.get(call.frames_above)
    if outer is None or (outer.call.process_id, outer.call.thread_id) != (call.process_id, call.thread_id):
        return False
    if node.end > outer.end or (outer.inner and node.start < outer.inner[-1].end):
        return False
    node.outer = outer
    outer.inner.append(node)
    return True


def _free(thread: list[Lane], node: Node) -> Lane:
    """Return the first lane of a thread that is free when a call starts; calls of different tasks never share one."""
    call = node.call
    for lane in thread:
        if lane.task_name == call.task_name and (not lane.calls or lane.calls[-1].end <= node.start):
            return lane
    lane = Lane(call.process_id, call.thread_id, call.thread_name, call.task_name, len(thread))
    thread.append(lane)
    return lane
