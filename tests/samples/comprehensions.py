"""Comprehensions count the elements they produce."""


def kinds(n):
    a = [i for i in range(n)]  # hits: 1, 4
    b = {i % 2 for i in range(n)}  # hits: 1, 4
    c = {i: i * i for i in range(n)}  # hits: 1, 4
    d = list(i for i in range(n))  # hits: 1, 4
    return a, b, c, d  # hits: 1


def filtered(n):
    a = [i for i in range(n) if i % 2]  # hits: 1, 3
    b = [i for i in range(n) if i if i % 3 if i % 5]  # hits: 1, 3
    c = [i for i in range(n) if False]  # hits: 1, 0
    d = [i for i in range(n) if i or n]  # hits: 1, 6
    e = [i if i else -1 for i in range(n) if i != 2 and i != 3]  # hits: 1, 4
    return a, b, c, d, e  # hits: 1


def several(n):
    a = [(i, j) for i in range(n) for j in range(i)]  # hits: 1, 3
    b = [(i, j) for i in range(n) if i for j in range(n) if j > i]  # hits: 1, 1
    c = [x for row in [[1, 2], [], [3]] for x in row]  # hits: 1, 3
    return a, b, c  # hits: 1


def in_element(n):
    a = [[j for j in range(i)] for i in range(n)]  # hits: 1, 3, 3
    b = {i: [k for k in range(i) if k] for i in range(n)}  # hits: 1, 3, 1
    c = [{j: {k for k in range(j)} for j in range(i)} for i in range(n)]  # hits: 1, 3, 3, 1
    d = [sum(j for j in range(i)) for i in range(n)]  # hits: 1, 3, 3
    return a, b, c, d  # hits: 1


def in_iterable(n):
    a = [i for i in [j for j in range(n) if j]]  # hits: 1, 2, 2
    b = [i for i in [j for j in [k for k in range(n)] if j] if i > 1]  # hits: 1, 1, 2, 3
    c = {x: y for x in [1, 2] for y in [z for z in range(x)]}  # hits: 1, 3, 3
    return a, b, c  # hits: 1


def in_condition(n):
    a = [i for i in range(n) if [j for j in range(i)]]  # hits: 1, 3, 6
    b = [i for i in range(n) if any(j > 1 for j in range(i))]  # hits: 1, 1, 6
    return a, b  # hits: 1


def in_key(n):
    return {tuple([j for j in range(i)]): [j for j in range(2)] for i in range(n)}  # hits: 1, 3, 3, 6


def failing(n):
    out = []  # hits: 1
    for make in (  # hits: 9
        lambda: [1 // (n - i) for i in range(n + 2)],  # hits: 1, 2
        lambda: [i for i in range(n) if 1 // (1 - i)],  # hits: 1, 1
        lambda: {i: 1 // (n - i) for i in range(n + 2)},  # hits: 1, 2
        lambda: {1 // (n - i): i for i in range(n + 2)},  # hits: 1, 2
        lambda: {[i]: i for i in range(n)},  # hits: 1, 1
        lambda: {[i] for i in range(n)},  # hits: 1, 1
        lambda: sum(1 // (n - i) for i in range(n + 2)),  # hits: 1, 2
        lambda: [i for i in 5],  # hits: 1, 0
    ):
        try:  # hits: 8
            make()  # hits: 8
        except (ZeroDivisionError, TypeError) as error:  # hits: 8
            out.append(type(error).__name__)  # hits: 8
    return out  # hits: 1


def statement(out):
    [out.append(i) for i in range(3)]  # hits: 1, 3
    {i for i in out}  # hits: 1, 3
    (i for i in out)  # hits: 1, 0
    out.clear() or [i for i in range(2)]  # hits: 1, 2


def empty():
    return [i for i in ()], {i: i for i in ()}, [j for i in () for j in i]  # hits: 1, 0, 0, 0


def unpacked():
    return [a + b for a, (b, *_) in [(1, (2, 3)), (4, (5,))]], [*(i for i in range(2)), *[i for i in "ab"]]  # hits: 1, 2, 2, 2


def drive():
    out = []  # hits: 1
    statement(out)  # hits: 1
    return out, kinds(4), filtered(6), several(3), in_element(3), in_iterable(3), in_condition(4), in_key(3), failing(2), empty(), unpacked()  # hits: 1
