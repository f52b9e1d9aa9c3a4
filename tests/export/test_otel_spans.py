"""A trace as spans: one for each call with detail, by OpenTelemetry's conventions, and what was asked for."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanContext, StatusCode, TraceFlags

import tracefunc._options
from tracefunc import Call, ExportError, Extent, Frame, Function, Outcome, Sample, Statement, Trace, Tracer
from tracefunc_export._redact import Redactor
from tracefunc_export.otel import SECRETS, to_spans


def outer(number: int) -> int:
    total = 0
    for _ in range(number):
        total += middle(number)
    return total


def middle(number: int) -> int:
    return inner(number) + 1


def inner(number: int) -> int:
    return number


def failing(path: str) -> None:
    raise LookupError(f"no {path}")


def counting(number: int) -> Any:
    for value in range(number):
        yield value * 10


def log_in(user: str, password: str, options: dict[str, str]) -> str:
    token = f"{user}:{password}"
    return token


def traced(function: Any, *args: Any, targets: tuple[Any, ...] = (), **options: Any) -> Trace:
    with Tracer(*(targets or (function,)), **{"max_calls": None, **options}) as tracer:
        try:
            result = function(*args)
            if hasattr(result, "__next__"):
                list(result)
        except LookupError:
            pass
    return tracer.trace()


def spans_of(function: Any, *args: Any, targets: tuple[Any, ...] = (), **options: Any) -> list[ReadableSpan]:
    return to_spans(traced(function, *args, targets=targets), **options)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def text(spans: list[ReadableSpan]) -> str:
    """All that is sent."""
    return "".join(span.to_json() for span in spans)


def test_a_call_is_a_span_named_and_placed_by_the_stable_conventions() -> None:
    """`code.function.name` is the qualified name, and so is the name of the span."""
    trace = traced(inner, 3)
    (span,) = to_spans(trace)
    known = attributes(span)
    assert span.name == known["code.function.name"] == f"{__name__}.inner"
    assert (known["code.file.path"], known["code.line.number"]) == (__file__, inner.__code__.co_firstlineno)
    assert (span.start_time, span.end_time) == (trace.calls[0].start, trace.calls[0].end)
    assert known["thread.name"] == "MainThread"
    assert span.status.status_code is StatusCode.UNSET
    assert span.kind is api.SpanKind.INTERNAL
    assert not {"code.function", "code.filepath", "code.lineno", "code.namespace"} & known.keys()


def test_the_scope_names_the_exporter_its_version_and_the_schema() -> None:
    scope = spans_of(inner, 3)[0].instrumentation_scope
    assert scope is not None
    assert (scope.name, scope.schema_url) == ("tracefunc.export", "https://opentelemetry.io/schemas/1.44.0")
    assert scope.version


def test_spans_stand_below_each_other_as_the_calls_do() -> None:
    """Each parent is the span of the caller; all are in one trace."""
    trace = traced(outer, 3, targets=(outer, middle, inner))
    spans = dict(zip((call.id for call in trace.calls), to_spans(trace), strict=True))
    assert len(spans) == 7
    for call in trace.calls:
        parent = spans[call.id].parent
        assert (parent and parent.span_id) == (None if call.caller is None else spans[call.caller].context.span_id)
    assert len({span.context.trace_id for span in spans.values()}) == 1
    assert len({span.context.span_id for span in spans.values()}) == 7


def test_a_call_whose_caller_has_no_detail_stands_below_the_nearest_that_has() -> None:
    """No span names a parent that is never sent."""
    trace = traced(outer, 3, targets=(outer, middle, inner))
    without = replace(
        trace, calls=tuple(call for call in trace.calls if trace.functions[call.function].name != "middle")
    )
    calls = tuple(
        replace(call, frames_above=trace.calls[0].id) if call.caller is not None else call for call in without.calls
    )
    first, *others = to_spans(replace(trace, calls=calls))
    assert first.parent is None
    assert [span.parent and span.parent.span_id for span in others] == [first.context.span_id] * 3


def test_a_capped_trace_has_no_parent_that_is_missing() -> None:
    """The real thing: calls beyond `max_calls` have no span, and those below them stand higher."""
    spans = to_spans(traced(outer, 5, targets=(outer, middle, inner), max_calls=2))
    ids = {span.context.span_id for span in spans}
    assert [span.name.rpartition(".")[2] for span in spans] == ["outer", "middle", "inner", "middle", "inner"]
    assert all(span.parent.span_id in ids for span in spans[1:] if span.parent)
    assert all(span.parent for span in spans[1:])


def test_the_same_trace_gives_the_same_spans_and_another_run_others() -> None:
    trace = traced(outer, 2)
    ids = [[span.context for span in to_spans(each)] for each in (trace, trace, traced(outer, 2))]
    assert ids[0] == ids[1]
    assert ids[0][0].trace_id != ids[2][0].trace_id
    assert ids[0][0].span_id != ids[2][0].span_id


def test_the_current_span_is_the_parent_of_the_outermost_calls() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    trace = traced(outer, 1, targets=(outer, middle))
    with provider.get_tracer("test").start_as_current_span("around") as around:
        first, second = to_spans(trace)
    assert first.parent == around.get_span_context()
    assert first.context.trace_id == second.context.trace_id == around.get_span_context().trace_id
    assert second.parent == first.context


def test_two_traces_below_one_span_do_not_share_ids() -> None:
    around = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))
    one, other = (to_spans(traced(inner, 1), parent=around)[0].context for _ in range(2))
    assert one.trace_id == other.trace_id == 7
    assert one.span_id != other.span_id


def test_traceparent_names_the_parent_where_no_span_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEPARENT", f"00-{5:032x}-{6:016x}-01")
    monkeypatch.setenv("TRACESTATE", "vendor=value")
    trace = traced(inner, 1)
    (span,) = to_spans(trace)
    assert (span.context.trace_id, span.parent.span_id, span.parent.is_remote) == (5, 6, True)
    assert span.context.trace_state["vendor"] == "value"
    (alone,) = to_spans(trace, parent=None)
    assert alone.parent is None
    monkeypatch.setenv("TRACEPARENT", "nonsense")
    assert to_spans(trace)[0].parent is None


def test_a_parent_may_be_a_span_or_its_context_and_nothing_else() -> None:
    trace = traced(inner, 1)
    span = api.NonRecordingSpan(SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1)))
    for parent in (span, span.get_span_context(), api.set_span_in_context(span)):
        assert to_spans(trace, parent=parent)[0].parent.span_id == 8
    with pytest.raises(ExportError, match='give "ambient"'):
        to_spans(trace, parent="other")  # type: ignore[arg-type]


def test_an_error_is_a_status_a_type_and_one_event() -> None:
    trace = traced(failing, "file")
    (span,) = to_spans(trace)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "LookupError: no file")
    assert attributes(span)["error.type"] == "LookupError"
    (event,) = span.events
    assert (event.name, event.timestamp) == ("exception", span.end_time)
    assert set(event.attributes or ()) == {"exception.type", "exception.message", "exception.stacktrace"}
    assert (event.attributes or {})["exception.message"] == "no file"
    lines = str((event.attributes or {})["exception.stacktrace"]).split("\n")
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2] == f'  File "{__file__}", line {failing.__code__.co_firstlineno + 1}, in failing'
    assert lines[-1] == "LookupError: no file"


def test_the_stack_of_an_error_goes_back_over_all_calls() -> None:
    """Of a deep recursion, the innermost frames are kept."""

    def deep(number: int) -> None:
        if number == 0:
            raise LookupError
        deep(number - 1)

    shallow, very = traced(deep, 3), traced(deep, 100)
    texts = [str((to_spans(trace)[-1].events[0].attributes or {})["exception.stacktrace"]) for trace in (shallow, very)]
    assert texts[0].count("in test_the_stack_of_an_error_goes_back_over_all_calls.<locals>.deep") == 4
    assert "in traced" in texts[0]
    assert [len(each.split("\n")) for each in texts][1] == 34


def test_hits_are_two_arrays_of_lines_and_counts() -> None:
    known = attributes(spans_of(outer, 3)[0])
    first = outer.__code__.co_firstlineno
    assert known["tracefunc.snippet.lines"] == [first + 1, first + 2, first + 3, first + 4]
    assert known["tracefunc.snippet.hits"] == [1, 4, 3, 1]


def test_of_many_snippets_the_hottest_64_are_told() -> None:
    """What is left out is counted."""
    body = "\n".join(f"    a{number} = 0" for number in range(100))
    namespace: dict[str, Any] = {}
    import linecache

    code = f"def many():\n{body}\n    for _ in range(3): pass\n"
    linecache.cache["<many>"] = len(code), None, code.splitlines(keepends=True), "<many>"
    exec(compile(code, "<many>", "exec"), namespace)
    known = attributes(spans_of(namespace["many"])[0])
    assert len(known["tracefunc.snippet.lines"]) == len(known["tracefunc.snippet.hits"]) == 64
    assert known["tracefunc.snippet.omitted"] == 102 - 64
    assert known["tracefunc.snippet.hits"][-2:] == [4, 3]
    assert known["tracefunc.snippet.lines"] == sorted(known["tracefunc.snippet.lines"])


def test_values_and_source_are_not_in_it_unless_asked_for() -> None:
    trace = traced(log_in, "ann", "hunter2", {}, redact=())
    assert trace.calls[0].arguments["user"].text == "'ann'"
    (span,) = to_spans(trace)
    assert span.events == ()
    assert not any(found in span.to_json() for found in ("'ann", "hunter2", "token ="))


def test_source_is_a_third_array_with_literals_of_secrets_hidden() -> None:
    known = attributes(spans_of(log_in, "ann", "hunter2", {}, source=True)[0])
    assert known["tracefunc.snippet.source"] == ["token = <redacted>", "return token"]
    assert len(known["tracefunc.snippet.lines"]) == 2


def test_values_are_events_and_secrets_are_hidden_in_them() -> None:
    trace = traced(log_in, "ann", "hunter2", {"api_key": "k-123"}, redact=())
    (span,) = to_spans(trace, values=True)
    events = {event.name: dict(event.attributes or {}) for event in span.events}
    assert events["tracefunc.arguments"] == {
        "tracefunc.argument.user": "'ann'",
        "tracefunc.argument.password": "<redacted>",
        "tracefunc.argument.options": "{'api_key': <redacted>}",
    }
    assert "hunter2" not in json.dumps(events["tracefunc.samples"])
    assert [event.name for event in span.events] == [
        "tracefunc.arguments", "tracefunc.samples", "tracefunc.samples", "tracefunc.returned",
    ]  # fmt: skip


def test_nothing_is_hidden_when_redact_is_empty() -> None:
    trace = traced(log_in, "ann", "hunter2", {"api_key": "k-123"}, redact=())
    assert "hunter2" in text(to_spans(trace, values=True, redact=()))


def test_patterns_of_ones_own_take_the_place_of_the_usual() -> None:
    """Case does not count."""
    trace = traced(log_in, "ann", "hunter2", {"api_key": "k-123"}, redact=())
    arguments = dict(to_spans(trace, values=True, redact="USER")[0].events[0].attributes or {})
    assert arguments["tracefunc.argument.user"] == "<redacted>"
    assert arguments["tracefunc.argument.password"] == "'hunter2'"
    assert arguments["tracefunc.argument.options"] == "{'api_key': 'k-123'}"


def test_messages_of_errors_go_through_redaction() -> None:
    spans = to_spans(traced(failing, "password='hunter2' for ann", redact=(), max_repr=500))
    assert "hunter2" not in text(spans)
    assert "for ann" in text(spans)


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        ("{'password': 'x', 'a': 1}", "{'password': <redacted>, 'a': 1}"),
        ("{'a': {'my-api-key': 'x'}}", "{'a': {'my-api-key': <redacted>}}"),
        ("Authorization: Bearer abc", "Authorization: <redacted>"),
        ("User(password='it''s', x=1)", "User(password=<redacted>'s', x=1)"),
        ("{'secrets': ['a', 'b'], 'c': 3}", "{'secrets': <redacted>"),
        ("{'token': 'cut o...", "{'token': <redacted>"),
        ("password == 5", "password == 5"),
        ('{"accessTokens": "x", "sessionId": 5}', '{"accessTokens": <redacted>, "sessionId": <redacted>}'),
        ("word: 5", "word: 5"),
    ],
)
def test_running_text_is_redacted_behind_names_and_keys(shown: str, hidden: str) -> None:
    assert Redactor().text(shown) == hidden


@pytest.mark.parametrize("text", ["password" * 30_000, "token='" * 20_000, "a.b-" * 50_000, "token=[" * 20_000])
def test_redaction_takes_linear_time(text: str) -> None:
    """Each of these takes minutes where time grows with the square; the test's own time limit ends that."""
    Redactor().text(text)
    Redactor().source(text)


