"""The magics in a real kernel of Jupyter, in IPython at a terminal, and their HTML in a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser import look, needs_chromium

ROOT = Path(__file__).parents[2]

pytest.importorskip("ipykernel", reason="ipykernel, a kernel of Jupyter, is not installed")
pytest.importorskip("jupyter_client", reason="jupyter_client, which talks to a kernel, is not installed")


@dataclass
class Seen:
    """What a cell gave: its status, what it printed, what it showed, in order, and its error."""

    status: str
    stdout: str = ""
    stderr: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)
    value: dict[str, Any] | None = None
    error: str = ""

    @property
    def text(self) -> str:
        """The text of the only thing shown."""
        (data,) = self.shown
        return str(data["text/plain"])


class Kernel:
    """A kernel of Jupyter in a process of its own."""

    def __init__(self, folder: Path) -> None:
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import KernelManager

        specs = KernelSpecManager(kernel_dirs=[])  # only the one of this Python
        self._manager = KernelManager(
            kernel_name="python3", kernel_spec_manager=specs, transport="ipc", ip=str(folder / "k")
        )
        self._manager.start_kernel(cwd=str(folder), env={**os.environ, "IPYTHONDIR": str(folder)})
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=120)

    def run(self, code: str) -> Seen:
        """Run a cell."""
        seen = Seen("")

        def add(message: dict[str, Any]) -> None:
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    name = content["name"]
                    setattr(seen, name, getattr(seen, name) + content["text"])
                case "display_data":
                    seen.shown.append(content["data"])
                case "execute_result":
                    seen.value = content["data"]
                case "error":
                    seen.error = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(content["traceback"]))

        reply = self._client.execute_interactive(code, output_hook=add, timeout=120)
        seen.status = reply["content"]["status"]
        return seen

    def close(self) -> None:
        """End the kernel."""
        self._client.stop_channels()
        self._manager.shutdown_kernel()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Give a kernel with the magics and a function that was defined in a cell."""
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    try:
        assert kernel.run("%load_ext tracefunc").status == "ok"
        yield kernel
    finally:
        kernel.close()


AREA = "def area(w, h):\n    size = w * h\n    return size\n"


def defined(kernel: Kernel, code: str = AREA) -> int:
    """Run a cell that defines something; return its number."""
    assert kernel.run(code).status == "ok"
    number = kernel.run("get_ipython().execution_count - 1").value
    assert number is not None
    return int(number["text/plain"]) - 1


def test_a_call_is_traced_and_its_results_shown_as_html(kernel: Kernel) -> None:
    """`%tracefunc f(3)` gives the results, as HTML and as text, with the number of the cell that defined `f`."""
    number = defined(kernel)
    seen = kernel.run("%tracefunc area(2, 3)")
    assert (seen.status, seen.error, seen.shown) == ("ok", "", [])
    assert seen.value is not None
    assert seen.value["text/html"].startswith('<div class="tracefunc">')
    assert seen.value["text/plain"] == (
        f"area (In[{number}]:1), 1 call\n"
        "hits  id  line  source\n"
        "             1  def area(w, h):   # w = 2  h = 3  -> 6\n"
        "   1  s0     2      size = w * h  # size = 6\n"
        "   1  s1     3      return size"
    )
    assert kernel.run("_.value").value == {"text/plain": "6"}


def test_a_cell_is_run_and_the_target_traced_in_it(kernel: Kernel) -> None:
    """`%%tracefunc f` shows the trace; what the cell prints and its last value are as without it."""
    defined(kernel)
    seen = kernel.run("%%tracefunc area\nx = area(2, 5)\nprint('printed', x)\narea(3, 4)")
    assert (seen.status, seen.stdout, seen.stderr, seen.error) == ("ok", "printed 10\n", "", "")
    assert seen.value == {"text/plain": "12"}
    assert ", 2 calls\n" in seen.text
    assert "# size = 10, 12" in seen.text
    assert "text/html" in seen.shown[0]
    assert kernel.run("x").value == {"text/plain": "10"}
    assert kernel.run("%%tracefunc area\narea(3, 4);").value is None


