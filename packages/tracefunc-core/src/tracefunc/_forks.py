"""Tells objects that live on both sides of a fork when this process is copied."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from typing import Final, Protocol

__all__ = ["Forked", "tell_of_forks"]


class Forked(Protocol):
    """What is told of a fork: before it, and after it in either process."""

    def before_fork(self) -> None: ...
    def after_fork_in_parent(self) -> None: ...
    def after_fork_in_child(self) -> None: ...


_told: Final[dict[int, weakref.ref[Forked]]] = {}
_registered: Final[list[bool]] = []


def tell_of_forks(thing: Forked) -> None:
    """Tell `thing` of forks as long as it lives; the first to ask is the first to be told."""
    key = id(thing)
    _told[key] = weakref.ref(thing, lambda _: _told.pop(key, None))
    # Not when this module is imported: in the child, the locks of other modules are to be made anew first.
    if not _registered and hasattr(os, "register_at_fork"):
        _registered.append(True)
        os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)


def _all() -> list[Forked]:
    return [thing for thing in (known() for known in list(_told.values())) if thing is not None]


# What fails here would be told on stderr, in the middle of what the program writes: each is to tell of it in its way.


def _before() -> None:
    for thing in _all():
        with suppress(Exception):
            thing.before_fork()


def _in_parent() -> None:
    for thing in _all():
        with suppress(Exception):
            thing.after_fork_in_parent()


def _in_child() -> None:
    for thing in _all():
        with suppress(Exception):
            thing.after_fork_in_child()
