"""One-line functions and classes inside functions."""


def nested():
    def nothing(): pass  # hits: 2, 4
    def inner(x): return x  # hits: 2, 2
    class Empty: pass  # hits: 2, 2
    class Small: x = 1; y = 2  # hits: 2, 2, 2
    class Methods:  # hits: 2
        def a(self): pass  # hits: 2, 2
        def b(self): return 1  # hits: 2, 2
    nothing(); nothing()  # hits: 2, 2
    async def co(): pass  # hits: 2, 0
    m = Methods()  # hits: 2
    m.a()  # hits: 2
    return inner(1), Empty.__name__, Small.y, m.b()  # hits: 2


def drive():
    return nested(), nested()  # hits: 1
