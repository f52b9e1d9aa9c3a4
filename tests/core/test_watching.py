"""Expressions that are watched: evaluated beside the program, without a trace of it there."""

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tracefunc import Tracer
from tracefunc._options import Options
from tracefunc._sampling import Sampler
from tracefunc.errors import TraceError
from tracefunc.model import Sample

NOTHING = Sample("NameError", "<unavailable>")
module_level = "global"


def watch(*expressions: str, **options: Any) -> list[Sample]:
    """Return the samples of expressions in the caller's frame."""
    return list(Sampler(Options(watch=expressions, **options)).watched(sys._getframe(1)))


def texts(*expressions: str) -> list[str]:
    return [each.text for each in Sampler(Options(watch=expressions)).watched(sys._getframe(1))]


def test_an_expression_sees_what_its_frame_sees() -> None:
    """Locals, variables of enclosing functions, globals and builtins have the values that they have there."""
    enclosing = [1, 2]

    def inner(argument: int) -> list[Sample]:
        local = argument + len(enclosing)  # noqa: F841
        return watch("local", "argument * 2", "enclosing[-1]", "module_level", "len(enclosing)", " local + 1\n")

    assert inner(3) == [
        Sample("int", "5"),
        Sample("int", "6"),
        Sample("int", "2"),
        Sample("str", "'global'"),
        Sample("int", "2"),
        Sample("int", "6"),
    ]


def test_inner_scopes_of_an_expression_see_the_locals() -> None:
    """Comprehensions, generator expressions and lambdas in it use the frame's variables."""
    items, wanted = [1, 2, 3], 2  # noqa: F841
    assert texts(
        "[item * wanted for item in items]",
        "any(item == wanted for item in items)",
        "sorted(items, key=lambda item: -item * wanted)",
        "{item: [item + other for other in items] for item in items if item == wanted}",
    ) == ["[2, 4, 6]", "True", "[3, 2, 1]", "{2: [3, 4, 5]}"]


def test_a_name_that_is_not_there_yet() -> None:
    """As with a statement's names, the sample says so; what does not need the name has its value."""
    here = 1
    assert watch(
        "later", "len(later)", "here + later", "here or later", "later or here", "here if here else later"
    ) == [
        NOTHING,
        NOTHING,
        NOTHING,
        Sample("int", "1"),
        NOTHING,
        Sample("int", "1"),
    ]
    later = here
    assert watch("later") == [Sample("int", "1")]
    del later
    assert watch("later", "[later for _ in ()]", "[later for _ in 'a']") == [NOTHING, Sample("list", "[]"), NOTHING]


class Account:
    total = 5

    def __init__(self) -> None:
        self.__owner = "me"

    @property
    def doubled(self) -> int:
        return self.total * 2

    def fail(self) -> None:
        raise LookupError("no such thing")

    def look(self) -> list[str]:
        __local = 1

        def inner() -> list[str]:
            assert self
            return texts("self.__owner", "_Account__owner", "self._Account__owner")

        class Other:
            found = texts("__local", "self.__owner")

        assert Other.found == ["<unavailable>", "<unavailable>"]
        return [*texts("self.__owner", "__local + 1", "self.total", "self.doubled"), *inner()]


def test_attributes_and_private_names() -> None:
    """An expression is evaluated as at that place of the code: properties run, private names are those of the class."""
    assert Account().look() == ["'me'", "2", "5", "10", "'me'", "<unavailable>", "'me'"]