def test_a_function_that_the_cell_defines_is_traced_from_then_on(kernel: Kernel) -> None:
    """The new definition counts, also where an older one was known, with the lines of the whole cell."""
    for height in (1, 2):
        seen = kernel.run(f"%%tracefunc fresh\nbefore = 1\ndef fresh(w):\n    return w * {height}\n\nfresh(4)")
        assert seen.status == "ok"
        assert f"     4      return w * {height}" in seen.text
        assert f"# w = 4  -> {4 * height}" in seen.text
        assert seen.value == {"text/plain": str(4 * height)}
    lambdas = kernel.run("%%tracefunc double\ndouble = lambda x: 2 * x\ndouble(2), double(3)")
    assert "# x = 2, 3  -> 4, 6" in lambdas.text
    imported = kernel.run("%%tracefunc textwrap.dedent\nimport textwrap\ntextwrap.dedent(' a')")
    assert "dedent (" in imported.text
    made = kernel.run(
        "class Box:\n    def put(self, x):\n        self.x = x\n"
    ), kernel.run("%%tracefunc box.put\nbox = Box()\nbox.put(5)")  # fmt: skip
    assert "x = 5" in made[1].text


def test_several_targets_classes_and_wrapped_functions_can_be_named(kernel: Kernel) -> None:
    """TARGET is any expression."""
    kernel.run(
        "import functools\nclass Cart:\n    def add(self, n): return n\n    @property\n    def total(self): return 1"
    )
    kernel.run("@functools.lru_cache\ndef cached(n): return n + 1")
    seen = kernel.run("%%tracefunc Cart, cached\ncart = Cart()\ncart.add(2), cart.total, cached(1)")
    for name in ("Cart.add (", "Cart.total (", "cached ("):
        assert name in seen.text


def test_a_pattern_names_functions_that_the_notebook_has_not_imported(kernel: Kernel) -> None:
    """TARGET may be a pattern, with or without quotes; one that matched nothing is told with near misses."""
    for pattern in ("json.decoder:JSONDecoder.decode", '"json.decoder:JSONDecoder.decode"', "json.decoder:*.decode"):
        seen = kernel.run(f"%%tracefunc {pattern}\nimport json\njson.loads('[1]')")
        assert (seen.error, seen.value) == ("", {"text/plain": "[1]"})
        assert seen.text.startswith("JSONDecoder.decode (")
    defined(kernel)
    assert ", 1 call\n" in kernel.run("%%tracefunc __main__:area\narea(1, 2)").text
    missed = kernel.run("%%tracefunc json.decoder:JSONDecoder.decod\nimport json")
    assert "did you mean 'json.decoder:JSONDecoder.decode'" in missed.text


def test_an_exception_in_a_cell_is_shown_as_ever_and_the_trace_with_it(kernel: Kernel) -> None:
    """The cell fails with the traceback of its own code, without frames of tracefunc, and the trace says where."""
    defined(kernel)
    seen = kernel.run("%%tracefunc area\narea(None, 2)")
    assert seen.status == "error"
    assert "TypeError: unsupported operand" in seen.error
    assert "----> 2 area(None, 2)" in seen.error
    assert "_notebook.py" not in seen.error
    assert "^ TypeError: unsupported operand" in seen.text
    assert kernel.run("%%tracefunc area\ndef broken(:").error.strip().endswith("SyntaxError: invalid syntax")


def test_an_exception_in_a_call_is_kept_in_its_results(kernel: Kernel) -> None:
    """As with `tracefunc()`, `exc` has it, and the trace shows the statement."""
    defined(kernel)
    seen = kernel.run("kept = %tracefunc area(None, 2)\nkept")
    assert seen.status == "ok"
    assert seen.value is not None
    assert "^ TypeError: unsupported operand" in seen.value["text/plain"]
    assert kernel.run("type(kept.exc).__name__, kept.value").value == {"text/plain": "('TypeError', None)"}


def test_an_interrupt_shows_the_trace_and_goes_on(kernel: Kernel) -> None:
    """What was recorded until then is not lost."""
    kernel.run("def stop():\n    raise KeyboardInterrupt\n")
    for code in ("%tracefunc stop()", "%%tracefunc stop\nstop()"):
        seen = kernel.run(code)
        assert "KeyboardInterrupt" in seen.error
        assert "^ KeyboardInterrupt" in seen.text


