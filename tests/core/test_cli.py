"""The command `tracefunc`: running, showing, listing and exporting, its files, its colours and its errors."""

import gzip
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import textwrap
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tracefunc import Settings, Trace
from tracefunc._cli_parser import parse
from tracefunc._config import SETTINGS, tracer_options
from tracefunc._launch import Program
from tracefunc._options import SECRETS

SHOP = """
import sys

def total(items):
    result = 0
    for price in items:
        result += price
    return result

class Order:
    def __init__(self, *items):
        self.items = items

    def total(self):
        if not self.items:
            return None
        return total(self.items)

if __name__ == "__main__":
    print(Order(*map(int, sys.argv[1:])).total())
"""

type Done = subprocess.CompletedProcess[str]


def command(*arguments: str, folder: Path, **environ: str) -> Done:
    """Run `tracefunc` in a folder, in a process of its own, with few variables."""
    return subprocess.run(
        [sys.executable, "-m", "tracefunc", *arguments],
        cwd=folder,
        env=variables(**environ),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def variables(**environ: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRACEFUNC_", "OTEL_"))}
    kept.pop("NO_COLOR", None), kept.pop("FORCE_COLOR", None)
    return {**kept, "PYTHONIOENCODING": "utf-8", **environ}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP.lstrip(), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def stored(folder: Path) -> Path:
    done = command("run", "-t", "total", "-o", "trace.jsonl", "shop.py", "3", "4", folder=folder)
    assert (done.returncode, done.stdout) == (0, "7\n")
    return folder


def called(text: str) -> list[str]:
    """The names of the functions whose source a report has."""
    return re.findall(r"^(\S+) \(\S+:\d+\), [\d,]+ calls?\b", text, re.MULTILINE)


# run: targets


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (["total"], ["total"]),
        (["shop:total"], ["total"]),
        (["__main__:total"], ["total"]),
        (["shop.py:total"], ["total"]),
        (["./shop.py:6"], ["total"]),
        (["Order.total"], ["Order.total"]),
        (["Order"], ["Order.__init__", "Order.total"]),
        (["shop.py:Order.*", "-ttotal"], ["total", "Order.__init__", "Order.total"]),
        (["shop.py"], ["total", "Order.__init__", "Order.total"]),
        (["__main__:*"], ["total", "Order.__init__", "Order.total"]),
    ],
)
def test_targets_in_the_script_itself(folder: Path, targets: list[str], names: list[str]) -> None:
    """A function of the script is named by itself, by the file, by a line, or as one of `__main__`."""
    done = command("run", "-t", *targets, "shop.py", "3", "4", folder=folder)
    assert (done.returncode, done.stdout) == (0, "7\n")
    assert sorted(called(done.stderr)) == sorted(names)
    assert "note:" not in done.stderr


def test_without_a_target_all_functions_of_the_program_are_traced(folder: Path) -> None:
    """What has no name on the command line is the program's own file."""
    done = command("run", "shop.py", folder=folder)
    assert sorted(called(done.stderr)) == ["Order.__init__", "Order.total"]
    assert "note:" not in done.stderr


def test_a_program_without_functions_of_its_own(folder: Path) -> None:
    """Who named no target is told how to name one."""
    (folder / "main.py").write_text("import shop\nprint(shop.total([3]))\n", encoding="utf-8")
    done = command("run", "main.py", folder=folder)
    assert (done.returncode, done.stdout) == (0, "3\n")
    assert "the program's own file has no functions; name others by -t TARGET, such as -t 'package.*'\n" in done.stderr


@pytest.mark.parametrize("target", ["shop:total", "total", "shop.total", "shop:tot*"])
def test_targets_in_a_module_that_is_run(folder: Path, target: str) -> None:
    """`-m shop` runs the module as `__main__`: its functions have the name of the module all the same."""
    done = command("run", "-t", target, "-m", "shop", "3", folder=folder)
    assert (done.returncode, done.stdout, called(done.stderr)) == (0, "3\n", ["total"])


def test_targets_in_code(folder: Path) -> None:
    """The source of `-c` is shown, and modules that it imports are traced once they appear."""
    code = "import shop\ndef twice(x):\n    return 2 * shop.total(x)\nprint(twice([1]))"
    done = command("run", "-t", "twice", "-t", "shop:total", "-c", code, folder=folder)
    assert (done.returncode, done.stdout, sorted(called(done.stderr))) == (0, "2\n", ["total", "twice"])
    assert "return 2 * shop.total(x)" in done.stderr


