"""A session: all that belongs to one run of a tracer, from its start to its stop."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from tracefunc._discovery import Discovery
from tracefunc._freezing import freeze
from tracefunc._monitor import arm, disarm, warn_of_failures
from tracefunc._options import Options
from tracefunc._patterns import Pattern
from tracefunc._prepare import Planned, Prepared
from tracefunc._recorder import Recorder
from tracefunc._records import Watch
from tracefunc._scout import scouting
from tracefunc.errors import TraceWarning
from tracefunc.model import Call, Trace

__all__ = ["Session"]


class Session:
    """Records the calls of prepared targets in all threads, once; a `stream` is where to write them meanwhile."""

    def __init__(
        self,
        prepared: Prepared,
        options: Options,
        patterns: tuple[Pattern, ...],
        plans: dict[int, Planned],
        stream: Any = None,
        on_call: Callable[[Trace, Call], object] | None = None,
    ) -> None:
        self.prepared = prepared
        self.recorder = Recorder(options)
        self._discovery = Discovery(patterns, prepared, self.recorder, plans) if patterns else None
        self._notes: tuple[str, ...] = ()
        self._has_begun = False
        self.state = "new"
        self._start = self._end = 0
        self._teller = None
        if on_call is not None:
            from tracefunc._telling import Teller

            self._teller = Teller(on_call, prepared, self.recorder)
        self._stream = None
        if stream is not None:
            from tracefunc._stream import Stream

            self._stream = Stream(stream, self._part)

    def begin(self) -> None:
        """Record from now on; raises `NoToolIdError`, and `OSError` where the stream cannot be written."""
        self._start = self.recorder.now()
        if self._stream is not None:
            self._stream.begin()
        self.state = "running"
        try:
            if self._teller is not None:
                self._teller.begin()
            arm(self.recorder, self.prepared.watches)
            if self._discovery is not None:
                self._discovery.begin()
            self._has_begun = True
        except BaseException:
            self.finish()
            raise

    def add(self, watches: list[Watch]) -> None:
        """Record calls of further code."""
        arm(self.recorder, watches)

    def finish(self) -> None:
        """Record nothing more. A second time does what an interrupt kept the first from doing."""
        if self.state != "running":
            return
        try:
            self._stop()
        except BaseException:  # an interrupt came into it: what is left is undone before that goes on
            self._stop()
            raise
        finally:
            self.recorder.stop()
            if self._teller is not None:
                self._teller.end()
                self._add_notes(self._teller.failures)
            self._add_notes(self.recorder.failed_conditions)
            self._end = self.recorder.now()
            self.state = "ended"
            if self._discovery is not None and self._has_begun:
                self._add_notes(self._discovery.notes())
            if self._stream is not None:
                self._stream.end()
            self._warn()

    def _add_notes(self, notes: Iterable[str]) -> None:
        self._notes += tuple(dict.fromkeys(note for note in notes if note not in self._notes))

    def _stop(self) -> None:
        if self._discovery is not None:
            self._discovery.end()
        disarm(self.recorder)

    def _warn(self) -> None:
        warn_of_failures(self.recorder)
        for note in self._notes:
            warnings.warn(note, TraceWarning, skip_file_prefixes=(__file__.rpartition(os.sep)[0],))

    def __del__(self) -> None:
        if getattr(self, "state", "new") == "running":  # an interrupt came just before the end
            self.finish()

    def trace(self) -> Trace:
        """Return all that was recorded so far."""
        traces: list[Trace] = []
        scouting(self._freeze, traces)
        return traces[0]

    def _part(self, done: set[int]) -> Trace:
        """Return what was recorded so far but the calls that are done, which are counted in no hits."""
        traces: list[Trace] = []
        scouting(self._freeze, traces, done)
        return traces[0]

    def _freeze(self, traces: list[Trace], done: set[int] | None = None) -> None:
        end = self._end or self.recorder.now()
        traces.append(freeze(self.prepared, self.recorder, self._start, end, self._notes, done))
