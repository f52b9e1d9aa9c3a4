"""Form feeds between functions and at the beginning of lines."""


def first(n):
    n += 1  # hits: 1

    for i in range(n): n += i  # hits: 4, 3
    return n  # hits: 1


def second(n):
    x = [i for i in range(n)]; y = 1  # hits: 2, 3, 2
    match n:  # hits: 2
        case 1: pass  # hits: 2, 1
        case _: return x  # hits: 1, 1
    return y  # hits: 1



def drive():
    return first(2), second(1), second(2)  # hits: 1
