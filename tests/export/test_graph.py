"""The call graph: the right words and numbers in DOT and SVG, whatever the names, and in bounded time."""

import itertools
import os
import re
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.browser import look, needs_chromium
from tests.export import made
from tracefunc.errors import ExportError
from tracefunc.exporters import export
from tracefunc.model import Branch, Edge, Extent, Trace
from tracefunc_export import _render, graph
from tracefunc_export._facts import depths
from tracefunc_export._palette import DARK, HEAT, LIGHT, heat_step, thresholds
from tracefunc_export._place import Box, distances, place
from tracefunc_export._render import Graphviz, GraphvizError, find_graphviz
from tracefunc_export._words import TIMES, count, duration, one_line, safe
from tracefunc_export.graph import render, to_dot

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
DOT = shutil.which("dot")
needs_dot = pytest.mark.skipif(DOT is None, reason="Graphviz's program dot is not installed")
needs_graphviz = pytest.mark.skipif(find_graphviz() is None, reason="neither dot nor pygraphviz is installed")
ENGINES = [
    pytest.param(DOT, id="dot", marks=needs_dot),
    pytest.param(None, id="bundled"),
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each Graphviz that there is, in turn."""
    if request.param is None:
        pytest.importorskip("pygraphviz", reason="pygraphviz, which bundles Graphviz, is not installed")
        monkeypatch.setenv("PATH", "")


def drawn(trace: Trace, folder: Path, **options: object) -> ET.Element:
    render(trace, folder / "graph.svg", **options)  # type: ignore[arg-type]
    return ET.parse(folder / "graph.svg").getroot()


def texts(svg: ET.Element) -> list[str]:
    return ["".join(node.itertext()).replace("\xa0", " ").strip() for node in svg.iter(f"{SVG}text")]


def titles(svg: ET.Element) -> list[str]:
    return [node.text or "" for node in svg.iter(f"{SVG}title")]


@pytest.mark.usefixtures("engine")
def test_a_picture_has_functions_statements_hits_and_edges(tmp_path: Path) -> None:
    svg = drawn(made.recorded(), tmp_path)
    shown = texts(svg)
    (title,) = [text for text in shown if " — " in text]
    trace = made.recorded()
    assert title.startswith(f"order and 1 more — {sum(each.calls for each in trace.functions)} calls, ")
    assert {"order", "price", "fails", "total += price(quantity)", f"3{TIMES}"} <= set(shown)
    assert any(text.startswith("line ") and "2 calls" in text and "1 raised ValueError" in text for text in shown)
    assert any(text.endswith(f"raised ValueError 1{TIMES}") for text in shown)
    assert "hits of a statement:" in shown


@pytest.mark.usefixtures("engine")
def test_statements_that_never_ran_are_said_in_words(tmp_path: Path) -> None:
    shown = texts(drawn(made.made(hits=(3, 0)), tmp_path))
    assert shown.count("not run") == 2  # the row and the legend
    assert any(text.endswith("1 statement never ran") for text in shown)


@pytest.mark.usefixtures("engine")
def test_tooltips_have_the_whole_snippet_the_hits_and_the_values(tmp_path: Path) -> None:
    trace = made.made(snippets=["x = (1 +\n     2)"], text="'a' & <b>", hits=(1200,))
    tooltips = titles(drawn(trace, tmp_path))
    assert f"x = (1 +\n     2)\n1,200 hits\ntrue 1{TIMES}, false 0{TIMES}\nx = 'a' & <b>" in tooltips


def test_the_ways_of_a_statement_are_those_of_its_whole_test() -> None:
    inner, whole = Branch(0, Extent(2, 12, 2, 13), 5, 6), Branch(0, Extent(2, 7, 2, 20), 3, 4)
    dot = to_dot(replace(made.made(), branches=(inner, whole)))
    assert f"true 3{TIMES}, false 4{TIMES}" in dot
    assert f"true 5{TIMES}" not in dot


def test_values_can_be_left_out() -> None:
    trace = made.made(text="'a secret'")
    assert "a secret" in to_dot(trace)
    assert "a secret" not in to_dot(trace, values=False)


@pytest.mark.usefixtures("engine")
def test_what_is_only_a_tooltip_is_no_link(tmp_path: Path) -> None:
    svg = drawn(made.made(), tmp_path)
    assert list(svg.iter(f"{SVG}a")) == []
    assert "shop.main\n/app/shop.py:1\n1 call · 1 µs\n1 hit\n1 statement not run" in titles(svg)


@pytest.mark.usefixtures("engine")
def test_rows_can_lead_to_the_editor(tmp_path: Path) -> None:
    svg = drawn(made.made(path="/app/my shop#1.py"), tmp_path, links="vscode")
    targets = {node.get(f"{XLINK}href") for node in svg.iter(f"{SVG}a")}
    assert "vscode://file/app/my%20shop%231.py:2" in targets


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("more", ["&lt=1", "&amp;copy;", "&line={line}&<b>", "%26#é\\N"])
def test_rows_can_lead_to_any_address(tmp_path: Path, more: str) -> None:
    svg = drawn(made.made(path="/app/shop.py"), tmp_path, links=f"http://localhost/open?file={{path}}{more}")
    targets = {node.get(f"{XLINK}href") or "" for node in svg.iter(f"{SVG}a")}
    assert targets
    assert all(target.startswith("http://localhost/open?file=/app/shop.py") for target in targets)
    assert "{line}" not in more or any(target.endswith("&line=2&<b>") for target in targets)


@pytest.mark.usefixtures("engine")
def test_modules_are_clusters(tmp_path: Path) -> None:
    svg = drawn(made.wide(30), tmp_path)
    assert len([node for node in svg.iter(f"{SVG}g") if node.get("class") == "cluster"]) == 3
    assert {"app.module_0", "app.module_1", "app.module_2"} <= set(texts(svg))


@needs_graphviz
@pytest.mark.parametrize(
    ("number", "shown", "detailed"), [(15, 15, True), (16, 16, False), (100, 100, False), (101, 100, False)]
)
def test_the_detail_follows_the_number_of_functions(tmp_path: Path, number: int, shown: int, detailed: bool) -> None:
    svg = drawn(made.wide(number), tmp_path)
    words = texts(svg)
    assert len([node for node in svg.iter(f"{SVG}g") if node.get("class") == "node"]) == shown
    assert ("step(0, 0)" in words) == detailed
    said = [text for text in words if "hidden" in text]
    assert said == (["100 functions shown, 1 hidden (all but the 100 with most hits)"] if number > shown else [])


def nodes(dot: str) -> set[int]:
    return {int(number) for number in re.findall(r"^\s*f(\d+) \[", dot, re.MULTILINE)}


def chain(*calls: tuple[int | None, int], number: int = 6) -> Trace:
    """A trace with the given calls between its functions."""
    trace = made.made([f"f{each}" for each in range(number)])
    return replace(trace, edges=tuple(Edge(caller, None, callee, 1) for caller, callee in calls))


CHAIN = [(None, 0), (0, 1), (1, 2), (2, 3), (0, 4), (4, 5)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {0, 1, 2, 3, 4, 5}),
        ({"focus": "f1"}, {0, 1, 2, 3}),
        ({"focus": "f2", "depth": 1}, {1, 2, 3}),
        ({"focus": "shop.f2", "depth": 0}, {2}),
        ({"focus": "f[45]"}, {0, 4, 5}),
        ({"depth": 1}, {0, 1, 4}),
        ({"depth": 0}, {0}),
        ({"limit": 2}, {0, 1}),
        ({"min_hits": 2}, set()),
    ],
)
def test_focus_depth_and_limit_choose_what_is_shown(options: dict[str, object], expected: set[int]) -> None:
    dot = to_dot(chain(*CHAIN), **options)  # type: ignore[arg-type]
    assert nodes(dot) == expected
    hidden = 6 - len(expected)
    assert (f", {hidden} hidden" in dot) == (hidden > 0)


def test_min_hits_leaves_out_what_hardly_ran() -> None:
    trace = made.wide(10)
    most = {f.id: max(trace.hits[each] for each in f.statements) for f in trace.functions}
    assert nodes(to_dot(trace, min_hits=2_000)) == {each for each, hits in most.items() if hits >= 2_000}


def test_a_focus_with_brackets_in_its_name_is_found() -> None:
    assert nodes(to_dot(made.made(["a[0]", "b"]), focus="a[0]", depth=0)) == {0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"focus": "mian"}, "focus='mian' is no function of this trace.* Did you mean main"),
        ({"depth": -1}, "depth=-1: give a number of calls, from 0 on"),
        ({"depth": "2"}, "depth='2': give a number of calls"),
        ({"depth": 1.5}, "depth=1.5: give a number of calls"),
        ({"min_hits": -1}, "min_hits=-1: give a number of hits"),
        ({"min_hits": None}, "min_hits=None: give a number of hits"),
        ({"limit": 0}, "limit=0: give a number of functions, from 1 on; None for all"),
        ({"limit": True}, "limit=True: give a number of functions"),
        ({"limit": float("nan")}, "limit=nan: give a number of functions"),
        ({"focus": 5}, "focus=5 is no text"),
        ({"title": 5}, "title=5 is no text"),
        ({"links": b"file"}, "links=b'file' is no text"),
        ({"detail": "much"}, "detail='much' is none of"),
        ({"theme": "pink"}, "theme='pink' is none of"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        to_dot(made.made(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("timeout", [-1, 0, float("nan"), float("inf"), "9", None, True, 1e30])
def test_a_timeout_that_cannot_be_waited_is_refused_before_anything_is_drawn(tmp_path: Path, timeout: object) -> None:
    with pytest.raises(ExportError, match=rf"timeout={re.escape(repr(timeout))}: give a number of seconds above 0"):
        render(made.made(), tmp_path / "a.svg", timeout=timeout)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_same_trace_gives_the_same_text() -> None:
    trace = made.recorded()
    assert to_dot(trace) == to_dot(trace)
    code = (
        "from tests.export import made; from tracefunc_export.graph import to_dot; print(hash(to_dot(made.wide(200))))"
    )
    command = [sys.executable, "-c", code.replace("hash", "len"), "x"]
    seeds = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in "12"
    ]
    assert seeds[0] == seeds[1]


def test_no_node_is_named_after_a_function() -> None:
    dot = to_dot(made.made(["<lambda>", "a:b", 'q"uote', "\\N"]))
    assert nodes(dot) == {0, 1, 2, 3}
    assert not re.search(r"^\s*[^\sf}]*(lambda|a:b)", dot, re.MULTILINE)


def test_an_edge_leaves_the_row_of_the_calling_statement() -> None:
    dot = to_dot(made.made(["a", "b"], calls=1_200))
    assert re.search(rf"f0:s0:e -> f1:h:w \[.*1,200{TIMES}", dot)


def test_a_long_function_shows_the_rows_that_matter_and_says_how_many_are_left_out() -> None:
    snippets = [f"x{row} = {row}" for row in range(200)]
    hits = [1] * 199 + [500]
    dot = to_dot(made.made(["a", "b"], snippets, hits=hits))
    assert "x0 = 0<" in dot  # it calls b
    assert "x199 = 199<" in dot
    assert "160 more statements" in dot


def test_the_tables_of_thousands_of_functions_are_drawn_when_asked_for() -> None:
    assert len(nodes(to_dot(made.wide(2_000), limit=None, detail="detailed"))) == 2_000


HOSTILE = st.text(
    st.one_of(
        st.sampled_from("<>&\"'\\{}|[]:;#%\n\r\t\0\x1b\x0b\x85\u2028\u202e\ufeff\ufffe\ud800\udfff🐍👩‍👩‍👧é漢"),
        st.characters(),
    ),
    max_size=40,
) | st.sampled_from(
    ["<lambda>", "\\N", "\\G\\E", "&amp;", "&#0;", "<b>x</b>", "]]>", "<!-- ", "x" * 5_000, "\\", '"', "<>", "", " "]
)


@pytest.mark.usefixtures("engine")
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HOSTILE, min_size=1, max_size=3), st.lists(HOSTILE, min_size=1, max_size=3), HOSTILE, HOSTILE)
def test_hostile_names_and_snippets_never_break_the_picture(
    tmp_path: Path, names: list[str], snippets: list[str], module: str, text: str
) -> None:
    trace = made.made(names, snippets, module=module, path=text, text=text)
    svg = drawn(replace(trace, notes=(text,)), tmp_path, title=text, links="file")
    assert len([node for node in svg.iter(f"{SVG}g") if node.get("class") == "node"]) == len(names)
    tooltips = [" ".join(title.split()) for title in titles(svg)]
    for snippet in snippets:
        words = " ".join(safe(f"{snippet}\n".replace("\r\n", "\n")).split())
        assert len(snippet) > 1_000 or any(words in title for title in tooltips)
    compact = drawn(trace, tmp_path, detail="compact")
    assert len([node for node in compact.iter(f"{SVG}g") if node.get("class") == "node"]) == len(names)


@needs_dot
@settings(deadline=None, max_examples=15)
@given(st.lists(HOSTILE, min_size=1, max_size=4), st.lists(HOSTILE, min_size=1, max_size=4), HOSTILE)
def test_dot_reads_what_is_written_for_it_without_a_warning(names: list[str], snippets: list[str], module: str) -> None:
    dot = to_dot(made.made(names, snippets, module=module), title=module)
    done = subprocess.run([DOT or "", "-Tcanon"], input=dot.encode(), capture_output=True, check=False)
    said = [line for line in done.stderr.decode().splitlines() if "Fontconfig" not in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("suffix", "start"), [("pdf", b"%PDF"), ("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_each_format_is_written_whole(tmp_path: Path, suffix: str, start: bytes) -> None:
    render(made.recorded(), tmp_path / f"graph.{suffix}")
    data = (tmp_path / f"graph.{suffix}").read_bytes()
    assert data.startswith(start)
    assert _render.whole(data, suffix)
    assert [path.name for path in tmp_path.iterdir()] == [f"graph.{suffix}"]


@pytest.mark.parametrize("name", ["graph.dot", "graph.gv"])
def test_dot_is_written_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(graph, "all_graphviz", lambda: pytest.fail("looked for Graphviz"))
    render(made.made(), tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == to_dot(made.made())


def without_graphviz(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a Python that has neither `dot` nor pygraphviz."""
    block = "import sys; sys.modules['pygraphviz'] = None\nimport importlib.util as u; find = u.find_spec\n"
    block += "u.find_spec = lambda name, *rest: None if name == 'pygraphviz' else find(name, *rest)\n"
    root = Path(__file__).parents[2]
    environ = {**os.environ, "PATH": "", "PYTHONPATH": f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-c", block + code]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "call",
    ["from tracefunc_export.graph import render; render(t, 'a.svg')", "export(t, 'a.svg')", "export(t, 'a', 'svg')"],
)
def test_without_graphviz_the_dot_is_left_and_the_error_says_how_to_get_it(tmp_path: Path, call: str) -> None:
    code = f"from tests.export import made; from tracefunc.exporters import export; t = made.made(); {call}"
    done = without_graphviz(code, tmp_path)
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert "ExportError" in error
    assert "apt-get install graphviz" in error
    assert "pip install 'tracefunc-export[svg-bundled]'" in error
    assert "'a.dot'" in error
    assert (tmp_path / "a.dot").read_text(encoding="utf-8").startswith("digraph tracefunc")
    assert not (tmp_path / "a.svg").exists()


def test_the_command_line_leaves_the_dot_too(tmp_path: Path) -> None:
    made.recorded().save(tmp_path / "t.json")
    code = "from tracefunc.cli import main; sys.exit(main(['export', 't.json', '-o', 'a.svg']))"
    done = without_graphviz(code, tmp_path)
    assert done.returncode == 1
    assert "pip install 'tracefunc-export[svg-bundled]'" in done.stderr
    assert (tmp_path / "a.dot").read_text(encoding="utf-8").startswith("digraph tracefunc")


def test_the_list_of_formats_says_what_is_missing(tmp_path: Path) -> None:
    code = "from tracefunc.exporters import find_exporters as f; print(f()['svg'].missing(), f()['dot'].missing)"
    said = without_graphviz(code, tmp_path).stdout
    assert "There is no Graphviz on this machine: install Graphviz" in said
    assert said.endswith(" None\n")


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `dot` that does what a file beside it says, before the real one takes over."""
    if DOT is None:
        pytest.skip("Graphviz's program dot is not installed")
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "dot"
    program.write_text(
        f"""#!{sys.executable}
import os, subprocess, sys, time
text = sys.stdin.buffer.read()
with open({str(tmp_path / "log")!r}, "a") as log:
    known = ("cluster_", "newrank=true", "splines=line", "constraint=false", " pos=")
    print(*sys.argv[1:], *(word for word in known if word.encode() in text), file=log)
with open({str(tmp_path / "script")!r}) as script:
    exec(script.read())
sys.exit(subprocess.run([{DOT!r}, *sys.argv[1:]], input=text).returncode)
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return tmp_path


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if pygraphviz were not installed."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)  # type: ignore[arg-type]


BROKEN = {
    "crashes": "os.abort()",
    "hangs": "time.sleep(600)",
    "has no such format": "sys.exit('Format: \"svg\" not recognized.')",
    "writes half a picture": "print('<svg><g>')",
}


def broken_dot(folder: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program `dot` on PATH that never draws anything; return the file in which it notes its calls."""
    program = folder / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(
        f"""#!{sys.executable}
import os, sys, time
with open({str(folder / "log")!r}, "a") as log:
    print(*sys.argv[1:], file=log)
{BROKEN[how]}
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent))
    return folder / "log"


