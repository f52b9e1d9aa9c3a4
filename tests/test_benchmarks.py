"""The benchmarks do the work that they say they do under each tracer, and judge figures rightly; nothing is timed."""

import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from trace import Trace as LineCounts
from types import CodeType
from typing import Any

import numpy as np
import pytest

from benchmarks import MISSED, check, formats, spans
from benchmarks.__main__ import main
from benchmarks.bare import bare_callbacks, offsets_told
from benchmarks.bars import Bar, bars, module_means
from benchmarks.chart import Panel, Row, draw, rounded, span_of, ticks
from benchmarks.costs import LATE, module_of
from benchmarks.everywhere import environments, worst
from benchmarks.floor import bare_counting, copy_of, events_kept, fewest_offsets, told, written_in
from benchmarks.modules import MODULES, functions_of, load
from benchmarks.report import blocks, chart, fill, load_results
from benchmarks.rivals import PASSES, RIVALS, MissingError, folder_of, reason_of
from benchmarks.run import machine, measure_all
from benchmarks.subject import hot
from benchmarks.timing import Effort, Turns, in_turns
from benchmarks.traced import WITH_BARE, offsets_of_tracefunc, traced, untraced
from benchmarks.worker import FailedError, measurements, run_worker
from benchmarks.workloads import WORKLOADS
from tracefunc import Tracer

ROOT = Path(__file__).parents[1]
SMALL = Effort(turns=2, seconds=0, scale=0.001)
SIZES = {"loop": 300, "outside": 60, "outside-raising": 20, "fib": 10, "pipeline": 50, "exceptions": 20, "async": 40}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_gives_the_right_result_traced_and_untraced(name: str) -> None:
    workload, size = WORKLOADS[name], SIZES[name]
    assert untraced(workload, size) >= 0
    assert traced(workload, size) >= 0


def test_a_workload_with_a_wrong_result_is_an_error() -> None:
    with pytest.raises(AssertionError, match=r"loop\(3\) gave 7"):
        WORKLOADS["loop"].check(7, 3)


@pytest.mark.parametrize("name", ["loop", "outside", "outside-raising", "fib", "pipeline", "exceptions"])
def test_the_hits_of_a_workload_are_those_that_the_standard_library_counts(name: str) -> None:
    workload, size = WORKLOADS[name], SIZES[name]
    with Tracer(*workload.targets) as tracer:
        workload.run(size)
    hits = Counter[int]()
    for statement, number in zip(tracer.trace().statements, tracer.trace().hits, strict=True):
        hits[statement.extent.line] += number
    counts = LineCounts(count=1, trace=0)
    counts.runfunc(workload.run, size)
    path = workload.targets[0].__code__.co_filename
    lines = {line: number for (file, line), number in counts.results().counts.items() if file == path and line in hits}
    assert lines == {line: number for line, number in hits.items() if number}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_does_its_work_traced_and_untraced(name: str) -> None:
    workload = load(name)
    assert untraced(workload, 2) >= 0
    assert traced(workload, 2) >= 0


@pytest.mark.parametrize("name", MODULES)
def test_the_targets_of_a_module_are_functions_of_its_own(name: str) -> None:
    files = {Path(target.__code__.co_filename).stem for target in load(name).targets}
    assert files <= {name.split(".")[-1], "scanner", "_parser", "_re"}


def test_the_json_decoder_that_is_traced_is_the_one_in_python_and_others_keep_theirs() -> None:
    before = json.loads, json.decoder.scanstring
    names = {target.__name__ for target in load("json.decoder").targets}
    assert {"py_scanstring", "JSONObject", "JSONArray", "_scan_once"} <= names
    assert (json.loads, json.decoder.scanstring) == before
    assert sys.modules["json"] is json


