"""No lines on standard error about what a report says already.

Where nobody has set logging up, Python prints warnings as a last resort, and the exporters of OpenTelemetry warn of
each retry. An application that has set it up gets all records as ever.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]

_LOGGER = logging.getLogger("opentelemetry")


class _Handler(logging.Handler):
    """Is there, so that the last resort is not asked; what other threads log goes to it all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[int] = set()
        self.changing = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        last = logging.lastResort
        if threading.get_ident() in self.threads or last is None or record.levelno < last.level:
            return
        if not self._has_others(record.name):
            last.handle(record)

    def _has_others(self, name: str) -> bool:
        logger: logging.Logger | None = logging.getLogger(name)
        while logger is not None:
            if any(handler is not self for handler in logger.handlers):
                return True
            logger = logger.parent if logger.propagate else None
        return False


_HANDLER = _Handler()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what OpenTelemetry logs in this thread from the last resort while this is open, and from nothing else."""
    with _HANDLER.changing:
        _HANDLER.threads.add(threading.get_ident())
        _LOGGER.addHandler(_HANDLER)  # only once, however often it is asked for
    try:
        yield
    finally:
        with _HANDLER.changing:
            _HANDLER.threads.discard(threading.get_ident())
            if not _HANDLER.threads:
                _LOGGER.removeHandler(_HANDLER)


def _forget() -> None:
    """In a forked process, none of the threads is there any more, nor whoever held the lock."""
    _HANDLER.changing = threading.Lock()
    _HANDLER.threads = set()
    _LOGGER.removeHandler(_HANDLER)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
