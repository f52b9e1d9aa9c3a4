"""The children of syntax nodes, quickly: a target of thousands of statements has ten times as many nodes."""

from __future__ import annotations

import ast

__all__ = ["LEAVES", "children"]

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
