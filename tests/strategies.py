"""Random programs for Hypothesis: source texts of every kind of statement that always end.

A program is the prelude, a few functions and a `drive()` that calls them with small numbers. Loops end because they
all ask the prelude for fuel, and calls because a function calls only those that stand above it. Exceptions are
common; what `drive()` returns tells how each call ended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

PRELUDE = """
import contextlib

class State:
    fuel = 300
    shared = 0

def fuel():
    State.fuel -= 1
    return State.fuel > 0

def items(n):
    n = int(n) % 4
    State.fuel -= n
    return range(n) if State.fuel > 0 else range(0)

def check(n):
    if int(n) % 3 == 0: raise KeyError(int(n) % 7)
    if int(n) % 5 == 0: raise ValueError(int(n) % 7)
    return n

class Manager:
    def __init__(self, n): self.n = int(n) % 6
    def __enter__(self):
        if self.n == 5: raise KeyError("enter")
        return self.n
    def __exit__(self, *error):
        if self.n == 4: raise ValueError("exit")
        return self.n % 2
    async def __aenter__(self):
        await pause()
        return self.__enter__()
    async def __aexit__(self, *error):
        await pause()
        return self.__exit__(*error)

class pause:
    def __await__(self): yield

class aitems:
    def __init__(self, n): self.items = iter(items(n))
    def __aiter__(self): return self
    async def __anext__(self):
        await pause()
        for item in self.items: return item
        raise StopAsyncIteration

class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x = x; self.y = y

def exhaust(generator, how):
    out, value = [], None
    try:
        for step in range(12):
            if how == 1 and step == 2: out.append(generator.throw(KeyError("thrown")))
            elif how == 2 and step == 3: break
            else: out.append(generator.send(value))
            value = step if step % 2 else None
    except StopIteration as stop: out.append(stop.value)
    finally:
        for _ in range(400):
            try: generator.close()
            except RuntimeError: continue
            break
    return len(out)

def finish(awaitable, how):
    return exhaust(awaitable.__await__(), how)

def total(thing):
    if isinstance(thing, int): return thing % 1000
    return len(thing) if hasattr(thing, "__len__") else len(str(thing))

def call(function, *arguments):
    State.fuel -= 1
    if State.fuel < 0: return 0
    return total(function(*arguments))
