"""The audit log, newest first, and whether its chain is unbroken."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.report import plain
from api.routes.common import PROBLEMS, Limit, Open, reading
from api.routes.guard import Guarded
from api.schemas import Page
from api.security import Auditor
from api.store import audit

router = APIRouter(route_class=Guarded, prefix="/v1/audit", tags=["audit"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 422)})  # fmt: skip


@router.get("")
def listed(
    store: Open, who: Auditor, limit: Limit = 50, after: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Page:
    """Return entries of the log, newest first."""
    with reading(store, who) as tx:
        rows = audit.listed(tx, limit, after)
    return Page(items=[plain(row) for row in rows], next=str(rows[-1]["seq"]) if len(rows) == limit else None)


@router.get("/head")
def head(store: Open, who: Auditor) -> dict[str, Any]:
    """Return the head of the log after the whole chain was verified."""
    with reading(store, who) as tx:
        found = audit.verify(tx)
    return {"seq": found.seq, "hash": found.hash, "at": found.at}
