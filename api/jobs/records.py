"""Jobs as those who ask for them see them: submit, list, follow, stop, retry. All of it is rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from api.jobs.states import AGAIN, OVER, Shard, State, Stopping
from api.store.database import Transaction
from api.store.errors import ConflictError, MissingError
from api.store.tables import artifacts, events, jobs, new_id, now, shards

OVERVIEW = sa.table("jobs_overview", *(sa.column(name) for name in (
    "id", "compartment", "kind", "state", "phase", "reason", "marking", "attempts", "created_at", "created_by",
    "started_at", "finished_at", "shards", "shards_done", "shards_failed")))  # fmt: skip


LAST = 20  # plans of a scenario that tell how long one takes


def submit(
    tx: Transaction,
    kind: str,
    request: Mapping[str, Any],
    specs: Sequence[Mapping[str, Any]] = (),
    *,
    marking: str = "",
    priority: int = 0,
    begin_within: float | None = None,
    most_attempts: int = 3,
) -> str:
    """Return the id of a new job, queued. `specs` are its shards: they are run apart, on any number of workers.

    A higher `priority` is begun first. Not begun within `begin_within` seconds it expires. After `most_attempts` begun
    attempts (a lost worker's count too) it fails.
    """
    made = new_id("job")
    ends = None if begin_within is None else now() + begin_within
    tx.connection.execute(sa.insert(jobs).values(
        id=made, compartment=tx.scope.home, kind=kind, state=State.QUEUED, request=dict(request), marking=marking,
        priority=priority, expires_at=ends, most_attempts=most_attempts, spread=int(bool(specs)), created_at=now(),
        created_by=tx.scope.actor))  # fmt: skip
    if specs:
        tx.connection.execute(sa.insert(shards), [
            {"job_id": made, "number": i, "compartment": tx.scope.home, "state": Shard.WAITING, "spec": dict(spec)}
            for i, spec in enumerate(specs)])  # fmt: skip
    emit(tx, made, "state", {"state": State.QUEUED})
    return made


def get(tx: Transaction, job_id: str, lock: bool = False) -> dict[str, Any]:
    """Return a job's row with the numbers of its shards by state; MissingError. With `lock` nobody else changes it."""
    seen = sa.select(jobs).where(jobs.c.id == job_id, tx.visible(jobs))
    found = tx.rows(seen.with_for_update() if lock else seen)
    if not found:
        raise MissingError(f"no job '{job_id}'; GET /v1/jobs lists them")
    return {**found[0], "shards": shard_counts(tx, job_id)}


def ahead(tx: Transaction, job: Mapping[str, Any]) -> int | None:
    """Return how many queued jobs that the scope sees are begun before this one; None of one that does not wait."""
    if job["state"] != State.QUEUED:
        return None
    same = sa.and_(jobs.c.priority == job["priority"], jobs.c.id < job["id"])
    return queued(tx, sa.or_(jobs.c.priority > job["priority"], same))


def queued(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> int:
    """Return how many jobs that the scope sees are queued."""
    counted = sa.select(sa.func.count()).select_from(jobs)
    own = (jobs.c.state == State.QUEUED, tx.visible(jobs), *conditions)
    return int(tx.connection.execute(counted.where(*own)).scalar_one())


def seconds_of_plans(tx: Transaction, scenario_id: str) -> list[float]:
    """Return the seconds that the last plans of this scenario took, with whatever changes, those that succeeded."""
    own = (jobs.c.kind == "plan", jobs.c.state == State.SUCCEEDED, tx.visible(jobs),
           jobs.c.request["scenario"].as_string() == scenario_id)  # fmt: skip
    last = sa.select(jobs.c.started_at, jobs.c.finished_at).where(*own).order_by(jobs.c.id.desc()).limit(LAST)
    return [row["finished_at"] - row["started_at"] for row in tx.rows(last)]


def shard_counts(tx: Transaction, job_id: str) -> dict[str, int]:
    """Return the number of a job's shards by state."""
    counted = sa.select(shards.c.state, sa.func.count()).where(shards.c.job_id == job_id).group_by(shards.c.state)
    found = {str(state): int(count) for state, count in tx.connection.execute(counted)}
    return {state: found.get(state, 0) for state in Shard}


def listed(tx: Transaction, limit: int = 50, after: str = "", state: str = "") -> list[dict[str, Any]]:
    """Return the jobs that the scope sees, newest first, with the numbers of their shards."""
    seen = sa.select(OVERVIEW).where(tx.visible(OVERVIEW))  # type: ignore[arg-type]
    if after:
        seen = seen.where(OVERVIEW.c.id < after)
    if state:
        seen = seen.where(OVERVIEW.c.state == state)
    return tx.rows(seen.order_by(OVERVIEW.c.id.desc()).limit(limit))


def shard_rows(
    tx: Transaction, job_id: str, state: str = "", after: int = -1, limit: int = 1000
) -> list[dict[str, Any]]:
    """Return a job's shards in order from the one after number `after`, of one state if given."""
    get_visible(tx, job_id)
    seen = sa.select(shards).where(shards.c.job_id == job_id, shards.c.number > after)
    if state:
        seen = seen.where(shards.c.state == state)
    return tx.rows(seen.order_by(shards.c.number).limit(limit))


def get_visible(tx: Transaction, job_id: str) -> str:
    """Return the state of a job that the scope sees; MissingError."""
    state = tx.connection.execute(sa.select(jobs.c.state).where(jobs.c.id == job_id, tx.visible(jobs))).scalar()
    if state is None:
        raise MissingError(f"no job '{job_id}'; GET /v1/jobs lists them")
    return str(state)


def emit(tx: Transaction, job_id: str, event: str, data: Mapping[str, Any]) -> int:
    """Return the number of the event added to a job: 1, 2, 3 … without gaps, so that a listener can go on after any."""
    counted = sa.update(jobs).where(jobs.c.id == job_id).values(events=jobs.c.events + 1)
    seq, compartment = tx.connection.execute(counted.returning(jobs.c.events, jobs.c.compartment)).one()
    tx.connection.execute(sa.insert(events).values(
        job_id=job_id, seq=seq, compartment=compartment, at=now(), event=event, data=dict(data)))  # fmt: skip
    return int(seq)


def events_after(tx: Transaction, job_id: str, seq: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    """Return a job's events after number `seq`: what a listener sends as Last-Event-ID; each seq, at, event, data."""
    get_visible(tx, job_id)
    columns = (events.c.seq, events.c.at, events.c.event, events.c.data)
    return tx.rows(sa.select(*columns).where(events.c.job_id == job_id, events.c.seq > seq)
                   .order_by(events.c.seq).limit(limit))  # fmt: skip


def stop(tx: Transaction, job_id: str, how: Stopping) -> None:
    """Ask a job to stop. What waits is over at once; so is an aborted job, whatever its worker still does.

    MissingError if the scope may not, ConflictError if the job is over.
    """
    own = (jobs.c.id == job_id, jobs.c.state.not_in(OVER), tx.writable(jobs))
    seen = sa.select(jobs.c.state).where(*own).with_for_update()
    state = tx.connection.execute(seen).scalar()
    if state is None:
        raise ConflictError(f"job '{job_id}' is {get_visible(tx, job_id)} and cannot be stopped")
    if how is Stopping.ABORT or state != State.RUNNING:
        cancelled = {"state": State.CANCELLED, "phase": "", "stop": how, "owner": "", "finished_at": now()}
        tx.connection.execute(sa.update(jobs).where(*own).values(cancelled))
        emit(tx, job_id, "state", {"state": State.CANCELLED})
        return
    tx.connection.execute(sa.update(jobs).where(*own).values(stop=how))
    emit(tx, job_id, "stop", {"how": how})


def retry(tx: Transaction, job_id: str) -> None:
    """Queue a job again that did not succeed; shards that are done are kept. ConflictError for any other."""
    queued = {"state": State.QUEUED, "phase": "", "reason": "", "error": None, "stop": "", "attempts": 0, "owner": "",
              "expires_at": None, "finished_at": None}  # fmt: skip
    own = (jobs.c.id == job_id, tx.writable(jobs))
    partly = sa.exists().where(shards.c.job_id == job_id, shards.c.state == Shard.FAILED)
    again = sa.or_(jobs.c.state.in_(AGAIN), sa.and_(jobs.c.state == State.SUCCEEDED, partly))
    if tx.connection.execute(sa.update(jobs).where(*own, again).values(queued)).rowcount == 0:
        raise ConflictError(f"job '{job_id}' is {get_visible(tx, job_id)}; only what did not succeed is run again")
    waiting = {"state": Shard.WAITING, "attempts": 0, "owner": "", "error": None}
    tx.connection.execute(
        sa.update(shards).where(shards.c.job_id == job_id, shards.c.state != Shard.DONE).values(waiting)
    )
    emit(tx, job_id, "state", {"state": State.QUEUED})


def artifact(tx: Transaction, job_id: str, name: str) -> dict[str, Any]:
    """Return a file that a job left: `content`, `media`, `marking`, `digest`; MissingError."""
    seen = sa.select(artifacts).where(artifacts.c.job_id == job_id, artifacts.c.name == name, tx.visible(artifacts))
    found = tx.rows(seen)
    if not found:
        raise MissingError(f"job '{job_id}' has left no '{name}'")
    return found[0]


def artifact_names(tx: Transaction, job_id: str) -> list[str]:
    """Return the names of the files that a job left."""
    own = (artifacts.c.job_id == job_id, tx.visible(artifacts))
    return list(tx.connection.execute(sa.select(artifacts.c.name).where(*own).order_by(artifacts.c.name)).scalars())


