"""What values look like in a trace, and how names are found in a running frame."""

import array
import builtins
import collections
import contextlib
import copy
import ctypes
import dataclasses
import datetime as dt
import enum
import functools
import gc
import io
import itertools
import logging
import os
import re
import subprocess
import sys
import textwrap
import threading
import tracemalloc
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracefunc import _lookup, _silence
from tracefunc._attributes import NotRead, attribute
from tracefunc._behavior import LOCALS_ARE_A_PROXY
from tracefunc._classes import MISSING
from tracefunc._lookup import lookup
from tracefunc._options import Options
from tracefunc._sampling import Sampler, describe
from tracefunc.errors import TraceError
from tracefunc.model import Sample

MANY = 10_000


@functools.cache
def sampler(limit: int) -> Sampler:
    return Sampler(Options(max_repr=limit))


def sample(frame: types.FrameType, names: tuple[str, ...], limit: int) -> tuple[Sample, ...]:
    return sampler(limit).of(frame, names)


def text(value: object, limit: int = MANY) -> str:
    return describe(value, limit).text


def cut(whole: str, limit: int) -> str:
    return whole if len(whole) <= limit else (whole[: max(limit - 3, 0)] + "...")[:limit]


COUNTER = itertools.count()


class ForbiddenError(Exception):
    """Raised by whatever must not run."""


def forbidden(*args: object, **kwargs: object) -> Any:
    raise ForbiddenError


class Counted:
    """An object that counts how often its repr is asked for."""

    calls = 0

    def __repr__(self) -> str:
        type(self).calls += 1
        return "Counted()"


@pytest.fixture(autouse=True)
def count_anew() -> None:
    Counted.calls = 0


# The text is the beginning of the repr

keys = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text("ab'\"\\\n é")
    | st.binary()
)
hashable = st.recursive(keys, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=8)
values = st.recursive(
    hashable | st.text() | st.binary().map(bytearray) | st.builds(range, st.integers(), st.integers()),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner)
        | st.sets(hashable)
        | st.lists(inner).map(collections.deque)
        | st.lists(inner).map(collections.UserList)
        | st.dictionaries(keys, inner).map(collections.OrderedDict)
        | st.dictionaries(keys, inner).map(lambda d: collections.defaultdict(list, d))
        | st.dictionaries(keys, inner).map(dict.values)
        | st.dictionaries(keys, inner).map(types.MappingProxyType)
        | st.dictionaries(st.text("abc", min_size=1), inner).map(lambda d: types.SimpleNamespace(**d))
    ),
    max_leaves=12,
)


@given(values, st.integers(0, 120))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nested_built_in_values_show_the_beginning_of_their_repr(value: object, limit: int) -> None:
    """However values are nested, the text is what cutting the whole repr gives."""
    assert text(value, limit) == cut(repr(value), limit)


@given(st.lists(st.integers(0, 20)), st.integers(10, 200))
@settings(deadline=None)
def test_counters_show_the_beginning_of_their_repr(elements: list[int], limit: int) -> None:
    """A counter starts with the most common element, as its repr does."""
    counter = collections.Counter(elements)
    assert text(counter, limit) == cut(repr(counter), limit)


class Point(NamedTuple):
    x: object
    y: object = 0


class Pointed(Point):
    pass


@dataclasses.dataclass
class Data:
    x: object
    y: object = dataclasses.field(default=0, repr=False)
    z: object = None


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    x: object
    call: object = len


class Color(enum.Enum):
    RED = (1, 2)


class Number(enum.IntEnum):
    ONE = 1


class Flags(enum.Flag):
    A = 1
    B = 2


def subclasses() -> Iterator[object]:
    bases: tuple[tuple[type, tuple[object, ...]], ...] = (
        (int, (5,)),
        (str, ("it's",)),
        (bytes, (b"it's",)),
        (bytearray, (b"it's",)),
        (float, (1.5,)),
        (list, ([1],)),
        (tuple, ([1],)),
        (dict, ([(1, 2)],)),
        (set, ([1],)),
        (frozenset, ([1],)),
        (collections.deque, ([1], 3)),
        (collections.OrderedDict, ([(1, 2)],)),
        (collections.defaultdict, (int, [(1, 2)])),
        (collections.Counter, ("aab",)),
        (collections.ChainMap, ({1: 2}, {})),
        (collections.UserDict, ({1: 2},)),
        (collections.UserList, ([1],)),
        (collections.UserString, ("a'b",)),
        (types.SimpleNamespace, ()),
        (array.array, ("i", [1, 2])),
        (Exception, ("a", 1)),
    )
    for base, arguments in bases:
        yield base(*arguments)
        yield type("Mine", (base,), {})(*arguments)
        if base not in (int, str, bytes, bytearray, float, collections.UserString, types.SimpleNamespace, array.array):
            yield type("Empty", (base,), {})()


@pytest.mark.parametrize(
    "value",
    [
        *subclasses(),
        array.array("i"),
        array.array("d", [1.5]),
        {1: 2, "a": [3]}.keys(),
        {1: 2, "a": [3]}.items(),
        collections.OrderedDict(a=1, b=2).keys(),
        collections.OrderedDict(a=1, b=2).values(),
        collections.OrderedDict(a=1, b=2).items(),
        types.SimpleNamespace(a=1, b=[2]),
        types.MappingProxyType({1: 2}),
        range(3),
        range(0, 10, 2),
        Point(1, [2]),
        Pointed(1, "2"),
        Data([1], 2, {}),
        Slotted(1),
        Color.RED,
        Number.ONE,
        Flags.A | Flags.B,
        KeyError("a"),
        OSError(2, "no"),
        ExceptionGroup("a", [ValueError(1)]),
        ImportError("a", name="b"),
        (1,),
        (),
        set(),
        frozenset(),
        int,
        Point,
        len,
        Ellipsis,
        NotImplemented,
        slice(1, 2),
        list[int],
        functools.partial(print, 1),
        re.compile("a"),
        sys,
    ],
    ids=lambda value, number=COUNTER: f"{type(value).__name__}-{next(number)}",
)
@pytest.mark.parametrize("limit", [MANY, 12])
def test_other_values_show_the_beginning_of_their_repr(value: object, limit: int) -> None:
    """What the standard library's containers, and classes derived from them, say of themselves is shown."""
    assert text(value, limit) == cut(repr(value), limit)


def test_values_of_new_built_in_types() -> None:
    """A frozendict (3.15) is walked as a dict is."""
    frozendict = getattr(builtins, "frozendict", None)
    if frozendict is None:
        pytest.skip("there is no frozendict before 3.15")
    for value in (frozendict(), frozendict(a=1, b=[2]), type("Mine", (frozendict,), {})(a=1)):
        assert text(value) == repr(value)
        assert text(value, 14) == cut(repr(value), 14)
    assert len(text(frozendict.fromkeys(range(10**5)), 50)) == 50


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(-1, ""), (0, ""), (1, "."), (2, ".."), (3, "..."), (4, "1..."), (9, "123456..."), (10, "1234567890")],
)
def test_a_text_is_cut_with_dots_within_the_limit(limit: int, expected: str) -> None:
    """The dots belong to the length; where they do not fit, they are cut too."""
    number = 1234567890
    assert text(number, limit) == expected
    assert len(text([[Counted()]] * 9, limit)) == max(limit, 0)
    if limit >= 0:
        assert sample(sys._getframe(), ("number",), limit) == (Sample("int", expected),)


@pytest.mark.parametrize(
    "value", ["a" * 99 + "'", "'" * 99 + '"', '"' * 99 + "'", "'" + "a" * 99, "a" * 99 + "\"'", "é\n" * 40]
)
def test_a_long_string_is_quoted_as_the_whole_is(value: str) -> None:
    """The quotes that decide how a string is quoted may stand beyond the part that is shown."""
    for string in (value, [value], type("S", (str,), {})(value)):
        assert text(string, 30) == cut(repr(string), 30)
    for data in (value.encode(), bytearray(value.encode())):
        assert text(data, 30) == cut(repr(data), 30)


