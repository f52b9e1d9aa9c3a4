"""A statement that an exception leaves half-way keeps its hit."""


def boom(x=0):
    raise KeyError(x)  # hits: 27


def attempt(n):
    if n == 0:  # hits: 27
        return boom()  # hits: 1
    if n == 1:  # hits: 26
        x = [boom(i) for i in range(3)]  # hits: 1, 0
    if n == 2:  # hits: 25
        for i in boom(): pass  # hits: 1, 0
    if n == 3:  # hits: 24
        while boom(): pass  # hits: 1, 0
    if n == 4:  # hits: 23
        if boom(): pass  # hits: 1, 0
    if n == 5:  # hits: 22
        with boom(): pass  # hits: 1, 0
    if n == 6:  # hits: 21
        x = lambda: boom()  # hits: 1, 1
        x()  # hits: 1
    if n == 7:  # hits: 20
        def f(y=boom()): pass  # hits: 1, 0
    if n == 8:  # hits: 19
        class C(boom()): pass  # hits: 1, 0
    if n == 9:  # hits: 18
        class D:  # hits: 1
            x = 1  # hits: 1
            boom()  # hits: 1
            y = 2  # hits: 0
    if n == 10:  # hits: 17
        raise boom()  # hits: 1
    if n == 11:  # hits: 16
        assert boom()  # hits: 1
    if n == 12:  # hits: 15
        x = {i: i if i < 2 else boom() for i in range(5)}  # hits: 1, 2
    if n == 13:  # hits: 14
        x = sum(i if i < 2 else boom() for i in range(5))  # hits: 1, 2
    if n == 14:  # hits: 13
        match boom():  # hits: 1
            case _: pass  # hits: 0, 0
    if n == 15:  # hits: 12
        match n:  # hits: 1
            case 14: pass  # hits: 1, 0
            case 15 if boom(): pass  # hits: 1, 0
            case _: pass  # hits: 0, 0
    if n == 16:  # hits: 11
        del boom().x  # hits: 1
    if n == 17:  # hits: 10
        boom().x = 1  # hits: 1
    if n == 18:  # hits: 9
        boom()[0] += 1  # hits: 1
    if n == 19:  # hits: 8
        try:  # hits: 1
            boom()  # hits: 1
        finally:
            boom(1)  # hits: 1
    if n == 20:  # hits: 7
        f"{boom()}"  # hits: 1
    if n == 21:  # hits: 6
        x = 1; boom(); x = 2  # hits: 1, 1, 0
    if n == 22:  # hits: 5
        @boom
        def f(): pass  # hits: 1, 0
    if n == 23:  # hits: 4
        for i in range(3):  # hits: 2
            for j in range(3):  # hits: 6
                boom() if i == j == 1 else None  # hits: 5
    if n == 24:  # hits: 3
        for boom().x in range(2): pass  # hits: 1, 0
    if n == 25:  # hits: 2
        x = [i for i in range(3) if i < 2 or boom()]  # hits: 1, 2
    return "none"  # hits: 1


def drive():
    out = []  # hits: 1
    for n in range(27):  # hits: 28
        try:  # hits: 27
            out.append(attempt(n))  # hits: 27
        except KeyError as error:  # hits: 26
            out.append(type(error.args[0]).__name__)  # hits: 26
    return out  # hits: 1
