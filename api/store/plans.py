"""Plans in the database: the tables, the document, and whether it is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from api.store.database import Transaction
from api.store.errors import MissingError
from api.store.paging import page
from api.store.tables import SHARED, new_id, now, plans
from data.contracts import CERTIFICATE
from data.formats.archive import pack, unpack
from data.plan import Plan
from data.tables import Table


def add(
    tx: Transaction,
    theatre_id: str,
    scenario_id: str,
    plan: Plan,
    document: Mapping[str, Any],
    *,
    changes: Sequence[str] = (),
    marking: str = "",
    job_id: str = "",
    compartment: str | None = None,
    certificate: Table | None = None,
) -> str:
    """Return the id of a plan, kept with its document; it is the scope's own until it is published.

    A job gives its `compartment`, so that a donor's plan solved by a worker is the donor's.
    """
    made = new_id("plan")
    proof = {} if certificate is None else {"certificate": {certificate.name: certificate}}
    row = {
        "id": made, "compartment": tx.scope.home if compartment is None else compartment, "theatre_id": theatre_id,
        "scenario_id": scenario_id, "changes": list(changes), "job_id": job_id, "digest": plan.digest,
        "reason": str(document.get("reason", "")), "gap": document.get("gap"), "marking": marking,
        "document": dict(document), "content": pack({"plan": plan.tables} | proof), "created_by": tx.scope.actor,
    }  # fmt: skip
    tx.connection.execute(sa.insert(plans).values(**row, created_at=now()))
    return made


def get(tx: Transaction, plan_id: str, lock: bool = False) -> dict[str, Any]:
    """Return a plan's row with its document, without its tables; MissingError. With `lock` nobody else changes it."""
    columns = [column for column in plans.c if column.name != "content"]
    seen = sa.select(*columns).where(plans.c.id == plan_id, tx.visible(plans))
    found = tx.rows(seen.with_for_update() if lock else seen)
    if not found:
        raise MissingError(f"no plan '{plan_id}'; GET /v1/plans lists them")
    return found[0]


def load(tx: Transaction, plan_id: str) -> Plan:
    """Return the plan's tables; MissingError."""
    return Plan.of(_content(tx, plan_id).get("plan", {}))


def load_certificate(tx: Transaction, plan_id: str) -> Table:
    """Return the prices that prove the plan's bounds, none where it was kept without; MissingError."""
    held = _content(tx, plan_id).get("certificate", {})
    return Table.of(CERTIFICATE, held.get(CERTIFICATE.name))


def _content(tx: Transaction, plan_id: str) -> dict[str, dict[str, pd.DataFrame]]:
    seen = sa.select(plans.c.content).where(plans.c.id == plan_id, tx.visible(plans))
    content = tx.connection.execute(seen).scalar()
    if content is None:
        raise MissingError(f"no plan '{plan_id}'; GET /v1/plans lists them")
    return unpack(content)


def listed(tx: Transaction, limit: int = 50, after: str = "", theatre_id: str = "") -> list[dict[str, Any]]:
    """Return the plans that the scope sees, newest first, without documents and tables."""
    conditions = [plans.c.theatre_id == theatre_id] if theatre_id else []
    return page(tx, plans, limit, after, *conditions)


def publish(tx: Transaction, plan_id: str) -> None:
    """Make the coalition's plan one that every donor sees; MissingError if the scope may not."""
    shared = {"compartment": SHARED, "published_at": now()}
    done = tx.connection.execute(sa.update(plans).where(plans.c.id == plan_id, tx.writable(plans)).values(shared))
    if done.rowcount == 0:
        raise MissingError(f"no plan '{plan_id}' that may be published here; GET /v1/plans lists them")


def published(tx: Transaction, theatre_id: str) -> dict[str, Any] | None:
    """Return the row of the plan of this theatre that was published last, or None."""
    own = (plans.c.theatre_id == theatre_id, plans.c.compartment == SHARED, plans.c.published_at.is_not(None))
    last = sa.select(plans.c.id).where(*own).order_by(plans.c.published_at.desc(), plans.c.id.desc()).limit(1)
    found = tx.connection.execute(last).scalar()
    return None if found is None else get(tx, str(found))
