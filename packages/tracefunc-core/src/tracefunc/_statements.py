"""From a source to its statements: which places get an entry, their snippets and the names to sample."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tracefunc._source import Block, FunctionNode, functions
from tracefunc.model import Extent

__all__ = ["COMPREHENSIONS", "Entry", "Place", "collect", "describe", "is_entry", "places"]

COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LONGEST_CHAIN = 5  # names with dots between them that are sampled as one
_SUITES = frozenset(["body", "orelse", "finalbody", "handlers", "cases"])

type Place = ast.stmt | ast.ExceptHandler | ast.match_case | ast.expr


class Entry(NamedTuple):
    """What a statement is before it has an id: see `tracefunc.model.Statement`.

    `lookups` are the names as the interpreter stores them, in the order of `names`: private names mangled. So are
    `attribute_lookups`, in the order of `attributes`.
    """

    kind: str
    snippet: str
    extent: Extent
    names: tuple[str, ...]
    lookups: tuple[str, ...]
    scope: str
    attributes: tuple[str, ...]
    attribute_lookups: tuple[str, ...]


def is_entry(node: ast.AST) -> bool:
    """Tell whether a node is a place of its own, whether or not the compiler emits code for it."""
    match node:
        case ast.Global() | ast.Nonlocal() | ast.Expr(ast.Constant()):
            return False
        case ast.AnnAssign(value=None, simple=1):
            return False
        case ast.stmt() | ast.ExceptHandler() | ast.match_case() | ast.Lambda():
            return True
    return isinstance(node, COMPREHENSIONS)


def places(tree: ast.AST) -> list[Place]:
    """Return all places of a tree in the order of `ast.iter_child_nodes`, outer before inner: their numbers."""
    found: list[Place] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case | ast.Lambda | COMPREHENSIONS):
            found.append(node)
        stack.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


def collect(function: FunctionNode) -> list[Place]:
    """Return the places of a function, nested bodies included, in source order, outer before inner.

    A lambda is a place itself; the header of a `def`, with its decorators and defaults, is not part of it.
    """
    found: list[Place] = []
    stack: list[ast.AST] = [function] if isinstance(function, ast.Lambda) else [*reversed(function.body)]
    while stack:
        node = stack.pop()
        if is_entry(node):
            found.append(node)  # type: ignore[arg-type]
        below: Iterable[ast.AST] = ast.iter_child_nodes(node)
        if isinstance(node, ast.Lambda) and node is function:
            below = [node.body]
        stack.extend(reversed(list(below)))
    return found


def describe(block: Block, places: Iterable[Place], qualname: str, function: FunctionNode) -> list[Entry]:
    """Return an entry for each of the places, which `collect` found in `function`."""
    wanted = {id(place): index for index, place in enumerate(places)}
    entries: dict[int, Entry] = {}
    lines = block.source.lines
    first = lines[function.lineno - 1]
    margin = first[: len(first) - len(first.lstrip())]
    around = qualname.removesuffix(_name(function))
    stack: list[tuple[ast.AST, str, str | None]] = [(function, around, functions(block.tree).class_around[function])]
    while stack:
        node, scope, owner = stack.pop()
        if id(node) in wanted:
            own = list(_own(node))
            names = sorted({name for each in own for name in _own_names(each)})
            chains = sorted(_chains(own), key=".".join)
            extent = _extent(block, node)
            entries[wanted[id(node)]] = Entry(
                type(node).__name__,
                _snippet(block, node, extent, margin),
                extent,
                tuple(names),
                tuple(_mangle(name, owner) for name in names),
                scope.removesuffix(".<locals>.").removesuffix("."),
                tuple(".".join(chain) for chain in chains),
                tuple(".".join(_mangle(name, owner) for name in chain) for chain in chains),
            )
        inner, inner_owner = scope, owner
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inner = f"{scope}{_name(node)}.<locals>."
        elif isinstance(node, ast.ClassDef):
            inner, inner_owner = f"{scope}{node.name}.", node.name
        for name, value in ast.iter_fields(node):
            below = (inner, inner_owner) if name == "body" else (scope, owner)
            children = value if isinstance(value, list) else [value]
            stack.extend((child, *below) for child in children if isinstance(child, ast.AST))
    return [entries[index] for index in range(len(wanted))]


def _name(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _mangle(name: str, owner: str | None) -> str:
    """Return a name as the compiler stores it inside the class `owner`."""
    if owner is None or not name.startswith("__") or name.endswith("__") or not owner.strip("_"):
        return name
    return f"_{owner.lstrip('_')}{name}"


def _own(place: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes in the text of a place, outer before inner, without those of places inside it."""
    stack: list[ast.AST] = [place]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.Lambda):
            children: Iterable[ast.AST] = [node.body] if node is place else _defaults(node)
        elif node is place:
            children = _header(node)
        else:
            children = ast.iter_child_nodes(node)
        stack.extend(child for child in children if not is_entry(child) or isinstance(child, ast.Lambda))


