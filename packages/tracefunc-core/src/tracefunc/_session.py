"""A session: all that belongs to one run of a tracer, from its start to its stop."""

from __future__ import annotations

import atexit
import os
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tracefunc._discovery import Discovery
from tracefunc._failing import warn_of_failures
from tracefunc._forks import tell_of_forks
from tracefunc._freezing import freeze
from tracefunc._monitor import arm, disarm
from tracefunc._options import Options
from tracefunc._patterns import Pattern
from tracefunc._prepare import Planned, Prepared, prepare
from tracefunc._recorder import Recorder
from tracefunc._records import Watch
from tracefunc._scout import scouting
from tracefunc.errors import TraceWarning
from tracefunc.model import Trace

if TYPE_CHECKING:
    from tracefunc._follow import Follow
    from tracefunc._stream import Part, Stream

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
        on_call: Callable[..., object] | None = None,
        follow: Follow | None = None,
    ) -> None:
        self.prepared = prepared
        self.recorder = Recorder(options)
        self._options, self._patterns, self._plans, self._follow = options, patterns, plans, follow
        self._discovery = Discovery(patterns, prepared, self.recorder, plans) if patterns else None
        self._parts: list[Trace] = []
        self._notes: tuple[str, ...] = ()
        self._has_begun = False
        self.state = "new"
        self._start = self._end = 0
        self._teller = None
        if on_call is not None:
            from tracefunc._telling import Teller

            self._teller = Teller(on_call, prepared, self.recorder)
        self._stream: Stream | None = None
        if stream is not None:
            self._stream = _stream(stream, self._part)

    def begin(self) -> None:
        """Record from now on; raises `NoToolIdError`, and `OSError` where the stream cannot be written."""
        self._start = self.recorder.now()
        tell_of_forks(self)
        if self._follow is not None:
            self._begin_to_follow(self._follow)
        try:
            if self._stream is not None:
                self._stream.begin()
        except BaseException:
            if self._follow is not None:
                self._follow.end()
            raise
        if self._follow is not None and self.is_part:
            self._follow.guard(self._end_part)
        self.state = "running"
        try:
            if self._teller is not None:
                self._teller.begin()
            arm(self.recorder, self.prepared.watches)
            if self._discovery is not None:
                self._discovery.begin()
            self._has_begun = True
            if self.is_part:
                atexit.register(self._finish_part)  # the last to be called but for what was there before
        except BaseException:
            self.finish()
            raise

    def _begin_to_follow(self, follow: Follow) -> None:
        if not follow.is_child:
            follow.begin()
            return
        self._stream = _stream(follow.part(), self._part)

    def wait_for_fork(self) -> None:
        """Begin in each child that this process forks, and not before."""
        self.state = "waiting"
        tell_of_forks(self)

    def before_fork(self) -> None:
        """Note what is not there any more behind a fork."""
        if self.state == "running" and self._follow is None:
            self.recorder.before_fork()

    def after_fork_in_parent(self) -> None:
        """Go on as before."""

    def after_fork_in_child(self) -> None:
        """Go on with the copy of what was recorded; or, where children are followed, begin anew."""
        if self._follow is not None and self.state in ("running", "waiting"):
            from tracefunc._follow import undisturbed

            try:
                with undisturbed():
                    self._begin_anew(self._follow)
            except Exception as error:  # the child is to run as if untraced
                self._stop()
                self.state = "ended"
                self._follow.tell_failure(error)
        elif self.state == "running":
            self.recorder.go_on_in_child()

    def _begin_anew(self, follow: Follow) -> None:
        self._stop()
        follow.is_child = True
        codes = (id(watch.code) for watch in self.prepared.watches)
        targets = [self._plans[key].target for key in codes if key in self.prepared.roots and key in self._plans]
        self.prepared, self.recorder = prepare(targets, self._plans), Recorder(self._options)
        self._teller, self._notes, self._has_begun = None, (), False
        if self._patterns:
            self._discovery = Discovery(self._patterns, self.prepared, self.recorder, self._plans)
        atexit.unregister(self._finish_part)
        self.begin()

    def _end_part(self, timeout: float = -1) -> None:
        """Write the rest of the part of a process that ends."""
        if self._stream is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._stream.end(timeout)

    def _finish_part(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.finish()

    @property
    def is_part(self) -> bool:
        """Whether it is that of a child whose trace another process shows."""
        return self._follow is not None and self._follow.is_child

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
            if self.is_part:
                self._end_part()  # whatever ends this process meanwhile comes to that, too
            parts, notes, found = ([], [], set[str]()) if self._follow is None else self._follow.end()
            if self._discovery is not None and self._has_begun and not self.is_part:
                self._add_notes(self._discovery.notes(found))
            self._add_notes(notes)
            if self._stream is not None:
                self._stream.end()
            self._parts = parts
            if self.is_part:
                atexit.unregister(self._finish_part)
            else:
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
        """Return all that was recorded so far; in the end with what other processes have recorded."""
        traces: list[Trace] = []
        scouting(self._freeze, traces)
        if not self._parts:
            return traces[0]
        return traces[0].merge(*self._parts)

    def _part(self, done: set[int]) -> Trace:
        """Return what was recorded so far but the calls that are done, which are counted in no hits."""
        traces: list[Trace] = []
        scouting(self._freeze, traces, done)
        return traces[0]

    def _freeze(self, traces: list[Trace], done: set[int] | None = None) -> None:
        end = self._end or self.recorder.now()
        notes = self._notes
        if done is not None and self._follow is not None and self.is_part:
            notes += self._follow.part_notes(() if self._discovery is None else self._discovery.found())
        traces.append(freeze(self.prepared, self.recorder, self._start, end, notes, done))


def _stream(target: Any, part: Part) -> Stream:
    from tracefunc._stream import Stream

    return Stream(target, part)
