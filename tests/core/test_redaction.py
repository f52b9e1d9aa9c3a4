"""What is hidden of a traced program's values, and what is shown all the same."""

import argparse
import collections
import dataclasses
import functools
import http.cookies
import os
import secrets
import sys
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tracefunc import Tracer
from tracefunc._options import SECRETS, Options
from tracefunc._redaction import _LEVELS, REDACTED, Redaction
from tracefunc._sampling import Sampler
from tracefunc.model import Sample

usual = Redaction(SECRETS)


def text(value: object, *patterns: str, name: str = "") -> str:
    """The text of a value, hidden by the usual patterns and these."""
    return Sampler(Options(max_repr=1000, redact=(*SECRETS, *patterns))).value(value, name).text


def only(value: object, *patterns: str, name: str = "") -> str:
    """The text of a value, hidden by these patterns alone."""
    return Sampler(Options(max_repr=1000, redact=patterns)).value(value, name).text


# Names

HIDDEN = """
    password Password PASSWORD PGPASSWORD password1 password_2 userPassword dbPasswordHash _password __password
    passwd old_passwd passphrase pwd mysql_pwd pass db_pass smtpPass pw admin_pw
    secret SECRET secrets client_secret clientSecret clientsecret AWS_SECRET_ACCESS_KEY secret_key SECRETKEY
    secretKey my_secret_value credential credentials aws_credentials
    api_key apiKey APIKey apikey X-Api-Key OPENAI_API_KEY api_keys stripe-api-key access_key private_key privateKey
    signing_key encryption_key session_key
    token Token access_token accessToken accesstoken id_token csrf_token X-CSRF-Token refresh_tokens auth_tokens token2
    jwt id_jwt otp
    authorization Authorization Proxy-Authorization HTTP_AUTHORIZATION auth basic_auth
    cookie cookies Cookie Set-Cookie HTTP_COOKIE session_cookies cookie_jar CookieJar sessionid session_id sessionId
    _C__password _Service__api_key self.password self.credentials.user config.db.password
""".split()

SHOWN = """
    name user tokens tokenizer tokenize token_type token_count max_tokens next_tokens Tokenizer tokenized detokenize
    secretary Secretary secretariat secretion cookies_eaten cookiecutter cookie_count passenger compass bypass passed
    passes author authors authority authorized authenticate oauthlib key keys key_error monkey keyboard api apis
    access accesses private session sessions sessionmaker pwdx word words x i self.total self.tokens self.token.kind
    token.kind secretary.name session.id keypass_ _ __ 密码
""".split()


@pytest.mark.parametrize("name", HIDDEN)
def test_the_names_of_the_usual_secrets_hide_their_text(name: str) -> None:
    """Secrets are known by name in every way to write names: snake, camel, kebab case, with numbers, in headers."""
    assert text("hunter2", name=name) == REDACTED
    assert text("hunter2-secret" * 5, name=name) == REDACTED


@pytest.mark.parametrize("name", SHOWN)
def test_names_that_only_look_like_those_of_secrets_hide_nothing(name: str) -> None:
    """Words count, not letters: neither a secretary nor a tokenizer is a secret."""
    for value in ("shown", ["shown"], 3):
        assert text(value, name=name) == repr(value)


def test_the_type_of_what_is_hidden_is_told() -> None:
    """The name of the type stays, the text is the same for all."""
    sampler = Sampler(Options())
    assert sampler.value("hunter2", "password") == Sample("str", REDACTED)
    assert sampler.value(["a"], "passwords") == Sample("list", REDACTED)
    assert Sampler(Options(max_repr=5)).value("hunter2", "password") == Sample("str", "<r...")
    assert Sampler(Options(max_repr=0)).value("hunter2", "password") == Sample("str", "")


def check() -> bool:
    return True