@pytest.mark.parametrize(("how", "suffix"), [*((how, "svg") for how in BROKEN), ("crashes", "pdf"), ("crashes", "png")])
def test_where_dot_always_fails_the_bundled_library_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, suffix: str
) -> None:
    pytest.importorskip("pygraphviz", reason="pygraphviz, which bundles Graphviz, is not installed")
    log = broken_dot(tmp_path, how, monkeypatch)
    # What hangs uses up its share of the time; the rest has to do for the library on a busy machine.
    render(made.made(), tmp_path / f"graph.{suffix}", timeout=15 if how == "hangs" else 120)
    assert _render.whole((tmp_path / f"graph.{suffix}").read_bytes(), suffix)
    assert {path.name for path in tmp_path.iterdir()} == {"bin", "log", f"graph.{suffix}"}
    tried = [line.split()[:2] for line in log.read_text().splitlines()]
    rungs = [[f"-K{engine}", f"-T{suffix}"] for engine in (*["dot"] * 5, "nop", "nop")]
    # The last may have been stopped before it noted anything.
    assert tried == (rungs[: len(tried)] if how == "hangs" else rungs)


def test_where_both_fail_the_error_tells_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz", reason="pygraphviz, which bundles Graphviz, is not installed")
    broken_dot(tmp_path, "has no such format", monkeypatch)
    (tmp_path / "pygraphviz.py").write_text("raise SystemExit('a broken library')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ExportError) as caught:
        render(made.made(), tmp_path / "graph.svg")
    assert 'Format: "svg" not recognized.;' in str(caught.value)
    assert "a broken library, in the bundled library" in str(caught.value)
    assert (tmp_path / "graph.dot").exists()


RUNGS = [
    "-Kdot -Tsvg cluster_ newrank=true",
    "-Kdot -Tsvg cluster_",
    "-Kdot -Tsvg cluster_ splines=line",
    "-Kdot -Tsvg cluster_ splines=line constraint=false",
    "-Kdot -Tsvg splines=line constraint=false",
    "-Knop -Tsvg splines=line  pos=",
    "-Knop -Tsvg splines=line  pos=",
]
LESS = "Each column is one call further from the first, because a better layout takes too long"


@pytest.mark.parametrize("number", range(1, len(RUNGS)))
@pytest.mark.parametrize("how", ["os.abort()", "sys.exit(1)"])
def test_a_layout_that_fails_is_tried_again_with_less_which_the_picture_says(stub: Path, number: int, how: str) -> None:
    (stub / "script").write_text(f"if len(open({str(stub / 'log')!r}).readlines()) <= {number}: {how}")
    shown = texts(drawn(chain(*CHAIN, (3, 0)), stub, detail="compact"))
    assert (stub / "log").read_text().splitlines() == RUNGS[: number + 1]
    said = [text for text in shown if text.startswith(LESS)]
    assert said == ([] if number < 3 else [LESS] if number == 3 else [f"{LESS}; modules have no frames"])
    assert {f"f{each}" for each in range(6)} <= set(shown)


def test_a_layout_that_takes_too_long_is_tried_again_with_less(stub: Path) -> None:
    (stub / "script").write_text("if '-Kdot' in sys.argv: time.sleep(600)")
    shown = texts(drawn(made.wide(20), stub, timeout=30))
    assert f"{LESS}; modules have no frames" in shown
    assert {f"function_{each}" for each in range(20)} <= set(shown)


@pytest.mark.usefixtures("no_library")
def test_a_png_that_takes_too_long_is_drawn_with_fewer_pixels(stub: Path) -> None:
    (stub / "script").write_text("if '-Gdpi=144' in sys.argv: sys.exit(1)")
    render(made.wide(20), stub / "graph.png")
    log = (stub / "log").read_text().splitlines()
    assert len(log) == len(RUNGS)
    assert all("-Gdpi=144" in line for line in log[:-1])
    assert "-Gdpi=72" in log[-1]


@pytest.mark.usefixtures("no_library")
def test_of_many_functions_the_layouts_that_never_end_are_not_tried(stub: Path) -> None:
    (stub / "script").write_text("os.abort()")
    with pytest.raises(ExportError):
        render(made.wide(151), stub / "graph.svg", limit=None)
    log = [line for line in (stub / "log").read_text().splitlines() if line.startswith("-K")]
    assert log == RUNGS[2:]


@pytest.mark.usefixtures("no_library")
def test_a_layout_that_takes_too_long_is_given_up_within_the_time(stub: Path) -> None:
    (stub / "script").write_text("time.sleep(600)")
    with pytest.raises(ExportError, match=r"was not drawn: dot was not done after .* limit=") as caught:
        render(made.wide(200), stub / "graph.svg", timeout=2)
    assert "graph.dot" in str(caught.value)
    assert (stub / "graph.dot").read_text(encoding="utf-8").startswith("digraph tracefunc")
    assert 1 <= len((stub / "log").read_text().splitlines()) <= len(RUNGS)


def test_a_warning_of_dot_does_not_cost_the_picture(stub: Path) -> None:
    (stub / "script").write_text(f"subprocess.run([{DOT!r}, *sys.argv[1:]], input=text); sys.exit(1)")
    render(made.made(), stub / "graph.svg")
    assert ET.parse(stub / "graph.svg")


@pytest.mark.usefixtures("no_library")
def test_a_picture_that_is_cut_off_is_not_taken(stub: Path) -> None:
    (stub / "script").write_text("print('<svg><g>'); sys.exit(0)")
    with pytest.raises(ExportError, match="dot failed with exit code 0"):
        render(made.made(), stub / "graph.svg")


def test_a_failed_layout_names_what_graphviz_said() -> None:
    if find_graphviz() is None:
        pytest.skip("neither dot nor pygraphviz is installed")
    with pytest.raises(GraphvizError, match=r"dot failed with exit code \d"):
        (find_graphviz() or Graphviz(None)).draw("digraph {", "svg", timeout=60)


def test_no_attempt_takes_what_the_last_ones_need() -> None:
    budget = _render.Budget(60)
    assert 2.9 < budget.part(0.05) <= 3
    assert budget.part(0.001) == 1  # a machine may be busy
    assert 23 < budget.part(0.9) <= 24
    assert 59 < budget.part(1) <= 60
    assert _render.Budget(2).part(0.05) < 0.81
    assert _render.Budget(0).left == pytest.approx(0.1)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("detail", ["compact", "detailed"])
def test_without_any_layout_functions_stand_in_columns_and_never_on_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detail: str
) -> None:
    monkeypatch.setattr(graph, "_LADDER", graph._LADDER[-1:] * 3)
    trace = made.made(
        ["漢字" * 12, *(f"name_{each}" * (each % 3 + 1) for each in range(30))], ["x = '字'", "y = 2"] * 9
    )
    star = tuple(
        Edge(None if callee == 0 else 0 if callee < 20 else callee - 10, None, callee, 1) for callee in range(31)
    )
    back = (Edge(30, None, 0, 1), Edge(5, None, 5, 1), Edge(3, None, 4, 1))
    svg = drawn(replace(trace, edges=(*star, *back)), tmp_path, detail=detail, limit=None)
    boxes = {}
    for node in svg.iter(f"{SVG}g"):
        if node.get("class") == "node":
            points = [
                point.split(",") for each in node.iter(f"{SVG}polygon") for point in each.get("points", "").split()
            ]
            xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
            boxes[node.get("id")] = min(xs), max(xs), min(ys), max(ys)
    assert len(boxes) == 31
    for one, other in itertools.combinations(boxes.values(), 2):
        assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]


