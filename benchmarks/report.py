"""The report: tables in Markdown and a chart, from the results of each Python, written into the documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bars import LIMITS, Bar, bars, mean
from benchmarks.chart import Panel, Row, draw, rounded
from benchmarks.modules import MODULES
from benchmarks.rivals import RIVALS
from benchmarks.traced import WITH_BARE
from benchmarks.workloads import WORKLOADS

__all__ = ["blocks", "chart", "fill", "load_results", "write_report"]

RESULTS = Path(__file__).parent / "results"
type Results = Mapping[str, Mapping[str, Any]]  # by Python, as "3.13", in ascending order

_MARKED = re.compile(r"(<!-- bench: ([\w-]+) -->\n).*?(<!-- bench end -->)", re.DOTALL)
_TELLS_LESS = {"coverage": " (yes or no only)", "viztracer": " (calls only)"}


def load_results(folder: Path = RESULTS) -> Results:
    """Return the stored results, oldest Python first."""
    found = sorted(folder.glob("*.json"), key=lambda path: [int(part) for part in path.stem.split(".")])
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a Markdown table whose first columns are aligned left, the others right."""
    rules = ["---" if column < left else "---:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows)) + "\n"


def _value(results: Results, python: str, name: str, key: str) -> float | None:
    value = results[python]["figures"].get(name, {}).get(key)
    return None if value is None else float(value)


def _cells(results: Results, read: Callable[[str], float | None]) -> list[str]:
    return ["-" if (value := read(python)) is None else rounded(value) for python in results]


def where(results: Results) -> str:
    """Say what was measured on which machine."""
    machines = {
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}"
        for machine in (result["machine"] for result in results.values())
    }
    pythons = ", ".join(str(result["python"]) for result in results.values())
    ours = sorted({str(result["tracefunc"]) for result in results.values()})
    tools = ", ".join(f"{name} {rival.version}" for name, rival in RIVALS.items() if rival.requirements)
    return (
        f"Measured on {'; '.join(sorted(machines))}, with CPython {pythons}. tracefunc-core {', '.join(ours)}; "
        f"{tools.replace('older 0.0.7', 'the older package tracefunc 0.0.7')}.\n"
    )


def bar_table(results: Results) -> str:
    """Return all bars with the value on each Python, those that are missed in bold."""
    rows: dict[tuple[str, str], dict[str, Bar]] = {}
    for python, result in results.items():
        for bar in bars(result["figures"], _version(python)):
            rows.setdefault((bar.workload, bar.against), {})[python] = bar
    lines = []
    for (workload, against), found in rows.items():
        limits = sorted({bar.limit for bar in found.values()})
        sign = "at least" if next(iter(found.values())).at_least else "at most"
        cells = [_bar_cell(found.get(python)) for python in results]
        lines.append([workload, against, f"{sign} {' or '.join(f'{limit:g}' for limit in limits)}", *cells])
    return table(["workload", "against", "bar", *results], lines, left=3)


def _bar_cell(bar: Bar | None) -> str:
    if bar is None:
        return "-"
    text = f"{bar.value:.3f}" if bar.value < 2 else f"{bar.value:.3g}" if bar.value < 10 else rounded(bar.value)
    return text if bar.met else f"**{text}**"


def _version(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split("."))


def slowdown_table(results: Results) -> str:
    """Return the slowdown of each workload, with the floor and the written-in counters of the hot loop."""
    rows = [
        [workload.title, *_cells(results, lambda python, name=name: _value(results, python, name, "tracefunc"))]  # type: ignore[misc]
        for name, workload in WORKLOADS.items()
    ]
    extra = [
        *((f"{WORKLOADS[name].title}: callbacks that do nothing", name, "empty") for name in WITH_BARE),
        *((f"{WORKLOADS[name].title}: callbacks that only ask", name, "asking") for name in WITH_BARE),
        *((f"{WORKLOADS[name].title}: bare counting", name, "bare") for name in WITH_BARE),
        ("the hot loop's floor: bare counting", "loop", "floor"),
        ("the hot loop with counters written in", "loop", "counters"),
        ("events in a pass of the hot loop", "loop", "events in a pass"),
        ("the fewest events with which a pass can do", "loop", "fewest events in a pass"),
        ("`from tracefunc import tracefunc`, in times of `import dataclasses`", "import", "use"),
        ("5,000 statements instead of 1,250, per statement: preparing", "preparation", "growth"),
        ("5,000 statements instead of 1,250, per statement: `ast.parse`", "preparation", "parse growth"),
        ("5,000 statements instead of 1,250, per statement: `compile`", "preparation", "compile growth"),
    ]
    for title, name, key in extra:
        rows.append([title, *_cells(results, lambda python, name=name, key=key: _value(results, python, name, key))])  # type: ignore[misc]
    return table(["times untraced", *results], rows)


