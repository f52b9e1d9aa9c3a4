"""Whatever holds a Python function can be a target, and what holds none gets an error that helps."""

import abc
import asyncio
import collections
import contextlib
import dataclasses
import enum
import functools
import importlib
import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
import time
import types
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import tracefunc as tracefunc_package
from tracefunc import (
    NotTraceableError,
    SourceChangedWarning,
    SourceNotFoundError,
    TraceError,
    Tracer,
    TraceResults,
    tracefunc,
)
from tracefunc._targets import resolve


def hits(results: TraceResults) -> dict[str, int]:
    """Return the hits of all statements that have one, by snippet."""
    trace = results.trace
    return {each.snippet: trace.hits[each.id] for each in trace.statements if trace.hits[each.id]}


def traced(target: object, run: Callable[[], object]) -> dict[str, int]:
    """Return the hits of a target while something runs."""
    with Tracer(target) as tracer:
        run()
    return hits(tracer.results())


def names(target: object) -> list[str]:
    """Return the names of the functions that a target stands for."""
    return [item.code.co_name for item in resolve(target)]


def noted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function as decorators do."""

    @functools.wraps(function)
    def wrapper(*args: object, **kwargs: object) -> object:
        wrapped = function(*args, **kwargs)
        return wrapped

    return wrapper


def plain(x: int) -> int:
    return x + 1


class Base:
    """One of everything that a class can hold."""

    def method(self, x: int) -> int:
        return x + 2

    @staticmethod
    def static(x: int) -> int:
        return x + 3

    @classmethod
    def of_class(cls, x: int) -> int:
        return x + 4

    @property
    def value(self) -> int:
        return 5

    @value.setter
    def value(self, new: int) -> None:
        self.stored = new

    @value.deleter
    def value(self) -> None:
        del self.stored

    @functools.cached_property
    def cached(self) -> int:
        return 6

    half = functools.partialmethod(method, 7)

    @functools.lru_cache(maxsize=3)  # noqa: B019
    def remembered(self) -> int:
        return 8

    @noted
    @noted
    def decorated(self) -> int:
        return 9

    @functools.singledispatchmethod
    def shown(self, x: object) -> str:
        return "object"

    @shown.register
    def _(self, x: int) -> str:
        return "int"

    @shown.register
    def _(self, x: str) -> str:
        return "str"

    class Inner:
        """A class of its own."""

        def method(self) -> None:
            pass


def test_plain_function() -> None:
    """A plain function is traced."""
    assert hits(tracefunc(plain, 1)) == {"return x + 1": 1}


def test_nested_function() -> None:
    """A nested function can be a target by itself."""

    def nested(x: int) -> int:
        return x + 10

    assert hits(tracefunc(nested, 1)) == {"return x + 10": 1}


def test_bound_method() -> None:
    """A bound method is traced, whoever its object is."""
    assert traced(Base().method, lambda: Base().method(1)) == {"return x + 2": 1}
    assert hits(tracefunc(Base().method, 1)) == {"return x + 2": 1}


def test_method_through_the_class() -> None:
    """A method taken from its class is traced."""
    assert hits(tracefunc(Base.method, Base(), 1)) == {"return x + 2": 1}


def test_static_and_class_methods() -> None:
    """Static and class methods are traced, taken from the class or out of its namespace."""
    assert hits(tracefunc(Base.static, 1)) == {"return x + 3": 1}
    assert hits(tracefunc(Base.of_class, 1)) == {"return x + 4": 1}
    assert traced(vars(Base)["static"], lambda: Base.static(1)) == {"return x + 3": 1}
    assert traced(vars(Base)["of_class"], lambda: Base.of_class(1)) == {"return x + 4": 1}


def test_property() -> None:
    """A property stands for its getter, setter and deleter."""

    def use() -> None:
        base = Base()
        base.value = base.value
        del base.value

    assert traced(Base.value, use) == {"return 5": 1, "self.stored = new": 1, "del self.stored": 1}
    assert traced(Base.value.fset, use) == {"self.stored = new": 1}


def test_cached_property() -> None:
    """A cached property's function is traced."""
    assert traced(Base.cached, lambda: Base().cached) == {"return 6": 1}


def test_partial() -> None:
    """A partial object, of a partial too, stands for its function."""
    assert hits(tracefunc(functools.partial(functools.partial(plain), 1))) == {"return x + 1": 1}


def test_partialmethod() -> None:
    """A partialmethod is traced, as the class holds it, through the class and bound."""
    for target in (vars(Base)["half"], Base.half, Base().half):
        assert traced(target, Base().half) == {"return x + 2": 1}


def test_wrapped_to_any_depth() -> None:
    """Of a function decorated with wraps, the original is traced and not the wrappers."""
    function: Callable[[int], int] = plain
    for _ in range(50):
        function = noted(function)
    assert hits(tracefunc(function, 1)) == {"return x + 1": 1}
    assert hits(tracefunc(Base().decorated)) == {"return 9": 1}


def test_wrapper_that_hides_nothing() -> None:
    """A wrapper of something that is not written in Python is itself the target."""

    @functools.wraps(len)
    def length(x: str) -> int:
        return len(x) + 1

    @functools.wraps(dict)
    def make(x: int) -> dict[str, int]:
        return {"x": x}

    assert hits(tracefunc(length, "abc")) == {"return len(x) + 1": 1}
    assert hits(tracefunc(make, 1)) == {'return {"x": x}': 1}


def test_wrapper_without_wraps() -> None:
    """A wrapper that does not name its original is the target itself."""

    def wrap(function: Callable[[int], int]) -> Callable[[int], int]:
        def inner(x: int) -> int:
            return function(x) * 2

        return inner

    assert hits(tracefunc(wrap(plain), 1)) == {"return function(x) * 2": 1}


def test_caches() -> None:
    """lru_cache and cache objects stand for their functions."""

    @functools.lru_cache
    def first(x: int) -> int:
        return x - 1

    @functools.cache
    def second(x: int) -> int:
        return x - 2

    assert hits(tracefunc(first, 1)) == {"return x - 1": 1}
    assert hits(tracefunc(second, 1)) == {"return x - 2": 1}
    assert traced(Base.remembered, Base().remembered) == {"return 8": 1}


def test_singledispatch() -> None:
    """A singledispatch function stands for all its implementations."""

    @functools.singledispatch
    def shown(x: object) -> str:
        return "object"

    @shown.register
    def _(x: int) -> str:
        return "int"

    @shown.register(str)
    @noted
    def _(x: str) -> str:
        return "str"

    def use() -> None:
        shown(1), shown("1"), shown(1.0)

    assert traced(shown, use) == {'return "object"': 1, 'return "int"': 1, 'return "str"': 1}


@pytest.mark.parametrize("where", ["namespace", "class", "object"])
def test_singledispatchmethod(where: str) -> None:
    """A singledispatchmethod stands for all its implementations, wherever it was taken from."""
    target = {"namespace": vars(Base)["shown"], "class": Base.shown, "object": Base().shown}[where]

    def use() -> None:
        base = Base()
        base.shown(1), base.shown("1"), base.shown(1.0)

    assert traced(target, use) == {'return "object"': 1, 'return "int"': 1, 'return "str"': 1}


def test_context_managers() -> None:
    """A function under contextmanager or asynccontextmanager is traced."""

    @contextlib.contextmanager
    def opened() -> Iterator[int]:
        yield 1

    @contextlib.asynccontextmanager
    async def opened_later() -> AsyncIterator[int]:
        yield 2

    async def use() -> None:
        with opened():
            pass
        async with opened_later():
            pass

    assert traced(opened, lambda: asyncio.run(use())) == {"yield 1": 1}
    assert traced(opened_later, lambda: asyncio.run(use())) == {"yield 2": 1}


def test_lambdas_on_one_line() -> None:
    """Of several lambdas on a line, nested ones too, the one that was named is traced."""
    first, second, third = lambda x: x + 1, lambda x: x + 2, lambda x: lambda y: x + y
    assert hits(tracefunc(first, 1)) == {"lambda x: x + 1": 1}
    assert hits(tracefunc(second, 1)) == {"lambda x: x + 2": 1}
    inner = third(1)
    assert hits(tracefunc(inner, 1)) == {"lambda y: x + y": 1}
    assert hits(tracefunc(third, 1)) == {"lambda x: lambda y: x + y": 1}


def test_generator_coroutine_and_async_generator_functions() -> None:
    """Functions that make generators, coroutines and async generators are traced."""

    def numbers() -> Iterator[int]:
        yield 1

    async def later() -> int:
        return 2

    async def numbers_later() -> AsyncIterator[int]:
        yield 3

    assert hits(tracefunc(numbers)) == {"yield 1": 1}
    assert hits(tracefunc(later)) == {"return 2": 1}
    assert hits(tracefunc(numbers_later)) == {"yield 3": 1}


