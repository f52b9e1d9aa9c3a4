"""Nested functions, also those that outlive the call that made them."""


def make(n):
    def add(x):  # hits: 1
        return x + n  # hits: 3

    def twice(f):  # hits: 1
        def wrapper(x):  # hits: 1
            return f(f(x))  # hits: 1
        return wrapper  # hits: 1

    return add, twice(add)  # hits: 1


def accumulate():
    items = []  # hits: 1

    def push(x):  # hits: 1
        items.append(x)  # hits: 3
        return len(items)  # hits: 3

    return push  # hits: 1


def conditional(flag):
    if flag:  # hits: 2
        def f(): return "yes"  # hits: 1, 1
    else:
        def f(): return "no"  # hits: 1, 1
    return f()  # hits: 2


def in_loop(n):
    fs = []  # hits: 1
    for i in range(n):  # hits: 4
        def f(k=i):  # hits: 3
            return k + i  # hits: 3
        fs.append(f)  # hits: 3
    return [f() for f in fs]  # hits: 1, 3


def never_called():
    def inner():  # hits: 1
        return 1 // 0  # hits: 0
    return inner.__name__  # hits: 1


def generator_inside(n):
    def numbers():  # hits: 1
        for i in range(n):  # hits: 4
            yield i  # hits: 3
    return numbers()  # hits: 1


def drive():
    add, twice = make(10)  # hits: 1
    push = accumulate()  # hits: 1
    push(1), push(2)  # hits: 1
    return add(1), twice(1), push(3), conditional(0), conditional(1), in_loop(3), never_called(), list(generator_inside(3))  # hits: 1