def test_distances_count_from_what_was_entered_and_from_what_nobody_calls() -> None:
    calls = [(None, 0), (0, 1), (1, 2), (2, 0), (0, 2), (3, 4), (4, 4), (5, 6), (6, 5), (9, 1), (1, 9)]
    edges = [Edge(caller, None, callee, 1) for caller, callee in calls]
    assert distances(range(8), edges) == {0: 0, 1: 1, 2: 1, 3: 0, 4: 1, 5: 0, 6: 1, 7: 0}


def test_columns_are_broken_where_they_are_too_high_and_have_callees_beside_their_callers() -> None:
    edges = [Edge(None, None, 0, 1), *(Edge(0, None, callee, 1) for callee in range(1, 401))]
    edges += [Edge(1, None, 401, 1), Edge(400, None, 402, 1)]
    where = distances(range(403), edges)
    centres = place(where, edges, dict.fromkeys(range(403), Box(100, 20)))
    columns = {x for x, _ in centres.values()}
    assert 4 < len(columns) < 20
    assert centres[0][0] == min(columns)
    assert centres[401][0] == centres[402][0] == max(columns)
    assert centres[401][1] > centres[402][1]
    assert max(y for _, y in centres.values()) - min(y for _, y in centres.values()) < 1_500


LOOK = """
const inside = [];
for (const node of document.querySelectorAll("g.node")) {
    const table = [...node.querySelectorAll("polygon")].at(-1).getBoundingClientRect();
    for (const text of node.querySelectorAll("text")) {
        const box = text.getBoundingClientRect();
        if (box.right > table.right + 1 || box.left < table.left - 1) inside.push(text.textContent);
    }
}
const fill = selector => getComputedStyle(document.querySelector(selector)).fill;
const code = [...document.querySelectorAll("text")].find(text => text.textContent.includes("total += price"));
const cell = [...document.querySelectorAll("text")].find(text => text.textContent == "not run");
return {
    outside: inside,
    paper: fill("g.graph polygon"),
    code: getComputedStyle(code).fill,
    space: getComputedStyle(code).whiteSpace,
    unrun: getComputedStyle(cell).fill,
    tooltip: code.closest("g:has(> title)").querySelector("title").textContent,
};
"""


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


