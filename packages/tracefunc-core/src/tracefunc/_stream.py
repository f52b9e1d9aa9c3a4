"""A trace that is written while it is recorded: JSON Lines to which each part is added once it is known.

A thread of its own asks for what is new, twice a second. Whatever then becomes of the program, what was written is a
trace up to that moment: `load` takes a file without an end. Nothing is held back in memory of this process, so a fork
has nothing to write twice.
"""

from __future__ import annotations

import _thread
import atexit
import os
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from tracefunc._fields import Footer, Key, key_of
from tracefunc._files import Form, Gzip, form_of
from tracefunc._forks import tell_of_forks
from tracefunc._freezing import Done
from tracefunc._manifest import Left
from tracefunc._writing import header_of, line, totals_of
from tracefunc.errors import TraceFileError, TraceWarning
from tracefunc.model import Call, Statement, Trace

__all__ = ["Part", "Stream", "check_stream"]

_PAUSE: Final = 0.5  # seconds between two looks

type Part = Callable[[set[int]], Trace]
"""Gives the trace so far without the calls of these ids and without their hits; the id of a function never changes."""


_open: Final[set[str]] = set()


def check_stream(target: Any) -> Form | None:
    """Return the form of the path of a stream, None for a file; raise `TraceFileError` if it is no JSON Lines."""
    if not isinstance(target, str | os.PathLike):
        return None
    form = form_of(target)
    if not form.lines:
        raise TraceFileError(f"stream={os.fspath(target)!r}: a stream is JSON Lines, .jsonl or .jsonl.gz")
    return form


