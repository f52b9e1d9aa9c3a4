"""`if` and `elif` headers count when their test is evaluated."""


def chain(n):
    if n == 0:  # hits: 4
        return "zero"  # hits: 1
    elif n == 1:  # hits: 3
        return "one"  # hits: 1
    elif n < 5:  # hits: 2
        out = "few"  # hits: 1
    else:
        out = "many"  # hits: 1
    return out  # hits: 2


def nested(a, b):
    if a:  # hits: 4
        if b:  # hits: 2
            return 1  # hits: 1
        else:
            return 2  # hits: 1
    else:
        if b:  # hits: 2
            return 3  # hits: 1
        elif not b:  # hits: 1
            return 4  # hits: 1


def one_line(a):
    if a: pass  # hits: 2, 1
    if a: return 1  # hits: 2, 1
    elif not a: a = 2  # hits: 1, 1
    else: a = 3  # hits: 0
    if not a: a = 4  # hits: 1, 0
    else: a = 5; a += 1  # hits: 1, 1
    if a: ...  # hits: 1
    if a: pass  # hits: 1, 1
    else: pass  # hits: 0
    return a  # hits: 1


def boolean(a, b, c):
    if a and b or c:  # hits: 8
        x = 1  # hits: 5
    elif a or not b:  # hits: 3
        x = 2  # hits: 2
    else:
        x = 3  # hits: 1
    if not (a and b):  # hits: 8
        x = -x  # hits: 6
    if (a or b) and (b or c) and not (a and c): x += 10  # hits: 8, 3
    return x  # hits: 8


def conditional(a, b):
    if a if b else not a:  # hits: 9
        return 1  # hits: 5
    if (a > 1) == (b > 1):  # hits: 4
        return 2  # hits: 2
    if 0 < a < 3 > b:  # hits: 2
        return 3  # hits: 1


def ends_in_if(a):
    if a:  # hits: 2
        a = 1  # hits: 1


def ends_in_one_line_if(a):
    if a: a = 1  # hits: 2, 1


def raising_test(a):
    if a.missing:  # hits: 1
        pass  # hits: 0
    elif a:  # hits: 0
        pass  # hits: 0


def drive():
    out = [chain(n) for n in (0, 1, 3, 9)]  # hits: 1, 4
    out += [nested(a, b) for a in (0, 1) for b in (0, 1)]  # hits: 1, 4
    out += [one_line(0), one_line(1)]  # hits: 1
    out += [boolean(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]  # hits: 1, 8
    out += [conditional(a, b) for a in (0, 1, 2) for b in (0, 1, 2)]  # hits: 1, 9
    ends_in_if(0), ends_in_if(1), ends_in_one_line_if(0), ends_in_one_line_if(1)  # hits: 1
    try:  # hits: 1
        raising_test(1)  # hits: 1
    except AttributeError:  # hits: 1
        return out  # hits: 1