def test_cells_and_calls_may_await(kernel: Kernel) -> None:
    """They run in the event loop of the kernel, so that what belongs to it can be used."""
    kernel.run("import asyncio\nloop = asyncio.get_running_loop()")
    check = "assert asyncio.get_running_loop() is loop"
    kernel.run(f"async def fetch(n):\n    await asyncio.sleep(0)\n    {check}\n    return n * 2")
    seen = kernel.run("%%tracefunc fetch\na = await fetch(3)\na + 1")
    assert (seen.error, seen.value) == ("", {"text/plain": "7"})
    assert "# n = 3  -> 6" in seen.text
    seen = kernel.run(
        "%%tracefunc fetch\nasync def both():\n    return [await fetch(1), await fetch(2)]\nawait both();"
    )
    assert (seen.error, seen.value) == ("", None)
    assert "# n = 1, 2  -> 2, 4" in seen.text
    seen = kernel.run("%%tracefunc fetch\nasync def unused(): await fetch(1)\n'plain'")
    assert (seen.error, seen.value) == ("", {"text/plain": "'plain'"})
    assert kernel.run("got = %tracefunc await fetch(4)\ngot.value").value == {"text/plain": "8"}
    defined(kernel)
    assert kernel.run("%tracefunc -o got area(await fetch(4), {'h': 2}['h'])\ngot.value").value == {"text/plain": "16"}
    seen = kernel.run("%tracefunc fetch(4)")
    assert seen.status == "error"
    assert "UsageError: cannot run fetch() to its end" in seen.stderr
    assert "%tracefunc await fetch(4)" in seen.stderr


def test_generators_run_to_their_end(kernel: Kernel) -> None:
    """The call of a generator function is traced as a whole, as by `tracefunc()`."""
    kernel.run("def count(n):\n    for i in range(n):\n        yield i\n")
    seen = kernel.run("%tracefunc count(3)")
    assert seen.value is not None
    assert "   3  s1     3          yield i" in seen.value["text/plain"]


def test_other_magics_and_commands_work_inside_a_cell(kernel: Kernel) -> None:
    """The cell is code of IPython, not only of Python."""
    defined(kernel)
    seen = kernel.run("%%tracefunc area\n%time area(1, 2)\nfound = !echo hello\nfound[0], area(*[3, 4])")
    assert seen.value == {"text/plain": "('hello', 12)"}
    assert ", 2 calls\n" in seen.text
    nested = kernel.run("%%tracefunc area\n%tracefunc area(7, 8)")
    assert nested.value is not None
    assert "# w = 7  h = 8  -> 56" in nested.value["text/plain"]


