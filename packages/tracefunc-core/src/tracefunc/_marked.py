"""Compile a block once more with marks in its line numbers, so that bytecode tells where every statement starts.

The compiler keeps an instruction for every line, and drops or moves what it likes within one. So each place gets
lines of its own, and a `pass` on a line of its own goes before each statement: compiled, it is a NOP that
control crosses whenever the statement starts, whichever copy of the code it runs in. The shape of the control
flow stays that of the original; `_plan` walks both and carries the marks over. Nothing of it is ever run.
"""

from __future__ import annotations
import __future__

import ast
import warnings
from bisect import bisect_right
from types import CodeType
from typing import Literal, NamedTuple

from tracefunc._flow import Flow, read_flow
from tracefunc._nodes import COMPREHENSIONS, Place, children, is_place
from tracefunc._source import Block

__all__ = ["FUTURE_FLAGS", "Mark", "MarkedBlock", "Twin", "mark"]

type Part = Literal["start", "suite", "own"]

FUTURE_FLAGS = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_POSITIONED = ast.stmt | ast.expr | ast.excepthandler | ast.pattern | ast.arg | ast.keyword | ast.alias | ast.type_param
_SUITES = ("body", "orelse", "finalbody")


class _IsPositioned(dict[type[ast.AST], bool]):
    """By class of nodes: whether they stand at lines and columns."""

    def __missing__(self, kind: type[ast.AST]) -> bool:
        answer = self[kind] = issubclass(kind, _POSITIONED)
        return answer


_is_positioned = _IsPositioned()


class Mark(NamedTuple):
    """What a line of the marked code stands for.

    `start`: the statement starts; `suite`: the suite that it heads is entered; `own`: an instruction of its own.
    """

    place: int
    part: Part


class Twin(NamedTuple):
    """A flow whose steps are known: the mark on each, and the comprehension of which it is a part, or -1.

    `function` is the place whose body the code is.
    """

    flow: Flow
    marks: list[Mark | None]
    comprehensions: list[int]
    function: int | None


class MarkedBlock(NamedTuple):
    """The marked code of a block; `firsts` and `placed` say which lines belong to which of the `places`.

    `around` is the place in which a lambda is made: making it is work of that place.
    """

    code: CodeType
    places: list[Place]
    firsts: list[int]
    placed: list[int]
    around: dict[int, int]
    functions: dict[tuple[int | None, str], CodeType]  # by place and name

    def twin(self, code: CodeType) -> Twin:
        """Return the flow of one of the marked code objects with the meaning of its lines."""
        flow = read_flow(code)
        function = self._place_of(code)
        known: dict[int | None, Mark | None] = {}  # by line: a place has many steps
        marks: list[Mark | None] = []
        for step in flow.steps:
            line = step.extent[0]
            if line not in known:
                mark = self._mark_at(line)
                while mark and mark.place in self.around and mark.place != function:
                    mark = Mark(self.around[mark.place], "own")
                known[line] = mark
            marks.append(known[line])
        comprehensions = [(step.extent[2] or 0) - 1 for step in flow.steps]
        return Twin(flow, marks, comprehensions, function)

    def _place_of(self, code: CodeType) -> int | None:
        mark = self._mark_at(code.co_firstlineno)
        return mark.place if mark else None

    def _mark_at(self, line: int | None) -> Mark | None:
        index = bisect_right(self.firsts, line or 0) - 1
        if not line or index < 0:
            return None
        return Mark(self.placed[index], ("start", "suite", "own")[min(line - self.firsts[index], 2)])

    def code_of(self, place: int, name: str) -> CodeType:
        """Return the marked code of the function that stands at a place."""
        if not self.functions:  # all of them at once: a class may have hundreds
            stack = [self.code]
            while stack:
                code = stack.pop()
                self.functions.setdefault((self._place_of(code), code.co_name), code)
                stack.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
        return self.functions[place, name]


