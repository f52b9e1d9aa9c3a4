"""`tracefunc run` runs a program as `python` does: what the program sees of itself, how it ends, what it prints."""

import os
import re
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

TARGET = ("-q", "-t", "json.decoder:JSONDecoder.decode")

SELF = """
import os, pickle, sys
def named(): pass
class Kept: pass
names = dict(globals())
print([(name, type(value).__name__) for name, value in names.items()])
print(__name__, __doc__, __package__, names.get("__file__"), names.get("__cached__"))
print(type(__loader__).__name__, getattr(__spec__, "name", None), getattr(__spec__, "origin", None))
print(sys.argv, sys.path[0], sys.flags.safe_path)
print(sys.modules["__main__"].__dict__ is globals(), named.__module__)
print(type(pickle.loads(pickle.dumps(Kept()))) is Kept)
"""


def python(*arguments: str, folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **options.pop("environ", {})}  # type: ignore[dict-item]
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8", check=False, **options
    )  # type: ignore[call-overload, no-any-return]


def both(
    arguments: Sequence[str], folder: Path, flags: Sequence[str] = (), **options: object
) -> list[tuple[int, str, str]]:
    """How a program ends and what it prints, untraced and traced."""
    done = [
        python(*flags, *arguments, folder=folder, **options),
        python(*flags, "-m", "tracefunc", "run", *TARGET, *arguments, folder=folder, **options),
    ]
    return [(each.returncode, each.stdout, re.sub(r" at 0x[0-9a-f]+", "", each.stderr)) for each in done]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def named(arguments: list[str]) -> str:
    return " ".join(argument.strip().partition("\n")[0] for argument in arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "script.py", SELF)
    write(tmp_path / "below" / "script.py", SELF)
    write(tmp_path / "package" / "__init__.py", "")
    write(tmp_path / "package" / "__main__.py", SELF)
    write(tmp_path / "package" / "module.py", SELF)
    (tmp_path / "link.py").symlink_to(tmp_path / "below" / "script.py")
    with zipfile.ZipFile(tmp_path / "zipped.pyz", "w") as archive:
        archive.writestr("__main__.py", SELF)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["script.py"],
        ["./below/../script.py", "-x", "--", "y", "-t"],
        ["link.py"],
        ["-m", "script", "-m", "-c"],
        ["-mscript"],
        ["-m", "package", "a"],
        ["-m", "package.module", "--", "a"],
        ["-c", SELF, "-q", "a"],
        ["package", "a"],
        ["zipped.pyz", "a"],
    ],
    ids=named,
)
def test_a_program_sees_itself_as_python_shows_it(folder: Path, arguments: list[str]) -> None:
    """Its `__main__`, arguments, path and pickles are those of an untraced run."""
    untraced, traced = both(arguments, folder)
    assert untraced[0] == 0
    assert traced == untraced


@pytest.mark.parametrize("arguments", [["script.py"], ["-m", "script"], ["-c", SELF], ["zipped.pyz"]], ids=named)
def test_safe_path_holds(folder: Path, arguments: list[str]) -> None:
    """With `-P` no folder is put before `sys.path`; so a module of the current folder is not found."""
    untraced, traced = both(arguments, folder, flags=["-P"])
    if arguments[0] == "-m":
        assert (untraced[0], traced[0]) == (1, 2)
    else:
        assert traced == untraced


def test_the_separator_ends_our_options(folder: Path) -> None:
    """Behind `--` stands the script, whatever its name begins with."""
    write(folder / "-t", "import sys; print(sys.argv)")
    done = python("-m", "tracefunc", "run", *TARGET, "--", "-t", "-o", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['-t', '-o']\n", "")


def test_a_program_can_come_from_standard_input(folder: Path) -> None:
    """`-` is a program that is read from standard input."""
    untraced, traced = both(["-", "a"], folder, input=SELF)
    assert untraced[0] == 0
    assert traced == untraced


def test_standard_input_is_the_programs(folder: Path) -> None:
    """What comes on standard input goes to the program, byte for byte."""
    untraced, traced = both(["-c", "import sys; print(sys.stdin.buffer.read())"], folder, input="ä\n\x00b")
    assert traced == untraced == (0, f"{'ä\n\x00b'.encode()}\n", "")


def test_a_compiled_file_can_be_run(folder: Path) -> None:
    """A `.pyc` file is a program, too."""
    python("-c", "import py_compile; py_compile.compile('script.py', 'compiled.pyc')", folder=folder)
    untraced, traced = both(["compiled.pyc"], folder)
    assert untraced[0] == 0
    assert traced == untraced


def test_indented_code_is_run_as_python_runs_it(folder: Path) -> None:
    """From 3.14 on, the indentation that all lines of `-c` have in common is taken away."""
    untraced, traced = both(["-c", "\n  x = 1\n  print(x)"], folder)
    assert traced[:2] == untraced[:2]


FAILURES = {
    "an exception": "def f():\n    raise ValueError('no')\nf()",
    "a chain": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('k') from error",
    "a group": "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])",
    "a syntax error": "x = (1,\ny = 2",
    "a syntax error in an import": "import broken",
    "an import error": "import nothing_of_this_name",
    "an exception of a thread": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='T')\n"
    "t.start()\nt.join()",
    "a hook of its own": "import sys\ndef hook(*a): print(a[0], bool(a[2]), sys.excepthook is hook)\n"
    "sys.excepthook = hook\n1 / 0",
    "a hook that fails": "import sys, traceback\ndef hook(k, v, t):\n"
    "    print(traceback.extract_tb(t)[-1].lineno)\n    exit('gone')\nsys.excepthook = hook\n1 / 0",
    "the exit of sys": "import sys\nsys.exit(3)",
    "an exit without code": "raise SystemExit",
    "an exit with a text": "import sys\nsys.exit('text')",
    "an exit in a chain": "import sys\ntry:\n    1 / 0\nfinally:\n    sys.exit(4)",
    "a hard exit": "import os\nprint('x', flush=True)\nos._exit(5)",
    # A shell starts what it runs in the background without the handler.
    "an interrupt": "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "os.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(9)",
    "an interrupt raised": "raise KeyboardInterrupt('why')",
    "a signal": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "an abort": "import faulthandler, os\nfaulthandler.disable()\nos.abort()",
    "a generator's exit": "raise GeneratorExit('g')",
    "functions at exit": "import atexit\natexit.register(print, 'first')\n"
    "@atexit.register\ndef f(): 1 / 0\nprint('last line')",
    "a thread that outlives it": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(.2), print('end'))).start()",
    "a fork": "import os, sys\nif os.fork():\n    os.wait(); print('parent')\nelse:\n    print('child')",
    "a closed output": "import sys\nsys.stdout.close(); sys.stderr.close()",
    "a closed error stream": "import os\nos.close(2)\nprint('x')",
}


