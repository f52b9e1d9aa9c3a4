"""Functions called back from C: sorting, mapping, special methods, context variables."""

import functools


class Number:
    def __init__(self, n):
        self.n = n  # hits: 7

    def __lt__(self, other):
        return self.n < other.n  # hits: 1

    def __eq__(self, other): return isinstance(other, Number) and self.n == other.n  # hits: 2

    def __hash__(self): return hash(self.n)  # hits: 2

    def __len__(self):
        return self.n  # hits: 1

    def __iter__(self):
        for i in range(self.n): yield i  # hits: 4, 3

    def __getitem__(self, i): return self.n + i  # hits: 0

    def __getattr__(self, name):
        if name == "lazy":  # hits: 2
            return 1  # hits: 1
        raise AttributeError(name)  # hits: 1

    def __bool__(self): return self.n > 1  # hits: 6

    def __call__(self, *args): return len(args)  # hits: 1

    def __contains__(self, x): return x == self.n  # hits: 1

    def __del__(self): pass  # hits: 7


def use():
    numbers = [Number(n) for n in (3, 2)]  # hits: 1, 2
    ordered = [n.n for n in sorted(numbers)]  # hits: 1, 2
    truth = [1 if n else 0 for n in numbers]  # hits: 1, 2
    while numbers[-1] and len(numbers) > 1: numbers.pop()  # hits: 2, 1
    if numbers[0] and not Number(0) or Number(5):  # hits: 1
        ordered.append(list(numbers[0]))  # hits: 1
    return ordered, truth, Number(1) in [Number(1)], {Number(1): 2}[Number(1)], numbers[0].lazy, hasattr(numbers[0], "no"), numbers[0](1), 3 in numbers[0]  # hits: 1


def folded():
    return functools.reduce(lambda a, b: a + b, [1, 2, 3]), list(map(lambda x: x * 2, (i for i in range(3)))), min([3, 1], key=lambda x: -x)  # hits: 1, 2, 3, 3, 2


def drive():
    return use(), folded()  # hits: 1