def test_functions_of_a_module_are_its_functions_methods_and_properties_each_once() -> None:
    import fractions

    names = [function.__qualname__ for function in functions_of(fractions)]
    assert {"Fraction.__new__", "Fraction.from_float", "Fraction.numerator"} <= set(names)
    assert len({id(function.__code__) for function in functions_of(fractions)}) == len(names)


def is_installed(name: str) -> bool:
    requirements = RIVALS[name].requirements if name != "tracefunc" else ()
    try:
        return not requirements or folder_of(name).exists() or (name != "older" and find_spec(name.lower()) is not None)
    except MissingError:
        return False


@pytest.mark.parametrize("name", ["tracefunc", *RIVALS])
def test_a_tool_that_is_installed_runs_the_hot_loop_and_its_report_is_read(name: str) -> None:
    if not is_installed(name):
        pytest.skip(f"{name} is not installed here; `hatch run bench:measure` installs it")
    folder = [] if name == "tracefunc" or not folder_of(name).exists() else [str(folder_of(name))]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([*folder, str(ROOT)])}
    command = [sys.executable, "-m", "benchmarks.worker", f"rival:{name}", json.dumps(asdict(SMALL))]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    tells_apart = name in ("tracefunc", "older", "birdseye")
    counts = {"coverage": "no, only", "viztracer": "no, only", "birdseye": "no, keeps"}
    prints = "a line of" if name in ("hunter", "PySnooper", "snoop") else "yes"
    assert (figures["entries"] >= 3) == tells_apart
    assert figures["hits"].startswith(counts.get(name, prints))
    assert figures["values"] == (name == "tracefunc" or RIVALS[name].records_values)


def test_the_passes_of_the_reports_have_the_additions_that_they_are_read_for() -> None:
    counted, hits = written_in(hot)
    assert counted(PASSES) == hot(PASSES)
    assert PASSES / 3 in hits


def winding(bits: list[int]) -> int:
    total = 0
    for bit in bits:
        while bit > 3:
            bit -= 3
            if bit == 4:
                total += 2
        if bit == 1:
            total += 1
        elif bit == 2:
            continue
        if total > 90:
            break
    return total


def test_all_counts_of_a_function_follow_from_those_at_the_fewest_offsets() -> None:
    numbers = random.Random(7)
    runs = [[numbers.randrange(9) for _ in range(numbers.randrange(30))] for _ in range(60)]
    fewest = fewest_offsets(winding, lambda function: [function(bits) for bits in runs])
    every = frozenset(range(0, len(winding.__code__.co_code), 2))
    known, wanted = [], []
    for bits in runs:
        rows = []
        for offsets in (fewest, every):
            function = copy_of(winding)
            with bare_counting(function, offsets, lambda function=function: function([1])) as hits:  # type: ignore[misc]
                hits[:] = [0] * len(hits)
                function(bits)
            rows.append(list(hits))
        known.append([rows[0][offset] for offset in sorted(fewest)] + [1])
        wanted.append(rows[1])
    solution, *_ = np.linalg.lstsq(np.array(known, float), np.array(wanted, float))
    assert np.allclose(np.array(known) @ solution, wanted, atol=1e-6)
    assert len(fewest) < sum(map(any, zip(*wanted, strict=True))) / 3


def test_the_fewest_events_of_the_hot_loop_are_one_in_a_pass_and_few_more() -> None:
    fewest = fewest_offsets(hot, lambda function: function(3_000))
    function = copy_of(hot)
    with bare_counting(function, fewest, lambda: function(3_000)) as hits:
        hits[:] = [0] * len(hits)
        assert function(1_024) == hot(1_024)
    assert 1_024 <= sum(hits) <= 1_024 * 1.02


def test_the_floor_leaves_no_tool_behind() -> None:
    before = [sys.monitoring.get_tool(number) for number in range(6)]
    fewest_offsets(hot, lambda function: function(3))
    assert [sys.monitoring.get_tool(number) for number in range(6)] == before


