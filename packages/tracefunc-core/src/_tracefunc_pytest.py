"""What pytest loads at its start: two options and a fixture, and nothing of tracefunc before one of them is used.

It stands outside of the package so that pytest does not import that. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tracefunc import Tracer


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tracefunc", "what every statement of a function did in a test that fails")
    group.addoption(
        "--tracefunc",
        action="append",
        metavar="TARGET",
        help="trace a target, such as 'shop.orders:total' or 'shop.*', in each test, and show what it did in those "
        "that fail; may be repeated",
    )
    group.addoption("--tracefunc-all", action="store_true", help="show it for tests that pass, too")
    group.addoption("--tracefunc-dir", metavar="DIR", help="store each trace that is shown as a file in this folder")


def pytest_configure(config: pytest.Config) -> None:
    if any(config.getoption(name) for name in ("tracefunc", "tracefunc_all", "tracefunc_dir")):
        from tracefunc._pytest_plugin import plugin_of

        plugin_of(config)


@pytest.fixture
def tracefunc(request: pytest.FixtureRequest) -> Iterator[Callable[..., Tracer]]:
    """Trace functions from here to the end of the test: `tracer = tracefunc(total)`.

    It takes what a `tracefunc.Tracer` takes, and returns one that has been started. If the test fails, what the
    functions did is shown with the failure.
    """
    from tracefunc._pytest_plugin import plugin_of

    plugin = plugin_of(request.config)
    tracers: list[Tracer] = []

    def start(*targets: object, **options: object) -> Tracer:
        tracers.append(plugin.start(targets, options))
        return tracers[-1]

    yield start
    for tracer in tracers:
        tracer.stop()
