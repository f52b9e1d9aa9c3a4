"""Sending spans: everything arrives, in bounded batches, and the report is true whatever the receiver does."""

import logging
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, TraceFlags

from tests.export.receivers import (
    Receiver,
    Reply,
    always,
    at_most,
    count,
    free_port,
    grpc_receiver,
    http_receiver,
    in_turn,
)
from tracefunc import ExportError, Sample, Trace, Tracer
from tracefunc_export._channels import seconds
from tracefunc_export.otel import LiveSpans, SendReport, send, to_spans

type Open = Callable[..., AbstractContextManager[Receiver]]

PROTOCOLS: dict[str, Open] = {"http/protobuf": http_receiver, "grpc": grpc_receiver}
FEW = 20

Code = grpc.StatusCode


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The exporters log each failure, which the report tells, too."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def step(number: int) -> int:
    return leaf(number) if number % 2 else number


def leaf(number: int) -> int:
    return number


def made(calls: int) -> Trace:
    """A trace of so many calls, some of them below others."""
    with Tracer(step, leaf, max_calls=None) as tracer:
        for number in range(calls):
            step(number)
    trace = tracer.trace()
    return replace(trace, calls=trace.calls[:calls])


def reasons(report: SendReport) -> dict[str, int]:
    return dict(report.reasons)


def numbers(report: SendReport) -> tuple[int, int, int]:
    return report.accepted, report.refused, report.lost


def test_everything_arrives_with_its_ids_parents_times_and_attributes(protocol: str) -> None:
    trace = made(1200)
    with PROTOCOLS[protocol]() as receiver:
        report = send(trace, receiver.endpoint, protocol=protocol)
    assert numbers(report) == (1200, 0, 0)
    assert (report.ok, report.reasons, report.trace_id) == (True, (), receiver.spans[0].trace_id.hex())
    expected = to_spans(trace)
    assert len(receiver.spans) == 1200
    for span, known in zip(receiver.spans, expected, strict=True):
        assert span.name == known.name
        assert int.from_bytes(span.span_id) == known.context.span_id
        assert int.from_bytes(span.parent_span_id) == (known.parent.span_id if known.parent else 0)
        assert (span.start_time_unix_nano, span.end_time_unix_nano) == (known.start_time, known.end_time)
        assert {each.key for each in span.attributes} == set(known.attributes or ())
    (scope,) = {part.scope.name for one in receiver.taken for res in one.resource_spans for part in res.scope_spans}
    assert scope == "tracefunc.export"


def test_batches_are_bounded_by_count(protocol: str) -> None:
    with PROTOCOLS[protocol]() as receiver:
        send(made(1200), receiver.endpoint, protocol=protocol)
    assert [count(request) for request in receiver.requests] == [512, 512, 176]


def test_batches_are_bounded_by_bytes(protocol: str) -> None:
    """Spans with many values make batches of fewer of them."""
    trace = made(300)
    samples = {0: {f"name{number}": (Sample("str", "x" * 500),) * 10 for number in range(5)}}
    trace = replace(trace, calls=tuple(replace(call, samples=samples) for call in trace.calls))
    with PROTOCOLS[protocol]() as receiver:
        report = send(trace, receiver.endpoint, protocol=protocol, values=True)
    assert numbers(report) == (300, 0, 0)
    assert max(receiver.sizes) <= 900 * 1024
    assert len(receiver.sizes) > 5
    assert sum(receiver.sizes) > 5_000_000


@pytest.mark.parametrize("endpoint", ["http://", "ftp://localhost:4318", "http://localhost:port", "http://[::1"])
def test_an_endpoint_that_cannot_be_one_is_told_before_anything_is_sent(endpoint: str) -> None:
    with pytest.raises(ExportError, match=r"no address of a receiver by HTTP: write http://"):
        send(made(FEW), endpoint)


def test_a_receiver_that_is_down_costs_one_attempt_and_loses_all() -> None:
    """The first batch is tried for its timeout; the others are not."""
    for protocol in PROTOCOLS:
        started = time.monotonic()
        report = send(made(1200), f"http://127.0.0.1:{free_port()}", protocol=protocol, timeout=0.5)
        assert numbers(report) == (0, 0, 1200)
        assert time.monotonic() - started < 20
        (why, first), (rest, others) = sorted(report.reasons, key=lambda item: item[1])
        assert (first, others, rest) == (512, 688, "not sent after that")
        assert "onnect" in why
        assert not report.ok