def test_a_class_body_can_be_watched() -> None:
    """Names of a class body, and of the functions around it, are seen too."""
    around = 3

    class Body:
        own = 4
        use = around
        __private = 5
        seen = texts("own + around", "[own for _ in range(2)]", "__private")

    assert Body.seen == ["7", "[4, 4]", "5"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("items[99]", Sample("IndexError", "<IndexError: list index out of range>")),
        ("1 / 0", Sample("ZeroDivisionError", "<ZeroDivisionError: division by zero>")),
        ("items.nothing", Sample("AttributeError", "<AttributeError: 'list' object has no attribute 'nothing'>")),
        ("account.fail()", Sample("LookupError", "<LookupError: no such thing>")),
        ("sys.exit(3)", Sample("SystemExit", "<SystemExit: 3>")),
        ("next(iter(()))", Sample("StopIteration", "<StopIteration>")),
        ("raising(items)", Sample("ValueError", "<ValueError: <list>>")),
        ("raising('x' * 1000)", Sample("ValueError", "<ValueError: " + "x" * 44 + "...")),
        ("raising(NameError)", Sample("NameError", "<NameError: missing>")),
    ],
)
def test_an_error_is_the_sample(expression: str, expected: Sample) -> None:
    """What an expression raises has its type and message in the place of the value, and goes no further."""
    items, account = [1], Account()  # noqa: F841

    def raising(value: object) -> None:
        raise NameError("missing") if value is NameError else ValueError(value)

    (found,) = watch(expression, max_repr=60)
    if expected.type == "ZeroDivisionError":  # worded in more than one way
        assert found.text.startswith("<ZeroDivisionError: ")
        expected = found
    assert raising
    assert found == expected
    assert sys.exc_info() == (None, None, None)


def test_a_keyboard_interrupt_passes_on() -> None:
    """The user who interrupts a long expression interrupts the program."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch("interrupt()")
    assert interrupt


def test_endless_recursion_is_an_error() -> None:
    """An expression that uses up the stack leaves the program its own."""

    def endless(n: int) -> int:
        return endless(n + 1)

    assert watch("endless(0)")[0].text.startswith("<RecursionError: maximum recursion depth exceeded")
    assert endless


def test_what_an_expression_prints_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """The program's output is what it would be without the watch."""

    def loud() -> int:
        print("dropped")
        return 1

    assert texts("loud()", "print('dropped')") == ["1", "None"]
    print("shown")
    assert capsys.readouterr().out == "shown\n"
    assert loud


def test_the_text_of_a_value_is_bounded() -> None:
    """Values are shown as those of names are: in the room that there is, without addresses."""
    many = list(range(100_000))  # noqa: F841
    assert watch("many", "object()", max_repr=20) == [
        Sample("list", "[0, 1, 2, 3, 4, 5..."),
        Sample("object", "<object object>"),
    ]


# Nothing of the program is changed


def test_the_variables_of_the_program_are_not_written() -> None:
    """Not even an expression that binds names touches those of the frame or its module."""
    x = 1
    before = dict(globals())
    assert texts(
        "[x for x in range(3)]", "(lambda x: x)(5)", "locals().update(x=9)", "globals().update(module_level=9)"
    )
    assert x == 1
    assert dict(globals()) == before
    assert texts("x", "module_level") == ["1", "'global'"]


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "x = 1",
            "x +=",
            "",
            "  ",
            "if x: y",
            "x; y",
            "del x",
            "x)",
            "(x",
            "*x",
            "for",
            "\0",
            "x\ny",
            "lambda: yield",
        ),
        *("(x := 1)", "[y := 1 for _ in x]", "(lambda: (z := 1))()", "await x", "(yield x)", "(yield from x)"),
        *("[await y for y in x]", "[y async for y in x]", "print(x))", "(" * 1000 + ")" * 1000),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_expression_that_reads_is_refused(expression: str) -> None:
    """Statements, assignments and what needs a coroutine are refused at the start, by name and with advice."""
    with pytest.raises(TraceError, match="watch=") as caught:
        Sampler(Options(watch=("fine", expression)))
    assert repr(expression) in str(caught.value)


def test_no_object_is_kept_alive() -> None:
    """Neither the values, nor the errors, nor the frame live on after the samples are taken."""

    class Kept:
        def fail(self) -> None:
            raise ValueError(self)

    sampler = Sampler(Options(watch=("kept", "[kept]", "kept.fail()", "(lambda: kept)")))
    gc.collect()
    gc.disable()
    try:
        kept = Kept()
        watched = weakref.ref(kept)
        assert len(sampler.watched(sys._getframe())) == 4
        del kept
        assert watched() is None
    finally:
        gc.enable()


def test_a_suspended_frame_can_be_watched() -> None:
    """A generator's variables are there while it waits."""

    def generator() -> Iterator[int]:
        inside = 5
        yield inside

    running = generator()
    next(running)
    frame = running.gi_frame  # type: ignore[attr-defined]
    assert Sampler(Options(watch=("inside * 2",))).watched(frame) == (Sample("int", "10"),)


