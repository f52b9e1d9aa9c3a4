"""A trace as text: what each form shows, its width and its budget, and the ids that can be asked for."""

import ast
import os
import platform
import re
import textwrap
from dataclasses import replace
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import BAD, GOOD, SHOP, built, call, ints, shop, traced, traces, untimed
from tracefunc import (
    Branch,
    Extent,
    Outcome,
    Sample,
    Settings,
    Trace,
    TraceError,
)
from tracefunc._columns import columns
from tracefunc._values import Values
from tracefunc._view import place, rows, views
from tracefunc.text import annotate, call_tree, detail, unhit, values

# Annotated source


def test_each_line_of_source_has_the_hits_id_and_changed_values_of_its_statement() -> None:
    """The gutter has hits, id and line; beside the source stand the values that differ from those shown above."""
    trace = traced(SHOP, "shop_1.py", lambda shop: shop["invoice"](GOOD[0]), "invoice")
    assert annotate(trace) == textwrap.dedent("""\
        invoice (shop_1.py:1), 1 call
        hits  id  line  source
                     1  def invoice(lines):                 # lines = [(4, 2), (3, 10), (5, 4)]  -> 53.0
           1  s0     2      total = 0                       # total = 0
           1  s1     3      rate = 0                        # rate = 0
           4  s2     4      for price, count in lines:      # price = 4, 3, 5  count = 2, 10, 4
           3  s3     5          cost = price * count        # cost = 8, 30, 20
           3  s4     6          if count >= 10: rate = 0.1
           1  s5                                rate = 0.1  # rate = 0.1
           3  s6     7          total += cost * (1 - rate)  # total = 8, 35.0, 53.0  rate = 0, 0.1
           1  s7     8      return total                    # total = 53.0""")
    assert str(trace) == annotate(trace)


def test_a_statement_that_never_ran_is_marked() -> None:
    """In the gutter stands `>>>>>>` for a statement without a hit, nothing for a line without a statement."""
    code = "def f(n):\n    if n:\n        return 1\n    else:\n        return 2\n"
    lines = annotate(traced(code, "unhit_1.py", lambda m: m["f"](0), "f")).splitlines()
    assert [line[:6] for line in lines[3:]] == ["     1", ">>>>>>", "      ", "     1"]
    assert lines[4] == ">>>>>>  s1     3          return 1"


def test_the_exception_stands_below_the_statement_that_raised_it() -> None:
    """Type and message are put under the statement, with the calls that it ended, in each function on its way."""
    lines = annotate(shop("shop_2.py", BAD)).splitlines()
    message = "TypeError: unsupported operand type(s) for *: 'int' and"
    (inner,) = [index for index, line in enumerate(lines) if "cost = price * count" in line]
    assert lines[inner + 1].strip().startswith(f"^ {message}")
    assert lines[inner + 1].endswith("(c2)")
    assert lines[inner + 1].index("^") == lines[inner].index("cost")
    (outer,) = [index for index, line in enumerate(lines) if "return sum(" in line]
    assert lines[outer + 1].strip().startswith(f"^ {message}")
    assert lines[outer + 1].endswith("(c0)")


def test_equal_exceptions_at_a_statement_are_told_once_with_their_calls() -> None:
    """Of many calls that ended alike, three are named and the others counted."""
    code = "def f(n):\n    raise ValueError(n)\n"

    def run(module: dict[str, Any]) -> None:
        for number in (7, 7, 7, 7, 7, 8):
            with pytest.raises(ValueError, match=str(number)):
                module["f"](number)

    lines = annotate(traced(code, "raises_1.py", run, "f")).splitlines()
    assert [line.strip() for line in lines[-2:]] == [
        "^ ValueError: 7 (c0, c1, c2 and 2 more)",
        "^ ValueError: 8 (c5)",
    ]
    assert lines[0] == "f (raises_1.py:1), 6 calls (6 raised)"