@pytest.mark.parametrize("name", WITH_BARE)
def test_bare_callbacks_count_what_happens(name: str) -> None:
    """Calls, executions of the places told of, and exceptions: so the floor that they show is one of exact counts."""
    workload, size = WORKLOADS[name], WITH_BARE[name]

    def run() -> None:
        workload.check(workload.run(size), size)

    offsets = offsets_told(workload.targets, run)
    with bare_callbacks(offsets) as counts:
        run()
    with Tracer(*workload.targets) as tracer:
        run()
    trace = tracer.trace()
    assert counts.calls == {function.name: function.calls for function in trace.functions}

    executed: Counter[tuple[str, int]] = Counter()

    def count(code: CodeType, offset: int) -> None:
        executed[code.co_name, offset] += 1

    resumed: Counter[tuple[str, int]] = Counter()

    def resume(code: CodeType, offset: int) -> None:
        resumed[code.co_name, offset] += 1

    with told(offsets, {sys.monitoring.events.INSTRUCTION: count, sys.monitoring.events.PY_RESUME: resume}):
        run()
    assert counts.executions or counts.raised
    assert resumed.items() <= counts.executions.items()
    assert (counts.executions - resumed).items() <= executed.items()
    handled = [
        number
        for statement, number in zip(trace.statements, trace.hits, strict=True)
        if statement.kind == "ExceptHandler"
    ]
    assert counts.raised["raising"] == sum(handled)
    assert counts.raised["fail"] == sum(handled)


def test_counters_written_into_the_source_count_each_statement() -> None:
    counted, hits = written_in(hot)
    assert counted(300) == hot(300)
    with Tracer(hot) as tracer:
        hot(300)
    ours = {each.snippet: number for each, number in zip(tracer.trace().statements, tracer.trace().hits, strict=True)}
    ours["for i in range(n):"] = 1  # the counter stands before the loop
    assert sorted(hits) == sorted(ours.values())


def test_watching_what_tracefunc_is_told_gives_its_callback_back() -> None:
    with Tracer(hot):
        (tool,) = [number for number in range(6) if sys.monitoring.get_tool(number) == "tracefunc"]
        instruction = sys.monitoring.events.INSTRUCTION
        before = sys.monitoring.register_callback(tool, instruction, None)
        sys.monitoring.register_callback(tool, instruction, before)
        counts = events_kept("tracefunc", hot.__code__, lambda: hot(500))
        after = sys.monitoring.register_callback(tool, instruction, before)
    assert sum(counts.values()) >= 500
    assert before is after


def test_a_tool_that_is_not_there_is_told_nothing() -> None:
    assert events_kept("no such tool", hot.__code__, lambda: hot(5)) == {}


def test_the_offsets_that_tracefunc_keeps_are_known_with_their_events() -> None:
    kept, events = offsets_of_tracefunc(hot, lambda n: hot(min(n, 2_000)))
    assert kept
    assert events > 0


@pytest.mark.parametrize("shape", ["function", "class"])
def test_a_module_to_prepare_has_as_many_statements_as_asked_for(shape: str) -> None:
    namespace: dict[str, Any] = {"__name__": "prepared"}
    text = module_of(500, shape)
    path = f"<prepared {shape}>"
    import linecache

    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    exec(compile(text, path, "exec"), namespace)
    with Tracer(namespace["subject"]) as tracer:
        pass
    assert len(tracer.trace().statements) == 500


def test_contenders_run_in_turns_and_only_the_best_go_counts() -> None:
    order: list[str] = []
    times = {"untraced": iter([4.0, 1.0, 2.0]), "traced": iter([6.0, 8.0, 3.0])}

    def contender(name: str) -> float:
        order.append(name)
        return next(times[name])

    turns = in_turns({name: lambda name=name: contender(name) for name in times}, Effort(3, 60))  # type: ignore[misc]
    assert order == ["untraced", "traced"] * 3
    assert (turns.best("untraced"), turns.ratio("traced"), turns.spread()) == (1.0, 3.0, 1.0)


