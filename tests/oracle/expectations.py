"""Hits written beside the source: `# hits: 4` at the end of a line, or `# hits: 1, 3` for several entries that start
there.

The counts stand in order of column, the outer entry before an inner one that starts at the same place. Where a line
cannot end in a comment (it ends in a backslash or lies inside a string), a later comment speaks for it: `# hits@-2:
4` means two lines above. `# requires: 3.14` names the first Python that can run the file.

`python -m tests.oracle.expectations FILE ...` writes the comments anew, from the twin's counts; read what it wrote
before you believe it.
"""

import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.oracle.compare import assert_faithful, plain_lines
from tests.oracle.twin import Key

_HITS = re.compile(r"hits(?:@-(\d+))?: ([\d, ]*)")
_COMMENT = re.compile(r"(?:  |^\s*)# hits(?:@-\d+)?:.*$")
_REQUIRES = re.compile(r"^# requires: 3\.(\d+)$", re.MULTILINE)

type Expectations = dict[int, tuple[int, ...]]


def read_source(path: Path) -> str:
    """The text of a source file in its own encoding, its line ends kept."""
    data = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding)


def required_version(source: str) -> tuple[int, int]:
    """The first Python that can run a sample."""
    found = _REQUIRES.search(source)
    return (3, int(found[1])) if found else (3, 12)


def comments(source: str) -> Iterable[tuple[int, str]]:
    """The line and text of each comment."""
    for token in tokenize.generate_tokens(io.StringIO("".join(plain_lines(source)), newline="\n").readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def expected_hits(source: str) -> Expectations:
    """The counts that a sample's comments give, by line."""
    return {
        line - int(up or 0): tuple(map(int, counts.split(",")))
        for line, comment in comments(source)
        for up, counts in _HITS.findall(comment)
    }


def by_line(hits: Mapping[Key, int]) -> Expectations:
    """The counts of entries (outer before inner), in the form of the comments."""
    lines: dict[int, list[Key]] = defaultdict(list)
    for key in hits:
        lines[key.line].append(key)
    return {
        line: tuple(hits[key] for key in sorted(keys, key=lambda key: key.column))
        for line, keys in sorted(lines.items())
    }


def annotated(source: str) -> str:
    """A sample with its comments written anew."""
    newline = "\r\n" if "\r\n" in source else "\n"
    bare = [_COMMENT.sub("", line.rstrip("\r\n")) for line in plain_lines(source)]
    placed = by_line(assert_faithful("\n".join(bare) + "\n"))
    waiting: dict[int, str] = {}
    out: list[str] = []
    for number, line in enumerate(bare, 1):
        text = ", ".join(map(str, placed.get(number, ())))
        if text:
            waiting[number] = text
        out.append(line)
        if waiting and _can_end_in_comment(bare, number):
            notes = [f"hits{f'@-{number - at}' if at < number else ''}: {counts}" for at, counts in waiting.items()]
            out[-1] = f"{line}  # {'; '.join(notes)}"
            waiting.clear()
    assert not waiting, waiting
    return newline.join([*out, ""])


def _can_end_in_comment(lines: list[str], number: int) -> bool:
    """Whether a comment at the end of a line is one to the tokenizer and disturbs nothing."""
    if not lines[number - 1].strip() or lines[number - 1].endswith("\\"):
        return False
    mark = "  # hits: 1"
    text = "\n".join([*lines[: number - 1], lines[number - 1] + mark, *lines[number:], ""])
    try:
        return (number, f"# {mark[4:]}") in ((at, found[-len(mark) + 2 :]) for at, found in comments(text))
    except (tokenize.TokenError, SyntaxError):
        return False


def main(paths: Iterable[str]) -> None:
    for path in map(Path, paths):
        source = read_source(path)
        if required_version(source) > sys.version_info[:2]:
            continue
        encoding, _ = tokenize.detect_encoding(io.BytesIO(path.read_bytes()).readline)
        path.write_bytes(annotated(source).encode(encoding))


if __name__ == "__main__":
    main(sys.argv[1:])
