"""Targets by name: what strings and modules mean, now and once it appears."""

from __future__ import annotations

import importlib
import importlib.util
import json
import json.decoder
import linecache
import os
import signal
import subprocess
import sys
import textwrap
import threading
import types
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tracefunc as tracefunc_package
from tracefunc import (
    NoToolIdError,
    NotTraceableError,
    SourceNotFoundError,
    Trace,
    TraceError,
    Tracer,
    TraceWarning,
    tracefunc,
)
from tracefunc._patterns import codes_in, parse_pattern

ORDERS = """\
import json

CALLS = []


def note(text):
    CALLS.append(text)
    return text


def total(items):
    def add(item):
        return item * 2

    return sum(add(item) for item in items)


class Order:
    def __init__(self, items):
        self.items = items

    @property
    def total(self):
        return total(self.items)

    @classmethod
    def empty(cls):
        return cls([])

    class Line:
        def text(self):
            return "line"


note("imported")
"""


class World:
    """A folder of packages that can be imported while a test runs."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        importlib.invalidate_caches()
        return file

    def load(self, name: str) -> Any:
        return importlib.import_module(name)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Packages `shop` (with `orders`, `cart` and `deep.inner`) and `shopping`; gone from sys.modules afterwards."""
    made = World(tmp_path)
    made.write("shop/__init__.py", "def welcome():\n    return 'hi'\n")
    made.write("shop/orders.py", ORDERS)
    made.write(
        "shop/cart.py", "from shop.orders import total as add_up\n\n\ndef put(items):\n    return add_up(items)\n"
    )
    made.write("shop/deep/__init__.py")
    made.write("shop/deep/inner.py", "def dig():\n    return 1\n")
    made.write("shopping.py", "def go():\n    return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield made
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("shop", "shopping", "late", "alias"):
            del sys.modules[name]


def calls(trace: Trace) -> dict[str, int]:
    """The number of calls of each function of a trace."""
    return {f"{function.module}:{function.qualname}": function.calls for function in trace.functions}


def traced(target: object, act: Callable[[], object]) -> dict[str, int]:
    with Tracer(target) as tracer:
        act()
    return calls(tracer.trace())


# What is there already


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("shop.orders:total", {"shop.orders:total": 3}),
        ("shop.orders.total", {"shop.orders:total": 3}),
        ("shop.orders:Order.__init__", {"shop.orders:Order.__init__": 2}),
        ("shop.orders:Order.total", {"shop.orders:Order.total": 1}),
        ("shop.orders.Order.empty", {"shop.orders:Order.empty": 1}),
        (
            "shop.orders:Order",
            {"shop.orders:Order.__init__": 2, "shop.orders:Order.total": 1, "shop.orders:Order.empty": 1},
        ),
        (
            "shop.orders.Order",
            {"shop.orders:Order.__init__": 2, "shop.orders:Order.total": 1, "shop.orders:Order.empty": 1},
        ),
        ("shop.orders:Order.Line.text", {"shop.orders:Order.Line.text": 1}),
        ("shop.orders:total.<locals>.add", {"shop.orders:total.<locals>.add": 4}),
        ("shop.orders:t*", {"shop.orders:total": 3}),
        ("shop.orders:Order.*t*", {"shop.orders:Order.__init__": 2, "shop.orders:Order.total": 1,
                                   "shop.orders:Order.empty": 1, "shop.orders:Order.Line.text": 1}),
        ("shop.orders:[nt]*", {"shop.orders:total": 3, "shop.orders:note": 1}),
        ("shop:*", {"shop:welcome": 1}),
        ("shop.cart:add_up", {"shop.orders:total": 3}),
        ("shop.cart", {"shop.cart:put": 1}),
        ("shop.deep.*", {"shop.deep.inner:dig": 1}),
        ("shop.deep", {"shop.deep.inner:dig": 1}),
        ("shop.d*:d*", {"shop.deep.inner:dig": 1}),
        ("shop/orders.py:total", {"shop.orders:total": 3}),
        ("orders.py:Order.total", {"shop.orders:Order.total": 1}),
        ("orders.py::Order::total", {"shop.orders:Order.total": 1}),
        ("shop/deep/*.py", {"shop.deep.inner:dig": 1}),
        ("shop/deep/inner.py", {"shop.deep.inner:dig": 1}),
        ("./shop/deep/inner.py:*", {"shop.deep.inner:dig": 1}),
        ("shop/orders.py:11", {"shop.orders:total": 3}),
        ("shop/orders.py:15", {"shop.orders:total": 3}),
        ("shop/orders.py:13", {"shop.orders:total.<locals>.add": 4}),
        ("shop/orders.py:22", {"shop.orders:Order.total": 1}),
    ],
)  # fmt: skip
def test_names_of_what_is_imported(world: World, target: str, expected: dict[str, int]) -> None:
    """A string means the functions that it names, each counted exactly."""
    orders, cart, inner = world.load("shop.orders"), world.load("shop.cart"), world.load("shop.deep.inner")
    shop = world.load("shop")

    def act() -> None:
        assert orders.Order([1, 2]).total == 6
        assert cart.put([1, 2]) == 6
        assert orders.total([]) == 0
        orders.Order.empty(), orders.note("x"), shop.welcome(), inner.dig(), orders.Order.Line().text()

    with Tracer(target) as tracer:
        act()
    found = calls(tracer.trace())
    if "<locals>" in "".join(expected):
        assert {name: count for name, count in found.items() if count} == expected
    else:
        assert found == expected


def test_whole_packages(world: World) -> None:
    """A package is all its modules, its own file too, whether named, globbed or passed; not what it imports."""
    shop, orders = world.load("shop"), world.load("shop.orders")
    world.load("shopping")
    expected = {"shop:welcome": 1, "shop.orders:note": 1, "shop.deep.inner:dig": 1, "shopping:go": 0}

    def act() -> None:
        shop.welcome()
        orders.note("x")
        world.load("shop.deep.inner").dig()
        world.load("shopping").go()
        orders.json.dumps([1])

    for target in ("shop", "shop.*", shop):
        sys.modules.pop("shop.deep.inner", None)
        assert traced(target, act) == {name: count for name, count in expected.items() if count}


def test_a_module_is_the_functions_in_it(world: World) -> None:
    """A module that is passed means what its name means, what comes later included."""
    orders = world.load("shop.orders")

    def act() -> None:
        orders.note("x")
        source = "def later():\n    return 1\n"
        linecache.cache["<later>"] = (len(source), None, source.splitlines(True), "<later>")  # type: ignore[assignment]
        exec(compile(source, "<later>", "exec"), vars(orders))
        orders.later()

    assert traced(orders, act) == {"shop.orders:note": 1, "shop.orders:later": 1}


def test_a_module_that_is_not_in_sys_modules(world: World) -> None:
    """A module that was loaded by hand means the functions in it."""
    spec = importlib.util.spec_from_file_location("by_hand", world.root / "shop" / "orders.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with Tracer(module) as tracer:
        module.note("x")
    assert tracer.trace().functions[0].module == "by_hand"
    assert calls(tracer.trace())["by_hand:note"] == 1


def test_named_functions_are_listed_without_a_call(world: World) -> None:
    """What is named by itself is in the trace, called or not; of a module, a package or a glob only what was called."""
    world.load("shop.orders")
    assert traced("shop.orders:note", lambda: None) == {"shop.orders:note": 0}
    assert len(traced("shop.orders:Order", lambda: None)) == 3
    for target in ("shop.orders", "shop.orders:*", "shop.*", "*.note"):
        assert traced(target, lambda: None) == {}


def test_the_standard_library_when_named() -> None:
    """The standard library is traced when named."""
    assert traced("json.decoder:JSONDecoder.decode", lambda: json.loads("[1]")) == {
        "json.decoder:JSONDecoder.decode": 1
    }
    assert "json.decoder:JSONDecoder.raw_decode" in traced("json.*", lambda: json.loads("[1]"))


def test_only_own_code_unless_named(world: World) -> None:
    """A glob that spells no module out leaves out the standard library and installed packages."""
    orders = world.load("shop.orders")
    world.write("site-packages/shop_installed.py", "def go():\n    return 1\n")
    sys.path.insert(0, str(world.root / "site-packages"))
    try:
        installed = world.load("shop_installed")
    finally:
        sys.path.pop(0)

    def act() -> None:
        json.loads(orders.note("[1]"))
        installed.go()

    modules = {name.partition(":")[0] for name in traced("*", act)}
    assert modules == {"shop.orders", __name__}
    assert set(traced("s*", act)) == {"shop.orders:note"}
    assert set(traced("shop_installed:go", act)) == {"shop_installed:go"}
    assert set(traced("[sj]*", act)) == {"shop.orders:note"}
    del sys.modules["shop_installed"]


def test_the_program_that_runs(world: World) -> None:
    """A module that runs by -m is found by its own name and as __main__."""
    world.write(
        "shop/__main__.py",
        """
        import sys
        from tracefunc import Tracer

        def main():
            return 1

        if __name__ == "__main__":
            for target in sys.argv[1:]:
                with Tracer(target) as tracer:
                    main()
                print([function.calls for function in tracer.trace().functions])
        """,
    )
    result = run_python(world, "-m", "shop", "__main__:main", "shop:main", "shop.*", "__main__.py:main", "*")
    assert result.stdout == "[1]\n" * 5, result.stderr
    (world.root / "shop" / "__main__.py").rename(world.root / "script.py")
    result = run_python(world, "script.py", "__main__:main", "script:main", "script.*", "script.py:main", "*")
    assert result.stdout == "[1]\n" * 5, result.stderr


def test_modules_that_load_on_demand_stay_unloaded(world: World) -> None:
    """Looking for a target does not load a module that would load at the first use."""
    world.write("late.py", "def go():\n    return 1\n\n\ngo()\n")
    spec = importlib.util.find_spec("late")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    late: Any = importlib.util.module_from_spec(spec)
    sys.modules["late"] = late
    assert spec.loader is not None
    spec.loader.exec_module(late)
    with Tracer("late:go") as tracer:
        assert "go" not in object.__getattribute__(late, "__dict__")
        late.go()
    assert calls(tracer.trace()) == {"late:go": 2}


def run_python(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    search = [str(Path(tracefunc_package.__file__).parents[1]), str(world.root), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(search)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False, cwd=world.root
    )


# What appears later


@pytest.mark.parametrize(
    "target",
    [
        "shop.orders:note",
        "shop.orders.note",
        "shop.orders:n*",
        "shop.orders:*",
        "shop.orders",
        "shop.*",
        "shop",
        "shop/orders.py:note",
        "shop/orders.py:7",
        "*.note",
        "*",
    ],
)
def test_what_is_not_imported_yet(world: World, target: str) -> None:
    """A string may name what is imported later: calls during the import itself are traced, too."""
    with Tracer(target) as tracer:
        orders = world.load("shop.orders")
        orders.note("x")
    trace = tracer.trace()
    assert calls(trace)["shop.orders:note"] == 2
    note = next(function for function in trace.functions if function.name == "note")
    assert [trace.hits[index] for index in note.statements] == [2, 2]
    assert [call.arguments["text"].text for call in trace.calls if call.function == note.id] == ["'imported'", "'x'"]
    assert not trace.notes


def test_a_tracer_for_the_future_is_used_again(world: World) -> None:
    """A tracer whose target appears later finds it in its next session as well."""
    tracer = Tracer("shop.orders:note")
    with tracer:
        orders = world.load("shop.orders")
    with tracer:
        orders.note("x")
    assert calls(tracer.trace()) == {"shop.orders:note": 1}
    with tracer:
        pass
    assert calls(tracer.trace()) == {"shop.orders:note": 0}


def test_names_for_functions_from_elsewhere(world: World) -> None:
    """A name in a module may stand for a function that is defined in another, also when both appear later."""
    assert traced("shop.cart:add_up", lambda: world.load("shop.cart").put([1])) == {"shop.orders:total": 1}


def test_decorated_functions_that_appear_later(world: World) -> None:
    """The function under a decorator is found, whatever the decorator makes of it."""
    world.write(
        "late.py",
        """
        import functools

        VIEWS = {}

        def route(function):
            VIEWS["/"] = function
            return "no function"

        @functools.lru_cache
        def cached():
            return 1

        @route
        def view():
            return 2
        """,
    )

    def act() -> None:
        late = world.load("late")
        late.cached(), late.cached(), late.VIEWS["/"]()

    assert traced("late:view", act) == {"late:view": 1}
    del sys.modules["late"]
    assert traced("late:*", act) == {"late:route": 1, "late:view": 1, "late:cached": 1}
    assert traced("late:view", act) == {"late:view": 1}


def test_functions_inside_objects_of_their_name(world: World) -> None:
    """The function that a decorator put into an object, as it is with commands and tasks, goes by the object's name."""
    world.write(
        "late.py",
        """
        class Command:
            def __init__(self, callback):
                self.callback = callback

            def __call__(self):
                return self.callback()

        @Command
        def main():
            return 1
        """,
    )
    late = world.load("late")
    assert traced("late:main", late.main) == {"late:main": 1}
    del sys.modules["late"]
    assert traced("late:main", lambda: world.load("late").main()) == {"late:main": 1}


def test_reloaded_modules(world: World) -> None:
    """The functions of a module that is reloaded are traced, those from before too."""
    orders = world.load("shop.orders")
    with Tracer("shop.orders:note") as tracer:
        orders.note("x")
        old = orders.note
        world.write("shop/orders.py", ORDERS.replace("return text", "return text + '!'"))
        linecache.checkcache()
        importlib.reload(orders)
        assert orders.note("y") == "y!"
        old("z")
    trace = tracer.trace()
    assert [function.calls for function in trace.functions] == [2, 2]
    assert "return text + '!'" in trace.functions[1].source


def test_code_of_exec(world: World) -> None:
    """What `exec` makes under a file's name, or in a module, is found."""
    orders = world.load("shop.orders")
    text = (world.root / "shop" / "orders.py").read_text(encoding="utf-8")

    def act() -> None:
        space: dict[str, Any] = {"__name__": "elsewhere"}
        exec(compile(text, str(world.root / "shop" / "orders.py"), "exec"), space)
        space["note"]("x")

    assert traced("shop/orders.py:note", act) == {"shop.orders:note": 0, "elsewhere:note": 2}
    assert traced("elsewhere:note", act) == {"elsewhere:note": 2}
    assert orders.CALLS == ["imported"]


def test_functions_made_one_by_one(world: World) -> None:
    """Functions made from code objects alone are found when they start."""
    orders = world.load("shop.orders")
    code = next(code for code in codes_in(compile(ORDERS, orders.__file__, "exec")) if code.co_name == "note")

    def act() -> None:
        types.FunctionType(code, vars(orders))("x")

    assert traced("shop.orders:n*", act) == {"shop.orders:note": 1}


def test_nested_functions_belong_to_the_function_around_them(world: World) -> None:
    """A nested function that outlived its maker's call is its maker's, unless it is called outside."""
    world.write(
        "late.py",
        """
        def make():
            def inner():
                return 1
            inner()
            return inner
        """,
    )
    late = world.load("late")
    old = late.make()

    def act() -> None:
        old()
        late.make()

    with Tracer("late.*") as tracer:
        act()
    assert calls(tracer.trace()) == {"late:make": 1, "late:make.<locals>.inner": 1}
    assert [tracer.trace().hits[index] for index in tracer.trace().functions[1].statements] == [2]


def test_functions_without_statements(world: World) -> None:
    """The first call of a function counts, even if it has no statement."""
    world.write("late.py", 'def empty():\n    "Nothing."\n\n\ndef one(): return 1\n')

    def act() -> None:
        late = world.load("late")
        late.empty(), late.empty(), late.one()

    assert traced("late:*", act) == {"late:empty": 2, "late:one": 1}
    assert traced("late:*", act) == {"late:empty": 2, "late:one": 1}


def test_functions_that_run_already(world: World) -> None:
    """Functions on the stack, and generators that wait, are met where they are."""
    world.write(
        "late.py",
        """
        def numbers():
            yield 1
            yield 2

        def around(act):
            act()
            return 3
        """,
    )
    late = world.load("late")
    generator = late.numbers()
    next(generator)
    tracer = Tracer("late.*")
    late.around(tracer.start)
    assert list(generator) == [2]
    trace = tracer.stop()
    assert {function.name for function in trace.functions} == {"numbers", "around"}
    hit = [trace.statements[index].snippet for index, hits in enumerate(trace.hits) if hits]
    assert hit == ["return 3", "yield 2"]


def test_threads_that_import(world: World) -> None:
    """What several threads import and call at the same time is counted exactly."""
    barrier = threading.Barrier(4, timeout=60)

    def work() -> None:
        barrier.wait()
        note = world.load("shop.orders").note
        for _ in range(100):
            note("x")

    with Tracer("shop.*") as tracer:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert calls(tracer.trace())["shop.orders:note"] == 401


@pytest.mark.parametrize("taken", [(), (5,), (3, 4, 5)])
def test_sessions_with_different_names_at_once(world: World, taken: tuple[int, ...]) -> None:
    """Sessions that begin and end at different times find what is theirs, whichever tool ids are free."""
    orders = world.load("shop.orders")
    orders.note("before")
    for tool in taken:
        sys.monitoring.use_tool_id(tool, "another")
    try:
        one, two = Tracer("shop.orders:n*"), Tracer("shop.*")
        one.start()
        orders.note("x"), orders.total([1])
        two.start()
        orders.note("y"), orders.total([1])
        one.stop()
        orders.note("z"), orders.total([1])
        two.stop()
    finally:
        for tool in taken:
            sys.monitoring.free_tool_id(tool)
    assert calls(one.trace()) == {"shop.orders:note": 2}
    assert calls(two.trace()) == {"shop.orders:note": 2, "shop.orders:total": 2}
    three = Tracer("shop.orders:t*")
    three.run(orders.total, [1])
    assert calls(three.trace()) == {"shop.orders:total": 1}


def test_no_tool_id_to_look_with() -> None:
    """When a second tool id is not to be had, the error says who holds them, and nothing stays behind."""
    for tool in (0, 1, 2, 3, 5):
        sys.monitoring.use_tool_id(tool, "another")
    try:
        with pytest.raises(NoToolIdError, match="5: another"):
            Tracer("json.*").start()
        assert sys.monitoring.get_tool(4) is None
    finally:
        for tool in (0, 1, 2, 3, 5):
            sys.monitoring.free_tool_id(tool)


def test_modules_in_archives(world: World) -> None:
    """Modules that do not come from files of their own are found as well."""
    archive = world.root / "late.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("late.py", "def go():\n    return 1\n\n\ngo()\n")
    sys.path.insert(0, str(archive))
    try:
        assert traced("late:go", lambda: world.load("late")) == {"late:go": 1}
    finally:
        sys.path.remove(str(archive))


def test_deep_recursion_at_the_first_call(world: World) -> None:
    """A function that is found near the recursion limit is traced, and the program does not notice."""
    world.write("late.py", "def leaf():\n    return 1\n")
    late = world.load("late")
    world.write("late.py", "def leaf():\n    return 1\n")

    def down(n: int) -> int:
        return down(n - 1) if n else late.leaf()

    def deepest() -> int:
        low, high = 1, sys.getrecursionlimit()
        while high - low > 1:
            middle = (low + high) // 2
            try:
                down(middle)
                low = middle
            except RecursionError:
                high = middle
        return low

    depth = deepest() - 40  # a callback needs stack of its own
    with Tracer("late.*") as tracer:
        down(depth)
    assert calls(tracer.trace()) == {"late:leaf": 1}
    assert not tracer.trace().notes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_a_fork(world: World) -> None:
    """The child of a fork goes on to find what it imports, and its parent what the parent does."""
    world.write(
        "forks.py",
        """
        import importlib, os, sys
        from tracefunc import Tracer

        tracer = Tracer("shop.*").start()
        child = os.fork()
        orders = importlib.import_module("shop.orders")
        if child:
            os.waitpid(child, 0)
            orders.note("x")
        trace = tracer.stop()
        print(bool(child), sorted((function.qualname, function.calls) for function in trace.functions), flush=True)
        if not child:
            os._exit(0)
        """,
    )
    result = run_python(world, "forks.py")
    assert result.stdout == "False [('note', 1)]\nTrue [('note', 2)]\n", result.stderr
    assert result.stderr == ""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
def test_an_exception_from_a_signal_handler(world: World) -> None:
    """A KeyboardInterrupt at any moment of a session goes to the program, and all is undone once the tracer is gone."""
    world.write(
        "interrupted.py",
        """
        import gc, json, random, signal, sys, textwrap, warnings
        from tracefunc import Tracer

        warnings.simplefilter("ignore")
        may_raise = False

        def handler(number, frame):
            if may_raise:
                raise KeyboardInterrupt

        def session():
            global may_raise
            tracer = Tracer("json.*", "textwrap:*", "nothing:here")
            try:
                may_raise = True
                with tracer:
                    for _ in range(3):
                        json.dumps(json.loads("[1]"))
                        textwrap.fill("a b c")
                may_raise = False
            finally:
                may_raise = False

        signal.signal(signal.SIGALRM, handler)
        for _ in range(int(sys.argv[1])):
            signal.setitimer(signal.ITIMER_REAL, random.random() * 0.06 + 1e-6)
            try:
                session()
            except KeyboardInterrupt:
                pass
            may_raise = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            gc.collect()
            assert not any(map(sys.monitoring.get_tool, range(6)))
        with Tracer("json:loads") as tracer:
            json.loads("[1]")
        print(tracer.trace().functions[0].calls)
        """,
    )
    result = run_python(world, "interrupted.py", "60")
    assert result.stdout == "1\n", result.stderr


def test_a_target_of_tracefunc(world: World) -> None:
    """`tracefunc` takes names, too."""
    results = tracefunc(lambda: world.load("shop.orders").total([1, 2]), target_func="shop.orders:total")
    assert results.value == 6
    assert results[0][1]["return sum(add(item) for item in items)"][0] == 1


def test_nothing_is_left_behind(world: World) -> None:
    """After a session, imports and code run as before it: no hook, no tool id, no event."""
    before = [list(sys.meta_path), list(sys.path_hooks), sys.getprofile(), sys.gettrace()]
    with Tracer("shop.*"):
        orders = world.load("shop.orders")
        assert orders.__spec__.loader.__class__.__name__ == "SourceFileLoader"
        assert [list(sys.meta_path), list(sys.path_hooks), sys.getprofile(), sys.gettrace()] == before
    assert not any("tracefunc" in (sys.monitoring.get_tool(tool) or "") for tool in range(6))
    for tool in range(6):
        if sys.monitoring.get_tool(tool) is None:
            sys.monitoring.use_tool_id(tool, "look")
            try:
                assert sys.monitoring.get_events(tool) == 0
                assert sys.monitoring.get_local_events(tool, orders.note.__code__) == 0
            finally:
                sys.monitoring.free_tool_id(tool)


# What cannot be traced


def test_a_name_of_what_cannot_be_traced() -> None:
    """A name that stands for something without Python code is an error at once."""
    for target in ("math:sqrt", "math.sqrt", "json.decoder:c_scanstring"):
        with pytest.raises(NotTraceableError, match="not written in Python") as caught:
            Tracer(target)
        assert repr(target) in str(caught.value)


def test_a_name_of_a_function_without_source(world: World) -> None:
    """A function named alone whose source is gone is an error; in a module it is left out."""
    orders = world.load("shop.orders")
    exec("def ghost():\n    return 1\n", vars(orders))
    with pytest.raises(SourceNotFoundError, match="ghost"):
        Tracer("shop.orders:ghost")
    assert traced("shop.orders:*", lambda: (orders.ghost(), orders.note("x"))) == {"shop.orders:note": 1}


def test_a_class_with_functions_without_source(world: World) -> None:
    """Functions of a class that have no source are left out as long as others have one."""
    orders = world.load("shop.orders")
    space: dict[str, Any] = {"__name__": "shop.orders"}
    exec("def ghost(self):\n    return 1\n", space)
    orders.Order.ghost = space["ghost"]
    assert traced(orders.Order, lambda: orders.Order([]).ghost())["shop.orders:Order.__init__"] == 1
    assert traced("shop.orders:Order", lambda: orders.Order([]).ghost())["shop.orders:Order.__init__"] == 1


def test_only_functions_without_source(world: World) -> None:
    """A glob that finds nothing but functions without a source says so at the end."""
    module = types.ModuleType("late")
    sys.modules["late"] = module
    exec("def ghost():\n    return 1\n", vars(module))
    with pytest.warns(TraceWarning, match=r"late:\*.*ghost.*no source"), Tracer("late:*"):
        module.ghost()


# What was not found


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("shop.ordres:note", r"no module 'shop.ordres' was imported; did you mean 'shop.orders:note'\?"),
        ("shop.orders:nite", r"'shop.orders' has no such function; did you mean 'shop.orders:note'"),
        ("shop.orders:Ordr", r"did you mean 'shop.orders:Order'"),
        ("shop.orders.nite", r"'shop.orders' has nothing of that name; did you mean 'shop.orders.note'"),
        ("shopp.orders.note", r"no module 'shopp' was imported"),
        ("shop.orders:x*", r"'shop.orders' has no such function"),
        ("shoop.*", r"no function has such a name; did you mean 'shop.\*'"),
        ("*.nothing_like_it", "no function of your own code has such a name"),
        ("shop/ordres.py:note", r"no such file.*did you mean '.*orders.py:note'"),
        ("orders.py:nite", r"that file has no such function; did you mean 'orders.py:note'\?"),
        ("orders.py:add", r"did you mean 'orders.py:total.<locals>.add'\?"),
        ("shop.orders:add", r"did you mean 'shop.orders:total.<locals>.add'\?"),
        ("orders.py:4", r"no function is around that line, the nearest are note in lines 6 to 8"),
        ("note", "no module 'note' was imported"),
        ("shop.empty", "'shop' has nothing of that name"),
        ("math", "it has no function with a source"),
        ("math.*", "it has no function with a source"),
    ],
)
def test_near_misses(world: World, target: str, message: str) -> None:
    """A string that matched nothing by the end is reported with what is nearly called so, and noted in the trace."""
    world.load("shop.orders")
    tracer = Tracer(target)
    with pytest.warns(TraceWarning, match=message) as caught, tracer:
        pass
    assert caught[0].filename == __file__
    assert tracer.trace().notes == (str(caught[0].message),)
    assert repr(target) in tracer.trace().notes[0]