def test_there_are_two_turns_however_little_time_there_is() -> None:
    assert Turns(in_turns({"a": lambda: 1.0}, Effort(9, 0)).seconds) == Turns({"a": [1.0, 1.0]})


def test_every_measurement_has_a_name_of_its_own() -> None:
    names = measurements()
    assert len(names) == len(set(names))
    assert {"loop", "fib", "memory", "import", "tracefunc:tomllib", "rival:hunter"} <= set(names)


def test_a_measurement_in_a_process_of_its_own_gives_its_figures() -> None:
    figures = run_worker("fib", SMALL)
    assert figures["tracefunc"] > 0
    assert figures["untraced seconds"] > 0


def test_what_cannot_be_measured_is_named_with_its_reason_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = measure_all(["rival:none", "fib"], SMALL)
    assert list(result["figures"]) == ["fib"]
    assert result["missing"] == {"rival:none": "KeyError: 'none'"}
    progress = capsys.readouterr().err.splitlines()
    assert len(progress) == 2
    assert "1/2" in progress[0]
    assert "FAILED" in progress[0]


def test_a_failure_says_what_went_wrong() -> None:
    with pytest.raises(FailedError, match="none"):
        run_worker("rival:none", SMALL)


def test_the_reason_of_a_failed_installation_has_no_folder_of_this_machine() -> None:
    errors = "  x Failed to build\n  src/a.c:1:10: fatal error: Python.h: No such file\n error: gcc -I/usr/x failed\n"
    assert reason_of(errors) == "Python.h: No such file"
    assert reason_of("error: in /home/me/folder/file.c\n") == "in file.c"
    assert reason_of("") == "the installer says nothing"


def test_the_machine_is_named_without_its_host() -> None:
    found = machine()
    assert found["cores"] >= 1
    assert found["cpu"]
    assert platform.node() not in json.dumps(found)


def figures(factor: float = 1.0) -> dict[str, Any]:
    """Made-up figures, all on their bars, but for the last digit, when `factor` is 1."""
    modules = {f"tracefunc:{name}": {"tracefunc": 3.9 * factor} for name in MODULES}
    profiled = {f"line_profiler:{name}": {"line_profiler": 12.0} for name in MODULES}
    rivals = {
        f"rival:{name}": {"loop": 75.0, "other": 1.0, "entries": 1, "hits": "yes", "values": False}
        for name in ("tracefunc", *RIVALS)
    }
    return {
        "loop": {
            "tracefunc": 2.4 * factor,
            "floor": 2.0,
            "counters": 2.5,
            "events in a pass": 1.0,
            "fewest events in a pass": 1.0,
        },
        **{
            name: {"tracefunc": limit * factor}
            for name, limit in {"outside": 1.01, "fib": 11, "pipeline": 3.9, "exceptions": 3.9, "async": 3.9}.items()
        },
        "outside-raising": {"tracefunc": 1.7},
        **modules,
        **profiled,
        **rivals,
        "memory": {"loop": 10 * factor, "calls": 60 * factor, "hits": 10_000_000},
        "import": {"ratio": 1.4 * factor, "late": 0.0},
        "preparation": {"ratio": 45 * factor, "growth": 1.1 * factor},
    }


def results(**pythons: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"3.{name[1:]}": {
            "python": f"3.{name[1:]}.1",
            "tracefunc": "0.1.0",
            "machine": {"cpu": "A Processor", "cores": 2, "system": "Linux 6"},
            "figures": found,
            "missing": {} if "rival:viztracer" in found else {"rival:viztracer": "no compiler"},
        }
        for name, found in pythons.items()
    }


def test_all_bars_are_judged_from_the_figures_of_a_run() -> None:
    found = bars(figures(), (3, 13))
    assert [bar for bar in found if not bar.met] == []
    assert len(found) == 3 + 5 + 2 + sum(rival.records_values for rival in RIVALS.values()) + 1 + 2 + 2


