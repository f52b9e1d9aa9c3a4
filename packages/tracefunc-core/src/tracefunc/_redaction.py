"""Which values are hidden: by the name or key that they stand under, and within the text of an own `__repr__`."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable
from fnmatch import translate
from functools import lru_cache
from typing import Any, Final

from tracefunc._options import SECRETS

__all__ = ["NOTHING", "NO_NUMBERS", "REDACTED", "Redaction"]

REDACTED: Final = "<redacted>"

# What is hidden under a name, from nothing to everything.
NOTHING: Final = 0
TEXTS: Final = 1  # text alone: what else is called a token is a parser's or a language model's
NO_NUMBERS: Final = 2  # what is no number either: `cookies = 3` counts some
SECRET: Final = 3  # all but what is no secret of its own: None, a bool, what is empty, functions, classes, modules
EVERYTHING: Final = 4

_LEVELS: Final = {
    **dict.fromkeys(("*token", "jwt", "*_jwt", "sessionid", "session_id", "pw", "*_pw", "*_pass"), TEXTS),
    **dict.fromkeys(("auth", "*_auth", "cookie", "*_cookie", "cookies", "*_cookies", "pass"), NO_NUMBERS),
}
_LONGEST: Final = 200  # characters of a name or key that are looked at
_MOST: Final = 5_000  # names that are remembered
_BORDER: Final = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+"  # between the words of a name
_SHOWN: Final = frozenset(map(id, (type(None), bool, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)))
_SIZED: Final[tuple[Any, ...]] = (str, bytes, bytearray, list, tuple, dict, set, frozenset)
_NO_SECRETS: Final = frozenset(["None", "True", "False", "''", '""', "b''", "[]", "{}", "()", REDACTED])


class Redaction:
    """The patterns of a session, and what has been found out about each name."""

    __slots__ = ("_is_any", "_levels", "_pieces", "levels")

    def __init__(self, patterns: Iterable[str]) -> None:
        given = frozenset(patterns)
        # Who gives most of SECRETS has them from there; who gives a few, such as "auth", has thought of these himself.
        usual = given & frozenset(SECRETS)
        usual = usual if 2 * len(usual) > len(SECRETS) else frozenset()
        ranked = [
            (EVERYTHING, given - usual),
            *((level, _of_level(level) & usual) for level in (SECRET, NO_NUMBERS, TEXTS)),
        ]
        self._levels = [(level, _any_of(chosen)) for level, chosen in ranked if chosen]
        self._is_any = _any_of(given)
        self._pieces = _pieces_of(given)
        self.levels = _Levels(self._level)

    def hides(self, key: object, value: object) -> bool:
        """Tell whether a value is hidden when it stands under a key of a mapping, or under the name of a field."""
        kind = type(key)
        name: Any = key
        if kind is str:
            pass
        elif issubclass(kind, str):
            name = str.__getitem__(name, slice(_LONGEST))
        elif issubclass(kind, bytes):
            name = bytes.__getitem__(name, slice(_LONGEST)).decode("latin-1")
        else:
            return False
        level = self.levels[name]
        return level != NOTHING and is_hidden(value, level)

    def clean(self, text: str) -> str:
        """Return a text with the values hidden that stand in it behind a name, as in `User(password='x')`."""
        if "=" not in text and ":" not in text and "'," not in text and '",' not in text:
            return text
        lower = text.lower()
        for piece in self._pieces:  # most texts have none, and to look for all their names would take much longer
            if piece in lower:
                break
        else:
            return text
        parts: list[str] = []
        done = 0
        for match in _syntax().key.finditer(text):
            start = match.end()
            level = self.levels[match["key"] or match["name"]] if match.start() >= done else NOTHING
            if level == NOTHING:
                continue
            end = _end_of_value(text, start)
            if _is_hidden_text(text[start:end], level):
                parts += text[done:start], REDACTED
                done = end
        return "".join(parts) + text[done:] if parts else text

    def _level(self, name: str) -> int:
        """Find out about a name or key. Of a dotted one the parts before the last count too, but for `TEXTS`."""
        *before, last = name.split(".")
        levels = [self._level_of(last)]
        if before:
            levels += [level for level in map(self._level_of, before) if level != TEXTS]
            levels += [level for level, is_match in self._levels if is_match(name.lower())]  # `self.total`
        return max(levels)

    def _level_of(self, word: str) -> int:
        lower = word.lower()
        words = re.sub(_BORDER, "_", word).strip("_").lower()
        bare = words.rstrip("0123456789_")  # of `secret_2`
        if not any(map(self._is_any, {lower, words, bare})):  # most names
            return NOTHING
        for level, is_match in self._levels:
            if is_match(lower) or is_match(words) or (level != EVERYTHING and is_match(bare)):
                return level
        return NOTHING


class _Levels(dict[str, int]):
    """Remembers the level of each name."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[str], int]) -> None:
        self._find = find

    def __missing__(self, name: str) -> int:
        level = self._find(name[:_LONGEST])
        if len(self) >= _MOST:
            self.clear()
        if len(name) <= _LONGEST:
            self[name] = level
        return level


