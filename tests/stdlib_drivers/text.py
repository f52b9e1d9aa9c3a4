"""Drivers for modules that work on text, source code and paths."""

# ruff: noqa: B023  (the functions made in loops are called before the loop goes on)

import io
from typing import Any

from tests.stdlib_drivers.registry import attempts, driver


@driver("difflib")
def difflib(m: Any) -> object:
    a, b = "one two three four five".split(), "one 2 three for five six".split()
    left, right = ["abc\n", "def\n", "ghi\n"], ["abc\n", "dxf\n", "ghi\n", "jkl\n"]
    matcher = m.SequenceMatcher(None, a, b)
    return (
        matcher.get_opcodes(),
        matcher.ratio(),
        matcher.quick_ratio(),
        matcher.real_quick_ratio(),
        list(matcher.get_grouped_opcodes(1)),
        m.get_close_matches("appel", ["ape", "apple", "peach"]),
        list(m.unified_diff(left, right)),
        list(m.context_diff(left, right)),
        list(m.ndiff(left, right)),
        "".join(m.restore(m.ndiff(left, right), 1)),
        len(m.HtmlDiff().make_file(left, right, context=True, numlines=1)) > 1000,
        attempts(lambda: m.get_close_matches("a", [], n=0)),
    )


@driver("textwrap")
def textwrap(m: Any) -> object:
    text = "The quick brown fox-like animal jumped over the extraordinarily-lazy dog. " * 3
    return (
        m.wrap(text, 20),
        m.fill(text, 30, initial_indent="* ", subsequent_indent="  ", break_on_hyphens=False),
        m.shorten(text, 25),
        m.dedent("   a\n     b\n\n   c\n"),
        m.indent("a\n\nb\n", "> "),
        m.wrap("x" * 30, 7),
        m.wrap(text, 15, max_lines=2, break_long_words=False),
        m.wrap("a\tb  c.  D", 5, fix_sentence_endings=True),
        attempts(lambda: m.wrap(text, 0), lambda: m.wrap(text, 3, max_lines=1)),
    )


@driver("string")
def string(m: Any) -> object:
    template = m.Template("$a ${b} $$ $c")
    formatter = m.Formatter()
    return attempts(
        lambda: template.substitute(a=1, b=2, c=3),
        lambda: template.safe_substitute({"a": 1}),
        lambda: template.substitute(a=1),
        lambda: m.Template("$").substitute(),
        lambda: m.capwords("hello  world", " "),
        lambda: formatter.format("{0!r:>5} {x[0]} {} {}".replace("{}", "{1}"), 1, 2, x=[3]),
        lambda: formatter.format("{} {:{}}", 1, 2, 5),
        lambda: formatter.format("{} {0}", 1),
        lambda: formatter.format("{0!z}", 1),
        lambda: template.is_valid(),
        lambda: template.get_identifiers(),
    )


PATTERNS = [
    r"a(b|c)*d+?",
    r"(?P<n>x{2,3})(?P=n)\1",
    r"[^a-z\d_]\b\B^$",
    r"(?i:a)(?=b)(?!c)(?<=d)(?<!e)",
    r"(?:a|ab|abc)\w\s\S",
    r"(a)?(?(1)b|c)",
    r"(?>a+)b++",
    r"\x41\u00e9\101\N{BULLET}",
    r"(?x) a # comment",
    r"[\]\-a]|.",
    "(",
    ")",
    "[a",
    "a{3,1}",
    "*",
    "(?P<1>a)",
    r"\8",
    "(?z)",
    "(?<=a+)",
    "[z-a]",
    "(?P=x)",
]


@driver("re._parser")
def re_parser(m: Any) -> object:
    def parse(pattern: str) -> object:
        tree = m.parse(pattern)
        return repr(tree.data), tree.getwidth(), tree.state.groups

    import re

    return attempts(
        *(lambda p=p: parse(p) for p in PATTERNS), lambda: str(m.parse_template(r"a\g<1>\2\n", re.compile("(a)(b)")))
    )


@driver("re._compiler")
def re_compiler(m: Any) -> object:
    return attempts(
        *(lambda p=p: m.compile(p, flags).pattern for p in PATTERNS for flags in (0, 2)),
        lambda: m.compile(b"a[b-d]").match(b"ac").group(),
    )


SOURCE = '''
@decorator
async def f[T](a, /, b: int = 1, *c, d=2, **e) -> "x":
    """Doc."""
    async with x as y, z: await w
    for i, *j in k: continue
    else: break
    return [a async for a in b if c], {**d, "k": 1}, {*e}, (yield)
class C(B, metaclass=M):
    x: int = lambda: (a := 1)
try:
    raise E from None
except* (A, B) as e: pass
finally: del a[1:2, ...], b.c
match x:
    case {"a": [1, *_], **r} | C(x=-1) if y: ...
    case None | "s" as z: global g
x = f"{a!r:>{w}} {b=} {{}}" + r"\\d" + rb"b" + u'c'
y = not a and b or c if d <= e < f else -g ** ~h @ i // 1_000 + 0x1f - 1.5e3j
while a: nonlocal_ = 1; assert a, b
with (a as b, c): import d.e as f; from . import (g as h)
type X[T: int, *U, **V] = list[T]
'''