def test_an_exception_whose_statement_is_unknown_stands_in_the_heading() -> None:
    """Where nobody knows which statement raised, the call is named at the top."""
    trace = built(call(outcome=Outcome("raised", exception="KeyError", message="'x'")))
    assert "  c0 raised KeyError: 'x'" in annotate(trace).splitlines()


def test_values_that_do_not_fit_show_the_first_the_last_and_how_many_are_distinct() -> None:
    """A long series is cut in its middle, a short one is not."""
    numbers = Values("n", tuple(str(number % 50) for number in range(100)))
    assert numbers.within(40) == "n = 0, 1, 2, 3, 4, ... 49 (50 distinct)"
    assert numbers.within(34) == "n = 0, 1, 2, ... 49 (50 distinct)"
    assert numbers.within(20) == "n = 0, 1, 2, ... 49"
    assert numbers.within(8) == "n = 0..."
    assert Values("n", ("0", "1") * 50).within(20) == "n = 0 | 1"
    assert Values("n", ("0", "1", "0", None)).within(15) == "n = 0 | 1 | ..."
    assert Values("n", ("1", "2")).within(8) == "n = 1, 2"


def test_values_that_were_not_sampled_are_marked_where_they_are_missing() -> None:
    """With the first samples the end is missing, with the last the beginning, with both the middle."""
    code = "def f():\n    for i in range(8):\n        j = i\n"
    expected = {"first": "0, 1, 2, 3, ...", "last": "..., 4, 5, 6, 7", "both": "0, 1, ..., 6, 7"}
    for kept, shown in expected.items():
        trace = built(
            call(hits={2: 8}, samples={2: {"n": ints(*map(int, re.findall(r"\d", shown)))}}),
            settings=Settings(max_samples=4, samples=kept),
        )
        assert f"# n = {shown}" in annotate(trace)
    trace = traced(code, "gap.py", lambda m: m["f"](), "f", max_samples=4)
    assert "# j = 0, 1, 2, 3, ..." in annotate(trace)
    assert "# j = 0, 1, 2, 3, 4, 5, 6, 7\n" in annotate(traced(code, "gap.py", lambda m: m["f"](), "f")) + "\n"


def test_a_run_of_equal_values_is_shown_once() -> None:
    """What has not changed from one hit to the next is not repeated."""
    trace = built(call(hits={2: 5}, samples={2: {"n": ints(1, 1, 2, 2, 1)}}))
    assert "# n = 1, 2, 1" in annotate(trace)


def test_attributes_and_watched_expressions_are_shown_like_names() -> None:
    """Any key of a call's samples is shown; what the text mentions comes before what it does not."""
    samples = {1: {"len(x)": ints(3, 4), "n": ints(1), "self": (Sample("S", "S()"),), "self.total": ints(5, 6)}}
    trace = built(call(hits={0: 1, 1: 2, 2: 1}, samples=samples))
    assert "# self.total = 5, 6  len(x) = 3, 4  self = S()" in annotate(trace)


def test_functions_modules_and_missing_values_are_not_shown_beside_source() -> None:
    """Values that tell little are left out; only the data of a trace has them."""
    taken = {"n": (Sample("function", "<function g>"),), "self": (Sample("NameError", "<unavailable>"),)}
    trace = built(call(samples={0: taken}, arguments={}, outcome=Outcome("unfinished")))
    assert "#" not in annotate(trace)


def test_the_outcomes_of_a_test_stand_beside_it() -> None:
    """How often it was true and false; several tests in one statement are told apart by their text."""
    one = built(call(hits={0: 1_234, 2: 1}), branches=(Branch(0, Extent(2, 7, 2, 17), 1_000, 234),))
    assert re.search("if n and self: +# true 1,000 / false 234$", annotate(one), re.MULTILINE)
    two = (Branch(0, Extent(2, 7, 2, 8), 1, 0), Branch(0, Extent(2, 13, 2, 17), 0, 1))
    assert "# n: true 1 / false 0  self: true 0 / false 1" in annotate(built(call(), branches=two))
    never = built(call(hits={2: 1}), branches=(Branch(0, Extent(2, 7, 2, 17), 0, 0),))
    assert "true" not in annotate(never)


