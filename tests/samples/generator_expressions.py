"""Generator expressions: consumed late, in part, never, by several."""


def late(n):
    g = (i for i in range(n))  # hits: 1, 3
    n = 0  # hits: 1
    return list(g), list(g)  # hits: 1


def partly():
    g = (i * 2 for i in range(10))  # hits: 1, 2
    return next(g), next(g), 4 in (i for i in range(10))  # hits: 1, 5


def never():
    g = (1 // i for i in range(3))  # hits: 1, 0
    return None  # hits: 1


def nested():
    g = ((i, j) for i in range(3) for j in range(i))  # hits: 1, 3
    h = (list(i for i in range(k)) for k in range(3))  # hits: 1, 3, 3
    k = (x for x in (y for y in (z for z in range(4)) if y) if x > 1)  # hits: 1, 2, 3, 4
    return list(g), list(h), list(k)  # hits: 1


def short_circuit():
    return any(i > 2 for i in range(10)), all(i < 2 for i in range(10)), next((i for i in "abc" if i == "b"), None)  # hits: 1, 4, 3, 1


def failing():
    g = (1 // (1 - i) for i in range(4))  # hits: 1, 1
    out = [next(g)]  # hits: 1
    try:  # hits: 1
        next(g)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        out.append(list(g))  # hits: 1
    return out  # hits: 1


def closed():
    g = (i for i in range(4))  # hits: 1, 1
    next(g)  # hits: 1
    g.close()  # hits: 1
    return list(g)  # hits: 1


def thrown():
    g = (i for i in range(4))  # hits: 1, 1
    next(g)  # hits: 1
    try:  # hits: 1
        g.throw(KeyError)  # hits: 1
    except KeyError:  # hits: 1
        return list(g)  # hits: 1


def sent():
    g = (i for i in range(4))  # hits: 1, 2
    next(g)  # hits: 1
    return g.send(1)  # hits: 1


def escaping(n):
    return (i + n for i in range(n))  # hits: 2, 4


def two_names():
    g = (i for i in range(6))  # hits: 1, 6
    return list(zip(g, g))  # hits: 1


def bad_iterable():
    return (i for i in 5)  # hits: 1, 0


def drive():
    out = [late(3), partly(), never(), nested(), short_circuit(), failing(), closed(), thrown(), sent(), list(escaping(3)), two_names()]  # hits: 1
    g = escaping(4)  # hits: 1
    next(g)  # hits: 1
    try:  # hits: 1
        bad_iterable()  # hits: 1
    except TypeError:  # hits: 1
        pass  # hits: 1
    return out  # hits: 1
