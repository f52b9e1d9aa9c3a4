"""Run a program in this process as `python` would: a script, a folder or zip file, a module, or code.

The program gets `__main__`, `sys.argv` and `sys.path[0]` as its own. Its exceptions go on, `SystemExit` and
`KeyboardInterrupt` too, so that the interpreter ends as it does without tracefunc; the frames of tracefunc are
taken out of the traceback that it prints.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from types import CodeType, ModuleType, TracebackType
from typing import Any, Literal

from tracefunc._behavior import DASH_C_DEDENTS, MODULES_HAVE_CACHED, MODULES_START_WITH_ANNOTATIONS
from tracefunc.errors import TraceError

__all__ = ["Launch", "Program", "end_by_interrupt", "prepare_launch"]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a `script` by its path (`-` is standard input), a `module` by its name, or `code` by its text."""

    kind: Literal["script", "module", "code"]
    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return {"script": self.name, "module": f"-m {self.name}", "code": "-c ..."}[self.kind]


@dataclass(slots=True)
class Launch:
    """A program that has been found as far as that can be done without running code.

    `path` is the file of `__main__`, None for code; of a package it is that of its `__main__.py`. `text` is the source
    where it could be read, `first` what was put before `sys.path`. `ours` are modules that tracefunc has imported and
    of which the program has others under the same names. `interrupted` tells whether a Ctrl-C has ended the program.
    """

    program: Program
    main: ModuleType
    path: str | None = None
    text: bytes | None = None
    importer: bool = False
    interrupted: bool = False
    first: str = ""
    ours: dict[str, ModuleType] = field(default_factory=dict)

    def enter(self) -> None:
        """Make the process that of the program: what is imported from now on is what it means."""
        program = self.program
        sys.argv = [{"code": "-c", "module": "-m", "script": program.name}[program.kind], *program.arguments]
        if self.importer or not sys.flags.safe_path:
            # Where Python has put a folder there itself, it is that of tracefunc's script, or the current one.
            sys.path[: 0 if sys.flags.safe_path else 1] = [self.first]
            for name in _shadowed(self.first):
                self.ours[name] = sys.modules.pop(name)
        sys.modules["__main__"] = self.main

    def leave(self) -> None:
        """Let what is imported from now on be what tracefunc means, not a file of the program with such a name."""
        with suppress(ValueError):
            sys.path.remove(self.first)
        for name, module in list(sys.modules.items()):
            if name in sys.stdlib_module_names and _folder_of(module) == os.path.abspath(self.first):
                del sys.modules[name]
        sys.modules.update(self.ours)

    def run(self) -> None:
        """Run the program; whatever it raises goes on, to be shown as its own."""
        try:
            exec(self._code(), vars(self.main))
        except BaseException as error:
            self.interrupted = isinstance(error, KeyboardInterrupt)
            _show_as_its_own(error)
            raise

    def _code(self) -> CodeType:
        if self.importer or self.program.kind == "module":
            return self._found_by_runpy()
        if self.path is not None and self.path.endswith(".pyc"):
            return _compiled(self.path)
        name = self.path or ("<stdin>" if self.program.kind == "script" else "<string>")
        return compile(self.text or b"", name, "exec", dont_inherit=True)

    def _found_by_runpy(self) -> CodeType:
        import runpy

        find: Any = runpy  # what `python -m` itself calls, and pdb: the public functions would hide `__main__`
        try:
            if self.importer:
                _, spec, code = find._get_main_module_details(_NotFoundError)
            else:
                _, spec, code = find._get_module_details(self.program.name, _NotFoundError)
        except _NotFoundError as error:
            raise SystemExit(f"tracefunc: {error}") from None
        _place(self.main, spec.origin, spec.cached, __loader__=spec.loader, __package__=spec.parent, __spec__=spec)
        if not self.importer:
            sys.argv[0] = spec.origin
        assert isinstance(code, CodeType)
        return code


class _NotFoundError(Exception):
    """There is no such module, or it cannot be run."""


def end_by_interrupt() -> None:
    """Let the process end by the signal of the Ctrl-C that has ended the program, as it would untraced.

    The interpreter remembers it until code is next run from a text, as the making of a named tuple does.
    """
    with suppress(KeyboardInterrupt):
        exec("raise KeyboardInterrupt")


def prepare_launch(program: Program) -> Launch:
    """Find a program; raises `TraceError` when it is not there."""
    launch = Launch(program, _main())
    first = ""  # of sys.path
    if program.kind == "code":
        text = program.name
        if DASH_C_DEDENTS:
            import textwrap

            text = textwrap.dedent(text)
        launch.text = text.encode("utf-8", "surrogateescape")
        _remember("<string>", text)
    elif program.kind == "module":
        first = os.getcwd()
        launch.path = _module_path(program.name, first)
    elif program.name == "-":
        data = launch.text = sys.stdin.buffer.read()
        _place(launch.main, "<stdin>")
        _remember("<stdin>", data.decode("utf-8", "replace"))
    else:
        first = _open(launch)
    launch.first = first
    return launch


