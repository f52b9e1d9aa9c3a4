"""Begins the session of a process that a traced program has started; see `_follow`."""

from __future__ import annotations

import sys

from tracefunc._follow import Follow, undisturbed
from tracefunc._job import read_job
from tracefunc._prepare import Prepared
from tracefunc._session import Session

__all__ = ["join"]

_sessions: list[Session] = []  # they live as long as the process


def join(folder: str) -> None:
    """Trace this process, from now to its end, as a part of the session of a folder."""
    command = next((text for text in sys.orig_argv if "import main" in text and "multiprocessing." in text), "")
    if "multiprocessing.resource_tracker" in command:
        return
    job = read_job(folder)
    session = Session(Prepared(), job.options, job.patterns, {}, follow=Follow(job, folder))
    _sessions.append(session)
    if "multiprocessing.forkserver" in command:  # only its forks are of the program
        session.wait_for_fork()
    else:
        with undisturbed():
            session.begin()
