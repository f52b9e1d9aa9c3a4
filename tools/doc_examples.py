"""Run the examples of a page and compare, or with `--write` replace, the output that it shows.

    python tools/doc_examples.py --write README.md docs/*.md

The python blocks of a page run in order in one namespace. A text block right after one is what it prints; without a
text block, it prints nothing. A first line `# name.py` names the file that a block pretends to be.

A console block has commands behind `$ ` and, below each, what it prints on both streams. They run in a folder of their
own, which holds the `py` and `toml` blocks before them under the names in their first lines. Times may differ.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

_EXAMPLE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?P<shown>\n*```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
_NAME = re.compile(r"# ([\w./-]+\.(?:py|toml))\n")
_CONSOLE = re.compile(
    r"^```(?P<kind>py|toml)\n(?P<file>.*?)^```\n|^```console\n(?P<session>.*?)^```\n", re.MULTILINE | re.DOTALL
)
_CHANGES_OUTPUT = (
    "TRACEFUNC_",
    "PYTEST_",
    "CI",
    "BUILD_NUMBER",
    "FORCE_COLOR",
    "PY_COLORS",
    "COLUMNS",
    "LINES",
)
_TIME = re.compile(r" *\b\d+\.\d+ ?(?:ms|s|us)\b")


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


def run_consoles(page: Path) -> Iterator[tuple[int, str, str]]:
    """Run the console blocks of a page; yield the line of each, what it shows, and the same as it is."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for match in _CONSOLE.finditer(text):
            if match["kind"]:
                name = _NAME.match(match["file"])
                assert name is not None, f"{page}: a {match['kind']} block without a name"
                file = Path(folder, name[1])
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(match["file"], encoding="utf-8")
            else:
                line = text.count("\n", 0, match.start()) + 2
                yield line, match["session"], _typed(match["session"], folder)


def same_but_times(one: str, other: str) -> bool:
    """Tell whether two texts differ in nothing but how long things took."""
    return _TIME.sub(" 0 s", one) == _TIME.sub(" 0 s", other)


def _typed(session: str, folder: str) -> str:
    """Return a console block with what its commands print now."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_CHANGES_OUTPUT)}
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])
    environ |= {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p no:cacheprovider -p tracefunc"}
    shown = []
    for command in re.findall(r"^\$ (.*(?:\n> .*)*)\n", session, re.MULTILINE):
        done = subprocess.run(
            ["sh", "-c", command.replace("\n> ", "\n")],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        lines = done.stdout.replace(os.path.realpath(folder), "~").rstrip().splitlines()
        shown.append(f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in lines))
    return "".join(shown)


def write(page: Path) -> bool:
    """Put what the examples print into the page; tell whether that changed it."""
    consoles = iter([shown if same_but_times(shown, now) else now for _, shown, now in run_consoles(page)])
    printed = iter([output for _, output in run(page)])

    def replace(match: re.Match[str]) -> str:
        output = next(printed)
        return f"```python\n{match['code']}```\n" + (f"\n```text\n{output}```\n" if output else "")

    text = page.read_text(encoding="utf-8")
    new = _EXAMPLE.sub(replace, text)
    new = _CONSOLE.sub(lambda match: match[0] if match["kind"] else f"```console\n{next(consoles)}```\n", new)
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
        for line, shown, now in run_consoles(page):
            if not same_but_times(shown, now):
                wrong += 1
                print(f"{page}:{line} prints\n{now}")
    return int(wrong > 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1:]))