def test_class() -> None:
    """A class stands for all functions in its body, without those of nested and base classes."""

    class Derived(Base):
        def own(self) -> int:
            return 11

    assert names(Derived) == ["own"]
    assert sorted(names(Base)) == sorted(
        ["method", "static", "of_class", *["value"] * 3, "cached", "remembered", "decorated", "shown", "_", "_"]
    )

    def use() -> None:
        base = Base()
        base.static(1), base.of_class(1), base.value, base.cached, base.half(), base.decorated(), base.shown(1)

    expected = ["return x + 2", "return x + 3", "return x + 4", "return 5", "return 6", "return 9", 'return "int"']
    assert traced(Base, use) == dict.fromkeys(expected, 1)


def test_class_with_annotations_and_generated_methods() -> None:
    """Of a class whose methods are partly generated, the written ones are traced."""

    @dataclasses.dataclass
    class Point:
        x: int
        y: int = 0

        def total(self) -> int:
            return self.x + self.y

    class Pair(typing.NamedTuple):
        x: int

        def twice(self) -> int:
            return self.x * 2

    class Color(enum.Enum):
        RED = 1

        def shout(self) -> str:
            return self.name + "!"

    class Abstract(abc.ABC):
        @abc.abstractmethod
        def act(self) -> int:
            return 1

    assert traced(Point, lambda: Point(1).total()) == {"return self.x + self.y": 1}
    assert traced(Pair, lambda: Pair(1).twice()) == {"return self.x * 2": 1}
    assert traced(Color, lambda: Color.RED.shout()) == {'return self.name + "!"': 1}
    assert (names(Point), names(Pair), names(Color)) == (["total"], ["twice"], ["shout"])
    assert "_generate_next_value_" in names(enum.Enum)
    assert names(Abstract) == ["act"]


def test_running_a_class() -> None:
    """A class can be run: its `__init__` is traced, and its object is the value."""

    class Thing:
        def __init__(self, x: int) -> None:
            self.x = x

    results = tracefunc(Thing, 3)
    assert hits(results) == {"self.x = x": 1}
    assert results.value.x == 3


def test_callable_object() -> None:
    """An object with a `__call__` in Python, inherited or decorated too, stands for it."""

    class Adder:
        def __call__(self, x: int) -> int:
            return x + 12

    class More(Adder):
        pass

    class Noted:
        @noted
        def __call__(self, x: int) -> int:
            return x + 13

    assert hits(tracefunc(Adder(), 1)) == {"return x + 12": 1}
    assert hits(tracefunc(More(), 1)) == {"return x + 12": 1}
    assert hits(tracefunc(Noted(), 1)) == {"return x + 13": 1}


def test_object_that_makes_up_attributes() -> None:
    """An object that has every attribute one asks for is no reason to fail."""

    class Anything:
        def __getattr__(self, name: str) -> object:
            return self

        def __call__(self) -> int:
            return 14

    assert hits(tracefunc(Anything())) == {"return 14": 1}


def test_decorator_that_is_a_class() -> None:
    """An object that was made like a function by update_wrapper stands for that function."""

    class Counted:
        def __init__(self, function: Callable[..., Any]) -> None:
            functools.update_wrapper(self, function)
            self.function = function

        def __call__(self, *args: int) -> object:
            return self.function(*args)

    assert hits(tracefunc(Counted(plain), 1)) == {"return x + 1": 1}


def make(text: str, filename: str, *, register: bool) -> dict[str, Any]:
    """Run a text as `exec` does and return its namespace; its source may be put into linecache."""
    if register:
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": "made"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace


@pytest.mark.parametrize("filename", ["<made 1>", "<ipython-input-3-abcdef>", str(Path("cells", "123.py"))])
def test_registered_source(filename: str) -> None:
    """Code whose text is registered in linecache is traced: exec, notebook cells."""
    made = make("import os\n\ndef f(x):\n    y = x * 2\n    return y\n", filename, register=True)
    try:
        assert hits(tracefunc(made["f"], 1)) == {"y = x * 2": 1, "return y": 1}
    finally:
        del linecache.cache[filename]


def test_cell_that_was_run_again() -> None:
    """A notebook cell that was edited and run again under a new name is traced by its new text."""
    old = make("def f(x):\n    return x\n", "<cell 1>", register=True)
    new = make("def f(x):\n    x += 1\n    return x\n", "<cell 2>", register=True)
    assert hits(tracefunc(old["f"], 1)) == {"return x": 1}
    assert hits(tracefunc(new["f"], 1)) == {"x += 1": 1, "return x": 1}


