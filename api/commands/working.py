"""The command `worker`: solver processes that take jobs from a database, each begun again if it dies."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from api.errors import ANSWERED, UseError
from api.jobs import Post, work
from api.store import open_store
from optimizer import ProcessPool

MOST_DEATHS = 1000  # of one process; each counts an attempt of what it ran, so that bad work ends long before


def run_worker(database: str, processes: int) -> int:
    """Work until SIGTERM or Ctrl-C; what runs then is queued again for others."""
    if processes < 1:
        raise UseError(f"--processes {processes} makes no sense; give at least 1")
    open_store(database).close()  # brought up to date once, and refused here rather than in every process
    signal.signal(signal.SIGTERM, _leave)
    pool = ProcessPool(processes, most_runs=MOST_DEATHS, preload=("api.jobs.worker",))
    sys.stderr.write(f"casemate: {processes} process(es) wait for work; Ctrl-C ends them\n")
    try:
        for _ in pool.map(work, [Post(database)] * processes):
            pass
    except KeyboardInterrupt:
        sys.stderr.write("casemate: ended; what was running is queued again\n")
    return ANSWERED


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
