"""`tracefunc` sends a trace to an OTLP endpoint, from a run and from a stored trace, and tells what became of it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from tests.export.receivers import Reply, always, http_receiver

CODE = "def f(n):\n    return n and f(n - 1)\nprint(f(3))\nraise SystemExit(6)"


def command(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRACEFUNC_", "OTEL_"))}
    return subprocess.run(
        [sys.executable, "-m", "tracefunc", *arguments],
        cwd=folder,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_sends_its_calls_as_spans(tmp_path: Path) -> None:
    """To the endpoint that is named, or to that of the variables, when the program has ended."""
    with http_receiver() as receiver:
        named = command("run", "-t", "f", "--otlp", receiver.endpoint, "-c", CODE, folder=tmp_path)
        base = receiver.endpoint.removesuffix("/v1/traces")
        found = command("run", "-t", "f", "--otlp", "-c", CODE, folder=tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=base)
        spans = receiver.spans
    assert (named.returncode, named.stdout, found.returncode, found.stdout) == (6, "0\n", 6, "0\n")
    assert [span.name for span in spans] == ["f"] * 8 or {span.name.rpartition(".")[2] for span in spans} == {"f"}
    assert len(spans) == 8
    assert len({span.trace_id for span in spans}) == 2
    assert "Traceback" not in named.stderr + found.stderr


def test_a_stored_trace_is_sent(tmp_path: Path) -> None:
    """`export --format otlp` takes the endpoint as its destination, and options of the format."""
    command("run", "-q", "-t", "f", "-o", "t.jsonl", "-c", CODE, folder=tmp_path)
    with http_receiver() as receiver:
        arguments = ("export", "t.jsonl", "--format", "otlp", "--option", "service=shop", "-o", receiver.endpoint)
        done = command(*arguments, folder=tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
        assert len(receiver.spans) == 4
    assert "4" in done.stderr


def test_what_was_refused_is_told(tmp_path: Path) -> None:
    """A run keeps the program's exit code; an export has failed."""
    with http_receiver(always(Reply(status=400))) as receiver:
        ran = command("run", "-t", "f", "-o", "t.jsonl", "--otlp", receiver.endpoint, "-c", CODE, folder=tmp_path)
        sent = command("export", "t.jsonl", "--format", "otlp", "-o", receiver.endpoint, folder=tmp_path)
    assert (ran.returncode, ran.stdout, sent.returncode, sent.stdout) == (6, "0\n", 1, "")
    for done in (ran, sent):
        assert "400" in done.stderr
        assert "Traceback" not in done.stderr
    assert "written: t.jsonl\n" in ran.stderr


def test_a_receiver_that_is_not_there_is_told_in_a_few_words(tmp_path: Path) -> None:
    """What OpenTelemetry logs of its retries is not shown besides."""
    command("run", "-q", "-t", "f", "-o", "t.jsonl", "-c", CODE, folder=tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound, and nobody listens
        arguments = ("--format", "otlp", "--option", "timeout=2", "-o", endpoint)
        done = command("export", "t.jsonl", *arguments, folder=tmp_path)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first == "tracefunc: 4 spans: 0 accepted, 0 refused, 4 lost"
    assert "no connection" in second
