"""`async with`, `async for` and `await`, driven by hand."""


class Manager:
    def __init__(self, swallow=False):
        self.swallow = swallow  # hits: 5

    async def __aenter__(self):
        await pause()  # hits: 5
        return self  # hits: 5

    async def __aexit__(self, *error):
        await pause()  # hits: 5
        return self.swallow  # hits: 5


class pause:
    def __await__(self):
        yield  # hits: 41


class Countdown:
    def __init__(self, n):
        self.n = n  # hits: 4

    def __aiter__(self):
        return self  # hits: 4

    async def __anext__(self):
        if not self.n: raise StopAsyncIteration  # hits: 10, 2
        self.n -= 1  # hits: 8
        await pause()  # hits: 8
        return self.n  # hits: 7


async def numbers(n):
    for i in range(n):  # hits: 22
        await pause()  # hits: 15
        yield i  # hits: 15


async def loops():
    out = []  # hits: 2
    async for i in Countdown(3):  # hits: 5
        if i == 1: continue  # hits: 3, 1
        out.append(i)  # hits: 2
    else:
        out.append("else")  # hits: 1
    async for i in numbers(5):  # hits: 3
        if i == 2:  # hits: 3
            break  # hits: 1
    else:
        out.append("never")  # hits: 0
    async for i in Countdown(2): pass  # hits: 3, 2
    async for i in numbers(0):  # hits: 1
        out.append("never")  # hits: 0
    return out  # hits: 1


async def managers():
    async with Manager() as a:  # hits: 1
        a = 1  # hits: 1
    async with Manager(True) as a, Manager():  # hits: 1
        raise KeyError  # hits: 1
    async with Manager(): pass  # hits: 1, 1
    async with Manager():  # hits: 1
        return a.swallow  # hits: 1


async def comprehensions():
    a = [i async for i in numbers(3)]  # hits: 1, 3
    b = {i: await give(i) async for i in numbers(3) if i}  # hits: 1, 2
    c = {await give(i) for i in range(3)}  # hits: 1, 3
    d = [i async for i in (j async for j in numbers(3) if j)]  # hits: 1, 2, 2
    e = (await give(i) for i in range(2))  # hits: 1, 2
    f = [x async for x in e]  # hits: 1, 2
    g = [[k async for k in numbers(i)] for i in range(3)]  # hits: 1, 3, 3
    return a, b, c, d, f, g  # hits: 1


async def give(x):
    await pause()  # hits: 7
    return x  # hits: 7


async def failing():
    try:  # hits: 1
        async for i in Countdown(2):  # hits: 2
            1 // i  # hits: 2
    except ZeroDivisionError:  # hits: 1
        return "zero"  # hits: 1
    finally:
        await pause()  # hits: 1


async def not_iterable():
    async for i in [1]:  # hits: 1
        pass  # hits: 0


def by_hand(coroutine):
    resumes = 0  # hits: 5
    while True:  # hits: 45
        try:  # hits: 45
            coroutine.send(None)  # hits: 45
        except StopIteration as stop:  # hits: 5
            return resumes, stop.value  # hits: 4
        resumes += 1  # hits: 40


def drive():
    out = [by_hand(f()) for f in (loops, managers, comprehensions, failing)]  # hits: 1, 4
    try:  # hits: 1
        by_hand(not_iterable())  # hits: 1
    except TypeError:  # hits: 1
        pass  # hits: 1
    c = loops()  # hits: 1
    c.send(None)  # hits: 1
    c.close()  # hits: 1
    c = give(1)  # hits: 1
    c.close()  # hits: 1
    return out  # hits: 1
