"""The account of what became of every span."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from tracefunc_export._otlp import Answer

__all__ = ["SendReport", "Tally"]


@dataclass(frozen=True, slots=True)
class SendReport:
    """What became of the spans of a trace.

    `accepted`: the receiver has said that it has them. `refused`: it has answered, and did not take them. `lost`: it
    has not answered, so nobody knows, or they were not sent because of what happened before. `skipped`: the
    environment or the sampler wants no such spans. `reasons` says why, each with the number of spans that it explains
    (0 for a mere remark of the receiver). `trace_id` is what to look for in the backend, 32 hexadecimal digits; empty
    where there is more than one.
    """

    accepted: int
    refused: int
    lost: int
    reasons: tuple[tuple[str, int], ...] = ()
    skipped: int = 0
    trace_id: str = ""

    @property
    def ok(self) -> bool:
        """Whether every span that was to be sent was accepted."""
        return not self.refused and not self.lost

    def __str__(self) -> str:
        """Return the numbers in one line and each reason in one more."""
        parts = [f"{self.accepted:,} accepted", f"{self.refused:,} refused", f"{self.lost:,} lost"]
        if self.skipped:
            parts.append(f"{self.skipped:,} skipped")
        total = self.accepted + self.refused + self.lost + self.skipped
        lines = [f"{total:,} span{'' if total == 1 else 's'}: {', '.join(parts)}"]
        lines += [f"  {number:,}: {text}" if number else f"  {text}" for text, number in self.reasons]
        return "\n".join(lines)


class Tally:
    """The account from which a report is made. It may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted = self._refused = self._lost = self._skipped = 0
        self._reasons: Counter[str] = Counter()

    def add(self, answer: Answer) -> None:
        """Enter what became of some spans."""
        with self._lock:
            self._accepted += answer.accepted
            self._refused += answer.refused
            self._lost += answer.lost
            self._skipped += answer.skipped
            if answer.reason:
                self._reasons[answer.reason] += answer.refused + answer.lost + answer.skipped

    @property
    def done(self) -> int:
        """How many spans are accounted for."""
        return self._accepted + self._refused + self._lost + self._skipped

    def report(self, trace_id: str = "") -> SendReport:
        """Return the account so far."""
        with self._lock:
            reasons = tuple(self._reasons.most_common())
            return SendReport(self._accepted, self._refused, self._lost, reasons, self._skipped, trace_id)