def test_options_are_those_of_the_tracer_and_a_variable_for_the_results(kernel: Kernel) -> None:
    """`-o` keeps the results; the others go to `Tracer`."""
    defined(kernel)
    seen = kernel.run("%%tracefunc -o kept --max-calls 2 --max-samples=1 area\nfor i in range(5): area(i, 1)")
    assert "5 calls, detail of the first 2" in seen.text
    assert kernel.run("len(kept), kept.trace.settings.max_samples").value == {"text/plain": "(2, 1)"}
    kernel.run('kept = %tracefunc --watch "w + h" --watch w*10 --keep last area(2, 3)')
    settings = "kept.trace.settings.watch, kept.trace.settings.keep"
    assert kernel.run(settings).value == {"text/plain": "(('w + h', 'w*10'), 'last')"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("%%tracefunc\n1", "name what to trace: %%tracefunc TARGET"),
        ("%%tracefunc area --keep last\n1", "options stand before the target: %%tracefunc --keep last area"),
        ("%%tracefunc area -o kept\n1", "options stand before the target: %%tracefunc -o kept area"),
        ("%tracefunc", "'' is no call"),
        ("%tracefunc area", "'area' is no call. Write %tracefunc f(3), or %%tracefunc area over a cell"),
        ("%tracefunc area(", "'area(' is no call: "),
        ("%tracefunc --max-call 3 area(1, 2)", "--max-call is no option with a value: there are -o NAME, --keep"),
        ("%tracefunc --max-calls few area(1, 2)", "max_calls='few': expected a number from 0 up"),
        ("%%tracefunc nosuch\n1", "the target 'nosuch' has no value: NameError"),
        ("%%tracefunc len\n1", "cannot trace"),
        ("%tracefunc len([])", "cannot trace"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(kernel: Kernel, code: str, message: str) -> None:
    """No traceback is shown for what was written wrongly in the magic itself."""
    defined(kernel)
    seen = kernel.run(code)
    assert seen.status == "error"
    assert (seen.error, seen.shown) == ("", [])
    assert seen.stderr.startswith(f"UsageError: {message}")


def test_a_trace_by_the_functions_of_the_package_shows_itself_too(kernel: Kernel) -> None:
    """`tracefunc()`, `Tracer.results()` and a trace have HTML in a notebook."""
    defined(kernel)
    for code in ("tracefunc(area, 2, 3)", "tracefunc(area, 2, 3).trace"):
        seen = kernel.run(f"from tracefunc import tracefunc\n{code}")
        assert seen.value is not None
        assert seen.value["text/html"].startswith('<div class="tracefunc">')
        assert "size = w * h  # size = 6" in seen.value["text/plain"]


def test_the_extension_can_be_loaded_again_and_unloaded(kernel: Kernel) -> None:
    """Loading twice changes nothing, unloading takes the magics away."""
    count = "len(get_ipython().input_transformers_post)"
    before = kernel.run(count).value
    assert kernel.run("%reload_ext tracefunc").error == ""
    assert kernel.run(count).value == before
    assert kernel.run("%unload_ext tracefunc").error == ""
    try:
        assert "not found" in kernel.run("%tracefunc area(1, 2)").stderr
        assert kernel.run(f"{count} == {before['text/plain']} - 1" if before else "").value == {"text/plain": "True"}
    finally:
        assert kernel.run("%load_ext tracefunc").error == ""


def test_help_is_there(kernel: Kernel) -> None:
    """`%tracefunc?` explains the magics."""
    from jupyter_client.blocking.client import BlockingKernelClient

    assert isinstance(kernel._client, BlockingKernelClient)
    reply = kernel._client.execute_interactive("%tracefunc?", output_hook=lambda _: None, timeout=120)
    (page,) = reply["content"]["payload"]
    assert "%%tracefunc [options] TARGET" in page["data"]["text/plain"]


@needs_chromium
def test_a_browser_shows_what_the_kernel_gave(kernel: Kernel, tmp_path: Path) -> None:
    """The HTML of a cell with hostile text has its rows, and runs nothing."""
    kernel.run('def show(text):\n    mark = "<script>document.title = 1</script>" + text\n    return len(mark)\n')
    seen = kernel.run("%%tracefunc show\nshow('<img src=x onerror=\"document.title = 2\">')")
    found = look(
        seen.shown[0]["text/html"],
        """
        const rows = [...document.querySelectorAll('.tracefunc tbody tr')];
        return {
            title: document.title,
            source: rows.slice(0, 3).map(row => row.querySelector('.src').textContent),
            hits: rows.slice(0, 3).map(row => row.querySelector('.hits').textContent),
            seen: rows.slice(0, 3).every(row => row.checkVisibility()),
        }
        """,
        tmp_path,
    )
    assert found == {
        "title": "untouched",
        "source": [
            "def show(text):",
            '    mark = "<script>document.title = 1</script>" + text',
            "    return len(mark)",
        ],
        "hits": ["", "1", "1"],
        "seen": True,
    }


def test_ipython_at_a_terminal_shows_text(tmp_path: Path) -> None:
    """Where no HTML can be shown, the annotated source is printed, for cells, calls and awaited calls."""
    cells = [
        "%load_ext tracefunc",
        "def area(w, h): return w * h",
        "%tracefunc area(2, 3)",
        "%%tracefunc area\nprint(area(5, 6))",
        "async def later(n): return n + 1",
        "%%tracefunc later\nprint(await later(1))",
    ]
    script = (
        "from IPython.terminal.interactiveshell import TerminalInteractiveShell as Shell\n"
        f"shell = Shell.instance()\nfor cell in {cells!r}: shell.run_cell(cell, store_history=True).raise_error()\n"
    )
    environ = {**os.environ, "IPYTHONDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "area (In[2]:1), 1 call\n" in done.stdout
    assert "# w = 2  h = 3  -> 6" in done.stdout
    assert "30\n" in done.stdout
    assert "# w = 5  h = 6  -> 30" in done.stdout
    assert "# n = 1  -> 2" in done.stdout
    assert "<div" not in done.stdout


def test_importing_the_package_imports_neither_ipython_nor_the_magics() -> None:
    """Only `%load_ext tracefunc` does."""
    code = (
        "import sys, tracefunc\n"
        "names = 'IPython', 'tracefunc._notebook', 'tracefunc.html', 'tracefunc.text'\n"
        "print([name for name in sys.modules if name.startswith(names)])\n"
        "print(tracefunc.load_ipython_extension.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nload_ipython_extension\n"


def test_the_recipe_for_notebooks_shows_what_a_kernel_gives(tmp_path: Path) -> None:
    """Each cell in the how-to, run in order in a new kernel, gives the text below it."""
    page = ROOT / "docs" / "howto.md"
    if not page.exists():
        pytest.skip("the documentation is not here")
    section = page.read_text(encoding="utf-8").partition("## Trace in a notebook\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^```default\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", section, re.MULTILINE | re.DOTALL)
    assert len(cells) >= 5
    kernel = Kernel(tmp_path)
    try:
        for code, text in cells:
            seen = kernel.run(code.rstrip("\n"))
            data = [*seen.shown, *([seen.value] if seen.value else [])]
            given = "".join(f"{each['text/plain']}\n" for each in data)
            assert (seen.status, seen.error, given) == ("ok", "", text)
    finally:
        kernel.close()
