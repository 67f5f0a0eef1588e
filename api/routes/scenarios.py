"""Scenarios: those of a theatre, and new ones as a base with changes."""

from __future__ import annotations

from statistics import median
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.jobs import records
from api.report import plain
from api.routes.common import PROBLEMS, After, Limit, Open, RowId, mark, page, reading, writing
from api.routes.guard import Guarded
from api.routes.preconditions import tag, unchanged
from api.schemas import NewScenario, Page, Validate
from api.security import Asker, Reader
from api.store import scenarios
from data.change import apply

router = APIRouter(route_class=Guarded, prefix="/v1/scenarios", tags=["scenarios"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 413, 422)})  # fmt: skip
SIZES = ("stocks", "links", "nodes", "lift", "items")  # tables of a theatre that make its program large


@router.get("")
def listed(
    store: Open, who: Reader, response: Response, after: After = "", limit: Limit = 50,
    theatre: Annotated[str, Query(max_length=40, pattern=r"^[0-9A-Za-z_-]*$")] = "",
) -> Page:  # fmt: skip
    """Return the scenarios, newest first, of one theatre if it is named."""
    with reading(store, who) as tx:
        return page(scenarios.listed(tx, limit, after, theatre), limit, response)


@router.post("", status_code=201, responses={409: PROBLEMS[409]})
def add(store: Open, who: Asker, response: Response, asked: NewScenario) -> dict[str, Any]:
    """Return the new scenario: the base with the changes, which must apply."""
    with writing(store, who, "scenario.add") as (tx, subjects):
        made = scenarios.add(tx, asked.base, asked.name, asked.changes)
        subjects.append(made)
        row = scenarios.get(tx, made)
    response.headers.update({"Location": f"/v1/scenarios/{made}", "ETag": tag(row)})
    mark(response, row["marking"])
    return plain(row)


@router.get("/{scenario_id:row}", response_model=None, responses={304: {"description": "as you have it"}})
def get(store: Open, who: Reader, request: Request, response: Response, scenario_id: RowId) -> Any:
    """Return a scenario with its base and changes."""
    with reading(store, who) as tx:
        row = scenarios.get(tx, scenario_id)
    response.headers["ETag"] = etag = tag(row)
    mark(response, row["marking"])
    if unchanged(request, etag):
        return Response(status_code=304, headers=dict(response.headers))
    return plain(row)


@router.post("/{scenario_id:row}:validate")
def validate(store: Open, who: Asker, response: Response, scenario_id: RowId, asked: Validate) -> dict[str, Any]:
    """Return that the scenario with these changes keeps every contract, and its warnings; else every problem."""
    with reading(store, who) as tx:
        row = scenarios.get(tx, scenario_id)
        theatre, scenario = apply(*scenarios.load(tx, scenario_id), asked.changes)
    mark(response, row["marking"])
    return {"valid": True, "warnings": [str(w) for w in (*theatre.warnings, *scenario.warnings)],
            "digest": {"theatre": theatre.digest, "scenario": scenario.digest}, "marking": row["marking"]}  # fmt: skip


@router.post("/{scenario_id:row}:estimate")
def estimate(store: Open, who: Asker, response: Response, scenario_id: RowId, asked: Validate) -> dict[str, Any]:
    """Return the size of the question: its rows, its days, how long plans of the scenario took, how many jobs wait.

    Of needs all are counted, those of forces too. `earlier` and `queued` are of the jobs that who asks may see.
    """
    with reading(store, who) as tx:
        row = scenarios.get(tx, scenario_id)
        theatre, scenario = apply(*scenarios.load(tx, scenario_id), asked.changes)
        seconds, queued = records.seconds_of_plans(tx, scenario_id), records.queued(tx)
    mark(response, row["marking"])
    rows = {name: len(theatre.tables[name]) for name in SIZES} | {"needs": len(scenario.needs)}
    rows |= {name: len(scenario.tables[name]) for name in ("forces", "works")}
    earlier = {"plans": len(seconds), "median_s": median(seconds) if seconds else None,
               "most_s": max(seconds, default=None)}  # fmt: skip
    return {"rows": rows, "horizon_days": scenario.horizon, "earlier": plain(earlier), "queued": queued,
            "marking": row["marking"]}  # fmt: skip
