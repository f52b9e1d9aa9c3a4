"""From a code object to its source: the text of its file, and the block of it that defines the function.

A block is a run of top-level statements that share lines, usually one `def` or `class`: small enough to compile
again (`_marked`), large enough to give every nested function its closure and every method its class.
"""

from __future__ import annotations

import ast
import linecache
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec
from types import CodeType
from typing import NamedTuple

from tracefunc._nodes import LEAVES, children
from tracefunc.errors import SourceNotFoundError
from tracefunc.model import Extent

__all__ = ["Block", "FunctionNode", "Source", "find_node", "functions", "read_source"]

type FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """The text of a file as lines without their ends, the first and last line of each block, and what it imports.

    `imported` are the global names that import statements bind, and `mentions_super` tells whether top-level code
    mentions `super`: the compiler then makes other calls of such names in all functions of the file.
    """

    path: str
    lines: tuple[str, ...]
    blocks: tuple[tuple[int, int], ...]
    imported: frozenset[str]
    mentions_super: bool
    unused: list[ast.Module]  # the tree of the whole file, for the first who asks for a block

    def span_of(self, code: CodeType) -> tuple[int, int]:
        """Return the first and last line of the block that defines `code`."""
        line = code.co_firstlineno
        for first, last in self.blocks:
            if first <= line <= last:
                return first, last
        raise SourceNotFoundError(
            f"{code.co_qualname}: {self.path} has no statement at line {line}; was the file edited after its import? "
            f"Reload the module, then trace again."
        )

    def block(self, span: tuple[int, int]) -> Block:
        """Return a block with a tree that belongs to the caller."""
        first, last = span
        try:
            tree = self.unused.pop()
        except IndexError:
            pass
        else:  # the file was read for this block: then most of its tree is the one that is asked for
            tree.body = [node for node in tree.body if first <= node.lineno <= last]
            return Block(self, span, tree)
        text = "\n" * (first - 1) + "\n".join(self.lines[first - 1 : last]) + "\n"
        return Block(self, span, _parse_quietly(text, self.path))

    def text(self, extent: Extent) -> str:
        """Return the text of an extent; its columns are bytes, as in `ast`."""
        first, last = extent.line - 1, extent.end_line - 1
        if first == last:
            return _columns(self.lines[first], extent.column, extent.end_column)
        head = _columns(self.lines[first], extent.column, None)
        return "\n".join([head, *self.lines[first + 1 : last], _columns(self.lines[last], 0, extent.end_column)])


class Block(NamedTuple):
    """Top-level statements with their tree; lines are those of the file."""

    source: Source
    span: tuple[int, int]
    tree: ast.Module


def _columns(line: str, start: int, end: int | None) -> str:
    return line[start:end] if line.isascii() else line.encode()[start:end].decode()


def read_source(code: CodeType, module: Mapping[str, object]) -> Source:
    """Read the file of `code`; `module` is the namespace whose loader may know the text.

    Files, notebook cells, doctests and whatever else registers its text in `linecache` are found, and so is
    what was typed at the prompt from Python 3.13 on. Raises `SourceNotFoundError`.
    """
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, _described(module))
    from_code = getattr(linecache, "_getlines_from_code", None)
    if not lines and from_code is not None:  # 3.13+: the prompt keeps its text by code object
        lines = from_code(code)
    if not lines:
        raise SourceNotFoundError(
            f"{code.co_qualname}: no source text for {code.co_filename!r}. Code made by exec() is traced once its text "
            f"is registered: linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)"
        )
    known = _read.get(code.co_filename)
    if known is None or known[0] is not lines:  # the list of an unchanged file is the same one each time
        if len(_read) >= 64:
            _read.clear()
        known = _read[code.co_filename] = (lines, _parse(code.co_filename, "".join(lines)))
    return known[1]


_read: dict[str, tuple[list[str], Source]] = {}  # by path


