"""A twin of a module: the same source with counters written into its syntax tree.

The twin knows neither bytecode nor `sys.monitoring`; it counts what `hits.md` calls a hit at the place where the
source says it happens, and so it is the measure of every trace. `make_twin(source)` gives the twin of a whole
module, `Twin.run()` executes it, and `Twin.hits()` gives the hits of every entry of the target functions, those
that were never reached included.
"""

import ast
import io
import tokenize
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, NamedTuple

from tests.oracle.flow import FunctionNode, dead_nodes, unevaluated_truth

#: Names under which the twin's module sees its counters; the trailing underscores keep classes from mangling them.
HIT, AFTER, ADVANCES, ASYNC_ADVANCES = "__tf_hit__", "__tf_after__", "__tf_advances__", "__tf_async_advances__"

#: Whether the header of a statement with an always false test (`if 0:`, `while 0:`) is an entry; its body never is.
FALSE_HEADER_IS_ENTRY = False

type Target = tuple[str, int]
type Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Key(NamedTuple):
    """How an entry is identified: by the class of its node and where it starts (1-based line, byte column)."""

    kind: str
    line: int
    column: int


class Counters:
    """The hits of the twin's entries, by index, and the functions that the instrumented code calls."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.dead: set[Key] = set()
        self.hits: list[int] = []

    def index(self, key: Key) -> int:
        """A new entry."""
        self.keys.append(key)
        self.hits.append(0)
        return len(self.keys) - 1

    def hit(self, index: int) -> None:
        """Count one hit; the falsy result lets `hit(i) or value` stand for `value`."""
        self.hits[index] += 1

    def after(self, value: Any, index: int) -> Any:
        """Count one hit once `value` has been evaluated."""
        self.hits[index] += 1
        return value

    def advances(self, iterable: Iterable[Any], index: int) -> Iterator[Any]:
        """The iterator of `iterable`, each advance of it after the first counted."""
        return _Advances(iter(iterable), self.hits, index)

    def async_advances(self, iterable: Any, index: int) -> AsyncIterator[Any]:
        """The same for `async for`."""
        return _AsyncAdvances(aiter(iterable), self.hits, index)

    def names(self) -> dict[str, Any]:
        """What the twin's module must find in its globals."""
        return {HIT: self.hit, AFTER: self.after, ADVANCES: self.advances, ASYNC_ADVANCES: self.async_advances}


class _Advances:
    """An iterator that counts how often it is advanced, after the first time."""

    __slots__ = ("hits", "index", "iterator", "started")

    def __init__(self, iterator: Any, hits: list[int], index: int) -> None:
        self.iterator, self.hits, self.index, self.started = iterator, hits, index, False

    def count(self) -> None:
        if self.started:
            self.hits[self.index] += 1
        self.started = True

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self.count()
        return next(self.iterator)


class _AsyncAdvances(_Advances):
    """The same for an asynchronous iterator."""

    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    def __anext__(self) -> Awaitable[Any]:
        self.count()
        return type(self.iterator).__anext__(self.iterator)  # type: ignore[no-any-return]


class CaseKeywords:
    """Where the `case` keywords of a module stand, which the syntax tree does not say."""

    def __init__(self, source: str) -> None:
        lines = io.StringIO(source, newline=None).read()
        tokens = tokenize.generate_tokens(io.StringIO(lines, newline="\n").readline)
        self.places = [
            (token.start[0], len(token.line[: token.start[1]].encode()) if token.start[1] else 0)
            for token in tokens
            if token.type == tokenize.NAME and token.string == "case"
        ]

    def of(self, clause: ast.match_case) -> tuple[int, int]:
        """The line and byte column of the clause's keyword: the last `case` before its pattern."""
        pattern = clause.pattern
        return max(place for place in self.places if place < (pattern.lineno, pattern.col_offset))


def is_entry(node: ast.stmt) -> bool:
    """Whether a reachable statement is an entry of a trace."""
    match node:
        case (
            ast.Global()
            | ast.Nonlocal()
            | ast.Expr(value=ast.Constant())
            | ast.AnnAssign(target=ast.Name(), value=None)
        ):
            return False
        case ast.If(test=test) | ast.While(test=test):
            return FALSE_HEADER_IS_ENTRY or unevaluated_truth(test) is not False
        case _:
            return True


def first_line(node: FunctionNode) -> int:
    """The line at which a function's code starts: that of its first decorator."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


class Instrument(ast.NodeTransformer):
    """Writes counters into the target functions of a module; None as targets means every function and method."""

    def __init__(self, source: str, targets: Iterable[str] | None) -> None:
        self.targets = None if targets is None else set(targets)
        self.found: list[Target] = []
        self.counters = Counters()
        self.dead: set[ast.AST] = set()
        self.keywords = CaseKeywords(source)
        self.qualname: list[str] = []
        self.inside = False
        self.in_class = False
        self.lazy_annotations = False

    # Counters as syntax

    def new(self, node: ast.AST, kind: str | None = None, place: tuple[int, int] | None = None) -> ast.Constant:
        """The index of a new entry for a node, as an expression."""
        line, column = place or (node.lineno, node.col_offset)  # type: ignore[attr-defined]
        key = Key(kind or type(node).__name__, line, column)
        if node in self.dead:
            self.counters.dead.add(key)
        return ast.Constant(self.counters.index(key))

    def call(self, name: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])

    def first_hit(self, value: ast.expr, index: ast.Constant) -> ast.expr:
        """`hit(index) or value`: a hit, then the value, its truth asked no more often than before."""
        return ast.copy_location(ast.BoolOp(ast.Or(), [self.call(HIT, index), value]), value)

    def hit_statement(self, index: ast.Constant, at: ast.AST) -> ast.stmt:
        return ast.copy_location(ast.Expr(self.call(HIT, index)), at)

    # Statements

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self.block(value))
            elif isinstance(value, list):
                setattr(node, name, [self.visit(item) if isinstance(item, ast.AST) else item for item in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """A block with a counter before each statement that is counted when it starts."""
        out: list[ast.stmt] = []
        for node in body:
            if self.inside and is_entry(node) and not isinstance(node, (ast.If, ast.While)):
                index = self.new(node)
                out.append(self.hit_statement(index, node))
                node = self.count_advances(self.visit(node), index)
            elif self.inside and is_entry(node):
                index = self.new(node)
                node = self.visit(node)
                node.test = self.first_hit(node.test, index)  # type: ignore[attr-defined]
            else:
                node = self.visit(node)
            out.append(node)
        return out

    def count_advances(self, node: ast.stmt, index: ast.Constant) -> ast.stmt:
        """A loop over a counting iterator; any other statement as it is."""
        if isinstance(node, (ast.For, ast.AsyncFor)):
            wrapper = ADVANCES if isinstance(node, ast.For) else ASYNC_ADVANCES
            node.iter = ast.copy_location(self.call(wrapper, node.iter, index), node.iter)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        if not self.inside:
            return self.generic_visit(node)
        index = self.new(node)
        self.generic_visit(node)
        if node.type is None:
            node.body.insert(0, self.hit_statement(index, node.body[0]))
        else:
            node.type = self.first_hit(node.type, index)
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        if not self.inside:
            return self.generic_visit(node)
        node.subject = self.visit(node.subject)
        cases: list[ast.match_case] = []
        for clause in node.cases:
            index = self.new(clause, place=self.keywords.of(clause))
            at = clause.pattern
            never = ast.copy_location(ast.MatchAs(), at)
            guard = ast.copy_location(self.call(HIT, index), at)
            cases.append(ast.match_case(never, guard, [ast.copy_location(ast.Pass(), at)]))
            self.generic_visit(clause)
            cases.append(clause)
        node.cases = cases
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if not self.inside:
            return node
        node.target = self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
            if self.in_class and not self.lazy_annotations:
                node.annotation = self.visit(node.annotation)
        return node

    # Functions and classes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self.function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.function(node)

    def function(self, node: FunctionNode) -> ast.AST:
        """A function: its body is counted when it is a target or lies in one, its header only in the latter case."""
        self.qualname.append(node.name)
        name = ".".join(self.qualname)
        if self.inside:
            self.header(node)
            self.body(node)
        elif self.targets is None or name in self.targets:
            self.found.append((node.name, first_line(node)))
            self.inside = True
            self.dead |= dead_nodes(node)
            self.body(node)
            self.inside = False
        self.qualname.pop()
        return node

    def header(self, node: FunctionNode) -> None:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        node.args = self.visit(node.args)
        node.type_params = [self.visit(parameter) for parameter in node.type_params]
        if node.returns is not None and not self.lazy_annotations:
            node.returns = self.visit(node.returns)

    def body(self, node: FunctionNode) -> None:
        in_class, self.in_class = self.in_class, False
        node.body = self.block(node.body)
        self.in_class = in_class

    def visit_arg(self, node: ast.arg) -> ast.AST:
        if node.annotation is not None and not self.lazy_annotations:
            node.annotation = self.visit(node.annotation)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.qualname.append(node.name)
        in_class, self.in_class = self.in_class, True
        self.generic_visit(node)
        self.in_class = in_class
        self.qualname.pop()
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.module == "__future__" and any(alias.name == "annotations" for alias in node.names):
            self.lazy_annotations = True
        return node

    # Expressions that are entries

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        if not self.inside:
            return node
        index = self.new(node)
        self.generic_visit(node)
        node.body = self.first_hit(node.body, index)
        return node

    def comprehension(self, node: Comprehension) -> ast.AST:
        if not self.inside:
            return node
        index = self.new(node)
        self.generic_visit(node)
        part = "elt" if not isinstance(node, ast.DictComp) else "value" if node.value is not None else "key"
        element = getattr(node, part)
        inner = element.value if isinstance(element, ast.Starred) else element
        counted = ast.copy_location(self.call(AFTER, inner, index), inner)
        if isinstance(element, ast.Starred):
            element.value = counted
        else:
            setattr(node, part, counted)
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension


@dataclass(slots=True)
class Twin:
    """A module with counters: `run()` executes it, `hits()` tells what was counted."""

    code: CodeType
    counters: Counters
    targets: tuple[Target, ...]

    def run(self, namespace: dict[str, Any] | None = None) -> dict[str, Any]:
        """Execute the module's body and give its namespace; the hits of that do not count."""
        namespace = {"__name__": "twin"} if namespace is None else namespace
        namespace.update(self.counters.names())
        exec(self.code, namespace)
        self.reset()
        return namespace

    def reset(self) -> None:
        """Forget all hits."""
        self.counters.hits[:] = [0] * len(self.counters.hits)

    def hits(self) -> Counter[Key]:
        """The hits of every entry of the target functions; those with none are there, with 0."""
        pairs = dict(zip(self.counters.keys, self.counters.hits, strict=True))
        reached = [key for key in self.counters.dead if pairs[key]]
        assert not reached, f"the oracle took these for unreachable: {reached}"
        return Counter({key: count for key, count in pairs.items() if key not in self.counters.dead})


def make_twin(source: str, targets: Iterable[str] | None = None, filename: str = "<twin>") -> Twin:
    """The twin of a module; `targets` are qualified names of its functions and methods, None means all of them."""
    instrument = Instrument(source, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = ast.fix_missing_locations(instrument.visit(ast.parse(source)))
        code = compile(tree, filename, "exec", dont_inherit=True)
    assert len(set(instrument.counters.keys)) == len(instrument.counters.keys)
    return Twin(code, instrument.counters, tuple(instrument.found))
