"""Jobs and shards as workers take them: claimed one by one, leased on the database's clock, every write fenced.

A claim is (owner, attempt). Whoever lets a lease run out may find the row claimed by another; then its writes change
nothing, and LostClaimError says so. An attempt counts from the claim on, so that work which kills its worker ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from api.jobs.records import emit, shard_counts
from api.jobs.states import Phase, Shard, State
from api.store.database import Transaction
from api.store.tables import artifacts, jobs, now, shards

LOST = "lost"  # how a job is to stop that is over: what is worked out for it is dropped
GIVEN_UP = {"code": "worker-lost", "message": "its worker was lost at every attempt; look for lack of memory"}


class LostClaimError(Exception):
    """The claim is another's by now, or the job is over: what was worked out is dropped."""


@dataclass(frozen=True)
class Claim:
    """A job that this owner runs: whole, or of one with shards its closing."""

    job_id: str
    kind: str
    compartment: str
    created_by: str
    marking: str
    request: Mapping[str, Any]
    owner: str
    attempt: int


@dataclass(frozen=True)
class ShardClaim:
    """A shard that this owner runs."""

    job_id: str
    kind: str
    number: int
    compartment: str
    created_by: str
    spec: Mapping[str, Any]
    owner: str
    attempt: int


@dataclass(frozen=True)
class ShardEnd:
    """How a claimed shard ended: its result, or the error that no second attempt would change."""

    claim: ShardClaim
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = field(default=None)


def sweep(tx: Transaction) -> None:
    """End what nobody will finish: jobs not begun in time, jobs and shards whose worker was lost too often."""
    late = sa.select(jobs.c.id).where(jobs.c.state == State.QUEUED, jobs.c.expires_at < now())
    for job_id in _locked(tx, late):
        _end(tx, job_id, State.EXPIRED)
    lost = sa.select(jobs.c.id).where(
        jobs.c.state == State.RUNNING, jobs.c.owner != "", jobs.c.lease_until < now(),
        jobs.c.attempts >= jobs.c.most_attempts)  # fmt: skip
    for job_id in _locked(tx, lost):
        _end(tx, job_id, State.FAILED, error=GIVEN_UP)
    lost_shard = (shards.c.state == Shard.RUNNING, shards.c.lease_until < now())
    left = sa.exists().where(jobs.c.id == shards.c.job_id, jobs.c.stop != "")
    tx.connection.execute(sa.update(shards).where(*lost_shard, left).values(state=Shard.WAITING, owner=""))
    spent = sa.exists().where(jobs.c.id == shards.c.job_id, shards.c.attempts >= jobs.c.most_attempts)
    failed = {"state": Shard.FAILED, "owner": "", "error": GIVEN_UP, "finished_at": now()}
    tx.connection.execute(sa.update(shards).where(*lost_shard, spent).values(failed))


def _locked(tx: Transaction, query: sa.Select[Any]) -> list[str]:
    return list(tx.connection.execute(query.with_for_update(skip_locked=True)).scalars())


def _end(tx: Transaction, job_id: str, state: State, **values: Any) -> None:
    ended = {"state": state, "phase": "", "owner": "", "finished_at": now(), **values}
    tx.connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(ended))
    emit(tx, job_id, "state", {"state": state, **{k: v for k, v in values.items() if k in ("reason", "error")}})


def claim_job(tx: Transaction, owner: str, lease: float, job_id: str = "") -> Claim | None:
    """Return the next job to run whole, claimed for `lease` seconds, or None; of a job with shards its closing.

    Next are queued jobs, and running ones whose lease is over; the highest priority first, then the oldest.
    """
    free = sa.or_(jobs.c.state == State.QUEUED, sa.and_(jobs.c.state == State.RUNNING, jobs.c.lease_until < now()))
    open_shards = sa.exists().where(shards.c.job_id == jobs.c.id, _to_wait_for())
    closing = sa.and_(jobs.c.state.in_((State.QUEUED, State.RUNNING)), ~open_shards,
                      sa.or_(jobs.c.owner == "", jobs.c.lease_until < now()))  # fmt: skip
    ready = sa.or_(sa.and_(jobs.c.spread == 0, free), sa.and_(jobs.c.spread == 1, closing))
    query = sa.select(jobs).where(ready, jobs.c.attempts < jobs.c.most_attempts)
    if job_id:
        query = query.where(jobs.c.id == job_id)
    found = tx.rows(query.order_by(jobs.c.priority.desc(), jobs.c.id).limit(1).with_for_update(skip_locked=True))
    if not found:
        return None
    row = found[0]
    phase = Phase.WRITING if row["spread"] else Phase.BUILDING
    taken = {"state": State.RUNNING, "phase": phase, "owner": owner, "attempts": jobs.c.attempts + 1,
             "lease_until": now() + lease, "started_at": sa.func.coalesce(jobs.c.started_at, now())}  # fmt: skip
    tx.connection.execute(sa.update(jobs).where(jobs.c.id == row["id"]).values(taken))
    emit(tx, row["id"], "state", {"state": State.RUNNING, "phase": phase, "attempt": row["attempts"] + 1})
    return Claim(row["id"], row["kind"], row["compartment"], row["created_by"], row["marking"], row["request"], owner,
                 row["attempts"] + 1)  # fmt: skip


