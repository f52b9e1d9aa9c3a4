"""`type` statements and PEP 695 generics."""


def aliases():
    type Plain = int  # hits: 1
    type Generic[T] = list[T]  # hits: 1
    type Recursive = dict[str, Recursive]  # hits: 1
    type Lazy = (lambda: [i for i in range(2)])()  # hits: 1, 1, 2
    return Plain.__value__, Generic.__value__.__name__ if False else 0, Recursive.__name__, Lazy.__value__  # hits: 1


def generic[T](x: T, *y: T) -> T:
    return x  # hits: 1


def constrained[T: (int, str)](x: T) -> T: return x  # hits: 1


def nested():
    def inner[T: int](x: T) -> T:  # hits: 1
        return x  # hits: 1

    class Box[T]:  # hits: 1
        item: T
        default = 1  # hits: 1

        def get[U](self, other: U) -> T | U:  # hits: 1
            return other  # hits: 1

    return inner(1), Box[int]().get(2)  # hits: 1


class Holder[T]:
    def method(self, x: T) -> T:
        return x  # hits: 1

    async def co[U](self, x: U) -> U:
        return x  # hits: 1


def annotations():
    x: list[int] = [1]  # hits: 1
    y: "later" = 2  # hits: 1
    z: not_defined = 3  # hits: 1
    (w): int = 4  # hits: 1
    x[0]: int = 5  # hits: 1

    def inner(a: int, /, b: "str" = "s", *, c: list[int] = ()) -> dict[str, int]: return a  # hits: 1, 1

    return x, inner(1)  # hits: 1


def drive():
    try:  # hits: 1
        Holder().co(1).send(None)  # hits: 1
    except StopIteration:  # hits: 1
        pass  # hits: 1
    return aliases(), generic(1), constrained(1), nested(), Holder().method(3), annotations()  # hits: 1
