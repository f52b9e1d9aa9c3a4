"""Loops whose body stands on the header's line."""


def for_pass(n):
    for i in range(n): pass  # hits: 5, 3


def for_more(n):
    out = []  # hits: 1
    for i in range(n): out.append(i); out.append(-i)  # hits: 3, 2, 2
    for i in range(n): continue  # hits: 3, 2
    for i in range(n): break  # hits: 1, 1
    for i in range(n): ...  # hits: 3
    for i in range(n): "constant"  # hits: 3
    for i in []: out = 1  # hits: 1, 0
    else: out.append("else")  # hits: 1
    return out  # hits: 1


def for_return(n):
    for i in range(n): return i  # hits: 2, 1


def for_lambda(n):
    for f in [lambda: 1, lambda: 2]: f()  # hits: 3, 1, 1, 2


def drive():
    return for_pass(3), for_pass(0), for_more(2), for_return(0), for_return(2), for_lambda(1)  # hits: 1
