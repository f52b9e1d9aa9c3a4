"""What a target that is a string means, found by reading files alone: no code of the modules is run."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from tracefunc._patterns import Pattern, codes_in, lines_of, parse_pattern

__all__ = ["Listed", "list_target"]

_WIDE = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Listed:
    """A function in a target: its module, qualified name, file, first and last line."""

    module: str
    qualname: str
    path: str
    line: int
    end_line: int


def list_target(target: str) -> tuple[list[Listed], str]:
    """Return the functions in a target in the order of their files, or where there are none, why.

    A function inside another that is listed belongs to that.

    Raises `TraceError` for a target that names nothing, and `SyntaxError` or `OSError` for a file that cannot be read.
    """
    pattern = parse_pattern(target)
    found, names = _found(pattern)
    if found:
        return found, ""
    import difflib

    wanted = re.split(r"[:.]", target)[-1]
    ends = {name.rpartition(":")[2].rpartition(".")[2]: name for name in names}
    near = [ends[end] for end in difflib.get_close_matches(wanted, ends, 3)] or _near_modules(target, pattern)
    why = "no function matches" if names else "there is no file with Python functions of that name"
    return [], f"{why}; near to it: {', '.join(near)}" if near else why


def _found(pattern: Pattern) -> tuple[list[Listed], list[str]]:
    """Return the functions that a pattern means, and the names of all functions in the files that may hold them."""
    found: list[Listed] = []
    names: list[str] = []
    for module, path in _files(pattern):
        for code in _functions(_compiled(path)):
            names.append(f"{module}:{code.co_qualname}" if pattern.path is None else f"{path}:{code.co_qualname}")
            if pattern.match(module, code):
                found.append(Listed(module, code.co_qualname, path, *lines_of(code)))
    outer = {(each.path, each.qualname) for each in found}
    return [each for each in found if not _is_inside(each, outer)], names


def _near_modules(target: str, pattern: Pattern) -> list[str]:
    """Return targets that mean something, where the first module or package that is not there has another name."""
    import difflib

    parts = [] if pattern.module is None else _WIDE.split(pattern.module, maxsplit=1)[0].rstrip(".").split(".")
    for depth, part in enumerate(parts):
        _, _, folders = _deepest(parts[:depth]) if depth else ("", None, None)
        names = [name for name, _ in _modules(folders)] if folders is not None or depth == 0 else []
        names += [] if depth else sys.stdlib_module_names
        if part in names:
            continue
        before = ".".join([*parts[:depth], ""])
        close = difflib.get_close_matches(part, dict.fromkeys(names), 3, 0.7)
        near = [before + name + target.removeprefix(before + part) for name in close]
        return [each for each in near if _found(parse_pattern(each))[0]]
    return []


def _is_inside(listed: Listed, outer: set[tuple[str, str]]) -> bool:
    parts = listed.qualname.split(".<locals>.")
    return any((listed.path, ".<locals>.".join(parts[:end])) in outer for end in range(1, len(parts)))


def _files(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """Yield the modules that may hold what a pattern means, and their files."""
    if pattern.path is not None:
        yield from _paths(pattern.path)
        return
    assert pattern.module is not None
    fixed = _WIDE.split(pattern.module, maxsplit=1)[0]
    parts = [part for part in fixed.split(".") if part]
    if fixed != pattern.module and not fixed.endswith("."):
        parts = parts[:-1]  # the beginning of a name
    if not parts:
        for name, folder in _modules(None):
            if pattern.may_be_in(name, folder):
                yield from _with_inner(name, [folder] if os.path.isdir(folder) else None, folder)
        return
    name, path, folders = _deepest(parts)
    if path is not None or folders is not None:
        yield from _with_inner(name, folders, path) if name == ".".join(parts) else [(name, path)] if path else []


def _paths(path: str) -> Iterator[tuple[str, str]]:
    import glob

    found = sorted(glob.glob(path, recursive=True)) if _WIDE.search(path) else [path]
    if not _WIDE.search(path) and not os.path.exists(path):  # the end of a path, as in "app.py:handler"
        found = sorted(glob.glob(os.path.join("**", path), recursive=True))
    yield from ((os.path.splitext(os.path.basename(each))[0], each) for each in found if os.path.isfile(each))


def _deepest(parts: list[str]) -> tuple[str, str | None, list[str] | None]:
    """Return the longest name that is a module's, its file, and the folders of a package, without importing any."""
    from importlib.machinery import PathFinder

    name, path, folders = "", None, None
    search: list[str] | None = None
    for index, _ in enumerate(parts, 1):
        spec = PathFinder.find_spec(".".join(parts[:index]), search)
        if spec is None:
            break
        name = spec.name
        path = spec.origin if spec.has_location and str(spec.origin).endswith((".py", ".pyw")) else None
        folders = search = None
        if spec.submodule_search_locations is not None:
            folders = search = list(spec.submodule_search_locations)
        else:
            break
    return name, path, folders


def _with_inner(name: str, folders: list[str] | None, path: str | None) -> Iterator[tuple[str, str]]:
    """Yield a module, and if it is a package, all in it."""
    if path is not None and os.path.isdir(path):
        path = os.path.join(path, "__init__.py")
    if path is not None and os.path.isfile(path):
        yield name, path
    for inner, place in _modules(folders) if folders is not None else ():
        yield from _with_inner(f"{name}.{inner}", [place] if os.path.isdir(place) else None, place)


def _modules(folders: list[str] | None) -> Iterator[tuple[str, str]]:
    """Yield the modules in folders, by default those of `sys.path`: names and files, or the folders of packages."""
    import pkgutil
    from importlib.machinery import FileFinder

    seen = set()
    for info in pkgutil.iter_modules(folders):
        if isinstance(info.module_finder, FileFinder) and info.name not in seen:
            seen.add(info.name)
            place = os.path.join(info.module_finder.path, info.name)
            yield info.name, place if info.ispkg else f"{place}.py"


def _compiled(path: str) -> CodeType:
    with open(path, "rb") as file:
        text = file.read()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the compiler: they are for who imports the module
        return compile(text, os.path.abspath(path), "exec", dont_inherit=True, flags=0, optimize=sys.flags.optimize)


def _functions(code: CodeType) -> Iterator[CodeType]:
    for inner in codes_in(code):
        yield inner
        yield from _functions(inner)
