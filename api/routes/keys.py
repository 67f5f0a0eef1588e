"""API keys: made, listed, revoked; a key is shown once, when it is made, and kept as a hash."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.report import plain
from api.routes.common import PROBLEMS, After, Limit, Open, RowId, page, reading, writing
from api.routes.guard import Guarded
from api.schemas import NewKey, Page
from api.security import Keeper
from api.store import keys

router = APIRouter(route_class=Guarded, prefix="/v1/keys", tags=["keys"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 413, 422)})  # fmt: skip


@router.post("", status_code=201)
def add(store: Open, who: Keeper, asked: NewKey) -> dict[str, Any]:
    """Return a new key, in clear this once."""
    with writing(store, who, "key.add") as (tx, subjects):
        key = keys.add(tx, asked.name, [str(role) for role in asked.roles], asked.donors, asked.days)
        row = keys.row_of(tx, key)  # the shortest time there is may be over by now
        subjects.append(row["id"])
    return plain({**row, "key": key})


@router.get("")
def listed(store: Open, who: Keeper, response: Response, after: After = "", limit: Limit = 50) -> Page:
    """Return the keys without what they are known by, newest first, revoked ones too."""
    with reading(store, who) as tx:
        return page(keys.listed(tx, limit, after), limit, response)


@router.delete("/{key_id:row}", status_code=204)
def revoke(store: Open, who: Keeper, key_id: RowId) -> None:
    """Make a key worthless from now on."""
    with writing(store, who, "key.revoke", key_id) as (tx, _):
        keys.revoke(tx, key_id)
