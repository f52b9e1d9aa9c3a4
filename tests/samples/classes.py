"""Classes in functions: their headers and each statement of their bodies."""


def plain():
    class Empty: pass  # hits: 1, 1

    class Simple(Empty, metaclass=type):  # hits: 1
        """Documented."""

        x = 1  # hits: 1
        y = x + 1  # hits: 1
        for i in range(3):  # hits: 4
            z = i  # hits: 3
        if y > 1:  # hits: 1
            w = [1]  # hits: 1
        else:
            w = []  # hits: 0

        def method(self):  # hits: 1
            return self.x  # hits: 1

        class Inner:  # hits: 1
            deep = 5  # hits: 1

            def method(self):  # hits: 1
                return self.deep  # hits: 1

    return Simple().method(), Simple.Inner().method(), Simple.z  # hits: 1


def control_flow(n):
    class Flow:  # hits: 1
        k = n  # hits: 1
        while k > 0:  # hits: 3
            k = k - 1  # hits: 2
        try:  # hits: 1
            v = 1 // k  # hits: 1
        except ZeroDivisionError:  # hits: 1
            v = "zero"  # hits: 1
        finally:
            f = 1  # hits: 1
        with open(__import__("os").devnull):  # hits: 1
            del f  # hits: 1
        match n:  # hits: 1
            case 0: m = "zero"  # hits: 1, 0
            case _: m = "other"  # hits: 1, 1
        if k: del k  # hits: 1, 0

    return Flow.v, Flow.m  # hits: 1


def failing():
    class Broken:  # hits: 1
        x = 1  # hits: 1
        y = x // 0  # hits: 1
        z = 2  # hits: 0

    return Broken  # hits: 0


def failing_base():
    class Broken(missing):  # hits: 1
        x = 1  # hits: 0


def one_line():
    class A: x = 1; y = 2  # hits: 1, 1, 1
    class B(A): pass  # hits: 1, 1
    class C(B): ...  # hits: 1
    return C.y  # hits: 1


class Outer:
    def method(self):
        class Inner(Outer):  # hits: 1
            def method(self):  # hits: 1
                return super().method  # hits: 0

            __secret = 4  # hits: 1

            def secret(self): return self.__secret  # hits: 1, 1

        return Inner().secret()  # hits: 1

    @classmethod
    def make(cls): return cls()  # hits: 1

    def __repr__(self): return "Outer"  # hits: 0

    def __init_subclass__(cls): cls.made = True  # hits: 1


def in_loop(n):
    made = []  # hits: 1
    for i in range(n):  # hits: 4
        class Item:  # hits: 3
            number = i  # hits: 3
        made.append(Item.number)  # hits: 3
    return made  # hits: 1


def drive():
    out = [plain(), control_flow(2), one_line(), Outer.make().method(), in_loop(3)]  # hits: 1
    for f in failing, failing_base:  # hits: 3
        try:  # hits: 2
            f()  # hits: 2
        except (ZeroDivisionError, NameError) as error:  # hits: 2
            out.append(type(error).__name__)  # hits: 2
    return out  # hits: 1
