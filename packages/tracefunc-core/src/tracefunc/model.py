"""The frozen data of a trace: what was traced, what ran, and what was seen.

A `Trace` is plain data. It holds no object of the traced program, can be pickled and compared,
and everything that shows or stores a trace reads only this.

Ids are positions: `trace.statements[i].id == i` and `trace.functions[i].id == i`. Times are nanoseconds
since the epoch, anchored once per session and monotonic in between. Lines count from 1, columns are
UTF-8 bytes from 0, as in `ast`.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal, NamedTuple

__all__ = [
    "Branch",
    "Call",
    "Edge",
    "Extent",
    "Frame",
    "Function",
    "Outcome",
    "Sample",
    "Settings",
    "Statement",
    "Trace",
    "Unknown",
]


class Extent(NamedTuple):
    """A range of source text, from its first line and column up to, not including, its last column."""

    line: int
    column: int
    end_line: int
    end_column: int


class Sample(NamedTuple):
    """What a value looked like at one moment: the name of its type and the beginning of its repr."""

    type: str
    text: str


class Frame(NamedTuple):
    """One line of a call stack: a function's qualified name, its file and the line it had reached."""

    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One traced place: a statement, a clause, a comprehension or a lambda.

    `kind` is the name of its `ast` class (`"For"`, `"match_case"`, `"ListComp"`...), `snippet` its source text
    (of a compound statement the header), `extent` that of the whole `ast` node, `names` those that are
    sampled, in alphabetical order, `attributes` the dotted ones (`"self.total"`), and `scope` the qualified name of the
    function or class whose body holds it.
    """

    id: int
    kind: str
    snippet: str
    extent: Extent
    names: tuple[str, ...]
    scope: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A traced function: where it stands and the ids of its statements, nested bodies included, in source order.

    `source` is its text as it stands in the file, from line `line` on. `calls` counts all its calls, also those that
    carry no detail.
    """

    id: int
    name: str
    qualname: str
    module: str
    path: str
    line: int
    source: str
    statements: tuple[int, ...]
    calls: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended.

    `returned` comes with the `value`; `raised` with the exception's type name and message and the id of the
    `statement` that raised (None where it cannot be told); `closed` is a generator closed or dropped before
    its end; `unfinished` was still running, or suspended, when the session ended.
    """

    kind: Literal["returned", "raised", "closed", "unfinished"]
    value: Sample | None = None
    exception: str | None = None
    message: str | None = None
    statement: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a traced function, with all detail.

    `caller` is the id of the nearest call of a traced function above it on the stack, and `caller_statement` the
    statement that made the call; the id may be of a call beyond `max_calls`, which has no record. `frames` are the
    end of the stack at entry, the call's own frame last: all of it, or what lies below the call `frames_above`,
    beginning with that call's frame and the line where it was (`Trace.stack` puts them together). `running` and
    `suspended` are nanoseconds; a generator's time between resumes is suspended time. `hits` maps statement
    ids to counts, and `samples` statement ids to the samples of each name, attribute and watched expression, in order
    of the hits. `yielded` and `sent` are the values that went out of a generator and came in, the first `max_samples`
    of each; what nobody sent (`next` sends None) or nobody used (`yield` as a whole statement) is left out.
    """

    id: int
    function: int
    caller: int | None
    caller_statement: int | None
    frames: tuple[Frame, ...]
    frames_above: int | None
    start: int
    end: int | None
    running: int
    suspended: int
    thread_id: int
    thread_name: str
    task_name: str | None
    arguments: Mapping[str, Sample]
    outcome: Outcome
    hits: Mapping[int, int]
    samples: Mapping[int, Mapping[str, tuple[Sample, ...]]]
    yielded: tuple[Sample, ...] = ()
    sent: tuple[Sample, ...] = ()
    process_id: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """How often one traced function called another, counted for every call.

    `caller` and `callee` are function ids; `caller` is None for calls from outside of all targets, and
    `statement` is the statement that made the call, None where it cannot be told.
    """

    caller: int | None
    statement: int | None
    callee: int
    calls: int


