"""Which calls are kept with detail, and which samples of a statement."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from tracefunc._classes import MISSING
from tracefunc._counters import add
from tracefunc._lookup import lookup_all
from tracefunc._options import Options, When
from tracefunc._records import CallRecord, Watch
from tracefunc._signals import is_interrupt
from tracefunc._silence import silently
from tracefunc._watching import Failure, Watched
from tracefunc.errors import TraceError
from tracefunc.model import Sample

__all__ = ["Both", "Condition", "container", "make_room"]

type Taken = tuple[Sample, ...]


class Both:
    """The first samples of a statement and its last ones, as many of each (of an odd number, one more of the first)."""

    __slots__ = ("_first", "_last", "_most")

    def __init__(self, most: int) -> None:
        self._first: list[Taken] = []
        self._most = (most + 1) // 2
        self._last: deque[Taken] = deque(maxlen=most // 2)

    def append(self, taken: Taken) -> None:
        """Keep samples, perhaps in place of older ones."""
        (self._first if len(self._first) < self._most else self._last).append(taken)

    def __iter__(self) -> Iterator[Taken]:
        return iter([*self._first, *self._last])


def container(options: Options) -> Callable[[], Any]:
    """Return what makes the container for the samples of one statement in one call."""
    most = options.max_samples
    if options.samples == "first":
        return list
    return (lambda: deque(maxlen=most)) if options.samples == "last" else (lambda: Both(most))


class Condition:
    """Whether a call is to be kept, by its arguments; raises `TraceError` for a text that is no expression.

    A failure of the condition is no failure of the program: the call is not kept, and `failures` are told.
    """

    def __init__(self, when: When, failures: list[str]) -> None:
        try:
            self._watched = Watched(when) if isinstance(when, str) else None
        except TraceError as error:
            raise TraceError(str(error).replace("watch=", "when=", 1).partition("; expected")[0]) from None
        self._when: Any = when
        self._names, self._mapping = ((), "") if isinstance(when, str) else _parameters(when)
        self._failures = failures

    def holds(self, watch: Watch, frame: FrameType) -> bool:
        """Tell whether it is true of the arguments in a frame that begins."""
        try:
            if self._watched is not None:
                value = self._watched.value(frame)
                if type(value) is Failure:
                    self._note(f"when={self._when!r} failed with {value.error or value.type!r}")
                    return False
                return bool(silently(bool, value))
            found = zip(watch.arguments, lookup_all(frame, watch.arguments), strict=True)
            arguments = {name: value for name, value in found if value is not MISSING}
            return bool(silently(bool, silently(self._ask, arguments)))
        except BaseException as error:
            if is_interrupt(error):
                raise
            self._note(f"when={getattr(self._when, '__qualname__', self._when)} failed with {error!r}")
            return False

    def _ask(self, arguments: Mapping[str, object]) -> object:
        if self._mapping is not None and self._mapping not in arguments:
            return self._when(arguments)
        names = arguments if self._names is None else self._names
        return self._when(**{name: arguments[name] for name in names if name in arguments})

    def _note(self, failure: str) -> None:
        if failure not in self._failures:
            self._failures.append(failure)


def _parameters(function: Callable[..., object]) -> tuple[tuple[str, ...] | None, str | None]:
    """Return which arguments a condition takes by name, None for all, and which parameter may take a mapping of all.

    The latter is one that stands alone, or with others that have defaults; "", which no argument is called, stands for
    one that cannot be passed by name.
    """
    from inspect import Parameter, signature

    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C
        return (), ""
    kinds = {parameter.kind for parameter in parameters}
    if kinds & {Parameter.POSITIONAL_ONLY, Parameter.VAR_POSITIONAL}:
        return (), ""
    named = [parameter for parameter in parameters if parameter.kind is not Parameter.VAR_KEYWORD]
    needed = [parameter.name for parameter in named if parameter.default is Parameter.empty]
    names = None if Parameter.VAR_KEYWORD in kinds else tuple(parameter.name for parameter in named)
    return names, needed[0] if len(needed) == 1 else None


def make_room(options: Options, calls: dict[int, CallRecord], call: CallRecord) -> None:
    """Keep a call that has ended, and let another go where there are too many."""
    most, function = options.max_calls, call.function
    if call.id not in calls:
        return
    if most is None and options.keep != "raised":
        return
    if options.keep == "raised":
        if call.outcome.kind != "raised" or (most is not None and len(function.ended) >= most):
            _let_go(calls, call)
        else:
            function.ended.append((0, call.id))
        return
    rank = call.id if options.keep == "last" else (call.end or call.start) - call.start
    heapq.heappush(function.ended, (rank, call.id))
    if most is not None and len(function.ended) > most:
        _, least = heapq.heappop(function.ended)
        _let_go(calls, calls[least])


def _let_go(calls: dict[int, CallRecord], call: CallRecord) -> None:
    """Let the detail of a call go, not its counts."""
    rest = call.function.rest
    for watch, counters in list(call.counters.items()):
        shared = rest.counters_of(watch).counts
        for key, number in counters.total().items():
            add(shared, key, number)
    call.counters = rest.counters
    calls.pop(call.id, None)