@driver("tokenize")
def tokenize(m: Any) -> object:
    tokens = list(m.generate_tokens(io.StringIO(SOURCE).readline))
    encoded = b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"
    bad = ["(", "'''", "  x\n y", "x = 'a", "\\"]
    return (
        [tuple(token)[:4] for token in tokens],
        m.untokenize(tokens),
        m.untokenize([token[:2] for token in tokens]),
        [token.string for token in m.tokenize(io.BytesIO(encoded).readline)],
        m.detect_encoding(io.BytesIO(b"\xef\xbb\xbfx").readline),
        attempts(
            *(lambda text=text: [t.type for t in m.generate_tokens(io.StringIO(text).readline)] for text in bad),
            lambda: m.detect_encoding(io.BytesIO(b"# coding: zzz").readline),
        ),
    )


@driver("ast")
def ast(m: Any) -> object:
    tree = m.parse(SOURCE)

    class Rename(m.NodeTransformer):  # type: ignore[misc,name-defined]
        def visit_Name(self, node: Any) -> Any:
            return m.copy_location(m.Name("n", node.ctx), node) if node.id != "x" else None

    shallow = m.parse("a + b; c")
    return (
        m.unparse(tree),
        m.dump(tree, indent=1),
        len(list(m.walk(tree))),
        m.get_docstring(tree.body[0]),
        m.get_source_segment(SOURCE, tree.body[-1]),
        m.dump(m.fix_missing_locations(Rename().visit(m.parse("a + b")))),
        m.literal_eval("{'a': [1, -2.5, (True, None)], 'b': {1, 2}}"),
        attempts(
            lambda: m.literal_eval("f()"),
            lambda: m.dump(1),
            lambda: m.dump(m.increment_lineno(shallow, 3), include_attributes=True),
            lambda: m.literal_eval("1 + 2j"),
        ),
    )


@driver("_ast_unparse")
def ast_unparse(m: Any) -> object:
    from ast import parse

    texts = [
        "-(1 + 2) ** -x",
        "f'{a!r:{b}}' 'c'",
        "lambda *a, b=1, **c: (yield)",
        "not (a if b else c)",
        "a[(1, 2)], a[1:2, ::3]",
        "'doc'",
        "(a := 1)",
        "(1).real; 1.5e400; -1j",
    ]
    return m.Unparser().visit(parse(SOURCE)), [m.Unparser().visit(parse(text)) for text in texts]


@driver("shlex")
def shlex(m: Any) -> object:
    lexer = m.shlex('a \'b c\' "d\\"e" f#g\nh;i && j', posix=True, punctuation_chars=True)
    return (
        list(lexer),
        m.split("a 'b c' d\\ e"),
        m.split("a # b", comments=True),
        m.join(["a b", "c", "", "d'e"]),
        list(m.shlex("a.b 'c' \"d")) if False else 0,
        attempts(
            lambda: m.split("'a"),
            lambda: m.split("a\\"),
            lambda: m.split('a "b c" d', posix=False),
            lambda: list(m.shlex("a b(c) 'd e'f")),
        ),
    )


@driver("html.parser")
def html_parser(m: Any) -> object:
    class Parser(m.HTMLParser):  # type: ignore[misc,name-defined]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.log: list[object] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.log.append((tag, attrs, self.getpos(), self.get_starttag_text()))

        def handle_data(self, data: str) -> None:
            self.log.append(data)

        def handle_comment(self, data: str) -> None:
            self.log.append(data)

        def handle_entityref(self, name: str) -> None:
            self.log.append(name)

    text = '<!DOCTYPE html><p class="a" id=b c>x &amp; y &#65; &lt<br/><!-- c --><script>if (a < b) "</p>"</script></p>'
    text += '<?pi?><![CDATA[x]]><a href="\'">< 5 &'
    out = []
    for options in ({}, {"convert_charrefs": False}):
        parser = Parser(**options)
        for start in range(0, len(text), 37):
            parser.feed(text[start : start + 37])
        parser.close()
        out.append(parser.log)
    return out


