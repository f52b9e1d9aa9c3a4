"""The control flow of one code object: its instructions as steps, and where control can go from each.

Two code objects compiled from the same source on other lines differ only in NOPs, in jumps to jumps and in
which neighbours the compiler fused into one instruction. Steps hide these differences: a fused
instruction becomes two steps, and a step that does nothing but pass control on is `quiet`.
"""

from __future__ import annotations

import dis
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple

from tracefunc._behavior import FOR_EXIT_SKIPS_POP

__all__ = ["Flow", "Step", "read_flow", "settled_from"]


@dataclass(slots=True)
class Step:
    """One instruction, or half of a fused one.

    `key` is equal for steps that do the same work in two compilations of one source. `observable` is false
    where `sys.monitoring` fires no INSTRUCTION event. `nexts` are the steps that may follow, the next in
    order before the target of the jump; `handler` is the step to which an exception here leads.
    """

    offset: int
    op: str
    key: tuple[object, ...]
    extent: tuple[int | None, int | None, int | None, int | None]  # line, end line, column, end column
    quiet: bool
    observable: bool
    nexts: tuple[int, ...] = ()
    handler: int | None = None


class Flow(NamedTuple):
    """The steps of a code object in order of their offsets; the first is where a frame begins."""

    code: CodeType
    steps: list[Step]


_JUMPS = frozenset(["JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"])
_QUIET = _JUMPS | {"NOP", "NOT_TAKEN", "END_FOR"}
_EXITS = frozenset(["RETURN_VALUE", "RERAISE", "RAISE_VARARGS"])
_LOADS = {"LOAD_FAST_CHECK": "LOAD_FAST", "LOAD_FAST_BORROW": "LOAD_FAST"}
_FUSED = {
    "LOAD_FAST_LOAD_FAST": ("LOAD_FAST", "LOAD_FAST"),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": ("LOAD_FAST", "LOAD_FAST"),
    "STORE_FAST_LOAD_FAST": ("STORE_FAST", "LOAD_FAST"),
    "STORE_FAST_STORE_FAST": ("STORE_FAST", "STORE_FAST"),
}
_RELATIVE = frozenset(dis.opname[op] for op in dis.hasjrel) - {"END_ASYNC_FOR"}
_CONSTANTS = frozenset(dis.opname[op] for op in dis.hasconst)
_CACHE = dis.opmap["CACHE"]
_EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
# By opcode: its name, whether it is quiet, whether its first step is observable, and whether it jumps.
_OPERATIONS = [(name, name in _QUIET, name not in ("RESUME", "END_FOR"), name in _RELATIVE) for name in dis.opname]


def read_flow(code: CodeType) -> Flow:
    """Read the instructions of `code` into steps."""
    steps: list[Step] = []
    raw = code.co_code
    arguments = raw[1::2]
    # Objects that are alike are shared: many at once would set off full garbage collections.
    extents: dict[tuple[int | None, ...], tuple[int | None, int | None, int | None, int | None]] = {}
    at = [-1] * len(arguments)  # by code unit: the first step of the instruction there
    targets: dict[int, int] = {}  # step -> code unit to which it jumps
    known: dict[int, tuple[tuple[object, ...], ...]] = {}  # most instructions are like one before
    start, prefix = -1, 0
    for unit, (op, extent) in enumerate(zip(raw[::2], code.co_positions(), strict=True)):
        if op == _CACHE:
            continue
        if start < 0:
            start = unit  # where its EXTENDED_ARGs begin
        arg = arguments[unit] | prefix
        if op == _EXTENDED_ARG:
            prefix = arg << 8
            continue
        at[start] = at[unit] = len(steps)
        start, prefix = -1, 0
        name, is_quiet, is_observable, is_jump = _OPERATIONS[op]
        keys = known.get(arg << 8 | op)
        if keys is None:
            keys = known[arg << 8 | op] = _keys(code, name, arg)
        shared = extents.setdefault(extent, extent)
        steps.append(Step(2 * unit, name, keys[0], shared, is_quiet, is_observable))
        if len(keys) > 1:
            steps.append(Step(2 * unit, name, keys[1], shared, is_quiet, False))
        if is_jump:
            end = unit + 1
            while end < len(arguments) and raw[2 * end] == _CACHE:
                end += 1
            targets[len(steps) - 1] = end + (-arg if "BACKWARD" in name else arg)
    _link(steps, at, targets)
    for low, high, target in _exception_table(code):
        for index in at[low:high]:
            if index >= 0:
                steps[index].handler = at[target]
                if index + 1 < len(steps) and steps[index + 1].offset == steps[index].offset:
                    steps[index + 1].handler = at[target]
    for step in steps[: _beginning(steps)]:
        step.observable = False
    return Flow(code, steps)


def settled_from(flow: Flow, offsets: Collection[int]) -> int:
    """Return an offset from which on control comes to none of `offsets` any more."""
    steps = flow.steps
    last = max((index for index, step in enumerate(steps) if step.offset in offsets), default=0)
    settled = steps[last].offset
    for step in steps[last:]:
        targets = step.nexts if step.handler is None else (*step.nexts, step.handler)
        if any(target <= last for target in targets):
            settled = step.offset + 1
    return settled


def _link(steps: list[Step], at: list[int], targets: dict[int, int]) -> None:
    for index, step in enumerate(steps):
        step.nexts = () if step.op in _JUMPS or step.key[0] in _EXITS else (index + 1,)
        if FOR_EXIT_SKIPS_POP and step.op == "END_FOR":
            steps[index + 1].observable = False
    for index, unit in targets.items():
        steps[index].nexts += (at[unit],)


def _keys(code: CodeType, name: str, arg: int) -> tuple[tuple[object, ...], ...]:
    """Return what identifies the work of an instruction: a key for each step that it makes."""
    if name in _FUSED:
        first, second = _FUSED[name]
        return (first, arg >> 4), (second, arg & 15)
    if name == "LOAD_SMALL_INT":
        return (("LOAD_CONST", arg),)
    if name == "RETURN_CONST":
        return ("LOAD_CONST", code.co_consts[arg]), ("RETURN_VALUE",)
    if name in _CONSTANTS:
        return (("LOAD_CONST", code.co_consts[arg]),)
    if name in _RELATIVE or name in ("RETURN_VALUE", "END_ASYNC_FOR"):
        return ((name,),)
    return ((_LOADS.get(name, name), arg),)


def _beginning(steps: list[Step]) -> int:
    """Return the step before which a frame fires nothing: its first RESUME, of a generator that of the first `next`."""
    ops = [step.op for step in steps]
    made = ops.index("RETURN_GENERATOR") if "RETURN_GENERATOR" in ops else 0
    return ops.index("RESUME", made)


def _exception_table(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, target) of each range, in code units: see CPython's `InternalDocs/exception_handling.md`."""
    data = iter(code.co_exceptiontable)

    def number(byte: int) -> int:
        value = byte & 63
        while byte & 64:
            byte = next(data)
            value = value << 6 | byte & 63
        return value

    for byte in data:
        low = number(byte)
        high = low + number(next(data))
        target = number(next(data))
        number(next(data))  # the stack depth
        yield low, high, target
