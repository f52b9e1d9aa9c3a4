"""Small drivers for modules of the standard library, see `registry`."""

from tests.stdlib_drivers import formats, numbers, runtime, text
from tests.stdlib_drivers.registry import DRIVERS, StdlibDriver

__all__ = ["DRIVERS", "StdlibDriver", "formats", "numbers", "runtime", "text"]
