"""`pass` counts wherever it stands."""


def alone():
    pass  # hits: 1


def twice():
    pass  # hits: 1
    pass  # hits: 1


def before(x):
    pass  # hits: 1
    x = 1  # hits: 1
    pass  # hits: 1
    return x  # hits: 1


def in_branches(x):
    if x:  # hits: 3
        pass  # hits: 1
    elif x is None:  # hits: 2
        pass  # hits: 1
    else:
        pass  # hits: 1
    while x:  # hits: 5
        x -= 1  # hits: 2
        pass  # hits: 2
    for i in range(2):  # hits: 9
        pass  # hits: 6
        pass  # hits: 6
    else:
        pass  # hits: 3
    with open(__import__("os").devnull):  # hits: 3
        pass  # hits: 3
    try:  # hits: 3
        pass  # hits: 3
    except KeyError:  # hits: 0
        pass  # hits: 0
    else:
        pass  # hits: 3
    finally:
        pass  # hits: 3
    match x:  # hits: 3
        case 0:  # hits: 3
            pass  # hits: 2
        case _:  # hits: 1
            pass  # hits: 1


def one_line(x): pass; x = 1; pass  # hits: 1, 1, 1


def drive():
    alone(), twice(), before(1), one_line(1)  # hits: 1
    for x in None, 0, 2:  # hits: 4
        in_branches(x)  # hits: 3
