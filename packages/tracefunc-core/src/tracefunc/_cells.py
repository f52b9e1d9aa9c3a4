"""What a magic of a notebook is given: its options, and code of IPython, compiled so that it can be traced."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import CodeType
from typing import Any, NamedTuple

__all__ = ["AwaitMagics", "Line", "cached", "compiled", "defined", "ipython", "read_line", "usage"]

_OPTION = re.compile(r"""\s*(-o|--[a-z-]+)(?:\s*=\s*|\s+)("[^"]*"|'[^']*'|\S+)""")
_OPTIONS = ("keep", "max-calls", "max-repr", "max-samples", "redact", "samples", "watch", "when")
_MANY = ("redact", "watch")  # these may be given more than once


class Line(NamedTuple):
    """The line of a magic: the variable for the results, the options of `Tracer`, and the rest of it."""

    output: str
    options: dict[str, Any]
    rest: str


def read_line(line: str) -> Line:
    """Read the line of a magic; raise `UsageError` for a wrong option."""
    output = ""
    options: dict[str, Any] = {}
    while line.lstrip().startswith("-"):
        match = _OPTION.match(line)
        given = match[1] if match else line.split()[0]
        name = given.removeprefix("--")
        if match is None or name not in ("-o", *_OPTIONS):
            known = ", ".join(f"--{option}" for option in _OPTIONS)
            raise usage(f"{given} is no option with a value: there are -o NAME, {known}")
        value, line = match[2], line[match.end() :]
        if name == "-o":
            output = value
        elif name in _MANY:
            options[name] = (*options.get(name, ()), value.strip("\"'"))
        else:
            options[name.replace("-", "_")] = _literal(value)
    return Line(output, options, line.strip())


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def defined(tree: ast.Module, target: str, namespace: dict[str, Any]) -> int:
    """Return how many statements of a cell must have run before its target exists as the cell defines it."""
    try:
        names = {node.id for node in ast.walk(ast.parse(target, mode="eval")) if isinstance(node, ast.Name)}
    except SyntaxError:
        return 0
    bound = [(index, node) for index, node in enumerate(tree.body, 1) if names & set(_bound(node))]
    made = [index for index, node in bound if _defines(node)]
    missing = [index for index, node in bound if names & set(_bound(node)) - namespace.keys()]
    return max([*made, *missing[:1]], default=0)


def _defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Lambda)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds, bodies of functions and classes left out."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Lambda():
            return
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)


def cached(shell: Any, text: str) -> tuple[str, str]:
    """Return the Python source of a text and the file name under which the shell keeps it.

    Its lines are those of the whole cell, the first of which holds the magic.
    """
    source = "\n" + shell.transform_cell(text)
    executed = getattr(getattr(shell.displayhook, "exec_result", None), "execution_count", None)
    return source, shell.compile.cache(source, executed or shell.execution_count, raw_code="\n" + text)


def compiled(shell: Any, body: list[ast.stmt], name: str) -> list[CodeType]:
    """Return the code of some statements, that of a last expression by itself."""
    last = body[-1] if body else None
    trees: list[ast.mod] = [ast.Expression(last.value)] if isinstance(last, ast.Expr) else []
    if others := body[: len(body) - len(trees)]:
        trees.insert(0, ast.Module(others, []))
    modes = {ast.Module: "exec", ast.Expression: "eval"}
    with shell.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        return [shell.compile(tree, name, modes[type(tree)]) for tree in trees]


class AwaitMagics:
    """Puts an `await` before the magics of a cell, as IPython has written them out, whose code awaits something."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def __call__(self, lines: list[str]) -> list[str]:
        text = "".join(lines)
        if "_magic('tracefunc', " not in text or not re.search(r"\b(?:await|async)\b", text):
            return lines
        try:
            tree = ast.parse(text)
        except SyntaxError:
            return lines
        lines = text.splitlines(keepends=True)
        for line, column in sorted(((node.lineno, node.col_offset) for node in self._awaiting(tree)), reverse=True):
            row = lines[line - 1].encode()
            lines[line - 1] = (row[:column] + b"await " + row[column:]).decode()
        return lines

    def _awaiting(self, tree: ast.AST) -> Iterator[ast.Call]:
        """Yield the calls of the magic outside of functions that have no `await` before them, but in their text."""
        stack = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.Await):
                continue
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr="run_line_magic"),
                    args=[ast.Constant(value="tracefunc"), ast.Constant(value=str(line))],
                ):
                    if self._awaits(_rest(line)):
                        yield node
                case ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr="run_cell_magic"),
                    args=[ast.Constant(value="tracefunc"), _, ast.Constant(value=str(cell))],
                ):
                    if self._awaits(cell):
                        yield node
            stack.extend(ast.iter_child_nodes(node))

    def _awaits(self, text: str) -> bool:
        """Tell whether code awaits something at its top level."""
        source = self._shell.transform_cell(text)
        try:
            code = compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return bool(code.co_flags & inspect.CO_COROUTINE)


def _rest(line: str) -> str:
    """Return a line without its options, nothing where they are wrong: the magic will say so."""
    try:
        return read_line(line).rest
    except Exception:
        return ""


def usage(message: str) -> Exception:
    """Return an error that IPython shows as one line."""
    error: Exception = ipython("core.error").UsageError(message)
    return error


def ipython(module: str) -> Any:
    return import_module(f"IPython.{module}")
