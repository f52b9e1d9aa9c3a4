"""What a Python process that does not come from a fork is told: how it begins to trace itself, and what.

A `sitecustomize` of ours stands in front of its path, by PYTHONPATH; that begins a session by what the folder of the
session says, and then runs the `sitecustomize` which there is besides.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from types import CodeType
from typing import Any, Final

from tracefunc._options import Options
from tracefunc._patterns import Pattern, parse_pattern
from tracefunc.errors import TraceError

__all__ = ["Job", "read_job", "sitecustomize"]

_JOB: Final = "session.json"

_SITECUSTOMIZE: Final = '''\
"""Begins to trace a process that a traced program has started; then comes the sitecustomize that there is besides."""

import os
import sys

_site = os.path.dirname(os.path.abspath(__file__))


def _begin():
    if sys.version_info < (3, 12):
        raise RuntimeError("it is one of Python %d.%d" % sys.version_info[:2])
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
    except Exception as error:  # this process is to run as if untraced
        try:
            with open(os.path.join(os.path.dirname(_site), "%d.failed" % os.getpid()), "w") as file:
                file.write(str(error) or type(error).__name__)
        except Exception:
            pass
'''


def sitecustomize() -> str:
    """Return the text of the module that begins to trace a process."""
    return _SITECUSTOMIZE.replace("{package!r}", ascii(os.path.dirname(os.path.abspath(__file__))))


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

    def write(self, folder: str) -> None:
        """Write it to the folder of a session."""
        import json

        options: dict[str, Any] = {name: getattr(self.options, name) for name in self.options.__slots__}
        options["when"] = options["when"] if isinstance(options["when"], str) else None
        options["repr"] = options["repr"] is not None
        patterns = [[pattern.text, pattern.folder] for pattern in self.patterns]
        with open(os.path.join(folder, _JOB), "w", encoding="utf-8") as file:
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
