"""Plans: asked for, read as tables in any form, shown, compared, published."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.briefing.stored import page_of, slides_of
from api.jobs import records
from api.jobs.states import OVER, State
from api.report import plain
from api.routes.common import (
    PROBLEMS,
    After,
    IdempotencyKey,
    Limit,
    Open,
    RowId,
    Told,
    ascii_marking,
    mark,
    page,
    reading,
    writing,
)
from api.routes.forms import FILES, Form, chosen, table_response
from api.routes.guard import Guarded
from api.routes.jobs import later
from api.routes.preconditions import matched, tag, unchanged
from api.routes.redaction import redacted, redacted_table, shown_digest
from api.routes.submitting import submit_plan
from api.schemas import AskPlan, Compare, Page
from api.security import Asker, Principal, Publisher, Reader, Secretariat
from api.store import COALITION, SHARED, ConflictError, MissingError, Store, Transaction, plans, scenarios
from data.change import apply
from data.compare import compare
from data.contracts import CERTIFICATE, PLAN
from data.theatre import Scenario, Theatre
from data.units import as_planned
from data.verify import verify

router = APIRouter(route_class=Guarded, prefix="/v1", tags=["plans"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 413, 422)})  # fmt: skip
PACE = 0.05
PAGES = {"html": "text/html; charset=utf-8",
         "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation"}  # fmt: skip
BRIEFINGS: dict[str, Any] = {own.partition(";")[0]: {} for own in PAGES.values()}
WRITERS = {"html": page_of, "pptx": slides_of}


@router.post("/plans", response_model=None,
             responses={202: {"description": "not yet: Location leads to the job"}, 409: PROBLEMS[409]})  # fmt: skip
async def ask(
    store: Open, who: Asker, told: Told, request: Request, response: Response, asked: AskPlan,
    key: IdempotencyKey = None,
) -> Any:  # fmt: skip
    """Return the plan, or 202 and where its job is if it takes longer than `wait_s`."""
    job_id = await run_in_threadpool(submit_plan, store, who, asked, key)
    until = time.monotonic() + (told.wait if asked.wait_s is None else asked.wait_s)
    # NB: who waits holds no thread meanwhile: however many wait, others are answered
    while time.monotonic() < until and not request.app.state.leaving:
        if await run_in_threadpool(_over, store, who, job_id):
            break
        await asyncio.sleep(PACE)
    return await run_in_threadpool(_answered, store, who, job_id, response)


def _over(store: Store, who: Principal, job_id: str) -> bool:
    with reading(store, who) as tx:
        return records.get_visible(tx, job_id) in OVER


def _answered(store: Store, who: Principal, job_id: str, response: Response) -> Any:
    """Return the plan of a job that has made one, else the job and where it is."""
    with reading(store, who) as tx:
        job = records.get(tx, job_id)
    made = (job["result"] or {}).get("plan")
    if job["state"] in (State.SUCCEEDED, State.STOPPED) and made:
        with reading(store, who) as tx:
            row = plans.get(tx, made)
        response.headers["Location"] = f"/v1/plans/{made}"
        return _tagged(row, who, response)
    return later(store, who, response, job_id)


def _tagged(row: dict[str, Any], who: Any, response: Response) -> dict[str, Any]:
    """Return the plan as it is shown, its entity tag and its marking in the answer's headers."""
    told = _shown(row, who)
    response.headers["ETag"] = tag(told)
    mark(response, row["marking"])
    return told


def _shown(row: dict[str, Any], who: Any) -> dict[str, Any]:
    told = redacted(row, who)
    base = f"/v1/plans/{row['id']}"
    links = {"tables": {name: f"{base}/tables/{name}" for name in PLAN}, "briefing": f"{base}/briefing",
             "certificate": f"{base}/certificate", "verdict": f"{base}/verdict"}  # fmt: skip
    return dict(plain({**told, "links": links}))


@router.get("/plans")
def listed(store: Open, who: Reader, response: Response, after: After = "", limit: Limit = 50,
           theatre: Annotated[str, Query(pattern=r"^[0-9A-Za-z_-]{0,40}$")] = "") -> Page:  # fmt: skip
    """Return the plans, newest first, of one theatre if it is named."""
    with reading(store, who) as tx:
        rows = plans.listed(tx, limit, after, theatre)
    return page([redacted(row, who) for row in rows], limit, response)


@router.get("/plans/{plan_id:row}", response_model=None, responses={304: {"description": "as you have it"}})
def get(store: Open, who: Reader, request: Request, response: Response, plan_id: RowId) -> Any:
    """Return a plan with its document: goals with bounds, figures, shortfalls and why."""
    with reading(store, who) as tx:
        row = plans.get(tx, plan_id)
    told = _tagged(row, who, response)
    if unchanged(request, response.headers["ETag"]):
        return Response(status_code=304, headers=dict(response.headers))
    return told


@router.post("/plans/{plan_id:row}:publish", responses={k: PROBLEMS[k] for k in (409, 412)})
def publish(store: Open, who: Publisher, request: Request, response: Response, plan_id: RowId) -> dict[str, Any]:
    """Make the plan one that every donor sees, and on which donors' what-ifs stand; with `If-Match` only as seen.

    409 if it breaks a rule: what is published is lawful.
    """
    _check(store, who, plan_id)
    with writing(store, who, "plan.publish", plan_id) as (tx, _):
        matched(request, tag(_shown(plans.get(tx, plan_id, lock=True), who)))
        plans.publish(tx, plan_id)
        row = plans.get(tx, plan_id)
    return _tagged(row, who, response)