def test_a_target_of_the_standard_library_by_its_name(folder: Path) -> None:
    """What is imported already when the program starts is found as well."""
    code = "import json; json.loads('[1]')"
    done = command("run", "-t", "json.decoder:JSONDecoder.decode", "-c", code, folder=folder)
    assert (done.returncode, called(done.stderr)) == (0, ["JSONDecoder.decode"])


def test_a_target_that_matched_nothing_is_told_with_what_is_near(folder: Path) -> None:
    """A name that no function had by the end is in the report; the exit code is the program's."""
    done = command("run", "-t", "totl", "-t", "shop.py:Order.totals", "shop.py", "1", folder=folder)
    assert (done.returncode, done.stdout) == (0, "1\n")
    (first,) = [line for line in done.stderr.splitlines() if "totl" in line]
    (second,) = [line for line in done.stderr.splitlines() if "Order.totals" in line]
    assert re.search(r"\btotal\b", first.replace("totl", ""))
    assert re.search(r"Order\.total\b", second.replace("Order.totals", ""))


def test_the_stacks_of_a_trace_begin_with_the_program(stored: Path) -> None:
    """Frames of tracefunc's own are not among those of the calls."""
    trace = Trace.load(stored / "trace.jsonl")
    assert [frame.name for frame in trace.stack(trace.calls[0])] == ["<module>", "Order.total", "total"]


# run: the report


def test_the_report_goes_to_standard_error(folder: Path) -> None:
    """Standard output has what the program wrote, and nothing else."""
    done = command("run", "-t", "total", "shop.py", "3", "4", folder=folder)
    assert done.stdout == "7\n"
    assert re.match(r"tracefunc: 1 call of 1 function, 7 hits\n\ntotal \(shop.py:3\), 1 call\n", done.stderr)
    assert re.search(r"\n +2 +s\d+ +6 +result \+= price +# result = 3, 7\n", done.stderr)
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("flags", "shown", "hidden"),
    [
        (["--calls"], [r"c0 .*total\(items=\(3, 4\)\) -> 7"], ["result = 0"]),
        (["--values"], [r"s\d+ line 6  result \+= price\n +result = 3, 7\n +price = 3, 4"], [">>>>>>"]),
        (["--unhit", "-tOrder"], [r">>>>>>  s\d+  line 15  return None"], ["result = 0"]),
        (["--calls", "--unhit", "-tOrder"], [r"c0 ", "return None"], []),
        (["--width=60"], [r"total \(shop"], []),
        (["--max-chars=120"], ["total"], ["return result"]),
        (["-q"], [r"\A\Z"], []),
        (["--color=always"], ["\x1b\\["], []),
        (["--color", "always", "--color", "never"], ["hits"], ["\x1b"]),
    ],
    ids=" ".join,
)
def test_flags_say_what_the_report_shows(folder: Path, flags: list[str], shown: list[str], hidden: list[str]) -> None:
    """The tree of calls, all values, what never ran; width, budget and colour; or nothing."""
    done = command("run", "-t", "total", *flags, "shop.py", "3", "4", folder=folder)
    for pattern in shown:
        assert re.search(pattern, done.stderr)
    for text in hidden:
        assert text not in done.stderr
    if "--max-chars=120" in flags:
        assert len(done.stderr.partition("\n\n")[2]) <= 121


def test_options_of_a_session_are_flags(folder: Path) -> None:
    """They come into the trace as they were given."""
    flags = ["--max-calls=2", "--max-samples", "3", "--max-repr=20", "--keep", "last", "--samples=both"]
    flags += ["--when", "items and len(items) > 1", "--watch=len(items)", "--watch", "result + 1"]
    done = command("run", "-q", "-t", "total", *flags, "-o", "t.json", "shop.py", "3", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")
    assert Trace.load(folder / "t.json").settings == Settings(
        2, 3, 20, "last", "both", "items and len(items) > 1", ("len(items)", "result + 1")
    )


def test_every_call_can_be_kept(folder: Path) -> None:
    """`--max-calls all` sets no limit."""
    code = "def f(i): return i\nfor i in range(20): f(i)"
    for limit, number in (("all", 20), ("5", 5), ("0", 0)):
        command("run", "-q", "-t", "f", "--max-calls", limit, "-o", "t.json", "-c", code, folder=folder)
        assert len(Trace.load(folder / "t.json").calls) == number


@pytest.mark.parametrize(
    ("flags", "hidden"),
    [
        ([], SECRETS),
        (["--redact", "pin", "--redact=*key"], (*SECRETS, "pin", "*key")),
        (["--redact=pin", "--show-secrets"], ("pin",)),
        (["--no-show-secrets"], SECRETS),
    ],
    ids=str,
)
def test_secrets_are_hidden_as_the_flags_say(flags: list[str], hidden: tuple[str, ...]) -> None:
    """The usual ones unless they are asked for, and those named."""
    asked, program = parse(["run", *flags, "shop.py"])
    assert program == Program("script", "shop.py")
    assert tracer_options(vars(asked))["redact"] == hidden


# run: files


def test_a_trace_is_stored_and_said_so(stored: Path) -> None:
    """With `-o` there is no report, but one line that says what was written."""
    done = command("run", "-t", "total", "-o", "trace.jsonl", "shop.py", "3", "4", folder=stored)
    assert (done.returncode, done.stdout) == (0, "7\n")
    assert done.stderr == "tracefunc: 1 call of 1 function, 7 hits; written: trace.jsonl\n"
    assert Trace.load(stored / "trace.jsonl").functions[0].calls == 1


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.jsonl.gz", "t.json.gz"])
def test_traces_are_stored_by_their_suffix(folder: Path, name: str) -> None:
    """JSON Lines or JSON, packed or not."""
    assert command("run", "-t", "total", "-q", "-o", name, "shop.py", folder=folder).stderr == ""
    data = (folder / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
    documents = [json.loads(line) for line in text.splitlines()]
    assert (len(documents) > 1) == (".jsonl" in name)


def test_several_files_are_written(folder: Path) -> None:
    """A trace, a report and a picture of one run; `--json` and `--svg` are short for two of them."""
    pytest.importorskip("tracefunc_export")
    done = command(
        "run", "-t", "total", "-o", "t.jsonl", "-o", "t.txt", "-o", "t.lcov", "--json", "out.json", "--svg", "out.svg",
        "shop.py", "3", folder=folder,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "3\n")
    assert "written: t.jsonl, t.txt, t.lcov, out.svg, out.json" in done.stderr.replace("\n", " ")
    assert json.loads((folder / "out.json").read_text())
    assert "<svg" in (folder / "out.svg").read_text()
    assert called((folder / "t.txt").read_text()) == ["total"]
    assert "DA:6,1" in (folder / "t.lcov").read_text()


def test_a_format_may_be_named(folder: Path) -> None:
    """Where the suffix does not tell, `--format` does."""
    command("run", "-q", "-t", "total", "-o", "x.out", "--format", "json", "shop.py", folder=folder)
    assert Trace.load(folder / "x.out").functions[0].name == "total"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["-o", "x.nothing"], "format of 'x.nothing' cannot be told from its suffix"),
        (["-o", "x.out", "--format", "nothing"], "There is no format 'nothing'"),
        (["-o", "no/such/folder.jsonl"], "cannot write to 'no/such/folder.jsonl': there is no folder 'no/such'"),
        (["-o", "x.json", "--option", "a=b"], "json has no option 'a'"),
        (["-o", "."], "cannot write to '.': it is a folder"),
        (["-o", "-"], "standard output is the program's own"),
        (["-t", "a b"], "target 'a b'"),
        (["-t", ""], "target '' is empty"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_told_before_the_program_runs(folder: Path, flags: list[str], said: str) -> None:
    """One line, exit code 2, and nothing has run."""
    done = command("run", "-t", "total", *flags, "shop.py", "3", folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tracefunc: ")
    assert said in line


def test_a_failure_of_the_report_leaves_the_exit_code(folder: Path) -> None:
    """A file that cannot be written when the program has ended is told, and the others are written."""
    (folder / "moved.py").write_text("import os\ndef f(): os.rmdir('out')\nf()\nraise SystemExit(3)")
    (folder / "out").mkdir()
    done = command("run", "-t", "f", "-o", "out/t.json", "-o", "t.txt", "moved.py", folder=folder)
    assert done.returncode == 3
    assert re.search(r"^tracefunc: .*out/t.json", done.stderr)
    assert done.stderr.endswith("written: t.txt\n")
    assert "Traceback" not in done.stderr


# run: the end


def test_what_ends_a_program_early_still_gives_the_report(folder: Path) -> None:
    """`sys.exit`, an exception and Ctrl-C: what was recorded until then is reported, after the traceback."""
    for end, code in (("sys.exit(5)", 5), ("1 / 0", 1), ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT)):
        usual = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # not so where a shell started us behind it
        text = f"import os, signal, sys; {usual}\ndef f(n):\n    return n\nf(1)\n{end}\nf(2)"
        done = command("run", "-t", "f", "-c", text, folder=folder)
        assert done.returncode == code
        assert "f (<string>:2), 1 call\n" in done.stderr
        assert done.stderr.startswith(("tracefunc: ", "Traceback (most recent call last):\n"))
        assert "tracefunc/" not in done.stderr


def test_threads_and_functions_at_exit_are_traced_to_the_end(folder: Path) -> None:
    """The program has ended when its last thread has."""
    text = """
    import atexit, threading, time
    def f(who): return who
    atexit.register(f, "exit")
    threading.Thread(target=lambda: (time.sleep(0.1), f("thread"))).start()
    """
    done = command("run", "-t", "f", "-c", textwrap.dedent(text), folder=folder)
    assert "# who = 'thread', 'exit'" in done.stderr


def test_a_fork_reports_once(folder: Path) -> None:
    """A child of the program that ends as its parent does writes no report of its own."""
    text = "import os, sys\ndef f(): pass\nf()\nif os.fork() == 0: sys.exit(4)\nassert os.wait()[1] >> 8 == 4"
    done = command("run", "-t", "f", "-c", text, folder=folder)
    assert (done.returncode, done.stderr.count("tracefunc: 1 call of 1 function")) == (0, 1)


def test_a_killed_program_leaves_a_readable_trace(folder: Path) -> None:
    """JSON Lines are written while the program runs."""
    text = "import os, signal, time\ndef f(n): return n\nfor n in range(9): f(n)\nprint(flush=True)\ntime.sleep(99)"
    arguments = [sys.executable, "-m", "tracefunc", "run", "-t", "f", "-o", "t.jsonl", "-c", text]
    with subprocess.Popen(arguments, cwd=folder, env=variables(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end = time.monotonic() + 60
        while len((folder / "t.jsonl").read_bytes().splitlines()) < 9:
            assert time.monotonic() < end
            time.sleep(0.05)
        process.kill()
    assert Trace.load(folder / "t.jsonl").calls


# run: settings


def test_settings_come_from_flags_then_variables_then_the_file(folder: Path) -> None:
    """A flag wins over a variable, a variable over `pyproject.toml`."""
    (folder / "pyproject.toml").write_text(
        "[tool.tracefunc]\ntargets = ['total']\nmax_samples = 1\nmax_repr = 9\noutput = 'file.json'"
    )

    def settings(*flags: str, **environ: str) -> tuple[int, int]:
        assert command("run", *flags, "shop.py", "1", folder=folder, **environ).returncode == 0
        kept = Trace.load(folder / "file.json").settings
        return kept.max_samples, kept.max_repr

    assert settings() == (1, 9)
    assert settings(TRACEFUNC_MAX_SAMPLES="2") == (2, 9)
    assert settings("--max-samples=3", TRACEFUNC_MAX_SAMPLES="2", TRACEFUNC_MAX_REPR="8") == (3, 8)


def test_a_wrong_setting_is_told_in_one_line(folder: Path) -> None:
    """It names the variable."""
    done = command("run", "shop.py", folder=folder, TRACEFUNC_MAX_SAMPLES="x")
    said = "tracefunc: TRACEFUNC_MAX_SAMPLES='x': expected a number from 0 up\n"
    assert (done.returncode, done.stderr) == (2, said)


# run: terminals


def on_terminal(arguments: list[str], folder: Path, **environ: str) -> tuple[int, str, str]:
    """Run a command whose standard error is a terminal; return its code, output and what the terminal got."""
    outer, inner = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tracefunc", *arguments],
        cwd=folder, env=variables(**{"TERM": "xterm", **environ}), stdout=subprocess.PIPE, stderr=inner, text=True,
    ) as process:  # fmt: skip
        os.close(inner)
        seen = b""
        while select.select([outer], [], [], 60)[0]:
            try:
                seen += os.read(outer, 4096)
            except OSError:  # the last who could write has closed it
                break
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(outer)
    return process.returncode, out, seen.decode()


LONG = "import time\ndef f(n): return n\nend = time.monotonic() + 4\nwhile time.monotonic() < end: f(1)\nprint('out')"


def test_a_long_run_shows_its_progress_on_a_terminal(folder: Path) -> None:
    """The calls and hits so far, which go up; standard output is not touched."""
    code, out, seen = on_terminal(["run", "-t", "f", "-o", "t.json", "-c", LONG], folder)
    assert (code, out) == (0, "out\n")
    counts = [int(calls.replace(",", "")) for calls in re.findall(r"G([\d,]+) calls, [\d,]+ hits, 0:0\d\x1b8", seen)]
    assert len(counts) >= 2
    assert counts == sorted(set(counts))
    assert seen.endswith("written: t.json\r\n")


@pytest.mark.parametrize("flag", ["-q", "--no-progress"])
def test_progress_can_be_switched_off(folder: Path, flag: str) -> None:
    """No escape comes to the terminal then."""
    _, out, seen = on_terminal(["run", flag, "-t", "f", "-o", "t.json", "-c", LONG.replace("+ 4", "+ 2.5")], folder)
    assert out == "out\n"
    assert "\x1b" not in seen


@pytest.mark.parametrize(
    ("environ", "flags", "colored"),
    [({}, [], True), ({"NO_COLOR": "1"}, [], False), ({}, ["--color=never"], False), ({"TERM": "dumb"}, [], False)],
)
def test_a_terminal_gets_colour(folder: Path, environ: dict[str, str], flags: list[str], colored: bool) -> None:
    """Unless `NO_COLOR` is set, or a flag says no."""
    _, _, seen = on_terminal(["run", "-t", "total", *flags, "shop.py", "1"], folder, **environ)
    assert "result" in seen
    assert ("\x1b[" in seen) is colored


# show


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ([], r"\Atotal \(shop.py:3\), 1 call\n *hits"),
        (["--calls"], r"\Ac\d+ .* total\(items=\(3, 4\)\) -> 7"),
        (["--values"], r"result = 3, 7"),
        (["--unhit"], r"\A\n?\Z"),
        (["c{call}"], r"\Ac\d+ total\(items=\(3, 4\)\)"),
        (["s0"], r"\As0 result = 0\n"),
        (["--json"], r"\A\{"),
        (["--width", "40", "--color=always"], "\x1b"),
    ],
    ids=" ".join,
)
def test_a_stored_trace_is_shown(stored: Path, arguments: list[str], pattern: str) -> None:
    """On standard output: source, calls, values, what never ran, one call or statement, or JSON."""
    number = Trace.load(stored / "trace.jsonl").calls[0].id
    arguments = [argument.format(call=number) for argument in arguments]
    done = command("show", "trace.jsonl", *arguments, folder=stored)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(pattern, done.stdout)
    if "--json" in arguments:
        assert Trace.from_dict(json.loads(done.stdout)) == Trace.load(stored / "trace.jsonl")


@pytest.mark.parametrize("name", ["trace.jsonl", "trace.json.gz"])
def test_a_trace_comes_through_a_pipe(stored: Path, name: str) -> None:
    """`-` is standard input, for `show` and for `export`, in any form that a file may have."""
    trace = Trace.load(stored / "trace.jsonl")
    trace.save(stored / name)
    data = (stored / name).read_bytes()
    for arguments in (["show", "-", "--json"], ["export", "-", "-o", "-", "--format", "json"]):
        whole = [sys.executable, "-m", "tracefunc", *arguments]
        done = subprocess.run(whole, cwd=stored, env=variables(), input=data, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert Trace.from_dict(json.loads(done.stdout)) == trace
    done = subprocess.run(whole, cwd=stored, env=variables(), input=b"total = 5", capture_output=True, check=False)
    assert done.stderr == b"tracefunc: standard input: this is no trace: Expecting value at column 1\n"


def test_a_trace_is_shown_within_a_budget(stored: Path) -> None:
    """`--max-chars`, or its variable, bounds the text."""
    whole = command("show", "trace.jsonl", folder=stored).stdout
    some = command("show", "trace.jsonl", "--max-chars=150", folder=stored).stdout
    same = command("show", "trace.jsonl", folder=stored, TRACEFUNC_MAX_CHARS="150").stdout
    assert len(some) <= 151 < len(whole)
    assert some == same


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nothing.jsonl"], "cannot read 'nothing.jsonl': No such file or directory"),
        (["show", "shop.py"], "shop.py"),
        (["show", "trace.jsonl", "c999"], "'c999' is neither a call with detail nor a statement of this trace"),
        (["export", "trace.jsonl", "-o", "nowhere/x.json"], "cannot write to 'nowhere/x.json': there is no folder"),
        (["export", "nothing.jsonl", "-o", "x.json"], "cannot read 'nothing.jsonl'"),
        (["list", "a b"], "'a b' is no name of a module"),
        (["list", "broken.py"], "broken.py: cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_failures_are_one_line(stored: Path, arguments: list[str], said: str) -> None:
    """The exit code is 1; `--debug` shows where it comes from."""
    (stored / "broken.py").write_text("def f(:")
    done = command(*arguments, folder=stored)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tracefunc: ")
    assert said in line
    for place in (0, 1):
        debug = command(*arguments[:place], "--debug", *arguments[place:], folder=stored)
        assert debug.returncode == 1
        assert debug.stderr.startswith("Traceback (most recent call last):\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trace.jsonl", "-o", "x.nothing"], "cannot be told from its suffix"),
        (["trace.jsonl"], "name a file with -o, such as graph.svg, or a --format"),
        (["-o", "x.svg"], "name a stored trace"),
        (["trace.jsonl", "-o", "x.json", "--option", "a"], "--option a: expected NAME=VALUE"),
        (["trace.jsonl", "-o", "x.json", "--option", "a=b"], "json has no option 'a'"),
        (["trace.jsonl", "-o", "x.json", "-o", "y.jsonl", "--option", "a=b"], "--option a: no format asked for has it"),
        (["trace.jsonl", "-o", "x", "--format", "nothing"], "There is no format 'nothing'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_use_of_export_is_one_line(stored: Path, arguments: list[str], said: str) -> None:
    """The exit code is 2, as it is for flags that no command has."""
    done = command("export", *arguments, folder=stored)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tracefunc: ")
    assert said in line
    assert not (stored / "x.json").exists()


def test_one_export_writes_several_files(stored: Path) -> None:
    """One that fails keeps none of the others from being written."""
    done = command(
        "export", "trace.jsonl", "-o", "x.json", "-o", "/dev/full", "-o", "y.txt", "--format", "jsonl", folder=stored
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "/dev/full" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1].endswith("written: x.json, y.txt")
    assert Trace.load(stored / "x.json") == Trace.load(stored / "y.txt") == Trace.load(stored / "trace.jsonl")


def test_the_report_goes_to_standard_output(stored: Path) -> None:
    """`--format text` does so without -o, too."""
    wanted = (stored / "trace.jsonl", "--format", "text")
    for arguments in (wanted, (*wanted, "-o", "-")):
        done = command("export", *map(str, arguments), folder=stored)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("total (shop.py:")
    assert not (stored / "-").exists()


def test_a_reader_that_leaves_is_no_error(stored: Path) -> None:
    """`tracefunc show ... | head -1` says nothing."""
    text = " ".join(f"'{part}'" for part in (sys.executable, "-m", "tracefunc", "show", "trace.jsonl", "--json"))
    done = subprocess.run(["sh", "-c", f"{text} | true"], cwd=stored, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_empty_variable_for_the_output_is_none(folder: Path) -> None:
    """The report comes as ever, and no file is written."""
    before = set(folder.iterdir())
    done = command("run", "-t", "total", "shop.py", "3", folder=folder, TRACEFUNC_OUTPUT="")
    assert done.returncode == 0
    assert "total (shop.py:" in done.stderr
    assert set(folder.iterdir()) - before <= {folder / "__pycache__"}


# list


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("shop", ["shop:total", "shop:Order.__init__", "shop:Order.total"]),
        ("shop:Order", ["shop:Order.__init__", "shop:Order.total"]),
        ("shop.total", ["shop:total"]),
        ("sho*:tot*", ["shop:total"]),
        ("shop.py:15", ["shop:Order.total"]),
        ("*.py:total", ["shop:total"]),
        ("inner.py:f", ["inner:f"]),
        ("package", ["package:g", "package.inner:f"]),
        ("package.*", ["package:g", "package.inner:f"]),
        ("package.inner.f", ["package.inner:f"]),
        ("json.decoder:JSONDecoder.decode", ["json.decoder:JSONDecoder.decode"]),
    ],
)
def test_a_target_is_listed(folder: Path, target: str, names: list[str]) -> None:
    """Each function with its place, in the order of the files; nothing of them is run."""
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("def g(): pass\nraise SystemError('run')")
    (folder / "package" / "inner.py").write_text("def f():\n    def inner(): pass\nraise SystemError('run')")
    done = command("list", target, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [name for name, _ in rows] == names
    assert all(re.fullmatch(r"\S+\.py:\d+-\d+", place) for _, place in rows)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("shop:totl", "shop:totl: no function matches; near to it: shop:"),
        ("shop:zzz", "shop:zzz: no function matches\n"),
        ("shp:total", "shp:total: there is no file with Python functions of that name; near to it: shop:total\n"),
        (
            "jsn.decoder:JSON*",
            "jsn.decoder:JSON*: there is no file with Python functions of that name; near to it: json.",
        ),
        (
            "json.decodr.*",
            "json.decodr.*: no function matches; near to it: json.decoder.*, ",
        ),
        ("math:sin", "math:sin: there is no file with Python functions of that name"),
        ("nothing.at.all", "nothing.at.all: there is no file"),
    ],
)
def test_a_target_without_functions_is_told(folder: Path, target: str, said: str) -> None:
    """With names that are near; the exit code is 1, and the other targets are listed."""
    done = command("list", target, "shop:total", folder=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("shop:total ")
    assert f"{done.stderr.splitlines()[0]}\n".startswith(f"tracefunc: {said}")


# export


def test_a_stored_trace_is_exported(stored: Path) -> None:
    """By the suffix, or by the name of the format; `-` is standard output."""
    done = command("export", "trace.jsonl", "-o", "x.json", folder=stored)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "tracefunc: 1 call of 1 function, 7 hits; written: x.json\n"
    assert Trace.load(stored / "x.json") == Trace.load(stored / "trace.jsonl")
    shown = command("export", "trace.jsonl", "-o", "-", "--format", "json", folder=stored)
    assert (shown.stdout.encode(), shown.stderr) == ((stored / "x.json").read_bytes(), "")
    assert command("export", "trace.jsonl", "--format", "json", folder=stored).stdout == shown.stdout
    assert command("export", "-q", "trace.jsonl", "-o", "y.json", folder=stored).stderr == ""


def test_pictures_and_reports_are_exported(stored: Path) -> None:
    """The formats of tracefunc-export, and the report as text."""
    pytest.importorskip("tracefunc_export")
    for name, start in (("g.svg", "<?xml"), ("g.dot", "digraph"), ("c.lcov", "TN:"), ("r.txt", "total (shop.py:3)")):
        done = command("export", "trace.jsonl", "-o", name, folder=stored)
        assert done.returncode == 0
        assert (stored / name).read_text().lstrip("/ \n*").startswith(start)


def test_the_formats_are_listed(folder: Path) -> None:
    """With their suffixes and what they lack; a format of any installed package is among them."""
    done = command("export", "--list-formats", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    names = {line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")}
    assert {"json", "jsonl", "text", *(entry.name for entry in entry_points(group="tracefunc.exporters"))} == names


THIRD = """
import time
from tracefunc.exporters import Exporter, Option

def write(trace, destination, *, word="calls", progress=None):
    for done in range(20):
        time.sleep(0.1)
        if progress:
            progress(done, 20)
    with open(destination, "w") as file:
        file.write(f"{len(trace.calls)} {word}")
    return f"{word} counted"

EXPORTER = Exporter(
    "count", "how many calls there are", write, (".count",), options=(Option("word", "what they are called"),),
    progress=True,
)
"""


@pytest.fixture
def third_party(stored: Path) -> Path:
    """A package with an exporter, as an installer would leave it in a folder of `sys.path`."""
    site = stored / "site"
    (site / "counting-1.0.dist-info").mkdir(parents=True)
    (site / "counting.py").write_text(THIRD)
    (site / "counting-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: counting\nVersion: 1.0\n")
    (site / "counting-1.0.dist-info" / "entry_points.txt").write_text(
        "[tracefunc.exporters]\ncount = counting:EXPORTER\n"
    )
    return site


def test_an_exporter_of_another_package_appears_by_being_installed(stored: Path, third_party: Path) -> None:
    """Its format is listed, found by its suffix, and takes its options; `run` writes it, too."""
    environ = {"PYTHONPATH": os.pathsep.join([str(third_party), os.environ.get("PYTHONPATH", "")])}
    listed = command("export", "--list-formats", folder=stored, **environ).stdout
    assert re.search(r"^count +\.count +how many calls there are\n +options: word$", listed, re.MULTILINE)
    described = command("export", "--list-formats", "--format", "count", folder=stored, **environ).stdout
    assert described.endswith("\n  --option word=...  what they are called\n")
    done = command("export", "trace.jsonl", "-o", "x.count", "--option", "word=runs", folder=stored, **environ)
    assert (done.returncode, done.stderr) == (0, "tracefunc: runs counted\n")
    assert (stored / "x.count").read_text() == "1 runs"
    outputs = ("-o", "y.count", "-o", "y.json", "--option=word=visits")
    command("run", "-q", "-t", "total", *outputs, "shop.py", folder=stored, **environ)
    assert (stored / "y.count").read_text() == "0 visits"


def test_a_long_export_shows_a_bar_on_a_terminal(stored: Path, third_party: Path) -> None:
    """How far it is, and nothing of it is left."""
    path = os.pathsep.join([str(third_party), os.environ.get("PYTHONPATH", "")])
    code, out, seen = on_terminal(["export", "trace.jsonl", "-o", "x.count"], stored, PYTHONPATH=path)
    assert (code, out) == (0, "")
    assert re.search(r"\rcount #+\.* +\d+% \d+ of 20\x1b\[K.*\r\x1b\[Ktracefunc: calls counted\r\n\Z", seen, re.DOTALL)


# help, usage, installation


@pytest.mark.parametrize("name", ["", "run", "show", "list", "export"])
def test_every_command_has_a_help_text_with_examples(folder: Path, name: str) -> None:
    """Examples are commands that can be typed."""
    done = command(*filter(None, [name]), "--help", folder=folder, NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^examples:\n  tracefunc {name or 'run'} ", done.stdout, re.MULTILINE)
    assert "usage: tracefunc" in done.stdout


def test_the_help_names_every_flag_of_a_setting(folder: Path) -> None:
    """What can be set in `pyproject.toml` has a flag."""
    text = command("run", "--help", folder=folder, NO_COLOR="1").stdout
    names = {"targets": "target"}
    assert [each.name for each in SETTINGS if f"--{names.get(each.name, each.flag)}" not in text] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "usage: tracefunc"),
        (["nothing"], "invalid choice: 'nothing'"),
        (["run"], "name what to run"),
        (["run", "-t"], "expected one argument"),
        (["run", "-m"], "expected one argument"),
        (["run", "--nothing", "shop.py"], "unrecognized arguments: --nothing"),
        (["run", "--max-samples", "x", "shop.py"], "argument --max-samples: expected a number from 0 up"),
        (["run", "--watch", "len(", "shop.py"], "argument --watch: expected an expression, and 'len(' is none"),
        (["run", "--when", "a b", "shop.py"], "argument --when: expected an expression, and 'a b' is none"),
        (["run", "--keep=best", "shop.py"], "argument --keep: expected one of first, last, raised, slowest"),
        (["show"], "the following arguments are required: FILE"),
        (["show", "x", "--color=red"], "expected one of auto, always, never"),
        (["list"], "the following arguments are required: TARGET"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_use_is_told(folder: Path, arguments: list[str], said: str) -> None:
    """With the usage, and exit code 2."""
    done = command(*arguments, folder=folder, NO_COLOR="1")
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["-qt", "total", "shop.py"],
        ["-qttotal", "shop.py"],
        ["-q", "--target=total", "shop.py"],
        ["-t", "total", "-qm", "shop"],
        ["-qmshop"],
        ["--debug", "-q", "shop.py"],
        ["-q", "--", "shop.py"],
    ],
    ids=" ".join,
)
def test_arguments_can_be_written_in_all_usual_ways(folder: Path, arguments: list[str]) -> None:
    """Short flags together, values with and without a space or a sign."""
    done = command("run", *arguments, "5", "-5", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_the_version_is_told(folder: Path) -> None:
    """With that of Python, which a report of an error needs."""
    done = command("--version", folder=folder)
    assert re.fullmatch(r"tracefunc \d+\.\d+\.\S+ \(CPython 3\.\d+\.\S+\)\n", done.stdout)


def test_the_command_is_installed() -> None:
    """`tracefunc` is `tracefunc.cli:main`, and stands beside the interpreter."""
    (script,) = [entry for entry in entry_points(group="console_scripts") if entry.name == "tracefunc"]
    assert script.value == "tracefunc.cli:main"


def test_the_installed_command_replaces_its_own_folder_in_the_path(folder: Path) -> None:
    """The folder of the command is no place to import from; that of the script is."""
    script = folder / "bin" / "tracefunc"
    script.parent.mkdir()
    script.write_text("import sys\nfrom tracefunc.cli import main\nsys.exit(main())")
    (folder / "path.py").write_text("import sys\nprint(sys.path[0], sys.argv)\n1 / 0")
    done = subprocess.run(
        [sys.executable, str(script), "run", "-q", "path.py"],
        cwd=folder, env=variables(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == f"{folder} ['path.py']\n"
    assert re.findall(r'File "(.*?)"', done.stderr) == [str(folder / "path.py")]


def test_importing_tracefunc_does_not_import_the_command_line() -> None:
    """Nor argparse, json or any other module that only it needs."""
    text = "import sys; from tracefunc import Tracer, tracefunc; "
    text += "print(sorted({'argparse', 'json', 'tomllib', 'tracefunc.cli'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
