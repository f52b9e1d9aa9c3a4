"""Comprehensions that shadow, bind and capture names of their surroundings."""

x = "global"


def shadowing():
    x = 5  # hits: 1
    a = [x for x in range(3)]  # hits: 1, 3
    b = [x for x in [x, x + 1]]  # hits: 1, 2
    c = {x: x for x in [x]}  # hits: 1, 1
    return x, a, b, c  # hits: 1


def shadowing_global():
    return [x for x in range(2)], x  # hits: 1, 2


def walrus():
    a = [last := i for i in range(3)]  # hits: 1, 3
    b = [y for i in range(4) if (y := i) % 2]  # hits: 1, 2
    c = any((found := i) > 1 for i in range(5))  # hits: 1, 3
    return last, y, found, a, b, c  # hits: 1


def captured():
    a = [lambda: i for i in range(3)]  # hits: 1, 3, 3
    b = [(lambda i=i: i) for i in range(3)]  # hits: 1, 3, 3
    i = "kept"  # hits: 1
    return [f() for f in a], [f() for f in b], i  # hits: 1, 3, 3


def cell_shadowing():
    i = 1  # hits: 1

    def inner():  # hits: 1
        return i  # hits: 1

    out = [i for i in range(2)]  # hits: 1, 2
    return inner(), out  # hits: 1


def deleted():
    i = 1  # hits: 1
    del i  # hits: 1
    return [i for i in range(2)]  # hits: 1, 2


def exception_restores():
    i = "kept"  # hits: 1
    try:  # hits: 1
        [1 // i for i in (1, 0)]  # hits: 1, 1
    except ZeroDivisionError:  # hits: 1
        return i  # hits: 1


def in_generator():
    for i in [j for j in range(2)]:  # hits: 3, 2
        yield [i for i in range(i)]  # hits: 2, 1
        yield i  # hits: 2


def using_locals():
    y = 1  # hits: 0
    return [sorted(k for k in locals() if len(k) == 1) for z in range(1)], y  # hits: 0, 0, 0


class Outer:
    def method(self):
        return [__class__.__name__ for _ in range(2)], [self.__private for _ in range(1)]  # hits: 1, 2, 1

    __private = 1


def drive():
    return shadowing(), shadowing_global(), walrus(), captured(), cell_shadowing(), deleted(), exception_restores(), list(in_generator()), Outer().method()  # hits: 1