@pytest.mark.parametrize(
    "value",
    [None, True, False, "", b"", [], {}, (), set(), check, len, Sampler, int, secrets],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
@pytest.mark.parametrize("name", ["password", "secrets", "cookie", "token"])
def test_what_cannot_be_a_secret_is_shown(value: object, name: str) -> None:
    """That a password is missing, or that a function checks it, is no secret, and often what one looks for."""
    assert text(value, name=name) != REDACTED
    assert text({name: value}) != f"{{{name!r}: {REDACTED}}}"


class Token(NamedTuple):
    kind: str
    value: str


@pytest.mark.parametrize("value", [Token("NUM", "42"), 42, ("NUM", "42"), ["("], 1.5, types.SimpleNamespace(kind=1)])
def test_tokens_of_parsers_and_language_models_are_shown(value: object) -> None:
    """Under the name of a token only a text is a secret: objects, numbers and sequences are what a parser has."""
    for name in ("token", "next_token", "self.token", "first_pass"):
        assert text(value, name=name) == repr(value)
    assert text("(", name="token") == text(b"x", name="token") == REDACTED


def test_cookies_may_be_counted() -> None:
    """A number of cookies is shown, a number as a password is not."""
    assert text(3, name="cookies") == "3"
    assert text(1234, name="password") == text(1.5, name="secret") == REDACTED


# Patterns


def test_patterns_of_ones_own_hide_whatever_has_the_name() -> None:
    """A pattern that the user gives hides values of every kind, beside the usual ones or instead of them."""
    for value in (None, True, 5, "x", check, [], Token("a", "b")):
        assert text(value, "diagnosis", name="diagnosis") == only(value, "diagnosis", name="diagnosis") == REDACTED
        assert text({"diagnosis": value}, "diagnosis") == f"{{'diagnosis': {REDACTED}}}"
    assert text("x", "diagnosis", name="password") == REDACTED
    assert only("x", "diagnosis", name="password") == "'x'"
    assert only(5, "token", name="token") == text(5, "*token*", name="token") == REDACTED
    assert only(["a"], "*token*", name="tokens") == REDACTED
    assert only(None, "auth", "*password*", name="password") == REDACTED


def test_one_of_the_usual_patterns_can_be_left_out() -> None:
    """The others of them mean what they meant before."""
    most = [pattern for pattern in SECRETS if pattern != "*token"]
    assert only("(", *most, name="token") == "'('"
    assert only("x", *most, name="password") == REDACTED
    assert only(None, *most, name="password") == "None"
    assert only(3, *most, name="cookies") == "3"
    assert only(3, *most, "cookies_eaten", name="cookies_eaten") == REDACTED


@pytest.mark.parametrize(
    ("pattern", "hidden", "shown"),
    [
        ("iban", "iban Iban IBAN self.iban iban.country", "ibans my_iban"),
        ("*iban*", "iban myIban ibans _iban_", "ban"),
        ("card_?", "card_1 CARD_X", "card card_12"),
        ("card_[0-9]", "card_1", "card_x"),
        ("CreditCard", "creditcard CREDITCARD CreditCard", "credit"),
        ("credit_card", "credit_card creditCard CreditCard Credit-Card 'credit card'", "credit"),
        ("self.total", "self.total", "total other.total self"),
    ],
)
def test_patterns_are_those_of_a_shell_without_regard_to_case(pattern: str, hidden: str, shown: str) -> None:
    """`*`, `?` and `[...]` stand for what they do in a shell; a snake case pattern finds camel case too."""
    for name in hidden.replace("credit card", "credit\0card").split():
        assert only(1, pattern, name=name.replace("\0", " ").strip("'")) == REDACTED, name
    for name in shown.split():
        assert only(1, pattern, name=name) == "1", name


def test_redaction_can_be_turned_off() -> None:
    """Without patterns everything is shown."""
    value = {"password": "x", "a": [("cookie", "y")]}
    assert only(value) == repr(value)
    assert only("x", name="password") == "'x'"
    assert Sampler(Options(redact=())).value("x", "password") == Sample("str", "'x'")


def test_each_name_is_matched_once() -> None:
    """What is known of a name is kept, for a bounded number of names, and not for endless ones."""
    redaction = Redaction(SECRETS)
    for number in range(20_000):
        assert not redaction.hides(f"key{number}", "x")
    assert redaction.hides("password", "x")
    assert len(redaction.levels) <= 5_000
    assert not redaction.hides("x" * 1_000_000, "x")
    assert max(map(len, redaction.levels)) < 1_000


def test_the_weaker_patterns_are_among_the_usual_ones() -> None:
    """Each pattern that hides less than the others is one of them."""
    assert set(_LEVELS) <= set(SECRETS)


# Keys and fields


@dataclasses.dataclass
class User:
    name: str
    password: str = "hunter2"
    token: Any = "abc"


class Login(NamedTuple):
    user: str
    api_key: str


class Enum(str):
    """A key of a class of its own."""

    __slots__ = ()


P = "'password'"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"password": "x", "b": 1}, f"{{{P}: {REDACTED}, 'b': 1}}"),
        ({b"authorization": b"x"}, f"{{b'authorization': {REDACTED}}}"),
        ({Enum("password"): "x"}, f"{{{P}: {REDACTED}}}"),
        ({"a": [{"b": ({"password": "x"},)}]}, f"{{'a': [{{'b': ({{{P}: {REDACTED}}},)}}]}}"),
        ({"secrets": {"a": [1]}}, f"{{'secrets': {REDACTED}}}"),
        ({1: "a", None: "b", ("password",): "c"}, "{1: 'a', None: 'b', ('password',): 'c'}"),
        (collections.OrderedDict(password="x"), f"OrderedDict({{{P}: {REDACTED}}})"),
        (collections.defaultdict(list, password="x"), f"defaultdict(<class 'list'>, {{{P}: {REDACTED}}})"),
        (collections.Counter(password=3), f"Counter({{{P}: {REDACTED}}})"),
        (collections.ChainMap({"password": "x"}), f"ChainMap({{{P}: {REDACTED}}})"),
        (collections.UserDict(password="x"), f"{{{P}: {REDACTED}}}"),
        (types.MappingProxyType({"password": "x"}), f"mappingproxy({{{P}: {REDACTED}}})"),
        (types.SimpleNamespace(password="x", b=1), f"namespace(password={REDACTED}, b=1)"),
        (type("Mine", (dict,), {})(password="x"), f"{{{P}: {REDACTED}}}"),
        ({"password": "x"}.items(), f"dict_items([({P}, {REDACTED})])"),
        ({"password": "x", "b": 1}.values(), f"dict_values([{REDACTED}, 1])"),
        ({"password": "x"}.keys(), f"dict_keys([{P}])"),
        (User("a"), f"User(name='a', password={REDACTED}, token={REDACTED})"),
        (User("a", token=5), f"User(name='a', password={REDACTED}, token=5)"),
        (Login("a", "b"), f"Login(user='a', api_key={REDACTED})"),
        ([("Authorization", "x"), ("Accept", "y")], f"[('Authorization', {REDACTED}), ('Accept', 'y')]"),
        ([(b"cookie", b"x")], f"[(b'cookie', {REDACTED})]"),
        (("password", 5), "('password', 5)"),
        (("password", "x", "y"), "('password', 'x', 'y')"),
        (ValueError({"password": "x"}), f"ValueError({{{P}: {REDACTED}}})"),
        (["password", "x"], "['password', 'x']"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_keys_and_fields_hide_their_values_at_any_depth(value: object, expected: str) -> None:
    """In every mapping, dataclass, named tuple, namespace and pair that is shown, a secret's key hides the value."""
    assert text(value) == expected
    assert text([{1: value}]) == f"[{{1: {expected}}}]"


def test_hidden_values_are_not_asked_for_their_repr() -> None:
    """The `__repr__` of what is hidden does not run."""

    class Asked:
        def __repr__(self) -> str:
            raise AssertionError

    assert text({"password": Asked()}) == f"{{{P}: {REDACTED}}}"
    assert text(Asked(), name="password") == REDACTED


def test_names_of_a_frame_and_attributes_are_hidden() -> None:
    """The samples of a statement's names and attributes hide secrets by their own names."""

    class Service:
        limit = 3

        def __init__(self) -> None:
            self.__api_key = "k"
            self.password = "p"

        def samples(self) -> list[str]:
            token, user = "t", "u"  # noqa: F841
            names = ("token", "user", "self._Service__api_key", "self.limit", "self.password", "self.password.upper")
            return [each.text for each in Sampler(Options()).of(sys._getframe(), names)]

    shown = Service().samples()
    assert shown[:5] == [REDACTED, "'u'", REDACTED, "3", REDACTED]
    assert shown[5] == "<built-in method upper of str object>"


# Texts of the program's own


class Own:
    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("User(name='a', password='x')", "User(name='a', password=#)"),
        ("User(password=\"it's\", b='c')", "User(password=#, b='c')"),
        (r"User(password='it\'s', b='c')", "User(password=#, b='c')"),
        ("User(password=b'x')", "User(password=#)"),
        ("User(password=hunter2, b=1)", "User(password=#, b=1)"),
        ("User(password=SecretStr('x'), b=1)", "User(password=#, b=1)"),
        ("User(secrets=['a', {'b': 'c)'}], b=1)", "User(secrets=#, b=1)"),
        ("User(cookies={'a': 'b'})", "User(cookies=#)"),
        ("Headers({'Authorization': 'Bearer x', 'a': 'b'})", "Headers({'Authorization': #, 'a': 'b'})"),
        ("Headers([('authorization', 'Bearer x'), ('a', 'b')])", "Headers([('authorization', #), ('a', 'b')])"),
        ("Headers([(b'cookie', b'x')])", "Headers([(b'cookie', #)])"),
        ("<Request Authorization: Bearer abc.def>", "<Request Authorization: #>"),
        ("<User password: x>", "<User password: #>"),
        ("User(password='never closed", "User(password=#"),
        ("User(token='x', n=1)", "User(token=#, n=1)"),
        ("Token(kind='NUM', value='42')", "Token(kind='NUM', value='42')"),
        ("Parser(token=Token('NUM'), tokens=['a'])", "Parser(token=Token('NUM'), tokens=['a'])"),
        ("User(password=None, secret='', auth=())", "User(password=None, secret='', auth=())"),
        ("Jar(cookies=3, password=3)", "Jar(cookies=3, password=#)"),
        ("User(check_password=<function f>)", "User(check_password=<function f>)"),
        ("<password>", "<password>"),
        ("password == 'x'", "password == 'x'"),
        ("secretary='x' tokenizer='y'", "secretary='x' tokenizer='y'"),
        ("['password', 'user']", "['password', 'user']"),
        ("a=1, password='x', password='y', b=2", "a=1, password=#, password=#, b=2"),
    ],
)
def test_the_text_of_an_own_repr_is_searched(shown: str, expected: str) -> None:
    """What stands behind a secret's name in the text of an own `__repr__`, or of a message, is hidden too."""
    expected = expected.replace("#", REDACTED)
    assert text(Own(shown)) == expected
    assert text([Own(shown)]) == f"[{expected}]"
    assert Sampler(Options(max_repr=1000)).message(ValueError(shown)) == expected
    assert only(Own(shown)) == shown
    hooked = Sampler(Options(max_repr=1000, repr=lambda value: shown))
    assert hooked.value(object()).text == expected


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        *(("*api_key*", name) for name in ("apiKey", "API-KEY", "ApiKey2", "my.api_key", "x_api__key_y")),
        ("*", "any"),
        ("?", "x"),
        ("[sp]ecret", "Pecret"),
        ("[]a]secret", "asecret"),
        ("[!s]*key", "a_key"),
        ("x_y", "XY"),
        ("Sigma*", "SigmaΣ"),
    ],
)
def test_the_text_of_an_own_repr_is_searched_for_all_that_a_pattern_matches(pattern: str, name: str) -> None:
    """However a name is written that a pattern matches, its value is hidden in a text as it is in a mapping."""
    sampler = Sampler(Options(max_repr=1000, redact=(pattern,)))
    assert (REDACTED in sampler.value({name: "hunter2"}).text) == (name != "XY")
    assert (REDACTED in sampler.value(Own(f"Own({name}='hunter2')")).text) == (name != "XY")


