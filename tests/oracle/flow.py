"""Which parts of a function can never run, judged from its syntax tree alone.

The compiler drops such code, so it has no entry in a trace. The rules are those of CPython 3.12-3.15: a constant
test takes one side, a `with` may swallow the exception of its body, an exception may leave a `try` at any point, a
`finally` is reachable by an exception whatever its body does.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

type FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
type LoopNode = ast.For | ast.AsyncFor | ast.While


def constant_truth(test: ast.expr) -> bool | None:
    """The truth value of a test that the compiler knows beforehand, or None."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="__debug__"):
            return __debug__
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = constant_truth(operand)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=values):
            decisive = isinstance(op, ast.Or)
            truths = [constant_truth(value) for value in values]
            if decisive in truths:
                return decisive
            return not decisive if None not in truths else None
        case _:
            return None


def unevaluated_truth(test: ast.expr) -> bool | None:
    """The truth value of a test of which nothing is evaluated, or None: `x and 0` is false, but `x` is evaluated."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = unevaluated_truth(operand)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=values):
            decisive = isinstance(op, ast.Or)
            for value in values:
                truth = unevaluated_truth(value)
                if truth in (None, decisive):
                    return truth
            return not decisive
        case _:
            return constant_truth(test)


def is_irrefutable(pattern: ast.pattern) -> bool:
    """Whether a pattern matches every subject."""
    match pattern:
        case ast.MatchAs(pattern=inner):
            return inner is None or is_irrefutable(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(is_irrefutable, patterns))
        case _:
            return False


@dataclass(slots=True)
class _Loop:
    """A loop around the code being judged."""

    broken: bool = False


@dataclass(slots=True)
class _Finally:
    """A `finally` that every exit passes; `completes` is False when it never reaches its own end."""

    completes: bool


@dataclass(slots=True)
class _Flow:
    """Judges the statements of one code object, and of those nested in it, each on its own."""

    dead: set[ast.AST]
    around: list[_Loop | _Finally] = field(default_factory=list)

    def block(self, body: list[ast.stmt], *, reached: bool = True) -> bool:
        """Judge a block; tell whether control can leave it by its end."""
        for statement in body:
            if reached:
                reached = self.statement(statement)
            else:
                self.bury([statement])
        return reached

    def bury(self, nodes: Iterable[ast.AST]) -> None:
        """Declare nodes dead, with everything in them."""
        for node in nodes:
            self.dead.update(ast.walk(node))

    def statement(self, node: ast.stmt) -> bool:
        """Judge one reachable statement; tell whether control can go on to the next."""
        self.expressions(node)
        match node:
            case ast.Return() | ast.Raise() | ast.Continue():
                return False
            case ast.Break():
                self.break_loop()
                return False
            case ast.Assert(test=test):
                return constant_truth(test) is not False
            case ast.If(test=test, body=body, orelse=orelse):
                truth = constant_truth(test)
                then = self.block(body, reached=truth is not False)
                otherwise = self.block(orelse, reached=truth is not True)
                return then or otherwise
            case ast.While() | ast.For() | ast.AsyncFor():
                return self.loop(node)
            case ast.With(body=body) | ast.AsyncWith(body=body):
                self.block(body)
                return True
            case ast.Match(cases=cases):
                return self.cases(cases)
            case ast.Try() | ast.TryStar():
                return self.protected(node)
            case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body) | ast.ClassDef(body=body):
                _Flow(self.dead).block(body)
                return True
            case _:
                return True

    def break_loop(self) -> None:
        """Note that the innermost loop can be left by `break`, unless a `finally` on the way never ends."""
        for place in reversed(self.around):
            if isinstance(place, _Loop):
                place.broken = True
                return
            if not place.completes:
                return

    def loop(self, node: LoopNode) -> bool:
        """Judge a loop: its `else` is reached unless its test is always true."""
        truth = constant_truth(node.test) if isinstance(node, ast.While) else None
        loop = _Loop()
        self.around.append(loop)
        self.block(node.body, reached=truth is not False)
        self.around.pop()
        ended = self.block(node.orelse, reached=truth is not True)
        return ended or loop.broken

    def cases(self, cases: list[ast.match_case]) -> bool:
        """Judge the clauses of a `match`: those after one that matches everything are dead."""
        reached, ends = True, False
        for case in cases:
            if not reached:
                self.bury([case])
                continue
            truth = True if case.guard is None else constant_truth(case.guard)
            ends |= self.block(case.body, reached=truth is not False)
            reached = not (is_irrefutable(case.pattern) and truth is True)
        return ends or reached

    def protected(self, node: ast.Try | ast.TryStar) -> bool:
        """Judge a `try` statement with all its clauses."""
        completes = self.block(node.finalbody)
        self.around.append(_Finally(completes))
        ends = self.block(node.orelse, reached=self.block(node.body))
        for handler in node.handlers:
            ends |= self.block(handler.body) or isinstance(node, ast.TryStar)
        self.around.pop()
        return ends and completes

    def expressions(self, node: ast.stmt) -> None:
        """Bury what a constant test inside an expression keeps from ever being evaluated."""
        for child in _own_expressions(node):
            match child:
                case ast.IfExp(test=test, body=body, orelse=orelse):
                    truth = constant_truth(test)
                    if truth is not None:
                        self.bury([orelse if truth else body])
                case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                    self.bury(_never_evaluated(child.generators, [element]))
                case ast.DictComp(key=key, value=value):
                    self.bury(_never_evaluated(child.generators, [key, value]))


def _never_evaluated(loops: list[ast.comprehension], elements: list[ast.expr]) -> list[ast.AST]:
    """What comes after the first always false condition of a comprehension, of which the element is the last."""
    parts: list[ast.AST] = []
    for loop in loops:
        parts += [loop.iter, *loop.ifs]
    parts += elements
    conditions = [condition for loop in loops for condition in loop.ifs]
    false = [condition for condition in conditions if constant_truth(condition) is False]
    return parts[parts.index(false[0]) + 1 :] if false else []


def _own_expressions(node: ast.AST) -> Iterable[ast.AST]:
    """The nodes of a statement that lie in none of its nested statements."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield child
            yield from _own_expressions(child)


def dead_nodes(function: FunctionNode) -> set[ast.AST]:
    """The nodes inside a function's body that no run can reach."""
    dead: set[ast.AST] = set()
    _Flow(dead).block(function.body)
    return dead
