"""What the command line takes: commands, flags and help, and where the arguments of a traced program begin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tracefunc._config import SETTINGS, Setting
from tracefunc._launch import Program

__all__ = ["parse"]

_DESCRIPTION = "Run a program and say what every statement of its functions did: how often it ran, and what it saw."

_EXAMPLES = """\
examples:
  tracefunc run -t total shop.py               trace total() of a script; the report goes to standard error
  tracefunc run -t 'shop.orders:*' -m pytest   trace a module's functions while the tests run
  tracefunc run -t total -o t.jsonl shop.py    store the trace
  tracefunc show t.jsonl --unhit               what never ran
  tracefunc export t.jsonl -o t.svg            the call graph as a picture

Each command has a help text of its own: tracefunc run --help
"""

_RUN = """\
examples:
  tracefunc run -t total shop.py --fast                  everything behind the script's name is the script's
  tracefunc run -t shop.orders:Order.total -m shop       a module, as `python -m shop`
  tracefunc run -t 'json.decoder:JSONDecoder.*' -c 'import json; json.loads("[1]")'
  tracefunc run -t total --when 'len(items) > 100' --keep last shop.py
  tracefunc run -t shop/orders.py:120 -o trace.jsonl --svg graph.svg shop.py
  tracefunc run -t total --otlp http://localhost:4318 shop.py

A target is a function (total, shop.orders:Order.total), all functions of a class, module or package
('shop.orders:Order.*', 'shop.*'), or a place in a file (shop/orders.py:total, shop/orders.py:120). A name without a
module is one of the program's own file. Without a target all functions of that file are traced.

The exit code is that of the program; it is 2 when the program could not be started. TRACEFUNC_* variables and
[tool.tracefunc] of pyproject.toml set defaults: TRACEFUNC_MAX_CALLS=3, max_calls = 3.
"""

_SHOW = """\
examples:
  tracefunc show t.jsonl                   the annotated source
  tracefunc show t.jsonl --calls --values  the tree of calls, and all values of each statement
  tracefunc show t.jsonl c12 s7            all about one call and one statement
  tracefunc show t.jsonl --max-chars 4000  at most that much text, the most telling first
  tracefunc show t.jsonl --json | jq .     the trace as one JSON document
"""

_LIST = """\
examples:
  tracefunc list 'json.decoder:*'
  tracefunc list src/app.py:120

No code of the modules is run, but that of the packages around them. The exit code is 1 when a target has no function.
"""

_EXPORT = """\
examples:
  tracefunc export t.jsonl -o graph.svg
  tracefunc export t.jsonl -o - --format lcov
  tracefunc export t.jsonl --format otlp -o http://localhost:4318
  tracefunc export t.jsonl -o graph.svg --option theme=dark
  tracefunc export --list-formats --format svg
