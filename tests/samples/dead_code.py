"""Code that can never run has no entry."""


def after_return(n):
    return n  # hits: 1
    n += 1
    for i in n:
        pass


def after_raise():
    raise ValueError  # hits: 1
    return 1


def after_jump(n):
    for i in range(n):  # hits: 1
        if i:  # hits: 1
            continue  # hits: 0
            n = 1
        break  # hits: 1
        n = 2
    return n  # hits: 1


def after_endless(n):
    while True:  # hits: 3
        n += 1  # hits: 3
        if n > 3:  # hits: 3
            return n  # hits: 1
    n = "dropped"
    return n


def after_if(n):
    if n:  # hits: 2
        return 1  # hits: 1
    else:
        return 2  # hits: 1
    return 3


def after_try(n):
    try:  # hits: 2
        return 1 // n  # hits: 2
    except ZeroDivisionError:  # hits: 1
        return 0  # hits: 1
    finally:
        n = None  # hits: 2
    return "dropped"


def after_finally(n):
    try:  # hits: 1
        n += 1  # hits: 1
    finally:
        return n  # hits: 1
    return "dropped"


def after_with(cm):
    with cm:  # hits: 1
        raise KeyError  # hits: 1
        return 1
    return "kept"  # hits: 1


def after_match(n):
    match n:  # hits: 2
        case 1:  # hits: 2
            return "one"  # hits: 1
        case _:  # hits: 1
            return "other"  # hits: 1
    return "dropped"


def after_open_match(n):
    match n:  # hits: 2
        case 1:  # hits: 2
            return "one"  # hits: 0
        case 2:  # hits: 2
            return "two"  # hits: 1
    return "kept"  # hits: 1


def after_assert(n):
    assert False, n  # hits: 1
    return "dropped"


def after_loop_with_else(n):
    for i in range(n):  # hits: 3
        if i:  # hits: 2
            break  # hits: 1
    else:
        return "ended"  # hits: 1
    return "broken"  # hits: 1


def nested_in_dead():
    return 1  # hits: 1

    def inner():
        return [i for i in ()]

    class Inner:
        x = lambda: 0

    while inner():
        yield


def swallow():
    from contextlib import suppress  # hits: 1

    return suppress(KeyError)  # hits: 1


def drive():
    out = [after_return(1), after_jump(3), after_endless(1), after_if(0), after_if(1), after_try(0), after_try(1)]  # hits: 1
    for f in after_raise, lambda: after_assert(7):  # hits: 3, 1
        try:  # hits: 2
            f()  # hits: 2
        except (ValueError, AssertionError) as error:  # hits: 2
            out.append(repr(error))  # hits: 2
    out += [after_finally(1), after_with(swallow()), after_match(1), after_match(2), after_open_match(2), after_open_match(3)]  # hits: 1
    out += [after_loop_with_else(0), after_loop_with_else(3), list(nested_in_dead())]  # hits: 1
    return out  # hits: 1
