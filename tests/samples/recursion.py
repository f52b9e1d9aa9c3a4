"""Recursive functions."""


def factorial(n):
    if n < 2:  # hits: 5
        return 1  # hits: 1
    return n * factorial(n - 1)  # hits: 4


def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)  # hits: 25


def deep(n):
    if n:  # hits: 301
        deep(n - 1)  # hits: 300


def even(n):
    while n:  # hits: 3
        return odd(n - 1)  # hits: 3
    return True  # hits: 0


def odd(n):
    try:  # hits: 3
        if n: return even(n - 1)  # hits: 3, 2
    finally:
        n = None  # hits: 3
    return False  # hits: 1


def walk(tree):
    for item in tree:  # hits: 13
        if isinstance(item, list):  # hits: 8
            yield from walk(item)  # hits: 4
        else:
            yield item  # hits: 4


def nested(n):
    def inner(k):  # hits: 1
        if k == 0: return n  # hits: 4, 1
        return inner(k - 1) + [j for j in range(k)][-1]  # hits: 3, 6
    return inner(n)  # hits: 1


def failing(n):
    if not n:  # hits: 4
        raise KeyError(n)  # hits: 1
    try:  # hits: 3
        failing(n - 1)  # hits: 3
    finally:
        n = 0  # hits: 3


def in_comprehension(n):
    return [in_comprehension(i) for i in range(n)]  # hits: 8, 7


def in_default(n):
    def f(x=in_default(n - 1) if n else 0): return x + 1  # hits: 4, 4
    return f()  # hits: 4


def drive():
    deep(300)  # hits: 1
    try:  # hits: 1
        failing(3)  # hits: 1
    except KeyError:  # hits: 1
        pass  # hits: 1
    return factorial(5), fibonacci(6), even(5), list(walk([1, [2, [3], 4], [[]]])), nested(3), in_comprehension(3), in_default(3)  # hits: 1