def test_a_huge_int_shows_its_size() -> None:
    """Beyond the digits that CPython converts, there is no repr to show the beginning of."""
    assert text(10**4299, 9) == "100000..."
    assert text(10**4300) == "<int of 14285 bits>"
    assert text([-(1 << 10**6)]) == "[<int of 1000001 bits>]"
    assert text(range(1 << 10**6)) == "range(0, <int of 1000001 bits>)"
    assert text(type("I", (int,), {})(1 << 10**6)) == "<int of 1000001 bits>"


def test_a_lowered_limit_of_digits_is_respected() -> None:
    """Where the program has set a lower limit for conversions, the size is shown from there on."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert text(10**700) == "<int of 2326 bits>"
    finally:
        sys.set_int_max_str_digits(before)


# Containers inside themselves, and deep ones


def selves() -> Iterator[object]:
    a: list[Any] = []
    a.append(a)
    yield a
    b: list[Any] = []
    b.append((b, {"b": b}))
    yield b
    yield b[0]
    d: dict[str, Any] = {}
    d["d"] = d
    d["values"] = d.values()
    yield d
    yield d.values()
    q: collections.deque[Any] = collections.deque()
    q.append(q)
    yield q
    o: collections.OrderedDict[str, Any] = collections.OrderedDict()
    o["o"] = o
    yield o
    e: collections.defaultdict[str, Any] = collections.defaultdict(int)
    e["e"] = e
    yield e
    n = types.SimpleNamespace()
    n.n = n
    yield n
    p = Point([])
    p.x.append(p)  # type: ignore[attr-defined]
    yield p
    data = Data(0)
    data.x = [data]
    yield data
    c: collections.ChainMap[str, Any] = collections.ChainMap({})
    c["c"] = c
    yield c
    error = ValueError()
    error.args = ([error.args],)
    yield error
    twice = [1]
    yield [twice, twice]


@pytest.mark.parametrize(
    "value", list(selves()), ids=lambda value, number=COUNTER: f"{type(value).__name__}-{next(number)}"
)
def test_a_container_inside_itself_is_marked_as_by_repr(value: object) -> None:
    """The walk ends where a container comes back to itself, with the mark that repr gives."""
    assert text(value) == repr(value)


def test_containers_that_only_wrap_themselves_end() -> None:
    """A walk that makes no progress is ended by its depth."""
    value: collections.UserList[Any] = collections.UserList()
    value.data = value  # type: ignore[assignment]
    assert text(value) == "..."


def test_deep_nesting_is_bounded() -> None:
    """However deep a value is, the walk goes down only so far, on a stack that is deep already too."""
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    assert text(value, 50) == "[" * 47 + "..."
    assert text(value, 1000).startswith("[" * 90)

    of = sampler(50).of
    of(sys._getframe(), ("value",))

    def deep() -> list[str]:
        try:
            return deep()
        except RecursionError:
            return [of(sys._getframe(), ("value",))[0].type]

    found = deep()
    assert found == ["list"] or found == ["object"]
    while type(value) is list:  # taken apart from outside, which needs no deep stack
        value = value[0]


def test_a_full_stack_makes_a_text_and_no_error() -> None:
    """Where the program has used up its stack, the sample says so."""
    value = [[Counted()]]
    texts = []

    def deep() -> None:
        with contextlib.suppress(RecursionError):
            texts.append(describe(value, 50).text)
            deep()

    deep()
    assert texts[0] == "[[Counted()]]"
    assert all(each == texts[0] or "repr-error RecursionError" in each for each in texts)


# Work and memory are bounded by the limit


@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        collections.deque,
        collections.UserList,
        lambda items: dict.fromkeys(range(len(items)), items[0]),
        lambda items: dict(enumerate(items)).values(),
        lambda items: types.MappingProxyType(dict(enumerate(items))),
        lambda items: collections.OrderedDict(enumerate(items)),
        lambda items: collections.defaultdict(int, enumerate(items)),
        lambda items: collections.UserDict(enumerate(items)),
        lambda items: collections.ChainMap(dict(enumerate(items))),
        lambda items: collections.Counter(dict(enumerate(items))),
        lambda items: types.SimpleNamespace(**{f"a{i}": item for i, item in enumerate(items)}),
        lambda items: Exception(*items),
        lambda items: Data(items),
        lambda items: Point(items),
        lambda items: types.MethodType(Point._asdict, items),
        set,
        frozenset,
    ],
    ids=lambda make, number=COUNTER: f"{make.__name__}-{next(number)}",
)
def test_elements_beyond_the_text_are_not_shown(make: Callable[[list[Counted]], object]) -> None:
    """Of ten thousand elements only as many are asked for their repr as the text has room for."""
    value = make([Counted() for _ in range(10_000)])
    assert len(text(value, 50)) == 50
    assert Counted.calls <= 7


@pytest.mark.parametrize(
    "make",
    [
        lambda n: list(range(n)),
        lambda n: tuple(range(n)),
        lambda n: set(range(n)),
        lambda n: dict.fromkeys(range(n)),
        lambda n: dict.fromkeys(range(n)).items(),
        lambda n: collections.deque(range(n)),
        lambda n: collections.OrderedDict.fromkeys(range(n)),
        lambda n: collections.OrderedDict.fromkeys(range(n)).keys(),
        lambda n: collections.Counter(range(n)),
        lambda n: array.array("i", range(n)),
        lambda n: array.array("u", "a" * n) if sys.version_info < (3, 13) else array.array("w", "a" * n),
        lambda n: "a'" * n,
        lambda n: b"a'" * n,
        lambda n: bytearray(n),
        lambda n: [["a" * n] * n],
        lambda n: 1 << 8 * n,
        lambda n: memoryview(bytes(n)),
        lambda n: collections.UserString("a" * n),
        lambda n: np.zeros(n),
        lambda n: type("T" * n, (), {})(),
    ],
)
def test_the_memory_used_does_not_depend_on_the_size(make: Callable[[int], object]) -> None:
    """A value of a million bytes or elements is described in a few kilobytes."""
    value = make(1_000_000)
    text(value, 50)
    tracemalloc.start()
    try:
        text(value, 50)
        assert tracemalloc.get_traced_memory()[1] < (100_000 if type(value).__name__ != "T" * 1_000_000 else 10**7)
    finally:
        tracemalloc.stop()


def test_a_huge_repr_is_cut() -> None:
    """What an object says at length is cut at the limit, also behind addresses that are taken out."""

    class Huge:
        def __repr__(self) -> str:
            return "x" * 10**6

    class Addresses:
        def __repr__(self) -> str:
            return "z at 0x7f0123456789" * 10**5

    assert text(Huge(), 50) == "x" * 47 + "..."
    assert text([Huge()], 50) == "[" + "x" * 46 + "..."
    shown = text(Addresses(), 50)
    assert shown.startswith("zzzz")
    assert shown.endswith("...")
    assert "0x" not in shown


def test_a_long_type_name_is_cut() -> None:
    """A class can have a name of any length, a sample cannot."""
    shown = describe(type("T" * 1000, (), {})(), 50)
    assert len(shown.type) == 100
    assert shown.type.endswith("...")


# Containers that change


def test_a_container_may_change_while_it_is_shown() -> None:
    """An element whose repr empties its container does not disturb the walk."""

    class Emptying:
        def __repr__(self) -> str:
            container.clear()
            return "E"

    for container in ([Emptying(), 1], {1: Emptying(), 2: 3}, {Emptying()}, collections.deque([Emptying(), 1])):
        before = type(container).__name__
        assert text(container) in ("[E, 1]", "{1: E, 2: 3}", "{E}", "deque([E, 1])"), before


def test_other_threads_may_change_a_container_that_is_shown() -> None:
    """No walk fails when another thread adds and removes elements."""
    d: dict[int, int] = {}
    s: set[int] = set()
    q: collections.deque[int] = collections.deque()
    o: collections.OrderedDict[int, int] = collections.OrderedDict()
    c: collections.Counter[int] = collections.Counter()
    stop = threading.Event()

    def change() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            d[n] = o[n] = c[n] = n
            s.add(n)
            q.append(n)
            if n % 7 == 0:
                for container in (d, s, q, o, c):
                    container.clear()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(2000):
            for value in (d, s, q, o, c, d.values(), o.items()):
                assert "repr-error" not in text(value, 50)
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)


# No code of the program runs but __repr__

METHODS = """
    __eq__ __ne__ __lt__ __gt__ __le__ __ge__ __len__ __iter__ __next__ __contains__ __getitem__ __missing__ __bool__
    __getattribute__ __getattr__ __str__ __format__ __hash__ __reversed__ __index__ __int__ __float__ __dir__ __add__
    __iadd__ __bytes__ __buffer__ __length_hint__ items keys values get copy most_common find startswith bit_length
