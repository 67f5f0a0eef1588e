"""Scenarios: those of a theatre, and new ones as a base with changes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.report import plain
from api.routes.common import PROBLEMS, After, Limit, Open, RowId, mark, page, reading, tag, unchanged, writing
from api.routes.guard import Guarded
from api.schemas import NewScenario, Page, Validate
from api.security import Asker, Reader
from api.store import scenarios
from data.change import apply

router = APIRouter(route_class=Guarded, prefix="/v1/scenarios", tags=["scenarios"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 413, 422)})  # fmt: skip


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
    response.headers["Location"] = f"/v1/scenarios/{made}"
    mark(response, row["marking"])
    return plain(row)


@router.get("/{scenario_id:row}", response_model=None, responses={304: {"description": "as you have it"}})
def get(store: Open, who: Reader, request: Request, response: Response, scenario_id: RowId) -> Any:
    """Return a scenario with its base and changes."""
    with reading(store, who) as tx:
        row = scenarios.get(tx, scenario_id)
    etag = tag(row)
    if unchanged(request, etag):
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    mark(response, row["marking"])
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
    """Return the size of the question: rows of what makes a program large, and its days."""
    with reading(store, who) as tx:
        row = scenarios.get(tx, scenario_id)
        theatre, scenario = apply(*scenarios.load(tx, scenario_id), asked.changes)
    mark(response, row["marking"])
    rows = {name: len(theatre.tables[name]) for name in ("stocks", "links", "nodes", "lift", "items")}
    needs = {name: len(scenario.tables[name]) for name in ("needs", "forces")}
    return {"rows": {**rows, **needs}, "horizon_days": scenario.horizon, "marking": row["marking"]}
