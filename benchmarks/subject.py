"""The functions that `compare.py` has traced."""

from benchmarks.bystander import work


def hot(n):
    total = 0
    for i in range(n):
        if i % 3:
            total += i
        else:
            total -= 1
    return total


def semicolons():
    a = 41; b = a + 1; return b  # fmt: skip  # noqa: E702, RET504


def calls_other(n):
    return work(n)
