"""`match` with literal, value, alternative and wildcard patterns: every clause that is tested counts."""


class Color:
    RED = 1
    BLUE = 2


def literal(x):
    match x:  # hits: 8
        case 0:  # hits: 8
            return "zero"  # hits: 1
        case -1:  # hits: 7
            return "minus one"  # hits: 1
        case "a" "b":  # hits: 6
            return "text"  # hits: 1
        case None:  # hits: 5
            return "none"  # hits: 1
        case True | False:  # hits: 4
            return "bool"  # hits: 1
        case 1.5 | 2 + 3j:  # hits: 3
            return "number"  # hits: 2
    return "other"  # hits: 1


def value(x):
    match x:  # hits: 4
        case Color.RED:  # hits: 4
            out = "red"  # hits: 1
        case Color.BLUE | 3:  # hits: 3
            out = "blue"  # hits: 2
        case _:  # hits: 1
            out = "none"  # hits: 1
    return out  # hits: 4


def one_line(x):
    match x:  # hits: 9
        case 1: pass  # hits: 9, 1
        case 2: return "two"  # hits: 8, 1
        case 3 | 4: ...  # hits: 7
        case "s": x = 1; x = 2  # hits: 5, 1, 1
        case str(): x += "!"  # hits: 4, 1
        case y if y: return y  # hits: 3, 1
        case _: pass  # hits: 2, 2
    return x  # hits: 7


def wildcard_only(x):
    match x:  # hits: 1
        case _:  # hits: 1
            x = 1  # hits: 1
    match x:  # hits: 1
        case y: pass  # hits: 1, 1
    match x:  # hits: 1
        case _: pass  # hits: 1, 1
    match x:  # hits: 1
        case 1: pass  # hits: 1, 1
    return y  # hits: 1


def no_match(x):
    match x:  # hits: 3
        case 5:  # hits: 3
            return 1  # hits: 1
        case 6:  # hits: 2
            return 2  # hits: 1


def raising_subject(x):
    match 1 // x:  # hits: 3
        case 1:  # hits: 2
            return "one"  # hits: 1


def drive():
    out = [literal(x) for x in (0, -1, "ab", None, True, 1.5, 2 + 3j, [])]  # hits: 1, 8
    out += [value(x) for x in (1, 2, 3, 4)]  # hits: 1, 4
    out += [one_line(x) for x in (1, 2, 3, 4, "s", "t", (), (1,), 0)]  # hits: 1, 9
    out += [wildcard_only(0), no_match(5), no_match(6), no_match(7)]  # hits: 1
    try:  # hits: 1
        raising_subject(0)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        pass  # hits: 1
    return out, raising_subject(1), raising_subject(2)  # hits: 1