def test_a_receiver_that_does_not_answer_is_given_up_at_the_timeout(protocol: str) -> None:
    with PROTOCOLS[protocol](always(Reply(seconds=60))) as receiver:
        started = time.monotonic()
        report = send(made(FEW), receiver.endpoint, protocol=protocol, timeout=0.3)
        assert time.monotonic() - started < 20
    assert numbers(report) == (0, 0, FEW)
    assert "no answer" in str(report) or "DEADLINE_EXCEEDED" in str(report)


def test_an_answer_that_never_ends_is_given_up_at_the_timeout() -> None:
    """Each byte comes in time for a socket, and so the exporter waits for ever; `send` does not."""
    with http_receiver(always(Reply(drips=True))) as receiver:
        started = time.monotonic()
        report = send(made(FEW), receiver.endpoint, timeout=0.3)
        assert time.monotonic() - started < 20
    assert numbers(report) == (0, 0, FEW)
    assert "no answer within" in str(report)


def test_a_time_limit_holds_for_everything() -> None:
    """What was not sent before is lost, and the report says so."""
    trace = made(5000)
    with http_receiver(lambda number, request: Reply(seconds=60 if number else 0)) as receiver:
        started = time.monotonic()
        report = send(trace, receiver.endpoint, timeout=60, time_limit=4)
        assert time.monotonic() - started < 30
    assert numbers(report) == (512, 0, 4488)
    assert sum(reasons(report).values()) == report.lost


@pytest.mark.parametrize("status", [429, 503])
def test_over_http_a_busy_receiver_is_asked_again_when_it_says(status: int) -> None:
    with http_receiver(in_turn(Reply(status, retry_after=0), Reply(status, retry_after=0))) as receiver:
        report = send(made(FEW), receiver.endpoint)
    assert numbers(report) == (FEW, 0, 0)
    assert len(receiver.requests) == 3


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED])
def test_over_grpc_a_busy_receiver_is_asked_again_when_it_says(code: grpc.StatusCode) -> None:
    with grpc_receiver(in_turn(Reply(code, retry_after=0.01), Reply(code, retry_after=0.01))) as receiver:
        report = send(made(FEW), receiver.endpoint, protocol="grpc")
    assert numbers(report) == (FEW, 0, 0)
    assert len(receiver.requests) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_over_http_a_receiver_that_stays_busy_has_refused(status: int) -> None:
    """Retries end when the next one would be past the timeout; later batches are not tried."""
    with http_receiver(always(Reply(status, retry_after=60))) as receiver:
        report = send(made(600), receiver.endpoint)
    assert numbers(report) == (0, 512, 88)
    assert next(iter(reasons(report))).startswith(str(status))
    assert len(receiver.requests) == 1


def test_over_grpc_a_receiver_that_stays_busy_has_refused() -> None:
    with grpc_receiver(always(Reply(Code.RESOURCE_EXHAUSTED, message="quota", retry_after=60))) as receiver:
        report = send(made(600), receiver.endpoint, protocol="grpc")
    assert numbers(report) == (0, 512, 88)
    assert reasons(report)["RESOURCE_EXHAUSTED: quota"] == 512
    assert len(receiver.requests) == 1


def too_large(protocol: str) -> Reply:
    return Reply(413) if protocol == "http/protobuf" else Reply(Code.RESOURCE_EXHAUSTED, message="larger than max")


def test_a_batch_that_is_too_large_is_halved_until_it_fits(protocol: str) -> None:
    """Each span arrives once."""
    with PROTOCOLS[protocol](at_most(100, too_large(protocol))) as receiver:
        report = send(made(600), receiver.endpoint, protocol=protocol)
    assert numbers(report) == (600, 0, 0)
    assert len({span.span_id for span in receiver.spans}) == len(receiver.spans) == 600
    assert max(count(request) for request in receiver.taken) <= 100


def test_a_receiver_for_which_one_span_is_too_large_is_not_asked_about_each(protocol: str) -> None:
    with PROTOCOLS[protocol](always(too_large(protocol))) as receiver:
        report = send(made(600), receiver.endpoint, protocol=protocol)
    assert numbers(report) == (0, 1, 599)
    assert len(receiver.requests) == 10  # 512, 256 ... 1


