"""The control flow of one code object: its instructions as steps, and where control can go from each.

Two code objects compiled from the same source on other lines differ only in NOPs, in jumps to jumps and in
which neighbours the compiler fused into one instruction. Steps hide these differences: a fused
instruction becomes two steps, and a step that does nothing but pass control on is `quiet`.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple

from tracefunc._behavior import FOR_EXIT_SKIPS_POP

__all__ = ["Flow", "Step", "read_flow"]


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


class _Instruction(NamedTuple):
    start: int  # where its EXTENDED_ARGs begin
    offset: int
    op: int
    arg: int
    end: int  # behind its caches


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


def read_flow(code: CodeType) -> Flow:
    """Read the instructions of `code` into steps."""
    steps: list[Step] = []
    at: dict[int, int] = {}  # offset -> its first step
    targets: dict[int, int] = {}  # step -> offset to which it jumps
    extents = list(code.co_positions())
    for start, offset, op, arg, end in _instructions(code.co_code):
        at[start] = at[offset] = len(steps)
        name = dis.opname[op]
        for half, key in enumerate(_keys(code, name, arg)):
            observable = half == 0 and name not in ("RESUME", "END_FOR")
            steps.append(Step(offset, name, key, extents[offset // 2], name in _QUIET, observable))
        if name in _RELATIVE:
            targets[len(steps) - 1] = end + 2 * (-arg if "BACKWARD" in name else arg)
    for index, step in enumerate(steps):
        last = step.key[0] in _EXITS or step.op in _JUMPS
        step.nexts = (() if last else (index + 1,)) + ((at[targets[index]],) if index in targets else ())
        if FOR_EXIT_SKIPS_POP and step.op == "END_FOR":
            steps[index + 1].observable = False
    for low, high, target in _exception_table(code):
        for index in (at[offset] for offset in range(low, high, 2) if offset in at):
            for step in steps[index : index + 2]:
                if step.offset == steps[index].offset:
                    step.handler = at[target]
    for step in steps[: _beginning(steps)]:
        step.observable = False
    return Flow(code, steps)


def _instructions(raw: bytes) -> Iterator[_Instruction]:
    start = offset = prefix = 0
    while offset < len(raw):
        op, arg, end = raw[offset], raw[offset + 1] | prefix, offset + 2
        if op == dis.EXTENDED_ARG:
            prefix = arg << 8
        else:
            while end < len(raw) and raw[end] == _CACHE:
                end += 2
            yield _Instruction(start, offset, op, arg, end)
            start, prefix = end, 0
        offset = end


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
    """Yield (start, end, target) of each range, in bytes, as CPython's `InternalDocs/exception_handling.md` tells."""
    data = iter(code.co_exceptiontable)

    def number(byte: int) -> int:
        value = byte & 63
        while byte & 64:
            byte = next(data)
            value = value << 6 | byte & 63
        return value

    for byte in data:
        low = 2 * number(byte)
        high = low + 2 * number(next(data))
        target = 2 * number(next(data))
        number(next(data))  # the stack depth
        yield low, high, target
