"""The command line: `tracefunc`, and `python -m tracefunc`.

`tracefunc run` traces a program, `show` and `export` read a stored trace, `list` tells what a target resolves to. The
exit codes: that of the program for `run`, else 0, 1 for what failed and 2 for what was asked wrongly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from tracefunc.errors import TraceError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, by default those of the process, and return the exit code.

    What the traced program of `run` raises goes on to the caller, `SystemExit` included.
    """
    run = _do(sys.argv[1:] if arguments is None else arguments)
    if isinstance(run, int):
        return run
    run()
    return 0


def _do(arguments: Sequence[str]) -> int | Callable[[], None]:
    """Do all but running a program, whose exceptions are not to be met here."""
    from tracefunc._cli_parser import parse

    asked, program = parse(arguments)
    try:
        if program is not None:
            from tracefunc._cli_run import prepare_run

            return prepare_run(asked, program)
        from tracefunc import _cli_show

        commands = {"show": _cli_show.show, "list": _cli_show.list_targets, "export": _cli_show.export}
        code = commands[asked.command](asked)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `tracefunc show ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (TraceError, OSError) as error:
        if getattr(asked, "debug", False):
            raise
        print(f"tracefunc: {error}", file=sys.stderr)
        from tracefunc._cli_output import UsageError

        return 2 if program is not None or isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return 130
