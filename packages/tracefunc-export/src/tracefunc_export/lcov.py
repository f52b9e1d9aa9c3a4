"""LCOV tracefiles with real hit counts: `genhtml` shows the source with them, and so do editors and coverage services.

from tracefunc_export.lcov import write

write(trace, "trace.info")
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tracefunc.model import Function, Trace
from tracefunc_export import _files
from tracefunc_export._words import one_line

__all__ = ["to_lcov", "without_file", "write"]

_NOT_OF_A_PATH = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte


def to_lcov(trace: Trace, *, root: str | os.PathLike[str] | None = None) -> str:
    """Return a trace as an LCOV tracefile.

    A line has the most hits of the statements that begin on it, a function its calls, and a test its ways (`BRDA`),
    true first. Paths are as in the trace, or relative to `root` where they are below it. Functions without a file,
    such as those of a notebook, are left out; see `without_file`.
    """
    files: dict[str, list[Function]] = defaultdict(list)
    for function in trace.functions:
        if not _no_file(function):
            files[function.path].append(function)
    lines = ["TN:"]
    for path in sorted(files):
        lines += _file(trace, _relative(path, root), files[path])
    return "".join(f"{line}\n" for line in lines)


def without_file(trace: Trace) -> list[Function]:
    """Return the functions that LCOV cannot hold, because they stand in no file."""
    return [function for function in trace.functions if _no_file(function)]


def write(trace: Trace, path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None) -> str | None:
    """Write an LCOV tracefile and return, in words, what could not be in it, or None; see `to_lcov`."""
    _files.write(path, to_lcov(trace, root=root).encode("utf-8", "surrogateescape"))
    left_out = without_file(trace)
    if not left_out:
        return None
    names = ", ".join(function.qualname for function in left_out[:3])
    return f"Without {names}{', ...' if len(left_out) > 3 else ''}: LCOV holds only functions that stand in a file."


def _no_file(function: Function) -> bool:
    return (function.path.startswith("<") and function.path.endswith(">")) or "\n" in function.path


def _relative(path: str, root: str | os.PathLike[str] | None) -> str:
    if root is None:
        return path
    base = os.path.join(os.path.abspath(root), "")
    full = os.path.abspath(path)
    return full.removeprefix(base) if full.startswith(base) else path


def _file(trace: Trace, path: str, functions: list[Function]) -> Iterator[str]:
    yield f"SF:{_NOT_OF_A_PATH.sub('?', path)}"
    ordered = sorted(functions, key=lambda function: (function.line, function.id))
    names = _names(ordered)
    for function in ordered:
        yield f"FN:{function.line},{names[function.id]}"
    for function in ordered:
        yield f"FNDA:{function.calls},{names[function.id]}"
    yield f"FNF:{len(ordered)}"
    yield f"FNH:{sum(function.calls > 0 for function in ordered)}"
    statements = {each for function in ordered for each in function.statements}
    yield from _branches(trace, statements)
    lines: dict[int, int] = {}
    for each in statements:
        line = trace.statements[each].extent.line
        lines[line] = max(lines.get(line, 0), trace.hits[each])
    for line, hits in sorted(lines.items()):
        yield f"DA:{line},{hits}"
    yield f"LF:{len(lines)}"
    yield f"LH:{sum(hits > 0 for hits in lines.values())}"
    yield "end_of_record"


def _names(functions: list[Function]) -> dict[int, str]:
    """Return a name for each function that no other of its file has."""
    names = {each.id: one_line(each.qualname) for each in functions}
    known = Counter(names.values())
    return {
        each.id: names[each.id] + (f":{each.line}:{each.id}" if known[names[each.id]] > 1 else "") for each in functions
    }


def _branches(trace: Trace, statements: set[int]) -> Iterator[str]:
    found = hit = 0
    here = [branch for branch in trace.branches if branch.statement in statements]
    for block, branch in enumerate(sorted(here, key=lambda branch: (branch.extent, branch.statement))):
        tested = branch.true or branch.false
        for way, taken in enumerate((branch.true, branch.false)):
            yield f"BRDA:{branch.extent.line},{block},{way},{taken if tested else '-'}"
            found += 1
            hit += taken > 0
    yield f"BRF:{found}"
    yield f"BRH:{hit}"