"""

ERRORS = ("KeyError", "ValueError", "LookupError", "(KeyError, TypeError)", "Exception", "ZeroDivisionError")
FUNCTION, GENERATOR, COROUTINE, ASYNC_GENERATOR = "function", "generator", "coroutine", "async generator"
NAMES = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Place:
    """What is allowed where a statement is to stand."""

    depth: int
    function: str = FUNCTION
    loop: bool = False
    leaves: bool = True  # return, break and continue: not in an `except*` clause
    names: tuple[str, ...] = NAMES

    @property
    def is_async(self) -> bool:
        return self.function in (COROUTINE, ASYNC_GENERATOR)

    def deeper(self, **changes: Any) -> "Place":
        return replace(self, depth=self.depth - 1, **changes)


@dataclass(frozen=True, slots=True)
class Simple:
    """A statement that can share a line."""

    text: str


@dataclass(frozen=True, slots=True)
class Compound:
    """A statement of clauses: headers with their suites, after lines that must stand above (decorators)."""

    clauses: tuple[tuple[str, "Suite"], ...]
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cases:
    """A `match` statement."""

    subject: str
    clauses: tuple[tuple[str, "Suite"], ...]


type Node = Simple | Compound | Cases
type Suite = list[Node]


class Writer:
    """Draws the parts of a program."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.callable: dict[str, str] = {}
        self.count = 0

    def pick[T](self, *options: T) -> T:
        return self.draw(st.sampled_from(options))  # type: ignore[no-any-return]

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))  # type: ignore[no-any-return]

    def one_in(self, n: int) -> bool:
        return self.number(1, n) == n

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    # Expressions

    def name(self, place: Place) -> str:
        return self.pick(*place.names)

    def expression(self, place: Place, depth: int = 2) -> str:
        """An expression whose value is a number, if it has one."""
        a, b = self.name(place), self.name(place)
        if depth == 0:
            return self.pick(a, str(self.number(-2, 9)), f"({a} + 1)", f"({a} - {b})")

        def inner() -> str:
            return self.expression(place, depth - 1)

        match self.number(0, 15):
            case 0 | 1 | 2:
                return f"({inner()} + {inner()})"
            case 3:
                return f"({inner()} // {inner()})"
            case 4:
                return f"check({inner()})"
            case 5 | 6:
                return f"total({self.comprehension(place, depth)})"
            case 7:
                return f"(lambda {a}={inner()}: {self.expression(replace(place, function=FUNCTION), depth - 1)})()"
            case 8:
                return f"({inner()} if {self.test(place, depth - 1)} else {inner()})"
            case 9:
                return f"({inner()} {self.pick('and', 'or')} {inner()})"
            case 10:
                return f"total(f'{{{a}}} {{total({self.comprehension(place, 0)})}}')"
            case 11 if self.callable:
                return self.invocation(place)
            case 12:
                return f"({a} := {inner()})"
            case 13 if place.is_async:
                return f"(await pause() or {inner()})"
            case 14 if place.function in (GENERATOR, ASYNC_GENERATOR):
                return f"((yield {inner()}) or {a})"
            case _:
                return inner()

    def invocation(self, place: Place) -> str:
        function = self.pick(*sorted(self.callable))
        argument = self.name(place)
        match self.callable[function]:
            case "generator":
                use = self.pick("exhaust({}, 0)", "exhaust({}, 1)", "exhaust({}, 2)", "total(list({}))", "total([*{}])")
                return use.format(f"{function}({argument})")
            case "coroutine":
                return f"finish({function}({argument}), {self.number(0, 2)})"
            case "async generator":
                return f"finish(anext({function}({argument}), 0), {self.pick(0, 2)})"
            case _:
                return f"call({function}, {argument})"

    def comprehension(self, place: Place, depth: int) -> str:
        place = replace(place, function=FUNCTION, names=(*place.names, "i"))
        below = max(depth - 1, 0)
        plain = replace(place, names=NAMES)
        loops = f"for i in {self.iterable(plain, below)}"
        if self.one_in(3):
            loops += f" if {self.no_walrus(self.test(place, below))}"
        if self.one_in(4):
            loops += f" for j in items({self.pick('i', 'a', '2')})"
        element = self.no_walrus(self.expression(place, below))
        match self.number(0, 4):
            case 0:
                return f"[{element} for_]".replace("for_", loops)
            case 1:
                return f"{{{element} for_}}".replace("for_", loops)
            case 2:
                return f"{{i: {element} for_}}".replace("for_", loops)
            case 3:
                return self.pick("list({} for_)", "sum({} for_)", "any({} for_)").format(element).replace("for_", loops)
            case _:
                return f"[[{element} for_] for i in items(2)]".replace("for_", loops)

    def iterable(self, place: Place, depth: int) -> str:
        if depth and self.one_in(4):
            return f"[i for i in items({self.name(place)}) if i]"
        return f"items({self.name(place)})"

    @staticmethod
    def no_walrus(text: str) -> str:
        """Without assignments, which the first iterable of a comprehension and its own targets forbid."""
        return text.replace(":=", "+")

    def test(self, place: Place, depth: int = 1) -> str:
        if self.one_in(20):
            return self.pick("0", "1", "True", "False", "not 1", "not 0", "None")
        first = (
            f"{self.expression(place, depth)} {self.pick('<', '>', '==', '!=', '<=')} {self.expression(place, depth)}"
        )
        match self.number(0, 4):
            case 0:
                return f"{first} {self.pick('and', 'or')} {self.name(place)}"
            case 1:
                return f"not ({first})"
            case 2:
                return self.name(place)
            case _:
                return first

    # Simple statements

    def simple(self, place: Place) -> Simple:
        a, b = self.name(place), self.name(place)
        value = self.expression(place)
        options = [
            f"{a} = {value}",
            f"{a} = {value}",
            f"{a} += {value}",
            f"log.append({value})",
            f"{a}, {b} = {b}, {value}",
            value,
            "pass",
            "...",
            "'text'",
            f"assert {self.test(place)}, {b}",
            f"t = {value}; del t",
            f"log[:] = [{a}]",
            f"{a}: int = {value}",
            f"State.shared = {a}",
            "import os",
        ]
        if place.leaves:
            options.append(self.leave(place, value))
        if self.one_in(6):
            options.append(
                self.pick(f"raise KeyError({a})", "raise ValueError", "raise ZeroDivisionError from None", "raise")
            )
        if place.function in (GENERATOR, ASYNC_GENERATOR):
            options += [f"yield {value}", f"{a} = (yield) or 0"]
        if place.function == GENERATOR:
            options.append(f"yield from {self.iterable(place, 1)}")
        if place.is_async:
            options.append("await pause()")
        return Simple(self.pick(*options))

    def leave(self, place: Place, value: str) -> str:
        if place.loop and not self.one_in(4):
            return self.pick("break", "continue")
        return "return" if place.function == ASYNC_GENERATOR or self.one_in(3) else f"return {value}"

    # Compound statements

    def suite(self, place: Place, longest: int = 3) -> Suite:
        body = [self.statement(place) for _ in range(self.number(1, longest))]
        if place.leaves and self.one_in(5):
            body.append(Simple(self.leave(place, self.expression(place))))
        return body

    def statement(self, place: Place) -> Node:
        if place.depth <= 0 or self.one_in(3):
            return self.simple(place)
        makers: list[Callable[[Place], Node]] = [
            self.branch, self.branch, self.for_loop, self.for_loop, self.while_loop, self.endless_loop,
            self.attempt, self.attempt,
            self.finalized, self.group, self.context, self.cases, self.function_and_call, self.klass,
        ]  # fmt: skip
        return self.pick(*makers)(place)

    def branch(self, place: Place) -> Node:
        below = place.deeper()
        clauses = [(f"if {self.test(place)}:", self.suite(below))]
        clauses += [(f"elif {self.test(place)}:", self.suite(below)) for _ in range(self.number(0, 1))]
        if self.one_in(2):
            clauses.append(("else:", self.suite(below)))
        return Compound(tuple(clauses))

    def with_else(self, place: Place, header: str, body: Suite) -> Node:
        clauses = [(header, body)]
        if self.one_in(3):
            clauses.append(("else:", self.suite(place.deeper())))
        return Compound(tuple(clauses))

    def for_loop(self, place: Place) -> Node:
        body = self.suite(place.deeper(loop=True, leaves=True) if place.leaves else place.deeper())
        target = self.pick("a", "b", "k")
        if place.is_async and self.one_in(2):
            return self.with_else(place, f"async for {target} in aitems({self.name(place)}):", body)
        return self.with_else(place, f"for {target} in {self.iterable(place, 2)}:", body)

    def while_loop(self, place: Place) -> Node:
        body = self.suite(place.deeper(loop=True) if place.leaves else place.deeper())
        test = self.pick("fuel()", f"fuel() and ({self.test(place)})", f"({self.test(place)}) and fuel()", "0", "False")
        return self.with_else(place, f"while {test}:", body)

    def endless_loop(self, place: Place) -> Node:
        stop: Node = Compound((("if not fuel():", [Simple("break")]),))
        body = [stop, *self.suite(place.deeper(loop=True) if place.leaves else place.deeper())]
        return self.with_else(place, f"while {self.pick('True', '1', 'not 0')}:", body)

    def attempt(self, place: Place) -> Node:
        below = place.deeper()
        clauses = [("try:", [*self.suite(below, 2), *self.trouble(place)])]
        for error in self.draw(st.lists(st.sampled_from(ERRORS), min_size=1, max_size=2)):
            clauses.append((f"except {error}{self.pick('', ' as e')}:", self.suite(below)))
        if self.one_in(5):
            clauses.append(("except:", self.suite(below)))
        if self.one_in(3):
            clauses.append(("else:", self.suite(below)))
        if self.one_in(3):
            clauses.append(("finally:", self.suite(below, 2)))
        return Compound(tuple(clauses))

    def finalized(self, place: Place) -> Node:
        below = place.deeper()
        return Compound((("try:", [*self.suite(below, 2), *self.trouble(place)]), ("finally:", self.suite(below, 2))))

    def trouble(self, place: Place) -> Suite:
        """Perhaps a statement that is likely to raise."""
        a = self.name(place)
        texts = f"check({a})", f"{a} = 6 // ({a} - 1)", f"raise KeyError({a})", f"log.append(check({a} + 1))"
        return [Simple(self.pick(*texts))] * self.number(0, 1)

    def group(self, place: Place) -> Node:
        below = place.deeper()
        inside = place.deeper(leaves=False, loop=False)
        raising = Simple("raise ExceptionGroup('g', [KeyError(1), ValueError(2)])")
        body = [*self.suite(below, 2), *([raising] if self.one_in(2) else [])]
        clauses = [("try:", body)]
        for error in self.draw(st.lists(st.sampled_from(ERRORS), min_size=1, max_size=3)):
            clauses.append((f"except* {error}{self.pick('', ' as e')}:", self.suite(inside, 2)))
        if self.one_in(3):
            clauses.append(("finally:", self.suite(below, 2)))
        return Compound(tuple(clauses))

    def context(self, place: Place) -> Node:
        managers = [f"Manager({self.expression(place, 1)}){self.pick('', ' as c')}" for _ in range(self.number(1, 2))]
        keyword = "async with" if place.is_async and self.one_in(2) else "with"
        return Compound(((f"{keyword} {', '.join(managers)}:", self.suite(place.deeper())),))

    def cases(self, place: Place) -> Node:
        a, b = self.name(place), self.name(place)
        patterns = [
            "0",
            "1 | 2",
            "-1",
            "int(k)",
            "[k, *_]",
            "(k, 1 as m)",
            "{'x': k, **m}",
            "Point(k, y=1)",
            "str()",
            "None",
            "[]",
            "Point()",
            "[0 | 1, k]",
        ]
        clauses = []
        for pattern in self.draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=3, unique=True)):
            guard = self.pick("", "", f" if {self.test(place)}")
            clauses.append((f"case {pattern}{guard}:", self.suite(place.deeper(), 2)))
        if self.one_in(3):
            clauses.append((f"case _ if {self.test(place)}:", self.suite(place.deeper(), 2)))
        if self.one_in(2):
            clauses.append((f"case {self.pick('_', 'k')}:", self.suite(place.deeper(), 2)))
        subject = self.pick(
            a, f"[{a}, {b}]", f"({a} % 3, 1)", f"{{'x': {a}}}", f"Point({a}, {b})", self.expression(place, 1)
        )
        return Cases(subject, tuple(clauses))

    def function_and_call(self, place: Place) -> Node:
        """A nested function; the `else` of an always true test stands for the statement that calls it."""
        name = self.fresh("inner")
        kind = self.pick(FUNCTION, FUNCTION, GENERATOR, COROUTINE)
        header = f"def {name}({self.pick('a', 'a, b=' + self.name(place), 'a=0')}):"
        decorators = ("@(lambda f: f)",) if self.one_in(4) else ()
        body = self.body(kind, place.depth - 1)
        definition = Compound(((f"{'async ' * (kind == COROUTINE)}{header}", body),), decorators)
        outer, self.callable = self.callable, {name: kind}
        use = Simple(f"{self.name(place)} = {self.invocation(place)}")
        self.callable = outer
        return Compound(((f"if {self.pick(self.name(place), '1', 'True')} or True:", [definition, use]),))

    def klass(self, place: Place) -> Node:
        inside = Place(place.depth - 1, leaves=False)
        start = Simple("a = b = c = 1")
        body: Suite = [start, *self.suite(inside, 2)]
        if self.one_in(2):
            body.append(Compound((("def method(self, a=1):", self.body(FUNCTION, place.depth - 2)),)))
            body.append(Simple("a = method(None, b)"))
        return Compound(((f"class {self.fresh('Inner')}{self.pick('', '(Point)')}:", body),))

    # Functions

    def body(self, kind: str, depth: int) -> Suite:
        start = Simple("b = 1; c = a")
        place = Place(max(depth, 0), kind)
        end: Suite = []
        if kind in (GENERATOR, ASYNC_GENERATOR):
            end = [Simple("yield a")]
        elif self.one_in(2):
            end = [Simple("return a")]
        return [start, *self.suite(place, 3), *end]

    def program(self) -> str:
        parts = []
        for number in range(self.number(1, 3)):
            kind = self.pick(FUNCTION, FUNCTION, GENERATOR, COROUTINE, ASYNC_GENERATOR)
            name = f"f{number}"
            prefix = "async " if kind in (COROUTINE, ASYNC_GENERATOR) else ""
            body = self.body(kind, self.number(1, 4))
            parts.append("\n".join(self.render([Compound(((f"{prefix}def {name}(a):", body),))], "")))
            self.callable[name] = kind
        calls = []
        for name in sorted(self.callable):
            call = {
                GENERATOR: "exhaust({}(n), n)",
                COROUTINE: "finish({}(n), n)",
                ASYNC_GENERATOR: "finish(aiterate({}(n)), n)",
            }.get(self.callable[name], "call({}, n)")
            calls.append(f"        attempt(out, lambda: {call.format(name)})")
        return "\n".join([PRELUDE, "log = []", *parts, DRIVE, *calls, "    return out, log, State.shared", ""])

    # Layout

    def render(self, suite: Suite, indent: str) -> list[str]:
        """The lines of a suite; simple statements next to each other may share one."""
        lines: list[str] = []
        open_line = False
        for node in suite:
            if isinstance(node, Simple):
                if open_line and self.one_in(3):
                    lines[-1] += f"; {node.text}"
                else:
                    lines.append(indent + node.text)
                open_line = True
                continue
            open_line = False
            if isinstance(node, Cases):
                lines.append(f"{indent}match {node.subject}:")
                clauses, indent_of = node.clauses, indent + "    "
            else:
                lines.extend(indent + line for line in node.above)
                clauses, indent_of = node.clauses, indent
            for header, body in clauses:
                lines.extend(self.clause(header, body, indent_of))
        return lines

    def clause(self, header: str, body: Suite, indent: str) -> list[str]:
        if all(isinstance(node, Simple) for node in body) and self.one_in(2):
            texts = [node.text for node in body if isinstance(node, Simple)]
            return [f"{indent}{header} {'; '.join(texts)}"]
        return [indent + header, *self.render(body, indent + self.pick("    ", " "))]


DRIVE = """
async def aiterate(generator):
    out = []
    async for item in generator:
        out.append(item)
        if len(out) > 9: break
    await generator.aclose()
    return out

def attempt(out, function):
    try:
        out.append(function())
    except (Exception, BaseExceptionGroup) as error:  # with the GeneratorExit of a generator that is closed
        out.append(f"{type(error).__name__}: {error}")

def drive():
    out = []
    State.fuel, State.shared = 300, 0
    log.clear()
    for n in range(3):
""".rstrip()


@st.composite
def programs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """Source texts of random programs with a `drive()`."""
    return Writer(draw).program()
