"""Traces as documents and files: what is written, what comes back, and what of a damaged file."""

import gzip
import json
import os
import pickle
import stat
import subprocess
import sys
import threading
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.documents import traces
from tracefunc import (
    Branch,
    Call,
    Edge,
    Function,
    Outcome,
    Sample,
    Settings,
    Statement,
    Trace,
    TraceError,
    TraceFileError,
    Tracer,
    TraceWarning,
)
from tracefunc.document import Footer, Header, Lost, Manifest, Other, Totals, dumps, loads, scan, schema

FORMS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
EMPTY = Trace((), (), (), (), (), 0, 0, 0, "")


def half(n: int) -> int:
    if n % 2:
        raise ValueError("odd")
    return n // 2


def halves(top: int, password: str = "") -> int:
    total = 0
    for n in range(0, top, 2):
        total += half(n)
    text = "x" * top
    return total + len(text)


def traced(**options: Any) -> Trace:
    with Tracer(half, halves, **options) as tracer:
        halves(12)
        halves(100, "hunter2")
        with pytest.raises(ValueError, match="odd"):
            half(3)
    return tracer.trace()


TRACE = traced()


def members(data: bytes) -> Any:
    return json.loads(data)


# The round trip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(traces())
@example(EMPTY)
@example(TRACE)
def test_a_trace_comes_back_from_its_document_and_its_lines_as_it_was(trace: Trace) -> None:
    assert Trace.from_dict(trace.to_dict()) == trace
    assert loads(dumps(trace)) == trace
    assert loads(dumps(trace, lines=True)) == trace


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(traces(), st.booleans())
@example(EMPTY, False)
@example(TRACE, True)
def test_a_trace_that_is_loaded_and_written_again_is_the_same_bytes(trace: Trace, lines: bool) -> None:
    data = dumps(trace, lines=lines)
    assert dumps(loads(data), lines=lines) == data == dumps(trace, lines=lines)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_the_trace_and_two_hold_the_same_bytes(tmp_path: Path, form: str) -> None:
    TRACE.save(tmp_path / f"one{form}")
    TRACE.save(str(tmp_path / f"two{form}"))
    assert Trace.load(tmp_path / f"one{form}") == TRACE
    assert (tmp_path / f"one{form}").read_bytes() == (tmp_path / f"two{form}").read_bytes()


def test_a_compressed_file_is_one_that_gzip_reads(tmp_path: Path) -> None:
    TRACE.save(tmp_path / "t.json.gz")
    assert gzip.decompress((tmp_path / "t.json.gz").read_bytes()) == dumps(TRACE)


def test_a_document_is_what_a_parser_makes_of_the_file() -> None:
    assert TRACE.to_dict() == members(dumps(TRACE))


def test_a_file_is_known_by_what_it_holds_and_not_by_its_name(tmp_path: Path) -> None:
    TRACE.save(tmp_path / "t.jsonl.gz")
    (tmp_path / "t.json").write_bytes((tmp_path / "t.jsonl.gz").read_bytes())
    assert Trace.load(tmp_path / "t.json") == TRACE


def test_a_document_may_be_laid_out_by_hand_and_begin_with_a_byte_order_mark() -> None:
    pretty = json.dumps(TRACE.to_dict(), indent=2, ensure_ascii=True).encode("utf-8-sig")
    assert loads(pretty) == TRACE


def test_texts_and_integers_that_json_readers_dispute_are_written_as_all_take_them() -> None:
    call = replace(TRACE.calls[0], thread_id=2**64, thread_name="\udc80\x1a", arguments={"\ud800": Sample("a", "b")})
    trace = replace(TRACE, calls=(call, *TRACE.calls[1:]))
    data = dumps(trace)
    written = members(data)["calls"][0]
    assert written["thread_id"] == {"$int": "0x10000000000000000"}
    assert written["thread_name"] == "\x1a\\udc80\x1a\x1a"
    assert written["arguments"] == {"\x1a\\ud800": ["a", "b"]}
    assert b"\\ud" not in data.replace(b"\\\\ud", b"")
    assert loads(data) == trace


def test_an_integer_may_have_more_digits_than_python_prints() -> None:
    trace = replace(TRACE, start=10**5000, end=-(10**5000))
    assert loads(dumps(trace)) == Trace.from_dict(trace.to_dict()) == trace


