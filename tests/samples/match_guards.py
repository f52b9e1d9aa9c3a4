"""Guards: a clause whose guard fails was tested all the same."""


def guarded(x, log):
    match x:  # hits: 7
        case n if log.append("a") or n < 0:  # hits: 7
            return "negative"  # hits: 0
        case 0 if log.append("b"):  # hits: 3
            return "never"  # hits: 0
        case [a, b] if a == b:  # hits: 3
            return "twins"  # hits: 0
        case [a, b] if a > b or b > 10: return "falling"  # hits: 3, 0
        case int(n) if (m := n * 2) > 10:  # hits: 3
            return m  # hits: 1
        case _ if any(c for c in (x,)):  # hits: 2, 2
            return "truthy"  # hits: 1
        case _:  # hits: 1
            return "rest"  # hits: 1


def raising(x):
    match x:  # hits: 4
        case 0:  # hits: 4
            return "zero"  # hits: 1
        case n if 1 // (n - 1):  # hits: 3
            return "two"  # hits: 1
        case _:  # hits: 1
            return "other"  # hits: 1


def in_loop(items):
    out = []  # hits: 1
    for item in items:  # hits: 6
        match item:  # hits: 6
            case 0: continue  # hits: 6, 2
            case 1: out.append("one")  # hits: 4, 1
            case "end": break  # hits: 3, 1
            case [*inner]:  # hits: 2
                for i in inner:  # hits: 2
                    match i:  # hits: 2
                        case 0: break  # hits: 2, 1
                        case _: out.append(i)  # hits: 1, 1
            case _ if item: out.append(item)  # hits: 1, 1
    return out  # hits: 1


def in_while(n):
    while n:  # hits: 5
        match n:  # hits: 4
            case 3: n -= 2  # hits: 4, 1
            case _: n -= 1  # hits: 3, 3


def nested(x):
    match x:  # hits: 3
        case [y]:  # hits: 3
            match y:  # hits: 2
                case [z]:  # hits: 2
                    return z  # hits: 1
                case _:  # hits: 1
                    pass  # hits: 1
            return y  # hits: 1
        case y:  # hits: 1
            pass  # hits: 1


def case_named_names(case, match):
    match case:  # hits: 2
        case case if match: case = match  # hits: 2, 1
        case match: match = 1  # hits: 1, 1
    match = {}  # hits: 2
    match["case"] = case  # hits: 2
    return match  # hits: 2


def drive():
    out = []  # hits: 1
    log = []  # hits: 1
    for x in (0, 6, 3, (1, 1), (2, 1), (1, 11), (1, 2)):  # hits: 8
        try:  # hits: 7
            out.append(guarded(x, log))  # hits: 7
        except TypeError:  # hits: 4
            out.append("unordered")  # hits: 4
    out += [raising(0), raising(2), raising(9)]  # hits: 1
    try:  # hits: 1
        raising(1)  # hits: 1
    except ZeroDivisionError:  # hits: 1
        pass  # hits: 1
    in_while(5)  # hits: 1
    return out, log, in_loop([0, 1, [1, 0, 2], 7, 0, "end", 1]), nested([[1]]), nested([1]), nested(1), case_named_names(1, 0), case_named_names(1, 2)  # hits: 1
