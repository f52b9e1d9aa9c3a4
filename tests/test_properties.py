"""Whatever the program, the trace counts exactly and changes nothing.

`TRACEFUNC_EXAMPLES` sets the number of programs for each Python; without it there are 100, and 300 where `CI` is set.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings

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
exhaustive = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=IN_CI,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@exhaustive
@given(programs())
def test_twin_does_what_its_original_does(source: str) -> None:
    """The oracle's twin of a random program ends as the program does and never reaches what it calls unreachable."""
    assert_faithful(source)


@exhaustive
@given(programs())
def test_hits_of_random_programs_are_exact(source: str) -> None:
    """A random program's trace has the entries and hits that the oracle counted."""
    assert_exact(source)