def test_surrogates_that_another_producer_wrote_as_escapes_are_read() -> None:
    data = dumps(replace(TRACE, python="@")).replace(b'"@"', rb'"\ud800"')
    assert loads(data).python == "\ud800"


def test_a_trace_with_unknown_fields_can_be_pickled_and_compares_without_them() -> None:
    document = TRACE.to_dict()
    document["colour"] = "red"
    trace = Trace.from_dict(document)
    assert trace == TRACE
    assert pickle.loads(pickle.dumps(trace)).to_dict() == document


# The schema


@cache
def validator(part: str) -> Draft202012Validator:
    """A validator that takes no field that the schema does not name."""

    def close(node: Any) -> Any:
        if isinstance(node, list):
            return [close(each) for each in node]
        if not isinstance(node, dict):
            return node
        closed = {key: close(value) for key, value in node.items()}
        if "properties" in node and node.get("type") == "object":
            closed["additionalProperties"] = False
        return closed

    strict = {**close(schema()), "$ref": f"#/$defs/{part}"}
    Draft202012Validator.check_schema(strict)
    return Draft202012Validator(strict)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(traces())
@example(EMPTY)
@example(TRACE)
def test_every_document_and_line_is_valid_by_the_schema(trace: Trace) -> None:
    validator("document").validate(trace.to_dict())
    for line in dumps(trace, lines=True).splitlines():
        validator("line").validate(members(line))


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("header", Header),
        ("statement", Statement),
        ("function", Function),
        ("edge", Edge),
        ("branch", Branch),
        ("totals", Totals),
        ("call", Call),
        ("footer", Footer),
        ("settings", Settings),
        ("outcome", Outcome),
        ("manifest", Manifest),
    ],
)
def test_the_schema_has_the_fields_of_the_model(name: str, model: Any) -> None:
    known = schema()["$defs"][name]["properties"]
    assert {*known} - {"$schema"} == {each.name for each in fields(model)}


def test_the_schema_refuses_what_is_no_trace() -> None:
    document = TRACE.to_dict()
    assert not Draft202012Validator(schema()).is_valid({**document, "version": [2, 0]})
    assert not Draft202012Validator(schema()).is_valid({**document, "calls": [{}]})
    assert Draft202012Validator(schema()).is_valid({**document, "colour": "red"})


def test_a_document_names_its_schema() -> None:
    assert TRACE.to_dict()["$schema"] == schema()["$id"]


# What is left out


def test_the_manifest_says_what_was_capped_truncated_redacted_and_left_without_detail() -> None:
    trace = traced(max_calls=2, max_samples=3)
    ids = {statement.snippet: str(statement.id) for statement in trace.statements}
    manifest = trace.to_dict()["manifest"]
    calls = {function.qualname: str(function.id) for function in trace.functions}
    assert manifest["without_detail"] == {calls["half"]: 6 + 50 + 1 - 2}
    loop, body = 7 + 51 - 6, 6 + 50 - 6
    assert manifest["capped"] == {ids["for n in range(0, top, 2):"]: loop, ids["total += half(n)"]: body}
    assert manifest["truncated"] == 2  # `text`, where it is made and where it is returned
    hidden = replace(
        trace.calls[0], arguments={"a": Sample("str", "<redacted>"), "b": Sample("dict", "{'c': <redacted>}")}
    )
    before = replace(trace, calls=(replace(trace.calls[0], arguments={}), *trace.calls[1:])).to_dict()["manifest"]
    found = replace(trace, calls=(hidden, *trace.calls[1:])).to_dict()["manifest"]
    assert found["redacted"] == before["redacted"] + 2


def test_without_samples_every_hit_of_a_statement_with_names_is_capped() -> None:
    trace = traced(max_samples=0)
    hits = sum(trace.hits[each.id] for each in trace.statements if each.scope == "halves" and each.names)
    capped = trace.to_dict()["manifest"]["capped"]
    assert sum(capped[str(each.id)] for each in trace.statements if each.scope == "halves" and each.names) == hits


# Newer versions


NEW_CALL = {"energy": [1.5, {"deep": [{"id": 1}, {"id": 2}]}], "huge": 2**70}


