"""Spans that wait for their turn while the program runs, and the thread that sends them."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

from tracefunc_export._channels import Answer, Channel
from tracefunc_export._report import Tally
from tracefunc_export._sender import Sender
from tracefunc_export._spans import Sized

__all__ = ["Queue"]


class Queue:
    """Sends spans in batches: when one is full, and after some seconds.

    What cannot be sent is lost, one batch at a time, so a receiver may go away and come back. What comes while too
    many wait is lost, too. The `OTEL_BSP_*` variables have the numbers.
    """

    def __init__(self, channel: Channel, reopen: Callable[[], Channel | None], tally: Tally) -> None:
        self._most = max(_number("OTEL_BSP_MAX_QUEUE_SIZE", 2048), 1)
        self._size = min(max(_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512), 1), self._most)
        self._delay = max(_number("OTEL_BSP_SCHEDULE_DELAY", 5000), 10) / 1000  # the thread must rest
        self._timeout = max(_number("OTEL_BSP_EXPORT_TIMEOUT", 30000), 1) / 1000
        self._channels = [channel]
        self._reopen = reopen
        self._tally = tally
        self._waiting: deque[Sized] = deque()
        self._put = self._done = 0
        self._is_urgent = self._is_closing = self._is_over = False
        self._changed = threading.Condition()
        self._sender = Sender(self._channel, tally, max_spans=self._size)
        self._thread = threading.Thread(target=self._run, name="tracefunc-live-spans", daemon=True)
        self._thread.start()

    def _channel(self) -> Channel:
        channel = self._channels.pop() if self._channels else self._reopen()
        assert channel is not None
        channel.timeout = min(channel.timeout, self._timeout)
        return channel

    def put(self, item: Sized) -> Answer:
        """Take a span, or say why not."""
        with self._changed:
            if self._is_closing:
                return Answer(lost=1, reason="it came after the end")
            if len(self._waiting) >= self._most:
                return Answer(lost=1, reason=f"{self._most} spans were waiting already (OTEL_BSP_MAX_QUEUE_SIZE)")
            self._waiting.append(item)
            self._put += 1
            if len(self._waiting) == self._size:
                self._changed.notify_all()
        return Answer()

    def flush(self, timeout: float) -> bool:
        """Have all sent that was put before; return whether there was time enough."""
        with self._changed:
            aim = self._put
            self._is_urgent = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._done >= aim, timeout)

    def close(self, timeout: float) -> None:
        """Send what waits, and enter as lost what is not sent in time."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_over, timeout)
            left = self._put - self._done
            self._waiting.clear()
            self._is_over = True
        if left:
            self._tally.add(Answer(lost=left, reason=f"not sent within {timeout:g} s after the end"))

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            failed = not self._send(batch)
            with self._changed:
                self._done += len(batch)
                if failed and self._is_closing:
                    self._give_up()
                self._changed.notify_all()
                if failed:  # the receiver gets some time to come back
                    self._changed.wait_for(lambda: self._is_closing or self._is_urgent, self._delay)
        self._sender.close()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _send(self, batch: list[Sized]) -> bool:
        """Send a batch; return whether there is a point in sending the next one now."""
        done = self._tally.done
        try:
            self._sender.resume()
            for item in batch:
                self._sender.add(item)
            self._sender.finish()
        except Exception as error:  # the way to the receiver could not be opened again
            left = len(batch) - max(self._tally.done - done, 0)
            self._tally.add(Answer(lost=max(left, 0), reason=f"{type(error).__name__}: {error}"))
            return False
        return not self._sender.is_stopped

    def _next(self) -> list[Sized] | None:
        """Wait for the next batch; None when there will be none."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closing or self._is_urgent or len(self._waiting) >= self._size, self._delay
            )
            number = min(self._size, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(number)]
            self._is_urgent = self._is_urgent and bool(self._waiting)
            return None if self._is_over or (self._is_closing and not batch) else batch

    def _give_up(self) -> None:
        """Enter as lost all that waits: there is no time left for a receiver to come back."""
        if self._waiting:
            self._tally.add(Answer(lost=len(self._waiting), reason="not sent after that"))
            self._done += len(self._waiting)
            self._waiting.clear()


def _number(variable: str, usual: int) -> int:
    try:
        return int(os.environ.get(variable) or usual)
    except ValueError:
        return usual
