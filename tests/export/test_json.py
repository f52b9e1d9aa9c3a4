"""JSON by orjson: the bytes of the core, in both directions, and what orjson alone would refuse or change."""

import gc
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.documents import traces
from tracefunc import Sample, Trace, TraceFileError, Tracer, TraceWarning
from tracefunc import document as core
from tracefunc_export import json as fast
from tracefunc_export._batch import calls_of


def half(n: int) -> int:
    if n % 2:
        raise ValueError("odd")
    return n // 2


def halves(top: int) -> int:
    return sum(half(n) for n in range(0, top, 2))


def traced() -> Trace:
    with Tracer(half, halves, max_calls=None) as tracer:
        halves(1500)  # more calls than are encoded at once
        with pytest.raises(ValueError, match="odd"):
            half(1)
    return tracer.trace()


TRACE = traced()
SMALL = replace(TRACE, calls=TRACE.calls[:3])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(traces(), st.booleans())
@example(TRACE, False)
@example(TRACE, True)
def test_both_write_the_same_bytes_and_read_what_the_other_wrote(trace: Trace, lines: bool) -> None:
    data = fast.dumps(trace, lines=lines)
    assert data == core.dumps(trace, lines=lines)
    assert fast.loads(data) == core.loads(data) == trace


@pytest.mark.parametrize("form", ["json", "jsonl", "json.gz", "jsonl.gz"])
def test_files_are_the_same_and_read_by_both(tmp_path: Path, form: str) -> None:
    fast.save(TRACE, tmp_path / f"fast.{form}")
    TRACE.save(tmp_path / f"core.{form}")
    assert (tmp_path / f"fast.{form}").read_bytes() == (tmp_path / f"core.{form}").read_bytes()
    assert Trace.load(tmp_path / f"fast.{form}") == fast.load(tmp_path / f"core.{form}") == TRACE


def test_a_file_is_read_record_by_record(tmp_path: Path) -> None:
    fast.save(TRACE, tmp_path / "t.jsonl")
    assert list(fast.scan(tmp_path / "t.jsonl")) == list(core.scan(tmp_path / "t.jsonl"))


def test_what_the_core_writes_is_read_by_orjson_alone() -> None:
    call = replace(SMALL.calls[0], thread_id=2**200, thread_name="\udc80", arguments={"\ud800": Sample("\x1a", "NaN")})
    trace = replace(SMALL, calls=(call,))
    assert orjson.loads(core.dumps(trace)) == trace.to_dict()
    with pytest.raises(TypeError):
        orjson.dumps(call.thread_id)
    with pytest.raises(TypeError):
        orjson.dumps(call.thread_name)


@pytest.mark.parametrize("number", [2**64, 2**70, -(2**63) - 1, 10**30])
def test_a_large_integer_in_an_unknown_field_is_not_made_a_float(number: int) -> None:
    document = SMALL.to_dict()
    document["version"] = [1, 1]
    document["calls"][0]["energy"] = number
    data = json.dumps(document).encode()
    with pytest.warns(TraceWarning):
        trace = fast.loads(data)
    assert trace.unknown == core_unknown(data)
    with pytest.warns(TraceWarning):
        again = fast.loads(fast.dumps(trace))
    assert again.unknown == trace.unknown
    assert again.unknown is not None
    assert again.unknown.fields["call", 0] == {"energy": number}


def core_unknown(data: bytes) -> Any:
    with pytest.warns(TraceWarning):
        return core.loads(data).unknown


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("value", [1.5, 1e16, 1e-7, True, None, [1], {"id": [{"id": 1}, {"id": 2}]}, "\udc80"])
def test_unknown_fields_are_written_as_the_core_writes_them(value: Any, lines: bool) -> None:
    document = SMALL.to_dict()
    document["colour"] = document["calls"][1]["colour"] = document["calls"][2]["outcome"]["colour"] = value
    trace = Trace.from_dict(document)
    data = core.dumps(trace, lines=lines)
    assert fast.dumps(trace, lines=lines) == data
    assert fast.loads(data).unknown == core.loads(data).unknown == trace.unknown


def test_a_text_that_orjson_refuses_to_read_is_read() -> None:
    data = core.dumps(replace(SMALL, python="@")).replace(b'"@"', rb'"\ud800"')
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(data)
    assert fast.loads(data).python == "\ud800"
    assert fast.loads(b"\xef\xbb\xbf" + data).python == "\ud800"


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("end", [0, 10, 500, 3000])
def test_damage_is_told_as_the_core_tells_it(lines: bool, end: int) -> None:
    data = core.dumps(SMALL, lines=lines)[:end]
    assert told(fast.loads, data) == told(core.loads, data)


def told(loads: Any, data: bytes) -> Any:
    try:
        return loads(data)
    except TraceFileError as error:
        return str(error)


def test_an_object_that_is_no_part_of_a_trace_is_refused() -> None:
    wrong = replace(SMALL, calls=(replace(SMALL.calls[0], arguments={"n": object()}),))  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="a trace holds no object"):
        fast.dumps(wrong)


def test_calls_are_made_of_their_records_many_at_once() -> None:
    calls = calls_of(TRACE.to_dict()["calls"])
    assert calls == list(TRACE.calls)
    assert {type(call) for call in calls} == {type(TRACE.calls[0])}
    assert hash(calls[0].outcome) == hash(TRACE.calls[0].outcome)
    with pytest.raises(AttributeError):
        calls[0].id = 1  # type: ignore[misc]


