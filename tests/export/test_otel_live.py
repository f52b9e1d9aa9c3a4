"""Live: the span of a call is sent when the call ends, and its ids fit those that come later."""

import contextvars
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, StatusCode, TraceFlags, format_trace_id

from tests.export.receivers import Reply, always, free_port, grpc_receiver, http_receiver, in_turn, wait_until
from tracefunc import ExportError, Trace, Tracer
from tracefunc_export.otel import LiveSpans, send

SOON = "20"  # milliseconds


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What waits is sent at once, and the exporters do not log what the report tells."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", SOON)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def outer(number: int) -> int:
    return sum(middle(each) for each in range(number))


def middle(number: int) -> int:
    return inner(number)


def inner(number: int) -> int:
    if number == 2:
        raise LookupError("two")
    return number


def steps(number: int) -> Iterator[int]:
    for each in range(number):
        yield inner(each)


def made(times: int = 1) -> Trace:
    """A trace in which calls nest three deep; the last of each time fails."""
    with Tracer(outer, middle, inner, max_calls=None) as tracer:
        for _ in range(times):
            try:
                outer(3)
            except LookupError:
                pass
    return tracer.trace()


def play(live: LiveSpans, trace: Trace, **options: Any) -> None:
    """Give the calls in the order in which they ended, as a tracer does."""
    for call in sorted(trace.calls, key=lambda call: (call.end, -call.id)):
        live(trace, call, **options)


def names(spans: Any) -> list[str]:
    return [span.name.rpartition(".")[2] for span in spans]


def test_spans_are_sent_as_calls_end_below_parents_that_have_not() -> None:
    """Children come first, and name the id that their parent will have."""
    exporter = InMemorySpanExporter()
    trace = made()
    with LiveSpans(exporter=exporter) as live:
        play(live, trace)
    spans = exporter.get_finished_spans()
    assert names(spans) == ["inner", "middle", "inner", "middle", "inner", "middle", "outer"]
    by_call = {(span.attributes or {})["tracefunc.call.id"]: span for span in spans}
    for call in trace.calls:
        span = by_call[call.id]
        assert (span.parent and span.parent.span_id) == (
            None if call.caller is None else by_call[call.caller].context.span_id
        )
        assert (span.start_time, span.end_time) == (call.start, call.end)
    assert len({span.context.trace_id for span in spans}) == 1
    assert (live.report.accepted, live.report.lost) == (7, 0)
    assert live.report.trace_id == format_trace_id(spans[0].context.trace_id)


def test_a_tracer_sends_its_calls_as_they_end() -> None:
    """The real thing: two threads, a generator, an error; children before parents, and no parent is missing."""
    exporter = InMemorySpanExporter()
    with LiveSpans(exporter=exporter) as live, Tracer(outer, middle, inner, steps, max_calls=None, on_call=live) as t:
        threads = [threading.Thread(target=outer, args=(2,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        list(steps(2))
        with pytest.raises(LookupError):
            outer(3)
        for thread in threads:
            thread.join()
    spans = {(span.attributes or {})["tracefunc.call.id"]: span for span in exporter.get_finished_spans()}
    calls = t.trace().calls
    assert (live.report.accepted, len(spans), len(calls)) == (20, 20, 20)
    for call in calls:
        span = spans[call.id]
        parent = None if call.caller is None else spans[call.caller].context.span_id
        assert (span.parent and span.parent.span_id) == parent
        assert (span.start_time, span.end_time) == (call.start, call.end)
        assert sum((span.attributes or {})["tracefunc.snippet.hits"]) == sum(call.hits.values())
    assert sum(span.status.status_code is StatusCode.ERROR for span in spans.values()) == 3


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"keep": "last", "max_calls": 3}, 300),
        ({"keep": "last", "max_calls": 0}, None),
        ({"keep": "first", "max_calls": 3}, 9),
        ({"keep": "raised", "max_calls": None}, 0),
        ({"keep": "slowest", "max_calls": None}, 300),
    ],
)
def test_whichever_calls_are_kept_no_span_names_a_parent_that_is_never_sent(options: Any, sent: int | None) -> None:
    """With `keep="last"` all calls are sent while the tracer holds a few."""
    exporter = InMemorySpanExporter()
    with LiveSpans(exporter=exporter) as live, Tracer(outer, middle, inner, **options, on_call=live):
        for _ in range(100):
            outer(1)
    spans = exporter.get_finished_spans()
    ids = {span.context.span_id for span in spans}
    assert all(span.parent is None or span.parent.span_id in ids for span in spans)
    if sent is not None:
        assert len(spans) == len(ids) == sent
        assert sum(span.parent is None for span in spans) == sent // 3


