"""Statements for which no code is made have no entry: docstrings, constants, declarations, bare annotations."""

COUNT = 0


def documented():
    """The docstring."""
    return documented.__doc__  # hits: 1


def constants():
    ...
    1
    "text"
    None
    x = 1  # hits: 1
    b"bytes"
    return x  # hits: 1


def declared():
    global COUNT
    n = 0  # hits: 1

    def inner():  # hits: 1
        """Its docstring."""
        nonlocal n
        n += 1  # hits: 1

    inner()  # hits: 1
    COUNT += 1  # hits: 1
    return n  # hits: 1


def annotated():
    a: int
    b: int = 2  # hits: 1
    c: "undefined name"
    d: undefined_name = 3  # hits: 1
    return b + d  # hits: 1


def only_docstring():
    """Nothing else."""


def only_constant():
    ...


def only_annotation():
    x: int


def only_docstring_one_line(): "doc"


def only_declaration():
    global COUNT


def constants_in_suites(n):
    if n:  # hits: 1
        ...
    for i in range(n):  # hits: 3
        "text"
    while n:  # hits: 3
        n -= 1  # hits: 2
        1
    try:  # hits: 1
        ...
    except KeyError:  # hits: 0
        ...
    finally:
        ...
    with open(__import__("os").devnull):  # hits: 1
        ...
    return n  # hits: 1


def class_body():
    class Documented:  # hits: 1
        """Its docstring."""

        x: int
        y: int = 1  # hits: 1
        ...

    return Documented.y  # hits: 1


def drive():
    only_docstring(), only_constant(), only_annotation(), only_docstring_one_line(), only_declaration()  # hits: 1
    return documented(), constants(), declared(), annotated(), constants_in_suites(2), class_body()  # hits: 1
