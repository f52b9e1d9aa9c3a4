"""What a terminal shows while something takes long: the calls of a traced program so far, or how far an export is.

A program that is traced may write to the same terminal. So its line is left alone: the counts stand at the right edge
of the line where the cursor is, and the cursor goes back to where it was.
"""

from __future__ import annotations

import _thread
import os
import time
from collections.abc import Callable
from typing import TextIO

__all__ = ["Bar", "Counter", "is_terminal", "may_color"]

_FIRST = 1.5  # seconds before anything is shown
_EVERY = 0.5  # seconds between two looks
_SHARE = 50  # pauses are at least that many times as long as what a look costs
_SAVE, _RESTORE, _CLEAR = "\x1b7", "\x1b8", "\x1b[K"


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal that understands escapes."""
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except (OSError, ValueError):  # closed
        return False


def may_color(stream: TextIO | None, when: object = "auto") -> bool:
    """Tell whether to use colour: on a terminal, unless `NO_COLOR` is set; `always` and `never` go first."""
    if when in ("always", "never"):
        return when == "always"
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


class Counter:
    """Shows the calls and hits of a session on a terminal, from a thread of its own, until it is stopped.

    The program does not see the thread in `threading`. It ends before a fork and begins anew behind it, for Python
    warns of a fork where there are threads.
    """

    def __init__(self, stream: TextIO, count: Callable[[], tuple[int, int]]) -> None:
        self._file = os.dup(stream.fileno())  # the program may put something else in its place
        self._count = count
        self._began = time.monotonic()
        self._owner = os.getpid()
        self._stopping = self._running = _thread.allocate_lock()
        self._active = self._ended = False
        self._number = 0

    def start(self) -> None:
        """Begin to show the counts, after a moment."""
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._pause, after_in_parent=self._begin)

    def stop(self) -> None:
        """End the thread and clear what it has shown."""
        self._pause()
        self._ended = True

    def _begin(self) -> None:
        if not self._ended and os.getpid() == self._owner:
            self._stopping, self._running = _thread.allocate_lock(), _thread.allocate_lock()
            self._stopping.acquire()
            self._running.acquire()
            _thread.start_new_thread(self._run, (self._stopping, self._running))
            self._active = True

    def _pause(self) -> None:
        if self._active and os.getpid() == self._owner:
            self._active = False
            self._stopping.release()
            self._running.acquire()
            # The thread of the system ends a moment after that of Python, and its number is what Python looks at.
            end = time.monotonic() + 1
            while os.path.exists(f"/proc/self/task/{self._number}") and time.monotonic() < end:
                time.sleep(0.0005)

    def _run(self, stopping: _thread.LockType, running: _thread.LockType) -> None:
        pause = max(_FIRST - (time.monotonic() - self._began), _EVERY)
        shown = False
        try:
            self._number = _thread.get_native_id()
            while not stopping.acquire(timeout=pause):
                begun = time.thread_time()
                calls, hits = self._count()
                self._show(f"{calls:,} calls, {hits:,} hits, {_clock(time.monotonic() - self._began)}")
                shown = True
                pause = max(_EVERY, _SHARE * (time.thread_time() - begun))
            if shown:
                self._write(_SAVE + _CLEAR + _RESTORE)
        except Exception:  # the terminal is gone, or the count failed: that is none of the program
            pass
        finally:
            running.release()

    def _show(self, text: str) -> None:
        width = _width(self._file)
        text = text[: width - 2]
        self._write(f"{_SAVE}{_CLEAR}\x1b[{width - len(text)}G{text}{_RESTORE}")

    def _write(self, text: str) -> None:
        os.write(self._file, text.encode("ascii"))


class Bar:
    """Shows on a terminal how far something is: a function to call with what is done and what there is in all."""

    def __init__(self, stream: TextIO, label: str) -> None:
        self._stream = stream
        self._label = label
        self._began = self._last = time.monotonic()
        self._shown = False

    def __call__(self, done: int, whole: int) -> None:
        now = time.monotonic()
        if now - self._began < _EVERY or now - self._last < 0.1:
            return
        self._last = now
        part = min(done / whole, 1.0) if whole else 1.0
        end = f" {part:4.0%} {done:,} of {whole:,}"
        room = max(min(_width(self._stream.fileno()) - len(self._label) - len(end) - 4, 40), 0)
        full = round(part * room)
        self._write(f"\r{self._label} {'#' * full}{'.' * (room - full)}{end}{_CLEAR}")
        self._shown = True

    def end(self) -> None:
        """Clear what was shown."""
        if self._shown:
            self._write(f"\r{_CLEAR}")
            self._shown = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            pass


def _width(file: int) -> int:
    try:
        return os.get_terminal_size(file).columns or 80
    except OSError:
        return 80


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
