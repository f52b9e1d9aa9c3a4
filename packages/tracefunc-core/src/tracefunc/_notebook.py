"""The magics of IPython and Jupyter: `%%tracefunc TARGET` over a cell, and `%tracefunc f(3)`.

Only `load_ipython_extension` of the package imports this module, when IPython runs already.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from tracefunc._cells import AwaitMagics, Line, cached, compiled, defined, ipython, read_line, usage
from tracefunc._complete import below
from tracefunc._tracer import Tracer
from tracefunc.errors import RunningLoopError, TraceError
from tracefunc.results import TraceResults

__all__ = ["load", "unload"]

_DOTTED = re.compile(r"\w+(\.\w+)*")


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
    ipython("core.magic").no_var_expand(tracefunc)  # it would take the braces of a dict for an expression of its own
    shell.register_magic_function(tracefunc, "line_cell", "tracefunc")
    shell.input_transformers_post.append(AwaitMagics(shell))


def unload(shell: Any) -> None:
    """Take the magics out of a shell again."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("tracefunc", None)
    others = [item for item in shell.input_transformers_post if type(item) is not AwaitMagics]
    shell.input_transformers_post = others


def _cell(shell: Any, line: str, cell: str) -> object:
    """Run a cell under a tracer, show the trace, and return the value of the cell's last expression."""
    __tracebackhide__ = True
    asked = read_line(line)
    if not asked.rest:
        raise usage("name what to trace: %%tracefunc TARGET")
    target, *options = re.split(r"\s+(?=--?[a-z])", asked.rest, maxsplit=1)
    if options:
        raise usage(f"options stand before the target: %%tracefunc {options[0]} {target}")
    source, name = cached(shell, cell)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    cut = defined(tree, asked.rest, shell.user_ns)
    first, second = compiled(shell, tree.body[:cut], name), compiled(shell, tree.body[cut:], name)
    quiet = source.rstrip().endswith(";")
    if any(code.co_flags & inspect.CO_COROUTINE for code in (*first, *second)):
        return _run_async(shell, asked, first, second, quiet)
    value = None
    for code in first:
        value = eval(code, shell.user_ns)
    with _tracing(shell, asked):
        for code in second:
            value = eval(code, shell.user_ns)
    return None if quiet else value


async def _run_async(shell: Any, asked: Line, first: list[CodeType], second: list[CodeType], quiet: bool) -> object:
    """Do the same with a cell that awaits, in the event loop of the shell."""
    __tracebackhide__ = True
    value = None
    for code in first:
        value = await _value(code, shell.user_ns)
    with _tracing(shell, asked):
        for code in second:
            value = await _value(code, shell.user_ns)
    return None if quiet else value


async def _value(code: CodeType, namespace: dict[str, Any]) -> object:
    __tracebackhide__ = True
    value = eval(code, namespace)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


@contextmanager
def _tracing(shell: Any, asked: Line) -> Iterator[None]:
    """Trace the target, and show what was recorded however the block ends."""
    __tracebackhide__ = True
    try:
        tracer = Tracer(*_evaluate(asked.rest, shell.user_ns), **asked.options).start()
    except TraceError as error:
        raise usage(str(error)) from None
    try:
        yield
    finally:
        tracer.stop()
        results = tracer.results()
        if asked.output:
            shell.user_ns[asked.output] = results
        _show(results)


def _call(shell: Any, line: str) -> object:
    """Run a call under a tracer and return its results, or where it awaits, a coroutine of them."""
    __tracebackhide__ = True
    asked = read_line(line)
    text = asked.rest
    source, name = cached(shell, text)
    try:
        tree = shell.compile.ast_parse(source, filename=name)
    except SyntaxError as error:
        raise usage(f"{text!r} is no call: {error.msg}. Write %tracefunc f(3), or %%tracefunc f over a cell") from None
    value = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call):
        raise usage(f"{text!r} is no call. Write %tracefunc f(3), or %%tracefunc {text or 'f'} over a cell")
    try:
        tracer = Tracer(**asked.options)
    except TraceError as error:
        raise usage(str(error)) from None

    def run(fn: Any, /, *args: Any, **kwargs: Any) -> TraceResults:
        result = exc = None
        try:
            result = tracer.run(fn, *args, **kwargs)
        except BaseException as error:
            exc = _caught(error, text)
        return _kept(shell, asked.output, tracer, result, exc)

    async def run_async(fn: Any, /, *args: Any, **kwargs: Any) -> TraceResults:
        result = exc = None
        try:
            result = await tracer.run_async(fn, *args, **kwargs)
        except BaseException as error:
            exc = _caught(error, text)
        return _kept(shell, asked.output, tracer, result, exc)

    call.args.insert(0, call.func)
    call.func = ast.copy_location(ast.Name("__tracefunc__", ast.Load()), call.func)
    runner: Any = run if call is value else run_async
    (code,) = compiled(shell, tree.body, name)
    return eval(code, shell.user_ns, {"__tracefunc__": runner})


def _caught(error: BaseException, text: str) -> BaseException:
    """Return what a call has raised, without our frames; raise what tracefunc itself has to say."""
    error.__traceback__ = below(error)
    if isinstance(error, TraceError) and error.__traceback__ is None:
        advice = f". Here: %tracefunc await {text}" if isinstance(error, RunningLoopError) else ""
        raise usage(str(error) + advice) from None
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
    ipython("display").display(results)


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
        raise usage(f"the target {target!r} has no value: {type(error).__name__}: {error}") from None
    return tuple(value) if isinstance(value, tuple | list) else (value,)
