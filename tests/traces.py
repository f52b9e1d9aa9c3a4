"""Traces for tests of what shows them: of a small shop, made by hand, and random ones."""

import linecache
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tracefunc import Branch, Call, Edge, Extent, Frame, Function, Outcome, Sample, Settings, Statement, Trace, Tracer

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SHOP = """\
def invoice(lines):
    total = 0
    rate = 0
    for price, count in lines:
        cost = price * count
        if count >= 10: rate = 0.1
        total += cost * (1 - rate)
    return total


def day(orders):
    return sum(invoice(order) for order in orders)


def closed():
    return None
"""


def define(text: str, file: str) -> dict[str, Any]:
    """Run a text as if it stood in a file of this name."""
    text = textwrap.dedent(text)
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    namespace: dict[str, Any] = {}
    exec(compile(text, file, "exec", dont_inherit=True), namespace)
    return namespace


def traced(text: str, file: str, run: Callable[[dict[str, Any]], object], *targets: str, **options: Any) -> Trace:
    """Return the trace of functions of a text while something runs that may raise; its branches are left out.

    Tests of branches make them by hand.
    """
    namespace = define(text, file)
    with Tracer(*(namespace[target] for target in targets), **options) as tracer:
        try:
            run(namespace)
        except Exception:
            pass
    return replace(tracer.trace(), branches=())


def shop(file: str, orders: list[Any], **options: Any) -> Trace:
    """Return a trace of the shop, with two days and the function that nobody calls."""
    return traced(SHOP, file, lambda shop: shop["day"](orders), "day", "invoice", "closed", **options)


GOOD = [[(4, 2), (3, 10), (5, 4)], [(1, 1)], []]
BAD = [[(1, 1)], [(2, 20), (1, None)]]


def built(*calls: Call, branches: tuple[Branch, ...] = (), **more: Any) -> Trace:
    """Return a trace of `f`, made by hand: an `if`, and an assignment to an attribute."""
    source = "def f(self, n):\n    if n and self:\n        self.total += n\n    return n"
    statements = (
        Statement(0, "If", "if n and self:", Extent(2, 4, 3, 23), ("n", "self"), "f"),
        Statement(1, "AugAssign", "self.total += n", Extent(3, 8, 3, 23), ("n", "self"), "f", ("self.total",)),
        Statement(2, "Return", "return n", Extent(4, 4, 4, 12), ("n",), "f"),
    )
    hits = tuple(sum(call.hits.get(index, 0) for call in calls) for index in range(3))
    function = Function(0, "f", "f", "m", "built.py", 1, source, (0, 1, 2), len(calls))
    trace = Trace((function,), statements, hits, calls, (), 0, 0, 10**9, "3.13.0", branches)
    return replace(trace, **more)


def call(number: int = 0, **changes: Any) -> Call:
    """Return a call of `f`, made by hand."""
    known = {
        "id": number,
        "function": 0,
        "caller": None,
        "caller_statement": None,
        "frames": (Frame("f", "built.py", 1),),
        "frames_above": None,
        "start": 0,
        "end": 1,
        "running": 1_500_000,
        "suspended": 0,
        "thread_id": 1,
        "thread_name": "MainThread",
        "task_name": None,
        "arguments": {"n": Sample("int", "1")},
        "outcome": Outcome("returned", Sample("int", "1")),
        "hits": {0: 1, 2: 1},
        "samples": {},
    }
    return Call(**{**known, **changes})


def ints(*numbers: int) -> tuple[Sample, ...]:
    """Return the samples of some integers."""
    return tuple(Sample("int", str(number)) for number in numbers)


TEXTS = st.text(max_size=12) | st.sampled_from(["日本語", "e\u0301" * 9, "\x1b[0m", "\n", "\udc80", "x" * 300])
SAMPLES = st.builds(Sample, st.sampled_from(["int", "str", "type"]), TEXTS)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Draw a trace of `f` with random calls."""
    outcomes = st.one_of(
        st.builds(Outcome, st.just("returned"), SAMPLES),
        st.builds(Outcome, st.just("raised"), st.none(), TEXTS, TEXTS, st.sampled_from([None, 0, 1, 2])),
        st.builds(Outcome, st.sampled_from(["closed", "unfinished"])),
    )
    named = st.dictionaries(st.sampled_from(["n", "self", "self.total", "len(x)"]), st.lists(SAMPLES).map(tuple))
    calls = [
        call(
            number,
            caller=draw(st.sampled_from([None, *range(number), 99])),
            arguments=draw(st.dictionaries(st.sampled_from(["n", "self"]), SAMPLES)),
            outcome=draw(outcomes),
            hits=draw(st.dictionaries(st.integers(0, 2), st.integers(1, 10**7))),
            samples=draw(st.dictionaries(st.integers(0, 2), named)),
            yielded=tuple(draw(st.lists(SAMPLES, max_size=3))),
            task_name=draw(st.none() | TEXTS),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    branches = draw(
        st.lists(st.builds(Branch, st.just(0), st.just(Extent(2, 7, 2, 8)), st.integers(0), st.integers(0)))
    )
    kept = Settings(max_samples=draw(st.integers(0, 5)), samples=draw(st.sampled_from(["first", "last", "both"])))
    edges = (Edge(0, 1, 0, 3), Edge(None, None, 0, 1))
    return built(*calls, branches=tuple(branches), settings=kept, edges=edges, notes=tuple(draw(st.lists(TEXTS))))
