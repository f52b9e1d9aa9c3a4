"""Drivers for modules that read and write file formats."""

import io
from typing import Any

from tests.stdlib_drivers.registry import attempts, driver

DOCUMENT = '{"a": [1, -2.5e3, true, false, null], "b": {"c": "d\\\\n\\\\u00e9\\\\ud834\\\\udd20"}, "": [], "e": {}}'


@driver("json.decoder", "_json")
def json_decoder(m: Any) -> object:
    from json.scanner import py_make_scanner  # type: ignore[attr-defined]

    def make(**options: Any) -> Any:
        decoder = m.JSONDecoder(**options)
        decoder.parse_string, decoder.scan_once = m.py_scanstring, None
        decoder.scan_once = py_make_scanner(decoder)
        return decoder

    bad = [
        '{"a" 1}',
        '{"a": }',
        '{"a": 1,}',
        "[1 2]",
        '["\\x"]',
        '["\\u12"]',
        '["a',
        '["\n"]',
        "",
        "[1] 2",
        "{1: 2}",
        "nan",
    ]
    return (
        make().decode(DOCUMENT),
        make(object_hook=sorted).decode(DOCUMENT),
        make(object_pairs_hook=list, parse_float=str, parse_int=str, strict=False).decode(DOCUMENT),
        attempts(*(lambda text=text: make().decode(text) for text in bad)),
        make().raw_decode("[1] 2"),
    )


@driver("json.scanner", "_json")
def json_scanner(m: Any) -> object:
    from json.decoder import JSONArray, JSONDecoder, JSONObject, py_scanstring  # type: ignore[attr-defined]

    context = JSONDecoder()
    context.parse_object, context.parse_array, context.parse_string = JSONObject, JSONArray, py_scanstring
    scan = m.make_scanner(context)
    return scan(DOCUMENT, 0), attempts(
        *(lambda text=text: scan(text, 0) for text in ("", "x", "-", "1.5", "NaN", "Infinity", "-Infinity"))
    )


@driver("json.encoder", "_json")
def json_encoder(m: Any) -> object:
    value = {
        "a": [1, 2.5, None, True, False, [], {}],
        "b": {"c": ("é\n", float("inf"), float("nan"))},
        1: 2,
        2.5: 3,
        None: 4,
        False: 5,
    }
    loop: list[Any] = []
    loop.append(loop)
    return (
        m.JSONEncoder(indent=2).encode(value),
        m.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode(value),
        "".join(m.JSONEncoder(sort_keys=True).iterencode({"b": 1, "a": [{}]})),
        attempts(
            lambda: m.JSONEncoder(allow_nan=False).encode(value),
            lambda: m.JSONEncoder().encode(loop),
            lambda: m.JSONEncoder().encode({(): 1}),
            lambda: m.JSONEncoder(skipkeys=True).encode({(): 1}),
            lambda: m.JSONEncoder().encode({1, 2}),
            lambda: m.JSONEncoder(default=sorted).encode({1, 2}),
        ),
        m.py_encode_basestring('"\\'),
        m.py_encode_basestring_ascii("é\U0001d120\x01"),
    )


TOML = """
title = "x" # comment
[a.b]
int = 1_000
hex = 0xff
float = [1.5, 2e3, inf, nan]
dates = [1979-05-27T07:32:00Z, 1979-05-27, 07:32:00, 1979-05-27 07:32:00.5]
multi = '''
literal'''
basic = \"\"\"\\
   continued \\u00e9
\"\"\"
table = { x = 1, y.z = true }
[[c]]
d = 'l'
[[c]]
"quoted key" = false
"""


@driver("tomllib._parser")
def tomllib_parser(m: Any) -> object:
    bad = [
        "a",
        "a = ",
        "a = 1\na = 2",
        "[a",
        "[a]\n[a]",
        'a = "\\q"',
        "a = [1",
        "a = {x = 1",
        "a = 'x",
        'a = "x',
        "a = 1979-13-01",
        "= 1",
        "a = tru",
        "[[a]]\n[a]",
    ]
    return (
        str(m.loads(TOML)),
        attempts(*(lambda text=text: m.loads(text) for text in bad)),
        str(m.loads("a = 1.5", parse_float=str)),
    )


