"""Preparing targets: what it leaves behind in the process."""

import gc
import linecache
from collections.abc import Iterator
from types import FunctionType

import pytest

from tracefunc import Tracer


@pytest.fixture
def long_function() -> Iterator[FunctionType]:
    """A function that is long enough for the garbage collector to pause."""
    text = "def long(x):\n" + "    x = x * 2 + 1\n" * 3_000 + "    return x % 7\n"
    name = "<long function of test_prepare>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace: dict[str, FunctionType] = {}
    exec(compile(text, name, "exec"), namespace)
    yield namespace["long"]
    del linecache.cache[name]


@pytest.mark.parametrize("collects", [True, False])
def test_the_garbage_collector_is_as_before_once_a_long_function_is_prepared(
    long_function: FunctionType, collects: bool
) -> None:
    """Whoever has the garbage collector on, or off, has it so after the preparation too."""
    if not collects:
        gc.disable()
    try:
        with Tracer(long_function) as tracer:
            assert gc.isenabled() is collects
            long_function(1)
        assert gc.isenabled() is collects
    finally:
        gc.enable()
    assert sum(tracer.trace().hits) == 3_001
