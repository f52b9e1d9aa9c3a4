"""How often a test was true and how often false, against a twin with a counter written around each test."""

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.branches_twin import make_branches_twin
from tests.oracle.compare import make_subject, module_targets, run, target_functions
from tests.oracle.expectations import read_source, required_version
from tests.strategies import programs
from tests.test_properties import EXAMPLES, IN_CI
from tracefunc import Tracer, tracefunc

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Module globals is missing a __spec__:DeprecationWarning"),
    pytest.mark.timeout(3600),
]
# Before 3.14 the test of a `while` has two copies. Where this code is counted at every place, for control that comes to
# another statement's instruction without one of its own, nothing tells apart where they lead.
UNTOLD = {("comprehension_places", (45, 10))} if sys.version_info < (3, 14) else set()
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.py"))


def assert_branches_exact(source: str, path: Path | None = None, **options: Any) -> None:
    tree, outer, counts, names = make_branches_twin(source)
    subject = make_subject(source, path)
    with subject.namespace() as namespace, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace.update(names)
        exec(compile(tree, "<branches>", "exec", dont_inherit=True), namespace)
        counts.clear()
        wanted = run("drive", namespace)
    with subject.namespace() as namespace:
        exec(subject.code, namespace)
        functions = target_functions(subject.code, module_targets(source), namespace)
        with Tracer(*functions, **options) as tracer:
            got = run("drive", namespace)
    if got != wanted:
        pytest.skip("the counters around the tests have changed what the program does")
    trace = tracer.trace()
    known = {branch.extent[:2]: [branch.true, branch.false] for branch in trace.branches}
    for place, found in known.items():
        assert found == counts.get(place, [0, 0]), f"{subject.filename}:{place}"
    lines = {line for each in trace.statements for line in range(each.extent.line, each.extent.end_line + 1)}
    missing = {place for place, found in counts.items() if any(found) and place[0] in lines} & outer - known.keys()
    missing -= {place for name, place in UNTOLD if path is not None and name == path.stem}
    assert not (missing and path), f"{subject.filename}: nothing is told of the tests at {sorted(missing)}"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_branches_of_samples(path: Path) -> None:
    """In each sample, every test that was evaluated has its two counts, and they are exact."""
    source = read_source(path)
    if sys.version_info < required_version(source):
        pytest.skip("needs a later Python")
    assert_branches_exact(source, path)


@settings(
    max_examples=max(EXAMPLES // 5, 20),
    deadline=None,
    derandomize=IN_CI,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(programs())
def test_branches_of_random_programs(source: str) -> None:
    """In random programs, the two counts of every test that is told of are exact."""
    assert_branches_exact(source, max_calls=2)


def test_kinds_of_tests() -> None:
    """`if`, `elif`, `while` and conditional expressions are told of, each by itself; constants are not."""

    def f(n: int) -> int:
        total = 0
        while total < n:
            if total % 3 == 0 and total % 2:
                total += 1
            elif not total % 5:
                total += 2 if total else 1
            total += 1
        while True:
            break
        return [a if a > 1 else 0 for a in range(4)][-1]

    trace = tracefunc(f, 9).trace
    texts = {trace.statements[branch.statement].snippet: (branch.true, branch.false) for branch in trace.branches}
    assert texts == {
        "while total < n:": (5, 1),
        "if total % 3 == 0 and total % 2:": (1, 4),
        "elif not total % 5:": (2, 2),
        "total += 2 if total else 1": (1, 1),
        "[a if a > 1 else 0 for a in range(4)]": (2, 2),
    }


def test_code_of_its_own_inside_a_test() -> None:
    """What a lambda or a generator expression in a test decides, however often, is not the outcome of that test."""

    def f(xs: list[int]) -> int:
        found = 0
        if not sorted(xs, key=lambda x: -x if x else 0):
            found += 1
        elif (lambda: xs and 1)():
            found += 2
        while (lambda n: 1 if n else 0)(xs and xs.pop()):
            found += 4
        if any(1 if x else 0 for x in xs if x > 9):
            found += 100
        found += 8 if (lambda *, n: n > 1 and n < 9)(n=len(xs)) else 16
        return (lambda y: 1 if y else 2)(found)

    trace = tracefunc(f, [3, 0, 1, 2]).trace
    assert [(trace.statements[branch.statement].kind, branch.true, branch.false) for branch in trace.branches] == [
        ("If", 0, 1),
        ("If", 1, 0),
        ("While", 2, 1),
        ("If", 0, 1),
        ("AugAssign", 0, 1),
        ("Lambda", 1, 0),
    ]


def test_test_that_raises() -> None:
    """A test that raises was neither true nor false."""

    def f(values: list[object]) -> int:
        caught = 0
        for value in values:
            try:
                if value > 1:  # type: ignore[operator]
                    caught += 10
            except TypeError:
                caught += 1
        return caught

    trace = tracefunc(f, [1, 2, None, 3, "x"]).trace
    (branch,) = trace.branches
    assert (branch.true, branch.false) == (2, 1)


def test_extents_of_tests() -> None:
    """A branch says where its test stands."""

    def f(x: int) -> str:
        return "a" if x > 1 else "b"

    (branch,) = tracefunc(f, 1).trace.branches
    line = f.__code__.co_firstlineno + 1
    assert tuple(branch.extent) == (line, 22, line, 27)
    assert (branch.true, branch.false) == (0, 1)
