"""Where functions stand when Graphviz would take too long to find out: in columns, by their distance from the first."""

from __future__ import annotations

import html
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tracefunc.model import Edge

__all__ = ["Box", "distances", "place", "size_of"]

_TAG = re.compile(r"<[^>]*>")
_CHARACTER, _ROW = 6.4, 19.0  # points of a character and of a row, rather too many
_WIDE = "\u2e7f"  # characters above it are twice as wide
_BETWEEN, _BESIDE, _APART = 10.0, 45.0, 120.0  # points between boxes, parts of a column, and columns
_LEAST = 900.0  # points that a column has before it is broken


@dataclass(frozen=True, slots=True)
class Box:
    """Width and height of a node, in points."""

    width: float
    height: float


def distances(functions: Iterable[int], edges: Iterable[Edge]) -> dict[int, int]:
    """Return how many calls away each function is from the nearest that was entered or that none of them calls."""
    shown = dict.fromkeys(sorted(functions))
    callees: dict[int, list[int]] = defaultdict(list)
    called: set[int] = set()
    entered: set[int] = set()
    for edge in edges:
        if edge.caller is None:
            entered.add(edge.callee)
        elif edge.caller != edge.callee and edge.caller in shown and edge.callee in shown:
            callees[edge.caller].append(edge.callee)
            called.add(edge.callee)
    found: dict[int, int] = {}
    _spread([each for each in shown if each in entered or each not in called], callees, found)
    for each in shown:  # circles that nothing shown leads into
        if each not in found:
            _spread([each], callees, found)
    return found


def _spread(front: list[int], callees: Mapping[int, list[int]], found: dict[int, int]) -> None:
    distance = 0
    while front:
        found.update(dict.fromkeys(front, distance))
        front = list(dict.fromkeys(step for each in front for step in callees.get(each, ()) if step not in found))
        distance += 1


def size_of(label: str) -> Box:
    """Return about how large Graphviz will draw an HTML-like table, or somewhat larger."""
    rows = [html.unescape(_TAG.sub("", row)) for row in label.split("<tr>")[1:]]
    longest = max((len(row) + sum(letter > _WIDE for letter in row) for row in rows), default=0)
    lines = len(rows) + label.count("<br ")
    return Box(30 + _CHARACTER * longest, 6 + _ROW * lines)


def place(
    distance: Mapping[int, int], edges: Iterable[Edge], boxes: Mapping[int, Box]
) -> dict[int, tuple[float, float]]:
    """Return the centre of each box, in points: a column for each distance, in which all stand beside their callers.

    A column that is much higher than the picture should be is broken into several.
    """
    callers: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        caller, callee = edge.caller, edge.callee
        if caller is not None and caller in distance and callee in distance and distance[caller] < distance[callee]:
            callers[callee].append(caller)
    columns: dict[int, list[int]] = defaultdict(list)
    for each in sorted(distance):
        columns[distance[each]].append(each)
    area = sum((box.width + _BESIDE) * (box.height + _BETWEEN) for box in boxes.values())
    most = max(_LEAST, math.sqrt(area))
    centres: dict[int, tuple[float, float]] = {}
    x = 0.0
    for number in sorted(columns):
        beside = {each: _mean([centres[above][1] for above in callers[each]]) for each in columns[number]}
        ordered = sorted(columns[number], key=lambda each: (-beside[each], each))  # DOT counts upwards
        for part in _parts(ordered, boxes, most):
            width = max(boxes[each].width for each in part)
            height = sum(boxes[each].height + _BETWEEN for each in part)
            y = height / 2
            for each in part:
                centres[each] = x + width / 2, y - boxes[each].height / 2
                y -= boxes[each].height + _BETWEEN
            x += width + _BESIDE
        x += _APART - _BESIDE
    return centres


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _parts(column: list[int], boxes: Mapping[int, Box], most: float) -> Iterator[list[int]]:
    """Yield the parts of a column, none of which is higher than the most, if each box by itself is not."""
    part: list[int] = []
    height = 0.0
    for each in column:
        tall = boxes[each].height + _BETWEEN
        if part and height + tall > most:
            yield part
            part, height = [], 0.0
        part.append(each)
        height += tall
    if part:
        yield part
