"""What a trace leaves out: calls without detail, hits without samples, texts that were cut, values that were hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter, methodcaller
from typing import Final

from tracefunc.model import Call, Function, Settings, Statement

__all__ = ["Left", "Manifest"]

_function: Final = attrgetter("function")
_hits: Final = attrgetter("hits")
_numbers: Final = methodcaller("values")

# How texts end that were cut: that of a sample, and that of an exception's message. No other text stands before these
# bytes, for a quotation mark inside a text has a backslash. Up to five bytes are found several times as fast as more:
# so what both have, and the beginning of the longest, is looked for first.
_CUT: Final = b'..."'
_CUT_SAMPLE: Final = b'..."]'
_CUT_MESSAGE: Final = b'...","statement":'
_REDACTED: Final = b"<redacted>"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is not in the trace though it happened; every number is exact.

    `without_detail`: calls without a record, by function id. `capped`: hits in the calls with a record that were not
    sampled because of `max_samples`, by statement id. `truncated`: texts that end with `...`. `redacted`: values that
    were replaced by `<redacted>`.
    """

    without_detail: dict[int, int]
    capped: dict[int, int]
    truncated: int
    redacted: int


class Left:
    """Counts what is left out while calls are written."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_samples
        self._calls: Counter[int] = Counter()
        self._capped: Counter[int] = Counter()
        self._truncated = self._redacted = 0

    def add(self, calls: Sequence[Call], written: bytes, statements: Sequence[Statement]) -> None:
        """Count calls, of which `written` is the JSON."""
        most = self._most
        self._calls.update(map(_function, calls))
        if max(chain.from_iterable(map(_numbers, map(_hits, calls))), default=0) > most:
            for call in calls:
                if call.hits and max(call.hits.values()) > most:
                    self._cap(call, statements)
        if _CUT in written:
            self._truncated += written.count(_CUT_SAMPLE) + written.count(_CUT_MESSAGE)
        if _REDACTED[:5] in written:
            self._redacted += written.count(_REDACTED)

    def _cap(self, call: Call, statements: Sequence[Statement]) -> None:
        for index, hits in call.hits.items():
            taken = max(map(len, call.samples.get(index, {}).values()), default=0)
            statement = statements[index]
            if hits > taken >= self._most and (taken or statement.names or statement.attributes):
                self._capped[index] += hits - taken

    def manifest(self, functions: Iterable[Function]) -> Manifest:
        """Return the manifest of all calls that were added."""
        missing = {each.id: each.calls - self._calls[each.id] for each in functions}
        return Manifest(
            {function: number for function, number in missing.items() if number > 0},
            dict(sorted(self._capped.items())),
            self._truncated,
            self._redacted,
        )
