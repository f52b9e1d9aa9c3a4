"""Targets by name: what a string says of the functions that it means, whether they exist already or not."""

from __future__ import annotations

import fnmatch
import os
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any, Literal

from tracefunc._source import find_node, read_source
from tracefunc.errors import SourceNotFoundError, TraceError

__all__ = ["Pattern", "codes_in", "is_function", "is_own", "lines_of", "module_names", "parse_pattern"]

_EXPECTED = (
    "expected a name such as 'package.module:Class.method', 'package.module:*', 'package.*', 'src/app.py:function' or "
    "'src/app.py:120'"
)
_MODULE = re.compile(r"[\w.*?\[\]!-]+")
_NAME = re.compile(r"[\w.*?\[\]!<>-]+")
_PATH = re.compile(r"(?P<path>.*\.pyw?)(?::(?P<rest>.*))?", re.DOTALL)
_NEWLOCALS = 2  # the flag of code objects that are functions

type Match = Literal["named", "wide"] | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A target that is a string.

    `module:name`, `path:name`, `path:line`, or a dotted name that may be a package, a module, a class or a function.
    `*`, `?` and `[...]` stand for whatever `fnmatch` lets them. A class stands for the functions in its body. A path
    that is not absolute begins at `folder`, or is the end of the path of a file of the user's own.
    """

    text: str
    module: str | None = None
    name: str | None = None
    path: str | None = None
    line: int | None = None
    is_dotted: bool = False
    folder: str = ""
    _files: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_exact(self) -> bool:
        """Whether it names one thing, which must be traceable, rather than whatever there is."""
        return not (_has_glob(self.module or "") or _has_glob(self.name or "") or _has_glob(self.path or ""))

    @property
    def only_own(self) -> bool:
        """Whether it leaves out the standard library and installed packages: it spells none of them out."""
        return self.module is not None and _has_glob(self.module.partition(".")[0])

    @property
    def is_deep(self) -> bool:
        """Whether it speaks of functions inside of functions."""
        return self.line is not None or "<locals>" in (self.name or self.module or "")

    def name_in(self, module: str) -> str | None:
        """Return what it calls a thing in a module, None where it names no single thing there."""
        if not self.is_exact or self.module is None:
            return None
        if self.is_dotted:
            return self.module[len(module) + 1 :] if self.module.startswith(f"{module}.") else None
        return self.name if self.module == module else None

    def modules_named(self) -> list[str]:
        """Return the names of the modules in which `name_in` tells a name."""
        if not self.is_exact or self.module is None:
            return []
        parts = self.module.split(".")
        return [".".join(parts[:end]) for end in range(1, len(parts))] if self.is_dotted else [self.module]

    def ends(self, code: CodeType) -> bool:
        """Tell whether it may be another name of the function that this code belongs to."""
        name = self.name or self.module
        return name is not None and self.is_exact and name.rpartition(".")[2] == code.co_name

    def may_be_in(self, module: str, file: str | None) -> bool:
        """Tell whether functions of a module, or of modules in it, can match."""
        if self.path is not None:
            return file is None or module == "__main__" or self.is_file(file)
        assert self.module is not None
        if self.only_own and file is not None and not is_own(file, module):
            return False
        if not self.is_dotted:
            return _is_module(module, self.module)
        fixed = re.split(r"[*?\[]", self.module, maxsplit=1)[0]
        if _has_glob(self.module):
            return f"{module}.".startswith(fixed) or fixed.startswith(f"{module}.")
        return f"{module}.".startswith(f"{fixed}.") or fixed.startswith(f"{module}.")

    def match(self, module: str, code: CodeType) -> Match:
        """Tell whether a function's code is meant: by its own name, or as part of something wide."""
        name = code.co_qualname
        if self.path is not None:
            if not self.is_file(code.co_filename):
                return None
            if self.line is not None:
                return "named" if _is_around(code, self.line) else None
        elif self.only_own and not is_own(code.co_filename, module):
            return None
        elif self.is_dotted:
            return self._match_dotted(module, name)
        elif self.module is None or not _is_module(module, self.module):
            return None
        assert self.name is not None
        if _has_glob(self.name):
            return "wide" if _glob(self.name).fullmatch(name) else None
        if self.name not in (name, name.rpartition(".")[0]):
            return None
        return "named" if self.is_exact else "wide"

    def _match_dotted(self, module: str, name: str) -> Match:
        wanted = self.module or ""
        whole = f"{module}.{name}"
        if _has_glob(wanted):
            return "wide" if _glob(wanted).fullmatch(whole) else None
        if wanted in (whole, whole.rpartition(".")[0]) and wanted != module:
            return "named"
        return "wide" if f"{module}.".startswith(f"{wanted}.") else None

    def is_file(self, file: str) -> bool:
        """Tell whether its path is that of a file; a relative one may also be the end of it."""
        known = self._files.get(file)
        if known is None:
            known = self._files[file] = _is_path(self.path or "", file, self.folder)
        return known


