"""Assignment expressions in every header."""


def headers(items):
    if (n := len(items)) > 2:  # hits: 3
        n += 1  # hits: 1
    elif n := n + 5: pass  # hits: 2, 2
    while (n := n - 1) > 1: items.append(n)  # hits: 12, 9
    for i in (m := [1, 2]): m[0] = i  # hits: 9, 6
    with (f := open(__import__("os").devnull)): k = 1  # hits: 3, 3
    match (p := items):  # hits: 3
        case [*_] if (q := len(p)): return n, m, k, q  # hits: 3, 3
    return n  # hits: 0


def inside(x):
    y = (a := x) + (b := a + 1)  # hits: 1
    [c := 1, d := c + 1]  # hits: 1
    assert (e := d), (f := 2)  # hits: 1
    print(g := 3, end="") if False else None  # hits: 1
    return y, a, b, c, d, e  # hits: 1


def drive():
    return headers([1, 2, 3]), headers([]), headers([1]), inside(1)  # hits: 1
