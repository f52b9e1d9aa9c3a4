"""Assignments of every shape."""


class Box:
    def __setattr__(self, name, value):
        if value is None:  # hits: 4
            raise ValueError  # hits: 1
        object.__setattr__(self, name, value)  # hits: 3


def shapes():
    a = b = c = [1, 2, 3]  # hits: 1
    (d, e), *f = (1, 2), 3, 4  # hits: 1
    [g, *h] = "abc"  # hits: 1
    *i, = range(2)  # hits: 1
    c[0], c[1] = c[1], c[0]  # hits: 1
    c[0:2] = [9]  # hits: 1
    x = y = 1; x, y = y, x  # hits: 1, 1
    a += [4]  # hits: 1
    c[0] += 1  # hits: 1
    x <<= 2; x |= 1; x **= 2; x //= 3; x @= Mat() if False else Mat()  # hits: 1, 1, 1, 1, 1
    z = 1,  # hits: 1
    return a, d, e, f, g, h, i, x, z  # hits: 1


class Mat:
    def __rmatmul__(self, other):
        return other  # hits: 1


def failing():
    out = []  # hits: 1
    box = Box()  # hits: 1
    box.a = 1  # hits: 1
    for value in 2, None:  # hits: 3
        try:  # hits: 2
            box.a = value  # hits: 2
            out.append(box.a)  # hits: 1
        except ValueError:  # hits: 1
            out.append("value")  # hits: 1
    try:  # hits: 1
        p, q = 1, 2, 3  # hits: 1
    except ValueError:  # hits: 1
        out.append("unpack")  # hits: 1
    try:  # hits: 1
        p, *q, r = ()  # hits: 1
    except ValueError:  # hits: 1
        out.append("star")  # hits: 1
    try:  # hits: 1
        p, q = r = 1, 1 // 0  # hits: 1
    except ZeroDivisionError:  # hits: 1
        out.append("value")  # hits: 1
    return out  # hits: 1


def deleting():
    a = b = 1  # hits: 1
    d = {1: 2, 3: 4}  # hits: 1
    del a, b  # hits: 1
    del d[1], (d[3])  # hits: 1
    c = Box()  # hits: 1
    c.x = 1  # hits: 1
    del c.x; del c  # hits: 1, 1
    try:  # hits: 1
        del d[9], d  # hits: 1
    except KeyError:  # hits: 1
        return d  # hits: 1


def stars(f):
    x = [*range(2), *(3, 4)]  # hits: 1
    y = {**{"a": 1}, "b": 2, **dict(c=3)}  # hits: 1
    z = {*x, *"ab"}  # hits: 1
    w = *x, *z  # hits: 1
    return f(*x, 5, *w[:1], **y, k=1), len(z)  # hits: 1


def drive():
    return shapes(), failing(), deleting(), stars(lambda *a, **k: (a, k))  # hits: 1, 1
