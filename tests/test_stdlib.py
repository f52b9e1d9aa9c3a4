"""Every function of many modules of the standard library, traced while a driver uses the module."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.oracle.compare import assert_exact, assert_faithful
from tests.oracle.expectations import read_source
from tests.stdlib_drivers import DRIVERS, StdlibDriver

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(params=DRIVERS.values(), ids=lambda driver: driver.module)
def driver(request: pytest.FixtureRequest) -> StdlibDriver:
    """A driver whose module this Python has."""
    found: StdlibDriver = request.param
    if not found.path.exists():
        pytest.skip("not in this Python")
    return found


@contextmanager
def without(names: tuple[str, ...]) -> Iterator[None]:
    """Modules that cannot be imported for a while."""
    saved = {name: sys.modules.get(name) for name in names}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name, module in saved.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module


def test_twin_of_a_standard_module_is_faithful(driver: StdlibDriver) -> None:
    """The oracle's twin of a standard module does what the module does, and the driver reaches a good part of it."""
    with without(driver.block):
        hits = assert_faithful(
            read_source(driver.path), driver, path=driver.path, globals=driver.globals(), returns=True
        )
    assert sum(count > 0 for count in hits.values()) > len(hits) / 10


@pytest.mark.timeout(120)
def test_hits_of_a_standard_module_are_exact(driver: StdlibDriver) -> None:
    """The trace of all functions of a standard module has the entries and hits that the oracle counted."""
    with without(driver.block):
        assert_exact(read_source(driver.path), driver, path=driver.path, globals=driver.globals())


def test_more_than_twenty_five_modules_are_driven() -> None:
    """The drivers cover the part of the standard library that the project promises."""
    assert len(DRIVERS) >= 25
