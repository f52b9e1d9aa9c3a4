"""A dot chart as SVG text: one row for each thing, one dot for each Python, on a logarithmic axis.

The colours are of middling lightness and the background is left open, so it can be read on white and on black.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Panel", "Row", "draw"]

_COLOURS = ("#3b82c4", "#1f9d76", "#c9772b", "#a565c9", "#8a8f1f", "#c4506a")
_TEXT, _FAINT, _LIMIT = "#7d8590", "#7d8590", "#d1453b"
_WIDTH, _LEFT, _RIGHT, _ROW, _DOT = 860, 250, 130, 26, 5


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one thing, by Python; `limit` is the bar that they are to stay below."""

    label: str
    values: Mapping[str, float]
    limit: float | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows on one axis."""

    title: str
    rows: Sequence[Row]


def draw(panels: Sequence[Panel], title: str) -> str:
    """Return the SVG of some panels, one below the other, with a legend of the Pythons."""
    pythons = sorted({python for panel in panels for row in panel.rows for python in row.values}, key=_as_numbers)
    colours = {python: _COLOURS[index % len(_COLOURS)] for index, python in enumerate(pythons)}
    parts: list[str] = []
    x = float(_LEFT)
    for python in pythons:
        parts.append(_dot(x, 18, colours[python], python))
        parts.append(_text(x + 10, 22, f"CPython {python}"))
        x += 130
    y = 40.0
    for panel in panels:
        drawn, height = _panel(panel, colours, y)
        parts += drawn
        y += height
    if any(row.limit is not None for panel in panels for row in panel.rows):
        parts.append(f'<path d="M{_LEFT} {y + 2:.0f}v14" stroke="{_LIMIT}" stroke-width="2"/>')
        parts.append(_text(_LEFT + 10, y + 13, "the bar"))
        y += 24
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 6:.0f}" width="{_WIDTH}" '
        f'font-family="system-ui, sans-serif" font-size="13" role="img">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", *parts, "</svg>", ""])


def _as_numbers(python: str) -> list[int]:
    return [int(part) for part in python.split(".")]


def _panel(panel: Panel, colours: Mapping[str, str], top: float) -> tuple[list[str], float]:
    shown = [row for row in panel.rows if row.values]
    values = [value for row in shown for value in (*row.values.values(), row.limit) if value]
    low = min([1.0, *values])
    high = max([low * 2, *values])
    span = math.log(high / low)

    def at(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(value / low) / span

    bottom = top + 24 + _ROW * len(shown)
    parts = [_text(_LEFT, top + 12, panel.title, weight="600")]
    for tick in ticks(low, high):
        x = at(tick)
        parts.append(f'<path d="M{x:.1f} {top + 22:.0f}V{bottom:.0f}" stroke="{_FAINT}" stroke-opacity="0.35"/>')
        parts.append(_text(x, bottom + 14, f"{tick:,g}\u00d7", anchor="middle", size=11))
    for index, row in enumerate(shown):
        y = top + 24 + _ROW * (index + 0.5)
        parts.append(_text(_LEFT - 12, y + 4, row.label, anchor="end", weight="700" if row.strong else "400"))
        if row.limit is not None:
            parts.append(f'<path d="M{at(row.limit):.1f} {y - 8:.1f}v16" stroke="{_LIMIT}" stroke-width="2"/>')
        for python, value in row.values.items():
            parts.append(_dot(at(value), y, colours[python], f"{row.label}, CPython {python}: {value:,.3g} times"))
        parts.append(_text(_WIDTH - _RIGHT + 14, y + 4, span_of(list(row.values.values())), size=12))
    return parts, bottom - top + 34


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers from `low` to `high`: powers of ten, with 2 and 5 between them where few are."""
    steps = (1.0, 2.0, 5.0) if high / low < 200 else (1.0,)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in exponents for step in steps if low <= step * 10.0**power <= high]


def span_of(values: Sequence[float]) -> str:
    """Return the least and the greatest value in two digits that count, as one where they do not differ."""
    texts = [rounded(min(values)), rounded(max(values))]
    return texts[0] if texts[0] == texts[1] else "\u2013".join(texts)


def rounded(value: float) -> str:
    """Return a ratio with two or three digits that count: more would promise too much."""
    if value < 10:
        return f"{value:.2f}" if value < 2 else f"{value:.1f}"
    return f"{float(f'{value:.2g}'):,.0f}"


def _dot(x: float, y: float, colour: str, title: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}" fill="{colour}" fill-opacity="0.85">'
        f"<title>{escape(title)}</title></circle>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "400", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{_TEXT}" text-anchor="{anchor}" font-weight="{weight}" '
        f'font-size="{size}">{escape(text)}</text>'
    )