def prompt(typed: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a text at the prompt of another process."""
    path = os.pathsep.join([str(Path(tracefunc_package.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHON_BASIC_REPL": "1", "TERM": "dumb", "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-i"], input=typed, capture_output=True, text=True, env=environment, cwd=folder, check=True
    )


@pytest.mark.skipif(sys.version_info < (3, 13), reason="before 3.13, the prompt forgets the text")
def test_prompt(tmp_path: Path) -> None:
    """A function typed at the prompt is traced from 3.13 on."""
    typed = textwrap.dedent("""
        from tracefunc import tracefunc
        def f(x):
            y = x * 2
            return y

        print(*[hits for hits, _ in tracefunc(f, 1)[0][1].values()], *tracefunc(f, 1)[0][1], sep="|")
        g = lambda x: x - 1
        print(list(tracefunc(g, 1)[0][1]))
    """)
    done = prompt(typed, tmp_path)
    assert "1|1|y = x * 2|return y" in done.stdout, done.stdout + done.stderr
    assert "['lambda x: x - 1']" in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="from 3.13 on, the prompt keeps the text")
def test_prompt_without_text(tmp_path: Path) -> None:
    """A function typed at the prompt of 3.12 gives an error that says why."""
    typed = "from tracefunc import tracefunc\ndef f(): return 1\n\ntracefunc(f)\n"
    done = prompt(typed, tmp_path)
    assert "SourceNotFoundError" in done.stderr, done.stderr


MODULE = """
def f(x):
    y = x + 1
    if y > 1:
        y = 2
    return y


def g(x):
    return x
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[[str], types.ModuleType]]:
    """Give a function that imports a text as a module from a file."""
    imported: list[str] = []

    def load(text: str) -> types.ModuleType:
        name = f"edited_{time.time_ns()}"
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[name] = loaded
        imported.append(name)
        spec.loader.exec_module(loaded)
        return loaded

    yield load
    for name in imported:
        del sys.modules[name]


def edit(module: types.ModuleType, text: str) -> None:
    """Write another text into a module's file, later than its import."""
    path = Path(str(module.__file__))
    path.write_text(text, encoding="utf-8")
    later = time.time() + 5
    os.utime(path, (later, later))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y = x + 1", "y = x + 2"),  # the layout stays
        ("y = x + 1", "y = x - 1"),
        ("y = x + 1", "z = x + 1"),
        ("    y = x + 1", "    y = x + 1\n    y = y"),
        ("    y = x + 1\n", ""),
        ("y > 1", "y >= 1"),
    ],
)
def test_edited_file(module: Callable[[str], types.ModuleType], old: str, new: str) -> None:
    """When the file was edited after import, a warning or an error says so, and what to do."""
    loaded = module(MODULE)
    edit(loaded, MODULE.replace(old, new, 1))
    with pytest.warns(SourceChangedWarning, match=r"f: .*edited_.*\.py was edited .*reload") as caught:
        tracefunc(loaded.f, 1)
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize("new", ["\n\n\n" + MODULE, "import os\n" + MODULE, MODULE.split("def g")[1], "", "x = ("])
def test_file_whose_lines_moved(module: Callable[[str], types.ModuleType], new: str) -> None:
    """When lines of an edited file have moved, no trace with wrong snippets comes without a warning."""
    loaded = module(MODULE)
    edit(loaded, new)
    with pytest.raises((SourceNotFoundError, SourceChangedWarning), match=r"edit.*again|no source text"):
        tracefunc(loaded.f, 1)


def test_edit_elsewhere_in_the_file(module: Callable[[str], types.ModuleType]) -> None:
    """An edit below the function does not matter."""
    loaded = module(MODULE)
    edit(loaded, MODULE.replace("    return x\n", "    return x + 100\n"))
    assert hits(tracefunc(loaded.f, 1)) == {"y = x + 1": 1, "if y > 1:": 1, "y = 2": 1, "return y": 1}


def test_touched_file(module: Callable[[str], types.ModuleType]) -> None:
    """A file that was saved again with the same text gives no warning."""
    loaded = module(MODULE)
    edit(loaded, MODULE)
    assert hits(tracefunc(loaded.f, 0)) == {"y = x + 1": 1, "if y > 1:": 1, "return y": 1}


def test_reloaded_module(module: Callable[[str], types.ModuleType]) -> None:
    """After a reload, the new text is traced without a warning."""
    loaded = module(MODULE)
    edit(loaded, MODULE.replace("y = x + 1", "y = x + 2; z = 3"))
    importlib.invalidate_caches()
    spec = loaded.__spec__
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(loaded)
    assert list(hits(tracefunc(loaded.f, 0)))[:2] == ["y = x + 2", "z = 3"]


def asserting(x: int) -> int:
    assert x > 0, "positive"
    y = [x for _ in range(2)]
    assert isinstance(y, list)
    return len(y)


