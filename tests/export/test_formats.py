"""LCOV, speedscope and Chrome trace events: the right numbers, in documents that their readers take."""

import json
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.export import made
from tracefunc.model import Branch, Extent, Trace
from tracefunc_export.chrome import to_chrome
from tracefunc_export.chrome import write as write_chrome
from tracefunc_export.lcov import to_lcov, write
from tracefunc_export.speedscope import to_speedscope
from tracefunc_export.speedscope import write as write_speedscope

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "data" / "speedscope" / "file-format-schema.json").read_text())
TRACES = {"recorded": made.recorded, "overlapping": made.overlapping, "by hand": lambda: made.made(["a", "b"])}


@pytest.fixture(params=TRACES, scope="module")
def trace(request: pytest.FixtureRequest) -> Trace:
    return TRACES[request.param]()


def records(text: str) -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in text.splitlines():
        kind, _, rest = line.partition(":")
        found[kind].append(rest)
    return found


def line_of(text: str) -> int:
    """The line of this file's neighbour on which a text stands."""
    lines = (HERE / "made.py").read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if line.strip() == text]
    return number


def test_lcov_has_the_hits_of_lines_functions_and_branches() -> None:
    found = records(to_lcov(made.recorded()))
    assert found["SF"] == [made.__file__]
    assert f"{line_of('for _ in range(quantity):')},4" in found["DA"]
    assert f"{line_of('total += price(quantity)')},3" in found["DA"]
    assert f"{line_of('return 0.0')},1" in found["DA"]
    assert {line.partition(",")[2]: line for line in found["FNDA"]}.keys() == {"order", "price", "fails"}
    assert "2,order" in found["FNDA"]
    assert found["LF"] == [str(len(found["DA"]))]
    assert found["LH"] == [str(sum(not line.endswith(",0") for line in found["DA"]))]


def test_lcov_says_that_a_test_that_never_ran_has_no_ways() -> None:
    ways = (Branch(0, Extent(2, 4, 2, 5), 1, 0), Branch(1, Extent(3, 4, 3, 5), 0, 0))
    found = records(to_lcov(replace(made.made(), branches=ways)))
    assert found["BRDA"] == ["2,0,0,1", "2,0,1,0", "3,1,0,-", "3,1,1,-"]
    assert (found["BRF"], found["BRH"]) == (["4"], ["1"])


def test_lcov_tells_functions_of_one_name_apart() -> None:
    names = [line.partition(",")[2] for line in records(to_lcov(made.made(["f", "f", "g"])))["FN"]]
    assert len(set(names)) == 3
    assert "g" in names


def test_lcov_leaves_out_what_stands_in_no_file_and_says_so(tmp_path: Path) -> None:
    trace = made.made(["cell"], path="<ipython-input-1>")
    said = write(trace, tmp_path / "a.info")
    assert said is not None
    assert "Without cell" in said
    assert (tmp_path / "a.info").read_text() == "TN:\n"


def test_lcov_paths_below_the_root_are_relative_to_it() -> None:
    assert "SF:shop.py\n" in to_lcov(made.made(), root="/app")
    assert "SF:/app/shop.py\n" in to_lcov(made.made(), root="/ap")