def test_a_def_has_the_arguments_the_yielded_and_sent_values_and_the_results() -> None:
    """What went into the calls and came out stands at the `def`, behind decorators; None alone does not."""
    code = """\
        import functools

        @functools.lru_cache
        def f(
            a, b
        ):
            return a + b

        def g(): pass
        """
    trace = traced(code, "ends.py", lambda m: (m["f"](1, b=2), m["f"](3, b=2), m["g"]()), "f", "g")
    assert re.search(r"4  def f\( +# a = 1, 3  b = 2  -> 3, 5$", annotate(trace), re.MULTILINE)
    assert "None" not in annotate(trace)
    generator = call(arguments={}, yielded=ints(1, 2), sent=(Sample("str", "'x'"),))
    assert "# yielded = 1, 2  sent = 'x'  -> 1" in annotate(built(generator))


def test_a_method_is_shown_without_the_indentation_of_its_class() -> None:
    """Source begins at the left, further statements of a line stay below their text; a bare object comes last."""
    code = "class A:\n\tdef f(self, n):\n\t\tx = n; y = n\n\t\treturn self\n"
    trace = traced(code, "method.py", lambda m: m["A"]().f(5), "A")
    assert annotate(trace).splitlines()[2:6] == [
        "             2  def f(self, n):   # n = 5  self = <A object>  -> <A object>",
        "   1  s0     3      x = n; y = n  # x = 5",
        "   1  s1                   y = n  # y = 5",
        "   1  s2     4      return self",
    ]


def test_the_heading_tells_calls_callers_and_which_calls_have_detail() -> None:
    """Calls, how many ended otherwise than by a return, callers, and what the values are from."""
    text = annotate(shop("shop_3.py", GOOD))
    assert "day (shop_3.py:11), 1 call\n" in text
    assert "invoice (shop_3.py:1), 3 calls\n  called 3 times by day, s0, line 12\n" in text
    few = annotate(shop("shop_3.py", GOOD, max_calls=2))
    assert "invoice (shop_3.py:1), 3 calls, detail of the first 2\n" in few
    assert "3 calls, detail of none\n" in annotate(shop("shop_3.py", GOOD, max_calls=0))
    slow = replace(built(call(0), call(1)), settings=Settings(keep="slowest"))
    slow = replace(slow, functions=(replace(slow.functions[0], calls=5),))
    assert annotate(slow).startswith("f (built.py:1), 5 calls, detail of the 2 slowest\n")
    for when, shown in (("n > 1", "n > 1"), ("n > 1" + " + 1" * 20, "n > 1" + " + 1" * 8 + "..."), ("n\x1b", "n\\x1b")):
        some = replace(slow, settings=Settings(keep="last", when=when))
        assert annotate(some).startswith(f"f (built.py:1), 5 calls, detail of the last 2 when {shown}\n")
    assert "1 call (1 unfinished)" in annotate(built(call(outcome=Outcome("unfinished"))))


def test_functions_that_were_never_called_are_named_and_on_request_shown() -> None:
    """Their source is left out unless `unhit` is given."""
    trace = shop("shop_4.py", GOOD)
    assert annotate(trace).endswith("never called:\n  closed (shop_4.py:15)")
    whole = annotate(trace, unhit=True)
    assert "closed (shop_4.py:15), never called" in whole
    assert re.search(r"^>>>>>>  s\d+ +16 +return None$", whole, re.MULTILINE)


def test_values_can_be_left_out_and_the_calls_be_added() -> None:
    """`values=False` leaves only source and gutter, `calls` adds the tree."""
    trace = shop("shop_5.py", GOOD)
    bare = annotate(trace, values=False)
    assert "#" not in bare
    assert "total += cost * (1 - rate)\n" in bare
    assert call_tree(trace, times=False) in annotate(trace, calls=True, times=False)


