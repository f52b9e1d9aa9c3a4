"""`except*` clauses are each tested against what is left of the group."""


def handle(*errors):
    out = []  # hits: 5
    try:  # hits: 5
        if errors:  # hits: 5
            raise ExceptionGroup("g", errors)  # hits: 4
        out.append("none")  # hits: 1
    except* KeyError:  # hits: 4
        out.append("key")  # hits: 3
    except* (ValueError, OSError) as group:  # hits: 4
        out.append(len(group.exceptions))  # hits: 2
    except* TypeError as group:  # hits: 4
        out.append("type")  # hits: 1
    else:
        out.append("else")  # hits: 1
    finally:
        out.append("finally")  # hits: 5
    return out  # hits: 4


def naked():
    try:  # hits: 1
        raise KeyError(1)  # hits: 1
    except* KeyError as group:  # hits: 1
        return_value = type(group).__name__  # hits: 1
    return return_value  # hits: 1


def raising_handler():
    try:  # hits: 1
        try:  # hits: 1
            raise ExceptionGroup("g", [KeyError(1), ValueError(2)])  # hits: 1
        except* KeyError:  # hits: 1
            raise TypeError  # hits: 1
        except* ValueError:  # hits: 1
            1 // 0  # hits: 1
    except ExceptionGroup as group:  # hits: 1
        return len(group.exceptions)  # hits: 1


def one_line(error):
    out = []  # hits: 3
    try: raise ExceptionGroup("g", [error])  # hits: 3, 3
    except* KeyError: out.append(1)  # hits: 3, 1
    except* ValueError as e: out.append(2); out.append(3)  # hits: 3, 1, 1
    except* OSError: pass  # hits: 3, 1
    return out  # hits: 3


def nested():
    out = []  # hits: 1
    try:  # hits: 1
        try:  # hits: 1
            raise ExceptionGroup("g", [KeyError(1), ExceptionGroup("h", [OSError(2), ValueError(3)])])  # hits: 1
        except* OSError:  # hits: 1
            out.append("os")  # hits: 1
    except* KeyError:  # hits: 1
        out.append("key")  # hits: 1
    except* ValueError:  # hits: 1
        out.append("value")  # hits: 1
    return out  # hits: 1


def in_loop():
    out = []  # hits: 1
    for error in (KeyError(), ValueError(), None):  # hits: 4
        try:  # hits: 3
            if error:  # hits: 3
                raise error  # hits: 2
        except* KeyError:  # hits: 2
            for i in range(2):  # hits: 2
                if i: break  # hits: 2, 1
        except* ValueError:  # hits: 2
            out.append([k for k in range(2)])  # hits: 1, 2
    return out  # hits: 1


def in_finally(error):
    try:  # hits: 3
        return error  # hits: 3
    finally:
        try: found = [3][error]  # hits: 3, 3
        except* IndexError:  # hits: 2
            found = 2  # hits: 2


def drive():
    out = [handle(), handle(KeyError()), handle(ValueError(), OSError()), handle(KeyError(), TypeError(), OSError())]  # hits: 1
    try:  # hits: 1
        handle(ZeroDivisionError(), KeyError())  # hits: 1
    except ExceptionGroup as group:  # hits: 1
        out.append(len(group.exceptions))  # hits: 1
    out += [naked(), raising_handler(), one_line(KeyError()), one_line(ValueError()), one_line(OSError()), nested(), in_loop(), *map(in_finally, (0, 1, 7))]  # hits: 1
    return out  # hits: 1
