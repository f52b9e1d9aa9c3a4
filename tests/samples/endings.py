"""Functions that end in every kind of compound statement, whose last line carries the implicit return."""


def in_if(x):
    if x:  # hits: 3
        x = 1  # hits: 2


def in_else(x):
    if x:  # hits: 3
        pass  # hits: 2
    else:
        x = 1  # hits: 1


def in_for(x):
    for i in range(x):  # hits: 6
        x = i  # hits: 3


def in_for_if(x):
    for i in range(x):  # hits: 6
        if i:  # hits: 3
            x = i  # hits: 1


def in_for_else(x):
    for i in range(x):  # hits: 5
        if i: break  # hits: 3, 1
    else:
        x = 0  # hits: 2


def in_while(x):
    while x:  # hits: 6
        x -= 1  # hits: 3


def in_while_true(x):
    while True:  # hits: 6
        x -= 1  # hits: 6
        if x < 0:  # hits: 6
            break  # hits: 3


def in_try(x):
    try:  # hits: 3
        x = 1 // x  # hits: 3
    except ZeroDivisionError:  # hits: 1
        x = 0  # hits: 1


def in_try_else(x):
    try:  # hits: 3
        x = 1 // x  # hits: 3
    except ZeroDivisionError:  # hits: 1
        pass  # hits: 1
    else:
        x = 0  # hits: 2


def in_finally(x):
    try:  # hits: 3
        x = 1  # hits: 3
    finally:
        x = 2  # hits: 3


def in_with(x):
    with open(__import__("os").devnull):  # hits: 3
        x = 1  # hits: 3


def in_match(x):
    match x:  # hits: 3
        case 0:  # hits: 3
            x = 1  # hits: 1
        case 1:  # hits: 2
            pass  # hits: 1


def in_match_one_line(x):
    match x:  # hits: 3
        case 0: x = 1  # hits: 3, 1
        case 1: pass  # hits: 2, 1


def in_def(x):
    def inner():  # hits: 3
        return x  # hits: 0


def in_class(x):
    class Inner:  # hits: 3
        y = x  # hits: 3


def in_pass(x):
    pass  # hits: 3


def in_return(x):
    return  # hits: 3


def in_comprehension(x):
    [i for i in range(x)]  # hits: 3, 3


def in_yield(x):
    yield x  # hits: 3


def in_del(x):
    del x  # hits: 3


def in_assert(x):
    assert x or not x  # hits: 3


def in_nested(x):
    for i in range(2):  # hits: 9
        while x:  # hits: 8
            x -= 1  # hits: 2
            if x:  # hits: 2
                try:  # hits: 1
                    x -= 1  # hits: 1
                except KeyError:  # hits: 0
                    pass  # hits: 0
                else:
                    with open(__import__("os").devnull):  # hits: 1
                        for j in range(2):  # hits: 3
                            if j:  # hits: 2
                                pass  # hits: 1


def drive():
    functions = [f for name, f in sorted(globals().items()) if name.startswith("in_")]  # hits: 1, 22
    for f in functions:  # hits: 23
        for x in 0, 1, 2:  # hits: 88
            list(f(x) or ())  # hits: 66
    return len(functions)  # hits: 1
