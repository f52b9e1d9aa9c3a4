"""Formatted strings."""


def simple(a, b):
    x = f"{a}{b!r}{a:>{b}}"  # hits: 1
    y = f"{a=} {b + 1 = }"  # hits: 1
    f"{a}"  # hits: 1
    return x, y  # hits: 1


def nested(a):
    return f"{f'{f"{a}"}'} { {'k': a}['k'] } {[i for i in range(a)]} {(lambda: a)()}"  # hits: 1, 2, 1


def multi_line(a):
    return f"""{  # hits: 1
        [i  # hits: 3
         for i in range(a)]
    } and {
        (lambda:  # hits: 1
            a)()
    }"""


def raising(a):
    return f"{a} {1 // a} {[i for i in range(3)]}"  # hits: 2, 3


def drive():
    try:  # hits: 1
        raising(0)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        pass  # hits: 1
    return simple(1, 5), nested(2), multi_line(3), raising(1)  # hits: 1
