"""Every language feature, one small file each, with its hits beside it."""

import io
import sys
import tokenize
from pathlib import Path

import pytest

from tests.oracle.compare import assert_exact, assert_faithful
from tests.oracle.expectations import by_line, expected_hits, read_source, required_version
from tracefunc import tracefunc
from tracefunc._behavior import EQUAL_LAMBDAS_SHARE_CODE

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.py"))


@pytest.fixture(params=SAMPLES, ids=lambda path: path.stem)
def sample(request: pytest.FixtureRequest) -> Path:
    """A sample that this Python can run."""
    path: Path = request.param
    version = required_version(read_source(path))
    if sys.version_info < version:
        pytest.skip(f"needs Python {version[0]}.{version[1]}")
    return path


def test_oracle_counts_what_is_written(sample: Path) -> None:
    """The oracle counts the hits that stand beside the source, and finds no entry on any other line."""
    source = read_source(sample)
    assert by_line(assert_faithful(source, path=sample, returns=True)) == expected_hits(source)


def test_tracer_counts_what_is_written(sample: Path) -> None:
    """The tracer counts the hits that stand beside the source, and lists no entry on any other line."""
    assert_exact(read_source(sample), path=sample)


@pytest.mark.parametrize("max_calls", [0, 1])
def test_hits_are_exact_without_detail(sample: Path, max_calls: int) -> None:
    """Hits stay exact for calls beyond those that carry detail."""
    assert_exact(read_source(sample), path=sample, max_calls=max_calls)


def test_text_without_a_file_is_traced(sample: Path) -> None:
    """A module that exists only as text in `linecache` is traced as exactly as one in a file."""
    source = read_source(sample)
    if tokenize.detect_encoding(io.BytesIO(sample.read_bytes()).readline)[0] == "utf-8":
        assert_exact(source)


def _call_equal_lambdas() -> int:
    functions = [lambda: 0, lambda: 0, lambda: 0]
    return functions[0]() + functions[2]() + functions[2]()


def test_no_hit_of_equal_lambdas_on_one_line_is_lost() -> None:
    """Where equal lambdas on one line share their code, the first has the hits of all, and each has an entry."""
    trace = tracefunc(_call_equal_lambdas).trace
    hits = [trace.hits[statement.id] for statement in trace.statements if statement.kind == "Lambda"]
    assert hits == ([3, 0, 0] if EQUAL_LAMBDAS_SHARE_CODE else [1, 0, 2])