"""


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, Program | None]:
    """Return what was asked for, and for `run` the program; ends the process with code 2 for what is wrong."""
    parser, commands = _parsers()
    arguments = list(arguments)
    program = None
    start = next((index for index, each in enumerate(arguments) if not each.startswith("-")), None)
    if start is not None and arguments[start] == "run":
        before, program = _split(commands["run"], arguments[start + 1 :])
        arguments = [*arguments[: start + 1], *before]
    asked = parser.parse_args(arguments)
    if asked.command is None:
        parser.print_help()
        raise SystemExit(2)
    if asked.command == "run" and program is None:
        commands["run"].error("name what to run: a script, -m MODULE or -c CODE")
    return asked, program


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
    )
    parser = argparse.ArgumentParser(
        prog="tracefunc",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[common],
    )
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands = {}
    for name, summary, epilog, usage, fill in (
        ("run", "run a program and report on its functions", _RUN, _RUN_USAGE, _fill_run),
        ("show", "show a stored trace", _SHOW, None, _fill_show),
        ("list", "show what a target resolves to", _LIST, None, _fill_list),
        ("export", "write a stored trace in another format", _EXPORT, None, _fill_export),
    ):
        commands[name] = subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=epilog,
            usage=usage,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            parents=[common],
        )
        fill(commands[name])
    return parser, commands


_RUN_USAGE = "tracefunc run [options] [-t TARGET ...] (script | -m MODULE | -c CODE) [argument ...]"


def _fill_run(parser: argparse.ArgumentParser) -> None:
    absent = argparse.SUPPRESS  # what is not given is not there: None says "all"
    parser.add_argument(
        "-t",
        "--target",
        action="append",
        dest="targets",
        metavar="TARGET",
        default=absent,
        help="what to trace; may be repeated",
    )
    parser.add_argument("-m", metavar="MODULE", default=absent, help="run a module; what follows are its arguments")
    parser.add_argument(
        "-c", metavar="CODE", default=absent, help="run a text as a program; what follows are its arguments"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no report, no progress: only errors and files")
    kept = parser.add_argument_group("what is recorded")
    for setting in SETTINGS:
        if setting.name not in ("targets", "output", "width", "max_chars", "color", "progress"):
            _add(kept, setting)
    out = parser.add_argument_group("where it goes")
    out.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="FILE",
        default=absent,
        help="write the trace (.jsonl, .json, either with .gz), the report (.txt) or another format, by its suffix, "
        "instead of the report on standard error; may be repeated",
    )
    out.add_argument(
        "--format", metavar="NAME", default=absent, help="the format of -o, where its suffix does not tell"
    )
    out.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="an option of a format; may be repeated"
    )
    out.add_argument("--svg", metavar="FILE", default=absent, help="draw the call graph")
    out.add_argument("--json", metavar="FILE", default=absent, help="write the trace as one JSON document")
    out.add_argument(
        "--otlp",
        nargs="?",
        const="",
        metavar="ENDPOINT",
        default=absent,
        help="send the calls as spans (default: OTEL_* variables)",
    )
    _fill_view(parser)
    _add(parser, next(setting for setting in SETTINGS if setting.name == "progress"))


def _fill_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "trace", metavar="FILE", help="a stored trace: .jsonl or .json, either with .gz; - is standard input"
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="a call (c12) or statement (s7) to show in detail")
    parser.add_argument("--json", action="store_true", help="the trace as one JSON document")
    _fill_view(parser)


def _fill_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", metavar="TARGET", help="what a target may be: tracefunc run --help")


def _fill_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "trace", nargs="?", metavar="FILE", help="a stored trace: .jsonl or .json, either with .gz; - is standard input"
    )
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="FILE",
        help="where to write, - for standard output; the endpoint, where it is sent; may be repeated",
    )
    parser.add_argument("--format", metavar="NAME", help="the format, where the suffix does not tell")
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the format; may be repeated"
    )
    parser.add_argument(
        "--list-formats",
        action="store_true",
        help="show the formats with their suffixes and options; with --format what the options of that one mean",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what went wrong")
    parser.add_argument("--brief", action="store_true", help=argparse.SUPPRESS)  # `run` says itself what was written


def _fill_view(parser: argparse.ArgumentParser) -> None:
    view = parser.add_argument_group("what is shown", "Without one of the first three: the annotated source.")
    view.add_argument("--calls", action="store_true", help="the tree of calls with times, arguments and outcomes")
    view.add_argument("--values", action="store_true", help="all values of each statement")
    view.add_argument("--unhit", action="store_true", help="the statements and functions that never ran")
    for setting in SETTINGS:
        if setting.name in ("width", "max_chars", "color"):
            _add(view, setting)


def _add(group: argparse._ActionsContainer, setting: Setting) -> None:
    def convert(text: str) -> object:
        try:
            return setting.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    def one(text: str) -> str:
        try:
            setting.check([text])
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    name = f"--{setting.flag}"
    metavar = setting.metavar or "|".join(setting.choices)
    if setting.kind == "switch":
        group.add_argument(name, action=argparse.BooleanOptionalAction, help=setting.help, default=argparse.SUPPRESS)
    elif setting.kind == "texts":
        group.add_argument(
            name, action="append", type=one, metavar=metavar, help=setting.help, default=argparse.SUPPRESS
        )
    else:
        group.add_argument(name, type=convert, metavar=metavar, help=setting.help, default=argparse.SUPPRESS)


class _Version(argparse.Action):
    """Looks up the version only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import platform
        from importlib.metadata import version

        parser._print_message(
            f"tracefunc {version('tracefunc-core')} (CPython {platform.python_version()})\n", sys.stdout
        )
        parser.exit()


def _split(parser: argparse.ArgumentParser, arguments: list[str]) -> tuple[list[str], Program | None]:
    """Tell our own arguments from the program; what stands behind the script, module or code is the program's own."""
    flags = {flag: action for action in parser._actions for flag in action.option_strings}
    before: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            if rest:
                return before, Program("script", rest[0], tuple(rest[1:]))
            break
        if not argument.startswith("-") or argument == "-":
            return before, Program("script", argument, tuple(rest))
        if argument.startswith("--"):
            before.append(argument)
            if argument == "--otlp":
                if rest and "://" in rest[0]:  # else it is the script
                    before[-1] = f"{argument}={rest.pop(0)}"
            elif rest and _takes_value(flags.get(argument)):
                before.append(rest.pop(0))
            continue
        for end, letter in enumerate(argument[1:], 2):
            if letter in "mc":
                before += [argument[: end - 1]] if end > 2 else []
                text = argument[end:] or (rest.pop(0) if rest else "")
                if not text:
                    parser.error(f"argument -{letter}: expected one argument")
                return before, Program("module" if letter == "m" else "code", text, tuple(rest))
            if _takes_value(flags.get(f"-{letter}")):
                before += [argument] if argument[end:] or not rest else [argument, rest.pop(0)]
                break
        else:
            before.append(argument)
    return before, None


def _takes_value(action: argparse.Action | None) -> bool:
    return action is not None and action.nargs != 0
