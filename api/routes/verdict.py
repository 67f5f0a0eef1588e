"""The verdict on a published plan: that it keeps every rule, and digests of what is seen of it, signed.

The certificate is the secretariat's: its prices tell what donors hold back. Whoever sees a published plan may have its
verdict: no plan is published that breaks a rule of the whole theatre, the own floors and caveats among them. The
digests are of the tables as they are sent to who asks, so that nothing of others enters, and a file can be held
against them.
"""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import APIRouter, Request, Response

from api.report import plain
from api.routes.common import PROBLEMS, Open, RowId, mark, reading
from api.routes.forms import written
from api.routes.guard import Guarded
from api.routes.preconditions import tag, unchanged
from api.routes.redaction import redacted_table
from api.security import Principal, Reader
from api.signing import signed
from api.store import ConflictError, plans, theatres
from data.verify import RULES

router = APIRouter(route_class=Guarded, prefix="/v1/plans", tags=["plans"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 422)})  # fmt: skip
KIND = "casemate-verdict"
NOTE = "how good the plan is at most, and the prices that prove it, are the secretariat's"


@router.get("/{plan_id:row}/verdict", response_model=None,
            responses={304: {"description": "as you have it"}, 409: PROBLEMS[409]})  # fmt: skip
def verdict(store: Open, who: Reader, request: Request, response: Response, plan_id: RowId) -> Any:
    """Return that a published plan keeps every rule, with digests of its tables as CSV as they are sent to who asks.

    `signature` is the same as JWS, if the service has a key to sign with. 409 if the plan is not published.
    """
    with reading(store, who) as tx:
        row = plans.get(tx, plan_id)
        if row["published_at"] is None:
            raise ConflictError(f"plan '{plan_id}' is not published; its verdict comes with that")
        theatre, made = theatres.get(tx, row["theatre_id"]), plans.load(tx, plan_id)
    marking = str(row["marking"])
    told = {
        "plan": plan_id, "marking": marking, "published_at": row["published_at"], "seen_by": _seen_by(who),
        "lawful": True, "rules": [rule.__name__ for rule in RULES], "note": NOTE,
        "theatre": {"id": row["theatre_id"], "sha256": theatre["digest"]}, "tables": {},
    }  # fmt: skip
    for name, table in made.tables.items():
        frame = redacted_table(table.frame(), name, row, who)
        content, _ = written(frame, name, "csv", marking)
        told["tables"][name] = {"rows": len(frame), "sha256": hashlib.sha256(content).hexdigest()}
    mark(response, marking)
    response.headers["ETag"] = tag(told)
    if unchanged(request, response.headers["ETag"]):
        return Response(status_code=304, headers=dict(response.headers))
    key = request.app.state.signer
    return plain({**told, "signature": None if key is None else signed(plain(told), KIND, key)})


def _seen_by(who: Principal) -> list[str]:
    """Return the donors whose rows are seen besides what is shared; * if all are."""
    return list(who.donors) if who.restricted else ["*"]