@driver("urllib.parse")
def urllib_parse(m: Any) -> object:
    url = "http://user:pw@host.example:8080/a/b;p?q=1&r=%20x&q=2#frag"
    parts = m.urlparse(url)
    joined = [
        m.urljoin("http://a/b/c/d;p?q", ref)
        for ref in ("g", "./g", "/g", "//g", "?y", "../g", "../../../g", "#s", "", "http:x")
    ]
    return (
        str(parts),
        parts.hostname,
        parts.port,
        parts.username,
        parts.geturl(),
        m.urlunsplit(m.urlsplit(b"http://h/p?q")),
        joined,
        m.parse_qs(parts.query),
        m.parse_qsl("a=1;b=&c", keep_blank_values=True),
        m.urlencode([("a", "b c"), ("d", "é")]),
        m.urlencode({"a": [1, 2]}, doseq=True),
        m.quote("a b/é"),
        m.quote_plus("a b&"),
        m.unquote("%41%zz%c3%a9+"),
        m.unquote_plus("a+b"),
        m.quote(b"\xff"),
        m.unquote_to_bytes("%ff"),
        m.urldefrag(url).fragment,
        attempts(
            lambda: m.urlparse("http://[::1"),
            lambda: m.urlparse("http://h:99999").port,
            lambda: m.parse_qs("a", strict_parsing=True),
            lambda: m.urljoin("a", b"b"),
        ),
    )


MAIL = """From: Ann <ann@example.com>, "B, C" <bc@[127.0.0.1]>
To: group: a@b, c@d;, =?utf-8?q?caf=C3=A9?= <x@y>
Subject: =?utf-8?b?w6k=?= folded
 line
Date: Mon, 01 Jan 2024 10:00:00 +0100
Content-Type: multipart/mixed; boundary="B"; charset*=utf-8''x%20y

preamble
--B
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

caf=C3=A9 =
soft
--B
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="x.bin"

AAEC
--B--
epilogue
"""


@driver("email.feedparser")
def email_feedparser(m: Any) -> object:
    out = []
    for text in (
        MAIL,
        MAIL.replace("--B--", ""),
        "no header",
        "A: 1\n B\n\nbody",
        ": x\n\n",
        "From x\nA: 1\n\n",
        MAIL.replace("\n", "\r\n"),
    ):
        parser = m.FeedParser()
        for start in range(0, len(text), 50):
            parser.feed(text[start : start + 50])
        message = parser.close()
        out.append(
            (
                message.as_string(),
                [type(defect).__name__ for defect in message.defects],
                [part.get_content_type() for part in message.walk()],
            )
        )
    return out


@driver("email._header_value_parser")
def email_header_value_parser(m: Any) -> object:
    addresses = [
        "Ann <ann@example.com>",
        '"B, C" <bc@[127.0.0.1]> (note)',
        "group: a@b, c@d;",
        "=?utf-8?q?caf=C3=A9?= <x@y>",
        "bad@@x",
        "a b c",
        "<@r:x@y>",
        "",
        "a.b@c.d, ,",
    ]

    def parse(text: str) -> object:
        tokens, rest = m.get_address_list(text)
        return (
            str(tokens),
            rest,
            [(str(box.display_name), box.addr_spec) for box in tokens.all_mailboxes],
            [type(d).__name__ for d in tokens.all_defects],
        )

    from email.policy import default

    return (
        attempts(*(lambda text=text: parse(text) for text in addresses)),
        attempts(
            lambda: m.get_unstructured("=?utf-8?b?w6k=?= text =?bad?= x" * 3).fold(policy=default),
            lambda: str(m.parse_mime_version("1.0 (x)")),
            lambda: sorted(
                m.parse_content_type_header("text/plain; charset=\"utf-8\"; x*0=a; x*1=b; y*=utf-8''c%20d").params
            ),
            lambda: str(m.parse_content_disposition_header("attachment; filename=a")),
            lambda: str(m.parse_content_transfer_encoding_header("7bit x")),
            lambda: str(m.parse_message_id("<a.b@c>")),
            lambda: m.get_mailbox_list(addresses[1])[0].fold(policy=default),
            lambda: m.get_address_list("é@x")[0].fold(policy=default),
        ),
    )


@driver("email.message")
def email_message(m: Any) -> object:
    message = m.EmailMessage()
    message["Subject"], message["From"], message["To"] = "Héllo", "a@b", "c@d, e@f"
    message.set_content("text é\n")
    message.add_alternative("<p>html</p>", subtype="html")
    message.add_attachment(b"\0\1", maintype="application", subtype="x", filename="f.bin")
    old = m.Message()
    old["A"] = "1"
    old.add_header("B", "2", name="x", other=None)
    old.set_payload("é", "utf-8")
    old.set_param("charset", "latin-1")
    old.set_type("text/html")
    attached = [part.get_filename() for part in message.iter_attachments()]
    message.get_body(("plain",)).set_content("other")
    return (
        [part.get_content_type() for part in message.walk()],
        attached,
        message.keys(),
        message.get_all("To").__str__(),
        old.as_string(),
        old.get_params(),
        old.get_charsets(),
        old.get_payload(decode=True),
        attempts(
            lambda: message.get_content(),
            lambda: old.attach(1),
            lambda: old.del_param("charset"),
            lambda: old.replace_header("Z", "1"),
            lambda: old["zz"],
            lambda: old.get_boundary(),
        ),
    )