@driver("csv")
def csv(m: Any) -> object:
    text = "name,age\nann,3\nbob,4,extra\ncy\n"
    out = io.StringIO()
    writer = m.DictWriter(out, ["a", "b"], extrasaction="raise", restval="-")
    writer.writeheader()
    writer.writerows([{"a": 1}, {"a": 2, "b": 3}])
    sniffed = m.Sniffer().sniff("a;b;c\n1;2;3\n4;5;6\n")
    return (
        list(m.DictReader(io.StringIO(text), restkey="rest")),
        out.getvalue(),
        sniffed.delimiter,
        m.Sniffer().has_header("name,age\nann,3\nbob,4\n"),
        attempts(
            lambda: writer.writerow({"c": 1}),
            lambda: m.Sniffer().sniff("abc"),
            lambda: m.DictWriter(out, [], extrasaction="x"),
        ),
    )


@driver("configparser")
def configparser(m: Any) -> object:
    text = "[DEFAULT]\nbase = /x\n[one]\npath = %(base)s/y\nflag = yes\nnumber = 4\nmulti = a\n  b\n; comment\n"
    text += "[two]\nnovalue\n"
    parser = m.ConfigParser(allow_no_value=True)
    parser.read_string(text)
    extended = m.ConfigParser(interpolation=m.ExtendedInterpolation())
    extended.read_dict({"a": {"x": "1", "y": "${x}2"}, "b": {"z": "${a:y}3"}})
    out = io.StringIO()
    parser.write(out)
    bad = ["x = 1", "[a]\n[a]", "[a]\nx = 1\nx = 2", "[a]\n=", "[a]\nx = %(y)s"]

    def read(text: str) -> object:
        other = m.ConfigParser()
        other.read_string(text)
        return [dict(section) for section in other.values()]

    return (
        parser["one"]["path"],
        parser.getboolean("one", "flag"),
        parser["one"].getint("number"),
        parser.get("two", "nope", fallback=1),
        out.getvalue(),
        extended["b"]["z"],
        attempts(*(lambda text=text: read(text) for text in bad)),
        parser.has_option("one", "x"),
        parser.remove_section("two"),
        sorted(parser.items("one")),
        attempts(
            lambda: parser.get("zzz", "x"), lambda: parser.set("one", "a", 1), lambda: parser.getint("one", "path")
        ),
    )


@driver("base64")
def base64(m: Any) -> object:
    data = bytes(range(0, 256, 7))
    pairs = [
        (m.b64encode, m.b64decode),
        (m.urlsafe_b64encode, m.urlsafe_b64decode),
        (m.b32encode, m.b32decode),
        (m.b32hexencode, m.b32hexdecode),
        (m.b16encode, m.b16decode),
        (m.a85encode, m.a85decode),
        (m.b85encode, m.b85decode),
    ]
    return [(encode(data), decode(encode(data)) == data) for encode, decode in pairs], attempts(
        lambda: m.b64decode("?", validate=True),
        lambda: m.b32decode("a"),
        lambda: m.b32decode("mz======", casefold=True),
        lambda: m.b85decode("~"),
        lambda: m.a85decode("<~z~>", adobe=True),
        lambda: m.a85encode(b"\0" * 8 + b"    ", foldspaces=True, wrapcol=5, adobe=True),
        lambda: m.b16decode("ag"),
        lambda: m.a85decode("v"),
        lambda: m.encodebytes(data * 3),
        lambda: m.decodebytes(b"AAA="),
        lambda: m.b64encode("x"),
        lambda: m.b32decode("0l23456789012345", map01="l"),
        lambda: m.b64encode(data, altchars=b"-_"),
    )


@driver("zipfile")
def zipfile(m: Any) -> object:
    buffer = io.BytesIO()
    stamp = (2024, 1, 2, 3, 4, 6)
    with m.ZipFile(buffer, "w", m.ZIP_DEFLATED) as archive:
        for name in ("a.txt", "d/b.txt", "é.txt"):
            archive.writestr(m.ZipInfo(name, stamp), name * 50)
        with archive.open(m.ZipInfo("stream", stamp), "w") as stream:
            stream.write(b"x" * 100)
        archive.comment = b"comment"
    with m.ZipFile(buffer, "a") as archive:
        archive.writestr(m.ZipInfo("stored", stamp), b"s", m.ZIP_STORED)
    with m.ZipFile(buffer) as archive:
        infos = [(info.filename, info.file_size, info.date_time, info.is_dir()) for info in archive.infolist()]
        with archive.open("a.txt") as member:
            read = [member.read(5), member.peek(2)[:2], member.seek(2), member.readline()[:4]]
        out = archive.read("d/b.txt"), archive.testzip(), archive.comment, archive.namelist()
        failed = attempts(
            lambda: archive.read("no"), lambda: archive.open("a.txt", "x"), lambda: archive.writestr("x", b"")
        )
    return (
        infos,
        read,
        out,
        failed,
        attempts(
            lambda: m.ZipFile(io.BytesIO(b"no")),
            lambda: m.is_zipfile(buffer),
            lambda: m.ZipFile(buffer, "z"),
            lambda: m.ZipInfo("x", (1900, 1, 1, 0, 0, 0)),
        ),
    )


