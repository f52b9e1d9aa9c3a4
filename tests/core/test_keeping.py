"""Which calls are kept, which samples, and calls told of as they end."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextvars import Context, ContextVar, copy_context
from functools import partial
from operator import itemgetter
from typing import Any

import pytest

from tracefunc import Call, Trace, TraceError, Tracer, TraceWarning


def work(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
    if n % 3 == 0:
        raise ValueError(n)
    return total


def run(function: Callable[..., Any] = work, calls: int = 20, **options: Any) -> Trace:
    with Tracer(function, **options) as tracer:
        for n in range(calls):
            try:
                function(n)
            except ValueError:
                pass
    return tracer.trace()


def kept(trace: Trace) -> list[int]:
    return [int(call.arguments["n"].text) for call in trace.calls]


EXACT = run().hits


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"max_calls": 3}, [0, 1, 2]),
        ({"keep": "last", "max_calls": 3}, [17, 18, 19]),
        ({"keep": "last", "max_calls": 0}, []),
        ({"keep": "last", "max_calls": None}, list(range(20))),
        ({"keep": "raised", "max_calls": 3}, [0, 3, 6]),
        ({"keep": "raised", "max_calls": None}, [0, 3, 6, 9, 12, 15, 18]),
        ({"keep": "raised", "max_calls": 3, "when": "n > 5"}, [6, 9, 12]),
        ({"when": "n > 15"}, [16, 17, 18, 19]),
        ({"when": lambda arguments: arguments["n"] % 5 == 0}, [0, 5, 10, 15]),
        ({"when": "n % 2", "max_calls": 4}, [1, 3, 5, 7]),
        ({"when": "n % 2", "max_calls": 4, "keep": "last"}, [13, 15, 17, 19]),
    ],
)
def test_kept_calls(options: dict[str, Any], expected: list[int]) -> None:
    """The calls that were asked for are kept, in order of their start, and all calls are counted exactly."""
    trace = run(**options)
    assert kept(trace) == expected
    assert trace.hits == EXACT
    assert trace.functions[0].calls == 20
    assert trace.without_detail == 20 - len(expected)
    assert sum(edge.calls for edge in trace.edges) == 20


def test_slowest() -> None:
    """The slowest calls are those that took the longest time from start to end."""

    def wait(n: int) -> None:
        until = time.perf_counter() + (0.02 if n in (2, 5) else 0)
        while time.perf_counter() < until:
            pass

    trace = run(wait, calls=8, keep="slowest", max_calls=2)
    assert kept(trace) == [2, 5]
    assert trace.functions[0].calls == 8


def test_stacks_and_callers_with_calls_that_were_let_go() -> None:
    """Where the calls above have been let go, a kept call still has its whole stack."""

    def down(n: int) -> int:
        if n == 0:
            raise ValueError
        try:
            return down(n - 1)
        except ValueError:
            if n == 3:
                return 0
            raise

    with Tracer(down, keep="raised", max_calls=1) as tracer:
        assert down(6) == 0
    trace = tracer.trace()
    (call,) = trace.calls
    assert call.arguments["n"].text == "0"
    assert [frame.name for frame in trace.stack(call)][-7:] == [down.__qualname__] * 7
    assert trace.functions[0].calls == 7
    assert trace.hits == run(down, calls=0).hits or sum(trace.hits) > 0


def test_recursion_with_the_last_calls_kept() -> None:
    """The hits of calls that were let go and of those that were kept add up."""

    def fib(n: int) -> int:
        if n < 2:
            return n
        return fib(n - 1) + fib(n - 2)

    with Tracer(fib, max_calls=0) as first:
        fib(12)
    for options in ({"keep": "last"}, {"keep": "slowest"}, {"when": "n == 5"}, {"keep": "last", "when": "n < 3"}):
        with Tracer(fib, max_calls=4, **options) as tracer:
            fib(12)
        trace = tracer.trace()
        assert trace.hits == first.trace().hits
        assert trace.edges
        assert sum(edge.calls for edge in trace.edges) == trace.functions[0].calls == 465
        assert len(trace.calls) == 4


def test_generators_and_threads_with_the_last_calls_kept() -> None:
    """Calls that end in other threads, or are never ended, are kept or let go as the others."""

    def numbers(n: int) -> Iterator[int]:
        for i in range(n):  # noqa: UP028
            yield i

    with Tracer(numbers, keep="last", max_calls=5) as tracer:
        held = [numbers(k) for k in range(1, 10)]
        for each in held:
            next(each)
        threads = [threading.Thread(target=lambda: [list(numbers(4)) for _ in range(25)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    trace = tracer.trace()
    assert trace.functions[0].calls == 109
    assert len(trace.calls) == 5
    assert trace.hits == (9 + 100 * 5, 9 + 100 * 4)


def test_condition_that_fails() -> None:
    """A condition that fails keeps no call, harms nothing, and is told of once."""

    def broken(arguments: Mapping[str, object]) -> bool:
        raise LookupError("no such thing")

    for when, text in ((broken, "no such thing"), ("missing > 1", "NameError")):
        with pytest.warns(TraceWarning, match=text) as caught:
            trace = run(when=when)
        assert len(caught) == 1
        assert kept(trace) == []
        assert trace.hits == EXACT
        assert any(text in note for note in trace.notes)


def test_condition_that_is_no_expression() -> None:
    """A condition that is no expression is an error that names it."""
    with pytest.raises(TraceError, match=r"when='1 \+'"):
        Tracer(work, when="1 +")


def test_condition_sees_the_arguments_themselves() -> None:
    """A condition is asked about all arguments of a call, by name, star-arguments included, before it begins."""
    seen: list[dict[str, object]] = []

    def f(a: int, *rest: int, key: str = "k", **more: int) -> None:
        a += 1

    def ask(arguments: Mapping[str, object]) -> bool:
        seen.append(dict(arguments))
        return True

    with Tracer(f, when=ask):
        f(1, 2, 3, x=4)
    assert seen == [{"a": 1, "rest": (2, 3), "key": "k", "more": {"x": 4}}]


def limited(n: int, *, limit: int = 15) -> bool:
    return n > limit


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (lambda n: n > 17, [18, 19]),
        (lambda n, k: n + k > 35, [18, 19]),
        (lambda k, total=3: k == total, [3]),
        (lambda **all_of_them: all_of_them["n"] == 7, [7]),
        (lambda n, **rest: n == rest["k"] == 4, [4]),
        (limited, [16, 17, 18, 19]),
        (partial(limited, limit=17), [18, 19]),
        (lambda call: call["k"] == 5, [5]),
        (lambda call, limit=18: call["n"] > limit, [19]),
        (lambda n, /: n["n"] == 6, [6]),
        (lambda *call: call[0]["n"] == 8, [8]),
        (itemgetter("flag"), [0]),
    ],
)
def test_condition_that_is_a_function(when: Callable[..., object], expected: list[int]) -> None:
    """It is given the arguments that its parameters are named like, or all of them as a mapping."""

    def twice(n: int, k: int, flag: bool = False) -> int:
        return 2 * n

    with Tracer(twice, when=when, max_calls=None) as tracer:
        for n in range(20):
            twice(n, n, n == 0)
    assert kept(tracer.trace()) == expected
    assert tracer.trace().notes == ()


def test_condition_that_asks_for_what_is_not_there() -> None:
    """What it asks for is named."""
    with pytest.warns(TraceWarning, match="'missing'"):
        assert kept(run(when=lambda n, missing: True)) == []


@pytest.mark.parametrize(
    ("samples", "expected"),
    [("first", [0, 1, 2, 3, 4]), ("last", [15, 16, 17, 18, 19]), ("both", [0, 1, 2, 18, 19])],
)
def test_kept_samples(samples: str, expected: list[int]) -> None:
    """Of the samples of a statement, the first, the last or both ends are kept, within `max_samples`."""

    def f() -> int:
        total = 0
        for i in range(20):
            total += i
        return total

    with Tracer(f, samples=samples, max_samples=5) as tracer:  # type: ignore[arg-type]
        f()
    trace = tracer.trace()
    (body,) = [statement.id for statement in trace.statements if statement.snippet == "total += i"]
    assert [int(sample.text) for sample in trace.calls[0].samples[body]["i"]] == expected
    assert trace.settings.samples == samples


def test_few_samples_with_both_ends_kept() -> None:
    """A statement that ran seldom has each of its samples once."""

    def f() -> None:
        for i in range(3):
            print(end="") if i else None

    with Tracer(f, samples="both", max_samples=8) as tracer:
        f()
    trace = tracer.trace()
    assert [sample.text for sample in trace.calls[0].samples[1]["i"]] == ["0", "1", "2"]


def test_no_samples() -> None:
    """With `max_samples=0` nothing is sampled, whichever are asked for."""
    for samples in ("first", "last", "both"):
        trace = run(samples=samples, max_samples=0)
        assert not any(taken for call in trace.calls for names in call.samples.values() for taken in names.values())
        assert trace.hits == EXACT


def test_yielded_values() -> None:
    """What a generator yields belongs to its call, the first `max_samples` values; an await yields nothing."""

    def numbers() -> Iterator[int]:
        for i in range(9):
            yield i * i

    async def waits() -> int:
        await asyncio.sleep(0)
        return 1

    with Tracer(numbers, waits, max_samples=4) as tracer:
        list(numbers())
        asyncio.run(waits())
    first, second = tracer.trace().calls
    assert [sample.text for sample in first.yielded] == ["0", "1", "4", "9"]
    assert second.yielded == ()


def test_sent_values() -> None:
    """What is sent to a generator belongs to its call, also inside an exception handler; `yield from` passes it on."""

    def receives() -> Generator[object, object, None]:
        got = yield 1
        try:
            raise LookupError
        except LookupError:
            got = [got, (yield 2)][0]
        yield got  # what is sent now, nobody uses
        got = yield 4

    def passes_on() -> Generator[object, object, None]:
        yield from receives()

    async def asynchronous() -> AsyncGenerator[object, str]:
        got = yield "one"
        await asyncio.sleep(0)
        yield [got]

    async def send() -> None:
        there = asynchronous()
        await anext(there)
        await there.asend("in")
        await there.aclose()

    with Tracer(passes_on, receives, asynchronous, keep="last") as tracer:
        for _ in range(30):
            there = passes_on()
            next(there)
            for value in ("a", None, "dropped", LookupError("sent")):
                try:
                    raise LookupError("handled where it is sent")
                except LookupError as error:
                    with contextlib.suppress(StopIteration):
                        there.send(error if isinstance(value, LookupError) else value)
        asyncio.run(send())
    trace = tracer.trace()
    calls = {trace.functions[call.function].name: call for call in trace.calls}
    outer, inner, last = (calls[name] for name in ("passes_on", "receives", "asynchronous"))
    assert [sample.text for sample in inner.sent] == ["'a'", "LookupError('handled where it is sent')"]
    assert outer.sent == ()
    assert [sample.text for sample in inner.yielded] == ["1", "2", "'a'", "4"]
    assert [sample.text for sample in last.sent] == ["'in'"]
    assert [sample.text for sample in last.yielded] == ["'one'", "['in']"]


def test_late_samples_of_nested_functions() -> None:
    """A statement of a nested function that first runs late is sampled then, also when another call has needed less."""

    def outer(n: int, again: int) -> int:
        def inner(i: int) -> int:
            if i == n - 2:
                late = i  # noqa: F841
            return -i

        def numbers() -> Iterator[int]:
            for i in range(n):
                if i == n - 3:
                    later = i  # noqa: F841
                yield inner(i)

        if again:
            outer(n + 1, again - 1)
        total = sum(numbers())
        if again:
            outer(n + 2, again - 1)
        return total + max(range(n), key=lambda i: inner(i) or i)

    with Tracer(outer, max_calls=3, max_samples=3) as tracer:
        outer(40, 3)
    trace = tracer.trace()
    by_snippet = {statement.snippet: statement.id for statement in trace.statements}
    for call in trace.calls:
        n = int(call.arguments["n"].text)
        assert [sample.text for sample in call.samples[by_snippet["late = i"]]["late"]] == [str(n - 2)] * 2
        assert [sample.text for sample in call.samples[by_snippet["later = i"]]["later"]] == [str(n - 3)]
        assert call.hits[by_snippet["return -i"]] == 2 * n
        assert len(call.samples[by_snippet["return -i"]]["i"]) == 3
    assert trace.functions[0].calls == 15
    assert trace.hits[by_snippet["late = i"]] == 2 * 15
    assert trace.hits[by_snippet["later = i"]] == 15


def test_told_contexts() -> None:
    """An `on_call` that takes them is told the outermost call and the context of the call's beginning."""
    request = ContextVar("request", default="none")
    told: list[tuple[str, bool, str]] = []

    def inner() -> None:
        request.set("set later")

    def outer(name: str) -> None:
        request.set(name)
        inner()

    def on_call(trace: Trace, call: Call, *, root: int, context: Context) -> None:
        told.append((trace.functions[call.function].name, call.id == root, context.run(request.get)))

    with Tracer(outer, inner, on_call=on_call):
        for name in ("first", "second"):
            copy_context().run(outer, name)
    assert told == [
        ("inner", False, "first"),
        ("outer", True, "none"),
        ("inner", False, "second"),
        ("outer", True, "none"),
    ]


