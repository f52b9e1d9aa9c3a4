"""`try` statements whose suites stand on the lines of their clauses."""


def try_pass():
    try: pass  # hits: 1, 1
    except KeyError: pass  # hits: 0, 0
    try: pass  # hits: 1, 1
    finally: pass  # hits: 1
    try: pass  # hits: 1, 1
    except: pass  # hits: 0, 0
    else: pass  # hits: 1
    finally: pass  # hits: 1


def try_return():
    try: return 1  # hits: 1, 1
    except KeyError: return 2  # hits: 0, 0


def try_return_finally(out):
    try: return out  # hits: 1, 1
    finally: out.append(1)  # hits: 1


def try_call(f):
    try: f()  # hits: 4, 4
    except KeyError: return "key"  # hits: 3, 1
    except ValueError as error: return "value"  # hits: 2, 1
    except: return "other"  # hits: 1, 1
    else: return "none"  # hits: 1
    finally: f = None  # hits: 4


def in_loop(n):
    out = []  # hits: 1
    for i in range(n):  # hits: 4
        try: continue  # hits: 3, 3
        finally: out.append(i)  # hits: 3
    for i in range(n):  # hits: 4
        try: pass  # hits: 3, 3
        except KeyError: break  # hits: 0, 0
        else: continue  # hits: 3
    for i in range(n):  # hits: 4
        try: 1 // (i - 1)  # hits: 3, 3
        except ZeroDivisionError: continue  # hits: 1, 1
        else: out.append(i)  # hits: 2
    return out  # hits: 1


def only_try():
    try: pass  # hits: 1, 1
    finally: pass  # hits: 1


def raising(error):
    def f():  # hits: 3
        raise error  # hits: 3
    return f  # hits: 3


def drive():
    try_pass()  # hits: 1
    only_try()  # hits: 1
    out = [try_return(), try_return_finally([]), in_loop(3)]  # hits: 1
    out += [try_call(raising(e)) for e in (KeyError, ValueError, TypeError)]  # hits: 1, 3
    out.append(try_call(int))  # hits: 1
    return out  # hits: 1
