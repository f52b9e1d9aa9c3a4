"""Which attributes a statement's text names."""

import linecache
import textwrap
from typing import Any

import pytest

from tracefunc._prepare import plan_target
from tracefunc._statements import Entry
from tracefunc._targets import resolve


def entries(body: str, name: str = "<attributes>") -> list[Entry]:
    """The statements of a method of the class `_C` with this body."""
    text = "class _C:\n  async def method(self, a, b):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace: dict[str, Any] = {}
    try:
        exec(compile(text, name, "exec"), namespace)
        (target,) = resolve(namespace["_C"])
        return list(plan_target(target).entries.values())
    finally:
        del linecache.cache[name]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("self.total += 1", "self.total"),
        ("self.total = a.b = self.other", "a.b self.other self.total"),
        ("del self.gone, a.b", "a.b self.gone"),
        ("for self.i in self.rows: pass", "self.i self.rows"),
        ("with self.lock as self.held: pass", "self.held self.lock"),
        ("async with self.lock: pass", "self.lock"),
        ("while self.n > a.limit: self.n -= 1", "a.limit self.n"),
        ("return self.a if self.b else self.c", "self.a self.b self.c"),
        ("raise a.Error from self.cause", "a.Error self.cause"),
        ("assert self.x, self.message", "self.message self.x"),
        ("await self.task", "self.task"),
        ("print(f'{self.x!r:>{a.width}}', *self.rest, **self.more)", "a.width self.more self.rest self.x"),
        ("self.x: a.Type = b.y", "b.y self.x"),
        ("match self.kind:\n  case a.B: pass", "self.kind"),
        ("a.z, a_b, a.y = a.x, 1, 2", "a.x a.y a.z"),
    ],
)
def test_attributes_are_found_wherever_they_stand(statement: str, expected: str) -> None:
    """Attributes that are read, set and deleted are those of the statement, in alphabetical order."""
    entry = entries(statement)[0]
    assert entry.attributes == entry.attribute_lookups == tuple(expected.split())
    assert all("." not in name for name in entry.names)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a.b.c = a.b.d", "a.b.c a.b.d"),
        ("a.b = a.b.c", "a.b a.b.c"),
        ("a.b.c.d.e", "a.b.c.d.e"),
        ("a.b.c.d.e.f", ""),
        ("a.b.c.d.e.f.append(a.b)", "a.b"),
        ("a.b[self.i].c = 1", "a.b self.i"),
        ("a[0].b, f(self.x).y, 'text'.z, (a or b).c", "self.x"),
        ("self.rows.append(self.row)", "self.row self.rows"),
        ("self.run(a.go()).stop()", ""),
        ("self.a.b().c.d(b.e)", "b.e self.a"),
        ("await self.task()", ""),
    ],
)
def test_the_longest_chain_of_each_place_counts(statement: str, expected: str) -> None:
    """Chains are of names and dots alone, of five names at most, and what is called is not part of them."""
    assert entries(statement)[0].attributes == tuple(expected.split())


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("x = [self.a for a in self.b if a.c]", [("x =", ""), ("[self", "a.c self.a self.b")]),
        ("x = lambda y=self.d: self.e", [("x =", "self.d"), ("lambda", "self.e")]),
        ("if self.f: self.g", [("if", "self.f"), ("self.g", "self.g")]),
        ("@self.h\ndef f(x: a.T = b.u) -> a.V: x.w", [("def", "b.u self.h"), ("x.w", "x.w")]),
        ("@self.h(a.i)\nclass D(a.B, metaclass=b.M): x = a.j", [("class", "a.B a.i b.M"), ("x =", "a.j")]),
        ("try: self.k\nexcept a.E as e: e.l", [("try", ""), ("self.k", "self.k"), ("except", "a.E"), ("e.l", "e.l")]),
        (
            "match self.m:\n  case a.P(x=b.N): pass\n  case {b.K: c}: pass",
            [("match", "self.m"), ("case a", "b.N"), ("pass", ""), ("case {", "b.K"), ("pass", "")],
        ),
    ],
)
def test_attributes_belong_to_the_innermost_statement(statement: str, expected: list[tuple[str, str]]) -> None:
    """Nested statements, comprehensions and lambdas have their own, and annotations and matched classes none."""
    found = entries(statement)
    assert [entry.attributes for entry in found] == [tuple(names.split()) for _, names in expected]
    assert all(start in entry.snippet for entry, (start, _) in zip(found, expected, strict=True))


def test_private_attributes_are_looked_up_as_they_are_stored() -> None:
    """Inside a class its private names are mangled for the look-up, and shown as they are written."""
    (entry,) = entries("self.__x = self.__y__ = a.__b._c.__d")
    assert entry.attributes == ("a.__b._c.__d", "self.__x", "self.__y__")
    assert entry.attribute_lookups == ("a._C__b._c._C__d", "self._C__x", "self.__y__")
