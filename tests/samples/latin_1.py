# -*- coding: latin-1 -*-
"""A source file in another encoding than UTF-8."""


def umlaute(n):
    x = "äöü"; y = [c for c in x if c != "ö"]; n += 1  # hits: 1, 1, 2, 1
    for ä in "äöü": n += 1; z = "ß"  # hits: 4, 3, 3
    match "ä", n:  # hits: 1
        case "ß", _: pass  # hits: 1, 0
        case "ä", _: n = "é"; z = "ü"  # hits: 1, 1, 1
    return x, y, z, n, (lambda: "ä")()  # hits: 1, 1


def drive():
    return umlaute(1)  # hits: 1
