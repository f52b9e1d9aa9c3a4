"""Exactness: what the tracer says of a module against what its twin counted.

`assert_exact(source, drive)` runs a module three times with the same driver: as it is, under the tracer, and as a
twin. The outcome must be the same each time, and the trace must have the twin's entries with the twin's hits.
"""

import ast
import io
import itertools
import linecache
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from tests.oracle.twin import Key, Target, Twin, make_twin

type Namespace = dict[str, Any]
type Driver = str | Callable[[Namespace], object]

_numbers = itertools.count()


def plain_lines(source: str) -> list[str]:
    """The lines of a source as the interpreter counts them, each with a plain line end."""
    return io.StringIO(source, newline=None).readlines()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a driver came to: the repr of its value, or the type and message of its exception."""

    value: str | None
    exception: str | None


def assert_same(got: Outcome, wanted: Outcome, who: str) -> None:
    """Check that two outcomes are equal; if not, show the place where they part."""
    if got == wanted:
        return
    texts = [outcome.exception or outcome.value or "" for outcome in (got, wanted)]
    at = next(
        (index for index, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts))
    )
    mine, theirs = (text[max(at - 60, 0) : at + 60] for text in texts)
    raise AssertionError(f"{who} came to\n    ...{mine}...\nbut should have come to\n    ...{theirs}...")


def run(drive: Driver, namespace: Namespace) -> Outcome:
    """Run a driver, a name in the namespace or a function of the namespace."""
    try:
        value = namespace[drive]() if isinstance(drive, str) else drive(namespace)
    except (Exception, BaseExceptionGroup) as error:
        return Outcome(None, f"{type(error).__name__}: {error}")
    return Outcome(repr(value), None)


@dataclass(frozen=True, slots=True)
class Subject:
    """A module to be traced: its text, where the interpreter finds it, and the globals that it starts with."""

    source: str
    filename: str
    code: CodeType
    globals: Mapping[str, Any]

    @contextmanager
    def namespace(self) -> Iterator[Namespace]:
        """A fresh module that `sys.modules` knows under its name, for as long as the context lasts."""
        name = self.globals.get("__name__", "subject")
        module = ModuleType(name)
        module.__dict__.update(self.globals)
        previous = sys.modules.get(name)
        sys.modules[name] = module
        try:
            yield module.__dict__
        finally:
            del sys.modules[name]
            if previous is not None:
                sys.modules[name] = previous


def compile_quietly(source: str | bytes, filename: str) -> CodeType:
    """Compile a module without the warnings that it may deserve, a `return` in a `finally` for one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return compile(source, filename, "exec", dont_inherit=True)


def make_subject(source: str, path: Path | None = None, globals: Mapping[str, Any] | None = None) -> Subject:
    """A module given as text (registered in `linecache`) or, with a path, as the file that has this text."""
    if path is not None:
        return Subject(source, str(path), compile_quietly(path.read_bytes(), str(path)), globals or {})
    filename = f"<subject {next(_numbers)}>"
    linecache.cache[filename] = (len(source), None, plain_lines(source), filename)
    return Subject(source, filename, compile_quietly(source, filename), globals or {})


def target_functions(code: CodeType, targets: Iterable[Target], namespace: Namespace) -> list[FunctionType]:
    """A function object for each target, made from its code: it needs no name in the module to be found."""
    wanted = set(targets)
    found: list[FunctionType] = []

    def search(code: CodeType) -> None:
        for constant in code.co_consts:
            if not isinstance(constant, CodeType):
                continue
            if (constant.co_name, constant.co_firstlineno) in wanted:
                closure = tuple(CellType() for _ in constant.co_freevars)
                found.append(FunctionType(constant, namespace, constant.co_name, None, closure))
            else:
                search(constant)

    search(code)
    assert len(found) == len(wanted), f"{wanted} wanted, {found} found"
    return found


ENTRY_EXPRESSIONS = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def explain(source: str, expected: Mapping[Key, int], got: Mapping[Key, int], snippets: Mapping[Key, str]) -> str:
    """The entries that differ, one per line; empty when none does."""
    lines = plain_lines(source)

    def row(key: Key) -> str:
        text = snippets.get(key) or lines[key.line - 1].strip()
        want, have = (str(side[key]) if key in side else "no entry" for side in (expected, got))
        return f"{key.line:>5}:{key.column:<3} {key.kind:<14} expected {want:<9} got {have:<9} {text!r}"

    places = sorted({*expected, *got}, key=lambda key: (key.line, key.column, key.kind))
    return "\n".join(row(key) for key in places if expected.get(key) != got.get(key))