def parse_pattern(text: str) -> Pattern:
    """Read a target that is a string; raises `TraceError` for one that names nothing."""
    asked = text.strip()
    if not asked:
        raise TraceError(f"target {text!r} is empty: {_EXPECTED}")
    found = _PATH.fullmatch(asked.replace("::", ":", 1))
    if found is not None:
        return _parse_path(text, found["path"], found["rest"])
    if "/" in asked or os.sep in asked:
        raise TraceError(f"target {text!r}: a path ends with .py, 'folder/*.py' is all files in a folder; {_EXPECTED}")
    module, colon, name = asked.partition(":")
    if not _MODULE.fullmatch(module) or ".." in module or module[0] == "." or module[-1] == ".":
        raise TraceError(f"target {text!r}: {module!r} is no name of a module; {_EXPECTED}")
    if not colon:
        return Pattern(text, module, is_dotted=True)
    return Pattern(text, module, _checked(text, name))


def _parse_path(text: str, path: str, rest: str | None) -> Pattern:
    if rest is None:
        return Pattern(text, name="*", path=path, folder=os.getcwd())
    if rest.isdecimal():
        if int(rest) == 0:
            raise TraceError(f"target {text!r}: lines count from 1")
        return Pattern(text, path=path, line=int(rest), folder=os.getcwd())
    return Pattern(text, name=_checked(text, rest.replace("::", ".")), path=path, folder=os.getcwd())


def _checked(text: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise TraceError(f"target {text!r}: {name!r} is no name of a function; {_EXPECTED}")
    return name


def _has_glob(text: str) -> bool:
    return "*" in text or "?" in text or "[" in text


@cache
def _glob(text: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(text))


def _is_module(module: str, wanted: str) -> bool:
    if not _has_glob(wanted):
        return module == wanted
    return _glob(wanted).fullmatch(module) is not None or module == wanted.removesuffix(".*")


def _is_path(wanted: str, file: str, folder: str) -> bool:
    if file.startswith("<"):
        return False
    whole, path = os.path.join(folder, wanted), os.path.join(folder, file)
    end, plain = _with_slashes(wanted).removeprefix("./"), _with_slashes(file)
    if _has_glob(end):
        fits = _glob(_with_slashes(os.path.normpath(whole))).fullmatch(_with_slashes(path)) is not None
        return fits or (_glob(f"*/{end}").fullmatch(f"/{plain}") is not None and is_own(file))
    return os.path.realpath(whole) == os.path.realpath(path) or (f"/{plain}".endswith(f"/{end}") and is_own(file))


def _with_slashes(path: str) -> str:
    return path.replace(os.sep, "/")


@cache
def is_own(file: str, module: str = "") -> bool:
    """Tell whether code is the user's own: not of the standard library, not installed, not tracefunc itself."""
    if module.partition(".")[0] in ("tracefunc", "tracefunc_export") or file.startswith("<frozen "):
        return False
    path = os.path.abspath(file)
    if {"site-packages", "dist-packages"} & set(path.split(os.sep)):
        return False
    return not any(path.startswith(folder + os.sep) for folder in _folders())


@cache
def _folders() -> frozenset[str]:
    paths = sysconfig.get_paths()
    known = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib") if paths.get(name)}
    return frozenset({*known, *map(os.path.realpath, known)})


def module_names(namespace: dict[str, Any]) -> list[str]:
    """Return the name of the module of a namespace; for the one that runs as the program, also that of its import."""
    name = namespace.get("__name__")
    if name != "__main__":
        return [name] if isinstance(name, str) else [""]
    real = getattr(namespace.get("__spec__"), "name", None)
    file = namespace.get("__file__")
    if not isinstance(real, str) and isinstance(file, str):
        real = os.path.basename(file).removesuffix(".py")
    real = real.removesuffix(".__main__") if isinstance(real, str) else "__main__"
    return [name] if real == "__main__" else [name, real]


def is_function(code: CodeType) -> bool:
    """Tell whether code is that of a `def` or a lambda, not of a module, a class or a generator expression."""
    return bool(code.co_flags & _NEWLOCALS) and (code.co_name[0] != "<" or code.co_name == "<lambda>")


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the functions that a code object makes when it runs, those in classes too, not those in functions."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if is_function(inner):
                yield inner
            else:
                yield from codes_in(inner)


def lines_of(code: CodeType) -> tuple[int, int]:
    """Return the first and the last line of a function."""
    last = max((end or 0 for _, end, _, _ in code.co_positions()), default=0)
    inner = [lines_of(each)[1] for each in code.co_consts if isinstance(each, CodeType)]
    return code.co_firstlineno, max([code.co_firstlineno, last, *inner])


def _last_line(code: CodeType) -> int:
    """Return the last line of a function by its source: the last lines may have no code, as a docstring."""
    try:
        source = read_source(code, {})
        return find_node(source.block(source.span_of(code)), code).end_lineno or 0
    except SourceNotFoundError:
        return 0


def _is_around(code: CodeType, line: int) -> bool:
    """Tell whether code is the innermost function around a line."""
    first, last = lines_of(code)
    if line < first or (code.co_name == "<lambda>" and "<locals>" in code.co_qualname):
        return False
    if line > last and line > _last_line(code):
        return False
    return not any(_is_around(inner, line) for inner in codes_in(code))
