"""One process that keeps bases warm: questions come in by a pipe one at a time, answers go out by it."""

from __future__ import annotations

import gc
import math
import os
import signal
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

import psutil

from api.report import goal_row, plain
from data.problems import CasemateError, Problem, TableError
from data.theatre import Scenario, Theatre
from optimizer.outcome import Limits
from optimizer.session import Session, WhatIf

Key = tuple[str, str, bool]


@dataclass(frozen=True)
class Ask:
    """A question: the base by its digests (and its tables where the process has not got them), changes, limits.

    `explain`: every bound is worked out again from its prices, apart from the optimizer.
    """

    key: Key
    changes: Sequence[str]
    limits: Limits
    tables: tuple[Theatre, Scenario] | None = None
    explain: bool = False


@dataclass(frozen=True)
class Told:
    """What a process says: an answer, an error by its code, or that it needs the tables first."""

    answer: dict[str, Any] | None = None
    code: str = ""
    message: str = ""
    problems: tuple[Problem, ...] = ()
    needs_tables: bool = False

    def read(self) -> dict[str, Any]:
        """Return the answer, or raise the error that the process met."""
        if self.answer is not None:
            return self.answer
        if self.problems:
            raise TableError(self.problems)
        error = CasemateError(self.message)
        error.code = self.code
        raise error


def keep_warm(pipe: Connection, memory_mb: int) -> None:
    """Answer until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends its processes itself
    warm: OrderedDict[Key, Session] = OrderedDict()
    while True:
        try:
            ask: Ask = pipe.recv()
        except EOFError:
            return
        pipe.send(_told(warm, ask))
        while len(warm) > 1 and psutil.Process(os.getpid()).memory_info().rss > memory_mb * 2**20:
            warm.popitem(last=False)
            gc.collect()


def _told(warm: OrderedDict[Key, Session], ask: Ask) -> Told:
    try:
        if ask.key not in warm:
            if ask.tables is None:
                return Told(needs_tables=True)
            # a request brings its own deadline
            warm[ask.key] = Session(*ask.tables, relax=ask.key[2], patience=math.inf)
        warm.move_to_end(ask.key)
        answer = warm[ask.key].ask(list(ask.changes), ask.limits)
        if ask.explain:
            answer = warm[ask.key].certified(answer, ask.limits)
        return Told(answer=described(answer))
    except TableError as error:
        return Told(code=error.code, message=str(error), problems=error.problems)
    except CasemateError as error:
        return Told(code=error.code, message=str(error))
    except MemoryError:
        warm.clear()
        return Told(code="out-of-memory", message="the machine has not enough memory for this theatre")
    except Exception as error:
        warm.pop(ask.key, None)  # what it holds is not known any more
        return Told(code="internal-error", message=f"unexpected error ({type(error).__name__})")


def described(answer: WhatIf) -> dict[str, Any]:
    """Return an answer in plain values: why it stopped, goals with bounds, figures, what moved, what binds."""
    told: dict[str, Any] = plain({
        "reason": answer.reason, "limit": answer.limit, "gap": answer.gap, "started": answer.started,
        "changes": answer.changes, "goals": [goal_row(g) for g in answer.goals], "objectives": answer.objectives,
        "kpis": answer.kpis, "deltas": answer.deltas, "binding": [asdict(b) for b in answer.binding],
        "shipments_changed": [asdict(s) for s in answer.shipments_changed],
        "shortfalls": [asdict(s) for s in answer.shortfalls], "notes": answer.notes, "digest": answer.digests,
        "certificate": None if answer.certificate is None else answer.certificate.digest,
        "base": answer.base, "timings": answer.timings,
    })  # fmt: skip
    return told
