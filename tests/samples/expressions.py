"""Operators and conditions inside one statement do not split it."""


def boolean(a, b, c):
    x = a or b and c  # hits: 8
    y = not a and (b or c)  # hits: 8
    a and b; b or c  # hits: 8, 8
    a or fail()  # hits: 8
    z = a if b else c if a else b  # hits: 8
    return x, y, z  # hits: 8


def comparisons(a, b, c):
    x = a < b < c  # hits: 2
    y = a == b != c is not a  # hits: 2
    z = a in [b] or a not in (c,)  # hits: 2
    a < b < fail.count  # hits: 2
    return x, y, z  # hits: 2


def fail():
    fail.count += 1  # hits: 4
    return fail.count  # hits: 4


fail.count = 0


def in_loop(n):
    total = 0  # hits: 1
    for i in range(n):  # hits: 5
        total += i if i % 2 else -i  # hits: 4
        total = total or i and n  # hits: 4
    return total and n or 1  # hits: 1


def calls(f):
    return f(f(f(1)), f(2))[0] if f else None  # hits: 2


def drive():
    out = [boolean(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]  # hits: 1, 8
    out += [comparisons(1, 2, 3), comparisons(3, 2, 1), in_loop(4), calls(lambda *a: a), calls(None)]  # hits: 1, 4
    return out, fail.count  # hits: 1
