"""Asynchronous generators: exhausted, left, closed, thrown into."""


async def count(n):
    try:  # hits: 3
        for i in range(n):  # hits: 6
            got = yield i  # hits: 5
            if got:  # hits: 3
                yield got  # hits: 1
    except KeyError:  # hits: 2
        yield "key"  # hits: 1
    finally:
        n = None  # hits: 3


async def delegating(n):
    async for i in count(n):  # hits: 3
        yield i  # hits: 2
    yield "end"  # hits: 1


def send(awaitable):
    try:  # hits: 12
        awaitable.send(None)  # hits: 12
    except StopIteration as stop:  # hits: 12
        return stop.value  # hits: 9
    except StopAsyncIteration:  # hits: 3
        return "stop"  # hits: 3


def drive():
    g = count(3)  # hits: 1
    out = [send(g.asend(None)), send(g.asend("x")), send(g.asend(None)), send(g.athrow(KeyError())), send(g.asend(None))]  # hits: 1
    g = count(3)  # hits: 1
    out += [send(anext(g)), send(g.aclose()), send(anext(g))]  # hits: 1
    g = delegating(2)  # hits: 1
    out += [send(anext(g)) for _ in range(4)]  # hits: 1, 4
    g = count(1)  # hits: 1
    del g  # hits: 1
    return out  # hits: 1