def test_told_calls() -> None:
    """`on_call` is called with each kept call when it has ended, and with the functions that explain it."""
    told: list[tuple[str, str, str]] = []
    threads: set[int] = set()

    def on_call(trace: Trace, call: Call) -> None:
        threads.add(threading.get_ident())
        told.append((trace.functions[call.function].name, call.arguments["n"].text, call.outcome.kind))

    trace = run(on_call=on_call, max_calls=4)
    assert told == [
        ("work", "0", "raised"),
        ("work", "1", "returned"),
        ("work", "2", "returned"),
        ("work", "3", "raised"),
    ]
    assert threading.get_ident() not in threads
    assert trace.hits == EXACT


def test_told_calls_are_those_of_the_trace() -> None:
    """A call that is told of is that of the trace, but for the ids of functions that were never called."""
    told: list[Call] = []
    trace = run(on_call=lambda _, call: told.append(call))
    assert told == list(trace.calls)


def test_each_call_is_told_where_the_last_are_kept() -> None:
    """Also one that ends after more calls than are kept have begun and ended inside it."""
    told: list[str] = []

    def down(n: int) -> int:
        return down(n - 1) if n else 0

    trace = run(down, calls=1, keep="last", max_calls=3, on_call=lambda _, call: told.append(call.arguments["n"].text))
    assert kept(trace) == [0]
    with Tracer(
        down, keep="last", max_calls=3, on_call=lambda _, call: told.append(call.arguments["n"].text)
    ) as tracer:
        down(20)
    assert told == ["0", *map(str, range(21))]
    assert kept(tracer.trace()) == [2, 1, 0]


