"""Batches on their way to a receiver.

A batch is bounded by count and by bytes, halved where the receiver finds it too large, and given up at its timeout
whatever hangs. While one is on its way, the caller makes the next.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, set_value
from opentelemetry.sdk.trace import ReadableSpan

from tracefunc_export._channels import Answer, Channel
from tracefunc_export._quiet import quiet
from tracefunc_export._report import Tally
from tracefunc_export._spans import Sized

__all__ = ["MAX_BYTES", "MAX_SPANS", "Sender"]

MAX_SPANS = 512
MAX_BYTES = 900 * 1024
_SMALL = 16 * 1024  # bytes: a receiver for which one span of this size is too large takes none
_GRACE = 0.25  # seconds: an exporter says itself that its timeout is over, only a moment later


class _Lane:
    """A thread that uses a channel. If it hangs it is left behind, and keeps nothing from ending."""

    def __init__(self, channel: Channel) -> None:
        self.timeout = channel.timeout
        self._channel = channel
        self._todo: SimpleQueue[Sequence[ReadableSpan] | None] = SimpleQueue()
        self._done: SimpleQueue[Answer] = SimpleQueue()
        threading.Thread(target=self._run, name="tracefunc-otlp", daemon=True).start()

    def _run(self) -> None:
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))  # the sending makes no spans of its own
        with quiet():
            while (batch := self._todo.get()) is not None:
                try:
                    answer = self._channel.deliver(batch)
                except Exception as error:  # an exporter of anyone's
                    answer = Answer(lost=len(batch), reason=f"{type(error).__name__}: {error}")
                self._done.put(answer)
            self._channel.close()

    def start(self, batch: Sequence[ReadableSpan]) -> None:
        self._todo.put(batch)

    def answer(self, timeout: float) -> Answer | None:
        try:
            return self._done.get(timeout=max(timeout, 0.001))
        except Empty:
            return None

    def close(self) -> None:
        self._todo.put(None)


class Sender:
    """Takes spans one by one, sends them in batches, and enters all answers in a tally.

    `open_channel` makes the channel, anew after one that hung. Nothing is sent after `time_limit` seconds.
    """

    def __init__(
        self,
        open_channel: Callable[[], Channel],
        tally: Tally,
        *,
        time_limit: float | None = None,
        max_spans: int = MAX_SPANS,
        max_bytes: int = MAX_BYTES,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._open_channel = open_channel
        self._lane: _Lane | None = _Lane(open_channel())
        self._tally = tally
        self._limit = time_limit
        self._deadline = None if time_limit is None else time.monotonic() + time_limit
        self._max_spans = max_spans
        self._max_bytes = max_bytes
        self._progress = progress
        self._batch: list[Sized] = []
        self._bytes = 0
        self._pending: deque[list[Sized]] = deque()
        self._under_way: tuple[list[Sized], float] | None = None
        self._has_success = False
        self.is_stopped = False

    def add(self, item: Sized) -> None:
        """Take one span more."""
        if self._batch and (len(self._batch) >= self._max_spans or self._bytes + item[1] > self._max_bytes):
            self._ship()
        self._batch.append(item)
        self._bytes += item[1]

    def lose(self, number: int) -> None:
        """Enter spans that are not even made, because no more are sent."""
        if number:
            self._enter(Answer(lost=number, reason="not sent after that"))

    def resume(self) -> None:
        """Try again after what has stopped it."""
        self.is_stopped = self._has_success = False

    def finish(self) -> None:
        """Send what is left and wait for the last answers."""
        self._ship()
        while self._under_way or self._pending:
            self._collect()
            self._start_next()

    def close(self) -> None:
        """Let go of the channel; what was not finished before is not sent."""
        if self._lane is not None:
            self._lane.close()
            self._lane = None

    def _ship(self) -> None:
        if self._batch:
            self._pending.append(self._batch)
            self._batch, self._bytes = [], 0
        while self._pending:
            self._collect()
            self._start_next()

    def _start_next(self) -> None:
        if not self._pending or self._under_way is not None:
            return
        batch = self._pending.popleft()
        if not self.is_stopped and self._deadline is not None and time.monotonic() >= self._deadline:
            self._stop_at_limit()
        if self.is_stopped:
            self.lose(len(batch))
            return
        if self._lane is None:
            self._lane = _Lane(self._open_channel())
        self._under_way = batch, time.monotonic()
        self._lane.start([span for span, _ in batch])

    def _collect(self) -> None:
        """Wait for the answer to the batch that is under way."""
        if self._under_way is None or self._lane is None:
            return
        batch, started = self._under_way
        end = started + self._lane.timeout + _GRACE
        if self._deadline is not None:
            end = min(end, self._deadline)
        answer = self._lane.answer(end - time.monotonic())
        self._under_way = None
        if answer is None:
            self.close()
            self.is_stopped = True
            waited = time.monotonic() - started
            answer = Answer(lost=len(batch), reason=f"no answer within {waited:.3g} s")
        if answer.accepted:
            self._has_success = True
        if answer.is_too_large and len(batch) > 1:
            half = len(batch) // 2
            self._pending.appendleft(batch[half:])
            self._pending.appendleft(batch[:half])
            return
        self._enter(answer)
        is_hopeless = answer.is_too_large and not self._has_success and batch[0][1] < _SMALL
        self.is_stopped = self.is_stopped or answer.is_final or is_hopeless

    def _stop_at_limit(self) -> None:
        self.is_stopped = True
        self._enter(Answer(reason=f"the time limit of {self._limit:g} s is over"))

    def _enter(self, answer: Answer) -> None:
        self._tally.add(answer)
        if self._progress is not None:
            self._progress(self._tally.done)
