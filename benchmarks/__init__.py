"""How fast tracefunc is, beside other tools, and how far from its bars; `python -m benchmarks --help`.

Every measurement runs in a process of its own (`worker`), and says how many times as long something takes when traced:
the best of several runs, in turns with the best of as many untraced runs in the same process. Nothing is timed across
processes, so other programs on the machine disturb little.
"""

from typing import Final

__all__ = ["MISSED"]

MISSED: Final = 3
"""The exit code for an aim that was missed, which may be noise; `.ci/run` fails for all others but 0."""