def test_a_service_is_watched_while_it_runs() -> None:
    with http_receiver() as receiver, LiveSpans(endpoint=receiver.endpoint) as live:
        with Tracer(outer, on_call=live):
            outer(1)
            assert wait_until(lambda: len(receiver.spans) == 1)
            outer(2)
            assert wait_until(lambda: len(receiver.spans) == 2)


def test_a_span_is_sent_before_the_program_ends() -> None:
    with http_receiver() as receiver, LiveSpans(endpoint=receiver.endpoint) as live:
        trace = made()
        live(trace, trace.calls[-1])
        assert wait_until(lambda: len(receiver.spans) == 1)
        live(trace, trace.calls[0])
        assert wait_until(lambda: len(receiver.spans) == 2)


def test_flush_waits_until_all_is_sent() -> None:
    with grpc_receiver() as receiver, LiveSpans(endpoint=receiver.endpoint, protocol="grpc") as live:
        play(live, made(20))
        assert live.flush()
        assert len(receiver.spans) == 140
        assert live.report.accepted == 140


def test_errors_values_and_source_are_as_in_a_finished_trace() -> None:
    exporter = InMemorySpanExporter()
    with LiveSpans(exporter=exporter, values=True, source=True) as live:
        play(live, made())
    failed = exporter.get_finished_spans()[-1]
    assert failed.status.description == "LookupError: two"
    assert (failed.attributes or {})["tracefunc.snippet.source"]
    assert {"tracefunc.arguments", "exception"} <= {event.name for event in failed.events}


def test_two_sessions_have_different_ids() -> None:
    exporter, trace = InMemorySpanExporter(), made()
    for _ in range(2):
        with LiveSpans(exporter=exporter) as live:
            live(trace, trace.calls[0])
    one, other = exporter.get_finished_spans()
    assert one.context.span_id != other.context.span_id
    assert one.context.trace_id != other.context.trace_id


def test_each_outermost_call_has_a_trace_of_its_own_where_it_is_told() -> None:
    """A service that runs for days makes many traces, not one without end."""
    exporter, trace = InMemorySpanExporter(), made(3)
    roots = {call.id: call.id for call in trace.calls if call.caller is None}
    for call in trace.calls:
        if call.caller is not None:
            roots[call.id] = roots[call.caller]
    with LiveSpans(exporter=exporter) as live:
        for call in trace.calls:
            live(trace, call, root=roots[call.id])
    spans = exporter.get_finished_spans()
    assert len({span.context.trace_id for span in spans}) == 3
    assert all(len({span.context.trace_id for span in spans[start : start + 7]}) == 1 for start in (0, 7, 14))
    assert live.report.trace_id == ""


def test_calls_stand_below_the_span_that_was_current_when_they_started() -> None:
    """The context is that of the call; what is current where spans are made does not count."""
    exporter, trace = InMemorySpanExporter(), made()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    with LiveSpans(exporter=exporter) as live:
        with tracer.start_as_current_span("request") as request:
            context = contextvars.copy_context()
        live(trace, trace.calls[0], context=context)
        live(trace, trace.calls[1], context=context)
    first, second = exporter.get_finished_spans()
    assert first.parent == request.get_span_context()
    assert second.parent.span_id == first.context.span_id
    assert second.context.trace_id == request.get_span_context().trace_id


