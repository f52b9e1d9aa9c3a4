"""Lambdas count when their body starts."""


def several():
    f, g = lambda x: x, lambda x, y=lambda: 3: x + y(); h = lambda *a, **k: (a, k)  # hits: 1, 2, 1, 1, 1, 1
    return f(1), f(2), g(1), h(1, b=2)  # hits: 1


def nested():
    f = lambda: lambda: lambda: 1  # hits: 1, 2, 1, 1
    g = lambda x: (lambda y: (lambda z: x + y + z)(3))(2)  # hits: 1, 1, 1, 1
    return f(), f()()(), g(1)  # hits: 1


def defaulted():
    f = lambda x=(lambda: 1)(): x  # hits: 1, 2, 1
    def g(y=lambda: 2, *, z=lambda: 3): return y() + z()  # hits: 1, 1, 1, 1
    return f(), f(), g()  # hits: 1


def immediately():
    (lambda: 1)()  # hits: 1, 1
    return (lambda x: x * 2)((lambda: 2)())  # hits: 1, 1, 1


def in_collections():
    table = {"a": lambda: 1, "b": lambda: 2, "c": lambda: 3}  # hits: 1, 2, 1, 0
    return [table[k]() for k in "aab"], [f() for f in [lambda: i for i in range(3)]]  # hits: 1, 3, 3, 3, 3


def as_key(items):
    items.sort(key=lambda v: -v)  # hits: 1, 3
    return sorted(items, key=lambda v: (v % 3, v)), max(items, key=lambda v: v), list(map(lambda v: v + 1, filter(lambda v: v > 1, items)))  # hits: 1, 3, 3, 2, 3


def raising():
    f = lambda x: 1 // x  # hits: 1, 2
    try:  # hits: 1
        f(0)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        return f(1)  # hits: 1


def conditional(x):
    return (lambda: 1 if x else 2)(), (lambda: x and [i for i in range(x)] or "none")()  # hits: 2, 2, 2, 2


def generator():
    f = lambda: (yield)  # hits: 1, 1
    g = lambda n: [(yield -1)] if n < 0 else (yield from range(n))  # hits: 1, 1
    a = f()  # hits: 1
    next(a)  # hits: 1
    try:  # hits: 1
        a.send(1)  # hits: 1
    except StopIteration as stop:  # hits: 1
        b = f()  # hits: 1
        return stop.value, list(g(2))  # hits: 1


def recursive(n):
    fact = lambda k: 1 if k < 2 else k * fact(k - 1)  # hits: 1, 4
    return fact(n)  # hits: 1


def never():
    return lambda: 1  # hits: 1, 0


def walrus():
    f = lambda x: (y := x + 1) and y  # hits: 1, 1
    return f(1)  # hits: 1


def escaping(n):
    return lambda: n  # hits: 1, 2


def in_assert(x):
    assert (lambda: x)(), (lambda: "message")()  # hits: 2, 2, 1
    return x  # hits: 1


def drive():
    never()  # hits: 1
    f = escaping(1)  # hits: 1
    f(), f()  # hits: 1
    out = [several(), immediately(), defaulted(), in_collections(), as_key([3, 1, 2]), raising(), conditional(0), conditional(2), generator(), recursive(4), walrus(), in_assert(1)]  # hits: 1
    nested()  # hits: 1
    try:  # hits: 1
        in_assert(0)  # hits: 1
    except AssertionError as error:  # hits: 1
        out.append(error.args)  # hits: 1
    return out  # hits: 1
