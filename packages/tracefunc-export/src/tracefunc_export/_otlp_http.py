"""OTLP over HTTP: OpenTelemetry's exporter, with the receiver's own answer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from requests import Response
from requests.adapters import BaseAdapter

from tracefunc.errors import ExportError
from tracefunc_export._channels import Answer, partial, seconds

__all__ = ["HttpChannel"]

_TOO_LARGE = 413
_POINTLESS = {401, 403, 404, 405, 410, 429, 501, 502, 503, 504}  # the next batch will fare the same


class HttpChannel:
    """Sends by HTTP, and looks at each reply."""

    def __init__(self, endpoint: str | None, headers: Mapping[str, str] | None, timeout: float | None) -> None:
        self.timeout = seconds(timeout)
        self._replies: list[Response | Exception] = []
        session = _session(self._replies)
        self._exporter = OTLPSpanExporter(endpoint, headers=headers, timeout=self.timeout, session=session)

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        self._replies.clear()
        result = self._exporter.export(spans)
        reply = self._replies[-1] if self._replies else None
        if isinstance(reply, Exception):
            return Answer(lost=len(spans), reason=_unreachable(reply), is_final=True)
        if reply is None:
            is_sent = result is SpanExportResult.SUCCESS
            return Answer(accepted=len(spans)) if is_sent else Answer(lost=len(spans), reason="it could not be encoded")
        status = reply.status_code
        if not 200 <= status < 300:
            where = f" to {reply.headers['location']}" if 300 <= status < 400 and "location" in reply.headers else ""
            reason = f"{status} {reply.reason or ''}".strip() + where
            is_final = status in _POINTLESS or status < 400
            return Answer(refused=len(spans), reason=reason, is_too_large=status == _TOO_LARGE, is_final=is_final)
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            reason = "a web page answered: this is no OTLP receiver"
            return Answer(refused=len(spans), reason=reason, is_final=True)
        return partial(len(spans), *_rejected(kind, reply.content))

    def close(self) -> None:
        self._exporter.shutdown()


class _Keeping(BaseAdapter):
    """An adapter of a session that keeps what comes back, and what went wrong."""

    def __init__(self, adapter: BaseAdapter, replies: list[Response | Exception]) -> None:
        super().__init__()
        self._adapter = adapter
        self._replies = replies

    def send(self, *args: Any, **options: Any) -> Response:
        try:
            reply = self._adapter.send(*args, **options)
        except Exception as error:
            self._replies.append(error)
            raise
        self._replies.append(reply)
        return reply

    def close(self) -> None:
        self._adapter.close()


def _session(replies: list[Response | Exception]) -> Any:
    """Return a session that keeps replies; `OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER` may provide it."""
    prefix = "OTEL_PYTHON_EXPORTER_OTLP_HTTP_"
    names = (f"{prefix}CREDENTIAL_PROVIDER", f"{prefix}TRACES_CREDENTIAL_PROVIDER")
    provider = next((os.environ[name] for name in names if os.environ.get(name)), None)
    session = requests.Session()
    if provider:
        found = list(entry_points(group="opentelemetry_otlp_credential_provider", name=provider))
        if not found:
            raise ExportError(f"{names[0]}={provider}: no installed package provides it.")
        session = found[0].load()()
    for scheme, adapter in list(session.adapters.items()):
        session.mount(scheme, _Keeping(adapter, replies))
    return session


def _unreachable(error: Exception) -> str:
    """Say in few words why there was no reply: the first cause, which has no addresses of objects in it."""
    seen: BaseException = error
    text = str(error)
    while (cause := getattr(seen, "reason", None) or seen.__cause__ or seen.__context__) is not None:
        if not isinstance(cause, BaseException):
            break
        seen = cause
        text = getattr(seen, "strerror", None) or str(seen) or text
    if "timed out" in str(error).lower():
        return "no answer in time"
    return f"no connection: {text}" if text else f"no connection: {type(error).__name__}"


def _rejected(kind: str, content: bytes) -> tuple[int, str]:
    """Return the number of rejected spans, and why, from the body of a reply."""
    if not content:
        return 0, ""
    try:
        if kind == "application/json":
            partial = json.loads(content).get("partialSuccess") or {}
            return int(partial.get("rejectedSpans") or 0), str(partial.get("errorMessage") or "")
        reply = ExportTraceServiceResponse.FromString(content).partial_success
        return reply.rejected_spans, reply.error_message
    except Exception:  # it is no OTLP, but it said that all is well
        return 0, ""
