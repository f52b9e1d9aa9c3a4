"""Run the Python examples of a page and compare, or with `--write` replace, the output that it shows.

    python tools/doc_examples.py --write README.md docs/*.md

The python blocks of a page run in order in one namespace. A text block right after one is what it prints; without a
text block, it prints nothing. A first line `# name.py` names the file that a block pretends to be.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

_EXAMPLE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?P<shown>\n*```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
_NAME = re.compile(r"# ([\w.-]+\.py)\n")


class Example(NamedTuple):
    """A python block of a page: its code, the file that it pretends to be, and the output shown below it."""

    code: str
    file: str
    line: int
    output: str


def examples(page: Path) -> list[Example]:
    """Return the python blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for number, match in enumerate(_EXAMPLE.finditer(text), 1):
        named = _NAME.match(match["code"])
        file = named[1] if named else f"{page.stem}_{number}.py"
        found.append(Example(match["code"], file, text.count("\n", 0, match.start()) + 2, match["output"] or ""))
    return found


def run(page: Path) -> Iterator[tuple[Example, str]]:
    """Run the examples of a page and yield each with what it printed."""
    module = ModuleType("__main__")
    previous = {name: sys.modules.get(name) for name in ("__main__",)}
    try:
        sys.modules["__main__"] = module
        for example in examples(page):
            yield example, _printed(example, vars(module))
    finally:
        sys.modules.update({name: known for name, known in previous.items() if known is not None})


def _printed(example: Example, namespace: dict[str, Any]) -> str:
    lines = example.code.splitlines(keepends=True)
    linecache.cache[example.file] = len(example.code), None, lines, example.file
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(example.code, example.file, "exec", dont_inherit=True), namespace)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().rstrip().splitlines())


def write(page: Path) -> bool:
    """Put what the examples print into the page; tell whether that changed it."""
    printed = iter([output for _, output in run(page)])

    def replace(match: re.Match[str]) -> str:
        output = next(printed)
        return f"```python\n{match['code']}```\n" + (f"\n```text\n{output}```\n" if output else "")

    text = page.read_text(encoding="utf-8")
    new = _EXAMPLE.sub(replace, text)
    page.write_text(new, encoding="utf-8")
    return new != text


def main(arguments: list[str]) -> int:
    """Check or rewrite the pages named."""
    pages = [Path(argument) for argument in arguments if argument != "--write"]
    wrong = 0
    for page in pages:
        if "--write" in arguments:
            print(f"{page}: {'rewritten' if write(page) else 'unchanged'}")
            continue
        for example, output in run(page):
            if output != example.output:
                wrong += 1
                print(f"{page}:{example.line} prints\n{output}")
    return int(wrong > 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1:]))
