"""Jobs: asked, followed, stopped, run again; their events as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.heads import HEAD
from api.jobs import State, Stopping, batch, records
from api.jobs.states import OVER
from api.report import plain
from api.routes.common import (
    PROBLEMS,
    After,
    IdempotencyKey,
    Limit,
    Open,
    RowId,
    ascii_marking,
    mark,
    page,
    reading,
    writing,
)
from api.routes.forms import FILES, Form, chosen, table_response
from api.routes.guard import Guarded
from api.routes.preconditions import matched, tag, unchanged
from api.routes.redaction import shown_digest
from api.routes.submitting import submit_batch, submit_plan
from api.schemas import AskBatch, AskJob, Page, Stop
from api.security import Asker, Principal, Reader
from api.store import MissingError, Store

router = APIRouter(route_class=Guarded, prefix="/v1/jobs", tags=["jobs"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 413, 422)})  # fmt: skip
PACE = 0.25  # seconds between two looks at a job's events


def shown(job: dict[str, Any]) -> dict[str, Any]:
    """Return a job as it is told: where it stands, what it leads to."""
    names = ("id", "kind", "state", "phase", "reason", "marking", "attempts", "created_at", "created_by", "started_at",
             "finished_at", "shards", "request", "result", "error")  # fmt: skip
    told = {name: job[name] for name in names if name in job}
    links = {"self": f"/v1/jobs/{job['id']}", "events": f"/v1/jobs/{job['id']}/events"}
    if (job.get("result") or {}).get("plan"):
        links["plan"] = f"/v1/plans/{job['result']['plan']}"
    if job["kind"] == "batch":
        links["results"] = f"/v1/jobs/{job['id']}/results"
    told = {**told, "links": links}
    return dict(plain(told))


@router.post("", status_code=202, responses={409: PROBLEMS[409]})
def add(store: Open, who: Asker, response: Response, asked: AskJob, key: IdempotencyKey = None) -> dict[str, Any]:
    """Return a new job, queued; Location leads to it. A batch is for planners and analysts of the coalition."""
    if isinstance(asked, AskBatch):
        job_id = submit_batch(store, who, asked, key)
    else:
        job_id = submit_plan(store, who, asked, key)
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return told_of(store, who, response, job_id)


@router.get("")
def listed(store: Open, who: Reader, response: Response, after: After = "", limit: Limit = 50,
           state: Annotated[State | None, Query()] = None) -> Page:  # fmt: skip
    """Return the jobs, newest first, of one state if it is named."""
    with reading(store, who) as tx:
        return page(records.listed(tx, limit, after, state or ""), limit, response)


def told_of(store: Store, who: Principal, response: Response, job_id: str) -> dict[str, Any]:
    """Return a job as it is told, its entity tag and its marking in the answer's headers."""
    with reading(store, who) as tx:
        row = records.get(tx, job_id)
        ahead = records.ahead(tx, row)
    job = shown(row)
    mark(response, job["marking"])
    response.headers["ETag"] = tag(job)
    return job if ahead is None else {**job, "ahead": ahead}


def later(store: Store, who: Principal, response: Response, job_id: str) -> JSONResponse:
    """Return that there is no answer yet, with the job that will have it and where that is."""
    job = told_of(store, who, response, job_id)
    return JSONResponse(job, 202, {**response.headers, "Location": f"/v1/jobs/{job_id}"})


@router.get("/{job_id:row}", response_model=None, responses={304: {"description": "as you have it"}})
def get(store: Open, who: Reader, request: Request, response: Response, job_id: RowId) -> Any:
    """Return a job; while it is queued `ahead` counts the jobs before it.

    Its entity tag changes with its state, its phase and its shards.
    """
    job = told_of(store, who, response, job_id)
    if unchanged(request, response.headers["ETag"]):
        return Response(status_code=304, headers=dict(response.headers))
    return job


