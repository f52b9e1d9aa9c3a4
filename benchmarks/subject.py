"""The functions that every tool traces."""

from benchmarks.bystander import work


def hot(n):
    t = 0
    for i in range(n):
        a = i * 2
        b = a + 1
        if b % 3 == 0:
            t += a
        else:
            t -= b
        c = t & 255
        if c == 7:
            continue
        t += c
    return t


def semicolons():
    a = 41; b = a + 1; return b  # fmt: skip  # noqa: E702, RET504


def calls_other(n):
    return work(n)
