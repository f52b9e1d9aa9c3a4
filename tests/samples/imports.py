"""Imports in functions."""


def imports():
    import os  # hits: 1
    import os.path as p, sys as s  # hits: 1
    from os import path  # hits: 1
    from os import (  # hits: 1
        path as q,
        sep,
    )
    from os.path import no_such_name  # hits: 1


def failing():
    try:  # hits: 1
        import no_such_module_at_all  # hits: 1
    except ImportError:  # hits: 1
        pass  # hits: 1
    try: from os import no_such_name  # hits: 1, 1
    except ImportError as error: return error.name  # hits: 1, 1


def one_line(): import os, sys; return os is sys  # hits: 1, 1


def drive():
    try:  # hits: 1
        imports()  # hits: 1
    except ImportError:  # hits: 1
        pass  # hits: 1
    return failing(), one_line()  # hits: 1