@router.post("/{job_id:row}:stop", responses={k: PROBLEMS[k] for k in (409, 412)})
def stop(
    store: Open, who: Asker, request: Request, response: Response, job_id: RowId, asked: Stop
) -> dict[str, Any]:  # fmt: skip
    """Ask a job to stop, with the best so far kept or with nothing; with `If-Match` only as it was seen."""
    with writing(store, who, "job.stop", job_id) as (tx, _):
        matched(request, tag(shown(records.get(tx, job_id, lock=True))))
        records.stop(tx, job_id, Stopping(asked.how))
    return told_of(store, who, response, job_id)


@router.post("/{job_id:row}:retry", responses={k: PROBLEMS[k] for k in (409, 412)})
def retry(store: Open, who: Asker, request: Request, response: Response, job_id: RowId) -> dict[str, Any]:
    """Queue a job again that did not succeed; what is done of it is kept. With `If-Match` only as it was seen."""
    with writing(store, who, "job.retry", job_id) as (tx, _):
        matched(request, tag(shown(records.get(tx, job_id, lock=True))))
        records.retry(tx, job_id)
    return told_of(store, who, response, job_id)


@router.get("/{job_id:row}/results", response_class=Response,
            responses={200: {"content": FILES, "description": "the table"}, 304: {"description": "as you have it"},
                       406: PROBLEMS[406]})  # fmt: skip
def results(store: Open, who: Reader, request: Request, job_id: RowId, format: Form | None = None) -> Response:
    """Return the table of a batch as far as it is, a row a case, in any form of a table."""
    form = chosen(request, format)
    with reading(store, who) as tx:
        job = records.get(tx, job_id)
        if job["kind"] != "batch":
            raise MissingError(f"job '{job_id}' is no batch and has no table of results")
        frame = batch.results(tx, job_id)
    headers = {"ETag": tag(shown_digest(frame), form), "Vary": "Accept, Authorization"}
    if unchanged(request, headers["ETag"]):
        marked = {"Casemate-Marking": ascii_marking(job["marking"])}
        return Response(status_code=304, headers={**headers, **marked})
    return table_response(frame, "results", form, job["marking"], f"{job_id}-results", headers)


@router.get("/{job_id:row}/events", response_class=StreamingResponse,
            responses={200: {"content": {"text/event-stream": {}}, "description": "events as they come"}})  # fmt: skip
def events(
    store: Open, who: Reader, request: Request, job_id: RowId,
    last: Annotated[str, Header(alias="Last-Event-ID", pattern=r"^[0-9]{0,9}$")] = "",
) -> StreamingResponse:  # fmt: skip
    """Return the events of a job as server-sent events until it is over; Last-Event-ID goes on after that one."""
    with reading(store, who) as tx:
        marking = records.get(tx, job_id)["marking"]
    stream = _nothing() if HEAD in request.scope else _stream(store, who, request, job_id, int(last or 0))
    headers = {"Cache-Control": "no-store", "Casemate-Marking": ascii_marking(marking)}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _nothing() -> AsyncIterator[str]:
    """Yield no events: HEAD asks for the headers of a stream that would end with its job only."""
    none: tuple[str, ...] = ()
    for event in none:
        yield event


async def _stream(store: Store, who: Principal, request: Request, job_id: str, seq: int) -> AsyncIterator[str]:
    while not await request.is_disconnected() and not request.app.state.leaving:
        rows, over = await run_in_threadpool(_news, store, who, job_id, seq)
        for row in rows:
            seq = row["seq"]
            yield f"id: {seq}\nevent: {row['event']}\ndata: {json.dumps(plain(row['data']))}\n\n"
        if over and not rows:
            return
        await asyncio.sleep(0 if rows else PACE)


def _news(store: Store, who: Principal, job_id: str, seq: int) -> tuple[list[dict[str, Any]], bool]:
    with reading(store, who) as tx:
        over = records.get_visible(tx, job_id) in OVER
        return records.events_after(tx, job_id, seq), over
