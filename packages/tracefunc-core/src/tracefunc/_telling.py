"""Hands calls that have ended to the user, on a thread of its own."""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable
from queue import SimpleQueue

from tracefunc._freezing import freeze_call, outline
from tracefunc._prepare import Prepared
from tracefunc._recorder import Recorder
from tracefunc._records import CallRecord

__all__ = ["Teller"]


class Teller:
    """Calls `on_call(trace, call)` for each call with detail that ends, in their order.

    One with parameters `root` and `context` is given these by name: the id of the outermost call with detail above it,
    which may be its own, and the context (`contextvars`) in which it began.

    What that does takes no time of the traced program's, and what it raises does not reach it: see `failures`.
    """

    def __init__(self, on_call: Callable[..., object], prepared: Prepared, recorder: Recorder) -> None:
        self.failures: list[str] = []
        self._on_call = on_call
        self._prepared = prepared
        self._recorder = recorder
        self._process = os.getpid()
        self._ended: SimpleQueue[CallRecord | None] = SimpleQueue()
        self._is_done = _thread.allocate_lock()
        self._outline = outline(prepared, recorder)
        self._wants_more = _has_parameters(on_call, "root", "context")
        recorder.keeps_context = self._wants_more

    def begin(self) -> None:
        """Tell of calls from now on."""
        self._is_done.acquire()
        _thread.start_new_thread(self._run, ())
        self._recorder.on_end = self._put

    def end(self) -> None:
        """Return when all calls have been told of."""
        self._recorder.on_end = None
        if self._process == os.getpid():
            self._ended.put(None)
            with self._is_done:
                pass

    def _put(self, record: CallRecord) -> None:
        if self._process == os.getpid():  # a child that was forked has no thread that reads
            self._ended.put(record)

    def _run(self) -> None:
        try:
            while (record := self._ended.get()) is not None:
                try:
                    self._tell(record)
                except BaseException as error:
                    self.failures.append(f"on_call failed with {error!r}")
        finally:
            self._is_done.release()

    def _tell(self, record: CallRecord) -> None:
        if len(self._outline.functions) != len(self._prepared.functions):  # more targets have appeared
            self._outline = outline(self._prepared, self._recorder)
        call = freeze_call(self._prepared, self._recorder, record)
        if self._wants_more:
            context, record.context = record.context, None
            self._on_call(self._outline, call, root=record.root, context=context)
        else:
            self._on_call(self._outline, call)


def _has_parameters(function: Callable[..., object], *names: str) -> bool:
    import inspect

    try:
        return inspect.signature(function).parameters.keys() >= set(names)
    except (TypeError, ValueError):  # it does not tell
        return False