def _to_wait_for() -> sa.ColumnElement[bool]:
    """Return the condition on shards that a job still waits for: of one asked to stop only those that run.

    A shard that is over stays so while the job runs, so that a job with none left to wait for stays ready to close.
    """
    return sa.or_(shards.c.state == Shard.RUNNING, sa.and_(shards.c.state == Shard.WAITING, jobs.c.stop == ""))


def claim_shards(
    tx: Transaction, owner: str, lease: float, most: int, job_id: str = "", lost_first: bool = True
) -> list[ShardClaim]:
    """Return up to `most` shards of one job, claimed for `lease` seconds; a shard whose lease ran out comes alone.

    The one that comes alone may be what killed its worker: others are not to be lost with it. It comes before fresh
    ones, or with `lost_first` unset after them, which spares a look.
    """
    going = (jobs.c.spread == 1, jobs.c.state.in_((State.QUEUED, State.RUNNING)), jobs.c.stop == "")
    joined = sa.select(shards, jobs.c.created_by, jobs.c.kind).join(jobs, jobs.c.id == shards.c.job_id).where(*going)
    if job_id:
        joined = joined.where(jobs.c.id == job_id)
    joined = joined.order_by(jobs.c.priority.desc(), jobs.c.id, shards.c.number)
    fresh = joined.where(shards.c.state == Shard.WAITING, shards.c.attempts == 0).limit(most)
    left = joined.where(sa.or_(sa.and_(shards.c.state == Shard.RUNNING, shards.c.lease_until < now()),
                               sa.and_(shards.c.state == Shard.WAITING, shards.c.attempts > 0)),
                        shards.c.attempts < jobs.c.most_attempts).limit(1)  # fmt: skip
    found: list[dict[str, Any]] = []
    for query in (left, fresh) if lost_first else (fresh, left):
        found = tx.rows(query.with_for_update(skip_locked=True, of=shards))
        if found:
            break
    found = [row for row in found if row["job_id"] == found[0]["job_id"]]
    if not found:
        return []
    first = found[0]["job_id"]
    began = {"state": State.RUNNING, "phase": Phase.SOLVING, "started_at": now()}
    if tx.connection.execute(
        sa.update(jobs).where(jobs.c.id == first, jobs.c.state == State.QUEUED).values(began)
    ).rowcount:
        emit(tx, first, "state", {"state": State.RUNNING, "phase": Phase.SOLVING})
    taken = {"state": Shard.RUNNING, "owner": owner, "attempts": shards.c.attempts + 1, "lease_until": now() + lease}
    numbers = [row["number"] for row in found]
    tx.connection.execute(
        sa.update(shards).where(shards.c.job_id == first, shards.c.number.in_(numbers)).values(taken)
    )
    return [ShardClaim(first, row["kind"], row["number"], row["compartment"], row["created_by"], row["spec"], owner,
                       row["attempts"] + 1) for row in found]  # fmt: skip


def renew(tx: Transaction, owner: str, lease: float) -> None:
    """Lengthen every lease of this owner."""
    until = now() + lease
    for table, running in ((jobs, State.RUNNING), (shards, Shard.RUNNING)):
        own = (table.c.owner == owner, table.c.state == running)
        tx.connection.execute(sa.update(table).where(*own).values(lease_until=until))


def asked_to_stop(tx: Transaction, job_id: str) -> str:
    """Return how a job that runs is asked to stop: "" if it is not, LOST if it is over, or there is none."""
    found = tx.rows(sa.select(jobs.c.stop, jobs.c.state).where(jobs.c.id == job_id))
    return str(found[0]["stop"]) if found and found[0]["state"] == State.RUNNING else LOST


