"""`Tracer`: what to trace and what to keep of it, for any number of sessions."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from opcode import opmap
from types import FrameType, ModuleType, TracebackType
from typing import Any, Self, overload

from tracefunc._complete import check_loop, complete, complete_async, is_async
from tracefunc._decorate import Traced, decorate
from tracefunc._discovery import find, traceable
from tracefunc._forks import tell_of_forks
from tracefunc._options import SECRETS, Keep, Kept, Options, When
from tracefunc._patterns import Pattern, parse_pattern
from tracefunc._prepare import Planned, extend, prepare
from tracefunc._recorder import Recorder
from tracefunc._session import Session
from tracefunc._signals import locked
from tracefunc._targets import Target, resolve, unwrap
from tracefunc.errors import NotTraceableError, TraceError, TraceWarning
from tracefunc.model import Trace
from tracefunc.results import TraceResults

__all__ = ["Tracer"]

_CALL = opmap["CALL"]


class Tracer:
    """Traces the calls of its targets, in all threads, while one of its sessions runs.

    A session is a `with` block, what happens between `start()` and `stop()`, a call by `run()` or `run_async()`, or a
    call of a function that the tracer decorates:

        with Tracer(f, g) as tracer: ...
        @Tracer(f) - traces `f` whenever the function below runs
        @Tracer or @Tracer(max_calls=3) - traces the function below

    Each session starts anew; `trace()` and `results()` are those of the session that runs, or of the last one. A
    decorated function has the trace of its last call as its attribute `trace`. A target is anything that holds Python
    functions.

    `max_calls`: calls of each function that are kept with all detail, None for every call; hits, calls and edges are
    counted without any limit. `keep`: which calls these are: the "first", the "last", those that "raised", or the
    "slowest". `when`: keeps only calls for which it is true: a function of the call's arguments by name, or an
    expression of them as text. `max_samples`: samples kept for each name, statement and call. `samples`: the "first",
    the "last", or "both". `max_repr`: characters of a sample's text. `watch`: expressions to sample besides the names
    that a statement mentions. `redact`: patterns of names, and of keys of mappings, whose values are not shown; by
    default those of the usual secrets. `repr`: a function that returns the text of a value, or None for the usual one.
    `incl_unhit`: whether the mappings of the results list statements without a hit. `stream`: a path, or a file open
    for writing, to which calls are written as they end. `follow`: whether processes that the program starts are traced,
    too. `on_result`: is called with the `Trace` of each session that ends; `on_call`: with each `Call` with detail
    that ends, on a thread of its own, after a `Trace` of the functions and statements alone.

    Raises `TraceError` naming an option that is wrong, and `NotTraceableError` or `SourceNotFoundError` for a target
    that cannot be traced.
    """

    _options: Options
    _targets: tuple[object, ...]
    _found: list[Target]
    _patterns: tuple[Pattern, ...]
    _plans: dict[int, Planned]
    _incl_unhit: bool
    _stream: Any
    _follow: bool
    _on_result: Callable[[Trace], object] | None
    _on_call: Callable[..., object] | None
    _session: Session | None
    _depth: int
    _lock: Any

    def __new__(
        cls,
        *targets: object,
        max_calls: int | None = 10,
        max_samples: int = 10,
        max_repr: int = 50,
        keep: Keep = "first",
        when: When | None = None,
        samples: Kept = "first",
        watch: Iterable[str] = (),
        redact: Iterable[str] = SECRETS,
        repr: Callable[[object], str | None] | None = None,  # noqa: A002 - its name for the user
        incl_unhit: bool = False,
        stream: Any = None,
        follow: bool = False,
        on_result: Callable[[Trace], object] | None = None,
        on_call: Callable[..., object] | None = None,
    ) -> Self:
        self = super().__new__(cls)
        self._options = Options(max_calls, max_samples, max_repr, keep, when, samples, watch, redact, repr)  # type: ignore[arg-type]
        Recorder(self._options)  # compiles the expressions: what is wrong with them is told at once
        _check("incl_unhit", incl_unhit, isinstance(incl_unhit, bool), "True or False")
        _check("follow", follow, isinstance(follow, bool), "True or False")
        writable = isinstance(stream, str | os.PathLike) or callable(getattr(stream, "write", None))
        _check("stream", stream, stream is None or writable, "a path, a file open for writing, or None")
        if stream is not None:
            from tracefunc._stream import check_stream

            check_stream(stream)
        _check("on_result", on_result, on_result is None or callable(on_result), "a function of a Trace, or None")
        _check("on_call", on_call, on_call is None or callable(on_call), "a function of a Trace and a Call, or None")
        self._incl_unhit, self._stream, self._follow = incl_unhit, stream, follow
        self._on_result, self._on_call = on_result, on_call
        self._plans, self._session, self._depth, self._lock = {}, None, 0, threading.RLock()
        tell_of_forks(self)
        is_decorator = len(targets) == 1 and _decorates(sys._getframe(1))
        self._targets = () if is_decorator else targets
        self._patterns = tuple(dict.fromkeys(filter(None, map(_pattern, self._targets))))
        self._found = self._resolve(tuple(target for target in self._targets if _pattern(target) is None))
        for pattern in self._patterns:
            if pattern.is_exact:
                traceable(find(pattern)[0], self._plans)  # what is wrong with it is told at once
        return self._decorate(targets[0]) if is_decorator else self

    @overload
    def __call__[**P, R](self, function: Callable[P, R], /) -> Traced[P, R]: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...  # of what the bare decorator makes
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Decorate a function: each of its calls is a session.

        It traces the tracer's targets, or where there are none, the function itself. A call that such a call makes, in
        the same thread and task, belongs to the same session.
        """
        return self._decorate(args[0] if len(args) == 1 and not kwargs else None)

    def _decorate(self, function: Any) -> Any:
        if isinstance(function, staticmethod | classmethod):
            return type(function)(self._decorate(function.__func__))
        if isinstance(function, type) or not callable(function):
            raise TraceError(
                "a Tracer is called only to decorate a function. To run one traced: Tracer().run(function, ...); "
                "to decorate by hand: Tracer()(function); for a class or a property, decorate the functions in it"
            )
        found = self._found if self._targets else self._resolve((function,))

        def begin() -> Session:
            session = self._new_session(found)
            session.begin()
            return session

        def end(session: Session) -> Trace:
            session.finish()
            trace = session.trace()
            if self._depth == 0:
                self._session = session
            if not session.is_part:
                self._notify(trace)
            return trace

        return decorate(function, begin, end)

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._finish()

    def start(self) -> Self:
        """Begin a session; any thread may stop it. Raises `TraceError` if one runs already."""
        if self._depth:
            raise TraceError("this Tracer has been started already: stop() it first, or make another")
        self._begin()
        return self

    def stop(self) -> Trace:
        """End the session, if it has not ended yet, and return its trace. Raises `TraceError` before the first one."""
        self._depth = min(self._depth, 1)
        self._finish()
        return self.trace()

    def run[**P](self, fn: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Run `fn(*args, **kwargs)` to its end in a session, and return what it returns.

        It traces the tracer's targets, or where there are none, `fn` itself. A coroutine function is run in an event
        loop of its own, and a generator is exhausted. An exception of `fn` goes on to the caller.

        Raises `RunningLoopError` for a coroutine function where an event loop runs already.
        """
        if not callable(fn):
            raise NotTraceableError(f"run() calls a function: {type(fn).__name__!r} objects cannot be called")
        if is_async(fn):
            check_loop(fn)
        self._begin(fn)
        try:
            return complete(fn, None if isinstance(fn, type) else unwrap(fn), fn(*args, **kwargs))
        finally:
            self._finish()

    async def run_async(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Await `fn`, or what `fn(*args, **kwargs)` returns, in a session, and return its result.

        It traces the tracer's targets, or where there are none, the function `fn`.
        """
        if callable(fn):
            self._begin(fn)
        elif args or kwargs or not hasattr(type(fn), "__await__"):
            raise TraceError(f"run_async() takes a function with its arguments, or an awaitable alone, not {fn!r}")
        elif self._targets:
            self._begin()
        else:
            fn.close()  # it will not be awaited
            raise TraceError("run_async() of a coroutine needs a target: Tracer(function), or pass the function itself")
        try:
            return await complete_async(fn(*args, **kwargs) if callable(fn) else fn)
        finally:
            self._finish()

    def trace(self) -> Trace:
        """Return all that was recorded: while a session runs, all so far; else that of the last session.

        Raises `TraceError` before the first session.
        """
        if self._session is None:
            raise TraceError("there is no trace yet: use the Tracer in a `with` block, start() it, or run() a function")
        return self._session.trace()

    def results(self) -> TraceResults:
        """Return the detailed calls as `(stack, mapping)` pairs, in order of their start, over the whole trace."""
        return TraceResults(self.trace(), incl_unhit=self._incl_unhit)

    @property
    def _recorder(self) -> Recorder:
        assert self._session is not None
        return self._session.recorder

    def before_fork(self) -> None:
        """Do nothing."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        """Make the lock anew: the thread that held it may not exist here."""
        self._lock = threading.RLock()

    def _resolve(self, targets: tuple[object, ...]) -> list[Target]:
        """Return the functions in the targets, each once, planned.

        Of a target that holds several, such as a class, those without a source are left out.
        """
        found = {id(item.code): item for target in targets for item in traceable(resolve(target), self._plans)}
        return list(found.values())

    def _new_session(self, found: list[Target]) -> Session:
        prepared = prepare(found, self._plans)
        follow = None
        if self._follow:
            from tracefunc._follow import Follow
            from tracefunc._job import Job

            follow = Follow(Job(self._patterns, [target.code for target in found], self._options))
        return Session(prepared, self._options, self._patterns, self._plans, self._stream, self._on_call, follow)

    def _begin(self, fn: object = None) -> None:
        """Begin a session, or join the one that runs; without targets, trace `fn`."""
        locked(self._lock, self._begin_alone, fn)

    def _begin_alone(self, fn: object) -> None:
        if not self._depth:
            if not self._targets and fn is None:
                raise TraceError("Tracer needs at least one target: Tracer(function)")
            found = self._found if self._targets else self._resolve((fn,))
            self._session = self._new_session(found)
            self._session.begin()
        elif not self._targets and self._session is not None:
            known = {id(watch.code) for watch in self._session.prepared.watches}
            further = [target for target in self._resolve((fn,)) if id(target.code) not in known]
            self._session.add(extend(self._session.prepared, further, self._plans))
        self._depth += 1

    def _finish(self) -> None:
        ended: list[Session] = []
        locked(self._lock, self._finish_alone, ended)
        for session in ended:
            if not session.is_part:
                self._notify(session.trace)

    def _finish_alone(self, ended: list[Session]) -> None:
        if self._depth > 1:
            self._depth -= 1
            return
        session = self._session
        if session is not None and session.state == "running":
            try:
                session.finish()
            finally:
                self._depth = 0
            ended.append(session)
        self._depth = 0

    def _notify(self, trace: Trace | Callable[[], Trace]) -> None:
        """Hand a trace to `on_result`; its failure is none of the program."""
        if self._on_result is None:
            return
        try:
            self._on_result(trace() if callable(trace) else trace)
        except Exception as error:
            warnings.warn(
                f"on_result failed with {error!r}; the traced program was not affected",
                TraceWarning,
                skip_file_prefixes=(__file__.rpartition(os.sep)[0],),
            )


def _pattern(target: object) -> Pattern | None:
    """Return what a target by name means; a module, or a package, is one that goes by its name."""
    if isinstance(target, ModuleType):
        return parse_pattern(target.__name__) if sys.modules.get(target.__name__) is target else None
    return parse_pattern(target) if isinstance(target, str) else None


def _check(name: str, value: object, is_right: bool, expected: str) -> None:
    if not is_right:
        raise TraceError(f"{name}={value!r}: expected {expected}")


def _decorates(frame: FrameType) -> bool:
    """Tell whether the call that a frame makes is that of a decorator.

    `@Tracer` and `Tracer(f)` pass the same argument, but only the call of a decorator counts none in its instruction.
    """
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at] == _CALL and code[at + 1] == 0
