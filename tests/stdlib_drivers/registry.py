"""Small drivers for modules of the standard library: each uses much of one module, in well under a second, the same
way every time.

A driver gets a fresh copy of its module; `block` names the accelerators in C that this copy must do without.
"""

import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

type Use = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class StdlibDriver:
    """A module of the standard library and how to use it."""

    module: str
    use: Use
    block: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The module's file."""
        base = Path(sysconfig.get_path("stdlib"), *self.module.split("."))
        return base.with_suffix(".py") if base.with_suffix(".py").exists() else base / "__init__.py"

    def globals(self) -> dict[str, Any]:
        """What the copy's namespace starts with: a name of its own, in the package of the original."""
        package = self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]
        found = {
            "__name__": f"_copy_of_{self.module.replace('.', '_')}",
            "__package__": package,
            "__file__": str(self.path),
        }
        return found | ({"__path__": [str(self.path.parent)]} if self.path.name == "__init__.py" else {})

    def __call__(self, namespace: dict[str, Any]) -> object:
        return self.use(SimpleNamespace(**namespace))


DRIVERS: dict[str, StdlibDriver] = {}


def driver(module: str, *block: str) -> Callable[[Use], Use]:
    """Register a driver."""

    def register(use: Use) -> Use:
        DRIVERS[module] = StdlibDriver(module, use, block)
        return use

    return register


def attempts(*calls: Callable[[], object]) -> list[object]:
    """The result of each call, or the type of its exception."""
    out: list[object] = []
    for call in calls:
        try:
            out.append(call())
        except Exception as error:
            out.append(type(error).__name__)
    return out