def newer() -> dict[str, Any]:
    document = TRACE.to_dict()
    document["version"] = [1, 7]
    document["colour"] = {"id": [{"id": 1}, {"id": 2}]}
    document["settings"]["mood"] = "good"
    document["statements"][1]["weight"] = 1
    document["functions"][0]["tags"] = ["a"]
    document["edges"][0]["cost"] = 2
    document["calls"][1] = {**document["calls"][1], **NEW_CALL}
    document["calls"][2]["outcome"]["traceback"] = None
    document["totals"]["energy"] = 3
    document["manifest"]["lost"] = 0
    document["others"] = [{"weather": {"id": 1}}, {"weather": 2}]
    return document


@pytest.mark.parametrize("lines", [False, True])
def test_what_a_newer_minor_version_has_survives_loading_and_saving(lines: bool) -> None:
    document = newer()
    with pytest.warns(TraceWarning, match=r"version 1\.7 .* is kept"):
        trace = Trace.from_dict(document)
    data = dumps(trace, lines=lines)
    with pytest.warns(TraceWarning, match=r"version 1\.7"):
        again = loads(data)
    assert again == TRACE
    restored = again.to_dict()
    assert restored.pop("calls")[1].pop("huge") == {"$int": hex(2**70)}
    for one in (restored, document):
        one.pop("calls", None)
    assert restored == document
    assert again.to_dict()["calls"][1]["energy"] == NEW_CALL["energy"]
    assert "traceback" in again.to_dict()["calls"][2]["outcome"]


@pytest.mark.parametrize("lines", [False, True])
def test_another_major_version_is_refused_in_words(lines: bool) -> None:
    data = dumps(TRACE, lines=lines).replace(b'"version":[1,0]', b'"version":[2,3]')
    with pytest.raises(TraceFileError, match=r"version 2\.3 of the format, and this tracefunc reads 1\.x"):
        loads(data)


def test_a_field_that_has_a_default_may_be_absent() -> None:
    document = TRACE.to_dict()
    for call in document["calls"]:
        del call["yielded"], call["sent"]
    assert Trace.from_dict(document) == TRACE


# Damage


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda document: document["calls"][1].pop("start"), r"calls\[1\]: the field 'start' is missing"),
        (lambda document: document["calls"][1].update(start="x"), r"calls\[1\]: the field 'start' cannot be 'x'"),
        (lambda document: document["calls"][0].update(frames=[[1]]), r"calls\[0\]: the field 'frames' cannot be"),
        (lambda document: document["calls"][0].update(samples={"a": {}}), r"the field 'samples' cannot be"),
        (lambda document: document["calls"][0].update(id=True), r"the field 'id' cannot be True"),
        (lambda document: document["calls"][0].update(function=9), r"the record is missing of function 9"),
        (lambda document: document["calls"][0].update(frames_above=99), r"stack of a call that has no record"),
        (lambda document: document["calls"][0].update(frames_above=0), r"stack of a call that has no record"),
        (lambda document: document["functions"].pop(), r"the record is missing of function 1"),
        (lambda document: document["statements"].pop(0), r"the record is missing of statement 0"),
        (lambda document: document["totals"]["hits"].update({"99999999999": 1}), r"statement 99999999999 cannot be"),
        (lambda document: document["totals"]["hits"].update({"-1": 1}), r"statement -1 cannot be"),
        (lambda document: document.pop("totals"), r"the object 'totals' is missing"),
        (lambda document: document.pop("edges"), r"the list 'edges' is missing"),
        (lambda document: document.update(calls=5), r"the list 'calls' is missing"),
        (lambda document: document.update(settings=None), r"the header: the field 'settings' cannot be None"),
        (lambda document: document.update(version="1.0"), r"the version must be two numbers"),
        (lambda document: document.update(format="other"), r"expected an object with the format 'tracefunc'"),
    ],
)
def test_a_damaged_document_is_refused_in_words(change: Any, message: str) -> None:
    document = TRACE.to_dict()
    change(document)
    with pytest.raises(TraceFileError, match=message):
        Trace.from_dict(document)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"[]", "this is no trace"),
        (b"null", "this is no trace"),
        (b"nonsense", "this is no trace: Expecting value at column 1"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b"\xff\xfe", "no UTF-8 at byte 0"),
        (b'{"format": "tracefunc"', "delimiter at column"),
        (b"[" * 100_000, ""),
        (b'{"a": ' + b"9" * 5000 + b"}", "integer string"),
        (b"\x1f\x8b\x08nonsense", "compressed data"),
        (gzip.compress(b"x" * 5000, mtime=0)[:-9], "compressed data has no end"),
        (b'{"header": 5}\n', "line 1: expected a header"),
        (b'{"header"', "line 1: .* at column 10"),
    ],
)
def test_what_is_no_trace_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(TraceFileError, match=f"^the data: .*{message}"):
        loads(data)