def test_the_patterns_are_those_of_the_core() -> None:
    assert SECRETS == tracefunc._options.SECRETS


def test_yielded_values_are_told_and_time_between_is_suspended_time() -> None:
    (span,) = spans_of(counting, 2, values=True)
    assert attributes(span)["tracefunc.suspended_ns"] > 0
    call = replace(traced(counting, 2).calls[0], yielded=(Sample("int", "0"), Sample("int", "10")), sent=())
    (span,) = to_spans(replace(traced(counting, 2), calls=(call,)), values=True)
    (yielded,) = [event for event in span.events if event.name == "tracefunc.yielded"]
    assert (yielded.attributes or {})["tracefunc.value"] == ["0", "10"]


def test_a_damaged_trace_in_which_a_call_stands_above_itself_has_an_end() -> None:
    trace = traced(failing, "file")
    call = replace(trace.calls[0], frames_above=trace.calls[0].id, caller=trace.calls[0].id, frames=())
    (span,) = to_spans(replace(trace, calls=(call,)))
    assert span.parent is None


def test_a_call_that_still_runs_ends_with_the_trace() -> None:
    trace = traced(inner, 1)
    call = replace(trace.calls[0], end=None, outcome=Outcome("unfinished"))
    (span,) = to_spans(replace(trace, calls=(call,)))
    assert (span.end_time, attributes(span)["tracefunc.outcome"]) == (trace.end, "unfinished")


