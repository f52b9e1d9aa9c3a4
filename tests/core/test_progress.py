"""What a terminal shows of a long run and a long export, and what it does to the program's own output."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracefunc._progress import Bar, Counter, is_terminal, may_color

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals of POSIX")


def read_until(terminal: int, pattern: str, seconds: float = 60) -> str:
    """Read what comes out of a terminal until it matches."""
    seen, end = b"", time.monotonic() + seconds
    while not re.search(pattern, seen.decode("utf-8", "replace")):
        ready, _, _ = select.select([terminal], [], [], max(end - time.monotonic(), 0))
        assert ready, f"{pattern!r} did not come: {seen!r}"
        try:
            seen += os.read(terminal, 4096)
        except OSError:  # its other end is closed
            break
    return seen.decode("utf-8", "replace")


@pytest.fixture
def terminal() -> object:
    outer, inner = pty.openpty()
    with os.fdopen(inner, "w") as stream:
        yield outer, stream
    os.close(outer)


def test_the_counts_stand_at_the_right_edge_and_the_cursor_stays(terminal: tuple[int, io.TextIOWrapper]) -> None:
    """What the program has written in the line stays; at the end the counts are taken away."""
    outer, stream = terminal
    counter = Counter(stream, lambda: (1234, 56789))
    counter.start()
    seen = read_until(outer, r"hits.*\x1b8")
    counter.stop()
    seen += read_until(outer, r"\x1b7\x1b\[K\x1b8")
    assert re.match(r"\x1b7\x1b\[K\x1b\[\d+G1,234 calls, 56,789 hits, 0:0\d\x1b8", seen)
    assert seen.endswith("\x1b7\x1b[K\x1b8")
    assert "\n" not in seen
    assert "\r" not in seen


def test_a_counter_that_showed_nothing_writes_nothing(terminal: tuple[int, io.TextIOWrapper]) -> None:
    """A short run leaves the terminal alone."""
    outer, stream = terminal
    counter = Counter(stream, lambda: (1, 1))
    counter.start()
    counter.stop()
    counter.stop()
    assert select.select([outer], [], [], 0)[0] == []


FORKING = """
import os, sys, threading, warnings
warned = []
warnings.simplefilter("always")  # some Pythons make no error of this warning
warnings.showwarning = lambda *about, **more: warned.append(about)
from tracefunc._progress import Counter
counter = Counter(sys.stderr, lambda: (1, 2))
counter.start()
for _ in range(3):
    child = os.fork()
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
assert threading.active_count() == 1
assert warned == []
counter.stop()
print("done")
"""


def test_a_fork_finds_no_thread(terminal: tuple[int, io.TextIOWrapper]) -> None:
    """Python warns of a fork where there is a thread: the counter's is not there, and `threading` knows none."""
    done = subprocess.run([sys.executable, "-c", FORKING], stderr=terminal[1], stdout=subprocess.PIPE, check=False)
    assert (done.returncode, done.stdout) == (0, b"done\n")


def test_a_bar_shows_how_far_it_is_and_goes_away(terminal: tuple[int, io.TextIOWrapper]) -> None:
    """It comes after a moment, and is cleared at the end."""
    outer, stream = terminal
    bar = Bar(stream, "svg")
    end = time.monotonic() + 60
    while not select.select([outer], [], [], 0.05)[0]:
        bar(250, 1000)
        assert time.monotonic() < end
    bar.end()
    seen = read_until(outer, r"\r\x1b\[K$")
    assert re.search(r"\rsvg #+\.+  25% 250 of 1,000\x1b\[K", seen)


def test_a_bar_of_nothing_is_full(terminal: tuple[int, io.TextIOWrapper]) -> None:
    """Nothing to do is no division by zero."""
    bar = Bar(terminal[1], "x")
    bar._began -= 10
    bar._last -= 10
    bar(0, 0)
    assert "100%" in read_until(terminal[0], "%")


@pytest.mark.parametrize(
    ("when", "environ", "on_terminal", "on_file"),
    [
        ("auto", {}, True, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("never", {}, False, False),
    ],
)
def test_colour_is_for_terminals(
    terminal: tuple[int, io.TextIOWrapper],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    environ: dict[str, str],
    on_terminal: bool,
    on_file: bool,
) -> None:
    """On a terminal there is colour, unless `NO_COLOR` or the user says no; elsewhere only when he says so."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with open(tmp_path / "file", "w") as file:
        assert (may_color(terminal[1], when), may_color(file, when)) == (on_terminal, on_file)


def test_a_closed_stream_is_no_terminal() -> None:
    """Nor is one that is not there."""
    stream = io.StringIO()
    stream.close()
    assert not is_terminal(stream)
    assert not is_terminal(None)
