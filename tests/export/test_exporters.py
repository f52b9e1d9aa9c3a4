"""The formats of tracefunc-export and of others are there because they are installed."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.export import made
from tracefunc.errors import ExportError
from tracefunc.exporters import GROUP, Exporter, export, exporter_for, find_exporters
from tracefunc.model import Trace

HERE = Path(__file__).parent
OURS = ("chrome", "dot", "json", "jsonl", "lcov", "otlp", "pdf", "png", "speedscope", "svg")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the package of a third party, tests/export/data/plugin, is built and installed by pip."""
    pytest.importorskip("pip", reason="pip is not installed")
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("third-party")
    shutil.copytree(HERE / "data" / "plugin", folder / "source")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--no-deps",
    ]
    command += ["--no-build-isolation", "--target", str(folder / "target"), str(folder / "source")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "target"


def python(installed: Path, folder: Path, *arguments: str) -> str:
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(installed), environ.get("PYTHONPATH")]))
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_exporter_of_a_third_party_appears_by_being_installed(installed: Path, tmp_path: Path) -> None:
    code = """
from tracefunc import tracefunc
from tracefunc.exporters import export, find_exporters
def twice(): return [n for n in range(2)]
trace = tracefunc(twice).trace
trace.save("trace.jsonl")
print(find_exporters()["markdown"].description)
print(export(trace, "a.md", min_hits=2))
"""
    (tmp_path / "program.py").write_text(code)
    assert python(installed, tmp_path, "program.py") == "hits of statements as a Markdown table\n1 rows\n"
    assert (tmp_path / "a.md").read_text().splitlines()[2:] == ["| `twice` | 4 | 2 |"]


def test_the_command_line_offers_it_too(installed: Path, tmp_path: Path) -> None:
    made.recorded().save(tmp_path / "trace.jsonl")
    listed = python(installed, tmp_path, "-m", "tracefunc", "export", "--list-formats")
    assert "markdown" in listed
    python(installed, tmp_path, "-m", "tracefunc", "export", "trace.jsonl", "-o", "out.md")
    assert "| `order` |" in (tmp_path / "out.md").read_text()


def test_it_is_gone_when_its_package_is() -> None:
    assert "markdown" not in find_exporters()
    with pytest.raises(ExportError, match=r"cannot be told from its suffix"):
        exporter_for("a.md")


@pytest.mark.parametrize("name", OURS)
def test_each_format_is_registered_under_its_name(name: str) -> None:
    (entry,) = entry_points(group=GROUP, name=name)
    assert entry.dist is not None
    assert entry.dist.name == "tracefunc-export"
    exporter = entry.load()
    assert isinstance(exporter, Exporter)
    assert exporter.name == name
    assert find_exporters()[name] is exporter


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.svg", "svg"),
        ("a.gv", "dot"),
        ("a.PDF", "pdf"),
        ("lcov.info", "lcov"),
        ("a.json", "json"),
        ("a.json.gz", "json"),
        ("a.speedscope.json", "speedscope"),
        ("a.chrome.json", "chrome"),
        ("a.perfetto.json", "chrome"),
        ("a.jsonl", "jsonl"),
    ],
)
def test_the_suffix_tells_the_format(path: str, name: str) -> None:
    assert exporter_for(path).name == name


def test_listing_the_formats_imports_no_heavy_library() -> None:
    code = (
        "from tracefunc.exporters import find_exporters as f; f(); import sys; print({'graphviz', 'opentelemetry.sdk', "
    )
    code += "'orjson', 'tracefunc_export.graph', 'tracefunc_export.otel'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture(scope="module")
def trace() -> Trace:
    return made.recorded()


@pytest.mark.parametrize(
    ("file", "texts", "expected"),
    [
        ("a.dot", {"focus": "pr*", "depth": "0", "min-hits": "1", "limit": "all", "detail": "compact"}, "price"),
        ("a.gv", {"theme": "dark", "title": "The title", "links": "vscode"}, "The title"),
        ("a.info", {"root": str(HERE)}, "SF:made.py"),
        ("a.speedscope.json", {"name": "a name"}, '"a name"'),
        ("a.chrome.json", {"values": "no"}, '"traceEvents"'),
        ("a.json", {}, '"functions"'),
        ("a.jsonl", {}, '"format"'),
    ],
)
def test_options_come_as_text_from_a_command_line(
    trace: Trace, tmp_path: Path, file: str, texts: dict[str, str], expected: str
) -> None:
    exporter = exporter_for(file)
    export(trace, tmp_path / file, **exporter.parse(texts))
    assert expected in (tmp_path / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "texts", "message"),
    [
        ("svg", {"limit": "many"}, "limit='many' is no value for this option of svg: it takes a whole number"),
        ("svg", {"timeout": "long"}, "it takes a number of seconds"),
        ("chrome", {"values": "maybe"}, "it takes yes or no"),
        ("json", {"indent": "1"}, "json has no option 'indent': it has none"),
    ],
)
def test_a_wrong_option_is_refused_in_words(name: str, texts: dict[str, str], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        exporter_for(format=name).parse(texts)


def test_spans_that_were_not_accepted_are_an_error_that_counts_them(trace: Trace) -> None:
    pytest.importorskip(
        "opentelemetry.exporter.otlp.proto.http.trace_exporter", reason="the extra otlp-http is missing"
    )
    with pytest.raises(ExportError, match=rf"{len(trace.calls)} spans: 0 accepted, 0 refused, {len(trace.calls)} lost"):
        export(trace, "http://127.0.0.1:9/v1/traces", "otlp", timeout=1.0)


def test_a_document_on_standard_output_is_nothing_but_the_document(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "trace.jsonl")
    code = "from tracefunc import Trace; from tracefunc.exporters import export; "
    code += "export(Trace.load('trace.jsonl'), '-', 'speedscope')"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout)["exporter"] == "tracefunc"
