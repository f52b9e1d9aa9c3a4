"""The defaults of the command line: variables and `[tool.tracefunc]`, checked and in their order."""

from pathlib import Path

import pytest

from tracefunc import TraceError, Tracer
from tracefunc._config import SETTINGS, TRACER_SETTINGS, defaults, split, tracer_options
from tracefunc._options import SECRETS, Options


def pyproject(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.tracefunc]\n{text}\n", encoding="utf-8")
    return path


def test_without_variables_and_file_there_are_no_defaults(tmp_path: Path) -> None:
    """Nothing is set that nobody has set."""
    assert defaults({}, str(tmp_path)) == {}


def test_every_setting_can_come_from_the_file(tmp_path: Path) -> None:
    """Keys are the names of the settings, values of the types that TOML has for them."""
    pyproject(
        tmp_path,
        """
        targets = ["shop:*", "src/app.py:handler"]
        max_calls = "all"
        max_samples = 3
        max_repr = 20
        keep = "slowest"
        when = "n > 1"
        samples = "both"
        watch = "len(items)"
        redact = ["*pin*"]
        show_secrets = true
        follow = false
        output = "out/trace.jsonl"
        width = 90
        max_chars = 4000
        color = "never"
        progress = false
        """,
    )
    found = defaults({}, str(tmp_path))
    assert found == {
        "targets": ["shop:*", str(tmp_path / "src/app.py:handler")],
        "max_calls": None,
        "max_samples": 3,
        "max_repr": 20,
        "keep": "slowest",
        "when": "n > 1",
        "samples": "both",
        "watch": ["len(items)"],
        "redact": ["*pin*"],
        "show_secrets": True,
        "follow": False,
        "output": str(tmp_path / "out/trace.jsonl"),
        "width": 90,
        "max_chars": 4000,
        "color": "never",
        "progress": False,
    }
    assert set(found) == {setting.name for setting in SETTINGS}


def test_every_setting_can_come_from_a_variable(tmp_path: Path) -> None:
    """A variable is the name in capitals behind `TRACEFUNC_`; lists are divided by commas."""
    environ = {
        "TRACEFUNC_TARGETS": "shop:*, src/app.py:handler",
        "TRACEFUNC_MAX_CALLS": "all",
        "TRACEFUNC_MAX_SAMPLES": "3",
        "TRACEFUNC_MAX_REPR": "20",
        "TRACEFUNC_KEEP": "last",
        "TRACEFUNC_WHEN": "n > 1, 2",
        "TRACEFUNC_SAMPLES": "last",
        "TRACEFUNC_WATCH": "d[1, 2],max(a, b),'x,y'",
        "TRACEFUNC_REDACT": "*pin*",
        "TRACEFUNC_SHOW_SECRETS": "yes",
        "TRACEFUNC_FOLLOW": "0",
        "TRACEFUNC_OUTPUT": "trace.jsonl",
        "TRACEFUNC_WIDTH": "90",
        "TRACEFUNC_MAX_CHARS": "4000",
        "TRACEFUNC_COLOR": "always",
        "TRACEFUNC_PROGRESS": "off",
        "TRACEFUNC_SOMETHING_ELSE": "is not ours",
    }
    found = defaults(environ, str(tmp_path))
    assert found["targets"] == ["shop:*", "src/app.py:handler"]
    assert found["watch"] == ["d[1, 2]", "max(a, b)", "'x,y'"]
    assert (found["max_calls"], found["show_secrets"], found["follow"], found["progress"]) == (None, True, False, False)
    assert set(found) == {setting.name for setting in SETTINGS}


def test_a_variable_wins_over_the_file_and_a_folder_above_is_looked_at(tmp_path: Path) -> None:
    """The nearest `pyproject.toml` counts, from the given folder upwards."""
    pyproject(tmp_path, "max_calls = 1\nmax_repr = 7")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert defaults({"TRACEFUNC_MAX_CALLS": "2"}, str(below)) == {"max_calls": 2, "max_repr": 7}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_cals = 1", "[tool.tracefunc] has no setting 'max_cals': did you mean 'max_calls'?"),
        ("zzz = 1", "[tool.tracefunc] has no setting 'zzz': it has targets, max_calls,"),
        ("max_calls = -1", """[tool.tracefunc] max_calls = -1: expected a number from 0 up, or "all\""""),
        ("max_samples = true", "[tool.tracefunc] max_samples = True: expected a number from 0 up"),
        ("keep = 'best'", "[tool.tracefunc] keep = 'best': expected one of first, last, raised, slowest"),
        ("targets = [1]", "[tool.tracefunc] targets = [1]: expected a list of texts"),
        ("follow = 'yes'", "[tool.tracefunc] follow = 'yes': expected true or false"),
        ("x = [", "pyproject.toml cannot be read: "),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The error has the file, the key, the value and what was expected."""
    path = pyproject(tmp_path, text)
    with pytest.raises(TraceError) as caught:
        defaults({}, str(tmp_path))
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_a_table_that_is_none_is_told(tmp_path: Path) -> None:
    """`tracefunc = 1` in `[tool]` is no table."""
    (tmp_path / "pyproject.toml").write_text("[tool]\ntracefunc = 1\n", encoding="utf-8")
    with pytest.raises(TraceError, match="is no table"):
        defaults({}, str(tmp_path))


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("MAX_CALLS", "ten", 'a number from 0 up, or "all"'),
        ("MAX_SAMPLES", "-1", "a number from 0 up"),
        ("COLOR", "red", "one of auto, always, never"),
        ("FOLLOW", "perhaps", "true or false"),
    ],
)
def test_what_is_wrong_in_a_variable_is_named(tmp_path: Path, variable: str, value: str, expected: str) -> None:
    """The error has the variable, its value and what was expected."""
    with pytest.raises(TraceError) as caught:
        defaults({f"TRACEFUNC_{variable}": value}, str(tmp_path))
    assert str(caught.value) == f"TRACEFUNC_{variable}={value!r}: expected {expected}"


def test_secrets_stay_hidden_unless_they_are_asked_for() -> None:
    """Patterns are added to the usual ones; `show_secrets` leaves only the added ones."""
    assert tracer_options({})["redact"] == SECRETS
    assert tracer_options({"redact": ["a"]})["redact"] == (*SECRETS, "a")
    assert tracer_options({"redact": ["a"], "show_secrets": True})["redact"] == ("a",)


def test_a_tracer_takes_the_settings() -> None:
    """What `tracer_options` gives are keyword arguments of `Tracer`."""
    values = {"count": 3, "text": "n > 1", "texts": ["a.b"], "switch": False}
    settings = {each.name: each.choices[0] if each.choices else values[each.kind] for each in TRACER_SETTINGS}
    Tracer(split, **tracer_options(settings))  # type: ignore[arg-type]


def test_settings_have_the_choices_of_the_options() -> None:
    """What a setting offers is what a session takes."""
    for setting in TRACER_SETTINGS:
        for choice in setting.choices:
            Options(**{setting.name: choice})  # type: ignore[arg-type]