""".split()


@pytest.mark.parametrize(
    "base",
    [
        *(int, str, bytes, bytearray, float, list, tuple, dict, set, frozenset, object, BaseException, array.array),
        *(collections.deque, collections.OrderedDict, collections.defaultdict, collections.Counter),
        *(collections.UserList, collections.UserDict, collections.UserString, collections.ChainMap),
        *(types.SimpleNamespace, Point, Data),
    ],
    ids=lambda base, number=COUNTER: f"{base.__name__}-{next(number)}",
)
def test_nothing_of_a_subclass_runs(base: type) -> None:
    """A subclass that overrides everything but its repr is shown without a call of anything in it."""
    armed = False

    def class_of(value: object) -> type:
        return forbidden() if armed else plain

    plain = type("Quiet", (base,), {"__class__": property(class_of)})
    made: list[Any] = []
    arguments: dict[type, tuple[object, ...]] = {array.array: ("i", [1]), Point: (1,), Data: (1,)}
    arguments[collections.UserString] = ("a",)
    if base in (list, tuple, set, frozenset, collections.deque, collections.UserList):
        arguments[base] = ([1, 2],)
    for _ in range(2):
        made.append(plain(*arguments.get(base, ())))
    expected = [re.sub(" at 0x[0-9a-f]+", "", repr(each)) for each in made]
    for name in METHODS:
        setattr(plain, name, forbidden)
    armed = True
    plain.data = plain.maps = plain.args = plain.maxlen = plain.default_factory = property(forbidden)  # type: ignore[attr-defined]
    shown = [text(each) for each in made]
    if base not in (collections.UserList, collections.UserDict, collections.UserString, collections.ChainMap):
        assert shown == expected  # of those, the property `data` or `maps` hides what is to be shown
    assert not any("ForbiddenError" in each for each in shown)
    assert [describe(each, 50).type for each in made] == ["Quiet", "Quiet"]
    for container in (made, tuple(made), collections.deque(made), {1: made[0]}, types.MappingProxyType({1: made[0]})):
        assert "ForbiddenError" not in text(container)


def test_no_hash_and_no_comparison_of_keys() -> None:
    """Keys are shown without asking them for their hash, ordered dicts included."""
    armed = False

    class Key:
        def __hash__(self) -> int:
            return forbidden() if armed else 1

        def __eq__(self, other: object) -> bool:
            return forbidden() if armed else self is other

        def __repr__(self) -> str:
            return "Key"

    ordered = collections.OrderedDict({Key(): 1, "a": 2})
    containers = [{Key()}, frozenset({Key()}), {Key(): 1}, ordered, ordered.keys(), collections.Counter([Key()])]
    armed = True
    assert [text(each).count("Key") for each in containers] == [1] * len(containers)
    assert not any("ForbiddenError" in text(each) for each in containers)
    armed = False


def test_an_ordered_dict_keeps_its_own_order() -> None:
    """Entries that were moved are shown where they were moved to."""
    ordered = collections.OrderedDict(a=1, b=2, c=3)
    ordered.move_to_end("a")
    assert text(ordered) == "OrderedDict({'b': 2, 'c': 3, 'a': 1})"
    assert text(ordered.keys()) == "odict_keys(['b', 'c', 'a'])"


def test_counts_are_compared_only_when_they_are_ints() -> None:
    """A counter of other counts, or of very many, is shown in the order of its dict."""

    class Count:
        __lt__ = __eq__ = forbidden  # type: ignore[assignment]
        __repr__ = lambda self: "Count"  # type: ignore[assignment]  # noqa: E731

    assert text(collections.Counter({"a": Count(), "b": Count()})) == "Counter({'a': Count, 'b': Count})"
    many = collections.Counter(range(100_000))
    many[7] += 1
    assert text(many, 30).startswith("Counter({0: 1, 1: 1")


def test_the_true_type_is_named() -> None:
    """Neither `__class__` nor the metaclass can hide the name of a value's type, and none of their code runs."""

    class Meta(type):
        __hash__ = __eq__ = __getattribute__ = forbidden  # type: ignore[assignment]
        __name__ = property(forbidden)  # type: ignore[assignment]
        __mro__ = property(forbidden)  # type: ignore[assignment]
        __module__ = property(forbidden)
        __instancecheck__ = __subclasscheck__ = forbidden  # type: ignore[assignment]

    Liar = types.new_class(  # noqa: N806
        "Liar",
        (),
        {"metaclass": Meta},
        lambda body: body.update(__class__=property(lambda self: int), __repr__=lambda s: "L"),
    )
    liar = object.__new__(Liar)
    assert describe(liar, 50) == Sample("Liar", "L")
    assert describe([liar, {1: liar}], 50) == Sample("list", "[L, {1: L}]")
    hiding = Sampler(Options())
    assert (
        hiding.value([(liar, liar), {liar: liar}, {"password": liar}]).text
        == "[(L, L), {L: L}, {'password': <redacted>}]"
    )
    assert hiding.value(Data(("password", liar)), "token").text == "Data(x=('password', L), z=None)"


def test_a_field_that_is_a_property_is_not_read() -> None:
    """Of a dataclass, what a property would compute or what is not yet set is shown as unavailable."""

    class Derived(Data):
        x = property(forbidden, lambda self, value: None)  # type: ignore[assignment]

    assert text(Derived(1)) == f"{Derived.__qualname__}(x=<unavailable>, z=None)"
    assert text(object.__new__(Data)) == "Data(x=<unavailable>, z=None)"
    assert text(object.__new__(Slotted)) == "Slotted(x=<unavailable>, call=<unavailable>)"
    assert text(collections.UserList.__new__(collections.UserList)) == "<unavailable>"
    assert text(collections.ChainMap.__new__(collections.ChainMap)) == "ChainMap(<unavailable>)"


def test_an_instance_dict_that_is_a_property_is_not_read() -> None:
    """A namespace whose class hides the dict shows what is in it all the same."""

    class Hiding(types.SimpleNamespace):
        __dict__ = property(forbidden)  # type: ignore[assignment]

    assert text(Hiding(a=1)) == "Hiding(a=1)"


def test_a_repr_written_by_hand_is_called() -> None:
    """A named tuple, dataclass, enum or container with a repr of its own is shown by that."""

    class T(Point):
        def __repr__(self) -> str:
            return "mine"

    @dataclasses.dataclass
    class D(Data):
        def __repr__(self) -> str:
            return "mine"

    class E(enum.Enum):
        A = 1

        def __repr__(self) -> str:
            return "mine"

    class L(list[int]):
        def __repr__(self) -> str:
            return "mine"

    class Mixed(Data, enum.Enum):
        A = 1

    assert [text(each) for each in (T(1), D(1), E.A, L())] == ["mine"] * 4
    assert text(Mixed.A) == repr(Mixed.A)


