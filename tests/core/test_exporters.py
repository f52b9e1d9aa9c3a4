"""The formats of a trace: found by name and suffix, in the core and in whatever packages are installed."""

import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tracefunc import Trace, tracefunc
from tracefunc.errors import ExportError, ExporterWarning
from tracefunc.exporters import Exporter, Option, export, exporter_for, find_exporters

type Install = Callable[..., None]

WORKING = """
from tracefunc.exporters import Exporter, Option

def write(trace, path, *, upper=False):
    with open(path, "w") as file:
        text = " ".join(function.name for function in trace.functions)
        file.write(text.upper() if upper else text)
    return f"{len(trace.functions)} names"

def refuse(trace, path):
    raise ValueError("no")

def denied(trace, path):
    raise PermissionError(13, "Permission denied")

def truth(text):
    return {"yes": True, "no": False}[text] if text in ("yes", "no") else int("yes or no")

upper = Option("upper", "shout", truth)
names = Exporter("names", "names of functions", write, (".names", ".n.json"), options=(upper,))
refusing = Exporter("refusing", "never works", refuse, (".refusing",))
denied = Exporter("denied", "never allowed", denied, (".denied",))
lacking = Exporter("lacking", "lacks", refuse, (".lacking",), missing=lambda: "Install the moon.")
json = Exporter("json", "usurper", write, (".json",))
not_an_exporter = 1
"""


@pytest.fixture
def trace() -> Trace:
    return tracefunc(plain).trace


def plain() -> int:
    return 1


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lay a package with entry points on the path, as an installer does."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(package: str, code: str, **entries: str) -> None:
        (tmp_path / f"{package}.py").write_text(code)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {package}:{value}" for name, value in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[tracefunc.exporters]", *lines]) + "\n")

    return put


def test_the_core_has_formats_of_its_own() -> None:
    assert {"json", "jsonl"} <= set(find_exporters())
    assert exporter_for("a.json").name == "json"
    assert exporter_for(Path("A.JSONL.GZ")).name == "jsonl"


def test_an_installed_exporter_is_found_by_name_and_by_suffix(install: Install) -> None:
    install("tfx_one", WORKING, names="names")
    assert find_exporters()["names"].description == "names of functions"
    assert exporter_for("x.names").name == exporter_for(format="NAMES").name == "names"


def test_the_longest_suffix_that_matches_counts(install: Install) -> None:
    install("tfx_two", WORKING, names="names")
    assert exporter_for("x.n.json").name == "names"
    assert exporter_for("xn.json").name == "json"


def test_a_broken_exporter_is_reported_and_harms_only_itself(install: Install) -> None:
    install("tfx_broken", "import nothing_of_this_name", broken="x")
    install("tfx_three", WORKING, names="names", odd="not_an_exporter")
    with pytest.warns(ExporterWarning) as caught:
        found = find_exporters()
    texts = sorted(str(each.message) for each in caught)
    assert len(texts) == 2
    assert "'broken' of tfx-broken cannot be loaded: ModuleNotFoundError: No module named" in texts[0]
    assert "'odd' of tfx-three is left out" in texts[1]
    assert "names" in found
    assert not {"broken", "odd"} & set(found)
    with pytest.warns(ExporterWarning), pytest.raises(ExportError, match="installed but cannot be loaded"):
        exporter_for(format="broken")


def test_naming_a_format_loads_no_other_exporter(install: Install) -> None:
    install("tfx_broken_too", "raise SystemError('loaded')", broken="x")
    install("tfx_four", WORKING, names="names")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert exporter_for("x.json", "names").name == "names"


def test_a_third_party_cannot_take_over_a_format_of_the_core(install: Install) -> None:
    install("tfx_five", WORKING, json="json")
    with pytest.warns(ExporterWarning, match="there is a format 'json' already"):
        assert find_exporters()["json"].description != "usurper"
    assert exporter_for(format="json").description != "usurper"


@pytest.mark.parametrize(
    ("destination", "format", "message"),
    [
        ("x.unheard", None, r"cannot be told from its suffix. Use one of .*\.json.*, or name the format"),
        ("-", None, "Standard output has no suffix: name the format, one of .*json"),
        ("x.json", "unheard", "There is no format 'unheard': there is .*json"),
    ],
)
def test_an_unknown_format_is_refused_with_those_that_there_are(
    trace: Trace, destination: str, format: str | None, message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        export(trace, destination, format)


def test_a_trace_is_exported_by_the_suffix_and_options_reach_the_exporter(
    install: Install, trace: Trace, tmp_path: Path
) -> None:
    install("tfx_six", WORKING, names="names")
    assert export(trace, tmp_path / "a.names", upper=True) == "1 names"
    assert (tmp_path / "a.names").read_text() == "PLAIN"


def test_options_are_made_from_text_as_the_exporter_says(install: Install) -> None:
    install("tfx_seven", WORKING, names="names")
    exporter = exporter_for(format="names")
    assert exporter.parse({"upper": "yes"}) == {"upper": True}
    with pytest.raises(ExportError, match="names has no option 'lower': it has upper"):
        exporter.parse({"lower": "yes"})
    with pytest.raises(ExportError, match="upper='maybe' is no value for this option of names: "):
        exporter.parse({"upper": "maybe"})
    bare = Exporter("bare", "", lambda trace, path: None)
    with pytest.raises(ExportError, match="bare has no option 'x': it has none"):
        bare.parse({"x": ""})


def test_an_option_with_a_dash_is_the_keyword_with_an_underscore() -> None:
    exporter = Exporter("e", "", lambda trace, path: None, options=(Option("min_hits", "", int),))
    assert exporter.parse({"min-hits": "3"}) == {"min_hits": 3}


def test_every_format_that_is_a_file_can_go_to_standard_output(
    install: Install, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("tfx_eight", WORKING, names="names")
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    export(trace, "-", "names")
    assert out.buffer.getvalue() == b"plain"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("refusing", "The exporter of refusing failed: ValueError: no."),
        ("denied", "denied could not be written to 'somewhere': Permission denied."),
        ("lacking", "Install the moon."),
    ],
)
def test_a_failed_export_says_what_failed(install: Install, trace: Trace, format: str, message: str) -> None:
    install("tfx_nine", WORKING, **{format: format})
    with pytest.raises(ExportError) as caught:
        export(trace, "somewhere", format)
    assert str(caught.value) == message


def test_the_package_alone_does_not_look_for_exporters() -> None:
    code = "import sys; from tracefunc import Tracer, tracefunc; "
    code += "print({'tracefunc.exporters', 'importlib.metadata'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
