"""tracefunc runs a function and tells what every statement in it did, as data.

    from tracefunc import tracefunc

    results = tracefunc(function, 1, 2)
    print(results.trace)

`tracefunc` runs one function; `Tracer` traces functions in whatever runs inside its `with` block. Both give
`TraceResults`, whose `trace` is the frozen `tracefunc.model.Trace`.

pytest would warn where this package, which has a plugin for it, was imported before it began: PYTEST_DONT_REWRITE
"""

TYPE_CHECKING = False  # as `typing` has it, which is slow to import
if TYPE_CHECKING:
    from tracefunc._options import SECRETS
    from tracefunc._run import tracefunc
    from tracefunc._tracer import Tracer
    from tracefunc.errors import (
        ExportError,
        ExporterWarning,
        NoToolIdError,
        NotTraceableError,
        RunningLoopError,
        SourceChangedWarning,
        SourceNotFoundError,
        TraceError,
        TraceFileError,
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
        Unknown,
    )
    from tracefunc.results import TraceResults

__all__ = [
    "SECRETS",
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
    "TraceFileError",
    "TraceResults",
    "TraceWarning",
    "Tracer",
    "Unknown",
    "load_ipython_extension",
    "tracefunc",
    "unload_ipython_extension",
]

_WHERE = {
    "SECRETS": "_options",
    "TraceResults": "results",
    "Tracer": "_tracer",
    "tracefunc": "_run",
}


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562): `import tracefunc` itself costs next to nothing."""
    from importlib import import_module

    if name in ("errors", "model", "results"):
        return import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    is_of_errors = name.endswith(("Error", "Warning"))
    module = _WHERE.get(name, "errors" if is_of_errors else "model")
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: object) -> None:
    """Give IPython or Jupyter the magics `%tracefunc` and `%%tracefunc`: it calls this at `%load_ext tracefunc`."""
    from tracefunc._notebook import load

    load(shell)


def unload_ipython_extension(shell: object) -> None:
    """Take the magics away again: IPython calls this at `%unload_ext tracefunc`."""
    from tracefunc._notebook import unload

    unload(shell)