@pytest.mark.parametrize(
    "value",
    [
        argparse.Namespace(password="hunter2", user="u"),
        functools.partial(print, password="hunter2", user="u"),
        http.cookies.SimpleCookie("session_id=hunter2"),
        type("Dict", (dict,), {"__repr__": lambda self: f"Dict({dict.__repr__(self)})"})(password="hunter2"),
        type("Text", (str,), {"__repr__": lambda self: f"Text(password={str.__repr__(self)})"})("hunter2"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_of_the_standard_library_keep_their_secrets(value: object) -> None:
    """The reprs of namespaces, partials and cookies show what they are, without the secrets in them."""
    assert "hunter2" not in text(value)
    assert REDACTED in text(value)


def test_messages_of_exceptions_are_searched_as_samples_too() -> None:
    """What is hidden in the message that ends a call is hidden where the program has the exception in a variable."""
    error = PermissionError(13, "no entry with password=hunter2", {"token": "hunter2"})
    assert text([error]) == f"[PermissionError(13, 'no entry with password={REDACTED}')]"
    assert text(KeyError("Authorization: Bearer abc")) == f"KeyError('Authorization: {REDACTED}')"
    assert only(KeyError("password=x")) == "KeyError('password=x')"


def test_the_environment_keeps_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """`os.environ` is a mapping of all keys that a program is given."""
    monkeypatch.setattr(os, "environ", type(os.environ)({}, str.encode, bytes.decode, str.encode, bytes.decode))
    os.environ._data.update({b"HOME": b"/", b"SERVICE_API_KEY": b"hunter2"})  # type: ignore[attr-defined]
    assert text(os.environ) == f"environ({{'HOME': '/', 'SERVICE_API_KEY': {REDACTED}}})"


def test_a_long_text_is_searched_in_bounded_time() -> None:
    """Texts made to be hard to search are done with soon, however long they are."""
    for shown in ("(" * 10**6, "password=" * 10**5, "'" * 10**6, "a=" + "(" * 10**6, " " * 10**6, "x." * 10**6 + "="):
        assert len(text(Own(shown))) <= 1000
    assert REDACTED in text(Own("password=" + "(" * 10**6))


# In a session


class Vault:
    def __init__(self, password: str) -> None:
        self.__password = password
        self.secrets = {"code": password}

    def open(self, password: str, **headers: str) -> list[dict[str, str]]:
        request = {"user": "ann", "headers": headers, "auth": ("ann", password)}
        if self.__password != password:
            raise PermissionError(f"no entry with password={password!r}")
        return [request, self.secrets and {"api_key": password}]

    def rounds(self, token: str) -> Iterator[dict[str, str]]:
        cookie = yield {"token": token}
        yield {"cookie": cookie}


def test_no_secret_is_in_the_calls_of_a_trace() -> None:
    """Samples, arguments, returned, yielded, sent values and messages of exceptions hide what has a secret name."""
    secret = "hunter2"
    with Tracer(Vault, max_repr=500, watch=("password", "self.secrets['code']", "[*password]")) as tracer:
        vault = Vault(secret)
        vault.open(secret, Authorization=f"Bearer {secret}")
        with pytest.raises(PermissionError, match=secret):
            vault.open(f"no {secret}")
        rounds = vault.rounds(secret)
        next(rounds)
        rounds.send(secret)  # type: ignore[attr-defined]
    trace = tracer.trace()
    shown = repr(trace.calls)
    assert secret not in shown
    assert shown.count(REDACTED) > 20
    assert trace.calls[1].outcome.value == Sample("list", f"[{_REQUEST}, {{'api_key': {REDACTED}}}]")
    assert trace.calls[2].outcome.message == f"no entry with password={REDACTED}"
    assert trace.calls[1].arguments["headers"].text == f"{{'Authorization': {REDACTED}}}"


_REQUEST = f"{{'user': 'ann', 'headers': {{'Authorization': {REDACTED}}}, 'auth': {REDACTED}}}"