@pytest.mark.parametrize("kind", ["script", "code", "module"])
@pytest.mark.parametrize("text", FAILURES.values(), ids=FAILURES)
def test_a_program_ends_as_it_does_untraced(tmp_path: Path, text: str, kind: str) -> None:
    """Its exit code or signal is its own, and so is its traceback, without a frame of tracefunc."""
    write(tmp_path / "broken.py", "def f(:\n")
    script = write(tmp_path / "script.py", text)
    arguments = {"script": [script.name], "code": ["-c", text], "module": ["-m", "script"]}[kind]
    untraced, traced = both(arguments, tmp_path)
    if kind == "module":  # python shows how it began, by two frames of runpy
        lines = untraced[2].splitlines(keepends=True)
        untraced = (*untraced[:2], "".join(line for line in lines if "<frozen runpy>" not in line))
    assert traced == untraced


def test_a_warning_is_that_of_the_program(tmp_path: Path) -> None:
    """A warning names the line of the program that it is about."""
    untraced, traced = both([write(tmp_path / "script.py", "import warnings\nwarnings.warn('w')").name], tmp_path)
    assert traced == untraced


def test_an_error_of_a_package_shows_the_programs_frames_alone(tmp_path: Path) -> None:
    """A package that fails while `-m` looks into it is shown from its own frame on."""
    write(tmp_path / "package" / "__init__.py", "1 / 0")
    write(tmp_path / "package" / "module.py", "")
    done = python("-m", "tracefunc", "run", *TARGET, "-m", "package.module", folder=tmp_path)
    assert done.returncode == 1
    frames = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    assert frames == [f'  File "{tmp_path / "package" / "__init__.py"}", line 1, in <module>']


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.py"], "can't open 'nothing.py': No such file or directory"),
        (["-m", "nothing"], "there is no module named 'nothing'"),
        (["-m", "a..b"], "-m a..b: expected the name of a module, such as package.module"),
    ],
)
def test_a_program_that_is_not_there_is_told_in_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Nothing runs, and the exit code is 2."""
    done = python("-m", "tracefunc", "run", *TARGET, *arguments, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"tracefunc: {said}\n")


def test_a_module_that_is_missing_in_its_package_ends_as_with_python(tmp_path: Path) -> None:
    """What can be found only by running the package is told when it has run: exit code 1, as `python -m` has it."""
    done = python("-m", "tracefunc", "run", *TARGET, "-m", "json.nothing", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tracefunc: No module named json.nothing\n"


def test_a_program_has_its_own_modules_whatever_tracefunc_has_imported(tmp_path: Path) -> None:
    """A file named like a standard module is found where it is found untraced, and does no harm to the report."""
    for name in ("platform", "difflib", "argparse", "html", "subprocess", "tempfile", "ast", "atexit", "text"):
        write(tmp_path / f"{name}.py", f"print('the own {name}')\nmine = True")
    write(
        tmp_path / "script.py",
        """
        import argparse, ast, difflib, html, platform, subprocess, tempfile, text
        import atexit
        print(platform.mine, hasattr(atexit, "mine"))
        def f(): pass
        f()
        """,
    )
    untraced = python("script.py", folder=tmp_path).stdout
    assert untraced.endswith("the own text\nTrue False\n")
    # The command that is installed: `python -m` would let tracefunc itself find these files.
    script = write(tmp_path / "bin" / "tracefunc", "import sys\nfrom tracefunc.cli import main\nsys.exit(main())")
    command = (str(script), "run", "-t", "f", "-t", "g", "-o", "t.lcov", "script.py")
    traced = python(*command, folder=tmp_path)
    assert (traced.returncode, traced.stdout) == (0, untraced)
    assert traced.stderr.endswith("tracefunc: 1 call of 1 function, 1 hit; written: t.lcov\n")


def test_processes_of_multiprocessing_find_the_program(tmp_path: Path) -> None:
    """A spawned process imports the script as its untraced parent's would."""
    script = write(
        tmp_path / "script.py",
        """
        import multiprocessing
        def double(x): return 2 * x
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(double, [1, 2]))
        """,
    )
    untraced, traced = both([script.name], tmp_path)
    assert traced == untraced == (0, "[2, 4]\n", "")
