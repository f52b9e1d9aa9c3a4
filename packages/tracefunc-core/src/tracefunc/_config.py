"""The defaults of the command line and of the pytest plugin: `TRACEFUNC_*` variables and `[tool.tracefunc]`.

A setting is declared once, in `SETTINGS`. Its flag is its name with dashes, its variable its name in capitals behind
`TRACEFUNC_`, its key in `pyproject.toml` its name. A flag wins over a variable, a variable over the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tracefunc._options import SECRETS
from tracefunc.errors import TraceError

__all__ = ["SETTINGS", "TRACER_SETTINGS", "Setting", "defaults", "tracer_options"]

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, what kind of value it has, and a line of help.

    `count` is a number from 0 up; where it is `unlimited`, also "all", which stands for None. `texts` is a list,
    `switch` true or false, `choice` one of `choices`.
    """

    name: str
    kind: Literal["count", "text", "texts", "choice", "switch"]
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    unlimited: bool = False

    @property
    def flag(self) -> str:
        """The name of its flag, without dashes before it."""
        return self.name.replace("_", "-")

    def parse(self, text: str) -> object:
        """Return the value that a text stands for; raise `ValueError` saying what was expected."""
        match self.kind:
            case "count" if self.unlimited and text.lower() == "all":
                return None
            case "count" if text.isascii() and text.isdigit():
                return int(text)
            case "text":
                return text
            case "texts":
                return split(text)
            case "choice" if text in self.choices:
                return text
            case "switch" if text.lower() in _TRUE + _FALSE:
                return text.lower() in _TRUE
        raise ValueError(f"expected {self._expected}")

    def check(self, value: object) -> object:
        """Return the value of a TOML document's key as the program uses it; raise `ValueError` for a wrong one."""
        match self.kind, value:
            case "switch", bool():
                return value
            case "count", int() if not isinstance(value, bool) and value >= 0:
                return value
            case "texts", list() if all(isinstance(item, str) for item in value):
                return list(value)
            case "texts", str():
                return [value]
            case "text" | "choice" | "count", str():
                return self.parse(value)
        raise ValueError(f"expected {self._expected}")

    @property
    def _expected(self) -> str:
        return {
            "count": "a number from 0 up" + (', or "all"' if self.unlimited else ""),
            "text": "a text",
            "texts": "a list of texts",
            "choice": f"one of {', '.join(self.choices)}",
            "switch": "true or false",
        }[self.kind]


TRACER_SETTINGS = (
    Setting("max_calls", "count", "calls of each function kept with detail (default 10)", "N|all", unlimited=True),
    Setting("max_samples", "count", "samples kept per name, statement and call (default 10)", "N"),
    Setting("max_repr", "count", "characters kept of a value's text (default 50)", "N"),
    Setting("keep", "choice", "which calls get detail (default first)", "", ("first", "last", "raised", "slowest")),
    Setting("when", "text", 'only calls for which this holds, as in "n > 100 and not dry"', "EXPR"),
    Setting("samples", "choice", "which samples are kept (default first)", "", ("first", "last", "both")),
    Setting("watch", "texts", 'an expression to sample besides the names, as in "len(items)"; may be repeated', "EXPR"),
    Setting("redact", "texts", "names whose values are hidden besides the usual secrets; may be repeated", "PATTERN"),
    Setting("show_secrets", "switch", "whether values of names such as token and password are shown (default: no)"),
    Setting("follow", "switch", "whether processes that the program starts are traced, too (default: no)"),
)
"""What a `Tracer` takes, but for the options that only a program can give."""

SETTINGS = (
    Setting("targets", "texts", "what to trace", "TARGET"),
    *TRACER_SETTINGS,
    Setting("output", "text", "where the report or the trace goes", "FILE"),
    Setting("width", "count", "columns of the report (default: the terminal's, else 100)", "N"),
    Setting("max_chars", "count", "characters of the report at most; it then says what it left out", "N"),
    Setting("color", "choice", "when to use colour (default auto)", "", ("auto", "always", "never")),
    Setting("progress", "switch", "whether a terminal shows the calls so far"),
)


def defaults(environ: Mapping[str, str] | None = None, folder: str | None = None) -> dict[str, object]:
    """Return the settings that the environment and the nearest `pyproject.toml` at or above `folder` give.

    Raises `TraceError`, naming the variable or file, for what is wrong there.
    """
    environ = os.environ if environ is None else environ
    found = _from_file(os.getcwd() if folder is None else folder)
    for setting in SETTINGS:
        variable = f"TRACEFUNC_{setting.name.upper()}"
        if variable in environ:
            try:
                found[setting.name] = setting.parse(environ[variable])
            except ValueError as error:
                raise TraceError(f"{variable}={environ[variable]!r}: {error}") from error
    return found


def tracer_options(settings: Mapping[str, object]) -> dict[str, Any]:
    """Return those settings that a `Tracer` takes, as it takes them."""
    options: dict[str, Any] = {
        setting.name: settings[setting.name] for setting in TRACER_SETTINGS if setting.name in settings
    }
    more, shown = options.pop("redact", ()), options.pop("show_secrets", False)
    options["redact"] = (*(() if shown else SECRETS), *more)
    return options


def split(text: str) -> list[str]:
    """Split a list at the commas that are outside of brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "," and depth == 0:
            parts.append("")
            continue
        else:
            depth += (char in "([{") - (char in ")]}")
        parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _from_file(folder: str) -> dict[str, object]:
    path = _find(folder)
    if path is None:
        return {}
    import tomllib

    try:
        with open(path, "rb") as file:
            table = tomllib.load(file).get("tool", {}).get("tracefunc", {})
    except (OSError, ValueError, AttributeError) as error:
        raise TraceError(f"{path} cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise TraceError(f"{path}: [tool.tracefunc] is no table")
    known = {setting.name: setting for setting in SETTINGS}
    found: dict[str, object] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
            raise TraceError(f"{path}: [tool.tracefunc] has no setting {key!r}: {advice}")
        try:
            found[name] = known[name].check(value)
        except ValueError as error:
            raise TraceError(f"{path}: [tool.tracefunc] {key} = {value!r}: {error}") from error
    _from_its_folder(found, os.path.dirname(path))
    return found


def _find(folder: str) -> str | None:
    while True:
        path = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(path):
            return path
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None


def _from_its_folder(found: dict[str, object], folder: str) -> None:
    """Make the paths of a file those that it means: below its own folder."""
    if isinstance(output := found.get("output"), str):
        found["output"] = os.path.join(folder, output)
    if isinstance(targets := found.get("targets"), list):
        found["targets"] = [os.path.join(folder, each) if _is_path(each) else each for each in targets]


def _is_path(target: str) -> bool:
    name = target.rpartition(":")[0] or target
    return name.endswith(".py") or "/" in name or os.sep in name
