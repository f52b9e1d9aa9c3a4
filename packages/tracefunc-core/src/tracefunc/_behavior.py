"""Facts about CPython 3.12 to 3.15 as named flags: the one place where interpreters differ.

Each flag says what it means and how it was found: an issue of CPython (gh-N), or a look at the compiler.
"""

from __future__ import annotations

import sys

__all__ = [
    "DASH_C_DEDENTS",
    "EQUAL_LAMBDAS_SHARE_CODE",
    "EXCEPTION_EVENTS_ARE_LOCAL",
    "FOR_EXIT_SKIPS_POP",
    "HAS_F_GENERATOR",
    "JUMP_BACK_RAISES_BEFORE_TARGET",
    "LOCALS_ARE_A_PROXY",
    "MODULES_HAVE_CACHED",
    "MODULES_START_WITH_ANNOTATIONS",
    "SIGNALS_BEFORE_START",
    "SILENT_CLOSE",
    "SWALLOWED_INSTRUCTIONS",
    "YIELD_RAISES_BEHIND",
]

_version = sys.version_info

# gh-142186: RAISE, PY_UNWIND, PY_THROW and the like can be set for one code object; before, only for the process.
EXCEPTION_EVENTS_ARE_LOCAL = _version >= (3, 15)

# The jump that ends a `for` lands past END_FOR everywhere; in 3.13 past the POP_TOP that follows it, too.
FOR_EXIT_SKIPS_POP = _version[:2] == (3, 13)

# PEP 667: `frame.f_locals` is a write-through proxy; before, reading it rewrote a dict that `locals()` had given out.
LOCALS_ARE_A_PROXY = _version >= (3, 13)

# `frame.f_generator` is new in 3.14.
HAS_F_GENERATOR = _version >= (3, 14)

# gh-140373: closing a generator that is suspended at a yield outside of any `try` fires no event.
SILENT_CLOSE = (3, 13) <= _version < (3, 13, 12) or (3, 14) <= _version < (3, 14, 1)

# In 3.12 lambdas on one line with equal constants as bodies are compiled to one code object, since their columns are
# left out: their calls cannot be told apart, and the first of them gets all hits.
EQUAL_LAMBDAS_SHARE_CODE = _version < (3, 13)

# gh-158121: where another tool's LINE callback returns DISABLE, our INSTRUCTION event is lost once, unless we listen to
# LINE, too. Fixed in 3.14.9 and 3.15.1.
SWALLOWED_INSTRUCTIONS = not (_version >= (3, 15, 1) or (3, 14, 9) <= _version < (3, 15))

# In 3.12 signals are handled behind a jump back, but before the frame has noted where it is: their exception goes to
# the handler of the instruction before the jump's target.
JUMP_BACK_RAISES_BEFORE_TARGET = _version < (3, 13)

# Where a frame begins or a generator goes on, signals are handled before PY_START or PY_RESUME fires: one that raises
# there leaves a frame that nobody was told of. In 3.12 they are handled behind it.
SIGNALS_BEFORE_START = _version >= (3, 13)

# In 3.13 what the callback of PY_YIELD raises is raised at the RESUME behind the yield.
YIELD_RAISES_BEHIND = _version[:2] == (3, 13)

# gh-103998: `python -c` takes away the indentation that all lines of the code have in common.
DASH_C_DEDENTS = _version >= (3, 14)

# PEP 649: `__main__` no longer has an `__annotations__` before its first annotation.
MODULES_START_WITH_ANNOTATIONS = _version < (3, 14)

# gh-97850: the attribute `__cached__` of modules is gone.
MODULES_HAVE_CACHED = _version < (3, 15)
