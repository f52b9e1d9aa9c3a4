"""`pytest --tracefunc TARGET` shows what a target did in each test that fails; each test here runs a real pytest."""

import re
import sys

import pytest

from tracefunc import Trace

pytest_plugins = ["pytester"]

SHOP = """
def total(items):
    result = 0
    for price in items:
        result += price
    return result

def never(items):
    return items
"""

TESTS = """
import pytest, shop

def test_passes():
    assert shop.total([1, 2]) == 3

def test_fails():
    assert shop.total([1, 20]) == 3

def test_calls_nothing():
    assert shop.__name__ == "other"
"""

ROW = r"\n +{hits} +s\d+ +\d+ +{source}"


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a module and its tests, for a pytest with few plugins: all that are installed take long to load."""
    for name in ("CI", "BUILD_NUMBER", "FORCE_COLOR", "PY_COLORS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)  # they change what pytest prints
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:cacheprovider -p tracefunc")
    pytester.makepyfile(shop=SHOP, test_shop=TESTS)
    pytester.syspathinsert()
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> str:
    """The standard output of a pytest in a process of its own."""
    done = pytester.runpytest_subprocess(*arguments)
    assert "INTERNALERROR" not in done.stdout.str() + done.stderr.str()
    return done.stdout.str()


def sections(out: str) -> dict[str, str]:
    """What stands below the failures, and in the summary of tracefunc, by the names of the tests."""
    parts = re.split(r"\n_{3,} (\S+)(?: \(\w+\))? _{3,}\n", out)
    return {name.rpartition("::")[2]: text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_nothing_is_traced_and_nothing_imported_until_it_is_asked_for(
    shop: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an option and without the fixture, pytest runs as if tracefunc were not installed."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    shop.makepyfile(
        test_shop="""
        import sys
        def test_modules():
            assert [name for name in sys.modules if name.partition(".")[0] == "tracefunc"] == []
            assert sys.monitoring.get_tool(3) is None
        """
    )
    out = run(shop)
    assert "1 passed" in out
    assert "tracefunc" not in "".join(
        line for line in out.splitlines() if not line.startswith(("plugins: ", "rootdir: "))
    )


def test_a_failing_test_shows_the_trace_and_a_passing_one_does_not(shop: pytest.Pytester) -> None:
    """The target's calls in the test stand below its failure, those of other tests do not."""
    out = run(shop, "--tracefunc", "shop:total")
    assert "2 failed, 1 passed" in out
    shown = sections(out)
    assert set(shown) == {"test_fails", "test_calls_nothing"}
    assert re.search(r"--- tracefunc ---+\ntotal \(shop.py:1\), 1 call\n", shown["test_fails"])
    assert re.search(ROW.format(hits=2, source=r"result \+= price +# result = 1, 21"), out)
    assert "never" not in out
    assert "no call of a target in this test" in shown["test_calls_nothing"]


def test_all_tests_are_shown_when_asked_for(shop: pytest.Pytester) -> None:
    """`--tracefunc-all` shows passing tests, too, each once."""
    out = run(shop, "--tracefunc", "shop:total", "--tracefunc-all")
    shown = sections(out)
    assert set(shown) == {"test_fails", "test_calls_nothing", "test_passes"}
    assert "# result = 1, 3" in shown["test_passes"]
    assert out.count("total (shop.py:1), 1 call") == 2


@pytest.mark.parametrize("flag", ["--tb=no", "--tb=line", "--show-capture=no", "-rA"])
def test_traces_are_shown_once_however_pytest_shows_failures(shop: pytest.Pytester, flag: str) -> None:
    """Where pytest leaves out the sections of a failure, the summary has the trace."""
    out = run(shop, "--tracefunc", "shop:total", "--tracefunc-all", flag)
    assert out.count("total (shop.py:1), 1 call") == 2


def test_it_works_with_xdist(shop: pytest.Pytester) -> None:
    """Traces come from the workers, failing and passing, and a target that no worker found is told."""
    out = run(
        shop, "-p", "xdist", "-n", "2", "--tracefunc", "shop:total", "--tracefunc-all", "--tracefunc", "shop:totl"
    )
    shown = sections(out)
    assert set(shown) == {"test_fails", "test_calls_nothing", "test_passes"}
    assert re.search(ROW.format(hits=2, source=r"result \+= price"), shown["test_fails"])
    assert re.search(r"\ntracefunc: .*shop:totl.*total", out)


