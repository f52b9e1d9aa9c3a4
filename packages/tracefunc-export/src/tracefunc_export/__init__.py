"""Exports of tracefunc's traces to other formats, a module for each.

`graph` draws call graphs, `otel` makes and sends OpenTelemetry spans, `lcov`, `speedscope` and `chrome` write what
their viewers read, and `json` reads and writes the core's own documents faster. `exporters` has them all as the core
finds them; `tracefunc.exporters.export` writes a trace in any of them.
"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("tracefunc-export")
