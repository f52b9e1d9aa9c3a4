"""`assert` counts when it starts."""


def passing(x):
    assert x  # hits: 1
    assert x, "message"  # hits: 1
    assert x > 0 and x < 10 or not x, f"{x}"  # hits: 1
    assert (x,  # hits: 1
            "tuple")[0]
    assert x if x else not x; assert True  # hits: 1, 1
    return x  # hits: 1


def failing(x):
    assert not x, (  # hits: 2
        [i for i in range(x)]  # hits: 2
    )
    return x  # hits: 1


def failing_message(x):
    assert x, 1 // x  # hits: 2


def drive():
    out = [passing(1), failing(0)]  # hits: 1
    for f, x in (failing, 2), (failing_message, 0):  # hits: 3
        try:  # hits: 2
            f(x)  # hits: 2
        except (AssertionError, ZeroDivisionError) as error:  # hits: 2
            out.append(repr(error))  # hits: 2
    failing_message(1)  # hits: 1
    return out  # hits: 1