def test_an_inherited_dataclass_repr_shows_the_fields_it_was_made_for() -> None:
    """A subclass that is no dataclass itself shows its base's fields under its own name."""

    class Sub(Data):
        extra = 1

    assert text(Sub(1)) == repr(Sub(1))


def test_each_repr_is_called_once() -> None:
    """An object in a container is asked exactly once."""
    assert text([Counted(), (Counted(),), {1: Counted()}]) == "[Counted(), (Counted(),), {1: Counted()}]"
    assert Counted.calls == 3


# A __repr__ that fails


class Failing:
    def __init__(self, fail: Callable[[], Any]) -> None:
        self.fail = fail

    def __repr__(self) -> str:
        return self.fail()


def throw(error: BaseException | type[BaseException]) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise self


class OddMessageError(Exception):
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("fail", "expected"),
    [
        (throw(ValueError("bad")), "<repr-error ValueError: bad>"),
        (throw(ValueError), "<repr-error ValueError>"),
        (throw(ValueError(1, "b")), "<repr-error ValueError: (1, 'b')>"),
        (throw(KeyError("k")), "<repr-error KeyError: 'k'>"),
        (throw(SystemExit(3)), "<repr-error SystemExit: 3>"),
        (throw(GeneratorExit()), "<repr-error GeneratorExit>"),
        (throw(BaseException("b")), "<repr-error BaseException: b>"),
        (throw(MemoryError()), "<repr-error MemoryError>"),
        (throw(UnprintableError()), "<repr-error UnprintableError: <exception str() failed>>"),
        (throw(OddMessageError()), "<repr-error OddMessageError: <exception str() failed>>"),
        (throw(ValueError([1])), "<repr-error ValueError: <list>>"),
        (throw(ValueError("at", object(), " at 0x7f01")), "<repr-error ValueError: <str>, <object>, <str>>"),
        (throw(ValueError("<X at 0x7f01>")), "<repr-error ValueError: <X>>"),
        (lambda: 5, "<repr-error TypeError: __repr__ returned non-string (type int)>"),
        (lambda: None, "<repr-error TypeError: __repr__ returned non-string (type NoneType)>"),
    ],
)
def test_a_failure_takes_the_place_of_the_text(fail: Callable[[], Any], expected: str) -> None:
    """Whatever a repr raises is shown in its place, and what stands around it stays."""
    value = Failing(fail)
    result = text(value)
    # The wording of this TypeError differs between releases of CPython.
    if "non-string" in expected:
        assert result.startswith("<repr-error TypeError: ")
        expected = result
    assert result == expected
    assert text([1, value, 2]) == f"[1, {expected}, 2]"
    assert describe(value, 50).type == "Failing"


def test_a_failing_repr_with_a_huge_message_is_cut() -> None:
    """A message of any length is cut, whatever it is made of."""
    assert text(Failing(throw(ValueError("x" * 10**6))), 50) == "<repr-error ValueError: " + "x" * 23 + "..."
    assert len(text(Failing(throw(ValueError(*range(10**5)))), 50)) == 50
    assert len(text([Failing(throw(ValueError("x" * 10**6)))])) < 1100


def test_a_repr_that_fails_with_its_own_object_is_called_once() -> None:
    """An error that names the object does not have it shown again for the message."""

    class Own:
        calls = 0

        def __repr__(self) -> str:
            Own.calls += 1
            raise ValueError(self)

    assert text(Own()) == "<repr-error ValueError: <Own>>"
    assert Own.calls == 1


def test_endless_recursion_is_a_failure() -> None:
    """A repr that calls itself for ever ends in an error text."""

    class Endless:
        def __repr__(self) -> str:
            return f"E({self!r})"

    assert text(Endless(), 50).startswith("<repr-error RecursionError: maximum recursion")


def test_no_repr_at_all() -> None:
    """A class whose `__repr__` is None, or a descriptor that fails, gives an error text."""

    class Nothing:
        __repr__ = None  # type: ignore[assignment]

    class Descriptor:
        __repr__ = property(forbidden)

    assert text(Nothing()).startswith("<repr-error TypeError: ")
    # Before 3.14 CPython falls back on the repr of `object`.
    assert text(Descriptor()) in ("<repr-error ForbiddenError>", "<Descriptor object>")


def test_keyboard_interrupt_passes_on() -> None:
    """The user who interrupts a repr interrupts the program, and its streams are whole again."""
    for value in (Failing(throw(KeyboardInterrupt)), [Failing(throw(KeyboardInterrupt))]):
        with pytest.raises(KeyboardInterrupt):
            describe(value, 50)
        assert not _silence._silent
        assert "write" not in vars(sys.stdout)


def test_a_str_of_another_class_is_read_as_str() -> None:
    """What a repr returns is taken as text, without the methods that its class overrides."""

    class Text(str):
        __slots__ = ()
        __len__ = __getitem__ = __str__ = __eq__ = __hash__ = __iter__ = __format__ = __add__ = forbidden  # type: ignore[assignment]

    class Value:
        def __repr__(self) -> str:
            return Text("text" * 100)

    assert text(Value(), 10) == "texttex..."
    assert type(text(Value())) is str
    assert text([Value()]) == "[" + "text" * 100 + "]"


# What a __repr__ prints


class Printing:
    def __repr__(self) -> str:
        print("out")
        print("err", file=sys.stderr, flush=True)
        sys.stdout.writelines(["a\n", "b\n"])
        return "P"


@pytest.mark.parametrize("value", [Printing(), [Printing()], functools.partial(print, Printing()), Point(Printing())])
def test_what_a_repr_prints_is_dropped(value: object, capsys: pytest.CaptureFixture[str]) -> None:
    """The program's output is what it would be untraced."""
    before = sys.stdout, sys.stderr, dict(vars(sys.stdout)), dict(vars(sys.stderr))
    print("before", end="")
    assert "P" in text(value)
    print("after")
    assert capsys.readouterr() == ("beforeafter\n", "")
    assert before == (sys.stdout, sys.stderr, dict(vars(sys.stdout)), dict(vars(sys.stderr)))


def test_what_the_message_of_a_failure_prints_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception's `__str__` is as silent as the repr that raised it."""

    class LoudError(Exception):
        def __str__(self) -> str:
            print("out")
            return "loud"

    assert text(Failing(throw(LoudError()))) == "<repr-error LoudError: loud>"
    assert capsys.readouterr() == ("", "")


def test_what_a_repr_logs_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """A handler that has held sys.stderr since long ago is silent as well."""
    logger = logging.Logger("test")  # noqa: LOG001  (of no effect beyond this test)
    logger.addHandler(logging.StreamHandler(sys.stderr))

    class Logging:
        def __repr__(self) -> str:
            logger.warning("repr")
            return "L"

    assert text(Logging()) == "L"
    logger.warning("later")
    assert capsys.readouterr() == ("", "later\n")


