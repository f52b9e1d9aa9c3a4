"""What can go wrong for a user: every error names its cause and what to do about it."""

__all__ = [
    "ExportError",
    "ExporterWarning",
    "NoToolIdError",
    "NotTraceableError",
    "RunningLoopError",
    "SourceChangedWarning",
    "SourceNotFoundError",
    "TraceError",
    "TraceFileError",
    "TraceWarning",
]


class TraceError(Exception):
    """The base of every error that tracefunc raises."""


class NotTraceableError(TraceError, TypeError):
    """A target holds no Python function, for example because it is written in C."""


class SourceNotFoundError(TraceError, OSError):
    """A target is a Python function, but its source text cannot be had."""


class NoToolIdError(TraceError, RuntimeError):
    """All six tool ids of `sys.monitoring` are taken by other tools."""


class RunningLoopError(TraceError, RuntimeError):
    """A coroutine function was to be run where an event loop is running already."""


class ExportError(TraceError):
    """A trace could not be written, sent or drawn in the format that was asked for."""


class TraceFileError(TraceError, ValueError):
    """A file or document holds no trace that can be read, or its name does not say in which format to write it."""


class TraceWarning(UserWarning):
    """The base of every warning that tracefunc gives: the trace is usable, with the stated limit."""


class SourceChangedWarning(TraceWarning):
    """The source text found does not match the code that runs, so snippets may be wrong."""


class ExporterWarning(TraceWarning):
    """An installed exporter cannot be used; the others can."""
