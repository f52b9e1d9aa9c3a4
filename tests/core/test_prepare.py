"""Preparing targets: what it leaves behind in the process."""

import gc
import linecache
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest

from tracefunc import Tracer, _discovery
from tracefunc._prepare import Planned, plan_target
from tracefunc._targets import Target


def made(text: str, name: str) -> Iterator[Any]:
    """Yield what a text defines under a name, while its source can be found."""
    path = f"<{name} of test_prepare>"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    namespace: dict[str, Any] = {}
    exec(compile(text, path, "exec"), namespace)
    yield namespace[name]
    del linecache.cache[path]


@pytest.fixture
def long_function() -> Iterator[FunctionType]:
    """A function that is long enough for the garbage collector to pause."""
    text = "def long(x):\n" + "    x = x * 2 + 1\n" * 3_000 + "    return x % 7\n"
    yield from made(text, "long")


@pytest.fixture
def many_methods() -> Iterator[type]:
    """A class of short methods, which are long together."""
    method = "    def method{}(self, x):\n" + "        x = x * 2 + 1\n" * 10 + "        return x\n"
    body = "".join(method.format(i) for i in range(300))
    text = f"class Many:\n{body}"
    yield from made(text, "Many")


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


@pytest.mark.parametrize("collects", [True, False])
def test_the_garbage_collector_is_as_before_once_many_methods_are_prepared(
    many_methods: type, collects: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not search what is made for all of them while they are planned, and goes on afterwards."""
    seen = []

    def look(target: Target) -> Planned:
        seen.append(gc.isenabled())
        return plan_target(target)

    monkeypatch.setattr(_discovery, "plan_target", look)
    if not collects:
        gc.disable()
    try:
        with Tracer(many_methods) as tracer:
            assert gc.isenabled() is collects
            many_methods().method7(1)
    finally:
        gc.enable()
    assert len(seen) == 300
    assert not any(seen)
    assert sum(tracer.trace().hits) == 11
