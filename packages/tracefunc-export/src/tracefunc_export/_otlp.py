"""OTLP over HTTP and gRPC, with the receiver's own answer.

The exporters of OpenTelemetry know certificates, headers, compression, retries and all the variables that configure
them, but their answer is only yes or no. The channels here use them and look at what the receiver replied: how many
spans it rejected, whether a batch was too large, whether it is a receiver at all.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tracefunc.errors import ExportError

if TYPE_CHECKING:
    from requests import Response

__all__ = ["Answer", "Channel", "PlainChannel", "open_channel"]

_TOO_LARGE = 413
_POINTLESS = {401, 403, 404, 405, 410, 429, 501, 502, 503, 504}  # the next batch will fare the same
_HTTP, _GRPC = "http/protobuf", "grpc"


class Answer(NamedTuple):
    """What became of a batch, see `SendReport`. `is_final` says that trying another batch now is of no use."""

    accepted: int = 0
    refused: int = 0
    lost: int = 0
    reason: str = ""
    is_too_large: bool = False
    is_final: bool = False
    skipped: int = 0


class Channel(Protocol):
    """A way to a receiver. `timeout` is the longest that `deliver` means to take, in seconds."""

    timeout: float

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        """Send a batch and wait for the answer."""
        ...

    def close(self) -> None:
        """Give back what the channel holds."""
        ...


class PlainChannel:
    """Any exporter: all that it says is whether it worked. It is shut down at the end if it is `owned`."""

    def __init__(self, exporter: SpanExporter, timeout: float | None = None, *, owned: bool = False) -> None:
        self._exporter = exporter
        self._is_owned = owned
        self.timeout = _timeout(timeout)

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        if self._exporter.export(spans) is SpanExportResult.SUCCESS:
            return Answer(accepted=len(spans))
        return Answer(lost=len(spans), reason=f"{type(self._exporter).__name__} failed")

    def close(self) -> None:
        if self._is_owned:
            self._exporter.shutdown()


class _HttpChannel:
    def __init__(self, endpoint: str | None, headers: Mapping[str, str] | None, timeout: float | None) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        self.timeout = _timeout(timeout)
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
        return _partial(len(spans), *_rejected(kind, reply.content))

    def close(self) -> None:
        self._exporter.shutdown()


class _GrpcChannel:
    def __init__(self, endpoint: str | None, headers: Mapping[str, str] | None, timeout: float | None) -> None:
        from grpc import RpcError, StatusCode
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        self.timeout = _timeout(timeout)
        self._replies = replies = []  # type: list[Any]
        self._error = RpcError

        class Exporter(OTLPSpanExporter):
            """Keeps each reply, which the exporter throws away."""

            def _initialize_channel_and_stub(self) -> None:
                super()._initialize_channel_and_stub()  # type: ignore[no-untyped-call]
                self._client: Any = _Client(self._client, replies)

        transient = ("CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS")
        # A batch that is too large is split instead, which is what RESOURCE_EXHAUSTED says without a time to wait.
        codes = None if _RETRYABLE in os.environ else [StatusCode[name] for name in transient]
        lower = None if headers is None else {key.lower(): value for key, value in headers.items()}
        self._exporter = Exporter(endpoint, headers=lower, timeout=self.timeout, retryable_error_codes=codes)

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        deadline = time.monotonic() + self.timeout
        while True:
            self._replies.clear()
            result = self._exporter.export(spans)
            reply = self._replies[-1] if self._replies else None
            if not isinstance(reply, self._error):
                break
            wait = _wait_asked_for(reply)
            if reply.code().name != "RESOURCE_EXHAUSTED" or wait is None or time.monotonic() + wait >= deadline:
                return self._failed(len(spans), reply, wait)
            time.sleep(wait)
        if result is not SpanExportResult.SUCCESS:
            return Answer(lost=len(spans), reason="it could not be encoded")
        partial = getattr(reply, "partial_success", None)
        return _partial(len(spans), getattr(partial, "rejected_spans", 0), getattr(partial, "error_message", ""))

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


_RETRYABLE = "OTEL_PYTHON_EXPORTER_OTLP_GRPC_RETRYABLE_ERROR_CODES"


def open_channel(
    endpoint: str | None = None,
    *,
    protocol: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Channel:
    """Return the channel to an endpoint, or to the one that the `OTEL_*` variables name.

    Raises `ExportError` when the exporter for its protocol is not installed, or there is none.
    """
    if endpoint is not None and "://" not in endpoint and not endpoint.startswith("unix:"):
        endpoint = f"http://{endpoint}"
    asked = protocol or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    asked = asked or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or _usual_protocol(endpoint)
    if asked not in (_HTTP, _GRPC):
        raise ExportError(f"There is no OTLP protocol {asked!r} here: it is {_HTTP!r} or {_GRPC!r}.")
    if endpoint is not None and asked == _HTTP and urlsplit(endpoint).path in ("", "/"):
        endpoint = f"{endpoint.rstrip('/')}/v1/traces"
    try:
        return (_HttpChannel if asked == _HTTP else _GrpcChannel)(endpoint, headers, timeout)
    except ModuleNotFoundError as error:
        extra = "otlp-http" if asked == _HTTP else "otlp-grpc"
        raise ExportError(
            f"OTLP by {asked} needs the module {error.name}. Install it: pip install 'tracefunc-export[{extra}]'"
        ) from error


def _usual_protocol(endpoint: str | None) -> str:
    """Return gRPC for its usual port and where it is all that is installed; HTTP is the standard's default."""
    from importlib.util import find_spec

    given = endpoint or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    given = given or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or ""
    if given.startswith("unix:") or given.rstrip("/").endswith(":4317"):
        return _GRPC
    try:
        has_http = find_spec("opentelemetry.exporter.otlp.proto.http") is not None
        has_grpc = find_spec("opentelemetry.exporter.otlp.proto.grpc") is not None
    except ModuleNotFoundError:
        return _HTTP
    return _GRPC if has_grpc and not has_http else _HTTP


