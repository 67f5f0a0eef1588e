"""States of a job and of a shard, and what may follow what.

    accepted → queued → running → succeeded | stopped | cancelled | failed | expired
                  ↑________|          (a worker lost or shut down)
                  ↑____________________ retry, of stopped, cancelled, failed, expired
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job stands. Why an answer is as it is stands in `reason`: impossible is a result, not a failure."""

    ACCEPTED = "accepted"  # its rows are being written
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    STOPPED = "stopped"  # as asked, the best kept
    CANCELLED = "cancelled"  # as asked, nothing kept
    FAILED = "failed"
    EXPIRED = "expired"  # not begun by the time it had to be


class Phase(StrEnum):
    """What a running job is at."""

    BUILDING = "building"
    SOLVING = "solving"
    VERIFYING = "verifying"
    WRITING = "writing"


class Shard(StrEnum):
    """Where a shard stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Stopping(StrEnum):
    """How a job is to be stopped."""

    KEEP_BEST = "keep-best"
    ABORT = "abort"


OVER = (State.SUCCEEDED, State.STOPPED, State.CANCELLED, State.FAILED, State.EXPIRED)
AGAIN = (State.STOPPED, State.CANCELLED, State.FAILED, State.EXPIRED)
SHARD_OVER = (Shard.DONE, Shard.FAILED)
