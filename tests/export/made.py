"""Traces made by hand or recorded, for the tests of the exports."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tracefunc import Tracer
from tracefunc.model import Branch, Call, Edge, Extent, Frame, Function, Outcome, Sample, Statement, Trace

START = 1_700_000_000_000_000_000


def made(
    names: Sequence[str] = ("main",),
    snippets: Sequence[str] = ("x = 1", "return x"),
    *,
    module: str = "shop",
    path: str = "/app/shop.py",
    hits: Sequence[int] = (1, 0),
    text: str = "1",
    calls: int = 1,
) -> Trace:
    """A trace in which each function calls the next from its first statement; all have the same snippets."""
    functions: list[Function] = []
    statements, all_hits, made_calls, edges = [], [], [], []
    for number, name in enumerate(names):
        ids = []
        for row, snippet in enumerate(snippets):
            line = number * 100 + row + 2
            extent = Extent(line, 4, line + snippet.count("\n"), 4 + len(snippet))
            ids.append(len(statements))
            statements.append(Statement(len(statements), "Assign", snippet, extent, ("x",), name))
            all_hits.append(hits[row % len(hits)])
        functions.append(Function(number, name, name, module, path, number * 100 + 1, "", tuple(ids), calls))
        above = number - 1 if number else None
        calling = None if above is None else functions[above].statements[0]
        edges.append(Edge(above, calling, number, calls))
        made_calls.append(
            Call(
                id=number,
                function=number,
                caller=above,
                caller_statement=calling,
                frames=(Frame(name, path, 1),),
                frames_above=above,
                start=START + number,
                end=START + 1_000_000 - number,
                running=1_000,
                suspended=0,
                thread_id=1,
                thread_name="MainThread",
                task_name=None,
                arguments={"a": Sample("int", text)},
                outcome=Outcome("returned", Sample("int", text)),
                hits={ids[0]: 1},
                samples={ids[0]: {"x": (Sample("int", text),)}},
                process_id=7,
            )
        )
    return Trace(
        functions=tuple(functions),
        statements=tuple(statements),
        hits=tuple(all_hits),
        calls=tuple(made_calls),
        edges=tuple(edges),
        without_detail=0,
        start=START,
        end=START + 2_000_000,
        python="3.13.0",
        branches=(Branch(0, Extent(2, 4, 2, 5), 1, 0),),
    )


def wide(number: int, *, snippets: int = 3, callees: int = 3) -> Trace:
    """A trace of many functions in modules of ten; each calls some others, a few back up."""
    functions, statements, hits, edges = [], [], [], [Edge(None, None, 0, 1)]
    for index in range(number):
        ids = tuple(range(len(statements), len(statements) + snippets))
        for row in range(snippets):
            line = index * 10 + row + 2
            extent = Extent(line, 4, line, 14)
            statements.append(Statement(ids[row], "Expr", f"step({index}, {row})", extent, (), f"function_{index}"))
            hits.append((index * 7919 + row) % 5000)
        name, module, path = f"function_{index}", f"app.module_{index // 10}", f"/app/{index // 10}.py"
        functions.append(Function(index, name, name, module, path, index * 10 + 1, "", ids, index % 997 + 1))
        for step in range(callees):
            callee = (index * (step + 2) + step + 1) % number
            edges.append(Edge(index, ids[step % snippets], callee, (index * 31 + step) % 2000 + 1))
    return Trace(tuple(functions), tuple(statements), tuple(hits), (), tuple(edges), 0, START, START + 1, "3.13.0")


def order(quantity: int) -> float:
    if quantity < 0:
        raise ValueError(f"bad quantity: {quantity}")
    total = 0.0
    for _ in range(quantity):
        total += price(quantity)
    return total


def price(quantity: int) -> float:
    return 0.9 if quantity > 2 else 1.0


def fails(quantity: int) -> float:
    try:
        return order(-quantity)
    except TypeError:
        return -1.0
    except ValueError:
        return 0.0


def recorded() -> Trace:
    """A trace of functions that call each other, with a branch, a loop and an exception."""
    with Tracer(order, price, fails) as tracer:
        order(3)
        fails(2)
    return tracer.trace()


async def wait(turns: int) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    return turns


async def together() -> None:
    await asyncio.gather(wait(3), wait(4), wait(5))


def squares(top: int):
    for number in range(top):
        yield number * number


def zipped() -> list[tuple[int, int]]:
    return list(zip(squares(3), squares(4), strict=False))


def overlapping() -> Trace:
    """A trace of tasks and generators, whose calls overlap in one thread."""
    with Tracer(together, wait, squares, zipped) as tracer:
        asyncio.run(together())
        zipped()
    return tracer.trace()
