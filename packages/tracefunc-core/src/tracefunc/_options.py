"""What a session is told to keep, checked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from tracefunc.errors import TraceError
from tracefunc.model import Settings

__all__ = ["SECRETS", "Keep", "Kept", "Options", "When"]

type When = Callable[..., object] | str
Keep = Literal["first", "last", "raised", "slowest"]
Kept = Literal["first", "last", "both"]

SECRETS = (
    *("*password*", "*passwd*", "*passphrase*", "pwd", "*_pwd", "pw", "*_pw", "pass", "*_pass"),
    *("*secret", "*secrets", "secret_*", "*_secret_*", "secretkey*", "*credential*"),
    *("*api_key*", "*apikey*", "*access_key*", "*accesskey*", "*private_key*", "*privatekey*"),
    *("*encryption_key*", "*signing_key*", "*session_key*"),
    *("*token", "*access_tokens", "*refresh_tokens", "*auth_tokens", "*api_tokens", "jwt", "*_jwt", "otp", "*_otp"),
    *("*authorization", "authorization_header", "auth", "*_auth"),
    *("cookie", "*_cookie", "cookies", "*_cookies", "*cookiejar", "*cookie_jar", "sessionid", "session_id"),
)
"""Patterns of names, and of keys of mappings, whose values are shown as `<redacted>` unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a `Tracer`, which documents them; raises `TraceError` naming one that is wrong."""

    max_calls: int | None = 10
    max_samples: int = 10
    max_repr: int = 50
    keep: Keep = "first"
    when: When | None = None
    samples: Kept = "first"
    watch: tuple[str, ...] = ()
    redact: tuple[str, ...] = SECRETS
    repr: Callable[[object], str | None] | None = None

    def __post_init__(self) -> None:
        for name in ("max_calls", "max_samples", "max_repr"):
            value = getattr(self, name)
            is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            if not is_number and not (value is None and name == "max_calls"):
                raise TraceError(f"{name}={value!r}: expected a number from 0 up")
        for name, known in (("keep", get_args(Keep)), ("samples", get_args(Kept))):
            if getattr(self, name) not in known:
                raise TraceError(f"{name}={getattr(self, name)!r}: expected one of {', '.join(map(repr, known))}")
        for name, example in (("watch", "('self.x', 'len(items)')"), ("redact", "('password', '*_key')")):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, (value,))
                continue
            try:
                texts = tuple(value)
            except TypeError:
                texts = (None,)
            if not all(isinstance(text, str) for text in texts):
                raise TraceError(f"{name}={value!r}: expected texts, such as {name}={example}")
            object.__setattr__(self, name, texts)
        if self.when is not None and not (callable(self.when) or isinstance(self.when, str)):
            raise TraceError(f"when={self.when!r}: expected a function of the arguments by name, or an expression")
        if self.repr is not None and not callable(self.repr):
            raise TraceError(f"repr={self.repr!r}: expected a function that returns a text, or None for the usual one")

    @property
    def settings(self) -> Settings:
        """What of them a trace tells."""
        when = self.when if self.when is None or isinstance(self.when, str) else _name(self.when)
        return Settings(self.max_calls, self.max_samples, self.max_repr, self.keep, self.samples, when, self.watch)


def _name(function: object) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))