def _shadowed(folder: str) -> list[str]:
    """Return the imported modules that a program in a folder has in its own way: `platform`, where it has that file.

    Untraced, the interpreter would not have imported them before the program begins, but for those that are frozen
    into it.
    """
    try:
        stems = {name.partition(".")[0] for name in os.listdir(folder or ".")}
    except OSError:  # a zip file
        return []
    stems -= {"tracefunc", "_tracefunc_pytest", "encodings", "__main__"}
    harmless = (None, os.path.abspath(folder))
    known = list(sys.modules.items())
    return [name for name, module in known if name.partition(".")[0] in stems and _folder_of(module) not in harmless]


def _folder_of(module: object) -> str | None:
    """Return the folder of a module's file, None where it is built or frozen into the interpreter."""
    spec = getattr(module, "__spec__", None)
    return os.path.dirname(spec.origin) if spec is not None and spec.has_location and spec.origin else None


def _main() -> ModuleType:
    """Return a new `__main__`, with the names that this version of Python gives it."""
    from importlib.machinery import BuiltinImporter

    module = ModuleType("__main__")
    names = vars(module)
    names["__loader__"] = BuiltinImporter
    if MODULES_START_WITH_ANNOTATIONS:
        names["__annotations__"] = {}
    names["__builtins__"] = sys.modules["builtins"]
    return module


def _place(main: ModuleType, file: str, cached: str | None = None, **others: object) -> None:
    """Say in a `__main__` where it comes from, as far as this version of Python does in its own."""
    names = vars(main)
    names["__file__"] = file
    if MODULES_HAVE_CACHED:
        names["__cached__"] = cached
    names.update(others)


def _open(launch: Launch) -> str:
    """Read a script, or see that it is a folder or zip file; return what belongs into `sys.path[0]`."""
    import pkgutil
    from importlib.machinery import SourceFileLoader, SourcelessFileLoader

    name = launch.program.name
    launch.path = os.path.join(os.getcwd(), name)
    if os.path.exists(name) and pkgutil.get_importer(name) is not None:
        launch.importer = True
        launch.path = os.path.join(launch.path, "__main__.py")
        return os.path.abspath(name)
    try:
        with open(name, "rb") as file:
            launch.text = file.read()
    except OSError as error:
        raise TraceError(f"can't open {name!r}: {error.strerror}") from error
    loader = SourcelessFileLoader if name.endswith(".pyc") else SourceFileLoader
    _place(launch.main, launch.path, __loader__=loader("__main__", launch.path))
    return os.path.dirname(os.path.realpath(name))


def _module_path(name: str, folder: str) -> str | None:
    """Return the file of a module that is not imported yet, None where finding it would run code.

    Raises `TraceError` where there is none.
    """
    from importlib.machinery import PathFinder
    from importlib.util import find_spec

    top, *rest = name.split(".")
    if not all([top, *rest]):
        raise TraceError(f"-m {name}: expected the name of a module, such as package.module")
    folders = sys.path if sys.flags.safe_path else [folder, *sys.path[1:]]
    spec = PathFinder.find_spec(top, folders) or find_spec(top)
    path = top
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            break
        path = f"{path}.{part}"
        spec = PathFinder.find_spec(path, list(spec.submodule_search_locations))
    if spec is None and path == top:
        raise TraceError(f"there is no module named {path!r}")
    if spec is not None and spec.submodule_search_locations is not None:
        spec = PathFinder.find_spec(f"{path}.__main__", list(spec.submodule_search_locations))
    return spec.origin if spec is not None and spec.has_location else None


def _compiled(path: str) -> CodeType:
    from importlib.machinery import SourcelessFileLoader

    code = SourcelessFileLoader("__main__", path).get_code("__main__")
    assert code is not None
    return code


def _remember(name: str, text: str) -> None:
    """Let the text of code that has no file be found."""
    import linecache

    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name


def _show_as_its_own(error: BaseException) -> None:
    """Let the traceback that the interpreter will print begin with the program's first frame."""
    if isinstance(error, SystemExit):
        return
    traceback = error.__traceback__
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    hook = getattr(sys, "excepthook", sys.__excepthook__)

    def shown(kind: type[BaseException], value: BaseException, whole: TracebackType | None) -> object:
        sys.excepthook = hook
        if value is error:
            sys.last_traceback = value.__traceback__ = whole = traceback
        return hook(kind, value, whole)

    sys.excepthook = shown


def _is_ours(traceback: TracebackType) -> bool:
    names = traceback.tb_frame.f_globals
    return names.get("__package__") == __package__ or names.get("__name__") in ("runpy", "importlib._bootstrap")