def test_notes_of_the_trace_are_shown() -> None:
    """What may be missing from a trace is said at its end."""
    assert annotate(built(call(), notes=("a target\nwas not found",))).endswith("note: a target\\nwas not found")


@pytest.mark.parametrize("width", [45, 60, 80, 100, 160])
def test_the_text_keeps_to_its_width_but_for_source(width: int) -> None:
    """What stands beside and between the lines of source is cut, or put into a row of its own."""
    trace = shop("shop_6.py", BAD)
    for line in (*annotate(trace, width=width).splitlines(), *call_tree(trace, width=width).splitlines()):
        assert columns(line) <= width or "#" not in line, line
    narrow = annotate(trace, width=60)
    assert "    return total\n" in narrow or "# total" in narrow


def test_a_row_without_room_for_its_values_is_followed_by_one_of_theirs() -> None:
    """Long lines of source do not cost their values."""
    code = f"def f(a):\n    return {' + '.join(['a'] * 30)}\n"
    lines = annotate(traced(code, "long.py", lambda m: m["f"](2), "f"), width=80).splitlines()
    assert lines[3].endswith("a + a")
    trace = built(call(samples={0: {"n": ints(1, 2, 3)}}))
    source = trace.functions[0].source.replace("n and self", "n and self and " + "1 and " * 12 + "1")
    wide = replace(trace, functions=(replace(trace.functions[0], source=source),))
    lines = annotate(wide, width=80).splitlines()
    assert lines[4].strip() == "# n = 1, 2, 3"


def test_wide_and_combining_characters_and_tabs_leave_the_columns_aligned() -> None:
    """The comments of all rows begin at the same column of a terminal."""
    code = "def f(n):\n\tä = 'e\u0301' * n; ö = '日本'\n\tfor 字 in ö: x = 字\n\treturn x\n"
    lines = annotate(traced(code, "wide.py", lambda m: m["f"](2), "f")).splitlines()
    starts = {columns(line.partition("  # ")[0]) for line in lines if "  # " in line}
    assert len(starts) == 1
    (second,) = [line for line in lines if line.strip().startswith("1  s1")]
    (first,) = [line for line in lines if "  s0  " in line]
    assert columns(second.partition("ö")[0]) == columns(first.partition("ö")[0])


