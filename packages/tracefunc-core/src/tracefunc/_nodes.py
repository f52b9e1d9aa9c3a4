"""Which syntax nodes are places, and their children, quickly: there are ten times as many nodes as statements."""

from __future__ import annotations

import ast
from typing import TypeGuard

__all__ = ["COMPREHENSIONS", "LEAVES", "Place", "children", "is_place"]

COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

type Place = ast.stmt | ast.ExceptHandler | ast.match_case | ast.expr

LEAVES = frozenset([ast.Name, ast.Constant])  # most nodes are of these; none stands below them

_MARKS = frozenset(["ctx", "op", "ops"])  # nodes, but they say nothing more
_TEXTS = frozenset(["arg", "asname", "attr", "id", "kind", "kwd_attrs", "module", "rest", "str", "tag", "type_comment"])
_NUMBERS = frozenset(["conversion", "is_async", "is_lazy", "level", "simple"])
_GAPS = frozenset(["keys", "kw_defaults"])  # lists with None for what is not there


def children(node: ast.AST) -> list[ast.AST]:
    """Return what `ast.iter_child_nodes` yields, in its order, without operators and contexts."""
    found: list[ast.AST] = []
    for name in _fields[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found += filter(None, value) if name in _GAPS else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each class of nodes in which other nodes stand."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        left_out = {*_MARKS, *_TEXTS, *_NUMBERS}
        if issubclass(kind, ast.Constant | ast.MatchSingleton):
            left_out.add("value")
        if not issubclass(kind, ast.TypeAlias):
            left_out.add("name")
        if not issubclass(kind, ast.Import | ast.ImportFrom):
            left_out.add("names")
        fields = self[kind] = tuple(name for name in kind._fields if name not in left_out)
        return fields


_fields = _Fields()


def is_place(node: ast.AST) -> TypeGuard[Place]:
    """Tell whether a node has a number of its own, an entry or not."""
    return _is_place[type(node)]


class _IsPlace(dict[type[ast.AST], bool]):
    """By class of nodes: this is asked of every node, and a class has many."""

    def __missing__(self, kind: type[ast.AST]) -> bool:
        classes = ast.stmt | ast.ExceptHandler | ast.match_case | ast.Lambda | COMPREHENSIONS
        answer = self[kind] = issubclass(kind, classes)
        return answer


_is_place = _IsPlace()
