"""Statements that share a line are counted one by one."""


def straight():
    x = 1; y = 2; return x + y  # hits: 1, 1, 1


def with_call(out): out.append(1); out.append(2); out.append(3);  # hits: 1, 1, 1


def raising(d):
    a = 1; b = d["no"]; c = 3  # hits: 1, 1, 0


def in_suites(n):
    if n: a = 1; b = 2  # hits: 2, 1, 1
    else: a = 3; b = 4  # hits: 1, 1
    for i in range(n): a += 1; b += 1  # hits: 4, 2, 2
    while n: n -= 1; a -= 1  # hits: 4, 2, 2
    try: a += 1; b // n; a += 100  # hits: 2, 2, 2, 0
    except ZeroDivisionError: a += 1; b += 1  # hits: 2, 2, 2
    finally: a += 1; b += 1  # hits: 2, 2
    with open(__import__("os").devnull) as f: a += 1; b += 1  # hits: 2, 2, 2
    return a, b  # hits: 2


def same_text(): x = 1; x = 1; x = 1; return x  # hits: 1, 1, 1, 1


def drive():
    out = []  # hits: 1
    with_call(out)  # hits: 1
    try:  # hits: 1
        raising({})  # hits: 1
    except KeyError:  # hits: 1
        pass  # hits: 1
    return straight(), out, in_suites(0), in_suites(2), same_text()  # hits: 1
