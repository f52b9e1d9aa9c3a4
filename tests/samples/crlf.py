"""Lines that end in carriage return and line feed."""


def crlf(n):
    total = 0  # hits: 2
    for i in range(n): total += i  # hits: 5, 3
    while total > 3: total -= 1; n = 1  # hits: 2, 0, 0
    text = """two
lines"""  # hits@-1: 2
    x = [  # hits: 2, 3
        i
        for i in range(n)
    ] + \
        [(lambda:  # hits: 4, 4
          j)() for j in range(2)]
    match n:  # hits: 2
        case 0: pass  # hits: 2, 1
        case (  # hits: 1
            1
        ): return text, x  # hits: 0
    return x  # hits: 2


def drive():
    return crlf(3), crlf(0)  # hits: 1