def test_no_span_ends_before_it_starts() -> None:
    trace = traced(inner, 1)
    call = replace(trace.calls[0], start=1000, end=10)
    (span,) = to_spans(replace(trace, calls=(call,)))
    assert (span.start_time, span.end_time) == (1000, 1000)


def test_values_of_a_span_have_a_bound() -> None:
    """What exceeds it is counted."""
    trace = traced(inner, 1)
    names = {f"name{number}": (Sample("str", "x" * 1000),) * 10 for number in range(4)}
    call = replace(trace.calls[0], samples=dict.fromkeys(range(1), names))
    (span,) = to_spans(replace(trace, calls=(call,)), values=True)
    assert attributes(span)["tracefunc.values.omitted"] == 1
    assert len(span.to_json()) < 40_000


def test_the_service_is_named_by_argument_by_environment_or_else_tracefunc(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traced(inner, 1)
    assert to_spans(trace)[0].resource.attributes["service.name"] == "tracefunc"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    known = to_spans(trace)[0].resource.attributes
    assert (known["service.name"], known["deployment.environment.name"]) == ("shop", "test")
    assert to_spans(trace, service="mine")[0].resource.attributes["service.name"] == "mine"


def test_limits_of_the_environment_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "4")
    monkeypatch.setenv("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")
    (span,) = spans_of(failing, "file", values=True)
    assert (len(attributes(span)), len(span.events)) == (4, 1)
    assert span.dropped_attributes > 0
    assert span.dropped_events > 0
    assert span.events[0].name == "exception"
    assert (span.events[0].attributes or {})["exception.type"] == "Looku"