def test_slower_figures_miss_their_bars() -> None:
    missed = [bar for bar in bars(figures(1.2), (3, 13)) if not bar.met]
    assert {"untraced", "its floor", "`import dataclasses`", "`ast.parse`"} <= {bar.against for bar in missed}
    assert all(bar.missed_by > 1 for bar in missed)


def test_the_hot_loop_may_take_longer_on_3_15() -> None:
    limits = {python: bars(figures(), python)[1].limit for python in ((3, 14), (3, 15))}
    assert limits == {(3, 14): 2.5, (3, 15): 3.0}


def test_bars_without_figures_are_left_out() -> None:
    assert [bar.workload for bar in bars({"fib": {"tracefunc": 12.5}}, (3, 12))] == ["`fib(22)`"]
    assert module_means({"tracefunc:tomllib": {"tracefunc": 2.0}}) == (None, None)


def test_a_bar_says_how_much_it_is_missed_by() -> None:
    assert Bar("a", "b", 30, 12).missed_by == 2.5
    assert Bar("a", "b", 10, 30, at_least=True).missed_by == 3


def test_the_tables_have_a_column_for_each_python_and_dashes_where_nothing_was_measured() -> None:
    newest = {name: found for name, found in figures(1.2).items() if name != "rival:viztracer"}
    parts = blocks(results(p12=figures(), p15=newest))
    assert "| workload | against | bar | 3.12 | 3.15 |" in parts["bars"]
    assert "| hot loop of 7 statements | untraced | at most 2.5 or 3 | 2.4 | 2.88 |" in parts["bars"]
    assert "| `fib(22)` | untraced | at most 12 | 11 | **13** |" in parts["bars"]
    assert "| viztracer | no | yes | no | 75 | - | 1.00 | - |" in parts["rivals"]
    assert "| geometric mean | tracefunc | 3.9 | 4.7 |" in parts["modules"]
    assert parts["missing"] == "- viztracer on 3.15: no compiler\n"
    assert "A Processor, 2 cores, Linux 6" in parts["machine"]
    assert "CPython 3.12.1, 3.15.1" in parts["machine"]


def test_a_page_is_filled_between_its_marks_alone_and_the_second_time_as_the_first() -> None:
    page = (
        "before\n<!-- bench: bars -->\nold\n<!-- bench end -->\nbetween\n<!-- bench: missing -->\n<!-- bench end -->\n"
    )
    parts = blocks(results(p13=figures()))
    filled = fill(page, parts)
    assert filled.startswith(f"before\n<!-- bench: bars -->\n\n{parts['bars']}\n<!-- bench end -->\nbetween\n")
    assert fill(filled, parts) == filled


def test_the_chart_is_a_picture_with_a_dot_for_each_figure() -> None:
    root = ET.fromstring(chart(results(p12=figures(), p15=figures(1.2))))
    dots = root.findall(".//{http://www.w3.org/2000/svg}circle")
    rows = 1 + len(RIVALS) + len(WORKLOADS) + len(MODULES)
    assert len(dots) == 2 * (rows + 1)  # and the legend's


def test_the_chart_leaves_out_what_has_no_figure_and_escapes_what_has() -> None:
    text = draw([Panel("a & b", [Row("<one>", {"3.13": 2.0}), Row("none", {})])], "t")
    assert "none" not in text
    assert {"&lt;one&gt;", "a &amp; b"} <= set(re.findall(r">([^<>]+)</text>", text))


def test_figures_are_shown_with_the_digits_that_count() -> None:
    assert [rounded(value) for value in (1.0149, 2.345, 43.6, 51_999.0)] == ["1.01", "2.3", "44", "52,000"]
    assert (span_of([1.72, 1.7204]), span_of([3, 2])) == ("1.72", "2.0\u20133.0")
    assert ticks(1, 30) == [1, 2, 5, 10, 20]
    assert ticks(1, 5_000) == [1, 10, 100, 1_000]


