"""What importing the package costs, and what it offers."""

import subprocess
import sys

import pytest

import tracefunc

LATE = ["argparse", "ast", "dataclasses", "dis", "inspect", "json", "tokenize", "typing", "tracefunc._monitor"]


def test_import_loads_next_to_nothing() -> None:
    """`import tracefunc` loads none of the modules that take time; they come when a name is first used."""
    code = f"import sys, tracefunc; print([name for name in {LATE!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-S", "-c", path() + code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def path() -> str:
    folder = tracefunc.__file__.rpartition("tracefunc")[0]
    return f"import sys; sys.path.insert(0, {folder!r}); "


def test_every_public_name_is_there() -> None:
    """Each public name can be reached as an attribute and by `from tracefunc import`, and `dir` shows it."""
    code = f"from tracefunc import {', '.join(tracefunc.__all__)}; print('all')"
    done = subprocess.run([sys.executable, "-c", path() + code], capture_output=True, text=True, check=True)
    assert done.stdout == "all\n"
    assert set(tracefunc.__all__) <= set(dir(tracefunc))
    for name in tracefunc.__all__:
        assert getattr(tracefunc, name) is getattr(tracefunc, name)
    code = "import tracefunc; print(tracefunc.model.Trace is tracefunc.Trace, tracefunc.errors.__name__)"
    done = subprocess.run([sys.executable, "-c", path() + code], capture_output=True, text=True, check=True)
    assert done.stdout == "True tracefunc.errors\n"


def test_unknown_name() -> None:
    """A name that is not there is an AttributeError that says so."""
    with pytest.raises(AttributeError, match="module 'tracefunc' has no attribute 'Tracker'"):
        tracefunc.Tracker  # type: ignore[attr-defined]