def test_nothing_of_the_traced_program_can_control_the_terminal() -> None:
    """Escapes in source, values, messages and names are shown as such, without colour as with it."""
    evil = "\x1b[2J\u202e\r\n"
    one = call(
        arguments={"n": Sample("X", evil)},
        samples={0: {"n": (Sample("X", evil),)}},
        outcome=Outcome("raised", exception="E", message=evil, statement=0),
        thread_name=evil,
        task_name=evil,
    )
    trace = built(one, notes=(evil,))
    trace = replace(trace, functions=(replace(trace.functions[0], source=f"def f():\n    '{evil[:-2]}'"),))
    texts = [annotate(trace, calls=True), values(trace), unhit(trace), detail(trace, "c0"), detail(trace, "s0")]
    texts += [annotate(trace, max_chars=size) for size in (50, 200, 5000)]
    for text in texts:
        assert not set("\x1b\u202e\r") & set(text)
    assert set(re.findall(r"\x1b(\[\d*;?\d*m)?", annotate(trace, calls=True, color=True))) <= {
        "[0m", "[1m", "[2m", "[31m", "[36m", "[1;31m"
    }  # fmt: skip


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escapes a coloured text is the plain one."""
    trace = shop("shop_7.py", BAD)
    for form in (annotate, call_tree, values, unhit):
        plain, coloured = form(trace), form(trace, color=True)
        assert plain != coloured
        assert [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines()] == plain.splitlines()


def test_a_lambda_a_nested_function_and_a_class_body_have_their_rows() -> None:
    """Whatever has statements can be shown, those of one line in rows below it."""
    code = """\
        def outer(n):
            square = lambda x: x * x
            class Local:
                size = n
            def inner(y): return square(y) + Local.size
            return [inner(i) for i in range(n)]

        first = lambda items: [item for item in items if item]
        """
    trace = traced(code, "nested.py", lambda m: (m["outer"](2), m["first"]([0, 1])), "outer", "first")
    text = annotate(trace)
    assert re.search(r"2  s\d+ +lambda x: x \* x +# x = 0, 1$", text, re.MULTILINE)
    assert re.search(r"2  s\d+ +return square\(y\) \+ Local.size  # y = 0, 1", text)
    assert re.search(r"2  s\d+ +\[inner\(i\) for i in range\(n\)\] +# i = 0, 1$", text, re.MULTILINE)
    assert re.search(r"1  s\d+ +8  first = lambda items: .*  # items = \[0, 1\]  -> \[1\]$", text, re.MULTILINE)


# Calls


def test_the_tree_of_calls_has_ids_times_arguments_and_results() -> None:
    """A call stands below its caller, further in, with the time that it ran."""
    trace = shop("shop_8.py", GOOD)
    assert call_tree(trace, times=False) == textwrap.dedent("""\
        c0  day(orders=[[(4, 2), (3, 10), (5, 4)], [(1, 1)], []]) -> 53.9
        c1    invoice(lines=[(4, 2), (3, 10), (5, 4)]) -> 53.0
        c2    invoice(lines=[(1, 1)]) -> 0.9
        c3    invoice(lines=[]) -> 0""").replace("53.9", "54.0").replace("0.9", "1")
    rows = call_tree(trace).splitlines()
    shown = [float(re.match(r"c\d  +([\d,.]+) ms  ", row)[1].replace(",", "")) for row in rows]  # type: ignore[index]
    assert shown == pytest.approx([each.running / 1e6 for each in trace.calls], abs=0.0006)


def test_the_tree_tells_how_calls_ended_and_where() -> None:
    """An exception comes with the statement that raised it; what is closed or unfinished says so."""
    trace = shop("shop_9.py", BAD)
    assert re.search(r"c2 .* raised at s\d, line 5: TypeError: unsup", call_tree(trace, times=False))
    assert "f(n=1) closed" in call_tree(built(call(outcome=Outcome("closed"))))
    assert "f(n=1) unfinished" in call_tree(built(call(outcome=Outcome("unfinished"))))
    assert "f(n=1) yielded 1, 2 sent 3 -> 1" in call_tree(built(call(yielded=ints(1, 2), sent=ints(3))))


def test_the_tree_tells_threads_tasks_processes_and_suspensions() -> None:
    """What sets a call apart from its caller stands at its end."""
    first = call(0, suspended=2_000_000, process_id=1)
    second = call(1, caller=0, thread_name="worker", task_name="Task-1", process_id=2)
    third = call(2, caller=1, thread_name="worker", task_name="Task-1", process_id=2)
    lines = call_tree(built(first, second, third)).splitlines()
    assert lines[0].endswith("[suspended 2.000 ms]  [process 1]")
    assert lines[1].endswith("[thread worker]  [task Task-1]  [process 2]")
    assert lines[2].endswith("f(n=1) -> 1")


def test_the_tree_tells_of_calls_without_detail() -> None:
    """Their number, who made how many, and callers that are not in the tree."""
    trace = shop("shop_10.py", GOOD, max_calls=1)
    text = call_tree(trace, times=False)
    assert text.splitlines()[-3:] == [
        "2 more calls without detail. All calls:",
        "  3 of invoice by day, s0, line 12",
        "  1 of day by code that is no target",
    ]
    assert "[called by c7, which has no detail]" in call_tree(built(call(9, caller=7)))


def test_a_deep_recursion_is_indented_up_to_a_limit() -> None:
    """Calls below twenty levels say how deep they are, and no depth is too deep."""
    code = "def f(n):\n    return f(n - 1) if n else 0\n"
    trace = traced(code, "deep.py", lambda m: m["f"](400), "f", max_calls=None)
    lines = call_tree(trace, times=False).splitlines()
    assert lines[3] == "c3          f(n=397) -> 0"
    assert lines[300].startswith(f"c300  {'  ' * 20}[300] f(n=100)")
    assert max(map(columns, lines)) <= 100


def test_equal_runs_have_equal_texts() -> None:
    """Without times, the texts of two runs are the same."""
    first, second = (shop("shop_11.py", BAD) for _ in range(2))
    assert annotate(first, calls=True, times=False) == annotate(second, calls=True, times=False)
    assert annotate(first, max_chars=700) == annotate(second, max_chars=700)


# Values, what never ran, and one call or statement


def test_all_values_are_listed_by_statement() -> None:
    """Every name has its values there, whether or not they have changed since the statement above."""
    text = values(traced(SHOP, "shop_12.py", lambda shop: shop["invoice"](GOOD[0]), "invoice"))
    expected = (
        "  s3 line 5  cost = price * count\n      cost = 8, 30, 20\n      price = 4, 3, 5\n      count = 2, 10, 4\n"
    )
    assert expected in text
    assert "  line 1  def invoice(lines):\n      lines = [(4, 2), (3, 10), (5, 4)]\n      -> 53.0\n" in text


def test_what_never_ran_is_listed() -> None:
    """Statements without a hit, by function, and functions without a call."""
    text = unhit(shop("shop_13.py", [[(1, 1)]]))
    assert text == textwrap.dedent("""\
        invoice (shop_13.py:1), 1 of 8 statements never ran
          >>>>>>  s7  line 6  rate = 0.1
        never called:
          closed (shop_13.py:15)""")
    assert unhit(built(call(hits={0: 1, 1: 1, 2: 1}))) == ""


def test_a_call_in_detail_has_its_own_hits_values_stack_and_calls() -> None:
    """Asked by its id, a call is shown alone."""
    trace = shop("shop_14.py", GOOD)
    text = detail(trace, "c1")
    assert text.startswith(
        "c1 invoice(lines=[(4, 2), (3, 10), (5, 4)]) -> 53.0\n  invoice (shop_14.py:1), called by c0 at s0,"
    )
    assert re.search(r"  running [\d.]+ ms, thread MainThread\n", text)
    assert (
        "\n  in day (shop_14.py:12)\n  in day.<locals>.<genexpr> (shop_14.py:12)\n  in invoice (shop_14.py:1)\n" in text
    )
    assert re.search(r"^ +4  s4 .*# price = 4, 3, 5  count = 2, 10, 4$", text, re.MULTILINE)
    assert ">>>>>>  s5     5          cost = price * count" in detail(trace, "c3")
    assert "  made c1 invoice(lines=[(4, 2), (3, 10), (5, 4)]) -> 53.0\n" in detail(trace, "c0")


def test_a_statement_in_detail_has_the_values_of_each_call() -> None:
    """Asked by its id, a statement shows what each call saw there."""
    trace = shop("shop_15.py", BAD)
    text = detail(trace, "s5")
    assert text.startswith("s5 cost = price * count\n  invoice (shop_15.py:5), 3 hits\n  ^ TypeError: ")
    assert "  c1, 1 hit\n      cost = 1\n      price = 1\n      count = 1\n  c2, 2 hits\n" in text
    assert "  2 calls of invoice\n" in detail(trace, "s0")
    assert "never ran" in detail(built(call()), "s1")
    branched = built(call(), branches=(Branch(0, Extent(2, 7, 2, 17), 1, 0),))
    assert "\n  true 1 / false 0\n" in detail(branched, "s0")


@pytest.mark.parametrize("name", ["", "c", "s", "x1", "c99", "s99", "c-1", "7", "sfoo", "c\u0661"])
def test_an_id_that_the_trace_does_not_have_is_an_error_that_tells_the_ids(name: str) -> None:
    """The message names what was asked for and what there is."""
    with pytest.raises(TraceError, match=re.escape(repr(name)) + r".* the calls c0 to c0 and the statements s0 to s2"):
        detail(built(call()), name)


@pytest.mark.parametrize("form", [annotate, call_tree, values, unhit])
@pytest.mark.parametrize("option", ["width", "max_chars"])
@pytest.mark.parametrize("value", [-1, 1.5, "80", True])
def test_a_wrong_width_or_budget_is_an_error_that_names_it(form: Any, option: str, value: object) -> None:
    """Only whole numbers from 0 up are taken."""
    with pytest.raises(TraceError, match=f"{option}={value!r}: expected a number from 0 up"):
        form(built(call()), **{option: value})


# The form with a budget


@pytest.mark.parametrize("max_chars", [0, 1, 10, 50, 100, 200, 400, 800, 1600, 10_000])
def test_the_budget_is_never_exceeded(max_chars: int) -> None:
    """Whatever the budget, no form takes a character more."""
    for trace in (shop("shop_16.py", BAD), shop("shop_16.py", GOOD * 10, max_calls=None)):
        for form in (annotate, call_tree, values, unhit):
            assert len(form(trace, max_chars=max_chars)) <= max_chars
        for name in ("c0", "c1", "s0", "s5"):
            assert len(detail(trace, name, max_chars=max_chars)) <= max_chars


def test_a_budget_that_suffices_leaves_nothing_out() -> None:
    """All statements, values and calls are there, one on a line, the exception first."""
    text = annotate(shop("shop_17.py", [[(1, 1)], [(2, None)]]), max_chars=10_000)
    text = text.replace(platform.python_version(), "PY")
    text = re.sub("TypeError: .*", "TypeError: MESSAGE", text)
    assert text == textwrap.dedent("""\
        trace on Python PY: 3 functions, 3 calls, 14 hits; c = call, s = statement, x = hits, L = line
        c2 invoice(lines=[(2, None)]) raised at s5, line 5: TypeError: MESSAGE
        c0 day(orders=[[(1, 1)], [(2, None)]]) raised at s0, line 12: TypeError: MESSAGE
        day shop_17.py:11 1 call (1 raised)
        s0 L12 x1 return sum(invoice(order) for order in orders) ! c0
        s1 L12 x1 (invoice(order) for order in orders)  # order = [(1, 1)]
        invoice shop_17.py:1 2 calls (1 raised)
        s2 L2 x2 total = 0  # total = 0
        s3 L3 x2 rate = 0  # rate = 0
        s4 L4 x3 for price, count in lines:  # price = 1, 2  count = 1, None
        s5 L5 x2 cost = price * count  # cost = 1 ! c2
        s6 L6 x1 if count >= 10:  # count = 1
        s7 L6 never rate = 0.1
        s8 L7 x1 total += cost * (1 - rate)  # total = 1
        s9 L8 x1 return total
        closed shop_17.py:15 never called
        c1 by c0 invoice(lines=[(1, 1)]) -> 1""")


def test_a_small_budget_keeps_the_cause_and_says_what_is_left_out() -> None:
    """The exception that began it stays, then the statement that raised it; the last line counts the rest."""
    trace = shop("shop_18.py", BAD)
    small = annotate(trace, max_chars=260).splitlines()
    assert small[1].startswith("c2 raised at s5, line 5: TypeError: unsupported operand")
    assert re.fullmatch(r"\[left out: \d calls?, \d functions?, \d+ statements?(, part of \d lines?)?\]", small[-1])
    larger = annotate(trace, max_chars=500)
    assert "s5 L5 x3 cost = price * count" in larger
    assert "never called" not in larger
    assert len(larger) > 400


def test_what_is_left_out_is_counted_exactly() -> None:
    """Statements shown and statements left out are all statements; so with calls and functions."""
    trace = shop("shop_19.py", GOOD * 10, max_calls=None)
    for budget in range(150, 4000, 150):
        text = annotate(trace, max_chars=budget)
        last = text.rpartition("[left out:")[2] if "[left out:" in text else ""
        left = {kind: int(number) for number, kind in re.findall(r"(\d+) (call|function|statement)s?\b", last)}
        lines = text.splitlines()
        shown = {
            "statement": sum(bool(re.match(r"s\d+ L", line)) for line in lines),
            "call": sum(bool(re.match(r"c\d+ ", line)) for line in lines),
            "function": sum(bool(re.match(r"\w+ shop_19.py:", line)) for line in lines),
        }
        assert {kind: shown[kind] + left.get(kind, 0) for kind in shown} == {
            "statement": len(trace.statements) - 1,  # that of the function that was never called is not asked for
            "call": len(trace.calls),
            "function": 3,
        }


def test_a_larger_budget_tells_more() -> None:
    """No budget is left unused where something was left out that has room."""
    trace = shop("shop_20.py", BAD * 3)
    lengths = [len(annotate(trace, max_chars=budget)) for budget in range(200, 2200, 200)]
    whole = len(annotate(trace, max_chars=100_000))
    assert all(length > min(budget, whole) - 150 for length, budget in zip(lengths, range(200, 2200, 200), strict=True))


def test_options_hold_in_the_form_with_a_budget_too() -> None:
    """Values and calls can be left out, and the statements of functions that were never called be asked for."""
    trace = shop("shop_21.py", GOOD)
    assert "#" not in annotate(trace, max_chars=5000, values=False)
    assert "# true 1 / false 0" in annotate(
        built(call(), branches=(Branch(0, Extent(2, 7, 2, 8), 1, 0),)), max_chars=500
    )
    assert "c1" not in annotate(trace, max_chars=5000, calls=False)
    assert "never return None" in annotate(trace, max_chars=5000, unhit=True)
    assert "note: lost" in annotate(built(call(), notes=("lost",)), max_chars=5000)


# All forms, on whatever trace


@untimed
@given(trace=traces(), width=st.integers(0, 200), max_chars=st.integers(0, 2000))
def test_every_form_of_every_trace_is_text_within_its_bounds(trace: Trace, width: int, max_chars: int) -> None:
    """No trace and no width makes a form fail, break its budget, or give what cannot be printed."""
    for form in (annotate, call_tree, values, unhit):
        text = form(trace, width=width)
        assert not {category(char) for char in text.replace("\n", "")} & {"Cc", "Cs", "Zl", "Zp"}
        assert len(form(trace, max_chars=max_chars)) <= max_chars
    for name in ("s0", "s1", *(f"c{each.id}" for each in trace.calls)):
        assert detail(trace, name, width=width).startswith(name)
        assert len(detail(trace, name, max_chars=max_chars)) <= max_chars
    assert width < 70 or all(columns(line) <= width for line in call_tree(trace, width=width).split("\n"))


@untimed
@given(trace=traces())
def test_the_rows_of_a_function_are_its_lines_and_further_statements(trace: Trace) -> None:
    """Each line has one row with its number, and each statement exactly one row."""
    found = rows(views(trace)[0])
    assert [row.line for row in found if row.line] == [1, 2, 3, 4]
    assert [row.statement.id for row in found if row.statement] == [0, 1, 2]


def test_a_path_below_the_current_folder_is_shown_from_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Paths are short: relative, or with a variable for a well-known folder."""
    monkeypatch.chdir(tmp_path)
    assert place(str(tmp_path / "pkg" / "mod.py")) == os.path.join("pkg", "mod.py")
    assert place(ast.__file__).startswith("$")
    assert place("<stdin>") == "<stdin>"
