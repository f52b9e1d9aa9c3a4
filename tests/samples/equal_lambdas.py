"""Lambdas that are equal but for their place; see `EQUAL_LAMBDAS_SHARE_CODE` for 3.12."""
# requires: 3.13


def equal_texts():
    fs = [lambda: 0, lambda: 0, lambda: 0]  # hits: 1, 1, 0, 2
    fs[0](); fs[2](); fs[2]()  # hits: 1, 1, 1
    return len(fs)  # hits: 1


def drive():
    return equal_texts()  # hits: 1