@pytest.mark.skipif(shutil.which("genhtml") is None, reason="genhtml, of the package lcov, is not installed")
def test_genhtml_shows_the_hits_beside_the_source(tmp_path: Path) -> None:
    write(made.recorded(), tmp_path / "trace.info")
    command = ["genhtml", "--branch-coverage", "-o", str(tmp_path / "html"), str(tmp_path / "trace.info")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (page,) = [path for path in (tmp_path / "html").rglob("*.gcov.html") if "func" not in path.name]
    (line,) = [line for line in page.read_text().splitlines() if "total += price(quantity)" in line]
    assert " 3 " in line


def test_a_speedscope_document_is_valid_by_the_published_schema(trace: Trace, tmp_path: Path) -> None:
    write_speedscope(trace, tmp_path / "a.speedscope.json")
    document = json.loads((tmp_path / "a.speedscope.json").read_text())
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    assert document["name"] == "a.speedscope.json"


def test_speedscope_frames_open_and_close_like_brackets_and_time_never_goes_back(trace: Trace) -> None:
    for profile in to_speedscope(trace)["profiles"]:
        if profile["type"] != "evented":
            continue
        stack, last = [], profile["startValue"]
        for event in profile["events"]:
            assert last <= event["at"] <= profile["endValue"]
            last = event["at"]
            if event["type"] == "O":
                stack.append(event["frame"])
            else:
                assert stack.pop() == event["frame"]
        assert stack == []


def test_every_call_with_detail_is_in_one_timeline(trace: Trace) -> None:
    document = to_speedscope(trace)
    frames = [frame["name"] for frame in document["shared"]["frames"]]
    opened = [
        frames[event["frame"]]
        for profile in document["profiles"]
        for event in profile.get("events", [])
        if event["type"] == "O" and ": " not in frames[event["frame"]]
    ]
    assert sorted(opened) == sorted(trace.functions[call.function].qualname for call in trace.calls)


def stacks(profile: dict[str, Any], names: list[str]) -> set[tuple[str, ...]]:
    found, stack = set(), []
    for event in profile["events"]:
        if event["type"] == "O":
            stack.append(names[event["frame"]])
            found.add(tuple(stack))
        else:
            stack.pop()
    return found


def test_speedscope_puts_the_calling_statement_between_caller_and_callee() -> None:
    document = to_speedscope(made.recorded())
    names = [frame["name"] for frame in document["shared"]["frames"]]
    statement = f"{line_of('total += price(quantity)')}: total += price(quantity)"
    assert ("order", statement, "price") in stacks(document["profiles"][0], names)


def test_the_profile_of_hits_weighs_each_statement_with_all_its_hits() -> None:
    trace = made.recorded()
    document = to_speedscope(trace)
    profile = document["profiles"][-1]
    assert profile["endValue"] == sum(profile["weights"]) == sum(trace.hits)
    names = [frame["name"] for frame in document["shared"]["frames"]]
    weights = {names[sample[-1]]: weight for sample, weight in zip(profile["samples"], profile["weights"], strict=True)}
    assert weights[f"{line_of('total += price(quantity)')}: total += price(quantity)"] == 3


def test_chrome_events_of_a_row_nest_and_are_in_order(trace: Trace) -> None:
    rows = defaultdict(list)
    for event in to_chrome(trace)["traceEvents"]:
        assert {"name", "ph", "pid", "tid"} <= event.keys()
        if event["ph"] == "X":
            rows[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    for events in rows.values():
        assert [start for start, _ in events] == sorted(start for start, _ in events)
        open_until: list[float] = []
        for start, end in events:
            while open_until and open_until[-1] <= start:
                open_until.pop()
            assert not open_until or end <= open_until[-1] + 1e-6
            open_until.append(end)


def test_chrome_has_each_call_its_arguments_and_what_it_raised(tmp_path: Path) -> None:
    trace = made.recorded()
    write_chrome(trace, tmp_path / "a.chrome.json")
    events = json.loads((tmp_path / "a.chrome.json").read_text())["traceEvents"]
    calls = [event for event in events if event.get("cat") == "call"]
    assert sorted(event["args"]["id"] for event in calls) == [call.id for call in trace.calls]
    failed = next(event for event in calls if event["args"]["outcome"] == "raised")
    assert failed["args"]["arguments"] == {"quantity": "-2"}
    (raised,) = [event for event in events if event["ph"] == "i"]
    assert (raised["name"], raised["args"]["message"]) == ("ValueError", "bad quantity: -2")
    assert {event["name"] for event in events if event["ph"] == "M"} == {
        "process_name",
        "thread_name",
        "thread_sort_index",
    }


def test_chrome_leaves_values_out_when_told_to() -> None:
    assert "-2" not in json.dumps(to_chrome(made.recorded(), values=False)["traceEvents"]).replace('"ts": -2', "")


def test_tasks_that_overlap_have_rows_of_their_own() -> None:
    trace = made.overlapping()
    names = {event["args"]["name"] for event in to_chrome(trace)["traceEvents"] if event["name"] == "thread_name"}
    tasks = {call.task_name for call in trace.calls if call.task_name}
    assert len(tasks) == 4
    assert all(any(task in name for name in names) for task in tasks)


def test_a_call_whose_caller_has_no_detail_stands_in_the_next_call_above() -> None:
    trace = made.made(["a", "b", "c"])
    without_b = replace(trace, calls=(trace.calls[0], replace(trace.calls[2], frames_above=0)), without_detail=1)
    document = to_speedscope(without_b)
    names = [frame["name"] for frame in document["shared"]["frames"]]
    assert [profile["type"] for profile in document["profiles"]] == ["evented", "sampled"]
    assert stacks(document["profiles"][0], names) == {("a",), ("a", "c")}


def test_lone_surrogates_and_controls_do_not_break_the_documents(tmp_path: Path) -> None:
    trace = made.made(["a\ud800\x00", "b"], ["x = '\udfff\x1b'"], text="\ud800")
    write_chrome(trace, tmp_path / "a.json")
    write_speedscope(trace, tmp_path / "b.json")
    write(trace, tmp_path / "c.info")
    assert json.loads((tmp_path / "a.json").read_text())
    assert json.loads((tmp_path / "b.json").read_text())


def test_a_deep_recursion_is_written_in_full() -> None:
    document = to_speedscope(made.made([f"f{number}" for number in range(5_000)]))
    assert len(document["profiles"][0]["events"]) == 2 * (2 * 5_000 - 1)