def folded_away(source: str) -> set[Key]:
    """The entries in operands of `and`, `or` and `... if ... else` beside a constant: some versions drop their code."""
    found: set[Key] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BoolOp | ast.IfExp):
            operands = node.values if isinstance(node, ast.BoolOp) else [node.test, node.body, node.orelse]
            if any(not any(isinstance(part, ast.Name) for part in ast.walk(operand)) for operand in operands):
                inside = [part for part in ast.walk(node) if isinstance(part, ENTRY_EXPRESSIONS)]
                found.update(Key(type(part).__name__, part.lineno, part.col_offset) for part in inside)
    return found


def exact_hits(source: str, drive: Driver, twin: Twin, namespace: Namespace) -> tuple[dict[Key, int], Outcome]:
    """The twin's hits after one run of the driver, and the outcome of that."""
    twin.run(namespace)
    outcome = run(drive, namespace)
    return dict(twin.hits()), outcome


def traced_hits(
    subject: Subject, drive: Driver, targets: Iterable[Target], namespace: Namespace, options: Mapping[str, Any]
) -> tuple[dict[Key, int], dict[Key, str], Outcome]:
    """The tracer's hits of one run of the driver, the snippets of the entries, and the outcome."""
    from tracefunc import Tracer

    exec(subject.code, namespace)
    functions = target_functions(subject.code, targets, namespace)
    with Tracer(*functions, **options) as tracer:
        outcome = run(drive, namespace)
    trace = tracer.results().trace
    keys = [Key(entry.kind, entry.extent.line, entry.extent.column) for entry in trace.statements]
    assert len(set(keys)) == len(keys), "an entry is listed twice"
    return (
        dict(zip(keys, trace.hits, strict=True)),
        dict(zip(keys, (s.snippet for s in trace.statements), strict=True)),
        outcome,
    )


def assert_faithful(
    source: str,
    drive: Driver = "drive",
    targets: Iterable[str] | None = None,
    *,
    path: Path | None = None,
    globals: Mapping[str, Any] | None = None,
    returns: bool = False,
) -> dict[Key, int]:
    """Check the twin by itself: it does what the module does and never counts what it calls unreachable. Give its hits.

    With `returns` the driver must come to its end without an exception.
    """
    subject = make_subject(source, path, globals)
    with subject.namespace() as plain:
        exec(subject.code, plain)
        wanted = run(drive, plain)
    with subject.namespace() as namespace:
        hits, outcome = exact_hits(source, drive, make_twin(source, targets, f"{subject.filename} twin"), namespace)
    assert_same(outcome, wanted, "the twin")
    assert not returns or wanted.exception is None, wanted.exception
    return hits


def assert_exact(
    source: str,
    drive: Driver = "drive",
    targets: Iterable[str] | None = None,
    *,
    path: Path | None = None,
    globals: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[Key, int]:
    """Check that the tracer finds the twin's entries and hits, and changes nothing of what the module does.

    `targets` are qualified names of module-level functions and methods, None means all of them; `options` go to
    `Tracer`. Gives the hits.
    """
    targets = None if targets is None else tuple(targets)
    expected = assert_faithful(source, drive, targets, path=path, globals=globals)
    subject = make_subject(source, path, globals)
    with subject.namespace() as plain:
        exec(subject.code, plain)
        wanted = run(drive, plain)
    with subject.namespace() as namespace:
        places = make_twin(source, targets).targets
        got, snippets, outcome = traced_hits(subject, drive, places, namespace, options)
    for key in folded_away(source) - got.keys():
        if not expected.get(key):
            expected.pop(key, None)
    differences = explain(source, expected, got, snippets)
    assert not differences, f"{subject.filename}\n{differences}"
    assert_same(outcome, wanted, "the traced module")
    return got


def module_targets(source: str) -> list[Target]:
    """Name and first line of every module-level function and method of a module."""
    return list(make_twin(source).targets)
