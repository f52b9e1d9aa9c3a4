"""Generators: sent to, thrown into, closed, dropped, delegating, recursive."""


def simple(n):
    for i in range(n):  # hits: 4
        yield i  # hits: 3


def guarded():
    try:  # hits: 5
        x = yield 1  # hits: 5
        while x:  # hits: 4
            x = yield x * 2  # hits: 3
        yield "end"  # hits: 1
    except KeyError:  # hits: 4
        yield "key"  # hits: 2
    except GeneratorExit:  # hits: 2
        x = None  # hits: 2
        raise  # hits: 2
    finally:
        x = 0  # hits: 5


def returning():
    yield 1  # hits: 2
    return 2  # hits: 2


def delegating():
    a = yield from returning()  # hits: 2
    b = yield from [a, a + 1]  # hits: 2
    c = yield from guarded()  # hits: 2
    return a, b, c  # hits: 2


def endless():
    n = 0  # hits: 1
    while True: n += 1; yield n  # hits: 4, 4, 4


def unguarded():
    yield 1  # hits: 3
    yield 2  # hits: 3
    yield 3  # hits: 0


def failing():
    yield 1  # hits: 1
    yield 1 // 0  # hits: 1
    yield 2  # hits: 0


def ignoring_close():
    while True:  # hits: 1
        try:  # hits: 1
            yield  # hits: 1
        except GeneratorExit:  # hits: 1
            return  # hits: 1


def stop_inside():
    yield 1  # hits: 1
    raise StopIteration  # hits: 1


def never():
    yield  # hits: 0


def empty():
    return  # hits: 1
    yield


def one_line(): x = yield; yield x; return  # hits: 1, 1, 1


def with_with():
    with open(__import__("os").devnull) as f:  # hits: 2
        yield f.closed  # hits: 2
        yield 2  # hits: 1
    yield f.closed  # hits: 1


def drive():
    out = [list(simple(3)), list(delegating())]  # hits: 1
    g = guarded()  # hits: 1
    out += [next(g), g.send(3), g.send(4), g.throw(KeyError)]  # hits: 1
    out += [next(g, "done")]  # hits: 1
    g = guarded()  # hits: 1
    next(g), g.close()  # hits: 1
    g = guarded()  # hits: 1
    next(g)  # hits: 1
    del g  # hits: 1
    g = guarded()  # hits: 1
    try:  # hits: 1
        g.throw(ValueError)  # hits: 1
    except ValueError:  # hits: 1
        out.append("unstarted")  # hits: 1
    g = delegating()  # hits: 1
    out += [next(g), next(g), next(g), next(g), g.send(9), g.throw(KeyError("x")), list(g)]  # hits: 1
    g = endless()  # hits: 1
    out += [next(g) for _ in range(4)]  # hits: 1, 4
    g.close()  # hits: 1
    for how in range(3):  # hits: 4
        g = unguarded()  # hits: 3
        next(g)  # hits: 3
        next(g)  # hits: 3
        if how == 0: g.close()  # hits: 3, 1
        if how == 1:  # hits: 3
            try: g.throw(KeyError)  # hits: 1, 1
            except KeyError: pass  # hits: 1, 1
    del g  # hits: 1
    g = failing()  # hits: 1
    try:  # hits: 1
        list(g)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        out.append(list(g))  # hits: 1
    g = ignoring_close()  # hits: 1
    next(g)  # hits: 1
    g.close()  # hits: 1
    try:  # hits: 1
        list(stop_inside())  # hits: 1
    except RuntimeError:  # hits: 1
        out.append("runtime")  # hits: 1
    never()  # hits: 1
    never().close()  # hits: 1
    out.append(list(empty()))  # hits: 1
    g = one_line()  # hits: 1
    out += [next(g), g.send(1), list(g)]  # hits: 1
    out += list(with_with())  # hits: 1
    g = with_with()  # hits: 1
    next(g)  # hits: 1
    g.close()  # hits: 1
    return out  # hits: 1
