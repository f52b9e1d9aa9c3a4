"""Traces of several threads, processes and sessions as one."""

import contextlib
import multiprocessing
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.documents import traces
from tracefunc import Branch, Extent, Frame, Trace, Tracer
from tracefunc.document import dumps, loads


def leaf(n: int) -> int:
    if n < 0:
        raise ValueError(n)
    return n * 2


def tree(n: int) -> int:
    def inner(k: int) -> int:
        return leaf(k) + 1

    return sum(inner(k) for k in range(n))


def alone(n: int) -> int:
    return n + 1


def traced(*targets: Any, run: Any, **options: Any) -> Trace:
    with Tracer(*targets, **options) as tracer:
        run()
    return tracer.trace()


def function(trace: Trace, name: str) -> Any:
    (found,) = [each for each in trace.functions if each.qualname == name]
    return found


def hits(trace: Trace, snippet: str) -> int:
    (found,) = [trace.hits[each.id] for each in trace.statements if each.snippet == snippet]
    return found


def test_functions_are_one_and_what_is_counted_is_added_up() -> None:
    one = traced(leaf, tree, run=lambda: tree(3))
    two = traced(tree, alone, leaf, run=lambda: (tree(2), alone(1)))
    merged = one.merge(two)
    assert [each.qualname for each in merged.functions] == ["leaf", "tree", "alone"]
    assert [each.calls for each in merged.functions] == [5, 2, 1]
    assert hits(merged, "return leaf(k) + 1") == 5
    assert hits(merged, "return n + 1") == 1
    assert sum(edge.calls for edge in merged.edges) == 8
    (edge,) = [e for e in merged.edges if e.callee == function(merged, "leaf").id and e.caller is not None]
    assert (merged.functions[edge.caller].qualname, edge.calls) == ("tree", 5)
    assert [each.id for each in merged.functions] == [0, 1, 2]
    assert [each.id for each in merged.statements] == list(range(len(merged.statements)))


def test_every_reference_of_a_call_leads_to_the_same_as_before() -> None:
    one = traced(tree, leaf, run=lambda: tree(3))
    two = traced(leaf, tree, run=lambda: (tree(2), suppressed(leaf, -1)))
    merged = two.merge(one)
    assert [call.start for call in merged.calls] == sorted(call.start for call in merged.calls)
    assert all(before.id < after.id for before, after in pairwise(merged.calls))
    originals = {call.start: (trace, call) for trace in (one, two) for call in trace.calls}
    by_id = {call.id: call for call in merged.calls}
    for call in merged.calls:
        trace, old = originals[call.start]
        assert merged.functions[call.function].qualname == trace.functions[old.function].qualname
        assert merged.stack(call) == trace.stack(old)
        assert snippets(merged, call.hits) == snippets(trace, old.hits)
        assert snippets(merged, call.samples) == snippets(trace, old.samples)
        assert statement(merged, call.caller_statement) == statement(trace, old.caller_statement)
        assert statement(merged, call.outcome.statement) == statement(trace, old.outcome.statement)
        for above in trace.calls:
            if above.id == old.caller:
                assert call.caller is not None
                assert by_id[call.caller].start == above.start


def suppressed(function: Any, *args: Any) -> None:
    with contextlib.suppress(ValueError):
        function(*args)


def snippets(trace: Trace, mapping: Any) -> dict[str, Any]:
    return {trace.statements[index].snippet: value for index, value in mapping.items()}


def statement(trace: Trace, index: int | None) -> str | None:
    return None if index is None else trace.statements[index].snippet


def test_a_caller_without_detail_keeps_an_id_of_its_own() -> None:
    one = traced(tree, run=lambda: None)
    with Tracer(tree, leaf, max_calls=1) as tracer:
        tree(1)
    with Tracer(leaf, max_calls=None) as leaves, Tracer(tree, max_calls=0):
        tree(2)
    two = tracer.trace()
    detached = replace(two, calls=tuple(replace(call, frames_above=None) for call in two.calls[1:]))
    merged = one.merge(detached, leaves.trace(), detached)
    callers = [call.caller for call in merged.calls if call.caller is not None]
    assert len(callers) == len(set(callers)) == 2
    assert {call.id for call in merged.calls}.isdisjoint(callers)


def test_a_function_whose_source_has_changed_is_another() -> None:
    one = traced(alone, run=lambda: alone(1))
    other = replace(one, functions=(replace(one.functions[0], source="def alone(n):\n    return n + 2"),))
    merged = one.merge(other)
    assert [each.qualname for each in merged.functions] == ["alone", "alone"]
    assert merged.hits == (1, 1)


def test_equal_lambdas_of_one_line_stay_apart() -> None:
    pair = [lambda n: n, lambda n: n]
    one = traced(*pair, run=lambda: (pair[0](1), pair[1](2), pair[1](3)))
    assert one.merge(one).hits == tuple(2 * number for number in one.hits)
    assert len(one.merge(one).functions) == len(one.functions)


