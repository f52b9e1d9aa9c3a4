"""Tests that are always false: the body is dropped, and the header with it unless some of its test is evaluated."""


def with_if(n):
    if 0:
        n += 1
    if False: n += 1
    if n and 0:  # hits: 2
        n = "dropped"
    if not 1:
        n = "dropped"
    elif n:  # hits: 2
        n += 1  # hits: 1
    else:
        n -= 1  # hits: 1
    if 0 and n:
        n = "dropped"
    if (not 1) and n:
        n = "dropped"
    elif (0 or not 2) and n: n = "dropped"
    if None:
        n = "dropped"
    else:
        n += 1  # hits: 2
    return n  # hits: 2


def with_while(n):
    while 0:
        n += 1
    while False:
        n += 1
    else:
        n -= 1  # hits: 1
    while "":
        for i in n: yield i
    return n  # hits: 1


def in_expressions(n):
    a = [(lambda: i)() for i in range(n) if False for j in [k for k in range(i)]]  # hits: 2, 0
    b = {i: [j for j in range(i)] for i in [k for k in range(n)] if i if 0 if (lambda: i)()}  # hits: 2, 0, 3
    c = (lambda: 1)() if 1 else (lambda: 2)()  # hits: 2, 2
    d = sum(i for i in range(n) if not 1) if n else [i for i in range(n)] if False else 5  # hits: 2, 0
    return a, b, c, d  # hits: 2


async def awaiting(n):
    if n:  # hits: 1
        while 0:
            await n; pass


class Last:
    x = [1]
    while False: x = 2; pass


def in_class(n):
    class Inner:  # hits: 1
        y = n  # hits: 1
        while n and 0: y = 1; pass  # hits: 1
        while not 1: y = [j for j in n]; pass
    return Inner.y  # hits: 1


def drive():
    in_class(1)  # hits: 1
    for _ in awaiting(1).__await__(): pass  # hits: 1, 0
    return with_if(0), with_if(1), list(with_while(1)), in_expressions(3), in_expressions(0)  # hits: 1