def test_one_of_several_targets_that_was_not_found(world: World) -> None:
    """What the other targets found is traced; each that found nothing is reported."""
    orders = world.load("shop.orders")
    tracer = Tracer(orders.note, "shop.orders:total", "shop.orders:nope", "nope.*")
    with pytest.warns(TraceWarning) as caught, tracer:
        orders.note("x")
    assert len(caught) == 2
    assert calls(tracer.trace()) == {"shop.orders:note": 1, "shop.orders:total": 0}


def test_a_file_that_has_not_run(world: World) -> None:
    """A file that exists but did not run is told from one that does not exist."""
    path = world.root / "shop" / "orders.py"
    with pytest.warns(TraceWarning, match="has not run"), Tracer(f"{path}:note"):
        pass


def test_no_report_while_the_session_runs(world: World) -> None:
    """A trace that is taken meanwhile says nothing of targets that may still appear."""
    with Tracer("shop.orders:note") as tracer:
        assert tracer.trace().notes == ()
        world.load("shop.orders")
    assert tracer.trace().notes == ()


def test_a_name_that_was_found_is_not_reported(world: World) -> None:
    """What exists but was never called is no near miss."""
    world.load("shop.orders")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for target in ("shop.orders:note", "shop.*", "shop/orders.py:13", "shop.orders:Order.Line"):
            assert sum(traced(target, lambda: None).values()) == 0


