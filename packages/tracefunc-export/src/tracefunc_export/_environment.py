"""Where spans go when nobody says: `OTEL_TRACES_EXPORTER`, and what it names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import ConsoleSpanExporter

from tracefunc.errors import ExportError
from tracefunc_export._otlp import Answer, Channel, PlainChannel, open_channel

__all__ = ["channel_of_environment"]


class _Channels:
    """Several receivers: the answer of the one that took least counts."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = channels
        self.timeout = sum(channel.timeout for channel in channels)

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        answers = [channel.deliver(spans) for channel in self._channels]
        return min(answers, key=lambda answer: answer.accepted)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


def channel_of_environment(headers: Mapping[str, str] | None = None, timeout: float | None = None) -> Channel | None:
    """Return the channel that `OTEL_TRACES_EXPORTER` names, usually OTLP; None for `none`.

    Raises `ExportError` for a name that no installed package provides.
    """
    names = [name.strip() for name in os.environ.get("OTEL_TRACES_EXPORTER", "").split(",") if name.strip()]
    channels = [_named(name, headers, timeout) for name in names or ["otlp"] if name != "none"]
    if not channels:
        return None
    return channels[0] if len(channels) == 1 else _Channels(channels)


def _named(name: str, headers: Mapping[str, str] | None, timeout: float | None) -> Channel:
    protocols = {"otlp": None, "otlp_proto_http": "http/protobuf", "otlp_proto_grpc": "grpc"}
    if name in protocols:
        return open_channel(protocol=protocols[name], headers=headers, timeout=timeout)
    if name == "console":
        return PlainChannel(ConsoleSpanExporter(), timeout, owned=True)
    for entry in entry_points(group="opentelemetry_traces_exporter", name=name):
        return PlainChannel(entry.load()(), timeout, owned=True)
    raise ExportError(f"OTEL_TRACES_EXPORTER={name}: no installed package provides this exporter.")