def _check(store: Store, who: Principal, plan_id: str) -> None:
    """Return if the plan keeps every rule of its theatre; ConflictError names the first that it breaks."""
    with reading(store, who) as tx:
        row = plans.get(tx, plan_id)
        if row["compartment"] not in (COALITION, SHARED):
            raise ConflictError(f"plan '{plan_id}' is a donor's own; only the coalition's are published")
        theatre, scenario = as_planned(*_base(tx, row), row["document"])
        broken = verify(theatre, scenario, plans.load_made(tx, plan_id))
    if broken:
        said = f"plan '{plan_id}' breaks {len(broken)} rule(s) and is not published"
        raise ConflictError(f"{said}; the first: {broken[0]}")


TableName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]


@router.get("/plans/{plan_id:row}/tables/{name}", response_class=Response,
            responses={200: {"content": FILES, "description": "the table"}, 304: {"description": "as you have it"},
                       406: PROBLEMS[406]})  # fmt: skip
def table(
    store: Open, who: Reader, request: Request, plan_id: RowId, name: TableName, format: Form | None = None
) -> Response:
    """Return a table of the plan as JSON, CSV, Arrow, Parquet or a workbook, by `format` or by Accept."""
    form = chosen(request, format)
    if name not in PLAN:
        raise MissingError(f"a plan has no table of this name; it has: {', '.join(PLAN)}")
    with reading(store, who) as tx:
        row = plans.get(tx, plan_id)
        frame = redacted_table(plans.load(tx, plan_id).tables[name].frame(), name, row, who)
    etag = tag(shown_digest(frame), name, form)
    headers = {"ETag": etag, "Vary": "Accept, Authorization", "Casemate-Marking": ascii_marking(row["marking"])}
    if unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    return table_response(frame, name, form, row["marking"], f"{plan_id}-{name}", headers)


@router.get("/plans/{plan_id:row}/certificate", response_model=None,
            responses={304: {"description": "as you have it"}})  # fmt: skip
def certificate(store: Open, who: Secretariat, request: Request, response: Response, plan_id: RowId) -> Any:
    """Return each goal's value, bound and proof, the prices that prove it, and the digests of what they are of.

    The secretariat's alone: prices tell what donors hold back. `casemate verify` checks the same prices of a folder.
    """
    with reading(store, who) as tx:
        row, prices = plans.get(tx, plan_id), plans.load_certificate(tx, plan_id)
    mark(response, row["marking"])
    response.headers["ETag"] = tag(row["digest"], row["document"], prices.digest)
    if unchanged(request, response.headers["ETag"]):
        return Response(status_code=304, headers=dict(response.headers))
    document, names = row["document"], [column.name for column in CERTIFICATE.columns]
    rows = [dict(zip(names, price, strict=True)) for price in prices.rows()]
    return dict(plain({"plan": plan_id, "marking": row["marking"], "reason": row["reason"], "gap": row["gap"],
                       "goals": document.get("goals", []), "allows": document.get("allows", {}), "prices": rows,
                       "digest": document.get("digest", {})}))  # fmt: skip


@router.get("/plans/{plan_id:row}/briefing", response_class=Response,
            responses={200: {"content": BRIEFINGS, "description": "the briefing"}, 406: PROBLEMS[406],
                       304: {"description": "as you have it"}})  # fmt: skip
def briefing(
    store: Open, who: Secretariat, request: Request, plan_id: RowId, format: Literal["html", "pptx"] | None = None
) -> Response:
    """Return the briefing as one page that needs no network, or as slides, by `format` or by Accept.

    The secretariat's alone.
    """
    form = chosen(request, format, PAGES)
    with reading(store, who) as tx:
        row = plans.get(tx, plan_id)
        etag = tag(row["digest"], row["document"], form)
        headers = {"ETag": etag, "Vary": "Accept, Authorization", "Casemate-Marking": ascii_marking(row["marking"])}
        if unchanged(request, etag):
            return Response(status_code=304, headers=headers)
        theatre, scenario = as_planned(*_base(tx, row), row["document"])
        plan = plans.load_made(tx, plan_id)
    headers["Content-Disposition"] = f'inline; filename="{plan_id}-briefing.{form}"'
    made = WRITERS[form](theatre, scenario, plan, row["document"])
    return Response(made, media_type=PAGES[form], headers=headers)


def _base(tx: Transaction, row: dict[str, Any]) -> tuple[Theatre, Scenario]:
    """Return the tables that the plan was asked of."""
    return apply(*scenarios.load(tx, row["scenario_id"]), row["changes"])


@router.post("/compare", responses={409: PROBLEMS[409]})
def side_by_side(store: Open, who: Secretariat, response: Response, asked: Compare) -> dict[str, Any]:
    """Return what each plan does otherwise than the first: goals, figures, needs, what moves, donors."""
    with reading(store, who) as tx:
        rows = [plans.get(tx, plan_id) for plan_id in asked.plans]
        cases = [(*_base(tx, row), plans.load(tx, row["id"])) for row in rows]
    marking = "; ".join(sorted({row["marking"] for row in rows}))
    mark(response, marking)
    out = []
    for row, case in zip(rows[1:], cases[1:], strict=True):
        found = compare(cases[0], case)
        frames = {n: getattr(found, n).to_dict("records") for n in ("goals", "kpis", "needs", "moved", "donors")}
        out.append({"plan": row["id"], **frames})
    return dict(plain({"base": asked.plans[0], "marking": marking, "others": out}))