@driver("pprint")
def pprint(m: Any) -> object:
    from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
    from types import MappingProxyType
    from types import SimpleNamespace as Space

    loop: list[Any] = [1]
    loop.append(loop)
    words = ["word" * 5] * 9
    values = [
        words,
        {"k": words, 2: {"n": words}},
        tuple(words),
        (1,),
        set(range(40)),
        frozenset(words),
        "long text " * 20,
        b"bytes" * 30,
        OrderedDict(a=words),
        deque(words, 9),
        Counter("abracadabra"),
        defaultdict(list, a=words),
        ChainMap({"a": words}, {}),
        UserDict(a=words),
        UserList(words),
        Space(a=words, b=1),
        MappingProxyType({"a": words}),
        bytearray(b"x" * 90),
        [[]],
        {},
    ]
    return (
        [m.pformat(value, width=40) for value in values],
        [m.pformat(value, indent=3, depth=1, compact=True, sort_dicts=False) for value in values],
        m.isreadable(values),
        m.isrecursive(loop),
        m.saferepr({"b": 1, "a": (2,)}),
        m.pformat(123456789, underscore_numbers=True),
        attempts(lambda: m.PrettyPrinter(indent=-1), lambda: m.pformat(1, depth=0)),
    )


@driver("fnmatch")
def fnmatch(m: Any) -> object:
    return (
        [m.translate(p) for p in ("*.py", "a[!b-d]?", "[]x]*", "**[", "[z-a]", "a*b*c")],
        m.filter(["a.py", "b.txt"], "*.py"),
        m.fnmatch("A.py", "a.*"),
        m.fnmatchcase("A.py", "a.*"),
        m.fnmatch(b"x", b"?"),
    )


@driver("posixpath")
def posixpath(m: Any) -> object:
    paths = ["/a/b/../c", "a//b/./c.tar.gz", "", "/", "//x", "~/x", "$HOME/${NOPE}x", "../..", ".hidden"]
    return (
        [
            (m.normpath(p), m.split(p), m.splitext(p), m.isabs(p), m.basename(p), m.dirname(p), m.splitroot(p))
            for p in paths
        ],
        m.join("a", "/b", "c", ""),
        m.commonpath(["/a/b", "/a/c"]),
        m.relpath("/a/b", "/a/c/d"),
        m.commonprefix(["abc", "abd"]),
        m.realpath("/nowhere/../x"),
        m.expandvars(b"$ZZZ ${ZZZ}"),
        attempts(
            lambda: m.join("a", b"b"),
            lambda: m.commonpath([]),
            lambda: m.commonpath(["a", "/b"]),
            lambda: m.relpath(""),
        ),
    )


@driver("ntpath")
def ntpath(m: Any) -> object:
    paths = ["C:\\a\\..\\b", "c:x", "\\\\host\\share\\x", "a/b\\c.txt", "", "\\\\?\\UNC\\h\\s\\p", "con", "C:/", "\\x"]
    return (
        [
            (m.normpath(p), m.splitdrive(p), m.splitroot(p), m.isabs(p), m.split(p), m.splitext(p), m.normcase(p))
            for p in paths
        ],
        m.join("c:\\a", "b", "d:\\c", "\\x"),
        m.relpath("C:\\a\\b", "C:\\c"),
        attempts(
            lambda: m.commonpath(["c:\\a\\b", "C:\\a\\c"]),
            lambda: m.commonpath(["c:\\a", "d:\\b"]),
            lambda: m.relpath("c:\\a", "d:\\b"),
        ),
    )


@driver("reprlib")
def reprlib(m: Any) -> object:
    class Loop(list):  # type: ignore[type-arg]
        @m.recursive_repr("...")
        def __repr__(self) -> str:
            return f"<{', '.join(map(repr, self))}>"

    loop = Loop([1])
    loop.append(loop)
    short = m.Repr()
    short.indent = 2
    values = [
        "x" * 99,
        list(range(20)),
        {i: i for i in range(9)},
        set(range(20)),
        (1,),
        10**60,
        [[[[[[[1]]]]]]],
        frozenset("a"),
        deque_like(),
        b"x" * 50,
        range(9),
    ]
    return (
        [m.repr(value) for value in values],
        repr(loop),
        short.repr([1, {2: (3,)}]),
        attempts(lambda: short.repr(Broken()).startswith("<Broken")),
    )


def deque_like() -> object:
    from collections import deque

    return deque(range(20))


class Broken:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError
