"""`for` headers: ended, left by break, empty, over a raising iterable, nested."""


def ended(n):
    total = 0  # hits: 2
    for i in range(n):  # hits: 5
        total += i  # hits: 3
    return total  # hits: 2


def left(n):
    for i in range(n):  # hits: 5
        if i == 2:  # hits: 4
            break  # hits: 1
    return i  # hits: 2


def nested():
    out = []  # hits: 1
    for i in range(3):  # hits: 4
        for j in range(i):  # hits: 6
            out.append((i, j))  # hits: 3
    return out  # hits: 1


def no_iterator():
    for i in 5:  # hits: 1
        pass  # hits: 0


def raising_iterable():
    for i in 1 // 0:  # hits: 1
        pass  # hits: 0


def raising_iterator():
    def items():  # hits: 1
        yield 1  # hits: 1
        raise KeyError("x")  # hits: 1

    for i in items():  # hits: 2
        pass  # hits: 1


def unpacking():
    for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]:  # hits: 3
        last = a, b, c  # hits: 2
    for a, b in [(1, 2), (3,)]:  # hits: 2
        last = a  # hits: 1
    return last  # hits: 0


def attribute_target(box):
    for box.value in "ab":  # hits: 3
        box.seen = box.value  # hits: 2
    for box.items[0] in "cde":  # hits: 4
        continue  # hits: 3


class Box:
    items = [None]


def drive():
    out = [ended(3), ended(0), left(5), left(1), nested()]  # hits: 1
    for f in no_iterator, raising_iterable, raising_iterator, unpacking:  # hits: 5
        try:  # hits: 4
            f()  # hits: 4
        except (TypeError, ArithmeticError, LookupError, ValueError) as error:  # hits: 4
            out.append(type(error).__name__)  # hits: 4
    attribute_target(Box)  # hits: 1
    return out  # hits: 1