class Stream:
    """Writes the trace that `part`, a method, gives, from `begin` to `end`, to a path or a file open for writing.

    A path must end with `.jsonl` or `.jsonl.gz`; while another stream of this process writes there, `-2`, `-3` and so
    on are put before that. A failure to write ends the stream and is told by `end`, in a `TraceWarning`: the program
    goes on, and the trace in memory is whole.
    """

    def __init__(self, target: Any, part: Part) -> None:
        self._target = target
        self._name = target if isinstance(target, str | os.PathLike) else getattr(target, "name", target)
        self._part = weakref.WeakMethod(part)
        form = check_stream(target)
        self._packer = Gzip() if form is not None and form.gzip else None
        self._path = ""
        self._file = -1
        self._process = 0
        self._ending, self._ended = _thread.allocate_lock(), _thread.allocate_lock()
        self._thread = 0
        self._number = 0  # of the thread, to the system
        self._is_pausing = False
        self._is_done = False
        self._lines = 0
        self._written: dict[Key, Any] = {}  # the record written last of each function, edge, branch and current call
        self._statements = 0
        self._finished = Done()  # the ids of calls that will not change
        self._hits: dict[int, int] = {}  # theirs
        self._hits_written: dict[int, int] = {}
        self._notes: tuple[str, ...] = ()
        self._left: Left | None = None
        self._failure: Exception | None = None

    def begin(self) -> None:
        """Write from now on; raises `OSError` where the file cannot be written."""
        self._process = os.getpid()
        if isinstance(self._target, str | os.PathLike):
            self._path = _claim(os.path.realpath(self._target))
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
            try:
                self._file = os.open(self._path, flags, 0o666)
            except OSError:
                self._close()
                raise
        self._look()
        if self._failure is not None:
            self._close()
            raise self._failure
        self._start()
        atexit.register(self.end)
        tell_of_forks(self)

    def _start(self) -> None:
        self._ending, self._ended = _thread.allocate_lock(), _thread.allocate_lock()
        self._ending.acquire()
        self._ended.acquire()
        try:
            # Not one of `threading`, which the program, its debugger and its coverage would see.
            self._thread = _thread.start_new_thread(self._run, (self._ending, self._ended))
        except RuntimeError:  # no more threads: `end` writes all
            self._ended.release()

    def before_fork(self) -> None:
        """Let the thread end: Python warns of a fork where there are threads."""
        here = self._process == os.getpid()
        if not here or self._is_done or not self._thread or self._thread == _thread.get_ident():
            return
        if not self._ending.locked():  # it ends anyway
            return
        self._is_pausing = True
        self._ending.release()
        with self._ended:
            self._thread = 0
        # The thread of the system ends a moment after that of Python, and its number is what Python looks at.
        end = time.monotonic() + 1
        while os.path.exists(f"/proc/self/task/{self._number}") and time.monotonic() < end:
            time.sleep(0.0005)

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._is_pausing:
            self._is_pausing = False
            self._start()

    def after_fork_in_child(self) -> None:
        """Leave the file to the parent."""
        self._is_pausing = False
        if not self._is_done and self._process != os.getpid():
            self._close()
            atexit.unregister(self.end)

    def end(self, timeout: float = -1) -> None:
        """Write what is left, and the end of the file; warn if something could not be written.

        `timeout` are the seconds to wait, -1 for as long as it takes: a handler of a signal may have interrupted what
        has to be done before.
        """
        if self._is_done:
            return
        if self._process != os.getpid():  # a child of the process that writes
            self._close()
        elif self._thread == _thread.get_ident():  # the last reference to the session was lost there
            self._look(is_last=True)
        else:
            # The thread does the rest: no handler of a signal comes into that.
            if self._ending.locked():
                self._ending.release()
            if not self._thread:
                self._look(is_last=True)
            if self._ended.acquire(timeout=timeout):
                self._ended.release()
        self._is_done = True
        atexit.unregister(self.end)
        if self._failure is not None:
            warnings.warn(
                f"the stream to {self._name} ended early, with {self._failure!r}: the file lacks what came later, but "
                f"the trace in memory is whole and can be saved",
                TraceWarning,
                skip_file_prefixes=(__file__.rpartition(os.sep)[0],),
            )

    def _close(self) -> None:
        self._is_done = True
        _open.discard(self._path)
        if self._file >= 0:
            file, self._file = self._file, -1
            os.close(file)

    def _run(self, ending: _thread.LockType, ended: _thread.LockType) -> None:
        try:
            self._number = _thread.get_native_id()
            while not ending.acquire(timeout=_PAUSE):
                if not self._look():
                    return
            if not self._is_pausing:
                self._look(is_last=True)
        finally:
            ended.release()

    def _look(self, *, is_last: bool = False) -> bool:
        """Write what is new, and tell whether there may be more."""
        part = self._part()
        is_last = is_last or part is None
        try:
            if part is not None and self._failure is None and not self._is_done:
                self._write(part, is_last=is_last)
        except Exception as error:
            self._failure = error
        if is_last:
            self._close()
        return not is_last and self._failure is None

    def _write(self, part: Part, *, is_last: bool) -> None:
        trace = part(self._finished)
        pieces: list[bytes] = []
        if self._left is None:
            self._left = Left(trace.settings)
            pieces.append(line("header", header_of(trace.python, trace.start, trace.settings)))
        pieces += (line("statement", statement) for statement in trace.statements[self._statements :])
        self._statements = len(trace.statements)
        for kind, values in (("function", trace.functions), ("edge", trace.edges), ("branch", trace.branches)):
            # At the end all once more, in their final order.
            pieces += (line(kind, value) for value in values if self._is_new(kind, value) or is_last)
        forgets = trace.settings.keep != "first" and trace.settings.max_calls is not None
        dropped = self._drop(trace) if forgets else ()
        hits = self._all_hits(trace)
        for call in trace.calls:
            is_new = self._is_new("call", call)
            # One that was seen to end is looked at once more: a thread may have been about to note the rest.
            is_over = is_last or (not is_new and call.end is not None)
            if is_new or is_over:
                data = line("call", call)
                if is_new:
                    pieces.append(data)
                if is_over and not forgets:
                    self._finish(call, data, trace.statements)
        pieces += self._totals(trace, hits, dropped, is_any=bool(pieces) or is_last)
        self._lines += len(pieces)
        if is_last:
            if forgets:
                for call in trace.calls:
                    self._left.add([call], line("call", call), trace.statements)
            pieces.append(line("footer", Footer(self._lines, self._left.manifest(trace.functions))))
        self._put(b"".join(pieces), is_last=is_last)

    def _is_new(self, kind: str, value: Any) -> bool:
        """Tell whether a record is not the one that was written last, and note that it is now."""
        key = key_of(kind, value)
        if self._written.get(key) == value:
            return False
        self._written[key] = value
        return True

    def _finish(self, call: Call, written: bytes, statements: Sequence[Statement]) -> None:
        """Forget a call that will not change."""
        assert self._left is not None
        self._finished.add(call.id)
        self._written.pop(key_of("call", call), None)
        for index, number in call.hits.items():
            self._hits[index] = self._hits.get(index, 0) + number
        self._left.add([call], written, statements)

    def _drop(self, trace: Trace) -> tuple[int, ...]:
        """Return the ids of calls that have made room for others since the last look."""
        kept = {call.id for call in trace.calls}
        dropped = {key: value for key, value in self._written.items() if key[0] == "call" and key[1] not in kept}
        for key in dropped:
            del self._written[key]
        return tuple(sorted(call.id for call in dropped.values()))

    def _all_hits(self, trace: Trace) -> dict[int, int]:
        """Return the hits of a part, and of the calls that it leaves out."""
        hits = {index: number for index, number in enumerate(trace.hits) if number}
        for index, number in self._hits.items():
            hits[index] = hits.get(index, 0) + number
        return hits

    def _totals(self, trace: Trace, hits: dict[int, int], dropped: tuple[int, ...], *, is_any: bool) -> list[bytes]:
        totals = totals_of(trace)
        changed = {index: number for index, number in hits.items() if self._hits_written.get(index) != number}
        if not (is_any or changed or dropped or totals.notes != self._notes):
            return []
        self._hits_written, self._notes = hits, totals.notes
        return [line("totals", replace(totals, hits=changed, dropped=dropped))]

    def _put(self, data: bytes, *, is_last: bool) -> None:
        if self._packer is not None and (data or is_last):
            data = self._packer.add(data) + (self._packer.end() if is_last else self._packer.flush())
        if not data:
            return
        if self._file < 0:
            try:
                self._target.write(data)
            except TypeError:  # a file of text
                self._target.write(data.decode())
            if callable(flush := getattr(self._target, "flush", None)):
                flush()
        while data and self._file >= 0:
            data = data[os.write(self._file, data) :]


def _claim(path: str) -> str:
    """Return a path to which no other stream writes, and keep it for this one."""
    folder, name = os.path.split(path)
    stem, dot, suffix = name.partition(".")
    number = 1
    while path in _open:
        number += 1
        path = os.path.join(folder, f"{stem}-{number}{dot}{suffix}")
    _open.add(path)
    return path
