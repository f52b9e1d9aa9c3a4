"""Traces processes that the program starts: each writes its own part to a folder of the session, which merges them.

A forked child has all that it needs. Any other Python process finds a `sitecustomize` of ours in front of its path,
by PYTHONPATH; that begins a session by what the folder says, and then runs the `sitecustomize` which there is besides.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import time_ns
from types import CodeType
from typing import Any, Final, NoReturn

from tracefunc._options import Options
from tracefunc._patterns import Pattern, parse_pattern
from tracefunc._plain import decode
from tracefunc._reading import load
from tracefunc.errors import TraceError
from tracefunc.model import Trace

__all__ = ["Follow", "Job", "PartFile", "found_note", "read_job"]

_FOUND: Final = "\0found "  # begins the note of a part that tells of a target which has found something
_JOB: Final = "session.json"
_PATIENCE: Final = 5.0  # seconds that a process which ends at once waits for the last of its part

_SITECUSTOMIZE: Final = '''\
"""Begins to trace a process that a traced program has started; then comes the sitecustomize that there is besides."""

import os
import sys

_site = os.path.dirname(os.path.abspath(__file__))


def _begin():
    if sys.version_info < (3, 12):
        return
    try:
        from tracefunc._child import join
    except ImportError:
        import importlib.util

        for name in [name for name in sys.modules if name.partition(".")[0] == "tracefunc"]:
            del sys.modules[name]
        package = {package!r}
        spec = importlib.util.spec_from_file_location(
            "tracefunc", os.path.join(package, "__init__.py"), submodule_search_locations=[package]
        )
        sys.modules["tracefunc"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        from tracefunc._child import join
    join(os.path.dirname(_site))


sys.path[:] = [path for path in sys.path if os.path.abspath(path) != _site]
del sys.modules["sitecustomize"]
try:
    import sitecustomize
finally:
    try:
        if os.path.isdir(_site):
            _begin()
    except Exception:
        pass  # this process is to run as if untraced
'''


_sites: Final[dict[str, bool]] = {}  # what our sessions have put into PYTHONPATH, and whether the user had set it


class Job:
    """What a process that does not come from a fork is told: the targets by name, and the options."""

    def __init__(self, patterns: Iterable[Pattern], codes: Iterable[CodeType], options: Options) -> None:
        self.patterns = tuple(one for pattern in patterns for one in _for_others(pattern))
        self.options = options
        self.notes: list[str] = []
        for code in codes:
            path = os.path.abspath(code.co_filename)
            if os.path.isfile(path):
                with suppress(TraceError):
                    self.patterns += (parse_pattern(f"{path}:{code.co_qualname}"),)
                    continue
            self.notes.append(
                f"follow: {code.co_qualname} has no file by which another process could find it; only forks trace it"
            )
        for name in ("when", "repr"):
            if callable(getattr(options, name)):
                self.notes.append(
                    f"follow: {name}= is a function, which only forks of this process have; in others, "
                    + ("every call may be kept" if name == "when" else "values show their class alone")
                )

    def write(self, path: str) -> None:
        import json

        options: dict[str, Any] = {name: getattr(self.options, name) for name in self.options.__slots__}
        options["when"] = options["when"] if isinstance(options["when"], str) else None
        options["repr"] = options["repr"] is not None
        patterns = [[pattern.text, pattern.folder] for pattern in self.patterns]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"patterns": patterns, "options": options}, file)


def read_job(folder: str) -> Job:
    """Return what the session of a folder asks for."""
    import json

    with open(os.path.join(folder, _JOB), encoding="utf-8") as file:
        found = json.load(file)
    options = found["options"]
    options["repr"] = _class_alone if options["repr"] else None
    job = Job((), (), Options(**options))
    job.patterns = tuple(replace(parse_pattern(text), folder=folder) for text, folder in found["patterns"])
    return job


def _class_alone(value: object) -> str:
    return f"<{type(value).__name__}>"


def _for_others(pattern: Pattern) -> list[Pattern]:
    """Return what a pattern is in another process: `__main__` is another module there."""
    first, _, rest = (pattern.module or "").partition(".")
    if first != "__main__":
        return [pattern]
    name = (rest or "*") if pattern.is_dotted else (pattern.name or "*")
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(file, str) and file.endswith((".py", ".pyw")):
        return [replace(parse_pattern(f"{os.path.abspath(file)}:{name}"), text=f"{os.path.abspath(file)}:{name}")]
    return [pattern, parse_pattern(f"__mp_main__:{name}")]  # the name that `multiprocessing` gives it


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
                file.write(_SITECUSTOMIZE.replace("{package!r}", repr(os.path.dirname(os.path.abspath(__file__)))))
            self.job.write(os.path.join(self.folder, _JOB))
        except BaseException:
            self._remove()
            raise
        stop_forkserver()
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
        stop_forkserver()
        traces, notes, found = self._read()
        self._remove()
        return traces, [*self.job.notes, *notes], found

    @property
    def _site(self) -> str:
        return os.path.join(self.folder, "site")

    def part(self) -> PartFile:
        """Return a new file for the part of this process."""
        return PartFile(os.path.join(self.folder, f"{os.getpid()}-{time_ns()}.jsonl"))

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

    def _read(self) -> tuple[list[Trace], list[str], set[str]]:
        traces: list[Trace] = []
        notes: list[str] = []
        found: set[str] = set()
        names = sorted((name for name in os.listdir(self.folder) if name.endswith(".jsonl")), key=_time_of)
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
            is_whole = data.rstrip(b"\n").rpartition(b"\n")[2].startswith(b'{"footer":')
            is_empty = not trace.calls and not any(trace.hits)
            if not is_whole:
                own = []
                if not is_empty or last[process] == name:  # else it has made way for another program
                    notes.append(
                        f"follow: process {process} still ran when the session ended, or was killed: the trace has "
                        f"what it had written by then, which is all but the last half second"
                    )
            if not is_empty:
                traces.append(replace(trace, notes=tuple(own)))
        return traces, notes, found

    def _remove(self) -> None:
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)


class PartFile:
    """A file to which a part is written: opened anew each time, for a daemon closes all files that it finds open."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, data: bytes) -> int:
        with open(self.name, "ab", buffering=0) as file:
            while data:
                data = data[file.write(data) :]
        return 0


def found_note(text: str) -> str:
    """Return the note of a part that tells of a target which has found something."""
    return _FOUND + text


def _time_of(name: str) -> tuple[int, str]:
    text = name.removesuffix(".jsonl").rpartition("-")[2]
    return (int(text) if text.isdecimal() else 0), name


def stop_forkserver() -> None:
    """Let the next child of `multiprocessing`'s fork server come from a new one, as the environment is another now."""
    module = sys.modules.get("multiprocessing.forkserver")
    with suppress(Exception):
        server = getattr(module, "_forkserver", None)
        if getattr(server, "_forkserver_pid", None) is not None and not _active_children():
            server._stop()  # type: ignore[union-attr]


def _active_children() -> Sequence[object]:
    import multiprocessing

    return multiprocessing.active_children()
