"""Expressions that the user watches, evaluated beside the program: its variables are read and never written."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from types import CellType, CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING, NamedTuple

from tracefunc._classes import MISSING, type_name
from tracefunc._lookup import lookup
from tracefunc._signals import is_interrupt
from tracefunc._silence import silently
from tracefunc.errors import TraceError

if TYPE_CHECKING:
    import ast

__all__ = ["Failure", "Watched"]


class Failure(NamedTuple):
    """Stands for the value of an expression that raised: the error's type, and the error where it tells anything."""

    type: str
    error: BaseException | None = None


class Watched:
    """One expression, compiled once; raises `TraceError` when it is none, or would do more than read.

    Its names become the free variables of a function: they are looked up as those of a statement are, one that has no
    value is an empty cell, and comprehensions and lambdas inside the expression see them too.

    `path` is the expression with dots only, `self.x` or `user.name` for `user["name"]`, and empty when something
    is computed; `words` are all names and texts in it.
    """

    __slots__ = ("_codes", "_has_private", "_may_skip", "_tree", "path", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self._tree = _parse(text)
        self.path = ".".join(_path(self._tree.body))
        self.words = _words(self._tree)
        self._has_private = any(_is_private(word) for word in self.words)
        self._may_skip = _may_skip(self._tree)
        self._codes = {"": _function_code(self._tree, "")}

    def value(self, frame: FrameType) -> object:
        """Return the expression's value in a frame, or a `Failure`."""
        owner = _class_around(frame.f_code) if self._has_private else ""
        if owner not in self._codes:
            self._codes[owner] = _function_code(self._tree, owner)
        code = self._codes[owner]
        cells, missing = [], set()
        for name in code.co_freevars:
            value = lookup(frame, name)
            if value is not MISSING:
                cells.append(CellType(value))
            elif self._may_skip:
                cells.append(CellType())
                missing.add(name)
            else:
                return Failure("NameError")
        function = FunctionType(code, {"__builtins__": builtins}, "<watch>", None, tuple(cells))
        try:
            return silently(_call, function)
        except BaseException as error:
            if is_interrupt(error):
                raise
            error.__traceback__ = None  # it holds our frames, and with them the values
            if type(error) is NameError and type(error.name) is str and error.name in missing:
                return Failure("NameError")
            return Failure(type_name(type(error)), error)


def _call(function: Callable[[], object]) -> object:
    return function()


def _parse(text: str) -> ast.Expression:
    import ast

    try:
        tree = ast.parse(text.strip(), "<watch>", "eval")
        compile(tree, "<watch>", "eval")  # refuses `await` and `yield`
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise TraceError(
            f"watch={text!r}: not an expression ({reason}); expected such as watch=('self.x', 'len(items)')"
        ) from None
    if any(isinstance(node, ast.NamedExpr) for node in ast.walk(tree)):
        raise TraceError(f"watch={text!r}: a watched expression reads and cannot assign; take `:=` out of it")
    return tree


def _path(node: ast.expr) -> list[str]:
    """Return the names and keys that lead to the value, nothing when there is more to it."""
    import ast

    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=value, attr=name) | ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
            start = _path(value)
            return start and [*start, name]
        case ast.Subscript(value=value):
            return _path(value)
    return []


def _words(tree: ast.Expression) -> frozenset[str]:
    import ast

    found = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=word)
                | ast.Attribute(attr=word)
                | ast.Constant(value=str(word))
                | ast.keyword(arg=str(word))
            ):
                found.add(word)
    return frozenset(found)


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _may_skip(tree: ast.Expression) -> bool:
    """Tell whether a value can be had without all the names."""
    import ast

    lazy = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    return any(
        isinstance(node, lazy) or (isinstance(node, ast.Compare) and len(node.ops) > 1) for node in ast.walk(tree)
    )


def _function_code(tree: ast.Expression, owner: str) -> CodeType:
    """Return the code of a function that gives the value: names are free variables, mangled for the class `owner`."""
    import ast

    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"__debug__"})
    parameters = [ast.arg(name) for name in names]
    no_parameters = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    around = ast.arguments(posonlyargs=[], args=parameters, kwonlyargs=[], kw_defaults=[], defaults=[])
    nested: ast.stmt = ast.Expr(ast.Lambda(around, ast.Lambda(no_parameters, tree.body)))
    if owner:
        nested = ast.ClassDef(owner, bases=[], keywords=[], body=[nested], decorator_list=[], type_params=[])
    code = compile(ast.fix_missing_locations(ast.Module([nested], [])), "<watch>", "exec", dont_inherit=True)
    for _ in range(3 if owner else 2):
        code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return code


def _class_around(code: CodeType) -> str:
    """Return the name of the class whose private names the code uses, as its qualified name tells it."""
    parts = code.co_qualname.split(".")[:-1]
    classes = [
        part for part, after in zip(parts, [*parts[1:], ""], strict=True) if "<" not in part and after != "<locals>"
    ]
    return classes[-1] if classes else ""
