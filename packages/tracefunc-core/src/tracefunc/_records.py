"""What a session records while it runs: functions, code objects, calls and the frames in which they run."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextvars import Context
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Final

from tracefunc._counters import LEFT, Counters, Counts, Raised
from tracefunc._counting import Counting
from tracefunc.model import Extent, Frame, Outcome, Sample

__all__ = [
    "ANY_FRAME",
    "CLOCKED",
    "COUNTED",
    "GENERAL",
    "NESTED",
    "NOBODY",
    "NO_SITE",
    "NO_SITES",
    "UNKNOWN",
    "Activation",
    "CallRecord",
    "FunctionRecord",
    "Lane",
    "Site",
    "Sites",
    "Watch",
    "nanoseconds",
]

UNFINISHED: Final = Outcome("unfinished")
GENERAL: Final = 0  # what is to be done when a generator is suspended and resumed: all,
COUNTED: Final = 1  # only the counting,
CLOCKED: Final = 2  # that and the clock,
NESTED: Final = 3  # or that and the call that it is part of
ANY_FRAME: Final = -1  # the key of an activation whose frame has not been looked at yet
_SUSPENDABLE: Final = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR

type Sites = list[Site]
"""Where code is called from, by the offset in the calling code; no longer than what is known so far."""

NO_SITES: Final[Sites] = []  # calls from here are not counted in this way


def nanoseconds(seconds: float) -> int:
    """Return a reading of `perf_counter`, or a sum of their differences, in whole nanoseconds."""
    return round(seconds * 1e9)


@dataclass(slots=True, eq=False)
class FunctionRecord:
    """What is recorded of a function; its statements are numbered from 0.

    `names[s]` are looked up when statement `s` has finished; `covers` are the ids of the code objects of its body,
    nested ones included; `edges` count its calls by the calling function and statement. `rest` are its calls
    without detail, as one; `ended` are the ids of those with detail that may have to make room for others, by rank.
    """

    id: int
    names: list[tuple[str, ...]]
    covers: frozenset[int]
    first_statement: int
    detailed: int = 0
    edges: dict[tuple[int | None, int | None], int] = field(default_factory=dict)
    rest: CallRecord = field(init=False)
    ended: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rest = CallRecord(self)


@dataclass(slots=True, eq=False)
class Watch:
    """What to know of one code object; the keys of all maps are bytecode offsets.

    `boundaries` has the statement that starts (None: one ends and none starts), `elements` the comprehension that
    produces an element, `counted_after` the counters of statements hit when control comes from the given boundary,
    `owners` where another statement's instructions begin. `hits` says how the hits of each statement follow: from the
    executions of these offsets, and from further counters; `tests` says the same of the outcomes of each test, true and
    false. Frames begin at `first`. From `settled` on, control comes to no boundary any more. `escaped` is the record of
    its runs outside of any call of `function`.

    Exceptions must be looked at one by one that are raised where it is `unsure` whether they begin with the frame, or
    have come into a callback of ours before it had noted anything. All others from one place count alike, as long as no
    frame of the same code stands right below: what it called may have ended without notice.

    Boundaries that nobody needs are disabled: they are `asleep`, and `slept_by` is the call that did without them.
    `woken` counts how often they were woken for a call that goes on.
    """

    code: CodeType
    function: FunctionRecord
    escaped: FunctionRecord | None  # None: this is the function's own code
    counting: Counting
    boundaries: dict[int, int | None]
    elements: dict[int, int]
    counted_after: dict[int, dict[int, tuple[int, ...]]]
    hits: dict[int, tuple[int, ...]]
    owners: list[tuple[int, int]]
    awaits: frozenset[int]
    receives: dict[int, str]
    first: int
    settled: int
    tests: list[tuple[int, Extent, list[tuple[int, int]], list[tuple[int, int]]]]
    arguments: tuple[str, ...]
    events: frozenset[int] = field(init=False)
    unsure: Container[int] = field(init=False)
    is_suspendable: bool = field(init=False)
    is_generator: bool = field(init=False)
    template: Counts = field(init=False)
    tallied: tuple[int, ...] = field(init=False)  # the offsets that are only counted, in calls with detail
    plainly_tallied: tuple[int, ...] = field(init=False)  # and in those without
    live: dict[int, Activation] = field(default_factory=dict)  # running calls with detail
    asleep: bool = False
    slept_by: object = None
    woken: int = 0
    is_full: bool = False  # the next calls have no detail
    spare: list[Activation] = field(default_factory=list)  # of such calls that have returned
    sites: Sites = field(default_factory=list)  # where such calls are made, in calls without detail,
    sites_in_detailed: Sites = field(default_factory=list)  # and in those with detail
    _statements: dict[int, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counting = self.counting
        samples = {*self.boundaries, *self.elements}
        others = {*counting.landings, *self.counted_after}
        if self.counted_after:
            others |= set(self.boundaries)
        self.events = frozenset(samples | others | counting.counted)
        self.unsure = self.events if counting.keeps_tracebacks else range(len(self.code.co_code))
        self.is_suspendable = bool(self.code.co_flags & _SUSPENDABLE)
        self.is_generator = bool(self.code.co_flags & 0x220)  # what it yields is for its caller
        nodes = [node for _, node in counting.landings.values()]
        if nodes:
            nodes += [node for _, node in (*counting.raised.values(), *counting.reraised.values())]
        self.template = dict.fromkeys([counting.start, *nodes], 0)
        self.plainly_tallied = (*counting.resumed, *(counting.counted - others))
        self.tallied = (*counting.resumed, *(counting.counted - others - samples))

    def is_awake_for(self, call: CallRecord) -> bool:
        """Tell whether the boundaries that a call needs are awake."""
        return not self.asleep or self.slept_by is call

    def statement_at(self, offset: int) -> int | None:
        """Return the id of the statement to which the instruction at `offset` belongs."""
        try:
            return self._statements[offset]
        except KeyError:
            found = None
            for start, statement in self.owners:
                if start > offset:
                    break
                found = statement + self.function.first_statement
            return self._statements.setdefault(offset, found)


@dataclass(slots=True, eq=False)
class CallRecord:
    """One run of a function. The calls of a function without detail share one record and have nothing but counts."""

    function: FunctionRecord
    detailed: bool = False
    id: int = -1
    counters: dict[Watch, Counters] = field(default_factory=dict)
    caller: int | None = None
    caller_statement: int | None = None
    above: CallRecord | None = None  # the nearest call with detail: `stack` continues at its own frame
    root: int = -1  # the outermost of the calls with detail above it, or its own id
    context: Context | None = None  # in which it began, where somebody wants to know
    stack: list[Frame] = field(default_factory=list)
    arguments: dict[str, Sample] = field(default_factory=dict)
    samples: dict[int, Any] = field(default_factory=dict)  # for each statement, what `_keeping.container` makes
    full: set[int] = field(default_factory=set)  # statements that are to have no more samples
    plains: dict[Watch, Activation] = field(default_factory=dict)  # those that stand for many frames each
    yielded: list[Sample] = field(default_factory=list)
    sent: list[Sample] = field(default_factory=list)
    thread_id: int = 0
    thread_name: str = ""
    task_name: str | None = None
    start: int = 0
    end: int | None = None
    since: float = 0.0  # when it was last resumed or suspended, by `perf_counter`; ints of that size are slower
    running: float = 0.0  # seconds
    outcome: Outcome = UNFINISHED
    quiet: list[int] = field(default_factory=list)  # counted offsets that are boundaries, but need no sample now

    def plain_of(self, watch: Watch) -> Activation:
        """Return what stands for all frames of a code object in this call of which nothing is kept but counts."""
        try:
            return self.plains[watch]
        except KeyError:
            owns_call = watch.escaped is None or self is watch.escaped.rest
            plain = Activation(watch, self, owns_call, ANY_FRAME, None)
            plain.is_plain = True
            plain.ends = None if self.detailed else watch.code
            plain.left = self.counters_of(watch).raised_to(LEFT)
            return self.plains.setdefault(watch, plain)

    def counters_of(self, watch: Watch) -> Counters:
        """Return the counters of a code object in this call."""
        try:
            return self.counters[watch]
        except KeyError:
            tallied = watch.tallied if self.detailed else watch.plainly_tallied
            counters = Counters(watch.counting, watch.template.copy(), len(watch.code.co_code), tallied)
            return self.counters.setdefault(watch, counters)


class Site:
    """A place in the code `above` that calls code without detail: how often, and what.

    `quick` is the code that is called, None where more is to be looked at each time; `running` is what such a call runs
    as: `plain`, or the like of it where more is to be done at its end. `others` has the sites of all that the place has
    called, by the identity of `plain`.
    """

    __slots__ = ("above", "number", "offset", "others", "plain", "quick", "running")

    def __init__(
        self, caller: Activation, offset: int, plain: Activation, others: dict[int, Site], *, is_quick: bool
    ) -> None:
        self.above = caller.watch
        self.offset = offset
        self.number = 0
        self.plain = self.running = plain
        if caller.call.detailed:
            self.running = Activation(plain.watch, plain.call, plain.owns_call, ANY_FRAME, None)
            self.running.is_plain, self.running.landings, self.running.left = True, plain.landings, plain.left
        self.quick = plain.code if is_quick else None
        self.others = others


class Activation:
    """A live frame of a watched code object: the call that it counts into and the statement that it is in.

    One that `is_plain` stands for any number of frames of which nothing is kept but counts: all that most need. Where
    one `is_quick`, nothing is to be done when control returns to it. Where nothing is to be done either when such a
    frame returns, `ends` is its code.
    """

    __slots__ = (
        "at", "call", "call_id", "closing", "code", "counts", "ends", "generator", "is_listed", "is_plain", "is_quick",
        "key", "landings", "last", "left", "mode", "owns_call", "parent", "pending", "sites", "tally", "watch",
    )  # fmt: skip

    def __init__(self, watch: Watch, call: CallRecord, owns_call: bool, key: int, parent: Activation | None) -> None:
        self.watch = watch
        self.code = watch.code
        self.call = call
        counters = call.counters_of(watch)
        self.counts, self.tally = counters.counts, counters.tally
        self.owns_call = owns_call
        self.sites = _sites(watch, call)
        self.landings: Raised = {}  # those that are only counted
        self.left: dict[int, int] | None = None  # exceptions that leave it, where they are only counted
        self.ends: CodeType | None = None
        self.is_plain = False
        self.is_quick = not call.detailed
        self.is_listed = False  # it has been suspended, and can be found by its frame
        self.mode = GENERAL
        self.key = key  # the identity of its frame
        self.parent = parent  # the activation below it on its lane
        self.call_id: int = call.id
        self.pending: int | None = None
        self.last = -1  # the boundary crossed last, kept where `Watch.counted_after` needs it
        self.at = -1  # where it is suspended
        self.closing = False
        self.generator: Callable[[], object] | None = None  # a reference that does not keep it alive

    def counts_now(self) -> Counts:
        """Return the counters of its call, which has others since it was let go: a frame may outlive it."""
        return self.call.counters_of(self.watch).counts

    def is_of(self, code: CodeType, key: int) -> bool:
        """Tell whether this is the activation of a frame."""
        if self.code is not code:
            return False
        if self.key == ANY_FRAME:
            self.key = key
        return self.key == key

    def join(self, call: CallRecord) -> None:
        """Count into another call from now on."""
        counters = call.counters_of(self.watch)
        self.call, self.counts, self.tally, self.call_id = call, counters.counts, counters.tally, call.id
        self.sites = _sites(self.watch, call)
        self.landings = {}
        self.is_quick = not call.detailed


def _sites(watch: Watch, call: CallRecord) -> Sites:
    """Return where calls that this one makes are counted."""
    if call.function is not watch.function:  # a nested function that is called by itself
        return NO_SITES
    return watch.sites_in_detailed if call.detailed else watch.sites


class Lane:
    """A stack of control, a thread's as a rule: the activations of the frames that run on it, innermost on top."""

    __slots__ = ("top",)

    def __init__(self) -> None:
        self.top: Activation | None = None

    def activations(self) -> list[Activation]:
        """Return the activations, innermost first."""
        found = []
        activation = self.top
        while activation is not None:
            found.append(activation)
            activation = activation.parent
        return found


def _of_nothing() -> Activation:
    counting = Counting(frozenset(), frozenset(), {}, {}, {}, False, {}, {}, -1, (), {}, {})
    function = FunctionRecord(-1, [], frozenset(), 0)
    code = _of_nothing.__code__  # which is never watched
    watch = Watch(code, function, None, counting, {}, {}, {}, {}, [], frozenset(), {}, 0, 0, [], ())
    return Activation(watch, function.rest, True, ANY_FRAME, None)


NOBODY: Final = _of_nothing()  # stands for the frame that runs where none is watched,
UNKNOWN: Final = _of_nothing()  # or where what runs is to be looked up
NO_SITE: Final = Site(NOBODY, -1, NOBODY, {}, is_quick=False)  # stands where nothing has been called so far
