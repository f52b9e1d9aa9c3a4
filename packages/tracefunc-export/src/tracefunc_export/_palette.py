"""The colours of a picture, light and dark, each with a role, and the scale from few hits to many."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["DARK", "HEAT", "LIGHT", "STEPS", "heat_step", "style", "thresholds"]

# Each role has a colour of its own, also where two would look the same: the dark style finds the elements by them.
LIGHT: Final = {
    "paper": "#ffffff",
    "cluster": "#fafafa",
    "cluster_line": "#dddddd",
    "cluster_text": "#555555",
    "node": "#fefefe",
    "node_line": "#8a8f98",
    "head": "#edf1f5",
    "text": "#111111",
    "faint": "#5c6066",
    "code": "#1b1b1b",
    "number": "#666a70",
    "unrun": "#f0f0f0",
    "unrun_text": "#686868",
    "error": "#b00020",
    "edge": "#868686",
    "edge_text": "#222222",
    "heat_text": "#1a1a1a",
    "heat0": "#fff7ec",
    "heat1": "#fee8c8",
    "heat2": "#fdd49e",
    "heat3": "#fdbb84",
    "heat4": "#fc8d59",
    "heat5": "#ef6548",
}
DARK: Final = {
    "paper": "#14171a",
    "cluster": "#1a1e22",
    "cluster_line": "#3a4047",
    "cluster_text": "#a9b0b8",
    "node": "#1f2429",
    "node_line": "#6b737c",
    "head": "#2b323a",
    "text": "#f2f4f6",
    "faint": "#b0b7bf",
    "code": "#e6e8ea",
    "number": "#a0a7af",
    "unrun": "#2a2f34",
    "unrun_text": "#a3a9b0",
    "error": "#ff8a94",
    "edge": "#8f979f",
    "edge_text": "#d8dce0",
    "heat_text": "#fff8f0",
    "heat0": "#33281d",
    "heat1": "#4a301c",
    "heat2": "#643718",
    "heat3": "#823d12",
    "heat4": "#a2420d",
    "heat5": "#c2410a",
}
HEAT: Final = tuple(f"heat{step}" for step in range(6))
STEPS: Final = len(HEAT)
MONOSPACE: Final = "ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', 'Liberation Mono', Consolas, monospace"


def heat_step(hits: int, most: int) -> int:
    """Return which of the steps a number of hits has, on a logarithmic scale from 1 to the most hits of all."""
    if hits <= 1 or most <= 1:
        return 0
    return min(STEPS - 1, int(STEPS * math.log(hits) / math.log(most)))


def thresholds(most: int) -> list[tuple[int, int]]:
    """Return for each step that numbers up to `most` can have the step and its smallest number, in ascending order."""
    found = []
    for step in range(STEPS):
        low = 1 if step == 0 else max(1, math.floor(most ** (step / STEPS)) - 1)
        while low <= most and heat_step(low, most) < step:
            low += 1
        if low <= most and heat_step(low, most) == step:
            found.append((step, low))
    return found


def style(theme: str) -> str:
    """Return the style of an SVG: fonts of code and, for the theme `"auto"`, colours for readers in the dark."""
    fonts = f"text[font-family^='Courier']{{font-family:{MONOSPACE}}}"
    if theme != "auto":
        return fonts
    rules = [
        f"[{attribute}='{light}']{{{attribute}:{DARK[role]}}}"
        for role, light in LIGHT.items()
        for attribute in ("fill", "stroke")
    ]
    return f"{fonts}@media (prefers-color-scheme:dark){{svg{{color-scheme:dark}}{''.join(rules)}}}"