def _chains(nodes: Iterable[ast.AST]) -> set[tuple[str, ...]]:
    """Return the attributes that stand in a text as names with dots between them, as long as they are written.

    What is called, or only annotates, is left out: of `self.items.append(x)` it is `self.items` that is of interest.
    """
    found = set()
    left_out: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Attribute):
            chain = () if id(node) in left_out else _chain(node)
            if chain:
                left_out.update(map(id, ast.walk(node.value)))
            if 1 < len(chain) <= _LONGEST_CHAIN:
                found.add(chain)
        elif isinstance(node, ast.Call):
            left_out.add(id(node.func))
        elif isinstance(node, ast.MatchClass):
            left_out.add(id(node.cls))
        elif isinstance(node, ast.AnnAssign | ast.arg | ast.FunctionDef | ast.AsyncFunctionDef):
            annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
            left_out.update(map(id, ast.walk(annotation)) if annotation else ())
    return found


def _chain(node: ast.AST) -> tuple[str, ...]:
    """Return the names of `a.b.c`, nothing for what is not made of names and dots alone."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _own_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names if alias.name != "*")


def _header(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a place that belong to it, its suites left out."""
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case) and name in _SUITES:
            continue
        children = value if isinstance(value, list) else [value]
        yield from (child for child in children if isinstance(child, ast.AST))


def _defaults(node: ast.Lambda) -> Iterator[ast.AST]:
    """Yield the defaults of a lambda: they are evaluated where the lambda is made."""
    yield from (default for default in (*node.args.defaults, *node.args.kw_defaults) if default is not None)


def _extent(block: Block, place: ast.AST) -> Extent:
    if isinstance(place, ast.match_case):
        line, column = _case_start(block, place)
        last = place.body[-1]
        return Extent(line, column, last.end_lineno or line, last.end_col_offset or 0)
    assert isinstance(place, ast.stmt | ast.ExceptHandler | ast.expr)
    return Extent(place.lineno, place.col_offset, place.end_lineno or place.lineno, place.end_col_offset or 0)


def _case_start(block: Block, case: ast.match_case) -> tuple[int, int]:
    """Return line and column of the `case` keyword, for which the tree has no node: the nearest before the pattern."""
    line, column = case.pattern.lineno, case.pattern.col_offset
    text = block.source.text(Extent(line, 0, line, column))
    while not (found := list(re.finditer(r"\bcase\b", text.partition("#")[0]))):
        line -= 1
        text = block.source.lines[line - 1]
    return line, len(text[: found[-1].start()].encode())


def _snippet(block: Block, place: ast.AST, extent: Extent, margin: str) -> str:
    suite = getattr(place, "cases", getattr(place, "body", None))
    if not isinstance(suite, list):
        return _dedent(block.source.text(extent), margin)
    first = suite[0]
    if isinstance(first, ast.match_case):
        first = first.pattern
    end = min((item.lineno, item.col_offset) for item in [first, *getattr(first, "decorator_list", [])])
    return _dedent(_up_to_colon(block.source.text(Extent(extent.line, extent.column, *end))), margin)


def _up_to_colon(text: str) -> str:
    """Return the header at the beginning of `text`, without comments: up to the colon that opens its suite."""
    if "\n" not in text.strip() and text.count(":") == 1 and "#" not in text:
        return text[: text.index(":") + 1]
    lines = text.split("\n")
    depth = lambdas = 0
    comments: list[tuple[int, int]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments.append(token.start)
        elif token.type == tokenize.NAME and token.string == "lambda" and depth == 0:
            lambdas += 1
        elif token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and depth == 0:
                if not lambdas:
                    lines = lines[: token.end[0]]
                    lines[-1] = lines[-1][: token.end[1]]
                    break
                lambdas -= 1
    for line, column in comments:
        if line <= len(lines):
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(line for index, line in enumerate(lines, 1) if line or not any(index == at for at, _ in comments))


def _dedent(text: str, margin: str) -> str:
    """Return `text` with the margin of its function taken from the lines that continue it."""
    first, *others = text.split("\n")
    shared = [len(line) - len(line.lstrip(" \t")) for line in others if line.strip()]
    cut = min([len(margin), *shared])
    return "\n".join([first, *(line[cut:] for line in others)])
