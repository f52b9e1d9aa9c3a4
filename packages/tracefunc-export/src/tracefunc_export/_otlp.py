"""OTLP over HTTP and gRPC, with the receiver's own answer.

The exporters of OpenTelemetry know certificates, headers, compression, retries and all the variables that configure
them, but their answer is only yes or no. The channels here use them and look at what the receiver replied: how many
spans it rejected, whether a batch was too large, whether it is a receiver at all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from tracefunc.errors import ExportError
from tracefunc_export._channels import Channel

__all__ = ["open_channel"]

_HTTP, _GRPC = "http/protobuf", "grpc"


def open_channel(
    endpoint: str | None = None,
    *,
    protocol: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Channel:
    """Return the channel to an endpoint, or to the one that the `OTEL_*` variables name.

    Raises `ExportError` when the exporter for its protocol is not installed, or there is none, and for an endpoint that
    cannot be one.
    """
    _check_headers(headers)
    if endpoint is not None and "://" not in endpoint and not endpoint.startswith("unix:"):
        endpoint = f"http://{endpoint}"
    asked = protocol or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    asked = asked or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or _usual_protocol(endpoint)
    if asked not in (_HTTP, _GRPC):
        raise ExportError(f"There is no OTLP protocol {asked!r} here: it is {_HTTP!r} or {_GRPC!r}.")
    if endpoint is not None and asked == _HTTP and not _is_address(endpoint):
        raise ExportError(f"{endpoint!r} is no address of a receiver by HTTP: write http://HOST:PORT, or https://.")
    if endpoint is not None and asked == _HTTP and urlsplit(endpoint).path in ("", "/"):
        endpoint = f"{endpoint.rstrip('/')}/v1/traces"
    try:
        if asked == _HTTP:
            from tracefunc_export._otlp_http import HttpChannel

            return HttpChannel(endpoint, headers, timeout)
        from tracefunc_export._otlp_grpc import GrpcChannel

        return GrpcChannel(endpoint, headers, timeout)
    except ModuleNotFoundError as error:
        extra = "otlp-http" if asked == _HTTP else "otlp-grpc"
        raise ExportError(
            f"OTLP by {asked} needs the module {error.name}. Install it: pip install 'tracefunc-export[{extra}]'"
        ) from error


def _check_headers(headers: object) -> None:
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        raise ExportError(f'headers={headers!r} is no mapping: give a dict, such as headers={{"api-key": "..."}}.')
    for name, value in headers.items():
        if not (isinstance(name, str) and isinstance(value, str)) or {"\r", "\n"} & {*name, *value}:
            raise ExportError(f"{name!r} in headers= is no header: give its name and its value as texts of one line.")


def _is_address(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port that is no number
        return False


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
