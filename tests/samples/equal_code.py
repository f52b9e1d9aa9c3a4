"""Functions with equal code, and statements with equal text, are told apart by their places."""


def first():
    x = 1  # hits: 2
    return x  # hits: 2


def second():
    x = 1  # hits: 1
    return x  # hits: 1


def makers():
    a = lambda: 1  # hits: 1, 1
    b = lambda: 1  # hits: 1, 2
    def f(): return 2  # hits: 1, 1
    g = f  # hits: 1
    def f(): return 2  # hits: 1, 2
    return a(), b(), b(), f(), g(), f()  # hits: 1


def repeated(x):
    x += 1  # hits: 1
    x += 1  # hits: 1
    if x: x += 1  # hits: 1, 1
    x += 1  # hits: 1
    for i in range(2): x += 1  # hits: 3, 2
    return x  # hits: 1


def drive():
    return first(), first(), second(), makers(), repeated(0)  # hits: 1
