"""What of a trace is kept from other eyes: values of names, keys and literals that look like secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache
from typing import Any

from tracefunc.errors import ExportError

__all__ = ["REDACTED", "SECRETS", "Redactor"]

SECRETS = (
    *("*password*", "*passwd*", "*passphrase*", "pwd", "*_pwd", "pw", "*_pw", "pass", "*_pass"),
    *("*secret", "*secrets", "secret_*", "*_secret_*", "secretkey*", "*credential*"),
    *("*api_key*", "*apikey*", "*access_key*", "*accesskey*", "*private_key*", "*privatekey*"),
    *("*encryption_key*", "*signing_key*", "*session_key*"),
    *("*token", "*access_tokens", "*refresh_tokens", "*auth_tokens", "*api_tokens", "jwt", "*_jwt", "otp", "*_otp"),
    *("*authorization", "authorization_header", "auth", "*_auth"),
    *("cookie", "*_cookie", "cookies", "*_cookies", "*cookiejar", "*cookie_jar", "sessionid", "session_id"),
)
"""Patterns of names whose values are shown as `<redacted>`; case does not count."""

REDACTED = "<redacted>"

_STRING = r"""[a-zA-Z]{0,2}+(?:'(?:\\.|[^'\\])*+'?|"(?:\\.|[^"\\])*+"?)"""
_SOURCE_VALUE = re.compile(_STRING, re.DOTALL)
# An opening bracket hides all that follows: where it is closed cannot be told from the beginning of a repr.
_VALUE = re.compile(rf"{_STRING}|[\[({{].*|[^\s,;)}}\]][^,;)}}\]\n]*+", re.DOTALL)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LABEL = re.compile(r"""(?<![\w.-])([\w.-]++)['"]?\s*+(?::|=(?!=))\s*+""")
_SOURCE_LABEL = re.compile(r"""(?<![\w.-])([\w.-]++)['"]?\s*+(?::[\w .\[\]|]*+=(?!=)|:|=(?!=))\s*+""")


class Redactor:
    """Hides the values of names that match one of the patterns, which are those of `fnmatch`.

    In running text, such as the repr of a mapping, a header or the message of an exception, the value is what follows
    the name and `:` or `=`.
    """

    def __init__(self, patterns: Iterable[str] = SECRETS) -> None:
        given: Any = (patterns,) if isinstance(patterns, str) else patterns
        known: tuple[Any, ...] = tuple(given) if isinstance(given, Iterable) else (None,)
        if not all(isinstance(each, str) for each in known):
            raise ExportError(
                f"redact={patterns!r}: give patterns of names, such as '*_key', or () to show everything."
            )
        self._name = re.compile("|".join(translate(pattern.lower()) for pattern in known)) if known else None
        self.hides = lru_cache(1000)(self._hides)

    def _hides(self, name: str) -> bool:
        """Return whether the values of this name, key or attribute (`self.password`) are hidden."""
        if self._name is None:
            return False
        plain = name.lower().replace("-", "_")
        worded = _HUMP.sub("_", name).lower().replace("-", "_")  # accessToken, too
        forms = (plain, plain.rpartition(".")[2], worded, worded.rpartition(".")[2])
        return any(self._name.match(form) is not None for form in forms)

    def text(self, text: str) -> str:
        """Return running text with the hidden values replaced."""
        return self._replace(text, _LABEL, _VALUE)

    def source(self, text: str) -> str:
        """Return source text with the string literals that hidden names get replaced."""
        return self._replace(text, _SOURCE_LABEL, _SOURCE_VALUE)

    def _replace(self, text: str, label: re.Pattern[str], value: re.Pattern[str]) -> str:
        if self._name is None:
            return text
        parts: list[str] = []
        begin = 0
        found = label.search(text)
        while found is not None:
            end = found.end()
            if self.hides(found[1]) and (hidden := value.match(text, end)):
                parts += (text[begin:end], REDACTED)
                begin = end = hidden.end()
            found = label.search(text, end)
        return "".join((*parts, text[begin:])) if parts else text