def without_defaults(call: dict[str, Any]) -> None:
    del call["yielded"], call["process_id"]


def in_another_order(call: dict[str, Any]) -> None:
    call["id"] = call.pop("id")


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "an absent field": without_defaults,
    "another order": in_another_order,
    "an unknown field": lambda call: call.update(call={"id": 1}),
    "an unknown field of an object": lambda call: call["outcome"].update(colour="red"),
    "a missing field": lambda call: call.pop("id"),
    "a boolean for a number": lambda call: call.update(start=True),
    "a fraction": lambda call: call["hits"].update({"0": 1.5}),
    "an id that is none": lambda call: call["hits"].update({"x": 1}),
    "an unknown statement": lambda call: call["hits"].update({"99": 1}),
    "an unknown function": lambda call: call.update(function=99),
    "a text for a sample": lambda call: call["arguments"].update(n="ab"),
    "a sample of three": lambda call: call["arguments"].update(n=["a", "b", "c"]),
    "a number in a sample": lambda call: call["samples"]["0"].update(n=[["int", 1]]),
    "an object for a sample": lambda call: call["samples"]["0"].update(n=[{"a": 1, "b": 2}]),
    "a list for samples": lambda call: call.update(samples=[]),
    "an object in a stack": lambda call: call["frames"].append({"call": {}}),
    "a frame of two": lambda call: call["frames"].append(["a", "b"]),
    "no outcome": lambda call: call.update(outcome=None),
    "the call of another": lambda call: call.update(frames_above=10**6),
    "a large number": lambda call: call.update(thread_id={"$int": hex(2**100)}),
    "a lone surrogate": lambda call: call.update(thread_name="\x1a\\udc80"),
}


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_one_odd_call_among_many_is_read_as_the_core_reads_it(change: Callable[[Any], object], lines: bool) -> None:
    document = TRACE.to_dict()
    change(document["calls"][400])
    if lines:
        kinds = {"statements": "statement", "functions": "function", "edges": "edge", "branches": "branch"}
        rest = {"calls", "totals", "manifest", *kinds}
        records = [{"header": {name: each for name, each in document.items() if name not in rest}}]
        records += [{kind: each} for section, kind in kinds.items() for each in document[section]]
        records += [{"totals": document["totals"]}, *({"call": each} for each in document["calls"])]
        records += [{"footer": {"lines": len(records), "manifest": document["manifest"]}}]
    else:
        records = [document]
    data = b"".join(orjson.dumps(each) + b"\n" for each in records)
    assert told(fast.loads, data) == told(core.loads, data)
    unknown = [getattr(told(loads, data), "unknown", None) for loads in (fast.loads, core.loads)]
    assert unknown[0] == unknown[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n", b"\r\n"),
        (b'{"call":{"id":500,', b'\n\n{"call":{"id":500,'),
        (b'{"call":{"id":500,', b'{"call":{"id":500},'),
        (b'{"call":{"id":500,', b'{"call":\n{"id":500,'),
        (b'}}\n{"call":{"id":500,', b'}},{"call":{"id":500,'),
        (b'"frames":[', b'"frames":[1\n'),
        (b'{"call":{"id":500,', b'{"call":{"id":500},"call":{"id":500,'),
        (b'{"call":{"id":500,', b'{"header":{}}\n{"call":{"id":500,'),
    ],
)
def test_damaged_lines_among_many_are_told_as_the_core_tells_them(tmp_path: Path, old: bytes, new: bytes) -> None:
    data = core.dumps(TRACE, lines=True)
    assert old in data
    data = data.replace(old, new)
    assert told(fast.loads, data) == told(core.loads, data)
    (tmp_path / "t.jsonl").write_bytes(data)
    assert told(list, fast.scan(tmp_path / "t.jsonl")) == told(list, core.scan(tmp_path / "t.jsonl"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b',"calls":[', b',"new":{"calls":[],"manifest":{}},"calls":['),
        (b',"calls":[', b',"calls":[],"calls":['),
        (b'],"manifest":', b'],"calls":[],"manifest":'),
        (b'],"manifest":', b'],"others":[{"new":[1],"manifest":2}],"manifest":'),
        (b'},{"id":500,', b'},[],{"id":500,'),
        (b'},{"id":500,', b'},{"id":500},{"id":'),
        (b'},{"id":500,', b'}],"calls":[{"id":500,'),
        (b'},{"id":500,', b'} , {"id" :500,'),
        (b',"calls":[', b',"calls":[ ],"new":['),
        (b'],"manifest":', b',],"manifest":'),
    ],
)
def test_a_document_that_is_no_usual_one_is_read_as_the_core_reads_it(old: bytes, new: bytes) -> None:
    data = core.dumps(TRACE)
    assert old in data
    data = data.replace(old, new)
    one, other = told(fast.loads, data), told(core.loads, data)
    assert one == other
    assert getattr(one, "unknown", None) == getattr(other, "unknown", None)


@pytest.mark.parametrize("is_on", [True, False])
def test_the_search_for_cycles_is_afterwards_as_it_was(is_on: bool) -> None:
    was_on = gc.isenabled()
    try:
        (gc.enable if is_on else gc.disable)()
        fast.loads(core.dumps(SMALL))
        assert gc.isenabled() is is_on
        with pytest.raises(TraceFileError):
            fast.loads(b"{")
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if was_on else gc.disable)()