def test_calls_of_two_requests_stand_below_the_spans_of_these() -> None:
    """A tracer tells the context of each call; outside of all spans, each outermost call has a trace of its own."""

    def price(item: str) -> int:
        return len(item)

    def handle(items: list[str]) -> int:
        return sum(price(item) for item in items)

    exporter = InMemorySpanExporter()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    requests = []
    with LiveSpans(exporter=exporter) as live, Tracer(handle, price, keep="last", on_call=live):
        for _ in range(2):
            with tracer.start_as_current_span("request") as request:
                requests.append(request.get_span_context())
                handle(["pen"])
        for _ in range(2):
            handle(["pen"])
    spans = exporter.get_finished_spans()
    outer = [span for span in spans if span.name.endswith("handle")]
    inner = [span for span in spans if span.name.endswith("price")]
    assert [span.parent for span in outer] == [*requests, None, None]
    assert [span.parent and span.parent.span_id for span in inner] == [span.context.span_id for span in outer]
    assert [span.context.trace_id for span in inner] == [span.context.trace_id for span in outer]
    assert len({span.context.trace_id for span in spans}) == 4


def test_a_session_stands_below_the_span_that_was_current_when_it_was_made() -> None:
    around = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))
    exporter, trace = InMemorySpanExporter(), made()
    with LiveSpans(exporter=exporter, parent=around) as live:
        live(trace, trace.calls[0])
    (span,) = exporter.get_finished_spans()
    assert (span.parent, span.context.trace_id) == (around, 7)


def test_an_endpoint_in_the_place_of_the_provider_is_told() -> None:
    with pytest.raises(ExportError, match=r"no tracer provider: write LiveSpans\(endpoint='http://localhost:4318'\)"):
        LiveSpans("http://localhost:4318")  # type: ignore[arg-type]


def test_through_a_provider_spans_have_the_same_ids_as_their_children_named() -> None:
    """The provider's sampler, limits and processors apply."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace = made()
    with LiveSpans(provider) as live:
        play(live, trace)
    spans = exporter.get_finished_spans()
    ids = {span.context.span_id for span in spans}
    assert len(ids) == live.report.accepted == 7
    assert [span.parent and span.parent.span_id in ids for span in spans] == [True] * 6 + [None]
    assert spans[-1].end_time == trace.calls[0].end
    assert spans[-1].status.description == "LookupError: two"


def test_through_a_provider_one_decision_holds_for_a_trace() -> None:
    """Children are asked about before their parents, and yet all or none of a trace is sampled."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=sampling.ParentBased(sampling.TraceIdRatioBased(0.5)), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace = made()
    with LiveSpans(provider) as live:
        for root in range(40):
            play(live, trace, root=root)
    traces: dict[int, int] = {}
    for span in exporter.get_finished_spans():
        traces[span.context.trace_id] = traces.get(span.context.trace_id, 0) + 1
    assert set(traces.values()) == {7}
    assert 0 < len(traces) < 40
    assert (live.report.accepted, live.report.skipped) == (7 * len(traces), 7 * (40 - len(traces)))


def test_a_processor_gets_each_span_at_its_end() -> None:
    exporter, trace = InMemorySpanExporter(), made()
    live = LiveSpans(processor=SimpleSpanProcessor(exporter))
    play(live, trace)
    assert len(exporter.get_finished_spans()) == 7
    assert live.close().accepted == 7


def test_a_receiver_that_goes_away_and_comes_back_gets_what_is_sent_then() -> None:
    """A refused batch is gone, and counted; the session goes on."""
    trace = made()
    with http_receiver(in_turn(Reply(503, retry_after=60))) as receiver, LiveSpans(endpoint=receiver.endpoint) as live:
        live(trace, trace.calls[0])
        assert wait_until(lambda: live.report.refused == 1)
        live(trace, trace.calls[1])
        assert wait_until(lambda: live.report.accepted == 1)


def test_what_exceeds_the_queue_is_lost_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program never waits for a receiver."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
    trace = made(10)
    with http_receiver(always(Reply(seconds=60))) as receiver:
        live = LiveSpans(endpoint=receiver.endpoint, timeout=0.5)
        started = time.monotonic()
        play(live, trace)
        assert time.monotonic() - started < 10
        report = live.close()
    assert report.accepted + report.refused + report.lost == 70
    assert dict(report.reasons)["10 spans were waiting already (OTEL_BSP_MAX_QUEUE_SIZE)"] > 0


def test_batches_hold_as_many_as_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "3")
    with http_receiver() as receiver:
        with LiveSpans(endpoint=receiver.endpoint) as live:
            play(live, made(2))
        assert max(sum(len(s.spans) for r in one.resource_spans for s in r.scope_spans) for one in receiver.taken) <= 3
    assert live.report.accepted == 14


