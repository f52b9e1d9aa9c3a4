"""Functions that begin with a loop."""


def with_for(n):
    for i in range(n):  # hits: 3
        n = i  # hits: 2
    return n  # hits: 1


def with_while(n):
    while n:  # hits: 4
        n -= 1  # hits: 3


def with_true(it):
    while True:  # hits: 3
        if next(it): return  # hits: 3, 1


def with_one_line_while(it):
    while next(it): pass  # hits: 3, 2


def with_one(it):
    while 1: next(it)  # hits: 3, 3


def with_async(n):
    async def inner():  # hits: 0
        async for i in n:  # hits: 0
            pass  # hits: 0
    return inner  # hits: 0


def generator(it):
    while True:  # hits: 3
        yield next(it)  # hits: 3


def for_generator(it):
    for i in it: yield i  # hits: 3, 2


def parameter_cell(n):
    while n:  # hits: 2
        f = lambda: n  # hits: 1, 1
        n -= f()  # hits: 1


def drive():
    with_for(2), with_while(3), with_true(iter([0, 0, 1])), with_one_line_while(iter([1, 1, 0]))  # hits: 1
    try:  # hits: 1
        with_one(iter([1, 2]))  # hits: 1
    except StopIteration:  # hits: 1
        pass  # hits: 1
    try:  # hits: 1
        list(generator(iter([1, 2])))  # hits: 1
    except RuntimeError:  # hits: 1
        pass  # hits: 1
    parameter_cell(4)  # hits: 1
    return list(for_generator([1, 2]))  # hits: 1
