"""`match` with sequence, mapping and class patterns."""

from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def sequence(v):
    match v:  # hits: 9
        case []:  # hits: 9
            return "empty"  # hits: 1
        case [a]:  # hits: 8
            return a  # hits: 1
        case [1, *rest]:  # hits: 7
            return rest  # hits: 1
        case (a, b) | [a, _, b]:  # hits: 6
            return a, b  # hits: 2
        case [[a, *_], *_, (b as c)]:  # hits: 4
            return a, b, c  # hits: 1
        case a, b, *_:  # hits: 3
            return "long"  # hits: 1


def mapping(v):
    match v:  # hits: 5
        case {"kind": "a", "x": x}:  # hits: 5
            return x  # hits: 1
        case {"kind": "b" | "c" as kind, **rest}:  # hits: 4
            return kind, rest  # hits: 1
        case {"nested": {"deep": [*_, last]}}:  # hits: 3
            return last  # hits: 1
        case {}:  # hits: 2
            return "mapping"  # hits: 1


def classes(v):
    match v:  # hits: 11
        case Point(0, 0):  # hits: 11
            return "origin"  # hits: 1
        case Point(x=0, y=y) | Point(x=y, y=0):  # hits: 10
            return y  # hits: 2
        case Point():  # hits: 8
            return "point"  # hits: 1
        case int(n) | float(n) if n > 10:  # hits: 7
            return "big"  # hits: 2
        case int() | str():  # hits: 5
            return "plain"  # hits: 2
        case Point(x=Point(x=inner)):  # hits: 3
            return inner  # hits: 0
        case [Point(x), Point(x=_) as p]:  # hits: 3
            return x, p.y  # hits: 1
        case _:  # hits: 2
            return None  # hits: 2


def captures(v):
    match v:  # hits: 2
        case (x, y) as pair:  # hits: 2
            return x, y, pair  # hits: 1
        case x:  # hits: 1
            return x  # hits: 1


def multi_line(v):
    match (  # hits: 3
        v
    ):
        case (  # hits: 3
            1
            | 2
        ):
            return "few"  # hits: 1
        case [  # hits: 2
            a,
            b,
        ] if (
            a
            > b
        ):
            return "falling"  # hits: 1
        case \
                _:  # hits@-1: 1
            return "other"  # hits: 1


class Broken:
    def __eq__(self, other):
        raise ValueError("eq")  # hits: 1


def broken(v):
    match v:  # hits: 1
        case 1:  # hits: 1
            return 1  # hits: 0
        case 2:  # hits: 0
            return 2  # hits: 0


def drive():
    out = [sequence(v) for v in ([], [1], [1, 2, 3], (3, 4), [5, 6, 7], [[1, 2], 3, 4, 5], [2, 3, 4, 5], "ab", 1)]  # hits: 1, 9
    out += [mapping(v) for v in ({"kind": "a", "x": 1}, {"kind": "b", "y": 2}, {"nested": {"deep": [1, 2]}}, {"z": 1}, [])]  # hits: 1, 5
    out += [classes(v) for v in (Point(0, 0), Point(0, 2), Point(3, 0), Point(1, 1), 11, 5, 10.5, 1.5, "s", [Point(1, 2), Point(3, 4)], [])]  # hits: 1, 11
    out += [captures((1, 2)), captures(3), multi_line(2), multi_line([2, 1]), multi_line([1, 2])]  # hits: 1
    try:  # hits: 1
        broken(Broken())  # hits: 1
    except ValueError:  # hits: 1
        pass  # hits: 1
    return out  # hits: 1