def test_each_parameter_has_a_trace_of_its_own(shop: pytest.Pytester) -> None:
    """The calls of one parameter are not among those of another."""
    shop.makepyfile(
        test_shop="""
        import pytest, shop
        @pytest.mark.parametrize("items", [[1], [2, 3], [4, 5, 6]], ids=len)
        def test_total(items):
            assert shop.total(items) < 5
        """
    )
    shown = sections(run(shop, "--tracefunc", "shop:total"))
    assert set(shown) == {"test_total[2]", "test_total[3]"}
    assert "price = 2, 3" in shown["test_total[2]"]
    assert "price = 4, 5, 6" in shown["test_total[3]"]
    assert all("shop.py:1), 1 call" in text for text in shown.values())


ASYNC = """
import asyncio, pytest, shop

async def add(items):
    await asyncio.sleep(0)
    return shop.total(items)

@pytest.mark.{mark}
async def test_both():
    assert await asyncio.gather(add([1]), add([2, 3])) == [1, 6]
"""


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_async_tests_are_traced(shop: pytest.Pytester, mark: str) -> None:
    """Coroutines of a test, under pytest-asyncio and under anyio, are calls like others."""
    shop.makepyfile(test_shop=ASYNC.format(mark=mark))
    shop.makeconftest("import pytest\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'")
    out = run(shop, "-p", mark, "--tracefunc", "shop:total", "--tracefunc", "test_shop:add")
    shown = sections(out)["test_both"]
    assert "total (shop.py:1), 2 calls" in shown
    assert re.search(ROW.format(hits=2, source=r"await asyncio.sleep\(0\)"), shown)


def test_fixtures_belong_to_the_test(shop: pytest.Pytester) -> None:
    """What a fixture calls before and after the test is in its trace, and so is a fixture that fails."""
    shop.makepyfile(
        test_shop="""
        import pytest, shop
        @pytest.fixture
        def before():
            assert shop.total([1]) == 2
        @pytest.fixture
        def after():
            yield
            assert shop.total([3, 4]) == 2
        def test_before(before): pass
        def test_after(after): shop.total([])
        """
    )
    out = run(shop, "--tracefunc", "shop:total", "--tracefunc-all")
    assert "1 passed, 2 errors" in out
    errors = re.findall(r"ERROR at (\w+) of (\w+)", out)
    assert errors == [("setup", "test_before"), ("teardown", "test_after")]
    assert "total (shop.py:1), 2 calls" in out


def test_traces_are_stored(shop: pytest.Pytester) -> None:
    """`--tracefunc-dir` has a file for each test that is shown, and the report names it."""
    shop.makepyfile(
        test_shop="""
        import pytest, shop
        @pytest.mark.parametrize("name", ["a/b", "a b", "x" * 300, "ä"])
        def test_total(name):
            assert shop.total([1, 2]) == 4
        def test_passes():
            shop.total([])
        """
    )
    out = run(shop, "-p", "xdist", "-n", "2", "--tracefunc", "shop:total", "--tracefunc-dir", "out/traces")
    files = sorted((shop.path / "out" / "traces").iterdir())
    assert len(files) == 4
    for file in files:
        assert len(file.name) < 130
        trace = Trace.load(file)
        assert [function.calls for function in trace.functions] == [1]
        assert f"\nstored in {file.relative_to(shop.path)}\n" in out


def test_the_fixture_traces_from_where_it_is_called(shop: pytest.Pytester) -> None:
    """`tracefunc(target)` returns a tracer that runs to the end of the test; its trace is shown if that fails."""
    shop.makepyfile(
        test_shop="""
        import shop
        def test_fails(tracefunc):
            shop.total([7])
            tracer = tracefunc(shop.total, max_calls=1)
            shop.total([1, 2])
            assert tracer.trace().functions[0].calls == 1
            shop.total([3])
            assert tracer.trace().functions[0].calls == 1
        def test_passes(tracefunc):
            assert tracefunc("shop:total").stop().functions[0].calls == 0
        """
    )
    out = run(shop)
    assert "1 failed, 1 passed" in out
    assert "total (shop.py:1), 2 calls, detail of the first 1" in out
    assert out.count("- tracefunc -") == 1


