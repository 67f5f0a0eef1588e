"""Long work as it is asked for: checked, kept as a job, and the same job again for the same Idempotency-Key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from api.jobs import batch, records
from api.jobs.batch_spec import spec_of
from api.routes.common import writing
from api.schemas import AskBatch, AskPlan, AskPlanJob
from api.security import Action, Principal, authorize
from api.store import Store, Transaction, keys, scenarios
from api.store.database import to_text
from data.change import parse_change


def submit_plan(store: Store, who: Principal, asked: AskPlan, key: str | None) -> str:
    """Return the id of the job that makes this plan; asked again with the same key it is the same job."""
    kind = asked.kind if isinstance(asked, AskPlanJob) else "plan"
    request = {"scenario": asked.scenario, "changes": [str(parse_change(c)) for c in asked.changes], "gap": asked.gap,
               "deadline": asked.deadline_s, "relax": asked.relax}  # fmt: skip

    def add(tx: Transaction) -> str:
        scenario = scenarios.get(tx, asked.scenario)
        return records.submit(tx, kind, request, marking=scenario["marking"])

    return _once(store, who, f"{kind}.ask", {"kind": kind, **request}, key, add)


def submit_batch(store: Store, who: Principal, asked: AskBatch, key: str | None) -> str:
    """Return the id of the job that answers every case; TableError lists all that is wrong with them."""
    authorize(who, Action.BATCH)
    given = asked.model_dump(exclude={"kind", "theatre", "deadline_s"}, exclude_none=True)
    given["deadline"] = asked.deadline_s
    spec = spec_of({**given, "theatre": asked.theatre}, asked.name)
    return _once(store, who, "batch.ask", {**given, "theatre": asked.theatre}, key,
                 lambda tx: batch.submit(tx, asked.theatre, spec))  # fmt: skip


def _once(store: Store, who: Principal, action: str, request: dict[str, Any], key: str | None,
          add: Callable[[Transaction], str]) -> str:  # fmt: skip
    with writing(store, who, action) as (tx, subjects):
        if key is not None:
            earlier = keys.remember(tx, key, hashlib.sha256(to_text(request).encode()).hexdigest())
            if earlier is not None:
                subjects.append(earlier["response"]["job"])
                return str(earlier["response"]["job"])
        job_id = add(tx)
        if key is not None:
            keys.answered(tx, key, 202, {"job": job_id})
        subjects.append(job_id)
    return job_id
