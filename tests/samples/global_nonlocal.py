"""`global` and `nonlocal` have no entry; the statements that use the names have."""

COUNT = 0


def bump():
    global COUNT
    COUNT += 1  # hits: 2
    global OTHER; OTHER = COUNT  # hits: 2
    return COUNT  # hits: 2


def counter():
    n = 0  # hits: 1

    def inner(k):  # hits: 1
        nonlocal n
        n += k  # hits: 2
        return n  # hits: 2

    def deeper():  # hits: 1
        def deepest():  # hits: 1
            nonlocal n; n = 100  # hits: 1
        deepest()  # hits: 1
    inner(1)  # hits: 1
    deeper()  # hits: 1
    return inner(2)  # hits: 1


def in_class():
    n = 0  # hits: 1

    class C:  # hits: 1
        global GLOBAL
        GLOBAL = 5  # hits: 1
        nonlocal n
        n = 7  # hits: 1

    return n, GLOBAL  # hits: 1


def deleting():
    global COUNT
    del COUNT  # hits: 1
    try:  # hits: 1
        return COUNT  # hits: 1
    except NameError:  # hits: 1
        COUNT = -1  # hits: 1
    return COUNT  # hits: 1


def drive():
    return bump(), bump(), counter(), in_class(), deleting()  # hits: 1
