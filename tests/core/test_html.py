"""A trace as HTML: what it shows, that it is inert and safe, and how it looks in a browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.browser import look, needs_chromium
from tests.traces import BAD, GOOD, built, call, ints, shop, traced, traces, untimed
from tracefunc import Branch, Extent, Outcome, Sample, Trace, TraceResults
from tracefunc.html import fragment, page

VOID = frozenset(["meta"])
EVIL = (
    "</td><script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">\" onclick='1' &lt;"
)

# What JupyterLab's style sheet says of tables in an output.
JUPYTER = """<style>
.jp-RenderedHTMLCommon table { border-collapse: collapse; border: none; font-size: 12px; table-layout: fixed;
  margin-left: auto; margin-right: auto }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th { vertical-align: middle; padding: .5em; line-height: normal;
  white-space: normal; max-width: none; border: none; text-align: right }
.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: rgb(1, 2, 3) }
.jp-RenderedHTMLCommon pre { white-space: pre-wrap }
</style><div class="jp-RenderedHTMLCommon">%s</div>"""


class Reader(HTMLParser):
    """Reads HTML and checks that each element that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def test_each_line_of_source_is_a_row_with_hits_id_line_and_values() -> None:
    """The table has what the text has."""
    read = Reader(fragment(traced("def f(n):\n    m = n; m += 1\n    return m\n", "h.py", lambda m: m["f"](2), "f")))
    assert [[cell.partition("n = 2")[0] for cell in row[:4]] for row in read.rows[1:5]] == [
        ["", "", "1", "def f(n):"],
        ["1", "s0", "2", "    m = n; m += 1"],
        ["1", "s1", "", "           m += 1"],
        ["1", "s2", "3", "    return m"],
    ]
    assert read.rows[1][4] == "n = 2  -> 3"
    assert read.rows[3][4].startswith("m = 3")


def test_a_trace_and_results_show_themselves_as_html() -> None:
    """A notebook asks both by `_repr_html_`."""
    trace = shop("html_1.py", GOOD)
    assert trace._repr_html_() == TraceResults(trace)._repr_html_() == fragment(trace)


def test_statements_that_never_ran_exceptions_branches_and_calls_are_shown() -> None:
    """What the text tells stands in the HTML, in words and not by colour alone."""
    trace = shop("html_2.py", BAD)
    read = Reader(fragment(trace))
    (raised,) = [row for row in read.rows if row[:3] == ["", "", ""] and row[3].endswith("(c2)")]
    assert raised[3].startswith("        ^ TypeError: unsupported operand")
    assert ["c2", "raised at s5, line 5: TypeError"] == [
        read.rows[-1][0], re.search("raised at s5, line 5: TypeError", read.rows[-1][2])[0]  # type: ignore[index]
    ]  # fmt: skip
    assert "1 function never called" in fragment(trace)
    never = Reader(fragment(shop("html_3.py", [[(1, 1)]]))).rows
    assert [row[0] for row in never if len(row) == 5 and "rate = 0.1" in row[3]] == ["1", "never"]
    branched = built(call(), branches=(Branch(0, Extent(2, 7, 2, 17), 1_000, 1),), notes=("something is lost",))
    assert "true 1,000 / false 1" in fragment(branched)
    assert "Note: something is lost" in fragment(branched)


def test_samples_of_each_call_are_behind_a_click() -> None:
    """Behind the short text are all samples, of each call apart, with their types."""
    first = call(0, hits={2: 12}, samples={2: {"n": ints(*range(10)), "self.x": (Sample("str", "'a'"),)}})
    second = call(1, hits={2: 1}, samples={2: {"n": ints(7)}})
    html = fragment(built(first, second))
    assert '<div>c0, 12 hits</div><div class="in">n = <span title="int">0</span>, ' in html
    assert '<span title="int">9</span>, ...</div>' in html
    assert '<div>c1, 1 hit</div><div class="in">n = <span title="int">7</span></div></details>' in html
    assert '<span title="str">&#x27;a&#x27;</span>' in html


