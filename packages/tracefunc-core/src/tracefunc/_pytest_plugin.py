"""The pytest plugin, once it has been asked for: a trace for each test, shown with those that fail.

`_tracefunc_pytest`, which pytest loads at its start, imports this module when an option or the fixture is used.
"""

from __future__ import annotations

import os
import re
import warnings
import zlib
from typing import Any

import pytest

from tracefunc._config import defaults, tracer_options
from tracefunc._tracer import Tracer
from tracefunc.errors import TraceError, TraceWarning
from tracefunc.model import Trace
from tracefunc.text import annotate

__all__ = ["Plugin", "plugin_of"]

_TITLE = "tracefunc"
_KEY = pytest.StashKey["Plugin"]()


def plugin_of(config: pytest.Config) -> Plugin:
    """Return the plugin of a pytest session, made and registered when it is first asked for."""
    if _KEY not in config.stash:
        plugin = config.stash[_KEY] = Plugin(config)
        config.pluginmanager.register(plugin, "tracefunc-traces")
    return config.stash[_KEY]


class Plugin:
    """Traces the targets of `--tracefunc` in each test, and keeps the tracers that the fixture started.

    The trace is added to the reports of a test as a section, which xdist brings from its workers.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._all = bool(config.getoption("tracefunc_all"))
        self._folder: str | None = config.getoption("tracefunc_dir")
        self._base = str(config.invocation_params.dir)
        try:
            self._settings = defaults(folder=str(config.rootpath))
            self._options = tracer_options(self._settings)
            targets = config.getoption("tracefunc")
            self._tracer = Tracer(*targets, **self._options) if targets else None
        except TraceError as error:
            raise pytest.UsageError(f"--tracefunc: {error}") from error
        self._running: list[Tracer] = []
        self._notes: set[str] | None = None  # of all tests, and so of none that was traced in one of them
        self._shown = False  # whether a section was added to a report of the test

    def start(self, targets: tuple[object, ...], options: dict[str, Any]) -> Tracer:
        """Start a tracer whose trace is shown if the test fails."""
        tracer = Tracer(*targets, **{**self._options, **options})
        tracer.start()
        self._running.append(tracer)
        return tracer

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Any:
        self._end()  # the first run of a test that is run again has no end
        self._shown = False
        if self._tracer is not None:
            self._running.append(self._tracer.start())
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report: pytest.TestReport = yield
        if report.failed or (self._all and call.when == "call"):
            for number, tracer in enumerate(self._running):
                report.sections.append((_TITLE, self._text(tracer.trace(), item, number)))
            self._shown = True
        if call.when == "teardown":
            self._store(item)
            self._end()
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._end()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["tracefunc_notes"] = None if self._notes is None else sorted(self._notes)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        notes = (getattr(node, "workeroutput", None) or {}).get("tracefunc_notes")
        self._keep_notes(notes)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show what pytest did not show with its failures."""
        option = self._config.option
        failed_are_shown = option.tbstyle != "no" and option.showcapture == "all"
        passed_are_shown = bool({"P", "A"} & set(terminalreporter.reportchars))
        heading = False
        for category, reports in terminalreporter.stats.items():
            for report in reports:
                sections = [text for title, text in getattr(report, "sections", ()) if title == _TITLE]
                shown = failed_are_shown if report_failed(report) else passed_are_shown and category == "passed"
                if shown or not sections:
                    continue
                if not heading:
                    terminalreporter.section("tracefunc")
                    heading = True
                terminalreporter.write_sep("_", f"{report.nodeid} ({category})")
                for text in sections:
                    terminalreporter.write_line(text)
        for note in sorted(self._notes or ()):
            terminalreporter.write_line(f"tracefunc: {note}", yellow=True)

    def _text(self, trace: Trace, item: pytest.Item, number: int) -> str:
        has_terminal = self._config.pluginmanager.has_plugin("terminalreporter")
        settings: dict[str, Any] = {"width": self._config.get_terminal_writer().fullwidth if has_terminal else None}
        settings.update((name, self._settings[name]) for name in ("width", "max_chars") if name in self._settings)
        if not any(function.calls for function in trace.functions):
            return "no call of a target in this test"
        text = annotate(trace, **settings)
        if self._folder is None:
            return text
        return f"{text}\n\nstored in {os.path.join(self._folder, self._file(item, number))}"

    def _store(self, item: pytest.Item) -> None:
        for number, tracer in enumerate(self._running):
            trace = _stopped(tracer)
            if tracer is self._tracer:
                self._keep_notes(trace.notes)
            if self._shown and self._folder is not None and any(function.calls for function in trace.functions):
                folder = os.path.join(self._base, self._folder)
                os.makedirs(folder, exist_ok=True)
                trace.save(os.path.join(folder, self._file(item, number)))

    def _file(self, item: pytest.Item, number: int) -> str:
        """Return the name of a test's file: its node id, as far as such a name can hold it, and a sum of the whole."""
        name = re.sub(r"[^\w.\[\]=-]+", "-", item.nodeid)[-100:].strip("-.")
        last = f".{number}" if number else ""
        return f"{name}-{zlib.crc32(item.nodeid.encode('utf-8', 'replace')):08x}{last}.jsonl"

    def _keep_notes(self, notes: Any) -> None:
        if notes is not None:
            self._notes = set(notes) if self._notes is None else self._notes & set(notes)

    def _end(self) -> None:
        while self._running:
            _stopped(self._running.pop())


def _stopped(tracer: Tracer) -> Trace:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceWarning)  # that a target matched nothing is told at the end, for all tests
        return tracer.stop()


def report_failed(report: Any) -> bool:
    """Tell whether pytest counts a report among its failures and errors."""
    return bool(getattr(report, "failed", False))