def _fence(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return (jobs.c.id == claim.job_id, jobs.c.owner == claim.owner, jobs.c.attempts == claim.attempt,
            jobs.c.state == State.RUNNING)  # fmt: skip


def progress(tx: Transaction, claim: Claim, phase: str, data: Mapping[str, Any]) -> None:
    """Tell how far a claimed job is; LostClaimError if it is another's."""
    if tx.connection.execute(sa.update(jobs).where(*_fence(claim)).values(phase=phase)).rowcount == 0:
        raise LostClaimError(claim.job_id)
    emit(tx, claim.job_id, "progress", {"phase": phase, **data})


def finish(tx: Transaction, claim: Claim, state: State, **values: Any) -> None:
    """End a claimed job: `reason`, `result`, `error` as given. LostClaimError if it is another's: roll all back."""
    if tx.connection.execute(sa.update(jobs).where(*_fence(claim)).values(phase="")).rowcount == 0:
        raise LostClaimError(claim.job_id)
    _end(tx, claim.job_id, state, **values)


def release(tx: Transaction, owner: str) -> None:
    """Give back everything that this owner holds, uncounted: it shuts down, and others go on."""
    given = {"state": State.QUEUED, "phase": "", "owner": "", "attempts": jobs.c.attempts - 1}
    own = (jobs.c.owner == owner, jobs.c.state == State.RUNNING)
    for job_id in tx.connection.execute(sa.update(jobs).where(*own).values(given).returning(jobs.c.id)).scalars().all():
        emit(tx, job_id, "state", {"state": State.QUEUED})
    freed = {"state": Shard.WAITING, "owner": "", "attempts": shards.c.attempts - 1}
    tx.connection.execute(
        sa.update(shards).where(shards.c.owner == owner, shards.c.state == Shard.RUNNING).values(freed)
    )


class Committed(NamedTuple):
    """How many ends were taken, and how many shards of their job wait still."""

    taken: int
    waiting: int


def commit_shards(tx: Transaction, ends: Sequence[ShardEnd]) -> Committed:
    """Return how many of these ends were taken: one whose claim is lost, or whose job is over, changes nothing.

    Sent twice, as after a connection lost while committing, they are taken once.
    """
    taken = 0
    for end in ends:
        own = end.claim
        state = Shard.FAILED if end.result is None else Shard.DONE
        running = sa.exists().where(jobs.c.id == own.job_id, jobs.c.state == State.RUNNING)
        fenced = sa.update(shards).where(
            shards.c.job_id == own.job_id, shards.c.number == own.number, shards.c.owner == own.owner,
            shards.c.attempts == own.attempt, shards.c.state == Shard.RUNNING, running)  # fmt: skip
        values = {"state": state, "result": end.result, "error": end.error, "finished_at": now()}
        taken += tx.connection.execute(fenced.values(values)).rowcount
    counts = shard_counts(tx, ends[0].claim.job_id)
    if taken:
        emit(tx, ends[0].claim.job_id, "progress", {"phase": Phase.SOLVING, **counts})
    return Committed(taken, counts[Shard.WAITING])


def keep(tx: Transaction, claim: Claim, name: str, media: str, content: bytes, digest: str) -> None:
    """Keep a file that a claimed job leaves, in place of an earlier attempt's."""
    tx.connection.execute(sa.delete(artifacts).where(artifacts.c.job_id == claim.job_id, artifacts.c.name == name))
    tx.connection.execute(sa.insert(artifacts).values(
        job_id=claim.job_id, name=name, compartment=claim.compartment, marking=claim.marking, media=media,
        digest=digest, content=content))  # fmt: skip


def forget_owners(tx: Transaction, owners: Sequence[str]) -> None:
    """End the leases of owners that are known to be dead, so that nobody waits for them to run out."""
    for table in (jobs, shards):
        tx.connection.execute(sa.update(table).where(table.c.owner.in_(owners)).values(lease_until=0.0))


def owners_like(tx: Transaction, beginning: str) -> list[str]:
    """Return the owners of running jobs and shards whose names begin so."""
    found: set[str] = set()
    for table in (jobs, shards):
        held = sa.select(table.c.owner).where(table.c.state == State.RUNNING, table.c.lease_until > 0)
        found |= set(tx.connection.execute(held.where(table.c.owner.startswith(beginning, autoescape=True))).scalars())
    return sorted(found)


def give_back(tx: Transaction, taken: Sequence[ShardClaim]) -> None:
    """Let claimed shards wait again, uncounted: they were not begun."""
    for claim in taken:
        freed = {"state": Shard.WAITING, "owner": "", "attempts": shards.c.attempts - 1}
        tx.connection.execute(sa.update(shards).where(
            shards.c.job_id == claim.job_id, shards.c.number == claim.number, shards.c.owner == claim.owner,
            shards.c.attempts == claim.attempt, shards.c.state == Shard.RUNNING).values(freed))  # fmt: skip
