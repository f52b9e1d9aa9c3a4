"""Loops whose only work is their test."""


def exhaust(n):
    it = iter(range(1, n))  # hits: 1
    while next(it, None): pass  # hits: 4, 3


def exhaust_below(n):
    it = iter(range(1, n))  # hits: 1
    while next(it, None):  # hits: 4
        pass  # hits: 3


def count_down(n):
    while n: n -= 1  # hits: 4, 3
    while (n := n + 1) < 4: continue  # hits: 4, 3
    while n: n -= 1; n -= 0  # hits: 5, 4, 4
    else: n = 9  # hits: 1
    return n  # hits: 1


def ends_in_while(it):
    while next(it, 0) and next(it, 0): pass  # hits: 2, 1


def stop_at_once():
    while True: break  # hits: 1, 1
    while 1: return 5  # hits: 1, 1


def drive():
    exhaust(4)  # hits: 1
    exhaust_below(4)  # hits: 1
    ends_in_while(iter([1, 1, 1, 0, 1]))  # hits: 1
    return count_down(3), stop_at_once()  # hits: 1
