"""Traces processes that the program starts: each writes its own part to a folder of the session, which merges them.

A forked child has all that it needs. Any other Python process is told by the folder: see `_job`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final, NoReturn

from tracefunc._job import Job, sitecustomize
from tracefunc._plain import decode
from tracefunc._reading import load
from tracefunc.errors import TraceError
from tracefunc.model import Trace

__all__ = ["Follow", "PartFile", "undisturbed"]

_FOUND: Final = "\0found "  # begins the note of a part that tells of a target which has found something
_ASKED: Final = "\0asked"  # the note of a part that was written after the session had ended
_ASKED_BYTES: Final = b'"\\u0000asked"'
_END: Final = "end"  # the file which says that the session ends
_FAILED: Final = ".failed"  # ends the name of a file that tells of a process which could not be traced
_TAIL: Final = 100_000  # bytes in which the last line of a part is whole, or else looked for in vain
_WAIT: Final = 5.0  # seconds for which a session that ends waits for processes that go on
_PATIENCE: Final = 5.0  # seconds that a process which ends at once waits for the last of its part

_sites: Final[dict[str, bool]] = {}  # what our sessions have put into PYTHONPATH, and whether the user had set it


class Follow:
    """The folder of a session and its parts; `folder` is that of the session which a child belongs to."""

    def __init__(self, job: Job, folder: str = "") -> None:
        self.job = job
        self.folder = folder
        self.is_child = bool(folder)
        self._close: Callable[[float], None] | None = None
        self._real_exit: Any = None

    def begin(self) -> None:
        """Let processes that start from now on be traced; raises `OSError` where no folder can be made for that."""
        import tempfile

        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tracefunc-"))
        try:
            os.mkdir(self._site)
            with open(os.path.join(self._site, "sitecustomize.py"), "w", encoding="utf-8") as file:
                file.write(sitecustomize())
            self.job.write(self.folder)
        except BaseException:
            self._remove()
            raise
        if _stop_forkserver():
            self.job.notes.append(
                "follow: the fork server of multiprocessing was there before the session: what it starts is not traced"
            )
        old = os.environ.get("PYTHONPATH")
        _sites[self._site] = old is not None and _sites.get(old.partition(os.pathsep)[0], True)
        os.environ["PYTHONPATH"] = f"{self._site}{os.pathsep}{old}" if old else self._site

    def end(self) -> tuple[list[Trace], list[str], set[str]]:
        """Follow no more; return the parts, what is to be told, and the targets that were found in other processes."""
        left = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path != self._site]
        if left and left != [""]:
            os.environ["PYTHONPATH"] = os.pathsep.join(left)
        elif _sites.get(self._site, False):
            os.environ["PYTHONPATH"] = ""
        else:
            os.environ.pop("PYTHONPATH", None)
        if self.is_child:
            self._unguard()
            return [], [], set()
        self._ask()
        _stop_forkserver()
        traces, notes, found = self._read()
        self._remove()
        return traces, [*self.job.notes, *notes], found

    @property
    def _site(self) -> str:
        return os.path.join(self.folder, "site")

    def part(self) -> PartFile:
        """Return a new file for the part of this process; raises `OSError` where the session is over."""
        os.stat(self.folder)
        return PartFile(os.path.join(self.folder, f"{os.getpid()}-{time.time_ns()}.jsonl"))

    def guard(self, close: Callable[[float], None]) -> None:
        """Call `close(timeout)` when this process ends in a way that runs no functions of `atexit`."""
        self._close = close
        if self._real_exit is None:
            self._real_exit, os._exit = os._exit, self._exit
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            with suppress(ValueError):
                signal.signal(signal.SIGTERM, self._terminate)

    def _unguard(self) -> None:
        self._close = None
        if os._exit == self._exit:
            os._exit, self._real_exit = self._real_exit, None
        if signal.getsignal(signal.SIGTERM) == self._terminate:
            with suppress(ValueError):
                signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _end_now(self) -> None:
        if self._close is not None:  # as it stays: a signal that comes meanwhile has to wait for the same
            with suppress(BaseException):
                self._close(_PATIENCE)

    def _exit(self, status: int) -> NoReturn:
        self._end_now()
        self._real_exit(status)
        raise AssertionError("os._exit does not return")

    def _terminate(self, number: int, _: object) -> None:
        self._end_now()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def part_notes(self, found: Iterable[str]) -> tuple[str, ...]:
        """Return what a part tells besides: the targets by name that were found, and whether the end is known."""
        asked = (_ASKED,) if os.path.exists(os.path.join(self.folder, _END)) else ()
        return (*(_FOUND + text for text in found), *asked)

    def tell_failure(self, error: Exception) -> None:
        """Tell that this process cannot be traced."""
        with suppress(OSError), open(os.path.join(self.folder, f"{os.getpid()}{_FAILED}"), "w") as file:
            file.write(str(error) or type(error).__name__)

    def _ask(self) -> None:
        """Ask processes that go on for what they have not written yet, and wait for it a while."""
        with suppress(OSError), open(os.path.join(self.folder, _END), "xb"):
            pass
        deadline = time.monotonic() + _WAIT
        left = self._names()
        while left and time.monotonic() < deadline:
            left = [name for name in left if self._is_behind(name)]
            if left:
                time.sleep(0.01)

    def _is_behind(self, name: str) -> bool:
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
                tail = file.read()
        except OSError:
            return False
        is_done = _is_whole(tail) or _ASKED_BYTES in tail.rstrip(b"\n").rpartition(b"\n")[2]
        return not is_done and _is_alive(int(name.partition("-")[0]))

    def _names(self) -> list[str]:
        """Return the names of the parts in order of their beginnings."""
        return sorted(self._files(".jsonl"), key=_time_of)

    def _files(self, suffix: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.folder) if name.endswith(suffix))
        except OSError:  # somebody has cleaned up: what is recorded here is whole
            return []

    def _read(self) -> tuple[list[Trace], list[str], set[str]]:
        traces: list[Trace] = []
        notes: list[str] = []
        found: set[str] = set()
        names = self._names()
        last = {name.partition("-")[0]: name for name in names}
        for name in names:
            path = os.path.join(self.folder, name)
            process = name.partition("-")[0]
            try:
                with open(path, "rb") as file:
                    data = file.read()
                if not data:
                    continue
                trace = load([data], name, decode)
            except (OSError, TraceError) as error:
                notes.append(f"follow: the part of process {process} cannot be read: {error}")
                continue
            own = [note for note in trace.notes if not note.startswith(_FOUND)]
            found.update(note.removeprefix(_FOUND) for note in trace.notes if note.startswith(_FOUND))
            is_whole = _is_whole(data)
            was_asked = _ASKED in own
            is_empty = not trace.calls and not any(trace.hits)
            if not is_whole:
                own = []
                if was_asked:
                    notes.append(
                        f"follow: process {process} still ran when the session ended: what it did later is not here"
                    )
                elif not is_empty or last[process] == name:  # else it has made way for another program
                    notes.append(
                        f"follow: process {process} was killed, or did not answer when the session ended: the trace "
                        f"has what it had written by then, which is all but the last half second"
                    )
            if not is_empty:
                traces.append(replace(trace, notes=tuple(own)))
        for name in self._files(_FAILED):
            with suppress(OSError), open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
                notes.append(f"follow: process {name.removesuffix(_FAILED)} could not be traced: {file.read()}")
        return traces, notes, found

    def _remove(self) -> None:
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)


class PartFile:
    """A file to which a part is written: opened anew each time, for a daemon closes all files that it finds open."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, data: bytes) -> int:
        with suppress(FileNotFoundError), open(self.name, "ab", buffering=0) as file:  # the session may be over
            while data:
                data = data[file.write(data) :]
        return 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off a SIGTERM to this thread, until there is a handler for it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_whole(data: bytes) -> bool:
    return data.rstrip(b"\n").rpartition(b"\n")[2].startswith(b'{"footer":')


def _time_of(name: str) -> tuple[int, str]:
    text = name.removesuffix(".jsonl").rpartition("-")[2]
    return (int(text) if text.isdecimal() else 0), name


def _stop_forkserver() -> bool:
    """Let the next child of `multiprocessing`'s fork server come from a new one; tell whether it is still the old one.

    That has another environment than what is started from now on is to have.
    """
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    try:
        if getattr(server, "_forkserver_pid", None) is None:
            return False
        import multiprocessing

        if multiprocessing.active_children():
            return True
        server._stop()  # type: ignore[union-attr]
    except Exception:
        return True
    return False


def _is_alive(process: int) -> bool:
    try:
        if hasattr(os, "waitid"):
            with suppress(ChildProcessError):  # no child of this process
                return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        os.kill(process, 0)
    except OSError:
        return False
    return True
