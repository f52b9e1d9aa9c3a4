"""Constant tests: what the compiler drops has no entry, what it keeps has."""


def kept(n):
    if 1:  # hits: 1
        n += 1  # hits: 1
    if True: n += 1  # hits: 1, 1
    if not 0:  # hits: 1
        n += 1  # hits: 1
    else:
        n = "dropped"
    if __debug__:  # hits: 1
        n += 1  # hits: 1
    return n  # hits: 1


def dropped(n):
    if 1:  # hits: 2
        n += 1  # hits: 2
    else:
        n = "dropped"
        for i in n:
            n = [j for j in i]
    if n or 1:  # hits: 2
        n += 1  # hits: 2
    else:
        n = "dropped"
    if n and 1:  # hits: 2
        n += 1  # hits: 2
    else:
        n = "kept"  # hits: 0
    return n  # hits: 2


def drive():
    return kept(0), dropped(0), dropped(-1)  # hits: 1
