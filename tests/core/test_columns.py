"""Texts on a terminal: their width, cutting, and what must not reach it as it is."""

import pytest

from tracefunc._columns import clean, columns, cut, expand, pad, paint

WIDTHS = [
    ("", 0),
    ("abc", 3),
    ("日本語", 6),
    ("\uff41\uff42", 4),
    ("e\u0301", 1),
    ("\u0301", 0),
    ("한글", 4),
    ("\u1112\u1161\u11ab", 2),  # a syllable in parts
    ("\u2764", 1),
    ("\u2764\ufe0f", 2),
    ("👩\u200d👩\u200d👧", 2),
    ("👍🏽", 2),
    ("🇩🇪", 2),
    ("a\u200bb", 2),
]


@pytest.mark.parametrize(("text", "width"), WIDTHS)
def test_wide_and_combining_characters_take_the_columns_that_a_terminal_gives_them(text: str, width: int) -> None:
    """A wide character takes two columns, a combining one none, and an emoji made of several two."""
    assert columns(text) == width


@pytest.mark.parametrize("text", [text for text, _ in WIDTHS])
@pytest.mark.parametrize("width", range(10))
def test_a_cut_text_takes_at_most_the_columns_given(text: str, width: int) -> None:
    """Cutting leaves a text alone that fits, and else takes whole characters up to the mark."""
    short = cut(text, width)
    assert columns(short) <= width
    assert short == text if columns(text) <= width else short.endswith("..."[:width])
    assert columns(pad(short, width)) == width


def test_cutting_does_not_part_a_character_from_what_combines_with_it() -> None:
    """A combining mark goes with its character."""
    assert cut("ae\u0301xxxxx", 5) == "ae\u0301..."
    assert cut("a👩\u200d👧xxxx", 6) == "a👩\u200d👧..."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a b"),
        ("é日\u0301", "é日\u0301"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred\x07\x9b", "\\x1b[31mred\\x07\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\udcff", "\\udcff"),
        ("\u2028", "\\u2028"),
    ],
)
def test_what_would_control_the_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    """Control characters, lone surrogates and marks that turn the direction are escaped, letters are not."""
    assert clean(text) == shown
    assert clean(text).encode("utf-8")


def test_tabs_go_to_the_next_column_of_four() -> None:
    """Source indented by tabs is aligned by columns, wide characters counted as two."""
    assert expand("\tx = 1\t# y") == "    x = 1   # y"
    assert expand("\t日\tx") == "    日  x"
    assert expand("x = 1") == "x = 1"


def test_colour_is_put_around_a_text_only_where_it_is_asked_for() -> None:
    """Without colour a text stays as it is."""
    assert paint("x", "bad", False) == "x"
    assert paint("x", "bad", True) == "\x1b[31mx\x1b[0m"
    assert paint("", "bad", True) == ""
