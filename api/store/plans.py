"""Plans in the database: the tables, the document, and whether it is published.

A plan is held whole for whose it is. Publishing adds what others may see of it as rows of their own: what is shared,
and each donor's decisions. Bounds, reasons, prices and changes stay in the row of the coalition, which PostgreSQL shows
to nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from api.store.database import Transaction
from api.store.errors import MissingError
from api.store.paging import turned
from api.store.tables import COALITION, SHARED, new_id, now, plan_parts, plans
from data.contracts import CERTIFICATE
from data.formats.archive import merged, pack, unpack
from data.plan import Plan
from data.tables import Table

ABOUT = ("changes", "job_id", "digest", "reason", "gap", "created_by")  # what only those learn whose plan it is
NOTHING: dict[str, Any] = {"changes": [], "job_id": "", "digest": "", "reason": "", "gap": None, "created_by": ""}

# Of a published plan's document: bounds, gaps, reasons and causes of shortfalls depend on floors and caveats of others.
SHOWN = ("schema", "theatre", "scenario", "objectives")
OWNED = "decisions"  # of a published plan's tables: their dates tell lead times, so each donor sees its own


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
    told: Plan | None = None,
) -> str:
    """Return the id of a plan, kept with its document; it is the scope's own until it is published.

    `told` is the plan in the units of the given tables, if it was made on relaxed ones: that is what is read. A job
    gives its `compartment`, so that a donor's plan solved by a worker is the donor's.
    """
    made, home = new_id("plan"), tx.scope.home if compartment is None else compartment
    sets = {"plan": plan.tables} if told is None or told is plan else {"plan": told.tables, "made": plan.tables}
    if certificate is not None:
        sets = {**sets, "certificate": {certificate.name: certificate}}
    tx.connection.execute(sa.insert(plans).values(
        id=made, compartment=home, theatre_id=theatre_id, scenario_id=scenario_id, marking=marking, created_at=now()))
    tx.connection.execute(sa.insert(plan_parts).values(
        plan_id=made, compartment=home, whole=1, changes=list(changes), job_id=job_id, digest=plan.digest,
        reason=str(document.get("reason", "")), gap=document.get("gap"), document=dict(document),
        content=pack(sets), created_by=tx.scope.actor))  # fmt: skip
    return made


def get(tx: Transaction, plan_id: str, lock: bool = False) -> dict[str, Any]:
    """Return a plan with its document, without its tables; MissingError. With `lock` nobody else changes it.

    Who sees no more than is published gets what is published.
    """
    seen = sa.select(plans).where(plans.c.id == plan_id, tx.visible(plans))
    found = tx.rows(seen.with_for_update() if lock else seen)
    if not found:
        raise MissingError(f"no plan '{plan_id}'; GET /v1/plans lists them")
    columns = [plan_parts.c[name] for name in (*ABOUT, "document")]
    shown = sa.select(*columns).where(plan_parts.c.plan_id == plan_id, tx.visible(plan_parts))
    part = tx.rows(shown.order_by(plan_parts.c.whole.desc(), plan_parts.c.compartment).limit(1))
    return {**found[0], **(part[0] if part else {**NOTHING, "document": {}})}


def load(tx: Transaction, plan_id: str) -> Plan:
    """Return the plan's tables as far as the scope sees them; MissingError."""
    return Plan.of(merged(_contents(tx, plan_id)).get("plan", {}))


def load_made(tx: Transaction, plan_id: str) -> Plan:
    """Return the plan as it was made, on relaxed tables in parts of units; MissingError."""
    held = _contents(tx, plan_id)[0]
    return Plan.of(held.get("made", held.get("plan", {})))


def load_certificate(tx: Transaction, plan_id: str) -> Table:
    """Return the prices that prove the plan's bounds, none where it was kept without; MissingError."""
    held = _contents(tx, plan_id)[0].get("certificate", {})
    return Table.of(CERTIFICATE, held.get(CERTIFICATE.name))


def _contents(tx: Transaction, plan_id: str) -> list[dict[str, dict[str, pd.DataFrame]]]:
    """Return the whole content, or the parts that the scope sees of it."""
    seen = sa.select(plan_parts.c.whole, plan_parts.c.content).where(
        plan_parts.c.plan_id == plan_id, tx.visible(plan_parts)
    )
    found = tx.rows(seen.order_by(plan_parts.c.whole.desc(), plan_parts.c.compartment))
    if not found:
        raise MissingError(f"no plan '{plan_id}'; GET /v1/plans lists them")
    return [unpack(row["content"]) for row in (found[:1] if found[0]["whole"] else found)]


def listed(tx: Transaction, limit: int = 50, after: str = "", theatre_id: str = "") -> list[dict[str, Any]]:
    """Return the plans that the scope sees, newest first, without documents and tables."""
    whole = sa.and_(plan_parts.c.plan_id == plans.c.id, plan_parts.c.whole == 1, tx.visible(plan_parts))
    about = [plan_parts.c[name] for name in ABOUT if name != "changes"]
    seen = sa.select(plans, *about).select_from(plans.outerjoin(plan_parts, whole)).where(tx.visible(plans))
    if theatre_id:
        seen = seen.where(plans.c.theatre_id == theatre_id)
    rows = tx.rows(turned(seen, plans, limit, after))
    return [{name: NOTHING.get(name) if value is None else value for name, value in row.items()} for row in rows]


def publish(tx: Transaction, plan_id: str) -> None:
    """Make a plan of the coalition's one that every donor sees; MissingError if the scope may not."""
    own = (plans.c.id == plan_id, tx.writable(plans), plans.c.compartment.in_((COALITION, SHARED)))
    shared = {"compartment": SHARED, "published_at": now()}
    if tx.connection.execute(sa.update(plans).where(*own).values(shared)).rowcount == 0:
        raise MissingError(f"no plan '{plan_id}' that may be published here; GET /v1/plans lists them")
    document, tables = get(tx, plan_id)["document"], load(tx, plan_id).tables
    kept = {name: document[name] for name in SHOWN if name in document}
    rows = [{"compartment": c, "document": kept if c == SHARED else {}, "content": pack({"plan": part})}
            for c, part in divide(tables).items()]  # fmt: skip
    tx.connection.execute(sa.delete(plan_parts).where(plan_parts.c.plan_id == plan_id, plan_parts.c.whole == 0))
    tx.connection.execute(sa.insert(plan_parts), [{"plan_id": plan_id, "whole": 0, **NOTHING, **row} for row in rows])


def divide(tables: Mapping[str, Table]) -> dict[str, dict[str, Table]]:
    """Return what is seen of a published plan's tables by compartment: all but decisions, and each donor's of these."""
    out = {SHARED: {name: table for name, table in tables.items() if name != OWNED}}
    frame = tables[OWNED].frame()
    for donor in sorted(set(frame["donor"])):
        own = frame[frame["donor"] == donor].reset_index(drop=True)
        out[str(donor)] = {OWNED: Table.of(tables[OWNED].contract, own)}
    return out


def published(tx: Transaction, theatre_id: str) -> dict[str, Any] | None:
    """Return the row of the plan of this theatre that was published last, or None."""
    own = (plans.c.theatre_id == theatre_id, plans.c.compartment == SHARED, plans.c.published_at.is_not(None))
    last = sa.select(plans.c.id).where(*own).order_by(plans.c.published_at.desc(), plans.c.id.desc()).limit(1)
    found = tx.connection.execute(last).scalar()
    return None if found is None else get(tx, str(found))
