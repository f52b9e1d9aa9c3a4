"""tracefunc runs a function and tells what every statement in it did, as data.

    from tracefunc import tracefunc

    results = tracefunc(function, 1, 2)
    print(results.trace)

`tracefunc` runs one function; `Tracer` traces functions in whatever runs inside its `with` block. Both give
`TraceResults`, whose `trace` is the frozen `tracefunc.model.Trace`.
"""

from tracefunc._run import tracefunc
from tracefunc._session import Tracer
from tracefunc.errors import (
    ExportError,
    ExporterWarning,
    NoToolIdError,
    NotTraceableError,
    RunningLoopError,
    SourceChangedWarning,
    SourceNotFoundError,
    TraceError,
    TraceWarning,
)
from tracefunc.model import (
    Branch,
    Call,
    Edge,
    Extent,
    Frame,
    Function,
    Outcome,
    Sample,
    Settings,
    Statement,
    Trace,
)
from tracefunc.results import TraceResults

__all__ = [
    "Branch",
    "Call",
    "Edge",
    "ExportError",
    "ExporterWarning",
    "Extent",
    "Frame",
    "Function",
    "NoToolIdError",
    "NotTraceableError",
    "Outcome",
    "RunningLoopError",
    "Sample",
    "Settings",
    "SourceChangedWarning",
    "SourceNotFoundError",
    "Statement",
    "Trace",
    "TraceError",
    "TraceResults",
    "TraceWarning",
    "Tracer",
    "tracefunc",
]
