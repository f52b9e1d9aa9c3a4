"""Random traces for Hypothesis: all references lead somewhere, all else is as hostile as the types allow."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tracefunc.model import (
    Branch,
    Call,
    Edge,
    Extent,
    Frame,
    Function,
    Outcome,
    Sample,
    Settings,
    Statement,
    Trace,
)

TRICKY = (
    *("", "\x1a", "\x1a\\udc80", "\\u001a", "\ud800", "\udfff\ud800", "\x00", "\x7f", "\u2028", "\ufeff", '"', "\\"),
    *(
        "NaN",
        "0",
        "...",
        "<redacted>",
        '},{"id":',
        "},{",
        '...","statement":',
        '{"$int": "0x1"}',
        "$int",
        "😀" * 50 + "...",
    ),
)
EDGES = (0, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**4000)

texts = st.sampled_from(TRICKY) | st.text(
    st.characters(codec=None) | st.characters(categories=["Cs", "Cc"]) | st.sampled_from('\x1a\\u"d8.'), max_size=8
)
ints = st.integers(-(2**70), 2**70) | st.sampled_from(EDGES)
counts = st.integers(1, 50) | st.sampled_from([2**63, 2**64, 10**4000])
samples = st.builds(Sample, texts, texts)
many_samples = st.lists(samples, max_size=3).map(tuple)
frames = st.lists(st.builds(Frame, texts, texts, ints), max_size=3).map(tuple)
extents = st.builds(Extent, ints, ints, ints, ints)
outcomes = st.builds(Outcome, st.sampled_from(["closed", "unfinished"]) | texts, st.none() | samples)
some_texts = st.lists(texts, max_size=3).map(tuple)
settings = st.builds(Settings, st.none() | counts, st.integers(0, 3), ints, texts, texts, st.none() | texts, some_texts)


def different(items: st.SearchStrategy[Any], key: Callable[[Any], object]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=3, unique_by=key).map(tuple)


@st.composite
def traces(draw: Any) -> Trace:
    statements = tuple(
        Statement(index, draw(texts), draw(texts), draw(extents), draw(some_texts), draw(texts), draw(some_texts))
        for index in range(draw(st.integers(1, 4)))
    )
    ids = st.integers(0, len(statements) - 1)
    functions = tuple(
        Function(
            index,
            *(draw(texts) for _ in range(4)),
            draw(ints),
            draw(texts),
            tuple(draw(st.lists(ids, max_size=3))),
            draw(counts),
        )
        for index in range(draw(st.integers(0, 3)))
    )
    numbers = range(len(functions))
    calls: list[Call] = []
    for index in sorted(draw(st.sets(st.integers(0, 20), max_size=4))) if functions else ():
        hits = draw(st.dictionaries(ids, counts, max_size=3))
        raised = st.builds(Outcome, st.just("raised"), st.none(), texts, texts, st.none() | ids)
        calls.append(
            Call(
                id=index,
                function=draw(st.sampled_from(numbers)),
                caller=draw(st.none() | st.integers(0, 30)),
                caller_statement=draw(st.none() | ids),
                frames=draw(frames),
                frames_above=draw(st.sampled_from([None, *(call.id for call in calls)])),
                start=draw(ints),
                end=draw(st.none() | ints),
                running=draw(ints),
                suspended=draw(ints),
                thread_id=draw(ints),
                thread_name=draw(texts),
                task_name=draw(st.none() | texts),
                arguments=draw(st.dictionaries(texts, samples, max_size=2)),
                outcome=draw(outcomes | raised),
                hits=hits,
                samples={each: draw(st.dictionaries(texts, many_samples, max_size=2)) for each in hits},
                yielded=draw(many_samples),
                sent=draw(many_samples),
                process_id=draw(ints),
            )
        )
    edges = st.builds(Edge, st.none() | st.sampled_from(numbers), st.none() | ids, st.sampled_from(numbers), counts)
    branches = st.builds(Branch, ids, extents, ints, ints)
    return Trace(
        functions,
        statements,
        tuple(draw(st.integers(0, 9) | counts) for _ in statements),
        tuple(calls),
        draw(different(edges, lambda edge: (edge.caller, edge.statement, edge.callee))) if functions else (),
        draw(ints),
        draw(ints),
        draw(ints),
        draw(texts),
        draw(different(branches, lambda branch: (branch.statement, branch.extent))),
        draw(settings),
        draw(some_texts),
    )
