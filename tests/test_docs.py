"""What README.md and the pages in docs/ show is what happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tracefunc
import tracefunc.model
from benchmarks.rivals import RIVALS
from tests.export.receivers import grpc_receiver, http_receiver
from tools.doc_examples import examples, run, run_consoles, same_but_times
from tracefunc_export._render import find_graphviz

ROOT = Path(__file__).parents[1]
CORE = Path(tracefunc.__file__).parent
READMES = [ROOT / "README.md", *sorted((ROOT / "packages").glob("*/README.md"))]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*READMES, *DOCS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
WITH_EXAMPLES = [page for page in PAGES if examples(page)]
WITH_CONSOLES = [page for page in PAGES if "```console\n" in page.read_text(encoding="utf-8")]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The text of a page without its code blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name)
def test_the_examples_of_a_page_print_what_it_shows(page: Path) -> None:
    wrong = [f"{name(page)}:{example.line} prints\n{out}" for example, out in run(page) if out != example.output]
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize("page", WITH_CONSOLES, ids=name)
def test_the_commands_of_a_page_print_what_it_shows(page: Path) -> None:
    wrong = [
        f"{name(page)}:{line} prints\n{now}"
        for line, shown, now in run_consoles(page)
        if not same_but_times(shown, now)
    ]
    assert "\n".join(wrong) == ""


def test_a_file_of_a_page_has_the_lines_that_the_page_shows(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```py\n# two.py\nprint(2)\n```\n\n```console\n$ cat two.py\n```\n", encoding="utf-8")
    assert [now for _, _, now in run_consoles(page)] == ["$ cat two.py\n# two.py\nprint(2)\n"]


def test_the_pages_have_examples() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/howto.md", "docs/index.md"} <= {name(page) for page in WITH_EXAMPLES}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = page if not path else page.parent / path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", DOCS, ids=name)
def test_every_page_of_the_documentation_is_in_its_index(page: Path) -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert page.stem == "index" or f"\n{page.stem}\n" in index


@pytest.mark.parametrize("public", tracefunc.__all__)
def test_the_reference_has_every_public_name(public: str) -> None:
    assert f"`{public}" in (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", tracefunc.model.__all__)
def test_the_result_format_has_every_field_of_the_model(kind: str) -> None:
    model = getattr(tracefunc, kind)
    fields = getattr(model, "_fields", None) or tuple(model.__dataclass_fields__)
    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    assert [field for field in fields if f"`{field}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_names_a_folder_of_one_machine(page: Path) -> None:
    assert re.findall(r"/(?:home|root|tmp|Users|work)/", page.read_text(encoding="utf-8")) == []


def test_how_it_works_says_what_every_module_is_for() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    modules = {path.name for path in CORE.glob("*.py")} - {"__init__.py"}
    table = "".join(re.findall(r"^\| .*\n", page, re.MULTILINE))
    assert set(re.findall(r"`(\w+\.py)`", table)) == modules


def test_the_comparison_has_a_row_for_every_tool_that_the_benchmark_installs() -> None:
    table = prose(ROOT / "README.md")
    assert [rival.title for rival in RIVALS.values() if f"| {rival.title} |" not in table] == []


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, encoding="utf-8", check=False)


PARTS = (
    "What every statement did", ">>>>>>", "while True:", "Who called whom", "returned", "the same trace",
    "OpenTelemetry spans", "parse_key_value_pair, line", "Nothing was sent", "try next",
)  # fmt: skip


def test_the_demo_runs_and_shows_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    done = python("examples/demo.py", "--folder", str(tmp_path / "new"))
    assert (done.returncode, done.stderr) == (0, "")
    for part in PARTS:
        assert part in done.stdout
    assert len(tracefunc.Trace.load(tmp_path / "new" / "trace.json").functions) == 11
    drawn = [path.name for path in (tmp_path / "new").iterdir() if path.suffix in (".svg", ".dot")]
    assert drawn == ["callgraph.svg" if find_graphviz() else "callgraph.dot"]


def test_the_demo_fits_into_100_columns(tmp_path: Path) -> None:
    """All but paths, whose length is that of the machine's."""
    out = python("examples/demo.py", "--folder", str(tmp_path)).stdout.replace(str(tmp_path), "demo-output")
    lines = re.sub(r"\(\S+\.py", "(parser.py", out).splitlines()
    assert [line for line in lines if len(line) > 100] == []


SENDING = {
    "a base URL": (http_receiver, {"OTEL_EXPORTER_OTLP_ENDPOINT": "{0}"}, ()),
    "a whole URL": (http_receiver, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{0}/v1/traces"}, ()),
    "gRPC": (grpc_receiver, {"OTEL_EXPORTER_OTLP_ENDPOINT": "{0}", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ()),
    "an argument": (http_receiver, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, ("--otlp", "{0}")),
}


@pytest.mark.parametrize("how", SENDING)
def test_the_demo_sends_its_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("OTEL_")]:
        monkeypatch.delenv(variable)
    receiving, environ, arguments = SENDING[how]
    with receiving() as receiver:
        for variable, value in environ.items():
            monkeypatch.setenv(variable, value.format(receiver.endpoint))
        given = [argument.format(receiver.endpoint) for argument in arguments]
        done = python("examples/demo.py", "--folder", str(tmp_path), *given)
    assert (done.returncode, done.stderr) == (0, "")
    where = f"to {receiver.endpoint}" if given else f"where {next(iter(environ))} says"
    assert f"Sent {where}. {len(receiver.spans)} spans: {len(receiver.spans)} accepted, 0 refused" in done.stdout
    calls = len(tracefunc.Trace.load(tmp_path / "trace.json").calls)
    assert len(receiver.spans) == calls > 10


def test_the_demo_says_that_nobody_took_its_spans(tmp_path: Path) -> None:
    done = python("examples/demo.py", "--folder", str(tmp_path), "--otlp", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert re.search(r"Sent to http://127.0.0.1:9. \d+ spans: 0 accepted, 0 refused, \d+ lost", done.stdout)


def test_a_plan_is_shown_as_the_contributors_page_says() -> None:
    (argument,) = re.findall(r"python tools/show_plan.py (\S+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    done = python("tools/show_plan.py", argument)
    assert (done.returncode, done.stderr) == (0, "")
    assert "hits = executions of [" in done.stdout
