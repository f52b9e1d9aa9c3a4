"""Where code is suspended, and where it goes on with what was sent to it."""

from __future__ import annotations

from types import CodeType

from tracefunc._flow import Flow, Step

__all__ = ["find_awaits", "find_receives"]

_AFTER_YIELD, _AFTER_AWAIT = 1, 3  # the argument of RESUME, but for the bits that tell of handlers; 2: a `yield from`


def find_awaits(flow: Flow) -> frozenset[int]:
    """Return the offsets at which code is suspended, but yields nothing."""
    steps = flow.steps
    yields = [step for step in steps if step.op == "YIELD_VALUE"]
    return frozenset(step.offset for step in yields if _reason(steps[step.nexts[0]]) == _AFTER_AWAIT)


def find_receives(flow: Flow) -> dict[int, str]:
    """Return where code goes on and uses what was sent to it, with the name that it binds to that, if any."""
    receives = {}
    for step in flow.steps:
        if _reason(step) == _AFTER_YIELD:
            user = flow.steps[step.nexts[0]]
            if user.op != "POP_TOP":
                receives[step.offset] = _bound(flow.code, user)
    return receives


def _reason(step: Step) -> int | None:
    """Return after what a frame goes on here, None where it does not."""
    match step.key:
        case ("RESUME", int() as argument):
            return argument & 3
    return None


def _bound(code: CodeType, step: Step) -> str:
    """Return the name that an instruction binds, empty where it binds none."""
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    local = *code.co_varnames, *cells, *code.co_freevars
    names = {"STORE_FAST": local, "STORE_DEREF": local, "STORE_NAME": code.co_names, "STORE_GLOBAL": code.co_names}
    match step.key:
        case (str() as op, int() as argument) if op in names:
            return names[op][argument]
    return ""