texts = st.text(st.characters(codec=None), max_size=6) | st.sampled_from(
    ["\ud800", "\x00", "\U0001f600", "token=\udfff"]
)
ints = st.integers(-(2**70), 2**70) | st.sampled_from([0, 2**63 - 1, 2**63, 2**64, -(10**4000)])


@st.composite
def hostile_traces(draw: Any) -> Trace:
    """Traces with texts and numbers as a damaged or forged file may have them."""

    def made(record: type, **fields: Any) -> Any:
        return record(
            **{name: draw(value) if isinstance(value, st.SearchStrategy) else value for name, value in fields.items()}
        )

    several = st.lists(st.builds(Sample, texts, texts), max_size=2).map(tuple)
    statement = made(
        Statement, id=0, kind="Pass", snippet=texts, extent=Extent(*draw(st.tuples(*[ints] * 4))), names=(), scope=""
    )
    outcome = made(
        Outcome,
        kind=st.sampled_from(["returned", "raised"]) | texts,
        value=st.builds(Sample, texts, texts),
        exception=texts,
        message=texts,
        statement=st.none() | st.just(0),
    )
    call = made(
        Call,
        id=ints,
        function=0,
        caller=ints,
        caller_statement=st.none() | st.just(0),
        frames=st.lists(st.builds(Frame, texts, texts, ints), max_size=2).map(tuple),
        frames_above=st.none() | ints,
        start=ints,
        end=st.none() | ints,
        running=ints,
        suspended=ints,
        thread_id=ints,
        thread_name=texts,
        task_name=st.none() | texts,
        arguments=st.dictionaries(texts, st.builds(Sample, texts, texts), max_size=2),
        outcome=outcome,
        hits=st.dictionaries(st.just(0), ints),
        samples=st.dictionaries(st.just(0), st.dictionaries(texts, several, max_size=2)),
        yielded=several,
        sent=several,
        process_id=ints,
    )
    function = made(
        Function,
        id=0,
        name=texts,
        qualname=texts,
        module=texts,
        path=texts,
        line=ints,
        source="",
        statements=(0,),
        calls=1,
    )
    return made(
        Trace,
        functions=(function,),
        statements=(statement,),
        hits=(1,),
        calls=(call,),
        edges=(),
        without_detail=0,
        start=ints,
        end=ints,
        python=texts,
    )


@settings(deadline=None)
@given(hostile_traces())
def test_whatever_is_in_a_trace_can_be_sent(trace: Trace) -> None:
    """All spans are encoded with all their attributes, whatever texts and numbers are in them."""
    spans = to_spans(trace, values=True, source=True)
    request = encode_spans(spans)
    sent = [span for part in request.resource_spans for scope in part.scope_spans for span in scope.spans]
    assert [len(span.attributes) for span in sent] == [len(span.attributes or ()) for span in spans]
    for span, made in zip(sent, spans, strict=True):
        assert [len(event.attributes) for event in span.events] == [
            len(event.attributes or ()) for event in made.events
        ]
    assert request.SerializeToString()
