"""A worker: takes jobs and shards from the database one after the other, until told to leave.

The work runs in a thread; the main thread keeps the leases, hears what is to be stopped, and notices signals even
while a solver computes. What is killed leaves rows whose leases run out: others take them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from api.errors import INTERNAL, MEMORY
from api.jobs import claims
from api.jobs.claims import Claim, LostClaimError, ShardClaim, ShardEnd
from api.jobs.kinds import KINDS, SHARDS, Work
from api.jobs.owners import host, is_dead, new_owner
from api.jobs.reconnecting import again, opened
from api.jobs.records import get_visible
from api.jobs.solving import Bench
from api.jobs.states import OVER, State, Stopping
from api.store import Scope, Store, Transaction
from data.problems import CasemateError
from optimizer import Stop
from optimizer.outcome import Progress

LEASE = 30.0  # seconds a claim lasts without a sign of life
TELL = 0.5  # seconds between two reports of progress
IDLE = (0.05, 1.0)  # first and longest pause, in seconds, while there is nothing to do
HEAR = 1.0  # seconds between two looks whether what runs is to stop
LOOK = 1.0  # seconds between two looks for jobs to run whole, while there are shards
TURN = 2.0  # seconds of work between two transactions, if shards are short
MOST_AT_ONCE = 32  # shards claimed at a time
SHARE = 4  # of what waits a worker claims no more than one in so many, so that all end together
PATIENCE = 10.0  # seconds a solver has to end after it was told to
STUCK = 75  # exit code of a process whose solver did not end

T = TypeVar("T")


@dataclass(frozen=True)
class Post:
    """Where a worker works: the database, one job alone or all of them, until these are over or for good."""

    url: str
    job_id: str = ""
    lease: float = LEASE
    hears_signals: bool = True  # a process that is another's, as a cluster's, keeps its own handling


@dataclass
class _Now:
    """What the working thread is at, for the main thread to stop."""

    job_id: str = ""
    stop: Stop = field(default_factory=Stop)
    told_at: float | None = None


class Worker:
    """One process's work: claims as `owner`, and what it is at now."""

    def __init__(self, store: Store, post: Post) -> None:
        self.store, self.post, self.owner = store, post, new_owner()
        self.scope = Scope(self.owner)
        self.bench = Bench(store)
        self.leaving = threading.Event()
        self.now = _Now()
        self._each = TURN  # seconds a shard takes, as seen so far
        self._waiting = 0  # shards of the job, as seen last
        self._told = 0.0
        self._looked = 0.0

    # The working thread

    def work(self) -> None:
        """Take and do work until told to leave, or until the post's one job is over."""
        ends: list[ShardEnd] = []
        pause = IDLE[0]
        self._again(self._forget_dead)
        while not self.leaving.is_set():
            job, shards = self._again(partial(self._turn, ends=ends))
            ends = []
            if job is not None:
                self._do_job(job)
            elif shards:
                ends = self._do_shards(shards)
            elif self.post.job_id and self._again(self._over):
                return
            else:
                self.leaving.wait(pause)
                pause = min(2 * pause, IDLE[1])
                self._again(self._forget_dead)
                continue
            pause = IDLE[0]
        if ends:
            self._again(partial(claims.commit_shards, ends=ends))

    def _turn(self, tx: Transaction, ends: list[ShardEnd]) -> tuple[Claim | None, list[ShardClaim]]:
        """Return the next work, claimed, after committing what the last left."""
        if ends:
            self._waiting = claims.commit_shards(tx, ends).waiting
        look = time.monotonic() - self._looked > LOOK
        if look and (job := self._look(tx)) is not None:
            return job, []
        most = max(1, min(MOST_AT_ONCE, int(TURN / max(self._each, 1e-3)), self._waiting // SHARE))
        shards = claims.claim_shards(tx, self.owner, self.post.lease, most, self.post.job_id, lost_first=look)
        return (None if shards or look else self._look(tx)), shards

    def _look(self, tx: Transaction) -> Claim | None:
        """Return the next job to run whole, claimed, after ending what nobody will finish."""
        self._looked = time.monotonic()
        claims.sweep(tx)
        return claims.claim_job(tx, self.owner, self.post.lease, self.post.job_id)

    def _over(self, tx: Transaction) -> bool:
        return get_visible(tx, self.post.job_id) in OVER

    def _forget_dead(self, tx: Transaction) -> None:
        dead = [owner for owner in claims.owners_like(tx, f"{host()}:") if is_dead(owner)]
        if dead:
            claims.forget_owners(tx, dead)

    def _do_job(self, claim: Claim) -> None:
        self.now = _Now(claim.job_id)
        work = Work(self.bench, claim, lambda p: self._tell(claim, p), self.now.stop)
        try:
            ending = KINDS[claim.kind](work)
        except LostClaimError:
            return
        except Exception as error:
            told = _told(error)
            self._again(lambda tx: _unless_lost(lambda: claims.finish(tx, claim, State.FAILED, error=told)))
            return
        finally:
            self.now = _Now()
        if self.leaving.is_set():
            return  # what was cut short is not the answer: it is given back

        def end(tx: Transaction) -> None:
            with tx.connection.begin_nested() as all_of_it:
                result = ending.write(tx)
                try:
                    claims.finish(tx, claim, ending.state, reason=ending.reason, result=dict(result))
                except LostClaimError:
                    all_of_it.rollback()

        self._again(end)

    def _do_shards(self, taken: list[ShardClaim]) -> list[ShardEnd]:
        ends = []
        for claim in taken:
            self.now = _Now(claim.job_id)
            began = time.monotonic()
            end = self._do_shard(claim, self.now.stop)
            if self.leaving.is_set() and self.now.stop.asked:
                break
            ends.append(end)
            self._each += 0.2 * (time.monotonic() - began - self._each)
            if self.now.stop.asked:
                break  # the rest is not begun: it waits again when these are committed
        self.now = _Now()
        if len(ends) < len(taken):
            left = taken[len(ends):]
            self._again(lambda tx: claims.give_back(tx, left))
        return ends

    def _do_shard(self, claim: ShardClaim, stop: Stop) -> ShardEnd:
        try:
            return ShardEnd(claim, result=SHARDS[claim.kind](self.bench, claim, stop))
        except Exception as error:
            return ShardEnd(claim, error=_told(error))

    def _tell(self, claim: Claim, progress: Progress) -> None:
        """Tell a job's progress, not more often than is read, but each new phase."""
        phase = progress.phase if progress.phase in ("building", "verifying", "writing") else "solving"
        if phase == "solving" and time.monotonic() - self._told < TELL:
            return
        self._told = time.monotonic()
        data = {name: getattr(progress, name) for name in ("goal", "round", "value", "bound", "seconds")}
        data = {k: v for k, v in data.items() if v is not None and v == v and abs(_number(v)) != float("inf")}
        self._again(lambda tx: claims.progress(tx, claim, phase, data))

    def _again(self, do: Callable[[Transaction], T]) -> T:
        """Return what `do` returns in a transaction of its own, done again when the connection was lost."""
        return again(self.store, self.scope, do, self.leaving)

    # The main thread

    def watch(self, thread: threading.Thread) -> None:
        """Keep the leases and hear what is to stop, until the work is over; a solver that hangs ends the process.

        A database that is away is asked again at the next beat; the working thread waits for it.
        """
        parent, kept, heard = os.getppid(), time.monotonic(), time.monotonic()
        while thread.is_alive():
            thread.join(min(0.5, self.post.lease / 6))
            if os.getppid() != parent:
                self.leave()
            if self.leaving.is_set():
                pass
            elif time.monotonic() - kept > self.post.lease / 4:
                kept = time.monotonic()
                self._keep_leases()
            elif time.monotonic() - heard > HEAR:
                heard = time.monotonic()
                self._hear()
            told = self.now.told_at
            if told is not None and thread.is_alive() and time.monotonic() - told > PATIENCE:
                self._quit()

    def _keep_leases(self) -> None:
        with contextlib.suppress(sa.exc.OperationalError), self.store.begin(self.scope) as tx:
            claims.renew(tx, self.owner, self.post.lease)

    def _hear(self) -> None:
        """Tell the solver to stop if that is asked of what it solves; looking takes no lock of the database."""
        at, how = self.now, ""
        with contextlib.suppress(sa.exc.OperationalError), self.store.read(self.scope) as tx:
            how = claims.asked_to_stop(tx, at.job_id) if at.job_id else ""
        if how:
            at.stop.set()
            if how != Stopping.KEEP_BEST and at.told_at is None:
                at.told_at = time.monotonic()

    def leave(self) -> None:
        """Leave as soon as can be: what runs is given back."""
        self.leaving.set()
        self.now.stop.set()
        if self.now.told_at is None:
            self.now.told_at = time.monotonic()

    def give_back(self) -> None:
        """Give back what is still held, uncounted."""
        with self.store.begin(self.scope) as tx:
            claims.release(tx, self.owner)

    def _quit(self) -> None:
        try:
            if self.leaving.is_set():
                self.give_back()
        finally:
            os._exit(STUCK)  # a solve in a library cannot be unwound


def work(post: Post) -> int:
    """Work at a post until it is over, or until SIGTERM or SIGINT; return 0. What runs then is queued again."""
    with opened(post.url) as store:
        worker = Worker(store, post)
        failure: list[BaseException] = []

        def run() -> None:
            try:
                worker.work()
            except BaseException as error:
                failure.append(error)

        if post.hears_signals and threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: worker.leave())
        thread = threading.Thread(target=run, name="work", daemon=True)
        thread.start()
        worker.watch(thread)
        if worker.leaving.is_set():
            worker.give_back()
        if failure:
            raise failure[0]
    return 0


def _unless_lost(do: Callable[[], None]) -> None:
    try:
        do()
    except LostClaimError:
        return


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _told(error: Exception) -> dict[str, str]:
    """Return an error as it is kept with a job: its code and message; of an unforeseen one no more than its kind."""
    if isinstance(error, CasemateError):
        return {"code": error.code, "message": str(error)}
    if isinstance(error, MemoryError):
        return {"code": MEMORY, "message": "not enough memory; try fewer workers or a larger machine"}
    return {"code": INTERNAL, "message": f"unexpected error ({type(error).__name__})"}
