"""Statements that span several lines."""


def backslashes(a, b):
    x = a + \
        b  # hits@-1: 2
    if a and \
            b: x += 1  # hits@-1: 2; hits: 1
    for i in \
            range(2):  # hits@-1: 6
        x += i  # hits: 4
    return \
        x  # hits@-1: 2


def brackets(a):
    x = [  # hits: 1
        a,
        a + 1,
        *[  # hits: 2
            i
            for i in range(a)
            if i
        ],
    ]
    y = {  # hits: 1
        "a": a,
        "b": (
            lambda z:  # hits: 1
                z + 1
        )(a),
    }
    if (  # hits: 1
        a
        and x
    ):
        x.append(  # hits: 1
            a
        )
    assert (  # hits: 1
        x
    ), (
        y
    )
    return (  # hits: 1
        x,
        y
        ["b"],
    )


def headers(
    a,
    b=(1,
       2),
):
    while (  # hits: 3
        a
    ):
        a -= (  # hits: 2
            1
        )
    with (  # hits: 1
        open(__import__("os").devnull) as f,
        open(__import__("os").devnull)
        as g,
    ):
        a = f is g  # hits: 1
    try:  # hits: 1
        raise KeyError(  # hits: 1
            a
        )
    except (  # hits: 1
        KeyError,
        ValueError,
    ):
        pass  # hits: 1
    return a, b  # hits: 1


def same_line_jump(n):
    total = 0  # hits: 1
    for i in range(n): total += (  # hits: 4, 3
        i
    ); total += 1  # hits: 3
    return total  # hits: 1


def drive():
    return backslashes(1, 2), backslashes(0, 2), brackets(3), headers(2), same_line_jump(3)  # hits: 1