@driver("tarfile")
def tarfile(m: Any) -> object:
    out: list[object] = []
    for layout in (m.USTAR_FORMAT, m.GNU_FORMAT, m.PAX_FORMAT):
        buffer = io.BytesIO()
        with m.open(fileobj=buffer, mode="w", format=layout) as archive:
            for name in ("a.txt", "d/" + "x" * 90 + "/b.txt"):
                info = m.TarInfo(name)
                info.size, info.mtime, info.uname = 5, 1000, "user"
                archive.addfile(info, io.BytesIO(b"12345"))
            link = m.TarInfo("link")
            link.type, link.linkname = m.SYMTYPE, "a.txt"
            archive.addfile(link)
        buffer.seek(0)
        with m.open(fileobj=buffer) as archive:
            out.append([(info.name[:9], info.size, info.isfile(), info.issym(), info.mode) for info in archive])
            member = archive.extractfile("a.txt")
            out.append([member.read(2), member.read(), archive.getnames()[0], archive.getmember("link").linkname])
            out.append(
                attempts(
                    lambda: archive.getmember("zz"),
                    lambda: m.data_filter(m.TarInfo("../x"), "/tmp"),
                    lambda: m.data_filter(archive.getmember("a.txt"), "/tmp").name,
                )
            )
    return out, attempts(
        lambda: m.open(fileobj=io.BytesIO(b"x" * 600)),
        lambda: m.open(fileobj=io.BytesIO(), mode="z"),
        lambda: m.TarInfo.frombuf(b"", "utf-8", "strict"),
    )


@driver("gettext")
def gettext(m: Any) -> object:
    import struct

    messages = {
        b"": b"Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=2; plural=n != 1;\n",
        b"cat": "größe".encode(),
        b"dog\0dogs": b"Hund\0Hunde",
        b"ctx\x04may": b"Mai",
    }
    ids = b"\0".join(messages) + b"\0"
    texts = b"\0".join(messages.values()) + b"\0"
    start = 28 + 16 * len(messages)
    tables, offset = b"", start
    for strings in (messages.keys(), messages.values()):
        for item in strings:
            tables += struct.pack("<II", len(item), offset)
            offset += len(item) + 1
    catalog = struct.pack("<7I", 0x950412DE, 0, len(messages), 28, 28 + 8 * len(messages), 0, 0) + tables + ids + texts
    translations = m.GNUTranslations(io.BytesIO(catalog))
    plurals = ["n != 1", "n%10==1 && n%100!=11 ? 0 : n%10>=2 ? 1 : 2", "(n==1) || !(n>5)", "n + ", "(n", "n ? 1", "x"]
    return (
        translations.gettext("cat"),
        translations.gettext("no"),
        translations.ngettext("dog", "dogs", 1),
        translations.ngettext("dog", "dogs", 2),
        translations.pgettext("ctx", "may"),
        translations.info(),
        attempts(
            *(lambda text=text: [m.c2py(text)(n) for n in (0, 1, 2, 11)] for text in plurals),
            lambda: m.GNUTranslations(io.BytesIO(b"xxxx" * 9)),
            lambda: m.translation("no", "/nowhere"),
            lambda: m.translation("no", "/nowhere", fallback=True).gettext("x"),
        ),
    )


@driver("pickle", "_pickle")
def pickle(m: Any) -> object:
    from collections import OrderedDict

    loop: list[Any] = [1]
    loop.append(loop)
    value = [
        None,
        True,
        1,
        300,
        -70000,
        10**30,
        2.5,
        "é",
        b"b",
        bytearray(b"x"),
        (),
        (1,),
        (1, 2, 3, 4),
        {"k": [1]},
        {1},
        frozenset([2]),
        OrderedDict(a=1),
        len,
        OrderedDict,
        range(3),
        "s" * 300,
    ]
    out: list[object] = []
    for protocol in range(6):
        data = m._dumps(value, protocol)
        out += [data if protocol < 3 else len(data), str(m._loads(data))]
    buffers: list[object] = []
    return (
        out,
        m._loads(m._dumps(loop))[0],
        attempts(
            lambda: m._dumps(lambda: 1),
            lambda: m._loads(b"x"),
            lambda: m._loads(b""),
            lambda: m._dumps(1, 99),
            lambda: m._dumps(m.PickleBuffer(b"x"), 5, buffer_callback=buffers.append),
            lambda: m._loads(b"cno_such\nname\n."),
        ),
    )


