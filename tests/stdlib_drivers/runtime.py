"""Drivers for modules about programs: functions, classes, tasks, command lines."""

# ruff: noqa: B023  (the functions made in loops are called before the loop goes on)

import asyncio
import contextlib
import io
from collections.abc import Iterator
from typing import Any

from tests.stdlib_drivers.registry import attempts, driver


@driver("argparse")
def argparse(m: Any) -> object:
    parser = m.ArgumentParser("prog", description="text " * 20, epilog="end", exit_on_error=False)
    parser.add_argument("files", nargs="*", type=int, help="%(default)s numbers")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    parser.add_argument("--level", choices=["a", "b"], default="a", metavar="L")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-x", action="store_true")
    group.add_argument("-y", action="store_const", const=5)
    parser.add_argument("--flag", action=m.BooleanOptionalAction, default=False)
    subs = m.ArgumentParser("subs", exit_on_error=False)
    commands = subs.add_subparsers(dest="command", required=True)
    commands.add_parser("run", aliases=["r"]).add_argument("-n", type=int)

    def parse(parser: Any, *words: str) -> object:
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                return sorted(vars(parser.parse_args(words)).items())
            except SystemExit as error:
                return error.code

    lines = [
        [],
        ["1", "2", "-vv", "--level=b"],
        ["--lev", "b", "-x"],
        ["-x", "-y"],
        ["z"],
        ["--level", "q"],
        ["--no-flag", "--", "3"],
        ["--nope"],
    ]
    return (
        attempts(*(lambda words=words: parse(parser, *words) for words in lines)),
        attempts(*(lambda words=words: parse(subs, *words) for words in ([], ["run", "-n", "4"], ["r"], ["zzz"]))),
        parser.format_help(),
        subs.format_usage(),
        parser.parse_known_args(["1", "--other"])[1],
    )


@driver("asyncio.queues")
def asyncio_queues(m: Any) -> object:
    async def produce(queue: Any) -> None:
        for item in range(5):
            await queue.put(item)
            await asyncio.sleep(0)

    async def main() -> list[object]:
        out: list[object] = []
        for queue in (m.Queue(2), m.LifoQueue(), m.PriorityQueue()):
            producer = asyncio.ensure_future(produce(queue))
            for _ in range(5):
                out.append(await queue.get())
                queue.task_done()
            await asyncio.gather(producer, queue.join())
            try:
                queue.get_nowait()
            except m.QueueEmpty:
                out.append(queue.empty())
            waiter = asyncio.ensure_future(queue.get())
            await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.gather(waiter, return_exceptions=True)
        return [*out, attempts(queue.task_done)]

    return asyncio.run(main())


@driver("asyncio.locks")
def asyncio_locks(m: Any) -> object:
    async def use(lock: Any, out: list[int], number: int) -> None:
        async with lock:
            out.append(number)
            await asyncio.sleep(0)

    async def main() -> object:
        out: list[int] = []
        for lock in (m.Lock(), m.Semaphore(2), m.BoundedSemaphore(1), m.Condition()):
            await asyncio.gather(*(use(lock, out, number) for number in range(4)))
        event, condition, barrier = m.Event(), m.Condition(), m.Barrier(2)

        async def wait() -> bool:
            async with condition:
                return bool(await condition.wait_for(lambda: len(out) > 20))

        waiting = [
            asyncio.ensure_future(event.wait()),
            asyncio.ensure_future(wait()),
            asyncio.ensure_future(barrier.wait()),
        ]
        await asyncio.sleep(0)
        event.set()
        async with condition:
            out.extend(range(9))
            condition.notify_all()
        await barrier.wait()
        return await asyncio.gather(*waiting), out, attempts(lambda: m.Semaphore(-1), m.Lock().release)

    return asyncio.run(main())


@driver("asyncio.taskgroups")
def asyncio_taskgroups(m: Any) -> object:
    async def step(number: int) -> float:
        await asyncio.sleep(0)
        return 6 / number

    async def run(*numbers: int) -> object:
        async with m.TaskGroup() as group:
            tasks = [group.create_task(step(number)) for number in numbers]
        return [task.result() for task in tasks]

    async def main() -> object:
        try:
            await run(1, 0, 2)
        except* ZeroDivisionError as errors:
            failed = len(errors.exceptions)
        task = asyncio.ensure_future(run(1, 2))
        await asyncio.sleep(0)
        task.cancel()
        return await run(1, 2, 3), failed, len(await asyncio.gather(task, return_exceptions=True))

    return asyncio.run(main())


