"""Finds the functions that a session's patterns mean: those that are there, and those that appear while it runs.

What a pattern names exactly is prepared as soon as it is there. What is part of something wide, such as a package, is
prepared when it first starts: so a package of thousands of functions costs what runs of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterable, Iterator
from types import CodeType, FrameType, ModuleType
from typing import Any

from tracefunc._monitor import arm
from tracefunc._nearby import report
from tracefunc._patterns import Pattern, codes_in, is_function, module_names
from tracefunc._prepare import Planned, Prepared, extend, long_lived, plan_target
from tracefunc._recorder import Recorder
from tracefunc._scout import scout, scouting, starts_later, unscout
from tracefunc._signals import is_interrupt
from tracefunc._targets import Target, callbacks, functions_in, is_descriptor, lookup, modules, namespace_of, resolve
from tracefunc.errors import NotTraceableError, SourceNotFoundError, TraceError

__all__ = ["Discovery", "find", "traceable"]

_OWN = __file__.rpartition(os.sep)[0] + os.sep
_AHEAD = 300  # wide targets that are planned at once, lest planning shows in the times of their callers


def find(pattern: Pattern) -> tuple[list[Target], list[Target]]:
    """Return the functions that a pattern means and that exist: those that it names, and those in what it names.

    Raises `NotTraceableError` for an exact name of something that holds no Python function.
    """
    named: dict[int, Target] = {}
    wide: dict[int, Target] = {}
    for module, namespace in _modules(pattern):
        for target in _named(pattern, module, namespace):
            named.setdefault(id(target.code), target)
        for target in _matching(pattern, namespace):
            kind = pattern.match(target.module, target.code)
            (named if kind == "named" else wide).setdefault(id(target.code), target)
    return list(named.values()), [target for key, target in wide.items() if key not in named]


def traceable(targets: list[Target], plans: dict[int, Planned]) -> list[Target]:
    """Plan targets, and return those that have a source; raises `SourceNotFoundError` when none has."""
    found: list[Target] = []
    failed: SourceNotFoundError | None = None
    with long_lived(sum(len(target.code.co_code) for target in targets if id(target.code) not in plans)):
        for target in targets:
            try:
                if id(target.code) not in plans:
                    plans[id(target.code)] = plan_target(target)
                found.append(target)
            except SourceNotFoundError as error:
                failed = failed or error
    if failed is not None and not found:
        raise failed
    return found


def _modules(pattern: Pattern) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the modules that may hold what a pattern means, with their names."""
    for key, namespace in modules().items():
        file = namespace.get("__file__")
        for name in module_names(namespace) if key == "__main__" else (key,):
            if pattern.may_be_in(name, file if isinstance(file, str) else None):
                yield name, namespace


def _named(pattern: Pattern, module: str, namespace: dict[str, Any]) -> list[Target]:
    """Return the functions in what the exact name stands for in a module: it may come from elsewhere."""
    name = pattern.name_in(module)
    if name is None:
        return []
    try:
        found = lookup(namespace, name)
    except AttributeError:
        return []
    if isinstance(found, ModuleType):
        return []
    inside = callbacks(found, name)
    if inside:
        return [target for each in inside for target in resolve(each)]
    if not (callable(found) or is_descriptor(found)):
        return []
    try:
        return resolve(found)
    except NotTraceableError as error:
        raise NotTraceableError(f"target {pattern.text!r}: {error}") from None


def _matching(pattern: Pattern, namespace: dict[str, Any]) -> Iterator[Target]:
    """Yield the functions of a module that a pattern matches, nested ones too where it speaks of those."""
    for function in functions_in(namespace):
        for code in _with_nested(function.__code__) if pattern.is_deep else (function.__code__,):
            for module in module_names(namespace):
                if is_function(code) and pattern.match(module, code):
                    yield Target(code, namespace, code.co_qualname, module)


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in codes_in(code):
        yield from _with_nested(inner)


