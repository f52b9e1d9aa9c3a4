"""Code that nobody asked to trace, called by code that is traced."""


def work(n):
    total = 0
    for i in range(n):
        total += step(i)
    return total


def step(i):
    return i & 7
