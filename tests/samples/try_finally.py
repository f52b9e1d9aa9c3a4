"""`finally` bodies count once per execution, whichever way they are entered."""


def normal(out):
    try:  # hits: 1
        out.append(1)  # hits: 1
    finally:
        out.append(2)  # hits: 1


def by_return(out):
    try:  # hits: 1
        return out.append(1)  # hits: 1
    finally:
        out.append(2)  # hits: 1


def by_exception(out):
    try:  # hits: 1
        out.append(1 // 0)  # hits: 1
    finally:
        out.append(2)  # hits: 1


def by_any(n):
    for i in range(4):  # hits: 14
        try:  # hits: 14
            if n == 0:  # hits: 14
                break  # hits: 5
            if n == 1:  # hits: 9
                n = 3  # hits: 1
                continue  # hits: 1
            if n == 2:  # hits: 8
                return "returned"  # hits: 1
            if n == 3:  # hits: 7
                raise KeyError  # hits: 4
            n -= 1  # hits: 3
        except KeyError:  # hits: 4
            n = 0  # hits: 4
        else:
            n += 0  # hits: 3
        finally:
            last = i  # hits: 14
    return last  # hits: 5


def nested(n):
    out = []  # hits: 2
    try:  # hits: 2
        try:  # hits: 2
            try:  # hits: 2
                if n: return out  # hits: 2, 1
                out.append(1 // n)  # hits: 1
            finally:
                out.append("a")  # hits: 2
        except ZeroDivisionError:  # hits: 1
            out.append("b")  # hits: 1
        finally:
            out.append("c")  # hits: 2
            try:  # hits: 2
                out.append("d")  # hits: 2
            finally:
                out.append("e")  # hits: 2
    finally:
        if n:  # hits: 2
            out.append("f")  # hits: 1
        else:
            out.append("g")  # hits: 1
    return out  # hits: 1


def overriding(n):
    try:  # hits: 2
        if n: return 1  # hits: 2, 1
        raise KeyError  # hits: 1
    finally:
        return 2  # hits: 2


def overriding_loop():
    for i in range(3):  # hits: 4
        try:  # hits: 3
            raise KeyError  # hits: 3
        finally:
            continue  # hits: 3
    return i  # hits: 1


def loop_in_finally(n):
    try:  # hits: 2
        if n: return n  # hits: 2, 1
    finally:
        for i in range(2):  # hits: 6
            n += 1  # hits: 4
        while n > 3:  # hits: 5
            n -= 1  # hits: 3
        out = [j for j in range(n)]  # hits: 2, 5
    return out  # hits: 1


def raising_in_finally(n):
    try:  # hits: 2
        if n: return 1  # hits: 2, 1
        n = 1  # hits: 1
    finally:
        1 // 0  # hits: 2


def try_in_finally(n):
    try:  # hits: 2
        return 1 // n  # hits: 2
    finally:
        try:  # hits: 2
            int("x")  # hits: 2
        except ValueError:  # hits: 2
            n = 2  # hits: 2
        with open(__import__("os").devnull):  # hits: 2
            n = 3  # hits: 2


def drive():
    out = []  # hits: 1
    normal(out), by_return(out)  # hits: 1
    try:  # hits: 1
        by_exception(out)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        pass  # hits: 1
    out += [by_any(n) for n in range(6)]  # hits: 1, 6
    out += [nested(0), nested(1), overriding(0), overriding(1), overriding_loop(), loop_in_finally(0), loop_in_finally(4)]  # hits: 1
    for n in 0, 1:  # hits: 3
        try:  # hits: 2
            raising_in_finally(n)  # hits: 2
        except ZeroDivisionError as error:  # hits: 2
            out.append(repr(error.__context__))  # hits: 2
        try:  # hits: 2
            out.append(try_in_finally(n))  # hits: 2
        except ZeroDivisionError as error:  # hits: 1
            out.append(repr(error.__context__))  # hits: 1
    return out  # hits: 1
