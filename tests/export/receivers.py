"""OTLP receivers that run in the tests' process: real HTTP and gRPC, real protobuf, and answers by a script."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Reply:
    """What a receiver answers to one request: a status, after some time, with some spans rejected."""

    status: int | grpc.StatusCode | None = None
    seconds: float = 0
    rejected: int = 0
    message: str = ""
    retry_after: float | None = None
    body: bytes | None = None
    kind: str = "application/x-protobuf"
    headers: Mapping[str, str] = field(default_factory=dict)
    drips: bool = False  # a byte of the body at a time, for ever

    @property
    def response(self) -> ExportTraceServiceResponse:
        if not (self.rejected or self.message):
            return ExportTraceServiceResponse()
        partial = ExportTracePartialSuccess(rejected_spans=self.rejected, error_message=self.message)
        return ExportTraceServiceResponse(partial_success=partial)


type Script = Callable[[int, ExportTraceServiceRequest], Reply]


def always(reply: Reply) -> Script:
    return lambda number, request: reply


ALL_WELL = always(Reply())


def in_turn(*replies: Reply) -> Script:
    """The given replies, and from then on that all is well."""
    return lambda number, request: replies[number] if number < len(replies) else Reply()


def at_most(spans: int, reply: Reply) -> Script:
    """A receiver that answers with `reply` to every batch of more spans."""
    return lambda number, request: reply if count(request) > spans else Reply()


def count(request: ExportTraceServiceRequest) -> int:
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)


@dataclass
class Receiver:
    """What has come in: all requests, and those that were taken."""

    script: Script
    port: int = 0
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    taken: list[ExportTraceServiceRequest] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def spans(self) -> list[Span]:
        return [
            span for one in self.taken for part in one.resource_spans for sc in part.scope_spans for span in sc.spans
        ]

    def take(self, request: ExportTraceServiceRequest, headers: Mapping[str, str]) -> Reply:
        number = len(self.requests)
        self.requests.append(request)
        self.sizes.append(request.ByteSize())
        self.headers.append({key.lower(): value for key, value in headers.items()})
        reply = self.script(number, request)
        self.stopping.wait(reply.seconds)
        if reply.status in (None, 200):
            self.taken.append(request)
        return reply


@contextmanager
def http_receiver(script: Script = ALL_WELL) -> Iterator[Receiver]:
    receiver = Receiver(script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            reply = receiver.take(ExportTraceServiceRequest.FromString(body), dict(self.headers.items()))
            if self.path != "/v1/traces":
                reply = Reply(404)
            content = reply.response.SerializeToString() if reply.body is None else reply.body
            self.send_response(int(reply.status or 200))
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(10**6 if reply.drips else len(content)))
            if reply.retry_after is not None:
                self.send_header("Retry-After", f"{reply.retry_after:g}")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            while reply.drips and not receiver.stopping.wait(0.02):
                self.wfile.write(b"x")
            self.wfile.write(content)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client has gone
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def grpc_receiver(script: Script = ALL_WELL) -> Iterator[Receiver]:
    receiver = Receiver(script)

    class Servicer(TraceServiceServicer):
        def Export(self, request: ExportTraceServiceRequest, context: Any) -> Any:  # noqa: N802
            reply = receiver.take(request, dict(context.invocation_metadata()))
            if isinstance(reply.status, grpc.StatusCode):
                if reply.retry_after is not None:
                    seconds, rest = divmod(reply.retry_after, 1)
                    info = RetryInfo(retry_delay=Duration(seconds=int(seconds), nanos=int(rest * 1e9)))
                    context.set_trailing_metadata((("google.rpc.retryinfo-bin", info.SerializeToString()),))
                context.abort(reply.status, reply.message)
            return reply.response

    server = grpc.server(ThreadPoolExecutor(4))
    add_TraceServiceServicer_to_server(Servicer(), server)
    receiver.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield receiver
    finally:
        receiver.stopping.set()
        server.stop(None).wait()


def free_port() -> int:
    """A port on which nobody listens."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
