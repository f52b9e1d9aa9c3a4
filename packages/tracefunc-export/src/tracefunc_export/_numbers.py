"""Numbers that a user gives, checked before anything is done with them."""

from __future__ import annotations

import threading

from tracefunc.errors import ExportError

__all__ = ["check_number", "check_seconds"]


def check_seconds(name: str, given: object, *, otherwise: str = "", least: float | None = None) -> None:
    """Raise `ExportError` for what is no time that can be waited.

    It is above 0, or from `least` on; `otherwise` says what else may be given.
    """
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if is_number and (given > 0 if least is None else given >= least) and given <= threading.TIMEOUT_MAX:  # type: ignore[operator]
        return
    range_ = "above 0" if least is None else f"from {least:g} on"
    raise ExportError(f"{name}={given!r}: give a number of seconds {range_}, such as {name}=30{otherwise}.")


def check_number(name: str, given: object, advice: str, least: int = 0) -> None:
    """Raise `ExportError` with the advice for what is no whole number from `least` on."""
    if not isinstance(given, int) or isinstance(given, bool) or given < least:
        raise ExportError(f"{name}={given!r}: {advice}.")