def is_hidden(value: Any, level: int) -> bool:
    """Tell whether a value is hidden at a level."""
    if level == EVERYTHING:
        return True
    kind: Any = type(value)
    is_text = issubclass(kind, (str, bytes, bytearray))
    if level == TEXTS and not is_text:
        return False
    if id(kind) in _SHOWN or issubclass(kind, type):
        return False
    if issubclass(kind, (int, float)):
        return level != NO_NUMBERS
    return not any(issubclass(kind, base) and base.__len__(value) == 0 for base in _SIZED)


def _of_level(level: int) -> frozenset[str]:
    return frozenset(pattern for pattern in SECRETS if _LEVELS.get(pattern, SECRET) == level)


@lru_cache(maxsize=16)
def _any_of(patterns: frozenset[str]) -> Callable[[str], Any]:
    return re.compile("|".join(translate(pattern.lower()) for pattern in sorted(patterns))).match


@lru_cache(maxsize=16)
def _pieces_of(patterns: frozenset[str]) -> tuple[str, ...]:
    """Return texts of which each name that one of the patterns matches contains at least one, in lower case.

    What stands between the words of a name differs, as in `apiKey` and `api-key`: so it is one word of each pattern.
    """
    words = (re.findall("[a-z0-9]+", re.sub(r"\[!?\]?[^]]*\]", "*", each.lower())) for each in patterns)
    longest = {max(each, key=len, default="") for each in words}
    return tuple(piece for piece in longest if not any(other in piece for other in longest - {piece}))


class _Syntax:
    """What is looked for in a text; compiled when first needed, which takes longer than all else here."""

    def __init__(self) -> None:
        # A name with `=` or `:` behind it, a quoted one too, or a quoted one that begins a pair.
        key = r"""
            (?P<pair>\(\s*+)?[bu]?(?P<quote>['"])(?P<key>[^'"\\\n]{1,80})(?P=quote)\s*+(?(pair)[:=,]|[:=])(?!=)\s*+
            | (?<![\w'"])(?P<name>[^\W\d][\w.-]{0,80})\s*+[:=](?![=/])\s*+
            """
        self.key = re.compile(key, re.VERBOSE)
        quoted = r"""[bruBRU]{0,2}(?:'(?:[^'\\]|\\.)*+(?:'|$)|"(?:[^"\\]|\\.)*+(?:"|$))"""
        self.quoted = re.compile(quoted, re.DOTALL)
        self.bare = re.compile(r"""[^\s'"()\[\]{}<>,;]+""")
        self.scheme = re.compile(r"(?:bearer|basic|digest|token)\s+", re.IGNORECASE)  # before the secret in a header
        self.number = re.compile(r"[-+]?\d[\d_.]*(?:e[-+]?\d+)?", re.IGNORECASE)


_syntax: Final = lru_cache(maxsize=1)(_Syntax)


def _end_of_value(text: str, start: int) -> int:
    """Return where a value ends in a text: behind its quotes, its last bracket, or its last character."""
    syntax = _syntax()
    scheme = syntax.scheme.match(text, start)
    at = start if scheme is None else scheme.end()
    depth = 0
    while at < len(text):
        if found := syntax.quoted.match(text, at) or syntax.bare.match(text, at):
            at = found.end()
        elif text[at] in "([{<":
            depth += 1
            at += 1
        elif text[at] in ")]}>":
            if depth == 0:
                break
            depth -= 1
            at += 1
        elif depth == 0:
            break
        else:
            at += 1
    return at


def _is_hidden_text(shown: str, level: int) -> bool:
    if level == EVERYTHING:
        return bool(shown)
    syntax = _syntax()
    if level == TEXTS and not (syntax.quoted.match(shown) or syntax.scheme.match(shown)):
        return False
    if level == NO_NUMBERS and syntax.number.fullmatch(shown):
        return False
    return bool(shown) and shown not in _NO_SECRETS and not shown.startswith(("<function ", "<class ", "<built-in "))