@dataclass(frozen=True, slots=True)
class Branch:
    """How often a test was true and how often false, over all calls.

    The test at `extent` is that of the `if`, `elif`, `while` or `assert` whose id is `statement`, or of a conditional
    expression in it. A test that raises is neither.
    """

    statement: int
    extent: Extent
    true: int
    false: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What the session was told to keep; see `Tracer`. `max_calls` is None where every call has its detail."""

    max_calls: int | None = 10
    max_samples: int = 10
    max_repr: int = 50
    keep: str = "first"
    samples: str = "first"
    when: str | None = None
    watch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a trace was loaded with that only a newer minor version of the format knows, to be saved again with it.

    `minor` is that version's second number. `fields` has the unknown fields of each record, by what identifies it:
    `("call", 7)`, `("call", 7, "outcome")`, `("edge", 0, None, 1)`. `records` are those of unknown kinds.
    """

    minor: int
    fields: Mapping[tuple[object, ...], Mapping[str, object]]
    records: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """All that a session recorded.

    `hits[i]` is the number of hits of statement `i` over all calls. `calls` has the calls with detail in order
    of their start, which is that of their ids; `without_detail` says how many more there were. `branches` are in the
    order of their statements. `notes` say in words what may be missing: targets that were not found, failures of
    tracefunc itself, lost parts of a file. `unknown` is what a file of a newer version had; comparing leaves it out.
    """

    functions: tuple[Function, ...]
    statements: tuple[Statement, ...]
    hits: tuple[int, ...]
    calls: tuple[Call, ...]
    edges: tuple[Edge, ...]
    without_detail: int
    start: int
    end: int
    python: str
    branches: tuple[Branch, ...] = ()
    settings: Settings = Settings()
    notes: tuple[str, ...] = ()
    unknown: Unknown | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the document of this trace, as dicts, lists, texts and numbers; see `docs/format.md`."""
        from tracefunc.document import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Trace:
        """Return the trace of a document; raise `TraceFileError` if it is damaged or of another major version."""
        from tracefunc.document import from_dict

        return from_dict(document)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        format: Literal["json", "jsonl"] | None = None,  # noqa: A002
    ) -> None:
        """Write this trace to a file, whole or not at all.

        The name says how: `.json` or `.jsonl`, either with `.gz`. With a `format` it may be any name. Raises
        `TraceFileError` for a name that says nothing, and `OSError` where the file cannot be written.
        """
        from tracefunc.document import save

        save(self, path, format=format)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """Read a trace from a file, whatever its name.

        Raises `TraceFileError` for a file that is damaged or of another major version, and `OSError` for one that
        cannot be read. From damaged JSON Lines comes all that is whole, and `notes` say what is lost.
        """
        from tracefunc.document import load

        return load(path)

    def merge(self, *others: Trace) -> Trace:
        """Return one trace of this and others, such as those of other threads and processes.

        Functions of equal path, name, line and source are one. What is counted is added up, and the ids of calls are
        given anew, in order of their start.
        """
        from tracefunc._merge import merge

        return merge(self, *others)

    def stack(self, call: Call) -> tuple[Frame, ...]:
        """Return the whole stack at the entry of one of the calls, outermost frame first."""
        parts = [call.frames]
        while call.frames_above is not None:
            call = self.calls[bisect_left(self.calls, call.frames_above, key=attrgetter("id"))]
            parts.append(call.frames[:-1])
        return tuple(frame for part in reversed(parts) for frame in part)

    def __str__(self) -> str:
        """Return the annotated source of all traced functions; see `tracefunc.text`."""
        from tracefunc.text import annotate  # with `fragment`, the one look upward: a trace shows itself

        return annotate(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows; see `tracefunc.html`."""
        from tracefunc.html import fragment

        return fragment(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        """Give IPython what it prints where it shows no HTML."""
        printer.text(str(self))
