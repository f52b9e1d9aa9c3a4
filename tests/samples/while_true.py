"""Loops without a test: one hit for each pass."""


def broken(n):
    while True:  # hits: 4
        n += 1  # hits: 4
        if n > 3:  # hits: 4
            break  # hits: 1
    return n  # hits: 1


def returned(n):
    while 1:  # hits: 4
        if n > 3:  # hits: 4
            return n  # hits: 1
        n += 1  # hits: 3


def first_statement_is_loop(n):
    while True:  # hits: 3
        try:  # hits: 3
            n -= 1  # hits: 3
            10 // n  # hits: 3
        except ZeroDivisionError:  # hits: 1
            break  # hits: 1


def continued(n):
    while True:  # hits: 6
        n += 1  # hits: 6
        if n < 5:  # hits: 6
            continue  # hits: 3
        if n == 7:  # hits: 3
            break  # hits: 1
    return n  # hits: 1


def nested():
    n = 0  # hits: 1
    while True:  # hits: 3
        while True:  # hits: 9
            n += 1  # hits: 9
            if n % 3 == 0:  # hits: 9
                break  # hits: 3
        if n > 8:  # hits: 3
            break  # hits: 1
    return n  # hits: 1


def nested_directly(it):
    while 1:  # hits: 2
        while 1:  # hits: 4
            while 1:  # hits: 6
                if next(it):  # hits: 6
                    break  # hits: 4
            if next(it):  # hits: 4
                break  # hits: 2
        if next(it):  # hits: 2
            return  # hits: 1


def with_else(n):
    while True:  # hits: 2
        n -= 1  # hits: 2
        if not n:  # hits: 2
            break  # hits: 1
    else:
        n = "dropped"
    return n  # hits: 1


def not_false(n):
    while not False:  # hits: 3
        n += 1  # hits: 3
        if n > 2:  # hits: 3
            return n  # hits: 1


def raised(items):
    while True:  # hits: 4
        items.pop()  # hits: 4


def yielding():
    n = 0  # hits: 1
    while True:  # hits: 3
        yield n  # hits: 3
        n += 1  # hits: 2


def bare_yielding():
    while True:  # hits: 3
        yield  # hits: 3


def drive():
    out = [broken(0), returned(1), first_statement_is_loop(3), continued(1), nested()]  # hits: 1
    nested_directly(iter([0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1]))  # hits: 1
    out.append(with_else(2))  # hits: 1
    out.append(not_false(0))  # hits: 1
    try:  # hits: 1
        raised([1, 2, 3])  # hits: 1
    except IndexError:  # hits: 1
        out.append("empty")  # hits: 1
    g = yielding()  # hits: 1
    out.append([next(g) for _ in range(3)])  # hits: 1, 3
    g = bare_yielding()  # hits: 1
    out.append([next(g) for _ in range(3)])  # hits: 1, 3
    return out  # hits: 1