def test_close_takes_no_longer_than_its_timeout() -> None:
    with http_receiver(always(Reply(drips=True))) as receiver:
        live = LiveSpans(endpoint=receiver.endpoint, timeout=30)
        play(live, made())
        started = time.monotonic()
        report = live.close(timeout=0.3)
        assert time.monotonic() - started < 10
    assert (report.accepted, report.lost) == (0, 7)
    assert "after the end" in str(report)


def test_after_the_end_spans_are_lost_and_closing_twice_is_no_error() -> None:
    live = LiveSpans(exporter=InMemorySpanExporter())
    trace = made()
    assert live.close() == live.close()
    live(trace, trace.calls[0])
    assert live.report.lost == 1


def test_a_receiver_that_is_down_costs_the_spans_and_nothing_else() -> None:
    live = LiveSpans(endpoint=f"http://127.0.0.1:{free_port()}", timeout=0.3)
    play(live, made())
    report = live.close()
    assert (report.accepted, report.lost) == (0, 7)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_SAMPLER", "always_off")],
)
def test_what_the_environment_does_not_want_is_skipped(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with LiveSpans() as live:
        play(live, made())
    assert (live.report.skipped, live.report.ok) == (7, True)


def test_an_exporter_that_raises_harms_nobody() -> None:
    class Raising(InMemorySpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            raise OSError("full")

    with LiveSpans(exporter=Raising()) as live:
        play(live, made())
    assert dict(live.report.reasons) == {"OSError: full": 7}


def test_the_end_of_the_program_sends_what_is_left() -> None:
    """Nobody has to close."""
    script = """
        import sys
        from tests.export.test_otel_live import made
        from tracefunc_export.otel import LiveSpans
        live, trace = LiveSpans(endpoint=sys.argv[1]), made()
        for call in trace.calls:
            live(trace, call)
    """
    with http_receiver() as receiver:
        environ = {**os.environ, "OTEL_BSP_SCHEDULE_DELAY": "60000"}
        command = [sys.executable, "-c", textwrap.dedent(script), receiver.endpoint]
        subprocess.run(command, env=environ, check=True, timeout=60)
        assert len(receiver.spans) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_sends_its_own_spans_under_ids_of_its_own() -> None:
    """A server that forks its workers makes the session before."""
    script = """
        import os, sys, time
        from tests.export.test_otel_live import made
        from tracefunc_export.otel import LiveSpans
        live, trace = LiveSpans(endpoint=sys.argv[1]), made()
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            child = os.fork()
        live(trace, trace.calls[0])
        report = live.close()
        if child:
            os.waitpid(child, 0)
        os._exit(0 if report.accepted == 1 else 1)
    """
    with http_receiver() as receiver:
        command = [sys.executable, "-c", textwrap.dedent(script), receiver.endpoint]
        subprocess.run(command, check=True, timeout=60)
        assert len({span.span_id for span in receiver.spans}) == 2


def test_what_a_session_sends_live_is_what_it_sends_afterwards() -> None:
    """The spans have other ids, and are the same else."""
    one, other, trace = InMemorySpanExporter(), InMemorySpanExporter(), made()
    with LiveSpans(exporter=one) as live:
        for call in trace.calls:
            live(trace, call)
    send(trace, exporter=other)
    for first, second in zip(one.get_finished_spans(), other.get_finished_spans(), strict=True):
        assert dict(first.attributes or {}) == dict(second.attributes or {})
        assert first.start_time == second.start_time


@pytest.mark.parametrize("given", [-1, float("nan"), float("inf"), "9"])
def test_times_that_cannot_be_waited_are_refused(given: Any) -> None:
    with pytest.raises(ExportError, match=r"timeout=.*: give a number of seconds above 0"):
        LiveSpans(exporter=InMemorySpanExporter(), timeout=given)
    with LiveSpans(exporter=InMemorySpanExporter()) as live:
        with pytest.raises(ExportError, match=r"timeout=.*: give a number of seconds from 0 on"):
            live.flush(given)
        with pytest.raises(ExportError, match=r"timeout=.*: give a number of seconds from 0 on"):
            live.close(given)
        assert live.flush(0)
