"""OTLP over gRPC: OpenTelemetry's exporter, with the receiver's own answer."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from google.rpc.error_details_pb2 import RetryInfo
from grpc import RpcError, StatusCode
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.util.re import parse_env_headers

from tracefunc_export._channels import Answer, partial, seconds

__all__ = ["GrpcChannel"]

_RETRYABLE = "OTEL_PYTHON_EXPORTER_OTLP_GRPC_RETRYABLE_ERROR_CODES"
_TRANSIENT = ("CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS")


class GrpcChannel:
    """Sends by gRPC, and looks at each reply."""

    def __init__(self, endpoint: str | None, headers: Mapping[str, str] | None, timeout: float | None) -> None:
        self.timeout = seconds(timeout)
        replies: list[Any] = []
        self._replies = replies

        class Exporter(OTLPSpanExporter):
            """Keeps each reply, which the exporter throws away."""

            def _initialize_channel_and_stub(self) -> None:
                super()._initialize_channel_and_stub()  # type: ignore[no-untyped-call]
                self._client: Any = _Client(self._client, replies)

        # A batch that is too large is split instead, which is what RESOURCE_EXHAUSTED says without a time to wait.
        codes = None if _RETRYABLE in os.environ else [StatusCode[name] for name in _TRANSIENT]
        self._exporter = Exporter(endpoint, headers=_merged(headers), timeout=self.timeout, retryable_error_codes=codes)

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        deadline = time.monotonic() + self.timeout
        while True:
            self._replies.clear()
            result = self._exporter.export(spans)
            reply = self._replies[-1] if self._replies else None
            if not isinstance(reply, RpcError):
                break
            wait = _wait_asked_for(reply)
            if reply.code().name != "RESOURCE_EXHAUSTED" or wait is None or time.monotonic() + wait >= deadline:
                return self._failed(len(spans), reply, wait)
            time.sleep(wait)
        if result is not SpanExportResult.SUCCESS:
            return Answer(lost=len(spans), reason="it could not be encoded")
        told = getattr(reply, "partial_success", None)
        return partial(len(spans), getattr(told, "rejected_spans", 0), getattr(told, "error_message", ""))

    def _failed(self, number: int, error: Any, wait: float | None) -> Answer:
        code = error.code().name
        reason = f"{code}: {error.details()}" if error.details() else code
        if code in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
            return Answer(lost=number, reason=reason, is_final=True)
        is_too_large = code == "RESOURCE_EXHAUSTED" and wait is None
        is_final = code in ("UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED") or wait is not None
        return Answer(refused=number, reason=reason, is_too_large=is_too_large, is_final=is_final)

    def close(self) -> None:
        self._exporter.shutdown()


class _Client:
    """The stub of the service, as the exporter calls it."""

    def __init__(self, client: Any, replies: list[Any]) -> None:
        self._client = client
        self._replies = replies

    def Export(self, *args: Any, **options: Any) -> Any:  # noqa: N802
        try:
            reply = self._client.Export(*args, **options)
        except Exception as error:
            self._replies.append(error)
            raise
        self._replies.append(reply)
        return reply


def _merged(headers: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return headers and those of the variables, which the exporter forgets when it is given some."""
    if headers is None:
        return None
    names = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
    text = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return {**parse_env_headers(text, liberal=True), **{key.lower(): value for key, value in headers.items()}}


def _wait_asked_for(error: Any) -> float | None:
    """Return how many seconds the receiver asks to wait, if it does."""
    for key, value in error.trailing_metadata() or ():
        if key == "google.rpc.retryinfo-bin":
            info = RetryInfo.FromString(value)
            return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None
