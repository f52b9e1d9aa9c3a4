"""`raise` in all its forms."""


def plain(x):
    raise KeyError(x)  # hits: 6


def from_cause(x):
    try:  # hits: 2
        plain(x)  # hits: 2
    except KeyError as error:  # hits: 2
        raise ValueError(x) from error  # hits: 2


def from_none(x):
    try:  # hits: 2
        plain(x)  # hits: 2
    except KeyError:  # hits: 2
        raise ValueError(x) from None  # hits: 2


def again(x):
    try:  # hits: 2
        plain(x)  # hits: 2
    except KeyError:  # hits: 2
        raise  # hits: 2


def nothing():
    raise  # hits: 2


def not_exception():
    raise 5  # hits: 2


def conditional(x):
    if x: raise KeyError  # hits: 2, 1
    return x  # hits: 1


def in_loop():
    for i in range(5):  # hits: 6
        if i == 2: raise StopIteration  # hits: 6, 2
    else:
        return "never"  # hits: 0


def with_notes():
    error = KeyError("noted")  # hits: 2
    error.add_note("n")  # hits: 2
    raise error from (cause := OSError())  # hits: 2


def drive():
    out = []  # hits: 1
    for f in (from_cause, from_none, again, lambda x: nothing(), lambda x: not_exception(), conditional, lambda x: in_loop(), lambda x: with_notes()):  # hits: 9, 2, 2, 2, 2
        for x in 0, 1:  # hits: 24
            try:  # hits: 16
                out.append(f(x))  # hits: 16
            except Exception as error:  # hits: 15
                out.append((type(error).__name__, repr(error.__cause__), error.__suppress_context__))  # hits: 15
    return out  # hits: 1
