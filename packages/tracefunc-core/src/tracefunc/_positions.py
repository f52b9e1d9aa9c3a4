"""Which place an instruction belongs to, told by its position alone.

This is the second way, for code that an import hook has rewritten (pytest's assertions, type checkers at run
time), so that compiling its source again gives other bytecode. Positions point to the source all the same. What the
compiler left without an instruction cannot be seen this way, and has no hits.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable
from types import CodeType

from tracefunc._flow import read_flow
from tracefunc._marked import Mark, Twin
from tracefunc._statements import COMPREHENSIONS, Place

__all__ = ["PlaceMap", "position_twin"]

type Point = tuple[int, int]

_FRAMES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


class PlaceMap:
    """Finds the innermost of the given places around a position."""

    def __init__(self, places: Iterable[tuple[int, Place]]) -> None:
        spans = sorted(
            ((*_span(place), number) for number, place in places), key=lambda span: (span[0], _after(span[1]))
        )
        self.starts = [start for start, _, _ in spans]
        self.ends = [end for _, end, _ in spans]
        self.numbers = [number for _, _, number in spans]
        self.around: list[int] = []  # the index of the place around each
        open_spans: list[int] = []
        for index, (start, end, _) in enumerate(spans):
            while open_spans and (self.ends[open_spans[-1]] < end or self.ends[open_spans[-1]] <= start):
                open_spans.pop()
            self.around.append(open_spans[-1] if open_spans else -1)
            open_spans.append(index)

    def find(self, extent: tuple[int | None, int | None, int | None, int | None]) -> int | None:
        """Return the number of the innermost place that holds an extent as `co_positions` gives it."""
        line, end_line, column, end_column = extent
        if line is None or end_line is None or column is None or end_column is None:
            return None
        index = bisect_right(self.starts, (line, column)) - 1
        while index >= 0 and self.ends[index] < (end_line, end_column):
            index = self.around[index]
        return self.numbers[index] if index >= 0 else None


def _after(end: Point) -> Point:
    return (-end[0], -end[1])


def _span(place: Place) -> tuple[Point, Point]:
    """Return the first and last point of what a place evaluates itself: of a lambda, say, its body."""
    first: ast.AST = place
    last: ast.AST = place
    match place:
        case ast.match_case():
            first, last = place.pattern, place.body[-1]
        case ast.Lambda():
            first = last = place.body
        case ast.DictComp():
            first = place.key
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            first = place.elt
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            first = min([place, *place.decorator_list], key=lambda node: node.lineno)
    if isinstance(place, COMPREHENSIONS):
        inner = place.generators[-1]
        last = (inner.ifs or [inner.iter])[-1]
    assert isinstance(first, ast.stmt | ast.expr | ast.excepthandler | ast.pattern)
    assert isinstance(last, ast.stmt | ast.expr | ast.excepthandler | ast.pattern)
    return (first.lineno, first.col_offset), (last.end_lineno or 0, last.end_col_offset or 0)


def position_twin(code: CodeType, places: list[Place]) -> Twin:
    """Return the flow of `code` with marks that its positions give; only places of its own body get one."""
    flow = read_flow(code)
    numbered = list(enumerate(places))
    statements = PlaceMap(pair for pair in numbered if not isinstance(pair[1], COMPREHENSIONS))
    comprehensions = PlaceMap(pair for pair in numbered if isinstance(pair[1], COMPREHENSIONS))
    functions = _functions(code, numbered)
    home = _home(functions, numbered)
    marks: list[Mark | None] = []
    for step in flow.steps:
        place = statements.find(step.extent)
        marks.append(Mark(place, "own") if place is not None and place in home else None)
    found = [comprehensions.find(step.extent) for step in flow.steps]
    return Twin(flow, marks, [-1 if place is None else place for place in found], min(functions, default=None))


def _functions(code: CodeType, numbered: list[tuple[int, Place]]) -> set[int]:
    """Return the places whose body `code` may be: lambdas on one line are not told apart."""
    found: set[int] = set()
    for number, place in numbered:
        if isinstance(place, _FRAMES) and getattr(place, "name", "<lambda>") == code.co_name:
            lines = [item.lineno for item in [place, *getattr(place, "decorator_list", [])]]
            if min(lines) == code.co_firstlineno:
                found.add(number)
    return found


def _home(functions: set[int], numbered: list[tuple[int, Place]]) -> set[int]:
    """Return the places in the body of a function, without those in the functions and classes inside."""
    frames = PlaceMap(pair for pair in numbered if isinstance(pair[1], _FRAMES))
    home = set()
    for number, place in numbered:
        (line, column), _ = _span(place)
        around = frames.find((line, line, column, column))
        if around == number and not isinstance(place, ast.Lambda):
            around = frames.numbers[index] if (index := frames.around[frames.numbers.index(number)]) >= 0 else None
        if around in functions:
            home.add(number)
    return home