def test_the_error_is_a_trace_error_and_a_value_error_and_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(TraceError, match=r"broken\.json: ") as caught:
        Trace.load(tmp_path / "broken.json")
    assert isinstance(caught.value, ValueError)
    with pytest.raises(FileNotFoundError):
        Trace.load(tmp_path / "absent.json")


def test_a_document_cut_anywhere_is_refused() -> None:
    data = dumps(TRACE)
    for end in [*range(0, len(data) - 2, 97), len(data) - 2]:
        with pytest.raises(TraceFileError):
            loads(data[:end])


def test_of_lines_cut_anywhere_comes_all_that_is_whole() -> None:
    data = dumps(TRACE, lines=True)
    header = data.index(b"\n") + 1
    for end in [*range(header, len(data) - 2, 61), len(data) - 2]:
        trace = loads(data[:end])
        whole = data[: end + 1].split(b"\n")[:-1]  # a line that lacks nothing but its end is whole
        assert len(trace.calls) == sum(line.startswith(b'{"call"') for line in whole)
        assert trace.calls == TRACE.calls[: len(trace.calls)]
        if any(line.startswith(b'{"totals"') for line in whole):
            assert (trace.hits, trace.functions) == (TRACE.hits, TRACE.functions)
        assert trace.notes != ()
    with pytest.raises(TraceFileError):
        loads(data[: header - 2])


@pytest.mark.parametrize("cut", [100, 1000, 8])
def test_of_compressed_lines_cut_anywhere_comes_all_that_is_whole(tmp_path: Path, cut: int) -> None:
    long = traced(max_calls=None)
    long.save(tmp_path / "t.jsonl.gz")
    (tmp_path / "cut.jsonl.gz").write_bytes((tmp_path / "t.jsonl.gz").read_bytes()[:-cut])
    trace = Trace.load(tmp_path / "cut.jsonl.gz")
    assert trace.calls == long.calls[: len(trace.calls)]
    assert "the compressed data has no end" in trace.notes[-1]


def lines_without(*kinds: bytes) -> bytes:
    lines = dumps(TRACE, lines=True).splitlines(keepends=True)
    lost: set[bytes] = set()
    kept = []
    for line in lines:
        kind = line[: line.index(b":")]
        if kind in kinds and kind not in lost:
            lost.add(kind)
            line = line[:-10] + b"\n"
        kept.append(line)
    return b"".join(kept)


def test_a_damaged_line_is_left_out_and_noted() -> None:
    trace = loads(lines_without(b'{"call"'))
    assert trace.calls == tuple(
        replace(call, frames_above=None) if call.frames_above == 0 else call for call in TRACE.calls[1:]
    )
    assert [note[:8] for note in trace.notes[-1:]] == ["the file"]
    assert any("line" in note and "at column" in note for note in trace.notes)
    assert trace.stack(trace.calls[0])


def test_a_lost_statement_or_function_has_a_stand_in() -> None:
    trace = loads(lines_without(b'{"statement"', b'{"function"'))
    assert (trace.statements[0].snippet, trace.functions[0].qualname) == ("<lost>", "<lost>")
    assert (trace.hits, trace.calls, trace.edges) == (TRACE.hits, TRACE.calls, TRACE.edges)
    assert str(trace)
    assert sum("stands for it" in note for note in trace.notes) == 2


def test_lines_that_are_missing_are_noted() -> None:
    lines = dumps(TRACE, lines=True).splitlines(keepends=True)
    assert "1 lines are missing" in loads(b"".join([*lines[:-3], *lines[-2:]])).notes[-1]


def test_two_traces_in_one_file_are_refused() -> None:
    with pytest.raises(TraceFileError, match="a second trace begins in line"):
        loads(dumps(TRACE, lines=True) * 2)