@pytest.mark.parametrize(
    ("now", "stored", "kind"),
    [(2.0, None, "new"), (2.0, 2.0, "fine"), (2.4, 2.0, "slower"), (2.9, 2.0, "regression"), (1.0, 2.0, "faster")],
)
def test_a_ratio_is_judged_by_the_stored_one(now: float, stored: float | None, kind: str) -> None:
    assert check.judge("loop", now, stored).kind == kind


def test_what_looks_like_a_regression_is_measured_again_and_longer_before_it_is_called_one() -> None:
    tries: list[tuple[str, float]] = []

    def measure(name: str, effort: Effort) -> dict[str, float]:
        tries.append((name, effort.seconds))
        slow = {"fib": 100.0, "exceptions": 100.0 if len(tries) < 8 else 1.0}.get(name, 1.0)
        return {"tracefunc": slow, "floor": 1.0, "ratio": slow}

    stored = dict.fromkeys(["loop", "loop to its floor", *check.CHECKED[1:]], 1.0)
    verdicts = {verdict.name: verdict.kind for verdict in check.check(measure, stored, same_machine=True)}
    seconds = [taken for name, taken in tries if name == "fib"]
    assert seconds == [check.EFFORT.seconds * factor for factor in (1, 2, 4)]
    assert verdicts["fib"] == "regression"
    assert verdicts["exceptions"] == "fine"
    assert set(verdicts) == set(stored)


def test_on_another_processor_only_gross_differences_are_regressions() -> None:
    def measure(_name: str, _effort: Effort) -> dict[str, float]:
        return {"tracefunc": 1.5, "floor": 1.0, "ratio": 1.5}

    stored = dict.fromkeys(["loop", "loop to its floor", *check.CHECKED[1:]], 1.0)
    kinds = {
        same: {verdict.kind for verdict in check.check(measure, stored, same_machine=same)} for same in (True, False)
    }
    assert kinds == {True: {"regression"}, False: {"slower"}}


def test_stored_ratios_are_read_again_and_those_of_other_pythons_stay(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    check.store("3.12", "A", {"fib": 2.00049}, path)
    check.store("3.13", "B", {"fib": 3.0}, path)
    assert check.load("3.12", path) == ("A", {"fib": 2.0})
    assert check.load("3.13", path) == ("B", {"fib": 3.0})
    assert check.load("3.14", path) == ("", {})


def test_the_stored_ratios_are_those_that_are_checked() -> None:
    stored = json.loads(check.BASELINE.read_text(encoding="utf-8"))
    names = {key for name in check.CHECKED for key in check.ratios(name, {"tracefunc": 1, "floor": 1, "ratio": 1})}
    assert {python: set(entry["ratios"]) for python, entry in stored.items()} == dict.fromkeys(stored, names)


def test_the_command_lists_the_measurements(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.split() == measurements()


def test_the_command_says_when_nothing_has_that_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nothing"]) == 2
    assert "no measurement is named nothing" in capsys.readouterr().err


def test_the_command_prints_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bars", "--quick", "--only", "fib"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("`fib(22)`"))
    assert re.search(r"<= 12 +(met|MISSED by [\d.]+ times)$", line)


def test_a_report_is_not_made_of_what_was_not_fully_measured() -> None:
    before = (ROOT / "docs" / "performance.md").read_bytes()
    assert main(["--report", "--check"]) == 0
    assert main(["--report", "--only", "fib"]) == 0
    assert (ROOT / "docs" / "performance.md").read_bytes() == before


@pytest.mark.parametrize("page", ["docs/performance.md", "README.md"])
def test_the_pages_show_the_results_that_were_kept(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert fill(text, blocks(load_results())) == text


def test_the_chart_shows_the_results_that_were_kept() -> None:
    assert (ROOT / "docs" / "performance.svg").read_text(encoding="utf-8") == chart(load_results())


def test_the_modules_that_should_load_late_are_modules_of_the_standard_library() -> None:
    assert set(LATE) <= sys.stdlib_module_names


def test_the_environments_of_all_pythons_are_found_oldest_first() -> None:
    folders = "/a/bench.py3.14\n/a/bench.py3.9\n\n/a/bench.py3.13\n"
    assert environments(folders) == ["bench.py3.9", "bench.py3.13", "bench.py3.14"]


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], 0), ([0, 0], 0), ([0, MISSED], MISSED), ([MISSED, 1], 1), ([0, -11, MISSED], 1), ([2, 0], 2), ([124], 124)],
)
def test_a_failure_in_one_environment_is_worse_than_a_missed_aim(codes: list[int], code: int) -> None:
    assert worst(codes) == code


