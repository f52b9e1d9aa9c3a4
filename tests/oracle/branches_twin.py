"""A twin that counts how often each test was true and how often false, by a call written around the test."""

import ast
from collections import defaultdict
from typing import Any

type Place = tuple[int, int]  # line and column of a test
type Counts = dict[Place, list[int]]

_NAME = "__count_branch__"


class _Wrapper(ast.NodeTransformer):
    """Puts the call around tests; `outer` has those that stand in a function and in no other test."""

    def __init__(self) -> None:
        self.outer: set[Place] = set()
        self._functions = 0
        self._tests = 0

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._wrap(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._wrap(node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self._wrap(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._wrap(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        for name in ("decorator_list", "args", "returns"):
            value = getattr(node, name)
            for each in value if isinstance(value, list) else [value]:
                if each is not None:
                    self.visit(each)
        self._functions += 1
        node.body = [self.visit(each) for each in node.body]
        self._functions -= 1
        return node

    def _wrap(self, node: Any) -> ast.AST:
        test = node.test
        place = test.lineno, test.col_offset
        # The compiler knows what a test gives that mentions nothing.
        is_constant = not any(isinstance(part, ast.Name) and part.id != "__debug__" for part in ast.walk(test))
        if self._functions and not self._tests and not is_constant:
            self.outer.add(place)
        self._tests += 1
        inner = self.visit(test)
        self._tests -= 1
        for name, value in ast.iter_fields(node):
            if name == "test":
                continue
            if isinstance(value, list):
                setattr(node, name, [self.visit(each) for each in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        call = ast.Call(ast.Name(_NAME, ast.Load()), [ast.Constant(place), inner], [])
        ast.copy_location(call, test)
        node.test = ast.fix_missing_locations(call)
        return node


def make_branches_twin(source: str) -> tuple[ast.Module, set[Place], Counts, dict[str, Any]]:
    """Return a tree to compile, the tests that a tracer is to tell of, the counts to come, and names that it needs."""
    wrapper = _Wrapper()
    tree = ast.fix_missing_locations(wrapper.visit(ast.parse(source)))
    counts: Counts = defaultdict(lambda: [0, 0])

    def count(place: Place, value: object) -> bool:
        outcome = bool(value)
        counts[place][not outcome] += 1
        return outcome

    return tree, wrapper.outer, counts, {_NAME: count}