def test_a_large_trace_gives_html_of_bounded_size() -> None:
    """Samples and calls beyond a number are not in the HTML, which says so."""
    code = "def f(n):\n    a = b = c = d = n\n    return a, b, c, d\n"
    trace = traced(code, "html_4.py", lambda m: [m["f"](n) for n in range(3000)], "f", max_calls=None)
    html = fragment(trace)
    assert len(html) < 1_000_000
    assert "more samples are in the trace" in html
    assert "and 2,800 more" in html
    Reader(html)


def evil() -> Trace:
    """Return a trace all of whose texts try to break out."""
    one = call(
        arguments={"n": Sample(EVIL, EVIL)},
        samples={0: {"n": (Sample(EVIL, EVIL),), EVIL: ints(1)}},
        outcome=Outcome("raised", exception=EVIL, message=EVIL, statement=0),
        thread_name=EVIL,
        task_name=EVIL,
    )
    trace = built(one, notes=(EVIL,))
    function = trace.functions[0]
    changed = replace(function, qualname=EVIL, path=EVIL, source=f"def f(self, n):\n    {EVIL}\n    x\n    y")
    never = replace(changed, id=1, calls=0)
    return replace(trace, functions=(changed, never))


def test_all_texts_are_escaped() -> None:
    """No text of the program adds an element or an attribute."""
    read = Reader(page(evil(), title=EVIL))
    assert {tag for tag, _ in read.tags} <= {
        *("html", "head", "meta", "title", "body", "div", "style", "details", "summary", "table", "thead", "tbody"),
        *("tr", "th", "td", "span", "p", "ul", "li"),
    }
    names = {name for _, attributes in read.tags for name in attributes}
    assert names <= {"class", "style", "title", "open", "colspan", "lang", "charset", "http-equiv", "content", "name"}


def test_nothing_is_loaded_from_anywhere() -> None:
    """There is no script, no link and no address, and a whole page forbids them."""
    html = page(shop("html_5.py", BAD))
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|https?:", html)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html


@untimed
@given(trace=traces(), whole=st.booleans())
def test_every_trace_gives_html_that_can_be_sent(trace: Trace, whole: bool) -> None:
    """Its elements are closed, and it has no character that HTML forbids."""
    html = page(trace) if whole else fragment(trace)
    Reader(html)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", html)


@needs_chromium
def test_a_browser_runs_nothing_of_the_traced_program(tmp_path: Path) -> None:
    """In Chromium, hostile texts stay texts, and nothing is requested."""
    seen = look(
        fragment(evil()),
        """
        await new Promise(done => setTimeout(done, 200));
        return {
            title: document.title,
            added: document.querySelectorAll('.tracefunc script, .tracefunc img, .tracefunc [onclick]').length,
            requests: performance.getEntriesByType('resource').length,
            text: document.querySelector('.tracefunc .src').parentElement.nextSibling.querySelector('.src').textContent,
        }
        """,
        tmp_path,
    )
    assert (seen["title"], seen["added"], seen["requests"]) == ("untouched", 0, 0)
    assert seen["text"] == f"    {EVIL}"


@needs_chromium
def test_a_browser_shows_samples_at_a_click(tmp_path: Path) -> None:
    """They are not to be seen before, and need no script of ours."""
    seen = look(
        fragment(shop("html_6.py", GOOD)),
        """
        const details = [...document.querySelectorAll('.tracefunc td details')]
            .find(each => each.textContent.includes('total = '));
        const hidden = details.querySelector('.in');
        const before = hidden.checkVisibility();
        details.querySelector('summary').click();
        await new Promise(done => setTimeout(done, 50));
        return [before, hidden.checkVisibility(), hidden.getBoundingClientRect().height > 5]
        """,
        tmp_path,
    )
    assert seen == [False, True, True]


