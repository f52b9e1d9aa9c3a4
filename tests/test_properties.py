"""Whatever the program, the trace counts exactly and changes nothing.

`TRACEFUNC_EXAMPLES` sets the number of programs for each Python; without it there are 100, and 300 where `CI` is set.
"""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.oracle.compare import assert_exact, assert_faithful
from tests.strategies import programs

IN_CI = bool(os.environ.get("CI"))
EXAMPLES = int(os.environ.get("TRACEFUNC_EXAMPLES", "300" if IN_CI else "100"))

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # 3.15, when pytest formats an exception from a module without __spec__, as those of the programs are
    pytest.mark.filterwarnings("ignore:Module globals is missing a __spec__:DeprecationWarning"),
    pytest.mark.timeout(3600),
]
PARTS = 5  # of a test with many programs, so that several workers share them
exhaustive = settings(
    max_examples=EXAMPLES // PARTS,
    deadline=None,
    derandomize=IN_CI,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def check(act: Callable[[str], None], part: int) -> None:
    """Do something with the random programs of one part: in CI the same ones each time, and others in each part."""

    @exhaustive
    @given(programs())
    def each(source: str) -> None:
        act(source)

    (seed(part)(each) if IN_CI else each)()


@pytest.mark.parametrize("part", range(PARTS))
def test_twin_does_what_its_original_does(part: int) -> None:
    """The oracle's twin of a random program ends as the program does and never reaches what it calls unreachable."""
    check(assert_faithful, part)


@pytest.mark.parametrize("part", range(PARTS))
def test_hits_of_random_programs_are_exact(part: int) -> None:
    """A random program's trace has the entries and hits that the oracle counted."""
    check(assert_exact, part)
