"""Decorators, defaults and annotations of a nested function belong to its `def`."""

import functools


def keep(f):
    return f  # hits: 4


def times(n):
    def decorate(f):  # hits: 1
        @functools.wraps(f)
        def wrapper(*args):  # hits: 1
            return [f(*args) for _ in range(n)]  # hits: 2, 5
        return wrapper  # hits: 1
    return decorate  # hits: 1


@keep
@times(2)
def decorated(x):
    return x  # hits: 2


@keep
@(lambda f: f)
def one_line(): return 1  # hits: 1


def nested():
    @keep
    @times(3)
    def inner(x, y=keep(5)):  # hits: 1
        return x, y  # hits: 3

    @keep
    class Class:  # hits: 1
        @staticmethod
        @keep
        def static(): return 1  # hits: 1, 1

        @property
        def value(self):  # hits: 1
            return 2  # hits: 1

        @value.setter
        def value(self, new):  # hits: 1
            self.new = new  # hits: 1

    c = Class()  # hits: 1
    c.value = 3  # hits: 1
    return inner(1), Class.static(), c.value  # hits: 1


def failing():
    @keep
    @missing
    def inner():  # hits: 1
        return 1  # hits: 0

    return inner  # hits: 0


def failing_default():
    def inner(x=1 // 0):  # hits: 1
        return x  # hits: 0

    return inner  # hits: 0


@functools.lru_cache
def cached(x):
    return x  # hits: 2


def drive():
    out = [decorated(1), one_line(), nested(), cached(1), cached(1), cached(2)]  # hits: 1
    for f in failing, failing_default:  # hits: 3
        try:  # hits: 2
            f()  # hits: 2
        except (NameError, ZeroDivisionError) as error:  # hits: 2
            out.append(type(error).__name__)  # hits: 2
    return out  # hits: 1