def test_other_threads_print_while_a_repr_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the thread that is in a repr is silent; two of them may be, and end in any order."""
    inside, go = threading.Barrier(3), [threading.Event(), threading.Event()]

    class Waiting:
        def __init__(self, number: int) -> None:
            self.number = number

        def __repr__(self) -> str:
            print("dropped")
            inside.wait()
            go[self.number].wait()
            print("dropped")
            return "W"

    stream, attributes = sys.stdout, dict(vars(sys.stdout))
    threads = [threading.Thread(target=text, args=(Waiting(number),)) for number in range(2)]
    for thread in threads:
        thread.start()
    inside.wait()
    print("shown 1")
    go[0].set()
    threads[0].join()
    print("shown 2")
    go[1].set()
    threads[1].join()
    print("shown 3")
    assert capsys.readouterr().out == "shown 1\nshown 2\nshown 3\n"
    assert sys.stdout is stream
    assert vars(stream) == attributes


def test_a_write_that_the_program_put_on_its_stream_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream whose `write` was replaced, before or by a repr, has the same one afterwards."""
    stream = io.StringIO()
    seen: list[str] = []
    stream.write = seen.append  # type: ignore[assignment,method-assign]
    mine = stream.write
    monkeypatch.setattr(sys, "stdout", stream)
    assert text(Printing()) == "P"
    assert stream.write is mine
    assert not seen

    class Replacing:
        def __repr__(self) -> str:
            stream.write = forbidden  # type: ignore[method-assign]
            return "R"

    assert text(Replacing()) == "R"
    assert stream.write is forbidden


