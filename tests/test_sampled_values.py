"""What a trace has sampled, compared with a twin that writes down the values itself."""

import pytest

from tests.oracle.compare import make_subject
from tests.oracle.locals_twin import Samples, sample_module
from tests.oracle.twin import Key
from tracefunc import Tracer
from tracefunc._prepare import plan_target
from tracefunc._targets import resolve
from tracefunc.model import Statement

STRAIGHT = """
def target(n, text="abc"):
    a = n + 1; b = a * 2
    c = [a, b, n]
    d = e = {"k": c}
    c.append(5)
    (f, *g), h = "xyz", None
    del a
    i: int = len(c)
    j: str
    b += i
    k = text * 30
    text.upper(), n
    return b, k
"""

LOOPS = """
def target(n):
    total = 0
    for i in range(n):
        total += i
        if i == 3:
            continue
        elif total > 70:
            break
        else:
            last = i, total
    while total > 0: total -= 20
    while True:
        n -= 1
        if n < 3: break
    else:
        n = 5
    for i in []: pass
    for i in range(30): last = i
    return total, last
"""

BINDINGS = """
import os
GLOBAL = [1]

def target(flag):
    import os.path
    import os.path as p, sys
    from os import sep as s, path
    def inner(x=flag): return GLOBAL
    class Local(dict, metaclass=type): y = flag
    f = lambda z: z + flag
    squares = [q * q for q in range(3)]
    if (w := len(squares)) > 2 and w: r = w
    global GLOBAL
    GLOBAL = GLOBAL + [2]
    assert GLOBAL, missing
    print(end="")
    pass
    t = f"{flag!r:>5}" + str(sum(v for v in squares))
    return flag if flag else undefined
"""

VALUES = """
class Plain: pass

class Broken:
    def __repr__(self): return "x" * 60

def target(n):
    a = object(); b = Plain(); c = Plain; d = Broken()
    e = "x" * 48; f = "x" * 49; g = "é" * 47; h = b"y" * 100
    i = [b, b]; j = {"key": [b] * 5}
    k = 1.5, 2j, None, ..., True
    l = print; m = "abc".upper; o = target
    q = list(range(100)); r = dict.fromkeys(range(50)); s = frozenset([1])
    t = "a'b\\n" * 3; u = -10 ** 60
    return a
"""

ATTRIBUTES = """
import collections, enum

class Point:
    __slots__ = ("x", "y")

class Color(enum.Enum):
    RED = 1

class Box:
    limit = 3
    def __init__(self, n): self.__dict__.update(total=n, point=Point(), rows=[])
    def add(self, row): self.rows.append(row)

Pair = collections.namedtuple("Pair", "left right")

def target(n):
    box = Box(n); box.total += box.limit
    for box.i in range(n): box.rows.append(box.i)
    box.point.x = box.total, len(box.rows)
    box.add(box.point.x), box.rows.copy().count(n)
    pair = Pair(box.rows[0], box.point); total: box.nothing = pair.left
    pair.right.y = Color.RED
    if pair.right.y == Color.RED and pair.right.y.value: n = pair.right.y.name
    del box.total
    a = b = box; a.next = b; a.next.next.next.limit, b.next.next.next.next.limit
    a.limit, b.next.limit = Box.limit, collections.abc
    return getattr(box, "total", box.limit), box.point.x[0]
"""

SOURCES = {
    "straight code": STRAIGHT,
    "loops and branches": LOOPS,
    "bindings": BINDINGS,
    "values": VALUES,
    "attributes": ATTRIBUTES,
}


def traced(source: str, arguments: list[int]) -> tuple[dict[Key, Statement], list[Samples]]:
    """The statements of the module's `target`, and of each call the samples that the tracer took."""
    subject = make_subject(source)
    with subject.namespace() as namespace:
        exec(subject.code, namespace)
        target = namespace["target"]
        with Tracer(target) as tracer:
            for argument in arguments:
                target(argument)
    trace = tracer.results().trace
    keys = [Key(entry.kind, entry.extent.line, entry.extent.column) for entry in trace.statements]
    return dict(zip(keys, trace.statements, strict=True)), [
        {
            keys[index]: {name: tuple((s.type, s.text) for s in values) for name, values in found.items()}
            for index, found in call.samples.items()
        }
        for call in trace.calls
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_samples_are_the_values_after_each_statement(name: str) -> None:
    """A statement's samples are the values that its names have when it has finished, ten of each at most."""
    arguments = [1, 5, 14]
    source = SOURCES[name]
    namespace, looks = sample_module(source, "target")
    for argument in arguments:
        namespace["target"](argument)
    expected = looks.samples()
    statements, got = traced(source, arguments)
    assert len(got) == len(expected)
    for wanted, found in zip(expected, got, strict=True):
        mentioned = {key: {*statements[key].names, *statements[key].attributes} for key in wanted}
        known = {key: found.get(key, {}) for key in wanted}
        assert known == {
            key: {name: values for name, values in names.items() if name in mentioned[key]}
            for key, names in wanted.items()
        }


@pytest.mark.parametrize("name", SOURCES)
def test_the_attributes_of_a_statement_are_those_that_its_text_names(name: str) -> None:
    """Chains of names with dots between them are found in each statement's own text, the longest of each place."""
    looks = sample_module(SOURCES[name], "target")[1]
    subject = make_subject(SOURCES[name])
    with subject.namespace() as namespace:
        exec(subject.code, namespace)
        (target,) = resolve(namespace["target"])
        entries = plan_target(target).entries.values()
    found = {Key(entry.kind, entry.extent.line, entry.extent.column): entry for entry in entries}
    for key, names in looks.names:
        assert (*found[key].names, *found[key].attributes) == names
