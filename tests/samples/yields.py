"""`yield` in odd places."""


def places():
    x = (yield 1) + (yield 2)  # hits: 1
    y = [(yield 3), (yield 4)]  # hits: 1
    z = {(yield 5): (yield 6)}  # hits: 1
    if (yield 7):  # hits: 1
        yield 8  # hits: 1
    while (yield 9):  # hits: 3
        yield 10  # hits: 2
    for i in (yield 11) or [1]:  # hits: 2
        yield 12  # hits: 1
    assert (yield 13) is None, (yield 14)  # hits: 1
    f = lambda: (yield 15)  # hits: 1, 0
    with (yield 16) or open(__import__("os").devnull):  # hits: 1
        yield 17  # hits: 1
    try:  # hits: 1
        raise (yield 18) or KeyError  # hits: 1
    except ((yield 19) or KeyError):  # hits: 1
        yield 20  # hits: 1
    match (yield 21):  # hits: 1
        case n if (yield 22):  # hits: 1
            yield 23  # hits: 0
        case _ if not (yield 24):  # hits: 1
            yield 25  # hits: 1

    def inner(x=(yield 26)): return x  # hits: 1, 0
    class C(*((yield 27) or ())):  # hits: 1
        pass  # hits: 1
    print(end="" if (yield 28) else "")  # hits: 1
    del y[(yield 29) or 0]  # hits: 1
    y[(yield 30) or 0] = yield 31  # hits: 1
    yield (yield 32)  # hits: 1
    f"{(yield 33)}"  # hits: 1
    return (yield 34)  # hits: 1


def answers(g, log):
    value = None  # hits: 1
    while True:  # hits: 36
        try:  # hits: 36
            n = g.send(value)  # hits: 36
        except StopIteration:  # hits: 1
            return log  # hits: 1
        log.append(n)  # hits: 35
        value = 1 if n in (1, 2, 7) else True if n == 9 and log.count(9) < 3 else None  # hits: 35


def in_finally():
    for i in range(2):  # hits: 3
        try:  # hits: 3
            yield i  # hits: 3
            if i: return  # hits: 2, 1
        finally:
            yield "finally"  # hits: 3


def in_except():
    try:  # hits: 2
        yield 1 // 0  # hits: 2
    except ZeroDivisionError:  # hits: 2
        try: yield "a"  # hits: 2, 2
        except KeyError: yield "b"  # hits: 1, 1
    else:
        yield "never"  # hits: 0


def nested():
    def inner():  # hits: 1
        yield from (i for i in range(2))  # hits: 1, 2
        yield [j for j in range(2)]  # hits: 1, 2
    yield from inner()  # hits: 1
    yield from ()  # hits: 1


def drive():
    g = in_except()  # hits: 1
    out = [next(g), g.throw(KeyError)]  # hits: 1
    g = in_finally()  # hits: 1
    out += [next(g), g.throw(OSError)]  # hits: 1
    try:  # hits: 1
        next(g)  # hits: 1
    except OSError:  # hits: 1
        pass  # hits: 1
    return out, answers(places(), []), list(in_finally()), list(in_except()), list(nested())  # hits: 1