class Discovery:
    """What the patterns of one session have found so far."""

    def __init__(
        self, patterns: tuple[Pattern, ...], prepared: Prepared, recorder: Recorder, plans: dict[int, Planned]
    ) -> None:
        self._patterns = patterns
        self._prepared = prepared
        self._recorder = recorder
        self._plans = plans
        self._known = {id(watch.code): watch for watch in prepared.watches}
        self._found: set[Pattern] = set()
        self._failed: dict[Pattern, str] = {}
        self._ahead = _AHEAD

    def begin(self) -> None:
        """Look at what is there and, from now on, at all that appears; raises what `find` raises."""
        scout(self._seen)  # first, so that nothing comes between
        scouting(self._look)

    def end(self) -> None:
        """Look no more."""
        unscout(self._seen)

    def found(self) -> list[str]:
        """Return the texts of the patterns that have found something."""
        return [pattern.text for pattern in self._patterns if pattern in self._found]

    def notes(self, found: Container[str] = ()) -> list[str]:
        """Tell of the patterns that have found nothing that can be traced; `found` are texts of some that have."""
        return [
            f"target {pattern.text!r}: {self._failed[pattern]}" if pattern in self._failed else report(pattern)
            for pattern in self._patterns
            if pattern not in self._found and pattern.text not in found
        ]

    def _look(self) -> None:
        for pattern in self._patterns:
            named, wide = find(pattern)
            if named:
                self._add(traceable(named, self._plans))
                self._found.add(pattern)
            for target in wide:
                self._plan(pattern, target)
        for frame in sys._current_frames().values():
            back: FrameType | None = frame
            while back is not None:
                self._consider(back.f_code, back, is_start=False)
                back = back.f_back

    def _seen(self, code: CodeType, frame: FrameType, is_start: bool) -> None:
        if id(code) in self._known or code.co_filename.startswith(_OWN):  # our own, with locks taken, may not wait
            return
        try:
            if self._is_of_interest(code, frame):
                scouting(self._consider, code, frame, is_start)
        except RecursionError:
            raise
        except Exception as error:
            if is_interrupt(error):
                raise
            self._recorder.failures.append(repr(error))

    def _is_of_interest(self, code: CodeType, frame: FrameType) -> bool:
        """Tell in short time whether code may be meant, or make what is meant."""
        names = module_names(frame.f_globals)
        if not is_function(code):
            file = code.co_filename
            return any(pattern.may_be_in(name, file) for pattern in self._patterns for name in names)
        return any(
            pattern.ends(code)
            or (pattern not in self._found and pattern.is_exact and pattern.module is not None)
            or any(pattern.match(name, code) for name in names)
            for pattern in self._patterns
        )

    def _consider(self, code: CodeType, frame: FrameType, is_start: bool) -> None:
        """Trace what a code object is or makes, as far as a pattern means it."""
        if id(code) in self._known:
            return
        is_told_later = starts_later(code)
        namespace = frame.f_globals
        if not is_function(code):
            self._expect(code, namespace)
            return
        for module in module_names(namespace):
            for pattern in self._patterns:
                if pattern.match(module, code):
                    self._start(pattern, Target(code, namespace, code.co_qualname, module))
        for pattern in self._patterns:  # names that stand for what comes from elsewhere
            if pattern.ends(code) or pattern not in self._found:
                self._look_again(pattern)
        if is_start and id(code) in self._known and not is_told_later:
            self._recorder.enter(self._recorder.lane(), self._known[id(code)], frame)
            self._recorder.look()

    def _expect(self, code: CodeType, namespace: dict[str, Any]) -> None:
        """Prepare for the functions that the code of a module or a class is about to make."""
        made = list(codes_in(code))
        for pattern in self._patterns:
            for inner in (each for outer in made for each in _with_nested(outer)) if pattern.is_deep else made:
                for module in module_names(namespace):
                    kind = pattern.match(module, inner)
                    target = Target(inner, namespace, inner.co_qualname, module)
                    if kind == "named":
                        self._start(pattern, target)
                    elif kind == "wide":
                        self._plan(pattern, target)

    def _look_again(self, pattern: Pattern) -> None:
        for module in pattern.modules_named():
            namespace = namespace_of(module)
            if namespace is None:
                continue
            try:
                named = _named(pattern, module, namespace)
            except NotTraceableError as error:
                self._failed[pattern] = str(error).removeprefix(f"target {pattern.text!r}: ")
                continue
            for target in named:
                self._start(pattern, target)

    def _plan(self, pattern: Pattern, target: Target) -> None:
        """Note that a wide pattern has found something, and plan it unless there is too much of it."""
        self._ahead -= 1
        if self._ahead < 0 or self._try(pattern, target):
            self._found.add(pattern)

    def _start(self, pattern: Pattern, target: Target) -> None:
        """Trace a function that may be running already; with the function around it, where it is nested in one."""
        if id(target.code) in self._known:
            self._found.add(pattern)
            return
        outer = _outermost(target)
        if outer is not None and outer.code is not target.code and pattern.match(outer.module, outer.code):
            target = outer
        if self._try(pattern, target):
            self._found.add(pattern)
            self._add([target])

    def _try(self, pattern: Pattern, target: Target) -> bool:
        try:
            traceable([target], self._plans)
        except SourceNotFoundError as error:
            self._failed.setdefault(pattern, str(error))
            return False
        return True

    def _add(self, targets: Iterable[Target]) -> None:
        new = [target for target in targets if id(target.code) not in self._known]
        watches = extend(self._prepared, new, self._plans)
        arm(self._recorder, watches)
        self._known.update((id(watch.code), watch) for watch in watches)


def _outermost(target: Target) -> Target | None:
    """Return the function in whose body a nested function stands, if it can be found by its name."""
    name, nested, _ = target.qualname.partition(".<locals>.")
    if not nested:
        return None
    try:
        found = resolve(lookup(target.namespace, name))
    except (AttributeError, TraceError):
        return None
    return next((each for each in found if any(code is target.code for code in _with_nested(each.code))), None)
