"""Comprehensions in class bodies, lambdas, defaults, f-strings, headers and returns."""


def in_class():
    class Table:  # hits: 1
        size = 3  # hits: 1
        rows = [i for i in range(3)]  # hits: 1, 3
        cells = {i: [j for j in range(i)] for i in range(size)}  # hits: 1, 3, 3
        lazy = (i for i in range(size))  # hits: 1, 3

        def method(self, default=[k for k in range(2)]):  # hits: 1, 2
            return [d for d in default]  # hits: 1, 2

        class Inner:  # hits: 1
            items = [i for i in "ab"]  # hits: 1, 2

    return Table().method(), list(Table.lazy), Table.cells  # hits: 1


def in_lambda():
    f = lambda n: [i for i in range(n)]  # hits: 1, 2, 5
    g = lambda n: [lambda: i for i in range(n)]  # hits: 1, 1, 2, 2
    h = lambda n: (lambda: {i for i in range(n)})()  # hits: 1, 1, 1, 2
    return f(2), f(3), [k() for k in g(2)], h(2)  # hits: 1, 2


def in_default():
    def f(x=[i for i in range(3)], *, y=sum(i for i in range(2))):  # hits: 1, 3, 2
        return x, y  # hits: 2

    g = lambda x={i for i in range(2)}: x  # hits: 1, 1, 2
    return f(), f(1), g()  # hits: 1


def in_f_string(n):
    a = f"{[i for i in range(n)]}"  # hits: 1, 3
    b = f"{', '.join(str(i) for i in range(n))} and {sum(i for i in range(n)):>{max([j for j in range(n)])}}"  # hits: 1, 3, 3, 3
    c = f"{(lambda x: x + 1)(n)}{ {k: 1 for k in 'ab'} !r}"  # hits: 1, 1, 2
    return a, b, c  # hits: 1


def in_headers(n):
    out = []  # hits: 1
    for i in [j for j in range(n)]: out.append(i)  # hits: 5, 4, 4
    while any(o > 1 for o in out): out.pop()  # hits: 3, 8, 2
    if [o for o in out]: out.append(0)  # hits: 1, 2, 1
    with open([d for d in [__import__("os").devnull]][0]) as f: pass  # hits: 1, 1, 1
    try:  # hits: 1
        raise [e for e in [KeyError]][0]  # hits: 1, 1
    except tuple(e for e in [KeyError]):  # hits: 1, 1
        out.append(1)  # hits: 1
    match [o for o in out]:  # hits: 1, 4
        case [*_] if [o for o in out if o]:  # hits: 1, 2
            out.append(2)  # hits: 1
    assert all(o < 9 for o in out), [o for o in out]  # hits: 1, 5, 0
    return [o for o in out]  # hits: 1, 5


def in_decorator():
    @(lambda f: f if [1 for _ in range(2)] else None)  # hits: 1, 2
    def inner(): return 1  # hits: 1, 1

    return inner()  # hits: 1


def in_del_and_augmented(d):
    del d[[k for k in d][0]]  # hits: 1, 3
    d[[k for k in d][0]] += sum(v for v in d.values())  # hits: 1, 2, 2
    return d  # hits: 1


def in_arguments(f):
    return f(*[i for i in range(2)], **{k: 1 for k in "ab"}), f(*(i for i in range(2)))  # hits: 1, 2, 2, 2


def in_condition_expression(n):
    return [i for i in range(n)] if n > 1 else {i for i in range(3)} if n else [j for j in "abc"]  # hits: 3, 2, 3, 3


def drive():
    return (  # hits: 1
        in_class(), in_lambda(), in_default(), in_f_string(3), in_headers(4), in_decorator(),
        in_del_and_augmented({1: 1, 2: 2, 3: 3}), in_arguments(lambda *a, **k: (a, k)),  # hits: 2
        in_condition_expression(2), in_condition_expression(1), in_condition_expression(0),
    )
