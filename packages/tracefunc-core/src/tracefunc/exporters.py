"""The formats that a trace can be written in: those of the core and those of installed packages.

A package adds formats by entry points of the group `tracefunc.exporters`. An entry point has the name of its format,
and its value is an `Exporter`. `export` writes a trace in any of them; `docs/exporters.md` says how to write one.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tracefunc.errors import ExportError, ExporterWarning
from tracefunc.model import Trace

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "Exporter", "Option", "export", "exporter_for", "find_exporters"]

GROUP = "tracefunc.exporters"  # the entry-point group
_OURS = "tracefunc-export"  # its formats win over those of others, and over the core's own, which they only speed up


@dataclass(frozen=True, slots=True)
class Option:
    """An option of an exporter: a keyword argument of its `write`, and how to make its value from text.

    `convert` raises `ValueError` for a text that it does not take.
    """

    name: str
    description: str
    convert: Callable[[str], object] = str


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format: what it is called, which files it makes, and the function that writes it.

    `name` is what `--format` takes and what the entry point is called. `suffixes` are those of its files, with their
    dots, in lower case (`(".svg",)`, `(".json", ".json.gz")`). The `destination` is the path of a file, or an
    endpoint: an address to send to, empty for the usual one.

    `write(trace, destination, **options)` writes or sends; it raises `ExportError` or `OSError` where it cannot, and
    returns a remark for the user, or None. With `progress` it also takes `progress=`, a function that it calls
    with what is done and what there is in all. `missing` says what must be installed before, and how, or None where
    nothing lacks; it is shown in lists, and as the reason when `write` fails. With `partial`,
    `write` leaves something useful even then, before it raises: it is worth calling.
    """

    name: str
    description: str
    write: Callable[..., str | None]
    suffixes: tuple[str, ...] = ()
    destination: Literal["file", "endpoint"] = "file"
    options: tuple[Option, ...] = ()
    missing: Callable[[], str | None] | None = None
    progress: bool = False
    partial: bool = False

    def parse(self, texts: Mapping[str, str]) -> dict[str, object]:
        """Return options as `write` takes them, made from texts; raise `ExportError` for one that is wrong."""
        known = {option.name: option for option in self.options}
        parsed = {}
        for name, text in texts.items():
            key = name.replace("-", "_")
            if key not in known:
                has = f"has {_listed(known)}" if known else "has none"
                raise ExportError(f"{self.name} has no option {name!r}: it {has}.")
            try:
                parsed[key] = known[key].convert(text)
            except ValueError as error:
                raise ExportError(f"{name}={text!r} is no value for this option of {self.name}: {error}.") from error
        return parsed


def find_exporters() -> dict[str, Exporter]:
    """Return the exporters of the core and of all installed packages by name, in alphabetical order.

    One that cannot be loaded is left out, with an `ExporterWarning`, and so is one whose name is taken.
    """
    found = {exporter.name: exporter for exporter in _BUILT_IN}
    for entry in _entry_points():
        ours = _distribution(entry) == _OURS
        if entry.name in found and not ours:
            _warn(f"{_described(entry)} is left out: there is a format {entry.name!r} already.")
        elif exporter := _load(entry):
            found[entry.name] = exporter
    return dict(sorted(found.items()))


def exporter_for(destination: str | os.PathLike[str] = "", format: str | None = None) -> Exporter:  # noqa: A002
    """Return the exporter of a format, or without one that of the suffix of a file; raise `ExportError` for neither.

    With a format, only its own exporter is loaded. Of several suffixes that match, the longest counts.
    """
    if format is not None:
        return _named(format)
    path = os.fspath(destination).lower()
    exporters = find_exporters()
    matches = [(len(end), name) for name, each in exporters.items() for end in each.suffixes if path.endswith(end)]
    if matches:
        longest = max(matches)[0]
        return exporters[next(name for length, name in matches if length == longest)]
    if path in ("", "-"):
        raise ExportError(f"Standard output has no suffix: name the format, one of {_listed(exporters)}.")
    suffixes = _listed(sorted({end for each in exporters.values() for end in each.suffixes}))
    raise ExportError(
        f"The format of {os.fspath(destination)!r} cannot be told from its suffix. Use one of {suffixes}, or name the "
        f"format, one of {_listed(exporters)}.{_advice(exporters)}"
    )