def test_a_nested_function_that_is_a_target_elsewhere_has_its_statements_once() -> None:
    def outer() -> Any:
        def inner(n: int) -> int:
            return n - 1

        return inner

    escaped = traced(outer, run=lambda: outer()(3))
    inner_alone = traced(inner := outer(), run=lambda: inner(4))
    for merged in (escaped.merge(inner_alone), escaped.merge(escaped)):
        assert len({(each.extent, each.kind) for each in merged.statements}) == len(merged.statements)
        assert hits(merged, "return n - 1") == 2
    assert hits(inner_alone.merge(escaped), "return n - 1") == 2


def test_statements_that_only_one_version_of_python_has_take_their_place_in_the_source() -> None:
    one = traced(tree, run=lambda: tree(1))
    first, *rest = one.functions[0].statements
    fewer = replace(one, functions=(replace(one.functions[0], statements=tuple(rest)),))
    merged = fewer.merge(one)
    extents = [merged.statements[index].extent for index in merged.functions[0].statements]
    assert extents == [one.statements[index].extent for index in (first, *rest)]


def test_branches_are_added_up() -> None:
    branch = Branch(0, Extent(1, 2, 3, 4), 5, 6)
    one = replace(traced(leaf, run=lambda: leaf(1)), branches=(branch,))
    two = replace(one, branches=(branch, replace(branch, extent=Extent(1, 2, 3, 9))))
    assert one.merge(two).branches == (replace(branch, true=10, false=12), two.branches[1])


def test_times_notes_settings_and_versions_are_those_of_all() -> None:
    one = replace(traced(leaf, run=lambda: leaf(1)), notes=("a", "b"), python="3.12.1")
    two = replace(traced(leaf, run=lambda: leaf(1), max_calls=3), notes=("b", "c"), python="3.13.2")
    merged = two.merge(one)
    assert (merged.start, merged.end) == (one.start, two.end)
    assert merged.python == "3.13.2, 3.12.1"
    assert merged.settings == two.settings
    assert merged.notes[:3] == ("b", "c", "a")
    assert "different settings" in merged.notes[3]


def test_a_trace_alone_is_itself() -> None:
    trace = traced(leaf, run=lambda: leaf(1))
    assert trace.merge() is trace


def test_what_a_newer_version_knows_is_left_out_and_noted() -> None:
    document = traced(leaf, run=lambda: leaf(1)).to_dict()
    document["calls"][0]["parent"] = 0
    trace = Trace.from_dict(document)
    merged = trace.merge(trace)
    assert merged.unknown is None
    assert "left out when traces were merged" in merged.notes[0]


def test_traces_of_threads_are_merged() -> None:
    found: list[Trace] = []

    def work(n: int) -> None:
        with Tracer(alone) as tracer:
            alone(n)
        found.append(tracer.trace())

    for number in range(3):
        thread = threading.Thread(target=work, args=(number,), name=f"worker-{number}")
        thread.start()
        thread.join()
    merged = found[0].merge(*found[1:])
    assert [call.thread_name for call in merged.calls] == ["worker-0", "worker-1", "worker-2"]
    assert merged.functions[0].calls == 3


def work_in_process(folder: str, number: int) -> None:
    with Tracer(tree, leaf) as tracer:
        tree(number)
    tracer.trace().save(Path(folder) / f"{number}.jsonl")


@pytest.mark.skipif("coverage" in sys.modules and sys.platform == "darwin", reason="spawned processes are slow there")
def test_traces_of_processes_are_merged(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work_in_process, args=(str(tmp_path), number)) for number in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    one, two = (Trace.load(tmp_path / f"{number}.jsonl") for number in (1, 2))
    merged = one.merge(two)
    assert len({call.process_id for call in merged.calls}) == 2
    assert function(merged, "leaf").calls == 3
    assert loads(dumps(merged)) == merged
    assert all(merged.stack(call)[-1].name == merged.functions[call.function].qualname for call in merged.calls)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(traces(), min_size=2, max_size=3))
def test_nothing_is_lost_whatever_is_merged(several: list[Trace]) -> None:
    merged = several[0].merge(*several[1:])
    assert loads(dumps(merged)) == merged
    assert sum(merged.hits) == sum(sum(trace.hits) for trace in several)
    assert sum(each.calls for each in merged.functions) == sum(f.calls for trace in several for f in trace.functions)
    assert sum(edge.calls for edge in merged.edges) == sum(edge.calls for trace in several for edge in trace.edges)
    assert len(merged.calls) == sum(len(trace.calls) for trace in several)
    stacks = sorted(trace.stack(call) for trace in several for call in trace.calls)
    assert sorted(merged.stack(call) for call in merged.calls) == stacks
    assert all(isinstance(frame, Frame) for stack in stacks for frame in stack)
