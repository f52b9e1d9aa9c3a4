"""Lambdas that share lines and lines that share lambdas."""


def one_line(): f = lambda: 1; g = lambda: 2; f(); f(); return g()  # hits: 1, 2, 1, 1, 1, 1, 1


def split():
    f = (lambda  # hits: 1, 2
         x,
         y=2:
         x
         +
         y)
    return f(1), f(1, 1)  # hits: 1


def chained(): return (lambda: (lambda: (lambda: 0)())())() or (lambda: 1)()  # hits: 1, 1, 1, 1, 1


def in_call(f):
    return f(lambda: 1, lambda: 2, *[lambda: 3, lambda: 4])  # hits: 1, 0, 1, 1, 1


def drive():
    return one_line(), split(), chained(), in_call(lambda *fs: [f() for f in fs[1:]])  # hits: 1, 1, 3
