"""Template strings."""
# requires: 3.14


def template(a):
    x = t"{a} {[i for i in range(a)]} {(lambda: a)()!r:>{a}}"  # hits: 1, 3, 1
    t"{a}"  # hits: 1
    return [part if isinstance(part, str) else part.value for part in x]  # hits: 1, 5


def raising(a):
    return t"{1 // a} {[i for i in range(2)]}"  # hits: 2, 2


def drive():
    try:  # hits: 1
        raising(0)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        pass  # hits: 1
    return template(3), raising(1).interpolations[1].value  # hits: 1