@pytest.mark.parametrize("keep", ["first", "last", "raised", "slowest"])
def test_told_calls_have_their_own_hits(keep: str) -> None:
    """However late they are told of: when the call itself has made room for others."""
    all_have_ended = threading.Event()
    told: list[tuple[int, int]] = []

    def on_call(trace: Trace, call: Call) -> None:
        all_have_ended.wait(60)
        told.append((int(call.arguments["n"].text), sum(call.hits.values())))

    with Tracer(work, keep=keep, max_calls=2, on_call=on_call):
        for n in range(1, 12):
            with contextlib.suppress(ValueError):
                work(n)
        all_have_ended.set()
    assert told
    assert [hits for _, hits in told] == [2 * n + 4 for n, _ in told]
    assert keep != "last" or [n for n, _ in told] == list(range(1, 12))


def leave_open(left: list[Generator[int]]) -> None:
    def count() -> Generator[int]:
        one = 1
        yield one
        two = 2
        yield two

    counting = count()
    next(counting)
    left.append(counting)


@pytest.mark.parametrize("keep", ["first", "last", "raised", "slowest"])
def test_generators_of_calls_that_made_room(keep: str) -> None:
    """What waits inside of a call has not run on, whatever becomes of the call; and it may go on later."""
    left: list[Generator[int]] = []
    with Tracer(leave_open, keep=keep, max_calls=1) as tracer:
        for _ in range(5):
            leave_open(left)
        between = tracer.trace()
        next(left[0])
        left[1].close()
    for trace, further in ((between, 0), (tracer.trace(), 1)):
        hits = {statement.snippet: trace.hits[statement.id] for statement in trace.statements}
        assert hits["yield one"] == 5
        assert hits["two = 2"] == hits["yield two"] == further


def test_told_calls_lack_what_their_generators_have_not_run() -> None:
    """A call is told of as it is at its end."""
    told: list[dict[str, int]] = []

    def on_call(trace: Trace, call: Call) -> None:
        told.append({trace.statements[number].snippet: hits for number, hits in call.hits.items()})

    left: list[Generator[int]] = []
    with Tracer(leave_open, on_call=on_call):
        leave_open(left)
        next(left[0])
    assert told[0]["yield one"] == 1
    assert told[0].get("two = 2", 0) == 0


def test_told_calls_that_fail() -> None:
    """What `on_call` raises does not reach the program; the trace says so."""

    def on_call(trace: Trace, call: Call) -> None:
        raise OSError("nobody listens")

    with pytest.warns(TraceWarning, match="nobody listens") as caught:
        trace = run(on_call=on_call)
    assert len(caught) == 1
    assert kept(trace) == list(range(10))
    assert any("nobody listens" in note for note in trace.notes)