def mark(block: Block, flags: int, places: list[Place]) -> MarkedBlock:
    """Compile the tree of `block` with marks; the tree is used up. `flags` are its `__future__` flags.

    `places` are those of another tree of the same block, which is kept anyway: this one is large, and let go.
    The columns of a comprehension's parts are its place + 1; other columns are 0.
    """
    marker = _Marker()
    marker.move(block.tree)
    marker.insert()
    # Names that the rest of the file imports or mentions decide how the compiler calls them.
    block.tree.body += [_at_top(ast.Import([_at_top(ast.alias(name))])) for name in sorted(block.source.imported)]
    if block.source.mentions_super:
        block.tree.body.append(_at_top(ast.Expr(_at_top(ast.Name("super", ast.Load())))))
    options = flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the original has given its warnings
        code = compile(block.tree, "<marked>", "exec", flags=options, dont_inherit=True)
    return MarkedBlock(code, places, marker.firsts, marker.placed, marker.around, {})


class _Marker:
    """Numbers the places of a tree, moves each to lines of its own and inserts the marks between them."""

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.placed: list[int] = []
        self.around: dict[int, int] = {}
        self.lines: dict[int, int] = {}  # id of a statement -> its first line
        self.suites: list[tuple[ast.AST, str, list[ast.stmt]]] = []
        self.free = 1

    def move(self, tree: ast.Module) -> None:
        """Rewrite the positions of a tree; a stack of its own spares deep trees the recursion limit."""
        # a node, its first line before and after, the column of a comprehension around it
        stack: list[tuple[ast.AST, int, int, int]] = [(node, 0, 0, 0) for node in reversed(tree.body)]
        count = 0  # of places: they are met in the order of their numbers
        while stack:
            node, before, after, column = stack.pop()
            below = children(node)
            inner_column = column
            defaults: ast.AST | None = None
            outer = (before, after)
            if is_place(node):
                number, count = count, count + 1
                if isinstance(node, COMPREHENSIONS):
                    inner_column = number + 1
                elif isinstance(node, ast.Lambda):
                    defaults = node.args  # they run where the lambda is made
                    if after:
                        self.around[number] = self.placed[bisect_right(self.firsts, after) - 1]
                    before, after = node.lineno, self.reserve(node, number)
                else:
                    before, after = _first_line(node), self.reserve(node, number)
                    self.suites += [(node, name, getattr(node, name)) for name in _SUITES if getattr(node, name, None)]
            if _is_positioned[type(node)]:
                node.lineno += after - before  # type: ignore[attr-defined]
                node.end_lineno = (node.end_lineno or 0) + after - before  # type: ignore[attr-defined]
                node.col_offset, node.end_col_offset = column, column + 1  # type: ignore[attr-defined]
            for child in reversed(below):
                here, moved = outer if child is defaults else (before, after)
                stack.append((child, here, moved, inner_column))

    def reserve(self, node: Place, number: int) -> int:
        """Give a place lines of its own and return the first: as many as in the source."""
        last = node.body[-1] if isinstance(node, ast.match_case) else node
        self.firsts.append(self.free)
        self.placed.append(number)
        self.lines[id(node)] = self.free
        own = self.free + 2
        self.free = own + (last.end_lineno or 0) - _first_line(node) + 1
        return own

    def insert(self) -> None:
        """Insert a `pass` before each statement, and at the beginning of each suite that is entered on a condition."""
        for parent, name, suite in self.suites:
            marks = [self.lines[id(statement)] for statement in suite]
            statements = [
                item for line, statement in zip(marks, suite, strict=True) for item in (_pass(line), statement)
            ]
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _is_docstring(suite[0]):
                del statements[0]
            elif name == "body" and isinstance(parent, ast.If | ast.While | ast.ExceptHandler | ast.match_case):
                statements.insert(0, _pass(self.lines[id(parent)] + 1))
            suite[:] = statements


def _pass(line: int) -> ast.stmt:
    return ast.Pass(lineno=line, end_lineno=line, col_offset=0, end_col_offset=1)


def _at_top[Node: ast.stmt | ast.expr | ast.alias](node: Node) -> Node:
    node.lineno = node.end_lineno = node.end_col_offset = 1
    node.col_offset = 0
    return node


def _is_docstring(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Constant(value=str())):
            return True
    return False


def _first_line(node: Place) -> int:
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(item.lineno for item in [node, *decorators])
