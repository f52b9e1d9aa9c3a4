"""`return` from inside loops, `with`, `try` and `finally`."""


def from_for(n):
    for i in range(n):  # hits: 5
        if i == 2: return i  # hits: 4, 1
    return -1  # hits: 1


def from_nested(n):
    while True:  # hits: 2
        for i in range(n):  # hits: 2
            with open(__import__("os").devnull):  # hits: 1
                try:  # hits: 1
                    return i  # hits: 1
                finally:
                    n = 0  # hits: 1
        return None  # hits: 1


def from_finally(n):
    for i in range(n):  # hits: 1
        try:  # hits: 1
            continue  # hits: 1
        finally:
            return i  # hits: 1


def value_computed_first():
    out = []  # hits: 1
    try:  # hits: 1
        return out.append(1) or list(out)  # hits: 1
    finally:
        out.append(2)  # hits: 1


def several(n):
    if n == 0: return  # hits: 7, 1
    if n == 1: return None  # hits: 6, 1
    if n == 2: return 1, 2  # hits: 5, 1
    if n == 3: return [i for i in range(n)]  # hits: 4, 1, 3
    if n == 4: return (lambda: n)()  # hits: 3, 1, 1
    if n == 5: return n if n else 0  # hits: 2, 1
    return  # hits: 1


def from_except(n):
    try:  # hits: 2
        return 1 // n  # hits: 2
    except ZeroDivisionError as error:  # hits: 1
        return str(error)  # hits: 1


def drive():
    return from_for(1), from_for(5), from_nested(2), from_nested(0), from_finally(2), value_computed_first(), [several(n) for n in range(7)], from_except(0), from_except(1)  # hits: 1, 7