@needs_chromium
@needs_graphviz
@pytest.mark.parametrize(("dark", "palette"), [(False, LIGHT), (True, DARK)], ids=["light", "dark"])
def test_a_browser_shows_the_picture_in_its_own_colours_with_all_text_inside(
    tmp_path: Path, dark: bool, palette: dict[str, str]
) -> None:
    render(made.recorded(), tmp_path / "graph.svg")
    svg = (tmp_path / "graph.svg").read_text(encoding="utf-8").partition("?>")[2]
    seen = look(svg, LOOK, tmp_path, dark=dark, width=1600)
    assert seen["outside"] == []
    assert seen["paper"] == rgb(palette["paper"])
    assert seen["code"] == rgb(palette["code"])
    assert seen["unrun"] == rgb(palette["unrun_text"])
    assert seen["tooltip"].startswith("total += price(quantity)\n3 hits\n")


@needs_chromium
@needs_graphviz
def test_a_theme_that_was_asked_for_stays_in_the_dark(tmp_path: Path) -> None:
    render(made.recorded(), tmp_path / "graph.svg", theme="light")
    svg = (tmp_path / "graph.svg").read_text(encoding="utf-8").partition("?>")[2]
    assert look(svg, LOOK, tmp_path, dark=True)["paper"] == rgb(LIGHT["paper"])


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2."""

    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *(("heat_text", heat) for heat in HEAT),
    ("unrun_text", "unrun"),
    ("unrun_text", "node"),
    ("cluster_text", "cluster"),
    ("text", "head"),
    ("text", "node"),
    ("faint", "head"),
    ("faint", "paper"),
    ("code", "node"),
    ("number", "node"),
    ("error", "head"),
    ("error", "node"),
    ("edge_text", "cluster"),
    ("edge_text", "paper"),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_every_text_can_be_read_on_its_background(palette: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(palette[ink], palette[paper]) >= 4.5


def test_each_role_has_a_colour_of_its_own() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 1_203, 10**12])
def test_the_legend_and_the_rows_agree_on_the_scale(most: int) -> None:
    steps = thresholds(most)
    assert steps[0] == (0, 1)
    assert [low for _, low in steps] == sorted({low for _, low in steps})
    for (step, low), (_, above) in itertools.pairwise([*steps, (9, most + 1)]):
        assert heat_step(low, most) == heat_step(above - 1, most) == step
    assert heat_step(most, most) == (5 if most > 1 else 0)


def test_a_trace_without_functions_is_drawn(tmp_path: Path) -> None:
    empty = replace(made.made(), functions=(), statements=(), hits=(), calls=(), edges=(), branches=())
    assert "nothing traced" in to_dot(empty)
    if find_graphviz():
        assert drawn(empty, tmp_path) is not None


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"could not be written .*No such file or directory"):
        export(made.made(), tmp_path / "nowhere" / "a.dot")


def test_a_file_that_cannot_be_made_is_named_as_the_user_named_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        render(made.made(), f"{tmp_path}/nowhere/../nowhere/a.dot")
    assert str(caught.value).endswith(f"No such file or directory: '{tmp_path}/nowhere/../nowhere/a.dot'")
    (tmp_path / "folder.dot").mkdir()
    with pytest.raises(IsADirectoryError, match=r"folder\.dot'$"):
        render(made.made(), tmp_path / "folder.dot")


def test_an_unknown_kind_of_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no picture of format 'bmp': there is svg, pdf, png, dot"):
        render(made.made(), tmp_path / "a.bmp")
    with pytest.raises(ExportError, match="has no suffix that says what to write"):
        render(made.made(), tmp_path / "a")


def test_a_file_replaced_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "real.dot", tmp_path / "link.dot"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    render(made.made(), link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("digraph")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (9_999, "9,999"), (10_000, "10k"), (999_499, "999k"), (999_600, "1M"), (35_123_000, "35.1M")],
)
def test_numbers_in_chips_are_short(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (41_200_000, "41.2 ms"),
        (2 * 10**9, "2 s"),
        (150 * 10**9, "2 min 30 s"),
    ],
)
def test_times_have_three_digits_and_a_unit(nanoseconds: int, text: str) -> None:
    assert duration(nanoseconds) == text


def test_a_snippet_of_several_lines_is_shown_as_one() -> None:
    assert one_line("call(\n    1,\n    [2,\n     3],\n)") == "call(1, [2, 3],)"


def test_statements_are_indented_as_in_the_source() -> None:
    trace = made.recorded()
    function = next(each for each in trace.functions if each.name == "order")
    statements = [trace.statements[each] for each in function.statements]
    assert dict(zip((each.snippet for each in statements), depths(statements), strict=True)) == {
        "if quantity < 0:": 0,
        'raise ValueError(f"bad quantity: {quantity}")': 1,
        "total = 0.0": 0,
        "for _ in range(quantity):": 0,
        "total += price(quantity)": 1,
        "return total": 0,
    }