def test_one_span_that_is_too_large_does_not_take_others_with_it() -> None:
    """It is the first of all, so nothing was accepted before it."""
    trace = made(10)
    big = {0: {f"name{number}": (Sample("str", "x" * 1000),) * 10 for number in range(3)}}
    trace = replace(trace, calls=(replace(trace.calls[0], samples=big), *trace.calls[1:]))
    with http_receiver(lambda number, request: Reply(413 if request.ByteSize() > 20_000 else 200)) as receiver:
        report = send(trace, receiver.endpoint, values=True)
    assert numbers(report) == (9, 1, 0)


def test_partial_success_is_in_the_report(protocol: str) -> None:
    """The exporters of OpenTelemetry ignore it."""
    with PROTOCOLS[protocol](in_turn(Reply(rejected=7, message="too old"))) as receiver:
        report = send(made(600), receiver.endpoint, protocol=protocol)
    assert numbers(report) == (593, 7, 0)
    assert reasons(report) == {"too old": 7}
    assert str(report) == "600 spans: 593 accepted, 7 refused, 0 lost\n  7: too old"


def test_a_remark_of_the_receiver_is_passed_on(protocol: str) -> None:
    with PROTOCOLS[protocol](always(Reply(message="please use v2"))) as receiver:
        report = send(made(FEW), receiver.endpoint, protocol=protocol)
    assert (report.ok, report.reasons) == (True, (("please use v2", 0),))
    assert "please use v2" in str(report)


def test_partial_success_may_come_as_json() -> None:
    body = b'{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "no"}}'
    with http_receiver(always(Reply(body=body, kind="application/json; charset=utf-8"))) as receiver:
        assert numbers(send(made(FEW), receiver.endpoint)) == (FEW - 3, 3, 0)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(400), "400 Bad Request"),
        (Reply(401), "401 Unauthorized"),
        (Reply(500), "500 Internal Server Error"),
        (
            Reply(307, headers={"Location": "https://other.example/"}),
            "307 Temporary Redirect to https://other.example/",
        ),
        (Reply(body=b"<html>", kind="text/html"), "a web page answered: this is no OTLP receiver"),
    ],
)
def test_over_http_a_refusal_is_told_in_the_words_of_the_receiver(reply: Reply, why: str) -> None:
    """A redirection and a web page, too: to the exporters they are success."""
    with http_receiver(always(reply)) as receiver:
        report = send(made(FEW), receiver.endpoint)
    assert numbers(report) == (0, FEW, 0)
    assert reasons(report) == {why: FEW}


@pytest.mark.parametrize("code", [Code.INVALID_ARGUMENT, Code.UNAUTHENTICATED, Code.UNIMPLEMENTED])
def test_over_grpc_a_refusal_is_told_in_the_words_of_the_receiver(code: grpc.StatusCode) -> None:
    with grpc_receiver(always(Reply(code, message="no"))) as receiver:
        report = send(made(FEW), receiver.endpoint, protocol="grpc")
    assert numbers(report) == (0, FEW, 0)
    assert reasons(report) == {f"{code.name}: no": FEW}


def test_a_batch_that_is_refused_does_not_keep_the_next_from_being_tried() -> None:
    with http_receiver(in_turn(Reply(500))) as receiver:
        assert numbers(send(made(1000), receiver.endpoint)) == (488, 512, 0)


def test_the_endpoint_may_be_written_in_many_ways() -> None:
    """The path is added, and so is the scheme; a whole address is taken as it is."""
    with http_receiver() as receiver:
        for endpoint in ("{0}", "{0}/", "{0}/v1/traces", "127.0.0.1:{1}"):
            assert send(made(1), endpoint.format(receiver.endpoint, receiver.port)).ok
        assert not send(made(1), f"{receiver.endpoint}/v2/traces").ok


def test_without_an_endpoint_the_variables_say_where_and_how(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with PROTOCOLS[protocol]() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=red,x-key=a%20b")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        report = send(made(FEW))
    assert numbers(report) == (FEW, 0, 0)
    assert (receiver.headers[0]["x-team"], receiver.headers[0]["x-key"]) == ("red", "a b")
    if protocol != "grpc":
        assert receiver.headers[0]["content-encoding"] == "gzip"


def test_the_variables_for_traces_win_over_those_for_all_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.endpoint}/v1/traces")
        assert send(made(FEW)).ok