@driver("pickletools")
def pickletools(m: Any) -> object:
    import pickle

    data = [pickle.dumps([1, "a", {"b": (2.5, None)}, {3}], protocol) for protocol in range(5)]
    out = io.StringIO()
    for item in data:
        m.dis(item, out, annotate=20)
    return (
        out.getvalue(),
        [m.optimize(item) for item in data],
        attempts(lambda: list(m.genops(b"\xff")), lambda: m.dis(b"a.")),
    )


@driver("plistlib")
def plistlib(m: Any) -> object:
    import datetime as dt

    value = {
        "a": [1, 2.5, True, False],
        "b": {"c": "é <&>", "d": b"bytes" * 20},
        "t": dt.datetime(2024, 1, 2, 3, 4, 5),  # noqa: DTZ001
        "u": m.UID(5),
        "n": -(2**40),
        "e": [],
        "f": {},
    }
    binary = m.dumps(value, fmt=m.FMT_BINARY)
    xml = m.dumps({k: v for k, v in value.items() if k != "u"})
    return (
        m.loads(binary).__str__(),
        m.loads(xml).__str__(),
        xml,
        len(binary),
        attempts(
            lambda: m.loads(b"x"),
            lambda: m.dumps({1: 2}),
            lambda: m.dumps({1: 2}, skipkeys=True),
            lambda: m.dumps(object()),
            lambda: m.loads(b"<plist><dict><string/></dict></plist>"),
            lambda: m.loads(binary[:-5]),
        ),
    )


@driver("quopri")
def quopri(m: Any) -> object:
    data = "é = tab\t\nlong ".encode() * 8 + b" \n.\n"
    encoded = [m.encodestring(data, quotetabs=tabs) for tabs in (False, True)]
    out = io.BytesIO()
    m.a2b_qp, m.encode(io.BytesIO(data), out, True, True) if m.a2b_qp else None
    return (
        encoded,
        [m.decodestring(text) for text in encoded],
        out.getvalue(),
        m.unhex(b"4"),
        m.ishex(b"g"),
        m.needsquoting(b"=", False, False),
        m.quote(b"\xff"),
    )


@driver("http.cookies")
def http_cookies(m: Any) -> object:
    cookie = m.SimpleCookie('a=1; b="x\\"y\\073"; Path=/; c=ü; $Version=1')
    cookie["d"] = 'sp ace;"'
    cookie["d"]["max-age"], cookie["d"]["secure"] = 5, True
    return (
        sorted((key, morsel.value) for key, morsel in cookie.items()),
        cookie.output(),
        cookie.js_output()[:40],
        repr(cookie),
        attempts(
            lambda: m.SimpleCookie({"bad key": 1}),
            lambda: cookie["d"].__setitem__("nope", 1),
            lambda: m.SimpleCookie("a=b; httponly; x").output(),
            lambda: m._unquote('"\\101\\x"'),
        ),
    )


@driver("xml.etree.ElementPath")
def element_path(m: Any) -> object:
    from xml.etree.ElementTree import fromstring

    tree = fromstring("<r><a k='1'><b>x</b></a><a k='2'><b>y</b><c/></a><d><a/></d></r>")
    paths = [
        "a",
        ".//b",
        "a/b",
        "*",
        "a[@k]",
        "a[@k='2']",
        "a[b]",
        "a[b='x']",
        "a[1]",
        "a[last()]",
        "a[last()-1]",
        "..",
        ".//b/..",
        "{*}a",
        "a[@k!='1']",
        "a[",
        "a[0]",
        "/a",
        "[x]",
        "//",
        "a[b!='x']",
    ]
    return attempts(
        *(lambda p=p: [e.tag for e in m.findall(tree, p)] for p in paths),
        lambda: m.findtext(tree, "a/b", "none"),
        lambda: m.findtext(tree, "zz", "none"),
        lambda: m.find(tree, "zz"),
        lambda: m.findall(tree, "p:a", {"p": "x"}),
    )
