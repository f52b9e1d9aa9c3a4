"""What a call with detail keeps of its statements and values, and which boundaries are awake for it."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from types import FrameType

from tracefunc._behavior import HAS_F_GENERATOR
from tracefunc._counters import add
from tracefunc._frames import generator_of, sent
from tracefunc._keeping import container
from tracefunc._options import Options
from tracefunc._records import Activation, CallRecord, Watch
from tracefunc._sampling import Sampler
from tracefunc.model import Sample

__all__ = ["Detail", "nothing"]

_RARELY = 100  # wakes for calls that are returned to; beyond, boundaries stay awake while such calls live
_MANY_SEARCHES = 100  # for generators that frames do not tell, which may take milliseconds each
_MANY = object()


def nothing(*_: object) -> None:
    """Do what is to be done where nobody listens."""


class Detail:
    """Takes the samples of a session; `rearm` wakes the boundaries of a code object.

    `is_solo` tells that no other thread and no other session runs.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.max_samples = options.max_samples
        self.sampler = Sampler(options)
        self.new_samples = container(options)
        self.fills_up = options.samples == "first"  # with samples, that is
        self.searches = 0
        self.rearm: Callable[[Watch], None] = nothing
        self.is_solo = False

    def has_room(self, call: CallRecord, statement: int) -> bool:
        """Tell whether a call is to have more samples of a statement."""
        if statement in call.full:
            return False
        taken = call.samples.get(statement)
        has_room = self.max_samples > 0 if taken is None or not self.fills_up else len(taken) < self.max_samples
        if not has_room or not (call.function.names[statement] or self.options.watch):
            call.full.add(statement)
            return False
        return True

    def _has_room_for_values(self, watch: Watch, call: CallRecord) -> bool:
        """Tell whether more values that go out of a generator, or come in, are to be kept."""
        return len(call.yielded) < self.max_samples or bool(watch.receives and len(call.sent) < self.max_samples)

    def _receive(self, activation: Activation, frame: FrameType, name: str) -> None:
        """Keep what was sent to a generator; `next`, which sends None, is no news."""
        call = activation.call
        if len(call.sent) >= self.max_samples:
            return
        if activation.generator is None:
            self.searches += 1
            generator = generator_of(frame) if HAS_F_GENERATOR or self.searches <= _MANY_SEARCHES else None
            activation.generator = nothing if generator is None else weakref.ref(generator)
        value = sent(activation.generator())
        if value is not None:
            call.sent.append(self.sampler.value(value, name or activation.code.co_name))

    def _sample(self, call: CallRecord, statement: int, frame: FrameType) -> None:
        names = call.function.names[statement]
        taken = call.samples.get(statement)
        if taken is None:
            taken = self.new_samples()
            taken.append(self._taken(frame, names))
            call.samples[statement] = taken
        elif not self.fills_up or len(taken) < self.max_samples:
            taken.append(self._taken(frame, names))

    def _taken(self, frame: FrameType, names: tuple[str, ...]) -> tuple[Sample, ...]:
        taken = self.sampler.of(frame, names)
        return (*taken, *self.sampler.watched(frame)) if self.options.watch else taken

    def _begin_statement(self, activation: Activation, frame: FrameType, statement: int | None) -> bool:
        """Take the sample of the statement that has ended; return whether one begins that will have one."""
        call, pending = activation.call, activation.pending
        if pending is not None:
            activation.pending = None
            self._sample(call, pending, frame)
        if statement is None or not self.has_room(call, statement):
            return False
        activation.pending = statement
        if activation.watch.asleep:  # where it ends, perhaps
            self.rearm(activation.watch)
        while call.quiet and activation.watch.escaped is None:
            offset = call.quiet.pop()
            number, activation.tally[offset] = activation.tally[offset], None
            add(activation.counts, offset, number or 0)
        return True

    def _may_sleep(self, watch: Watch, activation: Activation, offset: int) -> bool:
        """Tell whether a boundary that this activation does not need may sleep.

        Where another call needs it, that wakes it as soon as it goes on. There must be an event that tells so, and it
        must not happen too often: else it may sleep only if no call that lives needs it.
        """
        others = len(watch.live) - (id(activation) in watch.live)
        if others and watch.woken >= _RARELY:
            return False
        watch.slept_by = activation.call if not watch.asleep or watch.slept_by is activation.call else _MANY
        watch.asleep = True
        # Only now: a call in another thread that comes to need it after it is asked here sees that it is to be woken.
        return self.is_solo or not self._is_needed(watch, activation, offset)

    def _is_needed(self, watch: Watch, activation: Activation, offset: int) -> bool:
        """Tell whether a call that lives, other than that of `activation`, needs a boundary."""
        begins = [place for place in (watch.boundaries.get(offset), watch.elements.get(offset)) if place is not None]
        for other in list(watch.live.values()):
            if other is not activation and (
                other.pending is not None or any(self.has_room(other.call, place) for place in begins)
            ):
                return True
        return False

    def returned_to(self, running: Activation) -> None:
        """A call with detail goes on: wake what another has put to sleep meanwhile."""
        watch = running.watch
        if watch.is_awake_for(running.call):
            return
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and id(frame) != running.key:
            frame = frame.f_back
        if frame is not None and frame.f_lasti >= watch.settled and running.at < 0:
            running.is_quick = True  # what it has is enough for all that comes
            return
        watch.woken += 1
        self.rearm(watch)
