"""Control that meets again: branches, handlers and loops that join on one statement."""


def join(n):
    if n == 0:  # hits: 7
        x = "a"  # hits: 1
    elif n == 1:  # hits: 6
        try:  # hits: 1
            x = 1 // 0  # hits: 1
        except ZeroDivisionError:  # hits: 1
            x = "b"  # hits: 1
    elif n == 2:  # hits: 5
        for x in "c": pass  # hits: 2, 1
    elif n == 3:  # hits: 4
        while True:  # hits: 1
            x = "d"; break  # hits: 1, 1
    elif n == 4:  # hits: 3
        with open(__import__("os").devnull):  # hits: 1
            x = "e"  # hits: 1
    elif n == 5:  # hits: 2
        match n:  # hits: 1
            case 5: x = "f"  # hits: 1, 1
    else:
        x = [i for i in "g"][0]  # hits: 1, 1
    return x  # hits: 7


def join_in_loop(n):
    out = []  # hits: 1
    while n:  # hits: 7
        n -= 1  # hits: 6
        if n % 2:  # hits: 6
            if n % 3: out.append(n)  # hits: 3, 2
        else:
            try: out.append(4 // (n - 2))  # hits: 3, 3
            except ZeroDivisionError: out.append("zero")  # hits: 1, 1
            finally: n -= 0  # hits: 3
    return out  # hits: 1


def adjacent_loops(n):
    for i in range(n): pass  # hits: 4, 3
    for i in range(n): pass  # hits: 4, 3
    while n: n -= 1  # hits: 4, 3
    while n < 2: n += 1  # hits: 3, 2
    while n: n -= 1  # hits: 3, 2
    return n  # hits: 1


def nested_ifs(a, b, c):
    if a:  # hits: 8
        if b:  # hits: 4
            if c:  # hits: 2
                return "abc"  # hits: 1
            else: pass  # hits: 1
        elif c: pass  # hits: 2, 1
    return "other"  # hits: 7


def drive():
    return [join(n) for n in range(7)], join_in_loop(6), adjacent_loops(3), [nested_ifs(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]  # hits: 1, 7, 8
