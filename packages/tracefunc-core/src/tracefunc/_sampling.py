"""Samples: what the values of names look like at one moment, in bounded time and memory.

The traced program must not notice. No code of it runs but the `__repr__` of the objects shown, and what the user asks
for: watched expressions and `repr=`. What these print is dropped.
"""

from __future__ import annotations

import types
from typing import Any, Final, NamedTuple

from tracefunc._attributes import NotRead, attribute
from tracefunc._classes import MISSING, type_name
from tracefunc._kinds import walk_of
from tracefunc._lookup import lookup, lookup_all
from tracefunc._options import Options
from tracefunc._redaction import EVERYTHING, NO_NUMBERS, NOTHING, REDACTED, Redaction, is_hidden
from tracefunc._signals import is_interrupt
from tracefunc._silence import silently
from tracefunc._watching import Failure, Watched
from tracefunc._writer import ADDRESS, LONGEST_NAME, Hook, Writer, cut, failure
from tracefunc.model import Sample

__all__ = ["Sampler", "describe"]

_UNAVAILABLE: Final = Sample("NameError", "<unavailable>")
_NO_STACK: Final = Sample("object", "<repr-error RecursionError>")
_NEW: Final = tuple.__new__  # that of a named tuple is code of Python
_NO_ATTRIBUTE: Final = Sample("AttributeError", "<unavailable>")


class _Step(NamedTuple):
    """How one of the names of a statement is sampled."""

    name: str
    attributes: tuple[str, ...]
    level: int  # of redaction


class Sampler:
    """Takes the samples of one session; raises `TraceError` naming a watched expression that is none."""

    __slots__ = ("_hook", "_limit", "_secrets", "_steps", "_watches")

    def __init__(self, options: Options) -> None:
        self._limit = options.max_repr
        self._hook = options.repr
        self._secrets = Redaction(options.redact) if options.redact else None
        self._watches = [(watched, self._level_of(watched)) for watched in map(Watched, options.watch)]
        self._steps: dict[tuple[str, ...], tuple[_Step, ...] | None] = {}

    def of(self, frame: types.FrameType, names: tuple[str, ...]) -> tuple[Sample, ...]:
        """Return the samples of names, each as it is stored in the code, and of attributes such as `self.total`."""
        try:
            steps = self._steps[names]
        except KeyError:
            steps = self._plan(names)
        samples = []
        if steps is None:  # names alone, and none of them of a secret
            limit, secrets, hook = self._limit, self._secrets, self._hook
            has_room = limit > 18 and hook is None
            try:
                for value in lookup_all(frame, names):
                    if type(value) is int and has_room and -(10**18) < value < 10**18:  # as `describe` would
                        samples.append(_NEW(Sample, ("int", repr(value))))
                    else:
                        samples.append(_UNAVAILABLE if value is MISSING else describe(value, limit, secrets, hook))
            except RecursionError:  # the program has left no stack even for a look
                samples += [_NO_STACK] * (len(names) - len(samples))
            return tuple(samples)
        for step in steps:
            try:
                samples.append(self._of(frame, step))
            except RecursionError:
                samples.append(_NO_STACK)
        return tuple(samples)

    def watched(self, frame: types.FrameType) -> tuple[Sample, ...]:
        """Return the samples of the watched expressions; that of one that raises is its error."""
        return tuple([self._watched(frame, watched, level) for watched, level in self._watches])

    def value(self, value: object, name: str = "") -> Sample:
        """Return the sample of a value that stands under a name: an argument, or what a function returns."""
        level = NOTHING if self._secrets is None or not name else self._secrets.levels[name]
        return self._sample(value, level)

    def message(self, error: BaseException) -> str:
        """Return the beginning of an exception's message, without secrets."""
        try:
            text = silently(str, error)
        except BaseException as second:
            if is_interrupt(second):
                raise
            second.__traceback__ = None
            text = f"<str-error {_name(type(second))}>"
        text = ADDRESS.sub("", str.__getitem__(text, slice(8 * self._limit + 200)))
        return _cut(text if self._secrets is None else self._secrets.clean(text), self._limit)

    def _of(self, frame: types.FrameType, step: _Step) -> Sample:
        value = lookup(frame, step.name)
        if value is MISSING:
            return _UNAVAILABLE
        for name in step.attributes:
            value = attribute(value, name)
            if value is MISSING:
                return _NO_ATTRIBUTE
            if type(value) is NotRead:
                return Sample(_cut(value.by, LONGEST_NAME), "<not read>")
        return self._sample(value, step.level)

    def _sample(self, value: object, level: int) -> Sample:
        if level != NOTHING and is_hidden(value, level):
            return Sample(_name(type(value)), _cut(REDACTED, self._limit))
        return describe(value, self._limit, self._secrets, self._hook)

    def _watched(self, frame: types.FrameType, watched: Watched, level: int) -> Sample:
        try:
            value = watched.value(frame)
            if type(value) is not Failure:
                return self._sample(value, level)
            if value.error is None:
                return _UNAVAILABLE
            text = f"<{value.type}>" if level != NOTHING else failure(value.error, "")
            text = text if self._secrets is None else self._secrets.clean(text)
            return Sample(_cut(value.type, LONGEST_NAME), _cut(ADDRESS.sub("", text), self._limit))
        except RecursionError:
            return _NO_STACK

    def _plan(self, names: tuple[str, ...]) -> tuple[_Step, ...] | None:
        steps = []
        for name in names:
            first, *attributes = name.split(".")
            level = NOTHING if self._secrets is None else self._secrets.levels[name]
            steps.append(_Step(first, tuple(attributes), level))
        is_plain = not any(step.attributes or step.level for step in steps)
        self._steps[names] = None if is_plain else tuple(steps)
        return self._steps[names]

    def _level_of(self, watched: Watched) -> int:
        """Return how a watched expression is hidden: what is computed of a secret is shown when it is a number."""
        if self._secrets is None:
            return NOTHING
        if watched.path:
            return self._secrets.levels[watched.path]
        level = max((self._secrets.levels[word] for word in watched.words), default=NOTHING)
        return level if level == EVERYTHING else min(level, NO_NUMBERS)


def describe(value: object, limit: int, secrets: Redaction | None = None, hook: Hook | None = None) -> Sample:
    """Return the name of a value's type and the beginning of its repr, at most `limit` characters."""
    kind: Any = type(value)
    known: Any = value
    if hook is not None:
        name, text = _name(kind), _text(value, limit, secrets, hook)
    elif kind is int and -(10**18) < known < 10**18:  # most values are of these types: no walk for them
        name, text = "int", repr(known)
    elif kind is str and len(known) <= limit:
        name, text = "str", repr(known)
    elif known is None:
        name, text = "NoneType", "None"
    elif kind is bool or kind is float:
        name, text = kind.__name__, repr(known)
    else:
        name, text = _name(kind), _text(value, limit, secrets, None)
    return _NEW(Sample, (name, text if len(text) <= limit else cut(text, limit)))


def _text(value: object, limit: int, secrets: Redaction | None, hook: Hook | None) -> str:
    writer = Writer(limit + 1, walk_of, secrets, hook)  # one more than is shown, to know whether to cut
    try:
        writer.show(value)
        return "".join(writer.parts)
    except RecursionError:
        return _NO_STACK.text


def _name(kind: type) -> str:
    return _cut(type_name(kind), LONGEST_NAME)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else cut(text, limit)
