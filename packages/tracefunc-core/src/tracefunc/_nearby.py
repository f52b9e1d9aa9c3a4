"""What to say of a target that was not found: why, and what is called nearly so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from tracefunc._patterns import Pattern, codes_in, is_own, lines_of
from tracefunc._targets import functions_in, modules

__all__ = ["report"]


def report(pattern: Pattern) -> str:
    """Say why a pattern has found nothing, and name near misses."""
    reason, near = _path(pattern) if pattern.path is not None else _name(pattern)
    advice = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"target {pattern.text!r} matched nothing: {reason}{advice}"


def _path(pattern: Pattern) -> tuple[str, list[str]]:
    path, files = pattern.path or "", {}
    for module in modules().values():
        file = module.get("__file__")
        if isinstance(file, str):
            files[file] = module
    matching = [module for file, module in files.items() if pattern.is_file(file)]
    rest = f":{pattern.name or pattern.line}"
    if not matching:
        own = {_short(file): file for file in files if is_own(file)}
        names = {os.path.basename(file): short for short, file in own.items()}
        near = _close(path, own, 0.8) or [names[name] for name in _close(os.path.basename(path), names, 0.75)]
        exists = os.path.exists(path)
        reason = "that file has not run" if exists else "there is no such file, and none like it has run"
        return reason, [name + rest for name in near]
    functions = [function for module in matching for function in functions_in(module)]
    if pattern.line is not None:
        spans = sorted((*lines_of(function.__code__), function.__qualname__) for function in functions)
        nearest = sorted(spans, key=lambda span: min(abs(span[0] - pattern.line), abs(span[1] - pattern.line)))  # type: ignore[operator]
        known = ", ".join(f"{name} in lines {first} to {last}" for first, last, name in nearest[:2])
        return f"no function is around that line{f', the nearest are {known}' if known else ''}", []
    near = _close(pattern.name or "", {name for function in functions for name in _names_in(function)})
    return "that file has no such function", [f"{path}:{name}" for name in near]


def _name(pattern: Pattern) -> tuple[str, list[str]]:
    known = modules()
    wanted = pattern.module or ""
    if not pattern.is_exact and pattern.name is None:
        base = wanted.removesuffix(".*")
        if base not in known:
            near = _close(base, known)
            only = " of your own code" if pattern.only_own else ""
            return f"no function{only} has such a name", [f"{name}.*" for name in near]
        return "it has no function with a source", []
    if pattern.name is None:  # a module, a class or a function, with dots alone
        base = wanted
        while base and base not in known:
            base = base.rpartition(".")[0]
        if not base:
            near = _close(wanted, known)
            main = known.get("__main__")
            if main is not None and callable(main.get(wanted)):
                near = [f"__main__:{wanted}"]
            return f"no module {wanted.partition('.')[0]!r} was imported", near
        if base == wanted:
            return "it has no function with a source", []
        names = [name for name in known if name.startswith(f"{base}.")]
        names += [f"{base}.{name}" for name in _qualnames([known[base]])]
        return f"{base!r} has nothing of that name", _close(wanted, names)
    matching = [module for name, module in known.items() if pattern.may_be_in(name, None)]
    if not matching:
        close = _close(wanted, known)
        having = [name for name in close if pattern.name in _qualnames([known[name]])]
        return f"no module {wanted!r} was imported", [f"{name}:{pattern.name}" for name in having or close]
    near = [f"{wanted}:{name}" for name in _close(pattern.name, _qualnames(matching))]
    return f"{wanted!r} has no such function", near


def _qualnames(modules: Iterable[dict[str, Any]]) -> set[str]:
    """Return the names of the functions of modules, those inside of others too, and of their classes."""
    names = {name for module in modules for function in functions_in(module) for name in _names_in(function)}
    around = {name.rpartition(".")[0] for name in names if "." in name}
    return names | {name for name in around if not name.endswith(".<locals>")}


def _names_in(function: FunctionType) -> Iterator[str]:
    """Yield the name of a function and of those that its body makes."""
    yield function.__qualname__
    todo = list(codes_in(function.__code__))
    while todo:
        code = todo.pop()
        yield code.co_qualname
        todo += codes_in(code)


def _close(name: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the known names most like a name, or those that end like it."""
    from difflib import get_close_matches

    known = list(known)
    ending = [each for each in known if each.endswith((f".{name}", f"/{name}"))]
    return (ending or get_close_matches(name, known, n=3, cutoff=cutoff))[:3]


def _short(file: str) -> str:
    short = os.path.relpath(file) if os.path.isabs(file) and os.path.splitdrive(file)[0] == "" else file
    return file if short.startswith("..") else short