@pytest.mark.parametrize(
    ("name", "stored", "code"),
    [("fib", 1e6, 0), ("fib", 1e-6, MISSED), ("rival:none", 1.0, 1)],
    ids=["as before", "a regression", "a failure"],
)
def test_the_check_tells_a_regression_from_a_failure(
    monkeypatch: pytest.MonkeyPatch, name: str, stored: float, code: int
) -> None:
    monkeypatch.setattr(check, "CHECKED", (name,))
    monkeypatch.setattr(check, "EFFORT", SMALL)
    monkeypatch.setattr(check, "load", lambda python: (machine()["cpu"], {name: stored}))
    assert main(["--check"]) == code


@pytest.mark.parametrize(("writing", "reading", "code"), [(0, 0, 0), (1e6, 0, MISSED), (0, 1e6, MISSED)])
def test_a_form_slower_than_its_aim_is_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, writing: float, reading: float, code: int
) -> None:
    monkeypatch.setattr(formats, "WRITING_AIM", writing)
    monkeypatch.setattr(formats, "READING_AIM", reading)
    monkeypatch.setattr(formats, "MEMORY_AIM", 1e6)
    assert formats.main(["--calls", "200", "--rounds", "1", "--megabytes", "1"]) == code


def test_writers_that_differ_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats.fast, "dumps", lambda trace, lines: b"{}")
    with pytest.raises(SystemExit, match="the two writers differ") as caught:
        formats.writing(formats.made(4), 1)
    assert caught.value.code not in (0, MISSED)


@pytest.mark.parametrize(("aim", "code"), [(0, 0), (1e6, MISSED)])
def test_fewer_spans_than_the_aim_are_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, aim: float, code: int
) -> None:
    monkeypatch.setattr(spans, "AIM", aim)
    monkeypatch.setattr(spans.logging, "disable", lambda level: None)
    assert spans.main(["--spans", "30", "--rounds", "2"]) == code


def test_spans_that_nobody_took_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "AIM", 0)
    monkeypatch.setattr(spans.logging, "disable", lambda level: None)
    monkeypatch.setattr(spans, "bare", lambda made, endpoint: None)
    monkeypatch.setattr(spans, "RECEIVER", spans.RECEIVER.replace("send_response(200)", "send_response(400)"))
    assert spans.main(["--spans", "30", "--rounds", "2"]) == 1


@pytest.mark.parametrize(
    ("code", "failed"), [(0, False), (MISSED, False), (1, True), (2, True), (124, True), (139, True)]
)
def test_the_checks_fail_for_a_broken_benchmark_and_not_for_a_missed_aim(code: int, failed: bool) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash, which runs the checks, is not installed")
    (function,) = re.findall(r"^measure\(\) \{.*?^\}$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE | re.DOTALL)
    program = f"set -euo pipefail; failed=()\nheading() {{ :; }}\n{function}\nmeasure it bash -c 'exit {code}'\n"
    program += 'echo "failed: ${failed[*]}"'
    done = subprocess.run([bash, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ("failed: it" if failed else "failed: ")
