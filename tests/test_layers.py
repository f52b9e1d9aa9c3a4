"""Imports go one way: a core module imports only modules that stand before it in this list."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracefunc
import tracefunc_export

LAYERS = (
    "errors",
    "model",
    "_options",
    "_behavior",
    "_signals",
    "_forks",
    "_targets",
    "_scout",
    "_nodes",
    "_source",
    "_patterns",
    "_statements",
    "_flow",
    "_yields",
    "_marked",
    "_positions",
    "_walk",
    "_branches",
    "_frequencies",
    "_counting",
    "_reraises",
    "_minimal",
    "_plan",
    "_classes",
    "_attributes",
    "_redaction",
    "_silence",
    "_writer",
    "_kinds",
    "_lookup",
    "_watching",
    "_sampling",
    "_counters",
    "_records",
    "_frames",
    "_outflow",
    "_keeping",
    "_detail",
    "_calls",
    "_recorder",
    "_prepare",
    "_light",
    "_solo",
    "_tool",
    "_failing",
    "_monitor",
    "_freezing",
    "_telling",
    "exporters",
    "_plain",
    "_manifest",
    "_fields",
    "_building",
    "_files",
    "_writing",
    "_reading",
    "_stream",
    "_merge",
    "document",
    "results",
    "_columns",
    "_values",
    "_view",
    "_calltree",
    "_compact",
    "text",
    "html",
    "_nearby",
    "_discovery",
    "_job",
    "_follow",
    "_session",
    "_child",
    "_decorate",
    "_complete",
    "_tracer",
    "_run",
    "_cells",
    "_notebook",
    "_launch",
    "_config",
    "_progress",
    "_pytest_plugin",
    "_cli_parser",
    "_cli_output",
    "_cli_run",
    "_listing",
    "_cli_show",
    "cli",
    "__main__",
    "__init__",
)
UPWARD = {"model": {"text", "html", "document", "_merge"}}  # a trace shows, saves and merges itself
PUBLIC_TO_EXPORT = {"errors", "model", "document", "exporters"}

CORE = Path(tracefunc.__file__).parent
EXPORT = Path(tracefunc_export.__file__).parent


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def core_imports(tree: ast.Module) -> Iterator[str]:
    """The core modules that a core or export module imports, inside functions too; the package itself is `__init__`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = list(imported_from(node))
        else:
            continue
        for name in names:
            package, _, module = name.partition(".")
            if package == "tracefunc":
                yield module or "__init__"


def imported_from(node: ast.ImportFrom) -> Iterator[str]:
    """`from tracefunc import model` imports a module, `from tracefunc import Tracer` the package."""
    base = ".".join(part for part in ("tracefunc" if node.level else "", node.module) if part)
    for alias in node.names:
        yield f"{base}.{alias.name}" if base == "tracefunc" and alias.name in LAYERS else base


def mentions_monitoring(tree: ast.Module) -> bool:
    """Whether the code, not its comments and strings, reaches for `sys.monitoring`."""
    nodes = list(ast.walk(tree))
    imports = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    sys_names = {alias.asname or alias.name for alias in imports if alias.name == "sys"}
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr="monitoring") if owner in sys_names:
                return True
            case ast.ImportFrom(module="sys", names=names) if any(alias.name == "monitoring" for alias in names):
                return True
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(), ast.Constant(value="monitoring"), *_]):
                return True
            case _:
                pass
    return False


def test_the_list_names_the_modules_that_exist_and_no_others() -> None:
    assert sorted(LAYERS) == sorted(path.stem for path in CORE.glob("*.py"))


@pytest.mark.parametrize("module", LAYERS)
def test_a_core_module_imports_only_modules_before_it(module: str) -> None:
    allowed = {*LAYERS[: LAYERS.index(module)], *UPWARD.get(module, ())}
    assert [name for name in core_imports(parse(CORE / f"{module}.py")) if name not in allowed] == []


def test_only_the_monitor_its_tool_id_and_the_scout_touch_sys_monitoring() -> None:
    found = sorted(path.stem for path in CORE.glob("*.py") if mentions_monitoring(parse(path)))
    assert found == ["_monitor", "_scout", "_tool"]


def test_export_uses_only_the_public_modules_of_the_core_that_are_meant_for_it() -> None:
    used = {name for path in EXPORT.rglob("*.py") for name in core_imports(parse(path))}
    assert used <= PUBLIC_TO_EXPORT


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("import tracefunc", ["__init__"]),
        ("import tracefunc.model", ["model"]),
        ("from tracefunc import Tracer", ["__init__"]),
        ("from tracefunc import model, _plan", ["model", "_plan"]),
        ("from tracefunc.model import Trace", ["model"]),
        ("from . import model", ["model"]),
        ("from .model import Trace", ["model"]),
        ("def f():\n    from tracefunc._plan import Plan", ["_plan"]),
        ("import sys, tracefunc_export.json", []),
    ],
)
def test_every_way_of_importing_a_core_module_is_seen(code: str, imported: list[str]) -> None:
    assert list(core_imports(ast.parse(code))) == imported


@pytest.mark.parametrize(
    ("code", "mentioned"),
    [
        ("import sys\nsys.monitoring.use_tool_id(2, 'x')", True),
        ("import sys as s\ns.monitoring", True),
        ("from sys import monitoring", True),
        ("import sys\ngetattr(sys, 'monitoring')", True),
        ("'sys.monitoring'  # sys.monitoring", False),
        ("import sys\nself.monitoring, sys.version_info", False),
    ],
)
def test_code_that_touches_sys_monitoring_is_told_from_text_about_it(code: str, mentioned: bool) -> None:
    assert mentions_monitoring(ast.parse(code)) is mentioned