def test_the_fixture_stores_beside_the_option(shop: pytest.Pytester) -> None:
    """Several tracers of one test have a file each."""
    shop.makepyfile(
        test_shop="""
        import shop
        def test_fails(tracefunc):
            tracefunc(shop.total)
            shop.total([1]), shop.never([2])
            assert 0
        """
    )
    run(shop, "--tracefunc", "shop:never", "--tracefunc-dir", "out")
    names = [Trace.load(file).functions[0].name for file in sorted((shop.path / "out").iterdir())]
    assert sorted(names) == ["never", "total"]


def test_settings_come_from_the_project_and_from_variables(
    shop: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`[tool.tracefunc]` and `TRACEFUNC_*` say what is kept and how much is shown."""
    shop.makepyprojecttoml("[tool.tracefunc]\nmax_samples = 1\nmax_repr = 3")
    monkeypatch.setenv("TRACEFUNC_MAX_SAMPLES", "2")
    shop.makepyfile(test_shop="import shop\ndef test_fails(): assert shop.total([1000, 20, 300]) == 0")
    out = run(shop, "--tracefunc", "shop:total")
    assert re.search(r"price = \.\.\., 20", out) or re.search(r"price = 1\.\.\., 20", out)
    assert "300" not in sections(out)["test_fails"].partition("- tracefunc -")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tracefunc", ""], "--tracefunc"),
        (["--tracefunc", "shop:total", "-o", "x=y"], "max_cals"),
    ],
)
def test_what_is_wrong_is_a_usage_error(shop: pytest.Pytester, arguments: list[str], said: str) -> None:
    """A target or setting that cannot be is told in one line, before any test runs."""
    if "-o" in arguments:
        arguments = arguments[:2]
        shop.makepyprojecttoml("[tool.tracefunc]\nmax_cals = 1")
    done = shop.runpytest_subprocess(*arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in done.stderr.lines if line.startswith("ERROR")]
    assert said in line
    assert "Traceback" not in done.stderr.str()


def test_a_target_that_no_test_called_is_told_at_the_end(shop: pytest.Pytester) -> None:
    """What matched in some test is no matter; what matched in none is named, with what is near."""
    out = run(shop, "--tracefunc", "shop:total", "--tracefunc", "shop:totl")
    assert len(re.findall(r"\ntracefunc: .*shop:totl", out)) == 1
    assert not re.search(r"\ntracefunc: .*shop:total\b[^?]*\n", out)


def test_it_can_be_run_under_tracefunc(shop: pytest.Pytester) -> None:
    """`tracefunc run -m pytest` neither warns nor meets the plugin in its way."""
    shop.makepyfile(test_shop="import shop\ndef test_fails(): assert shop.total([1, 2]) == 0")
    command = ("-m", "tracefunc", "run", "-t", "shop:total", "-m", "pytest", "-Werror", "-q")
    done = shop.run(sys.executable, *command, "--tracefunc", "shop:total")
    assert done.ret == 1
    assert "1 failed" in done.stdout.str()
    assert "- tracefunc -" in done.stdout.str()
    assert "Warning" not in done.stdout.str() + done.stderr.str()
    assert "total (shop.py:1), 1 call" in done.stderr.str()


def test_a_test_that_runs_again_is_traced_anew(shop: pytest.Pytester) -> None:
    """A plugin that repeats a test, as some do for flaky ones, gets a trace of each run alone."""
    shop.makeconftest(
        """
        from _pytest.runner import runtestprotocol
        def pytest_runtest_protocol(item, nextitem):
            for _ in range(3):
                item._initrequest()
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    shown = sections(run(shop, "--tracefunc", "shop:total", "-k", "test_fails"))
    assert "total (shop.py:1), 1 call" in shown["test_fails"]


def test_the_target_may_be_the_test_itself(shop: pytest.Pytester) -> None:
    """pytest rewrites the assertions of test modules: they are traced all the same."""
    shown = sections(run(shop, "--tracefunc", "test_shop.py:test_fails", "-k", "test_fails"))["test_fails"]
    assert re.search(r"\n +1 +s\d+ +\d+ +assert shop.total\(\[1, 20\]\) == 3", shown)


def test_the_plugin_can_be_switched_off(shop: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-p no:tracefunc` leaves it out."""
    monkeypatch.delenv("PYTEST_ADDOPTS")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    done = shop.runpytest_subprocess("-p", "no:tracefunc", "--tracefunc", "shop:total")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments: --tracefunc" in done.stderr.str()