def _timeout(given: float | None) -> float:
    """Return the seconds that a batch may take, by `OTEL_EXPORTER_OTLP_TIMEOUT` where none is given."""
    if given is not None:
        return given
    variables = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
    text = next((os.environ[name] for name in variables if os.environ.get(name)), "10")
    try:
        return float(text)
    except ValueError:
        return 10.0


def _session(replies: list[Response | Exception]) -> Any:
    """Return a session that keeps replies; `OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER` may provide it."""
    import requests
    from requests.adapters import BaseAdapter

    class Keeping(BaseAdapter):
        def __init__(self, adapter: BaseAdapter) -> None:
            super().__init__()
            self._adapter = adapter

        def send(self, *args: Any, **options: Any) -> Response:
            try:
                reply = self._adapter.send(*args, **options)
            except Exception as error:
                replies.append(error)
                raise
            replies.append(reply)
            return reply

        def close(self) -> None:
            self._adapter.close()

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
        session.mount(scheme, Keeping(adapter))
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
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

        reply = ExportTraceServiceResponse.FromString(content).partial_success
        return reply.rejected_spans, reply.error_message
    except Exception:  # it is no OTLP, but it said that all is well
        return 0, ""


def _partial(number: int, rejected: int, message: str) -> Answer:
    refused = min(max(rejected, 0), number)
    return Answer(accepted=number - refused, refused=refused, reason=message or ("rejected" if refused else ""))


def _wait_asked_for(error: Any) -> float | None:
    """Return how many seconds the receiver asks to wait, if it does."""
    from google.rpc.error_details_pb2 import RetryInfo

    for key, value in error.trailing_metadata() or ():
        if key == "google.rpc.retryinfo-bin":
            info = RetryInfo.FromString(value)
            return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None