def test_notes_about_many_damaged_lines_are_few() -> None:
    data = dumps(TRACE, lines=True)
    assert len(loads(data + b"?\n" * 1000).notes) < 30


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.booleans())
def test_whatever_happens_to_the_bytes_a_trace_comes_back_or_a_clear_error(data: Any, lines: bool) -> None:
    good = bytearray(dumps(TRACE, lines=lines))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(good) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "insert", "swap"]))
        if how == "set":
            good[at] = data.draw(st.sampled_from(b'0123456789{}[]",:nt\\ \n\xff'))
        elif how == "cut":
            del good[at : at + data.draw(st.integers(1, 200))]
        elif how == "insert":
            good[at:at] = data.draw(st.sampled_from([b"\n", b'{"', b"null", b"-9", b"1e999", b"[[", b'"$int"']))
        else:
            good[at : at + 40] = good[at : at + 40][::-1]
    try:
        trace = loads(bytes(good))
    except TraceFileError:
        return
    assert loads(dumps(trace)) == trace
    assert all(trace.stack(call) for call in trace.calls if call.frames)


# Reading record by record


def test_scan_yields_each_record_of_a_file(tmp_path: Path) -> None:
    TRACE.save(tmp_path / "t.jsonl.gz")
    records = list(scan(tmp_path / "t.jsonl.gz"))
    assert isinstance(records[0], Header)
    assert tuple(each for each in records if isinstance(each, Call)) == TRACE.calls
    assert tuple(each for each in records if isinstance(each, Statement)) == TRACE.statements
    assert tuple(each for each in records if isinstance(each, Function)) == TRACE.functions
    assert tuple(each for each in records if isinstance(each, Edge)) == TRACE.edges
    assert [each.end for each in records if isinstance(each, Totals)] == [TRACE.end]
    assert isinstance(records[-1], Footer)
    assert records[-1].lines == len(records) - 1


def test_scan_says_what_is_lost_and_what_it_does_not_know(tmp_path: Path) -> None:
    data = dumps(TRACE, lines=True).replace(b'{"edge"', b'{"edgy"')
    (tmp_path / "t.jsonl").write_bytes(data[:-30])
    records = list(scan(tmp_path / "t.jsonl"))
    assert [type(each) for each in records].count(Other) == len(TRACE.edges)
    assert isinstance(records[-1], Lost)


def test_scan_refuses_a_file_of_another_kind(tmp_path: Path) -> None:
    TRACE.save(tmp_path / "t.json")
    with pytest.raises(TraceFileError, match=r"t\.json: .*expected a first line with the header"):
        list(scan(tmp_path / "t.json"))


# Files


@pytest.mark.parametrize("name", ["t", "t.txt", "t.gz", "json", "t.json.bz2", "t.json.gz.gz"])
def test_a_name_that_does_not_say_the_format_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(TraceFileError, match=r"must end with \.json, \.jsonl, \.json\.gz or \.jsonl\.gz"):
        TRACE.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_format_may_be_given_for_any_name(tmp_path: Path) -> None:
    TRACE.save(tmp_path / "t.out", format="jsonl")
    TRACE.save(tmp_path / "t.gz", format="json")
    assert (tmp_path / "t.out").read_bytes() == dumps(TRACE, lines=True)
    assert gzip.decompress((tmp_path / "t.gz").read_bytes()) == dumps(TRACE)
    with pytest.raises(TraceFileError, match="expected 'json' or 'jsonl'"):
        TRACE.save(tmp_path / "t.json", format="xml")  # type: ignore[arg-type]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    TRACE.save(path)
    wrong = replace(TRACE, calls=(replace(TRACE.calls[0], arguments={"n": object()}),))  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="a trace holds no object"):
        wrong.save(path)
    assert Trace.load(path) == TRACE
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    old = os.umask(0o027)
    try:
        TRACE.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        TRACE.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "folder" / "real.json")
    TRACE.save(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert Trace.load(tmp_path / "folder" / "real.json") == TRACE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_a_pipe_is_written_to_and_read_from(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jsonl"
    os.mkfifo(path)
    writer = threading.Thread(target=TRACE.save, args=(path,))
    writer.start()
    assert Trace.load(path) == TRACE
    writer.join()
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        TRACE.save(tmp_path / "absent" / "t.json")
    assert raised.value.filename == str(tmp_path / "absent" / "t.json")


def test_importing_tracefunc_does_not_import_what_only_files_need() -> None:
    code = "import sys; from tracefunc import Tracer, tracefunc; "
    code += "print([m for m in ('json', 'zlib', 'tracefunc.document') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False, env=path_env()
    )
    assert done.stdout.strip() == "[]", done.stderr


def path_env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
