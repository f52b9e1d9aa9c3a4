"""JSON by orjson: the bytes of the core, in both directions, and what orjson alone would refuse or change."""

import json
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