def module_table(results: Results) -> str:
    """Return the slowdown of each real module under tracefunc, callbacks that only ask, and line_profiler."""
    kinds = {  # how each is called, and the figure of which measurement it is
        "tracefunc": ("tracefunc", "tracefunc"),
        "callbacks that only ask": ("tracefunc", "asking"),
        "line_profiler": ("line_profiler", "line_profiler"),
    }
    rows = [
        [
            f"`{name}`",
            title,
            *_cells(results, lambda python, key=f"{tool}:{name}", kind=kind: _value(results, python, key, kind)),  # type: ignore[misc]
        ]
        for name in MODULES
        for title, (tool, kind) in kinds.items()
    ]
    for title, (tool, kind) in kinds.items():
        cells = _cells(results, lambda python, tool=tool, kind=kind: mean(results[python]["figures"], tool, kind))  # type: ignore[misc]
        rows.append(["geometric mean", title, *cells])
    return table(["all functions of", "under", *results], rows, left=2)


def rival_table(results: Results) -> str:
    """Return what each tool tells, and the slowdown of the hot loop and of other code on each Python."""
    rows = []
    for name, title in [("tracefunc", "tracefunc"), *((name, rival.title) for name, rival in RIVALS.items())]:
        found = [
            figures for result in results.values() if (figures := result["figures"].get(f"rival:{name}")) is not None
        ]
        if not found:
            continue
        first = found[0]
        rows.append(
            [
                title,
                "yes" if first["entries"] >= 3 else "no",
                first["hits"],
                "yes" if first["values"] else "no",
                *_cells(results, lambda python, name=name: _value(results, python, f"rival:{name}", "loop")),  # type: ignore[misc]
                *_cells(results, lambda python, name=name: _value(results, python, f"rival:{name}", "other")),  # type: ignore[misc]
            ]
        )
    head = ["tool", "`;` told apart", "counts", "values"]
    head += [f"loop, {python}" for python in results] + [f"other code, {python}" for python in results]
    return table(head, rows, left=4)


def short_rival_table(results: Results) -> str:
    """Return the same for one Python, as README.md shows it: 3.13, or the newest that was measured."""
    python = "3.13" if "3.13" in results else list(results)[-1]
    text = rival_table({python: results[python]})
    return text.replace(f"loop, {python}", "slowdown of the loop").replace(
        f"other code, {python}", "slowdown of other code"
    )


def missing_list(results: Results) -> str:
    """Say which measurements have no figure, and why."""
    lines = [
        f"- {name.removeprefix('rival:')} on {python}: {reason}"
        for python, result in results.items()
        for name, reason in result["missing"].items()
    ]
    return "\n".join(lines or ["- nothing"]) + "\n"


def blocks(results: Results) -> dict[str, str]:
    """Return the generated parts of the pages, by name."""
    return {
        "machine": where(results),
        "bars": bar_table(results),
        "slowdowns": slowdown_table(results),
        "modules": module_table(results),
        "rivals": rival_table(results),
        "rivals-short": short_rival_table(results),
        "missing": missing_list(results),
    }


def chart(results: Results) -> str:
    """Return the chart: the hot loop under each tool, then tracefunc's slowdown of each workload with its bar."""

    def values(name: str, key: str) -> dict[str, float]:
        found = {python: _value(results, python, name, key) for python in results}
        return {python: value for python, value in found.items() if value is not None}

    tools = [Row("tracefunc", values("rival:tracefunc", "loop"), strong=True)]
    tools += [
        Row(rival.title.partition(" (")[0] + _TELLS_LESS.get(name, ""), values(f"rival:{name}", "loop"))
        for name, rival in sorted(RIVALS.items(), key=lambda item: _typical(values(f"rival:{item[0]}", "loop")))
    ]
    works = [
        Row(workload.title.replace("`", ""), values(name, "tracefunc"), LIMITS.get(name))
        for name, workload in WORKLOADS.items()
    ]
    works += [Row(f"all of {name}", values(f"tracefunc:{name}", "tracefunc")) for name in MODULES]
    return draw(
        [
            Panel("A hot loop: time of a pass under each tool, in times of an untraced one", tools),
            Panel("Under tracefunc: time of each workload, in times of an untraced run", works),
        ],
        "Slowdown of traced code",
    )


def _typical(values: Mapping[str, float]) -> float:
    return sorted(values.values())[len(values) // 2] if values else float("inf")


def fill(page: str, parts: Mapping[str, str]) -> str:
    """Return a page with its generated parts, which stand between `<!-- bench: NAME -->` and `<!-- bench end -->`."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", page)


def write_report(results: Results, root: Path) -> list[Path]:
    """Write the tables into the pages and the chart beside them; return what was written."""
    parts = blocks(results)
    written = []
    for name in ("docs/performance.md", "README.md"):
        page = root / name
        page.write_text(fill(page.read_text(encoding="utf-8"), parts), encoding="utf-8")
        written.append(page)
    picture = root / "docs" / "performance.svg"
    picture.write_text(chart(results), encoding="utf-8")
    return [*written, picture]
