"""Against a real agent, which `.ci/run` starts from an environment of its own: what was sent is what it has."""

import base64
import json
import os
import urllib.request
import uuid
from typing import Any

import pytest

from tracefunc import Trace, Tracer
from tracefunc_export.otel import send, to_spans

AGENT = os.environ.get("TRACEFUNC_TEST_AGENT", "")

pytestmark = pytest.mark.skipif(
    not AGENT, reason="TRACEFUNC_TEST_AGENT is not set: `.ci/run` starts the agent; CONTRIBUTING.md says how else"
)


def tree(depth: int) -> int:
    return 1 if depth == 0 else tree(depth - 1) + tree(depth - 1)


def forest(trees: int) -> int:
    total = 0
    for number in range(trees):
        total += tree(number % 6)
    return total


def made(calls: int) -> Trace:
    with Tracer(forest, tree, max_calls=None) as tracer:
        while sum(function.calls for function in tracer.trace().functions) < calls:
            forest(60)
    return tracer.trace()


def read_back(port: str, token: str) -> list[dict[str, Any]]:
    address = f"http://127.0.0.1:{port}/test/session/traces?test_session_token={token}"
    with urllib.request.urlopen(address, timeout=60) as reply:
        requests = json.load(reply)
    return [
        span
        for request in requests
        for resource in request["resource_spans"]
        for scope in resource["scope_spans"]
        for span in scope["spans"]
    ]


def number(text: str | None) -> int | None:
    return None if text is None else int.from_bytes(base64.b64decode(text))


@pytest.mark.parametrize(("protocol", "calls"), [("http/protobuf", 10_000), ("grpc", 1_000)])
def test_the_agent_has_every_call_with_its_parent_and_its_times(protocol: str, calls: int) -> None:
    http, grpc = AGENT.split(":")
    token, trace = uuid.uuid4().hex, made(calls)
    assert len(trace.calls) >= calls
    port = http if protocol == "http/protobuf" else grpc
    headers = {"x-datadog-test-session-token": token}
    report = send(trace, f"http://127.0.0.1:{port}", protocol=protocol, headers=headers)
    assert (report.accepted, report.refused, report.lost, report.reasons) == (len(trace.calls), 0, 0, ())

    found = {number(span["span_id"]): span for span in read_back(http, token)}
    expected = to_spans(trace)
    assert len(found) == len(expected)
    for call, known in zip(trace.calls, expected, strict=True):
        span = found[known.context.span_id]
        assert span["name"] == known.name
        assert number(span["trace_id"]) == int(report.trace_id, 16)
        assert number(span.get("parent_span_id")) == (known.parent.span_id if known.parent else None)
        assert (int(span["start_time_unix_nano"]), int(span["end_time_unix_nano"])) == (call.start, call.end)
    parents = [span.get("parent_span_id") for span in found.values()]
    assert {number(parent) for parent in parents if parent} <= found.keys()
