"""A twin that records values instead of hits: the measure of what a trace has sampled.

It writes a look at the local names after every statement of a function, in the syntax tree. It is for functions
without nested scopes, yields and exceptions: there "when the statement finishes" is a place in the source. Of loops
and branches it knows the headers too: a `for` finishes where its body or its `else` begins, and so do `while` and
`if`.
"""

import ast
import builtins
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracle.twin import Key, is_entry

LOOK = "__tf_look__"
MAX_SAMPLES, MAX_REPR = 10, 50

type Sample = tuple[str, str]
type Samples = dict[Key, dict[str, tuple[Sample, ...]]]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_NESTED = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.stmt,
    ast.ExceptHandler,
    ast.match_case,
)


def sample(value: object) -> Sample:
    """The type name of a value and the beginning of its text, as `hits.md` wants it."""
    text = _ADDRESS.sub("", repr(value))
    return type(value).__name__, text if len(text) <= MAX_REPR else text[: MAX_REPR - 3] + "..."


def names_of(node: ast.stmt) -> set[str]:
    """The names in a statement's own text, those that it binds included."""
    found: set[str] = set()
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            found.add(name)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            found.update(alias.asname or alias.name.split(".")[0] for alias in names)
    return found | {child.id for child in _own_nodes(node) if isinstance(child, ast.Name)}


def attributes_of(node: ast.stmt) -> set[str]:
    """The attributes in a statement's own text, as `a.b.c`: the longest of each place, but for what is called."""
    found: set[str] = set()
    stack: list[ast.AST] = [node]
    while stack:
        parent = stack.pop()
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, _NESTED) or child is getattr(parent, "annotation", None):
                continue
            text = ast.unparse(child) if isinstance(child, ast.Attribute) else ""
            is_called = isinstance(parent, ast.Call) and child is parent.func
            if text and not is_called and all(part.isidentifier() for part in text.split(".")):
                if text.count(".") < 5:
                    found.add(text)
            else:
                stack.append(child)
    return found


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _NESTED):
            yield child
            yield from _own_nodes(child)


class Looks:
    """What the looks saw: for each call in order, for each entry, the samples of its names."""

    def __init__(self) -> None:
        self.names: list[tuple[Key, tuple[str, ...]]] = []
        self.calls: list[dict[Key, dict[str, list[Sample]]]] = []

    def index(self, node: ast.stmt) -> ast.Constant:
        key = Key(type(node).__name__, node.lineno, node.col_offset)
        self.names.append((key, (*sorted(names_of(node)), *sorted(attributes_of(node)))))
        return ast.Constant(len(self.names) - 1)

    def look(self, index: int, scope: Mapping[str, Any] | None, globals: Mapping[str, Any], value: Any = None) -> Any:
        """Record the names of an entry; without a scope, a new call begins."""
        if scope is None:
            self.calls.append(defaultdict(lambda: defaultdict(list)))
            return value
        key, names = self.names[index]
        for name in names:
            samples = self.calls[-1][key][name]
            if len(samples) < MAX_SAMPLES:
                samples.append(self.value(name, scope, globals))
        return value

    @staticmethod
    def value(name: str, *scopes: Mapping[str, Any]) -> Sample:
        first, *attributes = name.split(".")
        for scope in (*scopes, vars(builtins)):
            if first in scope:
                try:
                    return sample(functools.reduce(getattr, attributes, scope[first]))
                except AttributeError:
                    return "AttributeError", "<unavailable>"
        return "NameError", "<unavailable>"

    def samples(self) -> list[Samples]:
        """The samples of each call, in order of start."""
        return [
            {key: {name: tuple(values) for name, values in found.items()} for key, found in call.items()}
            for call in self.calls
        ]


class _WriteLooks:
    """Writes looks into the body of one function."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks

    def call(self, at: ast.AST, index: ast.expr, *value: ast.expr, scope: str = "locals") -> ast.expr:
        arguments = [
            index,
            ast.Call(ast.Name(scope, ast.Load()), [], []),
            ast.Call(ast.Name("globals", ast.Load()), [], []),
        ]
        return ast.copy_location(ast.Call(ast.Name(LOOK, ast.Load()), [*arguments, *value], []), at)

    def statement(self, at: ast.AST, index: ast.expr) -> ast.stmt:
        return ast.copy_location(ast.Expr(self.call(at, index)), at)

    def begin(self, at: ast.AST) -> ast.stmt:
        arguments: list[ast.expr] = [ast.Constant(0), ast.Constant(None), ast.Constant(None)]
        return ast.copy_location(ast.Expr(ast.Call(ast.Name(LOOK, ast.Load()), arguments, [])), at)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for node in body:
            out.append(node)
            if not is_entry(node):
                continue
            index = self.looks.index(node)
            match node:
                case ast.Return(value=value):
                    # The value is computed before the look, whose arguments stand in this order on purpose.
                    pair = ast.Tuple([value or ast.Constant(None), self.call(node, index)], ast.Load())
                    node.value = ast.copy_location(ast.Subscript(pair, ast.Constant(0), ast.Load()), node)
                case ast.For() | ast.While() | ast.If():
                    node.body = [self.statement(node, index), *self.block(node.body)]
                    node.orelse = [self.statement(node, index), *self.block(node.orelse)]
                case ast.Break() | ast.Continue():
                    out.insert(-1, self.statement(node, index))
                case ast.Try() | ast.With() | ast.Match() | ast.Raise():
                    raise NotImplementedError(type(node).__name__)
                case _:
                    out.append(self.statement(node, index))
        return out


def sample_module(source: str, function: str) -> tuple[dict[str, Any], Looks]:
    """The namespace of a module whose function of that name records its samples, and the record."""
    looks = Looks()
    write = _WriteLooks(looks)
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            node.body = [write.begin(node.body[0]), *write.block(node.body)]
    namespace: dict[str, Any] = {"__name__": "subject", LOOK: looks.look}
    exec(compile(ast.fix_missing_locations(tree), "<locals twin>", "exec", dont_inherit=True), namespace)
    return namespace, looks
