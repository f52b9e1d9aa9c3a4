"""A tracing session: targets go in, the program runs, a frozen trace comes out."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tracefunc._freezing import freeze
from tracefunc._monitor import arm, disarm, warn_of_failures
from tracefunc._options import Options
from tracefunc._prepare import prepare
from tracefunc._recorder import Recorder
from tracefunc._targets import resolve
from tracefunc.errors import TraceError
from tracefunc.model import Trace
from tracefunc.results import TraceResults

__all__ = ["Tracer"]


class Tracer:
    """Traces the calls of its targets in all threads while its `with` block runs.

    `with Tracer(f, g, max_calls=None) as t: ...`, then `t.results()`. A target is anything that holds Python functions:
    see `tracefunc.NotTraceableError` for what does not.

    `max_calls`: calls of each function that are kept with all detail, None for every call. `max_samples`: samples
    kept for each name, statement and call. `max_repr`: characters of a sample's text. `incl_unhit`: whether the
    mappings of the results list statements without a hit. Hits, calls and edges are counted without any limit.

    Raises `NotTraceableError` or `SourceNotFoundError` for a target that cannot be traced.
    """

    def __init__(
        self,
        *targets: object,
        max_calls: int | None = 10,
        max_samples: int = 10,
        max_repr: int = 50,
        incl_unhit: bool = False,
    ) -> None:
        if not targets:
            raise TraceError("Tracer needs at least one target: Tracer(function)")
        options = Options(max_calls=max_calls, max_samples=max_samples, max_repr=max_repr)
        found = {id(item.code): item for target in targets for item in resolve(target)}
        self._prepared = prepare(list(found.values()))
        self._recorder = Recorder(options)
        self._incl_unhit = incl_unhit
        self._state = "new"
        self._start = self._end = 0

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._finish()

    def _begin(self) -> None:
        if self._state != "new":
            raise TraceError("this Tracer has been used: make a new one for each `with` block")
        self._state = "running"
        self._start = self._recorder.now()
        try:
            arm(self._recorder, self._prepared.watches)
        except BaseException:
            self._finish()
            raise

    def _finish(self) -> None:
        if self._state != "running":
            return
        try:
            disarm(self._recorder)
        except BaseException:  # an interrupt came into it: what is left is undone before that goes on
            disarm(self._recorder)
            raise
        finally:
            self._recorder.stop()
            self._end = self._recorder.now()
            self._state = "ended"
            warn_of_failures(self._recorder)

    def __del__(self) -> None:
        if getattr(self, "_state", "new") == "running":  # an interrupt came just before `__exit__`
            self._finish()

    def trace(self) -> Trace:
        """Return all that was recorded, inside the `with` block all so far."""
        return freeze(self._prepared, self._recorder, self._start, self._end or self._recorder.now())

    def results(self) -> TraceResults:
        """Return the detailed calls as `(stack, mapping)` pairs, in order of their start, over the whole trace."""
        return TraceResults(self.trace(), incl_unhit=self._incl_unhit)
