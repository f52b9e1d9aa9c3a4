"""A `with` counts once, however it is left."""

import contextlib


class Manager:
    def __init__(self, swallow=False, broken=""):
        self.swallow = swallow  # hits: 24
        self.broken = broken  # hits: 24

    def __enter__(self):
        if self.broken == "enter":  # hits: 25
            raise OSError("enter")  # hits: 1
        return self  # hits: 24

    def __exit__(self, *error):
        if self.broken == "exit":  # hits: 24
            raise OSError("exit")  # hits: 1
        return self.swallow  # hits: 23


def simple():
    with Manager() as m:  # hits: 1
        x = m.swallow  # hits: 1
    return x  # hits: 1


def several():
    with Manager() as a, Manager(True) as b, Manager():  # hits: 1
        raise KeyError  # hits: 1
    return a is b  # hits: 1


def parenthesized():
    with (  # hits: 1
        Manager() as a,
        Manager() as b,
    ):
        x = a is b  # hits: 1
    with (Manager() as a, Manager()): pass  # hits: 1, 1
    return x  # hits: 1


def returning(n):
    with Manager():  # hits: 2
        with Manager(True):  # hits: 2
            if n: return 1  # hits: 2, 1
            raise KeyError  # hits: 1
        return 2  # hits: 1


def failing(where):
    with Manager() as a, Manager(broken=where) as b:  # hits: 2
        a = b  # hits: 1
    return a  # hits: 0


def one_line(m):
    with m: pass  # hits: 1, 1
    with m: return 1  # hits: 1, 1


def one_line_raise():
    with contextlib.suppress(KeyError): raise KeyError  # hits: 1, 1
    with contextlib.suppress(KeyError), Manager(): {}["x"]; y = 1  # hits: 1, 1, 0
    with Manager(True): 1 // 0  # hits: 1, 1
    return "on"  # hits: 1


def in_loop():
    out = []  # hits: 1
    for i in range(4):  # hits: 4
        with Manager(True) as m:  # hits: 4
            if i == 0: continue  # hits: 4, 1
            if i == 1: raise KeyError  # hits: 3, 1
            if i == 3: break  # hits: 2, 1
            out.append(i)  # hits: 1
        out.append("after")  # hits: 2
    return out  # hits: 1


def unpacked():
    with contextlib.nullcontext((1, [2, 3])) as (a, [b, *c]):  # hits: 1
        pass  # hits: 1
    with contextlib.nullcontext(1) as c[0]:  # hits: 1
        return c  # hits: 1


def ends_in_with():
    with Manager(): pass  # hits: 1, 1


def no_manager():
    with 5:  # hits: 1
        pass  # hits: 0


@contextlib.contextmanager
def generated(n):
    try:  # hits: 3
        yield n  # hits: 3
    except KeyError:  # hits: 1
        n = 0  # hits: 1
    finally:
        n += 1  # hits: 3


def over_generated():
    with generated(1) as n:  # hits: 1
        raise KeyError  # hits: 1
    with generated(2) as n, generated(3):  # hits: 1
        return n  # hits: 1


def drive():
    out = [simple(), several(), parenthesized(), returning(0), returning(1)]  # hits: 1
    for where in "enter", "exit":  # hits: 3
        try:  # hits: 2
            failing(where)  # hits: 2
        except OSError as error:  # hits: 2
            out.append(error.args)  # hits: 2
    try:  # hits: 1
        no_manager()  # hits: 1
    except TypeError:  # hits: 1
        pass  # hits: 1
    ends_in_with()  # hits: 1
    return out, one_line(Manager()), one_line_raise(), in_loop(), unpacked(), over_generated()  # hits: 1