def test_the_timeout_is_that_of_the_variables(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.3")
    with PROTOCOLS[protocol](always(Reply(seconds=60))) as receiver:
        started = time.monotonic()
        assert not send(made(FEW), receiver.endpoint, protocol=protocol).ok
        assert time.monotonic() - started < 9


def test_headers_are_sent_with_those_of_the_variables(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=red,x-api-key=no")
    with PROTOCOLS[protocol]() as receiver:
        send(made(1), receiver.endpoint, protocol=protocol, headers={"X-Api-Key": "abc"})
    assert (receiver.headers[0]["x-api-key"], receiver.headers[0]["x-team"]) == ("abc", "red")


PROVIDER = """
import requests

def session():
    made = requests.Session()
    made.headers["Authorization"] = "Bearer abc"
    return made
"""


def test_a_credential_provider_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is an installed package that makes the session, and replies are seen all the same."""
    (tmp_path / "tfx_credentials.py").write_text(PROVIDER)
    info = tmp_path / "tfx_credentials-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tfx-credentials\nVersion: 1.0\n")
    entry = "[opentelemetry_otlp_credential_provider]\ntfx = tfx_credentials:session\n"
    (info / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "tfx")
    with http_receiver(always(Reply(rejected=1, message="one"))) as receiver:
        report = send(made(FEW), receiver.endpoint)
    assert receiver.headers[0]["authorization"] == "Bearer abc"
    assert numbers(report) == (FEW - 1, 1, 0)
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "absent")
    with pytest.raises(ExportError, match="no installed package provides it"):
        send(made(1), receiver.endpoint)


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("OTEL_SDK_DISABLED", "true", "OTEL_SDK_DISABLED is set"),
        ("OTEL_TRACES_EXPORTER", "none", "OTEL_TRACES_EXPORTER is none"),
        ("OTEL_TRACES_SAMPLER", "always_off", "not sampled, says OTEL_TRACES_SAMPLER"),
    ],
)
def test_what_the_environment_does_not_want_is_skipped(
    variable: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        monkeypatch.setenv(variable, value)
        report = send(made(FEW))
    assert (numbers(report), report.skipped, reasons(report)) == ((0, 0, 0), FEW, {why: FEW})
    assert (report.ok, receiver.requests) == (True, [])


def test_below_a_span_that_is_not_sampled_nothing_is_sent() -> None:
    around = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(0))
    with http_receiver() as receiver:
        report = send(made(FEW), receiver.endpoint, parent=around)
        assert report.skipped == FEW
        assert send(made(FEW), receiver.endpoint, parent=None).accepted == FEW


def test_an_exporter_of_ones_own_and_the_console_take_spans(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exporter = InMemorySpanExporter()  # which is not shut down, so it can be used again
    assert numbers(send(made(FEW), exporter=exporter)) == (FEW, 0, 0)
    assert numbers(send(made(FEW), exporter=exporter)) == (FEW, 0, 0)
    assert len(exporter.get_finished_spans()) == 2 * FEW
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert send(made(1)).ok


class Failing(SpanExporter):
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def export(self, spans: Any) -> SpanExportResult:
        if self.error:
            raise self.error
        return SpanExportResult.FAILURE


def test_an_exporter_that_fails_has_lost_the_spans() -> None:
    assert reasons(send(made(FEW), exporter=Failing())) == {"Failing failed": FEW}
    assert reasons(send(made(FEW), exporter=Failing(OSError("full")))) == {"OSError: full": FEW}


def test_several_exporters_of_the_environment_all_get_the_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_receiver() as one, grpc_receiver() as other:
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp_proto_http, otlp_proto_grpc")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{one.endpoint}/v1/traces")
        assert not send(made(1), timeout=0.5).ok  # gRPC finds no gRPC there
        assert len(one.spans) == 1
        assert other.spans == []


def test_what_cannot_be_used_is_an_error_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExportError, match="no OTLP protocol 'carrier pigeon'"):
        send(made(1), "http://localhost", protocol="carrier pigeon")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "nobody")
    with pytest.raises(ExportError, match="OTEL_TRACES_EXPORTER=nobody"):
        send(made(1))


@pytest.mark.parametrize("given", [-1, 0, float("nan"), float("inf"), "9", True, 1e30])
@pytest.mark.parametrize("name", ["timeout", "time_limit"])
def test_a_time_that_cannot_be_waited_is_refused(name: str, given: Any) -> None:
    exporter = InMemorySpanExporter()
    told = rf"{name}={re.escape(repr(given))}: give a number of seconds above 0, such as {name}=30, or None for"
    for way in ({"exporter": exporter}, {"endpoint": "localhost:1"}, {"tracer_provider": TracerProvider()}, {}):
        with pytest.raises(ExportError, match=told):
            send(made(1), **way, **{name: given})  # type: ignore[arg-type]
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exporter": 5}, r"exporter=5 is no SpanExporter"),
        ({"headers": "a=b"}, r"headers='a=b' is no mapping: give a dict"),
        ({"headers": {"a": 1}}, r"'a' in headers= is no header"),
        ({"headers": {"a": "1\nb: 2"}}, r"'a' in headers= is no header"),
        ({"redact": None}, r"redact=None: give patterns"),
        ({"redact": [1]}, r"redact=\[1\]: give patterns"),
        ({"service": 5}, r"service=5 is no name"),
        ({"parent": 5}, r"parent=5: give .ambient., a span, its context, or None"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    for endpoint in ("localhost:1", "grpc://localhost:4317"):
        with pytest.raises(ExportError, match=message):
            send(made(1), None if "exporter" in options else endpoint, **options)
        with pytest.raises(ExportError, match=message):
            LiveSpans(endpoint=None if "exporter" in options else endpoint, **options)


@pytest.mark.parametrize("text", ["-1", "0", "nan", "inf", "soon", ""])
def test_a_variable_that_is_no_time_counts_as_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", text)
    assert seconds(None) == 10
    with http_receiver() as receiver:
        assert send(made(1), receiver.endpoint).ok


SEND = """
import logging, sys, threading
from tests.export.made import made
from tracefunc_export.otel import LiveSpans, send
{setup}
report = send(made(), {endpoint!r}, protocol={protocol!r}, timeout=1.5)
assert report.lost == 1, report
trace = made()
with LiveSpans(endpoint={endpoint!r}, protocol={protocol!r}, timeout=1.5) as live:
    live(trace, trace.calls[0], root=0)
assert live.report.lost == 1, live.report
for thread in threading.enumerate():
    if thread.name == "tracefunc-otlp":
        thread.join()
assert logging.getLogger("opentelemetry").handlers == []
logging.getLogger("opentelemetry.others").warning("of the application")
"""


@pytest.mark.parametrize("setup", ["", "logging.basicConfig()"])
def test_nothing_is_printed_where_the_application_has_not_set_logging_up(protocol: str, setup: str) -> None:
    """The report says it. Where it has, it gets the records of each retry."""
    with socket.socket() as taken:  # bound, and not listening: nobody else gets this port
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code = SEND.format(setup=setup, endpoint=endpoint, protocol=protocol)
        root = Path(__file__).parents[2]
        environ = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
        done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    said = [line for line in done.stderr.splitlines() if "of the application" not in line]
    assert "of the application" in done.stderr
    assert bool(said) == bool(setup)
    assert not setup or "Transient error" in done.stderr


def test_while_spans_are_sent_other_threads_log_as_ever() -> None:
    code = """
import logging, threading
from tracefunc_export._quiet import quiet
logger = logging.getLogger("opentelemetry.somewhere")
with quiet():
    logger.warning("of the thread that sends")
    for text in ("of another", "of one more"):
        other = threading.Thread(target=logger.warning, args=(text,))
        other.start()
        other.join()
    other = threading.Thread(target=logger.info, args=("too little",))
    other.start()
    other.join()
logger.warning("afterwards")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["of another", "of one more", "afterwards"]


@pytest.mark.parametrize(("extra", "module"), [("http", "http"), ("grpc", "grpc")])
def test_a_missing_extra_is_named(extra: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"opentelemetry.exporter.otlp.proto.{module}.trace_exporter", None)
    monkeypatch.delitem(sys.modules, f"tracefunc_export._otlp_{module}", raising=False)
    protocol = {"http": "http/protobuf", "grpc": "grpc"}[extra]
    with pytest.raises(ExportError, match=rf"pip install 'tracefunc-export\[otlp-{extra}\]'"):
        send(made(1), "localhost:1", protocol=protocol)


def test_each_protocol_is_an_extra_and_the_sdk_is_always_there() -> None:
    """And no exporter comes with it that nobody asked for."""
    path = Path(__file__).parents[2] / "packages" / "tracefunc-export" / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    assert [name for name in project["dependencies"] if name.startswith("opentelemetry")] == ["opentelemetry-sdk>=1.45"]
    for kind in ("grpc", "http"):
        (needed,) = project["optional-dependencies"][f"otlp-{kind}"]
        assert needed.startswith(f"opentelemetry-exporter-otlp-proto-{kind}>=")


def test_progress_is_told_until_all_is_done() -> None:
    seen: list[tuple[int, int]] = []
    with http_receiver() as receiver:
        send(made(1200), receiver.endpoint, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(512, 1200), (1024, 1200), (1200, 1200)]


def test_a_trace_without_calls_sends_nothing() -> None:
    with http_receiver() as receiver:
        report = send(made(0), receiver.endpoint)
    assert (numbers(report), report.ok, receiver.requests) == ((0, 0, 0), True, [])


def provider_with(exporter: SpanExporter, **options: Any) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False, **options)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def same(span: ReadableSpan) -> tuple[object, ...]:
    status = span.status.status_code
    return span.name, span.context.span_id, span.parent and span.parent.span_id, span.start_time, span.end_time, status


def test_a_provider_of_the_application_gets_equal_spans_and_loses_none() -> None:
    """Even 5,000 through a `BatchSpanProcessor`, whose queue holds 2,048."""
    exporter, trace = InMemorySpanExporter(), made(5_000)
    provider = provider_with(exporter)
    report = send(trace, tracer_provider=provider)
    provider.shutdown()
    assert numbers(report) == (5_000, 0, 0)
    found = exporter.get_finished_spans()
    assert [same(span) for span in found] == [same(span) for span in to_spans(trace)]
    assert dict(found[0].attributes or {}) == {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in (to_spans(trace)[0].attributes or {}).items()
    }
    assert found[0].resource.attributes["service.name"] == provider.resource.attributes["service.name"]


class EveryOther(sampling.Sampler):
    """Takes every other outermost span."""

    def __init__(self) -> None:
        self.number = 0

    def should_sample(self, *args: Any, **options: Any) -> sampling.SamplingResult:
        self.number += 1
        return sampling.SamplingResult(
            sampling.Decision.RECORD_AND_SAMPLE if self.number % 2 else sampling.Decision.DROP
        )

    def get_description(self) -> str:
        return "every other"


def test_the_sampler_of_the_provider_decides_and_children_follow() -> None:
    exporter, trace = InMemorySpanExporter(), made(FEW)
    report = send(trace, tracer_provider=provider_with(exporter, sampler=sampling.ParentBased(EveryOther())))
    found = exporter.get_finished_spans()
    assert report.accepted == len(found)
    assert report.accepted + report.skipped == FEW
    ids = {span.context.span_id for span in found}
    assert 0 < len(found) < FEW
    assert all(span.parent is None or span.parent.span_id in ids for span in found)


def test_a_provider_that_is_none_is_refused() -> None:
    from opentelemetry.trace import NoOpTracerProvider, ProxyTracerProvider

    with pytest.raises(ExportError, match="tracer_provider=5: expected a TracerProvider"):
        send(made(1), tracer_provider=5)  # type: ignore[arg-type]
    with pytest.raises(ExportError, match="set the application's first"):
        send(made(1), tracer_provider=ProxyTracerProvider())
    assert send(made(1), tracer_provider=NoOpTracerProvider()).skipped == 1


def test_ids_of_the_applications_own_spans_stay_its_own() -> None:
    exporter = InMemorySpanExporter()
    provider = provider_with(exporter)
    send(made(1), tracer_provider=provider)
    tracer = provider.get_tracer("tracefunc.export")
    ids = {tracer.start_span("x").get_span_context().span_id for _ in range(3)}
    assert len(ids) == 3


def test_the_sending_is_not_traced_itself() -> None:
    """Instrumented HTTP libraries look for this key."""
    from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, get_value

    seen: list[object] = []

    class Looking(InMemorySpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            seen.append(get_value(_SUPPRESS_INSTRUMENTATION_KEY))
            return SpanExportResult.SUCCESS

    send(made(1), exporter=Looking())
    assert (seen, get_value(_SUPPRESS_INSTRUMENTATION_KEY)) == ([True], None)


def test_a_report_in_words() -> None:
    report = SendReport(1000, 0, 24, (("no answer", 24),), skipped=5)
    assert str(report) == "1,029 spans: 1,000 accepted, 0 refused, 24 lost, 5 skipped\n  24: no answer"
    assert str(SendReport(1, 0, 0)) == "1 span: 1 accepted, 0 refused, 0 lost"