# Secrets, and the user's own texts


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("password", "<redacted>"),
        ("user.password", "<redacted>"),
        ("config['password']", "<redacted>"),
        ("config['passwords'][0]", "<redacted>"),
        ("config.get('password')", "<redacted>"),
        ("password[:3]", "<redacted>"),
        ("f'{password}'", "<redacted>"),
        ("[each for each in password]", "<redacted>"),
        ("len(password)", "7"),
        ("password == 'x'", "False"),
        ("int(password)", "<ValueError>"),
        ("config['nothing']['password']", "<KeyError>"),
        ("config", "{'password': <redacted>, 'passwords': <redacted>}"),
        ("token", "<redacted>"),
        ("token.upper()", "<redacted>"),
        ("tokens", "['(']"),
        ("tokens[0]", "'('"),
        ("none_password", "None"),
        ("absent_password", "<unavailable>"),
    ],
)
def test_secrets_are_hidden(expression: str, expected: str) -> None:
    """A secret is hidden by the names and keys in the expression; numbers computed from it are shown."""
    password, token, tokens, none_password = "hunter2", "abc", ["("], None  # noqa: F841
    user = type("User", (), {"password": password})  # noqa: F841
    config = {"password": password, "passwords": [password]}  # noqa: F841
    assert texts(expression) == [expected]


def test_patterns_of_ones_own_hide_whatever_is_computed() -> None:
    """With a pattern that the user gave, numbers and truths are hidden, too."""
    card = "1234"  # noqa: F841
    found = watch("len(card)", "card == '1'", "card", "1 + 1", redact=("card",))
    assert [each.text for each in found] == ["<redacted>", "<redacted>", "<redacted>", "2"]


def test_the_users_own_texts_are_used() -> None:
    """`repr=` shapes the values of watched expressions as well."""
    items = [1, 2]  # noqa: F841

    def of_lists(value: object) -> str | None:
        return f"{len(value)} items" if isinstance(value, list) else None

    hook: Callable[[object], str | None] = of_lists
    assert watch("items", "len(items)", repr=hook) == [Sample("list", "2 items"), Sample("int", "2")]


# In a session


class Till:
    def __init__(self) -> None:
        self.coins: list[int] = []
        self.__owner = "me"

    def count(self) -> int:
        return len(self.coins)

    def put(self, coin: int) -> int:
        self.coins.append(coin)
        if coin > 1:
            pass
        return self.count()


def test_expressions_are_sampled_with_every_statement_of_a_session() -> None:
    """Each statement has the watched expressions, in the trace and the mapping; what they call is not traced."""
    till = Till()
    with Tracer(Till, watch=("len(self.coins)", "self.__owner", "Till.count(self) and coin")) as tracer:
        till.put(1)
        till.put(2)
    trace = tracer.trace()
    texts = {
        trace.statements[statement].snippet: {name: [each.text for each in found] for name, found in samples.items()}
        for statement, samples in trace.calls[2].samples.items()
    }
    assert [function.calls for function in trace.functions] == [0, 2, 2]
    assert texts["pass"] == {"len(self.coins)": ["2"], "self.__owner": ["'me'"], "Till.count(self) and coin": ["2"]}
    assert texts["self.coins.append(coin)"] == {
        "coin": ["2"],
        "self": ["<tests.core.test_watching.Till object>"],
        "self.coins": ["[1, 2]"],
        "len(self.coins)": ["2"],
        "self.__owner": ["'me'"],
        "Till.count(self) and coin": ["2"],
    }
    mapping = tracer.results()[2][1]
    assert mapping["self.coins.append(coin)"][1]["len(self.coins)"] == [("int", "2")]
    assert trace.settings.watch == ("len(self.coins)", "self.__owner", "Till.count(self) and coin")


def test_a_session_does_not_begin_with_a_bad_expression() -> None:
    """Neither do targets get traced, nor does the block run."""
    with pytest.raises(TraceError, match=r"watch='len\('"), Tracer(Till, watch="len("):
        raise AssertionError