def export(
    trace: Trace,
    destination: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 the word that a user expects
    **options: object,
) -> str | None:
    """Write or send a trace in the given format, or the one of the file's suffix.

    The destination `"-"` is standard output, for each format that is a file. Returns what the exporter has to say
    about it, or None. Raises `ExportError` where the format is not known, lacks something or fails.
    """
    exporter = exporter_for(destination, format)
    to = os.fspath(destination)
    try:
        if to == "-" and exporter.destination == "file":
            return _to_standard_output(exporter, trace, options)
        return exporter.write(trace, to, **options)
    except (ExportError, BrokenPipeError):
        raise
    except OSError as error:
        raise ExportError(f"{exporter.name} could not be written to {to!r}: {error.strerror or error}.") from error
    except Exception as error:
        if exporter.missing and (reason := exporter.missing()):
            raise ExportError(reason) from error
        raise ExportError(f"The exporter of {exporter.name} failed: {type(error).__name__}: {error}.") from error


def _to_standard_output(exporter: Exporter, trace: Trace, options: Mapping[str, object]) -> str | None:
    """Let an exporter write a file, as it can, and copy that."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tracefunc-") as folder:
        path = os.path.join(folder, "trace" + next(iter(exporter.suffixes), ""))
        remark = exporter.write(trace, path, **options)
        sys.stdout.flush()
        with open(path, "rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return remark


def _named(asked: str) -> Exporter:
    name = asked.lower()
    built_in = {exporter.name: exporter for exporter in _BUILT_IN}
    entries = [entry for entry in _entry_points() if entry.name == name]
    if name in built_in:
        entries = [entry for entry in entries if _distribution(entry) == _OURS]
    for entry in entries:
        if exporter := _load(entry):
            return exporter
    if name in built_in:
        return built_in[name]
    if entries:
        raise ExportError(f"The exporter of {asked!r} is installed but cannot be loaded; the warning above says why.")
    known = {*built_in, *(entry.name for entry in _entry_points())}
    raise ExportError(f"There is no format {asked!r}: there is {_listed(sorted(known))}.{_advice(known)}")


def _entry_points() -> Iterator[EntryPoint]:
    """Yield the installed exporters, those of tracefunc-export first, then in an order that does not change."""
    from importlib.metadata import entry_points

    found = set(entry_points(group=GROUP))  # a package that is on the path twice counts once
    yield from sorted(found, key=lambda entry: (_distribution(entry) != _OURS, entry.name, entry.value))


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name.lower().replace("_", "-") if entry.dist else ""


def _described(entry: EntryPoint) -> str:
    return f"The exporter {entry.name!r} of {_distribution(entry) or 'an unknown package'}"


def _load(entry: EntryPoint) -> Exporter | None:
    try:
        exporter = entry.load()
    except Exception as error:  # whatever a third party's module does when it is imported
        _warn(f"{_described(entry)} cannot be loaded: {type(error).__name__}: {error}.")
        return None
    if not isinstance(exporter, Exporter) or exporter.name != entry.name:
        _warn(f"{_described(entry)} is left out: {entry.value} is no tracefunc.exporters.Exporter of this name.")
        return None
    return exporter


def _warn(text: str) -> None:
    warnings.warn(ExporterWarning(text), stacklevel=4)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _advice(known: Iterable[str]) -> str:
    return "" if "svg" in known else " More formats come with the package tracefunc-export."


def _save_json(trace: Trace, destination: str, /) -> None:
    trace.save(destination, format="json")


def _save_lines(trace: Trace, destination: str, /) -> None:
    trace.save(destination, format="jsonl")


_BUILT_IN = (
    Exporter("json", "the whole trace as one JSON document", _save_json, (".json", ".json.gz")),
    Exporter(
        "jsonl", "the whole trace as JSON Lines, which tracefunc reads back", _save_lines, (".jsonl", ".jsonl.gz")
    ),
)