def test_rewritten_asserts() -> None:
    """A function whose asserts pytest has rewritten is traced by its text, without a warning."""
    assert hits(tracefunc(asserting, 3)) == {
        'assert x > 0, "positive"': 1,
        "y = [x for _ in range(2)]": 1,
        "[x for _ in range(2)]": 2,
        "assert isinstance(y, list)": 1,
        "return len(y)": 1,
    }


def test_rewritten_assert_that_fails() -> None:
    """A rewritten assert that fails keeps its hit and its message."""
    results = tracefunc(asserting, 0)
    assert hits(results) == {'assert x > 0, "positive"': 1}
    assert isinstance(results.exc, AssertionError)
    assert "positive" in str(results.exc)


class Empty:
    """No function in here."""

    size = 3


class Wrong:
    """Its only function has no source."""

    method = eval("lambda self: 1")


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (len, "len"),
        ([].append, "append"),
        (str.upper, "upper"),
        (dict.fromkeys, "fromkeys"),
        (3, "int"),
        (None, "NoneType"),
        (Empty, "Empty"),
        (int, "int"),
        (Empty(), "Empty"),
        (object(), "object"),
        (functools.partial(len, "abc"), "partial"),
        ([len, len], r"Tracer(*targets)"),
        (collections.OrderedDict.__init__, "__init__"),
    ],
)
def test_what_holds_no_function(target: object, named: str) -> None:
    """What holds no Python function gives an error that names it, says why and what to do."""
    with pytest.raises(NotTraceableError) as caught:
        Tracer(target)
    message = str(caught.value)
    assert named in message
    assert "pass" in message.lower() or "trace the" in message
    assert isinstance(caught.value, TraceError)
    assert isinstance(caught.value, TypeError)


def test_run_of_what_cannot_be_called() -> None:
    """tracefunc of an object that cannot be called names it and shows the other way."""
    with pytest.raises(NotTraceableError, match=r"'property'.*target_func"):
        tracefunc(Base.value)  # type: ignore[arg-type]
    with pytest.raises(NotTraceableError, match="'int'"):
        tracefunc(3)  # type: ignore[arg-type]


def test_run_with_what_holds_no_function() -> None:
    """tracefunc of a C function, or with one as the target, is an error before anything runs."""
    ran = []
    with pytest.raises(NotTraceableError, match="len"):
        tracefunc(len, "abc")
    with pytest.raises(NotTraceableError, match="len"):
        tracefunc(lambda: ran.append(1), target_func=len)
    assert not ran


def test_code_without_source() -> None:
    """A function from exec without a registered text is an error that shows how to register it."""
    made = make("def f():\n    return 1\n", "<made nowhere>", register=False)
    with pytest.raises(SourceNotFoundError, match=r"f: no source text for '<made nowhere>'.*linecache\.cache"):
        tracefunc(made["f"])
    with pytest.raises(SourceNotFoundError, match="no source text"):
        Tracer(Wrong)


def test_wrong_file() -> None:
    """Code that claims to come from a file which defines no such function is an error that names both."""
    made = make("\n" * 20 + "def not_there():\n    return 1\n", linecache.__file__, register=False)
    with pytest.raises(SourceNotFoundError, match=r"not_there"):
        tracefunc(made["not_there"])


def test_missing_file(tmp_path: Path) -> None:
    """Code whose file is gone is an error that names the file."""
    path = tmp_path / "gone.py"
    made = make("def f():\n    return 1\n", str(path), register=False)
    with pytest.raises(SourceNotFoundError, match=r"gone\.py"):
        tracefunc(made["f"])


def test_bad_target_among_good_ones() -> None:
    """One target that cannot be traced is an error, also among others."""
    with pytest.raises(NotTraceableError, match="len"):
        Tracer(plain, len)
    with pytest.raises(TraceError, match="at least one"):
        Tracer().start()


def test_mock() -> None:
    """A Mock, which answers to every name, is an error or traced, but never fails in another way."""
    with contextlib.suppress(TraceError):
        Tracer(mock.Mock())


def test_functions_are_told_apart_by_identity() -> None:
    """Two functions with equal code are two targets."""
    first, second = (lambda x: x), (lambda x: x)
    with Tracer(first, second, first) as tracer:
        first(1), second(1), second(2)
    assert [function.calls for function in tracer.trace().functions] == [1, 2]


def test_one_code_under_two_names() -> None:
    """Two closures of one `def` share their code: a target is the code, so calls of both are counted."""

    def maker(k: int) -> Callable[[int], int]:
        def inner(x: int) -> int:
            return x + k

        return inner

    first, second = maker(1), maker(2)
    with Tracer(first) as tracer:
        first(1), second(1)
    assert tracer.trace().functions[0].calls == 2
