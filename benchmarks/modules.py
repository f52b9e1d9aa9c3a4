"""Real modules of the standard library at work, in pure Python: every function of theirs is a target.

Each works for about a third of a second when untraced. Less would measure what the first, detailed calls of each
function cost, and not the work.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType

from benchmarks.workloads import Workload

__all__ = ["MODULES", "functions_of", "load", "with_inner"]


def functions_of(*modules: ModuleType) -> tuple[FunctionType, ...]:
    """Return every Python function that these modules define, methods included, each once."""
    found = {}
    for module in modules:
        for function in _functions(vars(module), module.__name__):
            if function.__code__.co_filename == module.__file__:
                found[id(function.__code__)] = function
    return tuple(found.values())


def _functions(namespace: object, module: str) -> Iterator[FunctionType]:
    assert hasattr(namespace, "values")
    for member in list(namespace.values()):
        if isinstance(member, FunctionType):
            if member.__module__ == module:
                yield member
        elif isinstance(member, staticmethod | classmethod):
            yield from _functions({"": member.__func__}, module)
        elif isinstance(member, property):
            yield from _functions(dict(enumerate((member.fget, member.fset, member.fdel))), module)
        elif isinstance(member, type) and member.__module__ == module:
            yield from _functions(vars(member), module)


def with_inner(functions: tuple[FunctionType, ...], *outer: FunctionType) -> tuple[FunctionType, ...]:
    """Return the functions and those that the closures of `outer` hold, `outer` included."""
    inner = [cell.cell_contents for function in outer for cell in function.__closure__ or ()]
    return (*functions, *outer, *(each for each in inner if isinstance(each, FunctionType)))


@contextlib.contextmanager
def _without(accelerator: str, package: str) -> Iterator[None]:
    """Hide a C module while the Python modules that would use it are imported anew, and undo it."""
    names = [accelerator, *(name for name in sys.modules if name == package or name.startswith(f"{package}."))]
    saved = {name: sys.modules.pop(name, None) for name in names}
    sys.modules[accelerator] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in [accelerator, *(name for name in sys.modules if name.split(".")[0] == package)]:
            del sys.modules[name]
        sys.modules.update({name: module for name, module in saved.items() if module is not None})


def decimal_module() -> Workload:
    module = importlib.import_module("_pydecimal")

    def run(n: int) -> str:
        with module.localcontext(module.Context(prec=40)):
            total = module.Decimal(0)
            for i in range(1, n + 1):
                number = module.Decimal(i)
                total += number.sqrt() / (number + 1)
                total = (total * 3).quantize(module.Decimal("1e-20")) / 3
                if i % 10 == 0:
                    total -= number.ln()
            return f"{total:.15f}"

    def expected(n: int) -> str:
        import decimal

        with decimal.localcontext(decimal.Context(prec=40)):
            total = decimal.Decimal(0)
            for i in range(1, n + 1):
                number = decimal.Decimal(i)
                total += number.sqrt() / (number + 1)
                total = (total * 3).quantize(decimal.Decimal("1e-20")) / 3
                total -= number.ln() if i % 10 == 0 else 0
            return f"{total:.15f}"

    return Workload("_pydecimal", "`_pydecimal`", functions_of(module), run, 8_000, expected)


def json_decoder() -> Workload:
    with _without("_json", "json"):
        decoder = importlib.import_module("json.decoder")
        scanner = importlib.import_module("json.scanner")
    loads = decoder.JSONDecoder()
    text = json.dumps(
        [
            {
                "id": i,
                "name": f"item {i}\t\u00e4",
                "price": i / 7,
                "tags": ["a", "b\n", None],
                "nested": {"ok": i % 2 == 0},
            }
            for i in range(50)
        ],
        indent=1,
    )

    def run(n: int) -> object:
        value = None
        for _ in range(n):
            value = loads.decode(text)
        return value

    return Workload(
        "json.decoder",
        "pure-Python `json.decoder`",
        with_inner(functions_of(decoder, scanner), loads.scan_once),
        run,
        400,
        lambda _n: json.loads(text),
    )


def toml_parser() -> Workload:
    import tomllib

    parser = importlib.import_module("tomllib._parser")
    patterns = importlib.import_module("tomllib._re")
    tables = {f"table{i}": {"name": f"n{i}", "size": i, "on": i % 2 == 0, "list": [1, 2, i]} for i in range(40)}
    text = "".join(
        f'[{name}]  # a table\nname = "{table["name"]}"\nsize = {table["size"]}\n'
        f"on = {str(table['on']).lower()}\nlist = {table['list']}\n\n"
        for name, table in tables.items()
    )

    def run(n: int) -> object:
        value = None
        for _ in range(n):
            value = tomllib.loads(text)
        return value

    return Workload("tomllib", "`tomllib`", functions_of(parser, patterns), run, 400, lambda _n: tables)


def differences() -> Workload:
    import difflib

    before = [f"line {i}: {i * i} and {i % 7}" for i in range(120)]
    after = [line.replace("9", "8") for i, line in enumerate(before) if i % 10]

    def run(n: int) -> tuple[object, ...]:
        result: tuple[object, ...] = ()
        for _ in range(n):
            lines = list(difflib.ndiff(before, after))
            restored = list(difflib.restore(lines, 2))
            unified = list(difflib.unified_diff(before, after, lineterm=""))
            close = difflib.get_close_matches("line 44: 1936 and 3", before)
            result = (restored, sum(line[:1] in "+-" for line in unified[2:]) > 50, close[0])
        return result

    return Workload("difflib", "`difflib`", functions_of(difflib), run, 40, lambda _n: (after, True, before[44]))


def arguments() -> Workload:
    import argparse

    def run(n: int) -> tuple[object, ...]:
        result: tuple[object, ...] = ()
        for i in range(n):
            parser = argparse.ArgumentParser(prog="tool", description="What a tool does, in a few words.")
            parser.add_argument("files", nargs="+", help="what to read")
            parser.add_argument("-n", "--number", type=int, default=3, help="how many (default: %(default)s)")
            parser.add_argument("-v", "--verbose", action="store_true")
            parser.add_argument("--mode", choices=["fast", "slow"], required=True)
            found = parser.parse_args(["-n", str(i), "one", "two", "--mode=slow", "-v"])
            text = io.StringIO()
            parser.print_help(text)
            result = (vars(found), "--mode {fast,slow}" in text.getvalue())
        return result

    def expected(n: int) -> tuple[object, ...]:
        return {"files": ["one", "two"], "number": n - 1, "verbose": True, "mode": "slow"}, True

    return Workload("argparse", "`argparse`", functions_of(argparse), run, 1_000, expected)


MODULES: dict[str, Callable[[], Workload]] = {
    "_pydecimal": decimal_module,
    "json.decoder": json_decoder,
    "tomllib": toml_parser,
    "difflib": differences,
    "argparse": arguments,
}


def load(name: str) -> Workload:
    """Make a module ready to be traced."""
    return MODULES[name]()
