"""The magics of IPython and Jupyter: `%%tracefunc TARGET` over a cell, and `%tracefunc f(3)`.

Only `load_ipython_extension` of the package imports this module, when IPython runs already.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import CodeType
from typing import Any

from tracefunc._complete import below
from tracefunc._tracer import Tracer
from tracefunc.errors import RunningLoopError, TraceError
from tracefunc.results import TraceResults

__all__ = ["load", "unload"]

_OPTION = re.compile(r"""\s*(-o|--[a-z-]+)(?:\s*=\s*|\s+)("[^"]*"|'[^']*'|\S+)""")
_DOTTED = re.compile(r"\w+(\.\w+)*")
_OPTIONS = ("keep", "max-calls", "max-repr", "max-samples", "redact", "samples", "watch", "when")
_MANY = ("redact", "watch")  # these may be given more than once


def load(shell: Any) -> None:
    """Register the magics with a shell of IPython."""

    def tracefunc(line: str, cell: str | None = None) -> object:
        """Run a cell, or a call, and show what every statement of the traced functions did.

            %%tracefunc [options] TARGET    traces TARGET while the cell runs
            %tracefunc [options] f(3)       traces f while f(3) runs, and gives the results

        TARGET is an expression, such as `area`, `Account` or `area, Account.deposit`, or a pattern, such as
        `json.decoder:JSONDecoder.decode` or `mypkg.*`. A function that the cell itself defines is traced from its
        definition on. Cells and calls may `await`: `%tracefunc await fetch(3)`.

        Options: `-o NAME` puts the results into a variable. `--max-calls`, `--max-samples`, `--max-repr`, `--keep`,
        `--samples`, `--when`, `--watch` and `--redact` are those of `Tracer`; the last two may be given several times.
        """
        __tracebackhide__ = True
        return _call(shell, line) if cell is None else _cell(shell, line, cell)

    unload(shell)
    _ipython("core.magic").no_var_expand(tracefunc)  # it would take the braces of a dict for an expression of its own
    shell.register_magic_function(tracefunc, "line_cell", "tracefunc")
    shell.input_transformers_post.append(_AwaitMagics(shell))


def unload(shell: Any) -> None:
    """Take the magics out of a shell again."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("tracefunc", None)
    others = [item for item in shell.input_transformers_post if type(item) is not _AwaitMagics]
    shell.input_transformers_post = others


def _cell(shell: Any, line: str, cell: str) -> object:
    """Run a cell under a tracer, show the trace, and return the value of the cell's last expression."""
    __tracebackhide__ = True
    output, options, target = _options(line)
    if not target:
        raise _usage("name what to trace: %%tracefunc TARGET")
    source, name = _cached(shell, cell)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    cut = _defined(tree, target, shell.user_ns)
    first, second = _compiled(shell, tree.body[:cut], name), _compiled(shell, tree.body[cut:], name)
    quiet = source.rstrip().endswith(";")
    if any(code.co_flags & inspect.CO_COROUTINE for code in (*first, *second)):
        return _run_async(shell, first, second, output, options, target, quiet)
    value = None
    for code in first:
        value = eval(code, shell.user_ns)
    with _tracing(shell, target, output, options):
        for code in second:
            value = eval(code, shell.user_ns)
    return None if quiet else value


async def _run_async(
    shell: Any,
    first: list[CodeType],
    second: list[CodeType],
    output: str,
    options: dict[str, object],
    target: str,
    quiet: bool,
) -> object:
    """Do the same with a cell that awaits, in the event loop of the shell."""
    __tracebackhide__ = True
    value = None
    for code in first:
        value = await _value(code, shell.user_ns)
    with _tracing(shell, target, output, options):
        for code in second:
            value = await _value(code, shell.user_ns)
    return None if quiet else value


async def _value(code: CodeType, namespace: dict[str, Any]) -> object:
    __tracebackhide__ = True
    value = eval(code, namespace)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


@contextmanager
def _tracing(shell: Any, target: str, output: str, options: dict[str, object]) -> Iterator[None]:
    """Trace the target, and show what was recorded however the block ends."""
    __tracebackhide__ = True
    try:
        tracer = Tracer(*_evaluate(target, shell.user_ns), **options).start()  # type: ignore[arg-type]
    except TraceError as error:
        raise _usage(str(error)) from None
    try:
        yield
    finally:
        tracer.stop()
        results = tracer.results()
        if output:
            shell.user_ns[output] = results
        _show(results)