@driver("asyncio.timeouts")
def asyncio_timeouts(m: Any) -> object:
    async def main() -> object:
        out: list[object] = []
        for delay in (None, 50, 0):
            try:
                async with m.timeout(delay) as timeout:
                    await asyncio.sleep(0.01 if delay == 0 else 0)
                    out.append(timeout.when() is None)
            except TimeoutError:
                out.append("late")
            out.append((timeout.expired(), repr(timeout)[:18]))
        async with m.timeout_at(None) as timeout:
            timeout.reschedule(None)
        return out

    return asyncio.run(main())


@driver("contextlib")
def contextlib_(m: Any) -> object:
    log: list[object] = []

    @m.contextmanager
    def manager(n: int) -> Iterator[int]:
        try:
            yield n
        except KeyError:
            log.append("key")
        finally:
            log.append(n)

    @m.asynccontextmanager
    async def async_manager() -> Any:
        yield 1

    @manager(7)  # type: ignore[untyped-decorator]
    def decorated() -> None:
        log.append("decorated")

    async def main() -> None:
        async with m.AsyncExitStack() as stack, async_manager() as one:
            log.append((one, await stack.enter_async_context(async_manager())))
            stack.push_async_callback(asyncio.sleep, 0)
        async with m.nullcontext(3) as three, m.aclosing(agen()) as generator:
            log.append([three, await anext(generator)])

    async def agen() -> Any:
        yield 1

    with manager(1), m.suppress(ValueError), m.closing(io.StringIO()), m.redirect_stdout(io.StringIO()) as text:
        print("x", file=text)
        raise ValueError
    decorated()
    with manager(2):
        raise KeyError
    with m.ExitStack() as stack:
        stack.enter_context(manager(3))
        stack.callback(log.append, "callback")
        stack.push(lambda *error: True)
        stack.pop_all().close()
        raise_in = attempts(lambda: manager(4).__exit__(None, None, None))
    asyncio.run(main())
    return log, raise_in


@driver("copy")
def copy(m: Any) -> object:
    class Slotted:
        __slots__ = ("x",)

    class Reduced:
        def __reduce__(self) -> object:
            return (Reduced, (), {"state": 1}, iter(()), iter([]))

        state: object = 0

    class Hooked:
        def __copy__(self) -> str:
            return "copied"

        def __deepcopy__(self, memo: object) -> str:
            return "deep"

    loop: list[Any] = [(1, [2])]
    loop.append(loop)
    deep, slotted = m.deepcopy(loop), Slotted()
    slotted.x = [1]
    return (
        deep[1] is deep,
        m.copy({1: [2]}),
        m.deepcopy({1: [2], "t": (1, 2), "f": frozenset([1]), "s": {3}}),
        m.copy(Hooked()),
        m.deepcopy(Hooked()),
        m.deepcopy(slotted).x,
        m.copy(Reduced()).state,
        m.deepcopy(Reduced()).state,
        m.copy(range(3)),
        m.deepcopy(len) is len,
        attempts(
            lambda: m.copy(iter(())) and 1,
            lambda: m.deepcopy(io.StringIO) is io.StringIO,
            lambda: m.deepcopy(x for x in ()),
        ),
    )


@driver("functools", "_functools")
def functools(m: Any) -> object:
    @m.lru_cache(maxsize=2)
    def cached(x: int, y: int = 0) -> int:
        return x + y

    @m.cache
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    @m.singledispatch
    def kind(x: object) -> str:
        return "object"

    kind.register(int, lambda x: "int")

    @kind.register  # type: ignore[untyped-decorator]
    def _(x: list) -> str:  # type: ignore[type-arg]
        return "list"

    @m.total_ordering
    class Number:
        def __init__(self, n: int) -> None:
            self.n = n

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Number) and self.n == other.n

        def __lt__(self, other: "Number") -> bool:
            return self.n < other.n

        @m.cached_property
        def double(self) -> int:
            return self.n * 2

        @m.singledispatchmethod
        def show(self, x: object) -> str:
            return "any"

        @show.register
        def _(self, x: str) -> str:
            return "str"

        part = m.partialmethod(lambda self, a, b: (self.n, a, b), 1)

    calls = [cached(n) for n in (1, 2, 1, 3, 1, 2)], cached(1, y=2), fib(12)
    n = Number(3)
    partial = m.partial(m.partial(int, base=2), "101")
    return (
        calls,
        str(cached.cache_info()),
        kind(1),
        kind([]),
        kind(""),
        kind(True),
        n > Number(2),
        n >= Number(3),
        n <= Number(1),
        n.double,
        n.double,
        n.show(1),
        n.show("x"),
        n.part(b=2),
        partial(),
        m.reduce(lambda a, b: a * b, [1, 2, 3], 4),
        sorted([3, 1, 2], key=m.cmp_to_key(lambda a, b: b - a)),
        m.wraps(cached)(lambda: 1).__name__,
        attempts(
            lambda: m.reduce(max, []),
            lambda: m.lru_cache("x"),
            lambda: kind.register(1),
            lambda: kind(),
            lambda: cached([]),
            cached.cache_clear,
            lambda: m.partial(1),
        ),
    )


@driver("dataclasses")
def dataclasses(m: Any) -> object:
    @m.dataclass(order=True, frozen=True, slots=True)
    class Point:
        x: int
        y: int = 5
        z: list = m.field(default_factory=list, compare=False, repr=False)  # type: ignore[type-arg]

    @m.dataclass(kw_only=True, unsafe_hash=True)
    class Named:
        name: str
        size: m.InitVar[int] = 1  # type: ignore[name-defined]

        def __post_init__(self, size: int) -> None:
            self.name *= size

    @m.dataclass
    class Child(Named):
        extra: int = 0

    p = Point(1)

    def bad() -> object:
        @m.dataclass
        class Bad:
            x: list = []  # type: ignore[type-arg]  # noqa: RUF012

        return Bad

    return (
        repr(p),
        p < Point(2),
        p == Point(1, 5),
        hash(p) == hash(Point(1)),
        m.asdict(p),
        m.astuple(p),
        m.replace(p, x=9).x,
        [f.name for f in m.fields(Child)],
        Child(name="a", size=2).name,
        m.is_dataclass(p),
        m.make_dataclass("Made", ["a", ("b", int, 3)])(1).b,
        attempts(
            bad,
            lambda: setattr(p, "x", 1),
            lambda: Point(),
            lambda: m.asdict(1),
            lambda: m.fields(int),
            lambda: m.make_dataclass("M", ["a", "a"]),
            lambda: p < 1,
            lambda: m.replace(Named(name="a"), name="b"),
        ),
    )


@driver("enum")
def enum(m: Any) -> object:
    class Color(m.Enum):  # type: ignore[misc,name-defined]
        RED = 1
        GREEN = m.auto()
        ALIAS = 1

        @property
        def lower(self) -> str:
            return str(self.name).lower()

    class Perm(m.Flag):  # type: ignore[misc,name-defined]
        R, W, X = m.auto(), m.auto(), m.auto()
        RW = R | W

    class Number(m.IntEnum):  # type: ignore[misc,name-defined]
        ONE = 1

    made = m.Enum("Made", "a b")
    return (
        list(Color),
        Color(1),
        Color["GREEN"],
        Color.RED.lower,
        Color.ALIAS is Color.RED,
        repr(Perm.R | Perm.X),
        ~Perm.R,
        Perm.RW & Perm.W,
        Perm(0),
        list(Perm.RW),
        Perm.R in Perm.RW,
        Number.ONE + 1,
        str(Number.ONE),
        list(made),
        len(Color),
        Color.__members__.keys().__str__(),
        attempts(
            lambda: Color(9),
            lambda: Color["x"],
            lambda: Perm(99),
            lambda: setattr(Color, "RED", 2),
            lambda: m.unique(Color),
            lambda: m.Enum("Bad", "a a"),
            lambda: m.Enum("Sub", "x", type=str).x.value,
            lambda: Color.RED < Color.GREEN,
        ),
    ).__str__()


@driver("inspect")
def inspect(m: Any) -> object:
    def f(a: int, /, b: object, c: int = 3, *d: int, e: int, g: int = 5, **h: object) -> str:
        """Doc.

        more
        """
        return ""

    class Class:
        """Class doc."""

        x = 1

        def method(self, y: int) -> None: ...

        @staticmethod
        def static() -> None: ...

    def generator() -> Iterator[int]:
        yield 1

    signature = m.signature(f)
    bound = signature.bind(1, 2, e=4)
    bound.apply_defaults()
    g = generator()
    states = [m.getgeneratorstate(g)]
    next(g)
    states += [m.getgeneratorstate(g), m.getgeneratorlocals(g)]
    return (
        str(signature),
        str(bound),
        [str(p) for p in signature.parameters.values()],
        m.getfullargspec(f).args,
        m.getdoc(f),
        m.cleandoc(" a\n   b\n   c"),
        str(m.signature(Class().method)),
        [name for name, _ in m.getmembers(Class) if not name.startswith("_")],
        [a.name for a in m.classify_class_attrs(Class) if not a.name.startswith("_")],
        states,
        m.isfunction(f),
        m.isclass(f),
        m.isgenerator(g),
        m.getmro(bool),
        str(m.signature(len)),
        m.unwrap(f) is f,
        m.getclosurevars(f).unbound,
        m.getattr_static(Class, "x"),
        attempts(
            lambda: signature.bind(),
            lambda: signature.bind(1, 2, e=1, a=2),
            lambda: m.signature(1),
            lambda: signature.replace(return_annotation=int).return_annotation,
            lambda: m.Parameter("1", m.Parameter.KEYWORD_ONLY),
            lambda: m.getsource(len),
            lambda: m.formatannotation(int),
        ),
    ).__str__()


@driver("traceback")
def traceback(m: Any) -> object:
    def fail(n: int) -> None:
        if n:
            fail(n - 1)
        else:
            {}["x"]

    def chained() -> None:
        try:
            fail(5)
        except KeyError as error:
            raise ValueError("two\nlines") from error

    def grouped() -> None:
        raise ExceptionGroup("group", [ValueError(1), ExceptionGroup("in", [KeyError(2)])])

    def suggesting() -> None:
        import collections

        collections.namedtupel  # type: ignore[attr-defined]

    def syntax() -> None:
        compile("x = (1,\ny = 2", "<text>", "exec")

    out: list[object] = []
    for function in (chained, grouped, suggesting, syntax):
        try:
            function()
        except Exception as error:
            error.add_note("note")
            formatted = m.format_exception(error)
            summary = m.TracebackException.from_exception(error, capture_locals=False, limit=3)
            out += [
                len(formatted),
                formatted[-1],
                m.format_exception_only(error),
                len(list(summary.format(chain=False))),
                len(m.extract_tb(error.__traceback__)),
            ]
    stack = m.StackSummary.from_list(
        [("f.py", 1, "f", "x = 1"), ("f.py", 1, "f", "x = 1"), *[("g.py", 2, "g", None)] * 5]
    )
    return (
        out,
        stack.format(),
        attempts(lambda: m.format_exception_only(None, None), lambda: m.format_list([("a", 1, "b", "c")])),
    )


@driver("sched")
def sched(m: Any) -> object:
    now, log = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    scheduler = m.scheduler(lambda: now[0], sleep)
    for delay in (3, 1, 2):
        scheduler.enter(delay, 1, log.append, (delay,))
    late = scheduler.enterabs(9, 1, log.append, kwargs={})
    scheduler.cancel(late)
    return scheduler.run(blocking=False), len(scheduler.queue), scheduler.run(), log, scheduler.empty()


@driver("getopt")
def getopt(m: Any) -> object:
    lines = [
        ["-a", "-bx", "--long", "--arg=1", "rest", "-c"],
        ["--arg"],
        ["-z"],
        ["--lo"],
        ["--long=1"],
        ["-b"],
        ["--", "-a"],
        ["--l"],
    ]
    return attempts(
        *(
            lambda words=words: f(words, "ab:c", ["long", "arg=", "look"])
            for words in lines
            for f in (m.getopt, m.gnu_getopt)
        )
    )


@driver("optparse")
def optparse(m: Any) -> object:
    parser = m.OptionParser("usage: %prog [x]", version="1", prog="prog")
    parser.add_option("-n", "--number", type="int", default=3, help="number [%default]")
    parser.add_option("-v", action="count", dest="verbose")
    group = m.OptionGroup(parser, "group")
    group.add_option("--choice", type="choice", choices=["a", "b"], action="append")
    parser.add_option_group(group)

    def parse(*words: str) -> object:
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                values, rest = parser.parse_args(list(words))
            except SystemExit as error:
                return error.code
        return sorted(vars(values).items()), rest

    return (
        [
            parse(*words)
            for words in (
                [],
                ["-n5", "x", "-vv"],
                ["--number=z"],
                ["--choice", "a", "--choi=b"],
                ["--choice=q"],
                ["--nope"],
                ["-n"],
                ["--", "-v"],
            )
        ],
        parser.format_help(),
        attempts(lambda: parser.add_option("-n"), lambda: m.Option("x"), lambda: parser.get_option("-v").dest),
    )


@driver("weakref")
def weakref(m: Any) -> object:
    class Thing:
        def method(self) -> int:
            return 1

    things, log = [Thing() for _ in range(3)], []
    values = m.WeakValueDictionary(dict(enumerate(things)))
    keys = m.WeakKeyDictionary({thing: i for i, thing in enumerate(things)})
    method = m.WeakMethod(things[0].method)
    finalizer = m.finalize(things[1], log.append, "gone")
    before = sorted(values), sorted(keys.values()), method()(), finalizer.alive, len(values.valuerefs())
    del things[:2]
    return (
        before,
        sorted(values),
        list(keys.values()),
        method(),
        log,
        finalizer.alive,
        values.pop(2) is things[0],
        values.get(9),
        attempts(
            lambda: values[0],
            lambda: keys.popitem()[1],
            lambda: values.setdefault(5, things[0]) is things[0],
            lambda: len(values.copy()),
        ),
    )


@driver("types")
def types(m: Any) -> object:
    class Meta(type):
        @classmethod
        def __prepare__(cls, name: str, bases: object, **options: object) -> dict[str, object]:  # type: ignore[override]
            return {"prepared": options.get("flag")}

        def __new__(mcs, name: str, bases: Any, space: Any, **options: object) -> Any:
            return super().__new__(mcs, name, bases, space)

    class Generic:
        def __mro_entries__(self, bases: object) -> tuple[type, ...]:
            return (dict,)

    class WithDynamic:
        @m.DynamicClassAttribute
        def value(self) -> int:
            return 5

    @m.coroutine
    def old() -> Iterator[int]:
        yield 1

    made = m.new_class("Made", (Generic(),), {"metaclass": Meta, "flag": 3}, lambda space: space.update(x=1))
    return (
        made.__mro__[1].__name__,
        made.prepared,
        made.x,
        m.get_original_bases(made)[0].__class__.__name__,
        WithDynamic().value,
        list(old().__await__() if hasattr(old(), "__await__") else old()),
        attempts(
            lambda: WithDynamic.value,
            lambda: m.coroutine(1),
            lambda: m.new_class("A", (1,)),
            lambda: m.get_original_bases(1),
        ),
    )


@driver("unittest.mock")
def unittest_mock(m: Any) -> object:
    mock = m.MagicMock(name="mock", side_effect=[1, KeyError, 2])
    out = attempts(
        mock,
        mock,
        lambda: mock(1, x=2),
        mock,
        mock.assert_called_once,
        lambda: mock.assert_any_call(1, x=2),
        lambda: mock.assert_called_with(9),
    )
    spec = m.create_autospec(out.append)
    with m.patch.object(io, "StringIO", new=m.Mock(return_value="patched")), m.patch.dict({"a": 1}, b=2) as patched:
        inside = io.StringIO(), sorted(patched)
    mock.reset_mock()
    mock.child.method(1)
    return (
        out,
        inside,
        spec.called,
        mock.child.method.call_args == m.call(1),
        str(mock.mock_calls),
        len(mock),
        m.sentinel.x.name,
        attempts(
            lambda: m.Mock(spec=["a"]).b,
            lambda: m.patch("x"),
            lambda: m.mock_open(read_data="ab\nc")().readlines(),
            lambda: m.NonCallableMock()(),
        ),
    )


@driver("queue", "_queue")
def queue(m: Any) -> object:
    out: list[object] = []
    for kind in (m.Queue, m.LifoQueue, m.PriorityQueue):
        q = kind(3)
        for item in (2, 1, 3):
            q.put(item)
        out += [
            attempts(lambda: q.put(4, block=False), lambda: q.put(4, timeout=-1)),
            q.qsize(),
            q.full(),
            [q.get() for _ in range(3)],
            attempts(q.get_nowait),
            [q.task_done() for _ in range(3)],
            attempts(q.task_done),
            q.join(),
        ]
    return out


@driver("dis")
def dis(m: Any) -> object:
    def sample(a: int, *b: int) -> object:
        try:
            for i in b:
                if i:
                    yield [j + 1 for j in b]
        finally:
            a += 1

    text = io.StringIO()
    m.dis(sample.__code__.replace(co_filename="f", co_name="sample"), file=text, depth=0)
    return (
        len(text.getvalue()),
        len(m.code_info(sample)) > 0,
        sorted(set(m.findlabels(sample.__code__.co_code))),
        len(list(m.findlinestarts(sample.__code__))),
        m.stack_effect(m.opmap["POP_TOP"]),
        m.Bytecode("x = 1").dis(),
        attempts(lambda: m.dis(1), lambda: m._try_compile("(", "x"), lambda: len(list(m.get_instructions("a + b")))),
    )