CONTRAST = """
const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
const over = (top, bottom) => {
    const [r, g, b, a = 1] = channels(top);
    return [r, g, b].map((value, index) => value * a + bottom[index] * (1 - a));
};
const light = rgb => {
    const [r, g, b] = rgb.map(value => value / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
};
const probe = document.createElement('div');
probe.style.background = 'Canvas';
document.body.append(probe);
const canvas = channels(getComputedStyle(probe).backgroundColor).slice(0, 3);
const found = [];
for (const each of document.querySelectorAll('.tracefunc td, .tracefunc th, .tracefunc summary, .tracefunc p')) {
    if (!each.textContent.trim()) continue;
    const chain = [];
    for (let node = each; node && node !== document.body; node = node.parentElement) chain.unshift(node);
    let back = canvas, opacity = 1;
    for (const node of chain) {
        back = over(getComputedStyle(node).backgroundColor, back);
        opacity *= getComputedStyle(node).opacity;
    }
    const [r, g, b] = channels(getComputedStyle(each).color);
    const front = over(`rgba(${r}, ${g}, ${b}, ${opacity})`, back);
    const [a, z] = [light(front), light(back)].sort((x, y) => y - x);
    found.push((a + .05) / (z + .05));
}
return {least: Math.min(...found), number: found.length, canvas};
"""


@needs_chromium
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_browser_shows_all_text_with_contrast(dark: bool, tmp_path: Path) -> None:
    """On a light and on a dark page, each text has the contrast of 4.5 that WCAG asks for."""
    seen = look(fragment(shop("html_7.py", [[(1, 1)], *BAD * 3])), CONTRAST, tmp_path, dark=dark)
    assert (max(seen["canvas"]) < 64) is dark
    assert seen["number"] > 50
    assert seen["least"] >= 4.5


@needs_chromium
def test_a_browser_shows_more_hits_hotter(tmp_path: Path) -> None:
    """The tint behind the hits grows with them, and what never ran has a tint of its own."""
    seen = look(
        fragment(shop("html_8.py", [[(1, 1)] * 50])),
        """
        return [...document.querySelectorAll('.tracefunc td.hits')].filter(each => each.textContent).map(
            each => [each.textContent, getComputedStyle(each).backgroundColor])
        """,
        tmp_path,
    )
    heats = {int(hits): float(color.rpartition(",")[2].strip(" )")) for hits, color in seen if hits != "never"}
    assert sorted(heats) == [1, 50, 51]
    assert 0 < heats[1] < heats[50] <= heats[51] == 0.5
    assert [color for hits, color in seen if hits == "never"] == ["rgba(220, 0, 60, 0.16)"]


@needs_chromium
def test_a_browser_shows_a_table_that_keeps_its_shape_in_a_notebook(tmp_path: Path) -> None:
    """JupyterLab's own rules for tables do not reach it, source keeps its spaces, and a narrow page scrolls inside."""
    seen = look(
        JUPYTER % fragment(shop("html_9.py", BAD)),
        """
        const cells = [...document.querySelectorAll('.tracefunc tbody td')];
        const source = cells.find(each => each.className === 'src' && each.textContent.includes('cost = '));
        const top = document.querySelector('.tracefunc');
        const style = getComputedStyle(source);
        return {
            align: style.textAlign, space: style.whiteSpace, top: style.verticalAlign,
            striped: cells.some(each => getComputedStyle(each.parentElement).backgroundColor === 'rgb(1, 2, 3)'),
            lines: source.getBoundingClientRect().height / parseFloat(style.lineHeight),
            scrolls: top.scrollWidth > top.clientWidth, page: document.documentElement.scrollWidth,
        }
        """,
        tmp_path,
        width=500,
    )
    assert (seen["align"], seen["space"], seen["top"], seen["striped"]) == ("left", "pre", "top", False)
    assert round(seen["lines"]) == 1
    assert seen["scrolls"]
    assert seen["page"] <= 500