# Strings that name nothing


@pytest.mark.parametrize(
    "text",
    ["", "  ", ":", ":f", "mod:", "mod: f", "my mod:f", "mod:f:g", "..mod:f", ".mod", "mod.", "app.py:0", "app.py:",
     "app.py:f g", "src/app:f", "a-b c"],
)  # fmt: skip
def test_strings_that_name_nothing(text: str) -> None:
    """A string that cannot be a name is an error that shows what one looks like."""
    with pytest.raises(TraceError, match="target") as caught:
        Tracer(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mypkg", (None, None, None)),
        ("mypkg.orders:Order.total", ("Order.total", None, None)),
        ("src/app.py", ("*", "src/app.py", None)),
        ("src/app.py:120", (None, "src/app.py", 120)),
        ("src/my app.py:handler", ("handler", "src/my app.py", None)),
        ("tests/test_app.py::TestApp::test_it", ("TestApp.test_it", "tests/test_app.py", None)),
        ("C:\\src\\app.py:handler", ("handler", "C:\\src\\app.py", None)),
        ("/abs/app.py:make.<locals>.<lambda>", ("make.<locals>.<lambda>", "/abs/app.py", None)),
    ],
)
def test_parts_of_a_string(text: str, expected: tuple[str | None, str | None, int | None]) -> None:
    """A string is read as a path as soon as it has a file that ends with .py, else as a name."""
    pattern = parse_pattern(text)
    assert (pattern.name, pattern.path, pattern.line) == expected


def test_the_function_around_a_line(world: World) -> None:
    """The function around a line is the innermost `def`, from its decorators to its last line, code or not."""
    world.write(
        "late.py",
        """\
        import functools


        @functools.cache
        def cached(
            n=1,
        ):

            # nothing
            return [i for i in range(n)]  # 10


        key = lambda x: (
            x
        )


        class Some:
            size = 3

            def method(self):
                return sorted([1], key=lambda x: x)

            async def last(self):
                "Only words,
                on two lines."


        def end(): pass
        """.replace('"Only words,\n                on two lines."', '"""Only words,\n                on two lines."""'),
    )
    late = world.load("late")
    assert late.cached() == [0]
    expected = dict.fromkeys(range(4, 11), "cached")
    expected |= dict.fromkeys((13, 14, 15), "<lambda>") | dict.fromkeys((21, 22), "Some.method")
    expected |= dict.fromkeys((24, 25, 26), "Some.last") | {29: "end"}
    found: dict[int, str] = {}
    for line in range(1, 30):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TraceWarning)
            for name in traced(f"late.py:{line}", lambda: None):
                found[line] = name.partition(":")[2]
    assert found == expected
