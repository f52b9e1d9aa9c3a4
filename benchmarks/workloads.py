"""Small programs of one kind each: what is traced, how it is run, and which result it must have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from types import FunctionType

from benchmarks.subject import hot

__all__ = ["WORKLOADS", "Workload"]


@dataclass(frozen=True, slots=True)
class Workload:
    """`run(size)` works with the `targets` and must return `expected(size)`, traced or not."""

    name: str
    title: str
    targets: tuple[FunctionType, ...]
    run: Callable[[int], object]
    size: int
    expected: Callable[[int], object]

    def check(self, value: object, size: int) -> None:
        """Raise `AssertionError` unless a run of this size has given the right result."""
        if value != self.expected(size):
            raise AssertionError(f"{self.name}({size}) gave {value!r} instead of {self.expected(size)!r}")


def rare(n: int) -> int:
    total = n
    total += 1
    return total


def beside(n: int) -> int:
    """Work that nobody traces, with one call of the traced `rare` in 5,000 passes."""
    total = 0
    for block in range(n // 5_000):
        total += rare(block)
        total += tight(5_000)
    return total


def tight(n: int) -> int:
    total = 0
    for i in range(n):
        total += helper(i) & 7
    return total


def helper(i: int) -> int:
    return i ^ 5


def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def numbers(n: int) -> Iterator[int]:
    for i in range(n):  # noqa: UP028 -- an event at each `yield` is what is to be measured
        yield i


def odd(source: Iterator[int]) -> Iterator[int]:
    for i in source:
        if i & 1:
            yield i


def squared(source: Iterator[int]) -> Iterator[int]:
    for i in source:
        square = i * i
        yield square


def pipeline(n: int) -> int:
    total = 0
    for square in squared(odd(numbers(n))):
        total += square
    return total


def raising(n: int) -> int:
    caught = 0
    for i in range(n):
        try:
            fail(i)
        except ValueError as error:
            caught += error.args[0]
    return caught


def fail(i: int) -> None:
    if i >= 0:
        raise ValueError(i)


async def produce(queue: asyncio.Queue[int | None], n: int) -> None:
    for i in range(n):
        await queue.put(i)
    await queue.put(None)


async def items(queue: asyncio.Queue[int | None]) -> AsyncIterator[int]:
    while True:
        item = await queue.get()
        if item is None:
            return
        yield item


async def consume(queue: asyncio.Queue[int | None]) -> int:
    total = 0
    async for item in items(queue):
        total += item
    return total


async def exchange(n: int) -> int:
    queue: asyncio.Queue[int | None] = asyncio.Queue(maxsize=16)
    _, total = await asyncio.gather(produce(queue, n), consume(queue))
    return total


def run_exchange(n: int) -> int:
    return asyncio.run(exchange(n))


def _functions(*functions: Callable[..., object]) -> tuple[FunctionType, ...]:
    return tuple(function for function in functions if isinstance(function, FunctionType))


def _beside(n: int) -> int:
    return sum(block + 1 for block in range(n // 5_000)) + n // 5_000 * sum((i ^ 5) & 7 for i in range(5_000))


def _hot(n: int) -> int:
    """Say what `hot` returns, in other words than its own."""
    total = 0
    for doubled in range(0, 2 * n, 2):
        total += doubled if doubled % 3 == 2 else -doubled - 1
        total += 0 if total % 256 == 7 else total % 256
    return total


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("loop", "hot loop of 7 statements", _functions(hot), hot, 1_000_000, _hot),
        Workload("outside", "code outside the targets", _functions(rare), beside, 2_000_000, _beside),
        Workload("fib", "`fib(22)`", _functions(fib), fib, 22, {5: 5, 10: 55, 22: 17_711}.__getitem__),
        Workload(
            "pipeline",
            "generator pipeline",
            _functions(numbers, odd, squared, pipeline),
            pipeline,
            1_000_000,
            lambda n: sum(i * i for i in range(1, n, 2)),
        ),
        Workload(
            "exceptions",
            "an exception in every pass",
            _functions(raising, fail),
            raising,
            400_000,
            lambda n: n * (n - 1) // 2,
        ),
        Workload(
            "async",
            "async producer and consumer",
            _functions(produce, items, consume, exchange),
            run_exchange,
            100_000,
            lambda n: n * (n - 1) // 2,
        ),
    )
}
