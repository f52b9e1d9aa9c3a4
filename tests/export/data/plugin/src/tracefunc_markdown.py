"""An exporter as a third party would write it; docs/exporters.md shows much of it."""

from tracefunc.exporters import Exporter, Option
from tracefunc.model import Trace


def write(trace: Trace, path: str, *, min_hits: int = 0) -> str:
    """Write the hits of each statement as a row of a Markdown table."""
    rows = ["| function | line | hits |", "|---|---|---|"]
    for function in trace.functions:
        for index in function.statements:
            line, hits = trace.statements[index].extent.line, trace.hits[index]
            if hits >= min_hits:
                rows.append(f"| `{function.qualname}` | {line} | {hits:,} |")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    return f"{len(rows) - 2} rows"


markdown = Exporter(
    name="markdown",
    description="hits of statements as a Markdown table",
    write=write,
    suffixes=(".md", ".markdown"),
    options=(Option("min_hits", "leave out statements with fewer hits", int),),
)
