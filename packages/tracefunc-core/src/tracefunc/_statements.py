"""From a source to its statements: which places get an entry, their snippets and the names to sample."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tracefunc._nodes import COMPREHENSIONS, Place, children, is_place
from tracefunc._source import Block, FunctionNode, functions
from tracefunc.model import Extent

__all__ = ["COMPREHENSIONS", "Entry", "Place", "describe", "is_entry", "is_place", "places"]

_LONGEST_CHAIN = 5  # names with dots between them that are sampled as one
_SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
# Nodes that bind a name which has no node of its own.
_BINDING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_NAMING = frozenset([*_BINDING, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping])


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
    return is_place(node)


def places(tree: ast.AST) -> list[Place]:
    """Return all places of a tree in the order of `ast.iter_child_nodes`, outer before inner: their numbers."""
    found: list[Place] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if is_place(node):
            found.append(node)
        below = children(node)
        below.reverse()
        stack += below
    return found


def describe(block: Block, qualname: str, function: FunctionNode) -> list[tuple[Place, Entry]]:
    """Return the places of a function, nested bodies included, each with its entry, in no order.

    A lambda is a place itself; the header of a `def`, with its decorators and defaults, is not part of it.
    """
    found: list[tuple[Place, Entry]] = []
    first = block.source.lines[function.lineno - 1]
    margin = first[: len(first) - len(first.lstrip())]
    todo: list[tuple[ast.AST, str, str | None]] = [
        (function, qualname.removesuffix(_name(function)), functions(block.tree).class_around[function])
    ]
    while todo:
        node, scope, owner = todo.pop()
        own = _read_own(node)
        inner, inner_owner = scope, owner
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inner = f"{scope}{_name(node)}.<locals>."
        elif isinstance(node, ast.ClassDef):
            inner, inner_owner = f"{scope}{node.name}.", node.name
        todo += [(suite, inner, inner_owner) for name in _SUITES for suite in _suite(node, name)]
        if node is function and not isinstance(node, ast.Lambda):
            continue
        here = inner if isinstance(node, ast.Lambda) else scope
        todo += [(place, here, owner) for place in own.inside]
        if is_entry(node):
            assert is_place(node)
            names = tuple(sorted(own.names))
            chains = sorted(_chains(own.nodes), key=".".join) if own.has_attributes else []
            extent = _extent(block, node)
            entry = Entry(
                type(node).__name__,
                _snippet(block, node, extent, margin),
                extent,
                names,
                names if owner is None else tuple(_mangle(name, owner) for name in names),
                scope.removesuffix(".<locals>.").removesuffix("."),
                tuple(".".join(chain) for chain in chains),
                tuple(".".join(_mangle(name, owner) for name in chain) for chain in chains),
            )
            found.append((node, entry))
    return found


def _suite(node: ast.AST, name: str) -> list[ast.AST]:
    """Return what stands in a suite of a node; only statements and clauses have any."""
    suite = getattr(node, name, None)
    return suite if isinstance(suite, list) else []


def _name(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _mangle(name: str, owner: str | None) -> str:
    """Return a name as the compiler stores it inside the class `owner`."""
    if owner is None or not name.startswith("__") or name.endswith("__") or not owner.strip("_"):
        return name
    return f"_{owner.lstrip('_')}{name}"


class _Own(NamedTuple):
    """The text of a place without that of places inside it.

    `nodes` are its nodes, outer before inner, but for names and constants; `inside` are the places in it,
    but for those in its suites.
    """

    names: set[str]
    nodes: list[ast.AST]
    inside: list[ast.AST]
    has_attributes: bool


def _read_own(place: ast.AST) -> _Own:
    names: set[str] = set()
    nodes: list[ast.AST] = []
    inside: list[ast.AST] = []
    has_attributes = False
    todo = [place]
    while todo:
        node = todo.pop()
        nodes.append(node)
        if type(node) in _NAMING:
            names.update(_own_names(node))
        if isinstance(node, ast.Lambda):
            below: Iterable[ast.AST] = [node.body] if node is place else _defaults(node)
        elif node is place:
            below = _header(node)
        else:
            below = children(node)
        for child in below:
            if type(child) is ast.Name:
                names.add(child.id)
            elif isinstance(child, COMPREHENSIONS):
                inside.append(child)
            elif type(child) is not ast.Constant:
                todo.append(child)
                has_attributes = has_attributes or type(child) is ast.Attribute
                if type(child) is ast.Lambda:
                    inside.append(child)
    return _Own(names, nodes, inside, has_attributes)


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
    return (child for child in children(node) if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case))


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