def _call(shell: Any, line: str) -> object:
    """Run a call under a tracer and return its results, or where it awaits, a coroutine of them."""
    __tracebackhide__ = True
    output, options, text = _options(line)
    source, name = _cached(shell, text)
    try:
        tree = shell.compile.ast_parse(source, filename=name)
    except SyntaxError as error:
        raise _usage(f"{text!r} is no call: {error.msg}. Write %tracefunc f(3), or %%tracefunc f over a cell") from None
    value = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call):
        raise _usage(f"{text!r} is no call. Write %tracefunc f(3), or %%tracefunc {text or 'f'} over a cell")
    try:
        tracer = Tracer(**options)  # type: ignore[arg-type]
    except TraceError as error:
        raise _usage(str(error)) from None

    def run(fn: Any, /, *args: Any, **kwargs: Any) -> TraceResults:
        result = exc = None
        try:
            result = tracer.run(fn, *args, **kwargs)
        except BaseException as error:
            exc = _caught(error, text)
        return _kept(shell, output, tracer, result, exc)

    async def run_async(fn: Any, /, *args: Any, **kwargs: Any) -> TraceResults:
        result = exc = None
        try:
            result = await tracer.run_async(fn, *args, **kwargs)
        except BaseException as error:
            exc = _caught(error, text)
        return _kept(shell, output, tracer, result, exc)

    call.args.insert(0, call.func)
    call.func = ast.copy_location(ast.Name("__tracefunc__", ast.Load()), call.func)
    runner: Any = run if call is value else run_async
    (code,) = _compiled(shell, tree.body, name)
    return eval(code, shell.user_ns, {"__tracefunc__": runner})


def _caught(error: BaseException, text: str) -> BaseException:
    """Return what a call has raised, without our frames; raise what tracefunc itself has to say."""
    error.__traceback__ = below(error)
    if isinstance(error, TraceError) and error.__traceback__ is None:
        advice = f". Here: %tracefunc await {text}" if isinstance(error, RunningLoopError) else ""
        raise _usage(str(error) + advice) from None
    return error


def _kept(shell: Any, output: str, tracer: Tracer, value: object, exc: BaseException | None) -> TraceResults:
    results = TraceResults(tracer.trace(), stacks=False, value=value, exc=exc)
    if output:
        shell.user_ns[output] = results
    if exc is not None and not isinstance(exc, Exception):  # an interrupt, say: nobody will get what is returned
        _show(results)
        raise exc
    return results


def _show(results: TraceResults) -> None:
    _ipython("display").display(results)


def _options(line: str) -> tuple[str, dict[str, object], str]:
    """Return the variable for the results, the options of `Tracer`, and the rest of the line."""
    output = ""
    options: dict[str, Any] = {}
    while line.lstrip().startswith("-"):
        match = _OPTION.match(line)
        given = match[1] if match else line.split()[0]
        name = given.removeprefix("--")
        if match is None or name not in ("-o", *_OPTIONS):
            known = ", ".join(f"--{option}" for option in _OPTIONS)
            raise _usage(f"{given} is no option with a value: there are -o NAME, {known}")
        value, line = match[2], line[match.end() :]
        if name == "-o":
            output = value
        elif name in _MANY:
            options[name] = (*options.get(name, ()), value.strip("\"'"))
        else:
            options[name.replace("-", "_")] = _literal(value)
    return output, options, line.strip()


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _evaluate(target: str, namespace: dict[str, Any]) -> tuple[object, ...]:
    """Return the targets that a text names: as an expression, or where it is none, as a pattern."""
    try:
        code = compile(target, "<target>", "eval")
    except SyntaxError:
        return (target,)
    try:
        value = eval(code, namespace)
    except Exception as error:
        if isinstance(error, NameError) and _DOTTED.fullmatch(target) and "." in target:
            return (target,)
        raise _usage(f"the target {target!r} has no value: {type(error).__name__}: {error}") from None
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _defined(tree: ast.Module, target: str, namespace: dict[str, Any]) -> int:
    """Return how many statements of a cell must have run before its target exists as the cell defines it."""
    try:
        names = {node.id for node in ast.walk(ast.parse(target, mode="eval")) if isinstance(node, ast.Name)}
    except SyntaxError:
        return 0
    bound = [(index, node) for index, node in enumerate(tree.body, 1) if names & set(_bound(node))]
    defined = [index for index, node in bound if _defines(node)]
    missing = [index for index, node in bound if names & set(_bound(node)) - namespace.keys()]
    return max([*defined, *missing[:1]], default=0)


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


def _cached(shell: Any, text: str) -> tuple[str, str]:
    """Return the Python source of a text and the file name under which the shell keeps it.

    Its lines are those of the whole cell, the first of which holds the magic.
    """
    source = "\n" + shell.transform_cell(text)
    executed = getattr(getattr(shell.displayhook, "exec_result", None), "execution_count", None)
    return source, shell.compile.cache(source, executed or shell.execution_count, raw_code="\n" + text)


def _compiled(shell: Any, body: list[ast.stmt], name: str) -> list[CodeType]:
    """Return the code of some statements, that of a last expression by itself."""
    last = body[-1] if body else None
    trees: list[ast.mod] = [ast.Expression(last.value)] if isinstance(last, ast.Expr) else []
    if others := body[: len(body) - len(trees)]:
        trees.insert(0, ast.Module(others, []))
    modes = {ast.Module: "exec", ast.Expression: "eval"}
    with shell.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        return [shell.compile(tree, name, modes[type(tree)]) for tree in trees]


class _AwaitMagics:
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
        return _options(line)[2]
    except Exception:
        return ""


def _usage(message: str) -> Exception:
    """Return an error that IPython shows as one line."""
    error: Exception = _ipython("core.error").UsageError(message)
    return error


def _ipython(module: str) -> Any:
    return import_module(f"IPython.{module}")
