"""`while` headers: each evaluation of the test is a hit."""


def simple(n):
    while n > 0:  # hits: 4
        n -= 1  # hits: 3
    return n  # hits: 1


def never(n):
    while n < 0:  # hits: 1
        n += 1  # hits: 0
    return n  # hits: 1


def with_continue(n):
    seen = []  # hits: 1
    while n:  # hits: 6
        n -= 1  # hits: 5
        if n % 2:  # hits: 5
            continue  # hits: 2
        seen.append(n)  # hits: 3
    return seen  # hits: 1


def compound_test(a, b, c):
    while a and (b or c):  # hits: 3
        a -= 1  # hits: 2
        if a == 2:  # hits: 2
            b = 0  # hits: 1
    return a  # hits: 1


def negated(a):
    while not (a > 3 or a < 0):  # hits: 4
        a += 1  # hits: 3
    return a  # hits: 1


def chained(a):
    while 0 <= a < 4 != 5:  # hits: 3
        a += 1  # hits: 2
    return a  # hits: 1


def walrus(items):
    while (head := items[:1]) and head[0] != 3:  # hits: 3
        items = items[1:]  # hits: 2
    return items  # hits: 1


def raising(items):
    while items[0]:  # hits: 3
        items.pop()  # hits: 2


def double():
    i = 0  # hits: 1
    while i < 3:  # hits: 4
        j = 0  # hits: 3
        while j < i:  # hits: 6
            j += 1  # hits: 3
        i += 1  # hits: 3
    return i, j  # hits: 1


def body_is_loop(n):
    while n:  # hits: 4
        for n in range(n):  # hits: 9
            pass  # hits: 6


def drive():
    try:  # hits: 1
        raising([1, 2])  # hits: 1
    except IndexError:  # hits: 1
        pass  # hits: 1
    body_is_loop(3)  # hits: 1
    return simple(3), never(1), with_continue(5), compound_test(4, 1, 0), negated(1), chained(2), walrus([1, 2, 3]), double()  # hits: 1