def _described(module: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of a namespace that has a spec: 3.15 warns of one without.

    The warning is not silenced, because `warnings.catch_warnings` takes a lock there that stays taken for ever when the
    exception of a signal handler comes into it.
    """
    namespace = dict(module)
    name, loader = namespace.get("__name__"), namespace.get("__loader__")
    if namespace.get("__spec__") is None and isinstance(name, str) and loader is not None:
        namespace["__spec__"] = spec = ModuleSpec(name, None)
        spec.__dict__["loader"] = loader  # whatever the namespace says, as linecache reads it
    return namespace


@lru_cache(maxsize=64)
def _parse(path: str, text: str) -> Source:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        tree = _parse_quietly(text, path)
    except (SyntaxError, ValueError) as error:
        raise SourceNotFoundError(
            f"{path}: its source text is no valid Python ({error}); was the file edited after its import? "
            "Mend it and reload the module, then trace again."
        ) from None
    blocks: list[tuple[int, int]] = []
    for node in tree.body:
        first, last = _first_line(node), node.end_lineno or node.lineno
        if blocks and first <= blocks[-1][1]:
            first, last = blocks[-1][0], max(last, blocks.pop()[1])
        blocks.append((first, last))
    return Source(
        path,
        tuple(text.split("\n")),
        tuple(blocks),
        frozenset(_imported(tree)),
        _mentions_super(tree, text),
        [tree],
    )


def _parse_quietly(text: str, path: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes and the like: the original has given its own
        return ast.parse(text, path)


def _mentions_super(tree: ast.Module, text: str) -> bool:
    if text.count("super") == text.count("super("):
        return False
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) and node.id == "super":
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            stack.extend(children(node))
    return False


def _imported(tree: ast.Module) -> Iterator[str]:
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            stack.extend(children(node))


def _first_line(node: ast.AST) -> int:
    """Return where the code object of a definition says that it begins: at its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(
        [line for line in (getattr(node, "lineno", 0), *(item.lineno for item in decorators)) if line], default=0
    )


def find_node(block: Block, code: CodeType) -> FunctionNode:
    """Return the node that `code` was compiled from; raise `SourceNotFoundError` when the text has none."""
    found = functions(block.tree).by_line.get(code.co_firstlineno, [])
    found = [node for node in found if getattr(node, "name", "<lambda>") == code.co_name]
    if len(found) > 1:  # lambdas on one line: the smallest body that holds every instruction
        extents = [extent for extent in code.co_positions() if None not in extent and extent[0::2] != extent[1::2]]
        places = [(line or 0, column or 0) for line, _, column, _ in extents]  # without RESUME, whose extent is empty
        inside = [node for node in found if all(_holds(node.body, place) for place in places)]
        found = sorted(inside, key=_size)
    if not found:
        raise SourceNotFoundError(
            f"{code.co_qualname}: {block.source.path}:{code.co_firstlineno} does not define it; "
            f"was the file edited after its import? Reload the module, then trace again."
        )
    return found[0]


class Functions(NamedTuple):
    """The functions of a tree, by their first lines, and the name of the class around each."""

    by_line: dict[int, list[FunctionNode]]
    class_around: dict[FunctionNode, str | None]


@lru_cache(maxsize=64)
def functions(tree: ast.Module) -> Functions:
    """Find all functions of a block at once: a class may have hundreds."""
    found = Functions({}, {})
    level: list[tuple[ast.AST, str | None]] = [(tree, None)]
    while level:
        below: list[tuple[ast.AST, str | None]] = []
        for node, owner in level:
            if isinstance(node, _FUNCTIONS):
                found.by_line.setdefault(_first_line(node), []).append(node)
                found.class_around[node] = owner
            inner = node.name if isinstance(node, ast.ClassDef) else owner
            below += [(child, inner) for child in children(node) if type(child) not in LEAVES]
        level = below
    return found


def _holds(body: ast.expr | list[ast.stmt], place: tuple[int, int]) -> bool:
    first, last = (body[0], body[-1]) if isinstance(body, list) else (body, body)
    end = (last.end_lineno or 0, last.end_col_offset or 0)
    return (first.lineno, first.col_offset) <= place <= end


def _size(node: FunctionNode) -> tuple[int, int]:
    lines = (node.end_lineno or 0) - node.lineno
    return lines, (node.end_col_offset or 0) - (node.col_offset if not lines else 0)
