"""Methods, properties, class and static methods, slots and descriptors of module-level classes."""


class Base:
    __slots__ = ("x",)
    count = [i for i in range(3)]

    def __init__(self, x):
        super().__init__()  # hits: 5
        self.x = x  # hits: 5

    def __new__(cls, *args):
        return super().__new__(cls)  # hits: 5

    @property
    def doubled(self):
        return self.x * 2  # hits: 1

    @doubled.setter
    def doubled(self, value): self.x = value // 2  # hits: 1

    @classmethod
    def make(cls, n):
        return [cls(i) for i in range(n)]  # hits: 1, 3

    @staticmethod
    def helper(n): return n + 1  # hits: 1

    def __private(self):
        return self.x  # hits: 2

    def public(self):
        return self.__private(), (lambda: self.__private())()  # hits: 1, 1

    class Nested:
        def method(self):
            return __class__.__qualname__  # hits: 1


class Derived(Base):
    def __init__(self, x):
        super().__init__(x + 1)  # hits: 1

    def public(self):
        return super().public()  # hits: 1


def drive():
    b = Base(1)  # hits: 1
    b.doubled = 8  # hits: 1
    d = Derived(5)  # hits: 1
    return b.doubled, len(Base.make(3)), Base.helper(1), d.public(), Base.Nested().method()  # hits: 1