@pytest.mark.parametrize("stream", [None, object(), types.SimpleNamespace()])
def test_odd_streams_are_left_alone(stream: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """No stdout, or one that cannot write, is no reason to fail."""
    monkeypatch.setattr(sys, "stdout", stream)
    assert text(Counted()) == "Counted()"
    monkeypatch.delattr(sys, "stdout")
    assert text(Counted()) == "Counted()"


def test_a_repr_may_capture_its_own_output() -> None:
    """A repr that prints into a stream of its own gets what it printed."""

    class Capturing:
        def __repr__(self) -> str:
            with contextlib.redirect_stdout(io.StringIO()) as stream:
                print("inner", end="")
            return stream.getvalue()

    assert text(Capturing()) == "inner"


def test_a_repr_that_describes_keeps_its_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """The inner of two descriptions does not end the silence of the outer."""

    class Outer:
        def __repr__(self) -> str:
            inner = text(Printing())
            print("dropped")
            return inner

    assert text(Outer()) == "P"
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_forked_while_a_repr_runs_can_print_and_describe() -> None:
    """A child process has no memory of the reprs of threads that it does not have."""
    script = """
        import os, threading, warnings
        from tracefunc import _sampling, _silence
        warnings.simplefilter("ignore")
        inside, done = threading.Event(), threading.Event()
        class W:
            def __repr__(self):
                with _silence._lock:
                    inside.set(); done.wait()
                return "W"
        thread = threading.Thread(target=_sampling.describe, args=(W(), 50)); thread.start(); inside.wait()
        pid = os.fork()
        if not pid:
            assert not _silence._silent and not _silence._hushed
            class V:
                def __repr__(self): print("no"); return "V"
            print(_sampling.describe(V(), 50).text, flush=True); os._exit(0)
        os.waitpid(pid, 0); done.set(); thread.join()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("V\n", "")


# Addresses


def test_addresses_are_left_out() -> None:
    """The texts of two runs compare equal: memory addresses are taken out of all but strings."""

    class Plain:
        pass

    assert text(Plain()) == f"<{__name__}.test_addresses_are_left_out.<locals>.Plain object>"
    assert text(lambda: 0) == "<function test_addresses_are_left_out.<locals>.<lambda>>"
    assert text([object(), [].append]) == "[<object object>, <built-in method append of list object>]"
    assert text(memoryview(b"")) == "<memory>"
    assert text(Plain().__init__).startswith("<method-wrapper '__init__' of Plain object>")
    assert text(i for i in ()).endswith("<genexpr>>")
    assert text(threading.Lock()).startswith("<unlocked _thread.lock object>")


def test_strings_keep_what_looks_like_an_address() -> None:
    """A string is shown as it is, alone and in containers."""
    string = "<object at 0x7f0123>"
    for value in (string, string.encode(), bytearray(string.encode()), [string], {string: string}, (string, object())):
        assert text(value).count(" at 0x7f0123") == repr(value).count(" at 0x7f0123")

    class Own(str):
        __slots__ = ()

        def __repr__(self) -> str:
            return f"Own({str.__repr__(self)})"

    assert text(Own(string)) == "Own('<object at 0x7f0123>')"


def test_bound_methods_show_their_object_by_the_same_rules() -> None:
    """A method of a big or failing object is shown with the beginning of that object."""

    class Big(list[int]):
        def method(self) -> None:
            pass

    assert text(Big([1]).method) == repr(Big([1]).method)
    assert len(text(Big(range(10**5)).method, 120)) == 120
    method = types.MethodType(functools.partial(print), 1)
    assert text(method) == re.sub(" at 0x[0-9a-f]+", "", repr(method))


# Arrays and tables


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.zeros((3, 4)), "ndarray(shape=(3, 4), dtype=float64)"),
        (np.array(5), "ndarray(shape=(), dtype=int64)"),
        (np.ma.masked_array([1]), "MaskedArray(shape=(1,), dtype=int64)"),
        (pd.DataFrame({"a": [1, 2]}), "DataFrame(shape=(2, 1))"),
        (pd.Series([1.5]), "Series(shape=(1,), dtype=float64)"),
        (pd.Index([1, 2]), "Index(shape=(2,), dtype=int64)"),
        (pd.RangeIndex(3), "RangeIndex(shape=(3,), dtype=int64)"),
    ],
    ids=lambda value, number=COUNTER: f"{type(value).__name__}-{next(number)}",
)
def test_arrays_and_tables_show_their_shape(value: object, expected: str) -> None:
    """Of a big array its size and type of elements matter, not its first elements."""
    assert text(value) == expected
    assert text([value]) == f"[{expected}]"


def test_a_subclass_of_an_array_cannot_interfere() -> None:
    """The shape is what the library's class says, whatever a subclass makes of it."""

    class Mine(np.ndarray):  # type: ignore[type-arg]
        shape = dtype = property(forbidden)  # type: ignore[assignment]
        __repr__ = forbidden  # type: ignore[assignment]

    assert text(np.zeros(2)) == "ndarray(shape=(2,), dtype=float64)"
    made = np.ndarray.__new__(Mine, (2,))
    assert text(made) in ("Mine(shape=(2,), dtype=float64)", "<repr-error ForbiddenError>")


def test_a_broken_table_gives_an_error_text() -> None:
    """An object of a library that cannot tell its shape does not fail."""
    assert text(pd.DataFrame.__new__(pd.DataFrame)).startswith("<repr-error ")


def test_other_libraries_are_known_by_name() -> None:
    """Tensors and other tables are shown by shape although their libraries were never imported."""
    body = {"__module__": "torch", "shape": property(lambda s: [2, 3]), "dtype": "torch.float32", "__repr__": forbidden}
    body["dtype"] = property(lambda self: "torch.float32")
    assert text(type("Tensor", (), body)()) == "Tensor(shape=(2, 3), dtype=torch.float32)"
    body = {"__module__": "polars.frame", "shape": property(lambda s: (1, 2)), "__repr__": forbidden}
    assert text(type("DataFrame", (), body)()) == "DataFrame(shape=(1, 2))"


def test_nothing_is_imported_for_it() -> None:
    """Using the module does not import the libraries it knows."""
    script = "import sys; from tracefunc._sampling import describe; describe([1], 9); print('numpy' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script]
    assert subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout == "False\n"


# Names


def look(*names: str) -> list[str]:
    """Return the texts of names in the caller's frame."""
    return [each.text for each in sample(sys._getframe(1), names, 50)]


NOTHING = "<unavailable>"
module_level = "global"


def test_names_are_found_in_every_scope() -> None:
    """A name is a local, a variable of an enclosing function, a global or built in."""
    enclosing = "enclosing"

    def inner() -> list[str]:
        local = "local"
        assert local != enclosing
        return look("local", "enclosing", "module_level", "len", "nowhere")

    assert inner() == ["'local'", "'enclosing'", "'global'", "<built-in function len>", NOTHING]
    assert sample(sys._getframe(), ("nowhere",), 50) == (Sample("NameError", NOTHING),)
    assert lookup(sys._getframe(), "nowhere") is MISSING
    assert look("enclosing") == ["'enclosing'"]


def test_names_without_a_value_yet_or_any_more() -> None:
    """A name that is not set yet, deleted, or free but empty has no value."""
    deleted = 1
    before = look("late", "deleted", "free")
    del deleted

    def inner() -> list[str]:
        assert lambda: free  # noqa: F821
        return look("free")

    assert before == [NOTHING, "1", NOTHING]
    assert look("late", "deleted", "free") == [NOTHING] * 3
    assert inner() == [NOTHING]
    free = late = 2  # noqa: F841
    assert inner() == look("late") == ["2"]
    del free
    assert inner() == [NOTHING]


def test_a_local_without_a_value_does_not_show_the_global() -> None:
    """The local that is not set yet hides the global of its name, as it does for the program."""
    before = look("module_level", "len")
    module_level = len = 1  # noqa: F841
    assert before == [NOTHING] * 2
    assert look("module_level", "len") == ["1"] * 2


def test_variables_of_comprehensions() -> None:
    """Inside a comprehension its variable is seen, around it the name means what it did before."""
    assert [look("i", "module_level") for i in range(2)] == [["0", "'global'"], ["1", "'global'"]]
    assert look("i") == [NOTHING]
    i = "outer"  # noqa: F841
    assert [look("i") for i in range(1)] == [["0"]]
    assert look("i") == ["'outer'"]
    assert next(look("j") for j in range(1)) == ["0"]
    assert [(lambda: k, look("k"))[1] for k in range(1)] == [["0"]]  # noqa: B023


def test_a_global_with_the_name_of_a_comprehension_variable() -> None:
    """Where the code uses both, outside of the comprehension the global is meant."""
    assert [look("module_level") for module_level in range(1)] == [["0"]]
    namespace = {"look": look, "x": "global"}
    exec("def f():\n    [x for x in range(3)]\n    assert x\n    return look('x')", namespace)
    assert namespace["f"]() == ["'global'"]  # type: ignore[operator]


def test_the_class_cell_and_private_names() -> None:
    """`__class__` is a variable of methods that use it; private names come as they are stored."""

    class Private:
        def method(self, __argument: int = 1) -> list[str]:  # noqa: PYI063
            assert __class__  # type: ignore[name-defined]
            __local = 2
            return look("__class__", "_Private__argument", "_Private__local", "__local")

    assert Private().method()[0].startswith("<class '")
    assert Private().method()[1:] == ["1", "2", NOTHING]


def test_names_in_a_class_body() -> None:
    """A class body sees its own names, those of the functions around it, globals and builtins."""
    enclosing = "enclosing"
    outermost = "outermost"

    def function() -> type:
        class Body:
            own = "own"
            seen = look("own", "enclosing", "module_level", "len", "later")
            use = enclosing

            class Inner:
                use = outermost
                seen = look("outermost", "own", "seen")

        return Body

    body = function()
    assert body.seen == ["'own'", "'enclosing'", "'global'", "<built-in function len>", NOTHING]  # type: ignore[attr-defined]
    assert body.Inner.seen == ["'outermost'", NOTHING, NOTHING]  # type: ignore[attr-defined]


def test_a_class_body_is_not_changed() -> None:
    """Looking adds nothing to a class that has cells, and takes nothing from it."""

    class Generic[T]:
        own = 1
        seen = look("own", "T", "__classdict__")

        def method[U](self) -> T | U: ...  # type: ignore[empty-body]

    class Lying:
        __class__ = int  # type: ignore[assignment]
        seen = look("nowhere")
        kept = "__class__" in sys._getframe().f_locals if LOCALS_ARE_A_PROXY else True

        def method(self) -> object:
            return super()

    assert Generic.seen[:2] == ["1", "T"]
    assert "__classdict__" not in vars(Generic)
    assert vars(Lying)["__class__"] is int
    assert Lying.seen == [NOTHING]


def test_names_at_the_top_level() -> None:
    """Code of a module, or in `exec`, sees its names, and in its comprehensions their variables."""
    top: dict[str, Any] = {"look": look, "x": 1}
    exec("y = 2\nz = look('x', 'y', 'len', 'q')\nc = [look('i', 'x') for i in (1,)]", top)
    assert top["z"] == ["1", "2", "<built-in function len>", NOTHING]
    assert top["c"] == [["1", "1"]]


def test_namespaces_of_other_classes_are_not_asked() -> None:
    """A namespace that overrides how it is read is read as a dict; one that is no dict is not read."""
    armed = False

    class Namespace(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return forbidden() if armed else super().__getitem__(name)

        get = __contains__ = __missing__ = forbidden  # type: ignore[assignment]

    class Mapping:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def __getitem__(self, name: str) -> Any:
            self.asked.append(name)
            raise KeyError(name)

    def keep() -> None:
        nonlocal armed
        armed = True
        found.append([each.text for each in sample(sys._getframe(1), ("y", "len", "q"), 50)])

    found: list[list[str]] = []
    exec("keep()", {"keep": keep}, Namespace(y=3, keep=keep))
    mapping = Mapping()
    exec("keep()", {"keep": keep}, mapping)
    assert found == [["3", "<built-in function len>", NOTHING], [NOTHING, "<built-in function len>", NOTHING]]
    assert mapping.asked == ["keep"]


def test_names_in_generators_and_finished_frames() -> None:
    """A suspended generator's variables are found; a frame that is done has none."""

    def generator() -> Iterator[int]:
        inside = 5
        yield inside

    running = generator()
    next(running)
    frame = running.gi_frame  # type: ignore[attr-defined]
    assert lookup(frame, "inside") == 5
    running.close()  # type: ignore[attr-defined]
    assert lookup(frame, "nowhere") is MISSING


def test_the_dict_of_locals_is_left_alone() -> None:
    """A dict that the program got from `locals()` keeps the values of that moment (3.12: f_locals would change it)."""
    x = 1
    held = locals()
    x = 2
    assert look("x", "held")[0] == "2"
    assert held["x"] == 1
    if not LOCALS_ARE_A_PROXY:
        sys._getframe().f_locals
        assert held["x"] == 2
    assert x == 2


@pytest.mark.skipif(LOCALS_ARE_A_PROXY, reason="f_locals is used from 3.13 on")
def test_without_ctypes_locals_are_read_from_f_locals(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter without ctypes still has samples."""
    monkeypatch.setitem(sys.modules, "ctypes", None)
    monkeypatch.setattr(_lookup, "_variable", _lookup._variable_reader())
    x = 1
    assert look("x", "y") == ["1", NOTHING]
    assert _lookup._variable is _lookup._from_locals
    assert x == 1


def test_the_prototype_of_ctypes_is_our_own() -> None:
    """The function object that all users of `ctypes.pythonapi` share is left as it was."""
    look("x")
    assert ctypes.pythonapi.PyFrame_GetVar.argtypes is None


# Attributes


def attributes(*names: str) -> list[tuple[str, str]]:
    """Return the samples of attributes in the caller's frame."""
    return [tuple(each) for each in sample(sys._getframe(1), names, 50)]  # type: ignore[misc]


NO_ATTRIBUTE = ("AttributeError", NOTHING)


class Plain:
    of_class = (1,)

    def __init__(self) -> None:
        self.own = self
        self.number = 5

    def method(self) -> None: ...

    @staticmethod
    def static() -> None: ...

    @classmethod
    def made(cls) -> None: ...

    @property
    def computed(self) -> int:
        return forbidden()  # type: ignore[no-any-return]

    @functools.cached_property
    def cached(self) -> int:
        return forbidden()  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return "Plain()"


def test_attributes_are_read_where_they_are_stored() -> None:
    """An instance's dict, its class, slots, tuples, enums, exceptions and modules hold attributes."""
    value = Plain()  # noqa: F841
    slotted, point, red, error = Slotted(3), Point(4), Color.RED, KeyError("a")  # noqa: F841
    cached = Plain()
    cached.__dict__["cached"] = 7
    day, deque, array_ = dt.date(2026, 1, 2), collections.deque(maxlen=3), np.zeros(2)  # noqa: F841
    assert attributes("value.number", "value.own.own.number", "value.of_class", "Plain.of_class", "cached.cached") == [
        *([("int", "5")] * 2),
        *([("tuple", "(1,)")] * 2),
        ("int", "7"),
    ]
    assert attributes("slotted.x", "point.x", "Color.RED", "red.value", "red.name", "error.args", "day.year") == [
        ("int", "3"),
        ("int", "4"),
        ("Color", "<Color.RED: (1, 2)>"),
        ("tuple", "(1, 2)"),
        ("str", "'RED'"),
        ("tuple", "('a',)"),
        ("int", "2026"),
    ]
    assert attributes("deque.maxlen", "array_.shape", "sys.maxsize", "os.path.sep", "Plain.__name__") == [
        ("int", "3"),
        ("tuple", "(2,)"),
        ("int", str(sys.maxsize)),
        ("str", repr(os.sep)),
        ("str", "'Plain'"),
    ]
    assert attributes("value.__class__.__name__", "value.__dict__", "Plain.__mro__")[0] == ("str", "'Plain'")
    shown = attributes("value.method", "value.static", "value.made", "Plain.method", "Plain.static", "Plain.made")
    assert [kind for kind, _ in shown] == ["method", "function", "method", "function", "function", "method"]
    assert attributes("collections.deque") == [("type", "<class 'collections.deque'>")]
    assert attributes("slotted.call")[0] == ("builtin_function_or_method", "<built-in function len>")


def test_attributes_without_a_value() -> None:
    """An attribute that is not there, at any point of a chain, has no value, and neither has one of no object."""
    value, none = Plain(), None
    assert attributes("value.gone", "value.own.gone.x", "none.x", "sys.nothing", "Plain.nothing", "nowhere.x") == [
        *([NO_ATTRIBUTE] * 5),
        ("NameError", NOTHING),
    ]
    assert attributes("empty.x") == [("NameError", NOTHING)]
    empty = object.__new__(Slotted)
    assert attributes("empty.x") == [NO_ATTRIBUTE]
    del value.number, none
    assert attributes("value.number") == [NO_ATTRIBUTE]
    assert empty


def test_properties_are_not_run() -> None:
    """What a property or another descriptor would compute is not read, and the sample says of which kind it is."""

    class Descriptor:
        def __get__(self, instance: object, owner: object) -> Any:
            return forbidden()

    class Data(Descriptor):
        def __set__(self, instance: object, value: object) -> None:
            forbidden()

    class Has:
        lazy = Descriptor()
        data = Data()

    value, has = Plain(), Has()  # noqa: F841
    assert attributes("value.computed", "value.cached", "value.computed.x", "Plain.cached") == [
        ("property", "<not read>"),
        ("cached_property", "<not read>"),
        ("property", "<not read>"),
        ("cached_property", "<not read>"),
    ]
    assert attributes("has.lazy", "has.data", "Has.lazy", "Plain.computed") == [
        ("Descriptor", "<not read>"),
        ("Data", "<not read>"),
        ("Descriptor", "<not read>"),
        ("property", "<property object>"),
    ]
    has.__dict__.update(lazy=1, data=2)
    assert attributes("has.lazy", "has.data") == [("int", "1"), ("Data", "<not read>")]


def test_no_getattr_runs() -> None:
    """Where a `__getattr__` or `__getattribute__` of the program would answer, it is not asked."""

    class Lazy:
        stored = 1
        __getattr__ = forbidden

    class Any_:  # noqa: N801
        stored = 1
        __getattribute__ = forbidden  # type: ignore[assignment]

    class Meta(type):
        __getattr__ = forbidden

    class Of(metaclass=Meta):
        stored = 1

    class Ruled(type):
        __getattribute__ = forbidden  # type: ignore[assignment]
        __instancecheck__ = __subclasscheck__ = __hash__ = __eq__ = forbidden  # type: ignore[assignment]

    Under = Ruled("Under", (), {"stored": 1})  # noqa: N806
    module = types.ModuleType("module")
    module.__dict__.update(__getattr__=forbidden, stored=1)
    lazy, any_, under, local, proxied = Lazy(), Any_(), object.__new__(Under), threading.local(), Plain()
    proxy = weakref.proxy(proxied)
    assert attributes("lazy.stored", "Of.stored", "under.stored", "module.stored") == [("int", "1")] * 4
    assert attributes("lazy.other", "Of.other", "module.other") == [("__getattr__", "<not read>")] * 3
    assert (
        attributes("any_.stored", "Under.stored", "local.x", "proxy.number")
        == [
            ("__getattribute__", "<not read>"),
        ]
        * 4
    )
    assert attributes("under.other") == [NO_ATTRIBUTE]
    assert [lazy, any_, under, local, proxy, module]


def test_liars_about_their_class_and_dict_are_not_asked() -> None:
    """A `__class__` or `__dict__` that is a property does not run, and hides nothing."""

    class Liar:
        __class__ = property(forbidden)  # type: ignore[assignment]
        __dict__ = property(forbidden)  # type: ignore[assignment]
        lazy = functools.cached_property(forbidden)

    class Child(Plain):
        __dict__ = property(forbidden)  # type: ignore[assignment]

    liar, child = Liar(), Child()
    object.__setattr__(liar, "x", 1)
    assert attributes("liar.x", "liar.y", "liar.__class__", "liar.__dict__", "liar.lazy", "child.number") == [
        ("int", "1"),
        NO_ATTRIBUTE,
        ("property", "<not read>"),
        ("property", "<not read>"),
        ("cached_property", "<not read>"),
        ("int", "5"),
    ]
    assert child


def test_what_a_c_library_computes_is_not_read() -> None:
    """Attributes that C code computes are read only where it is known that they only look something up."""
    frame, annotated = sys._getframe(), attributes
    table = pd.DataFrame({"a": [1]})  # noqa: F841
    assert attributes("frame.f_locals", "annotated.__annotations__", "table.shape", "table.a") == [
        ("getset_descriptor", "<not read>"),
        ("getset_descriptor", "<not read>"),
        ("property", "<not read>"),
        ("__getattr__", "<not read>"),
    ]
    assert frame
    assert annotated


class Counting(type):
    shared = 1

    def count(cls) -> int:
        return 1


class Measured(metaclass=Counting):
    own = 2


LIVE: list[Any] = [
    *(
        Plain(),
        Slotted(1),
        Point(1),
        Data(1),
        Color.RED,
        Number.ONE,
        Flags.A | Flags.B,
        Measured(),
        print,
        len,
        [].append,
    ),
    *(5, 1.5, 2j, "s", b"x", True, None, ..., range(3), slice(1, 2), (1,), [1], {1: 2}, {1}, frozenset(), lambda: 0),
    *(
        KeyError("x"),
        StopIteration(4),
        OSError(2, "no"),
        UnicodeDecodeError("a", b"b", 0, 1, "c"),
        ExceptionGroup("a", [KeyError()]),
    ),
    *(
        dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        dt.timedelta(1),
        dt.UTC,
        re.compile("a"),
        re.match("a", "a"),
        functools.partial(print, 1),
    ),
    *(
        collections.deque([1], 3),
        collections.Counter("a"),
        collections.ChainMap({}),
        collections.UserDict(),
        sys,
        os.path,
    ),
    *(
        array.array("i"),
        memoryview(b"x"),
        types.SimpleNamespace(a=1),
        types.MappingProxyType({}),
        list[int],
        int | None,
    ),
    *(threading.Lock(), threading.Thread(), logging.getLogger(), io.StringIO(), weakref.ref(Plain), itertools.count()),
    *(np.zeros(3), np.float64(1), np.dtype("i4"), pd.DataFrame({"a": [1]}), pd.Timestamp(0), ctypes.c_int(5)),
]


@pytest.mark.parametrize("value", LIVE, ids=lambda value, number=COUNTER: f"{type(value).__name__}-{next(number)}")
@pytest.mark.filterwarnings("ignore")
def test_what_is_read_is_what_the_program_would_find(value: object) -> None:
    """Of every attribute of many kinds of objects and of their classes, what is read is what `getattr` gives."""
    for each in (value, type(value)):
        for name in (*dir(each), "nothing"):
            found = attribute(each, name)
            if type(found) is NotRead:
                continue
            real = getattr(each, name, MISSING)
            assert found is real or (type(found) is type(real) and repr(found) == repr(real)), name


def test_objects_read_through_attributes_are_not_kept_alive() -> None:
    """Neither the value of an attribute nor that on which the chain broke lives on."""
    gc.collect()
    gc.disable()
    try:
        value = Plain()
        value.own = None  # type: ignore[assignment]
        value.inner = Plain()  # type: ignore[attr-defined]
        value.inner.own = None  # type: ignore[attr-defined]
        watched = [weakref.ref(value), weakref.ref(value.inner)]  # type: ignore[attr-defined]
        attributes("value.inner", "value.inner.gone", "value.inner.computed", "value.inner.method", "value.cached")
        del value
        assert [each() for each in watched] == [None, None]
    finally:
        gc.enable()


# The user's own way to show values


def hooked(value: object, hook: Callable[[object], Any], limit: int = 50) -> str:
    return Sampler(Options(max_repr=limit, repr=hook)).value(value).text


def test_the_users_own_texts() -> None:
    """`repr=` gives the text of a value, alone and in containers, or None for the usual one."""

    def hook(value: object) -> str | None:
        return f"#{value}" if isinstance(value, int) else None

    assert hooked(1, hook) == "#1"
    assert hooked([1, "a", {2: (3,)}], hook) == "[#1, 'a', {#2: (#3,)}]"
    assert hooked(Data(1), hook) == "Data(x=#1, z=None)"
    assert hooked("a", hook) == "'a'"
    assert hooked(Point(1), lambda value: "p" if isinstance(value, Point) else None) == "p"
    assert Sampler(Options(repr=hook)).value(1) == Sample("int", "#1")
    x = 5
    assert Sampler(Options(repr=hook)).of(sys._getframe(), ("x",)) == (Sample("int", "#5"),)
    assert x == 5


def test_the_users_own_texts_are_bounded_and_clean() -> None:
    """They are cut at the limit, and addresses are left out of them."""
    assert hooked(1, lambda value: "x" * 10**6, 10) == "xxxxxxx..."
    assert hooked(object(), object.__repr__) == "<object object>"
    assert hooked([1, 2], lambda value: "" if value == 1 else None) == "[, 2]"
    calls: list[object] = []
    assert hooked(list(range(10**5)), lambda value: calls.append(value), 10) == "[0, 1, ..."  # type: ignore[func-returns-value]
    assert len(calls) < 20


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        (throw(ValueError("bad")), "<repr-error ValueError: bad>"),
        (throw(SystemExit(3)), "<repr-error SystemExit: 3>"),
        (lambda: 5, "<repr-error TypeError: repr= returned int, not a text or None>"),
        (lambda: b"x", "<repr-error TypeError: repr= returned bytes, not a text or None>"),
    ],
)
def test_a_failure_of_the_users_own_function_is_the_text(hook: Callable[[], Any], expected: str) -> None:
    """What it raises is shown as that of a `__repr__` is."""
    assert hooked(1, lambda value: hook(), 100) == expected
    assert hooked([1], lambda value: None if value == [1] else hook(), 100) == f"[{expected}]"


def test_the_users_own_function_is_silent_and_can_be_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints is dropped; a KeyboardInterrupt is the user's."""
    assert hooked(1, lambda value: print("no")) == "1"  # type: ignore[func-returns-value]
    assert capsys.readouterr() == ("", "")
    with pytest.raises(KeyboardInterrupt):
        hooked(1, lambda value: throw(KeyboardInterrupt())())


def test_a_full_stack_stops_no_sample_of_attributes_and_watches() -> None:
    """Where the program has used up its stack, samples say so, or there is a RecursionError for the recorder."""
    value = Plain()
    taker = Sampler(Options(watch=("value.number", "[value]")))
    frame, names = sys._getframe(), ("value", "value.number", "value.cached")
    expected = taker.of(frame, names), taker.watched(frame)
    found = []

    def deep() -> None:
        with contextlib.suppress(RecursionError):
            found.append((taker.of(frame, names), taker.watched(frame)))
            deep()

    deep()
    assert found[0] == expected
    assert value
    for samples in found:
        for each, right in zip([*samples[0], *samples[1]], [*expected[0], *expected[1]], strict=True):
            assert each == right or "RecursionError" in each.text


def test_a_bad_watch_is_refused_at_the_start() -> None:
    """The session does not begin with an expression that is none."""
    with pytest.raises(TraceError, match="watch='1 \\+'"):
        Sampler(Options(watch=("x", "1 +")))


# Nothing is kept


class Kept:
    def __repr__(self) -> str:
        return "Kept"


class KeptFailing:
    error = ValueError("kept")

    def __repr__(self) -> str:
        raise self.error


@pytest.mark.parametrize("kind", [Kept, KeptFailing, Data, type("Namespace", (types.SimpleNamespace,), {})])
@pytest.mark.parametrize(
    "wrap", [lambda v: v, lambda v: [v], lambda v: {1: (v,)}, lambda v: Point(v), lambda v: [v].append]
)
def test_no_object_is_kept_alive(kind: type, wrap: Callable[[object], object]) -> None:
    """After a sample is made, the object and its class go as soon as the program lets go of them."""
    gc.collect()
    gc.disable()
    try:
        value = kind(1) if kind is Data else kind()
        watched = weakref.ref(value)
        wrapped = wrap(value)
        for limit in (2, 50):
            sample(sys._getframe(), ("wrapped", "value", "nowhere"), limit)
        del value, wrapped
        assert watched() is None
    finally:
        gc.enable()


def test_no_garbage_is_made() -> None:
    """Samples, failed ones too, leave no reference cycle for the collector."""
    values = [Kept(), Failing(throw(ValueError("a"))), Failing(lambda: 5), [1, {2: (3,)}], Data(1), print, 1 << 10**6]
    assert values
    for _ in range(2):
        gc.collect()
        sample(sys._getframe(), ("values", "nowhere"), 200)
        collected = gc.collect()
    assert collected == 0


def test_a_class_is_not_kept_alive() -> None:
    """Nothing is remembered about the classes that were shown."""

    def make() -> weakref.ref[type]:
        class Local:
            def __repr__(self) -> str:
                return "L"

        assert text(Local()) == "L"
        return weakref.ref(Local)

    watched = make()
    gc.collect()
    assert watched() is None


def test_a_copy_of_a_sample_is_a_sample() -> None:
    """What comes out is the model's plain, named pair."""
    made = describe([1], 50)
    assert made == Sample("list", "[1]")
    assert copy.copy(made) == made
    assert type(made) is Sample
    assert (made.type, made.text) == ("list", "[1]")
