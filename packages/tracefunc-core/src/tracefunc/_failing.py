"""What becomes of a failure of our own: it ends here, and the session tells of it."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable

from tracefunc._recorder import Recorder
from tracefunc.errors import TraceWarning

__all__ = ["fail", "warn_of_failures"]

_ROOM = 200  # frames that recording may need above the program's recursion limit


def fail(error: BaseException, recorder: Recorder, act: Callable[..., object], *args: object) -> None:
    """Keep an error of our own from the program; pass on one that is the program's, such as a KeyboardInterrupt.

    A signal handler runs inside whatever runs, so also inside a callback: then the innermost frame is the handler's,
    or the exception is none that our own code can cause.
    """
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    ours = traceback is not None and traceback.tb_frame.f_globals.get("__package__") == __package__
    if not (ours and isinstance(error, Exception) and type(error).__module__ == "builtins"):
        raise error
    if isinstance(error, RecursionError):
        limit = sys.getrecursionlimit()
        try:
            sys.setrecursionlimit(limit)  # fails where a higher limit could not be taken back
        except RecursionError:
            raise error from None  # the program is at its limit, too: two calls more and it would be told so
        try:
            sys.setrecursionlimit(limit + _ROOM)
            act(recorder.lane(), *args)
            recorder.look()
        except RecursionError:
            pass  # of the C stack
        else:
            return
        finally:
            sys.setrecursionlimit(limit)
    recorder.failures.append(repr(error))


def warn_of_failures(recorder: Recorder) -> None:
    """Warn if tracefunc itself failed while it recorded."""
    if recorder.failures:
        warnings.warn(
            f"tracefunc failed {len(recorder.failures)} times while it recorded, first with {recorder.failures[0]}; "
            f"the traced program was not affected, but this trace may lack hits",
            TraceWarning,
            skip_file_prefixes=(__file__.rpartition(os.sep)[0],),
        )
