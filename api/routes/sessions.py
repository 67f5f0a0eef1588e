"""Warm sessions and their what-ifs."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.refusals import BusyError
from api.report import plain
from api.routes.common import PROBLEMS, Open, RowId, mark, writing
from api.routes.guard import Guarded
from api.routes.jobs import later
from api.routes.submitting import submit_plan
from api.schemas import AskPlan, AskWhatIf, NewSession
from api.security import Asker, Principal
from api.sessions import Asked, Desk, Opened, Pool
from api.store import Store, projection
from data.change import apply, parse_change
from data.problems import CasemateError

router = APIRouter(route_class=Guarded, prefix="/v1/sessions", tags=["sessions"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 413, 422)})  # fmt: skip


NO_PLAN = "no-plan"


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


TheDesk = Annotated[Desk, Depends(_desk)]
ThePool = Annotated[Pool, Depends(_pool)]


def _shown(opened: Opened) -> dict[str, Any]:
    return {"id": opened.id, "scenario": opened.scenario_id, "relax": opened.key[2], "marking": opened.marking,
            "expires_at": opened.expires_at, "projected": bool(opened.note), "note": opened.note,
            "digest": {"theatre": opened.key[0], "scenario": opened.key[1]}}  # fmt: skip


@router.post("", status_code=201, responses={409: PROBLEMS[409]})
def add(store: Open, who: Asker, desk: TheDesk, response: Response, asked: NewSession) -> dict[str, Any]:
    """Return a new session on a scenario. Bound to a donor it stands on the projected theatre, and says so."""
    theatre, scenario, note = projection.question(store, who.scope, asked.scenario)
    with writing(store, who, "session.open", asked.scenario):
        opened = desk.open(who, asked.scenario, (theatre, scenario), asked.relax, note)
    response.headers["Location"] = f"/v1/sessions/{opened.id}"
    mark(response, opened.marking)
    return _shown(opened)


@router.get("/{session_id:row}")
def get(who: Asker, desk: TheDesk, response: Response, session_id: RowId) -> dict[str, Any]:
    """Return an open session."""
    opened = desk.get(session_id, who)
    mark(response, opened.marking)
    return _shown(opened)


@router.delete("/{session_id:row}", status_code=204)
def close(store: Open, who: Asker, desk: TheDesk, session_id: RowId) -> None:
    """End a session."""
    desk.close(session_id, who)
    with writing(store, who, "session.close", session_id):
        pass


def _as_job(store: Store, who: Principal, response: Response, opened: Opened, asked: AskWhatIf) -> JSONResponse:
    plan = AskPlan(scenario=opened.scenario_id, changes=asked.changes, gap=asked.gap, relax=opened.key[2])
    return later(store, who, response, submit_plan(store, who, plan, None))


@router.post("/{session_id:row}/what-if", response_model=None,
             responses={202: {"description": "not yet: Location leads to the job"}, 503: PROBLEMS[503]})  # fmt: skip
def what_if(store: Open, who: Asker, desk: TheDesk, pool: ThePool, response: Response, session_id: RowId,
            asked: AskWhatIf) -> Any:  # fmt: skip
    """Return the answer for the base with these changes, and the place it had in the line of questions.

    202 and where its job is if there is no answer by the deadline: the job plans the same changes, without one. 503
    with Retry-After if too many wait for the process of this theatre.
    """
    opened, began = desk.get(session_id, who), time.perf_counter()
    apply(*opened.tables, [parse_change(text) for text in asked.changes])  # refused before it stands in the line
    with writing(store, who, "session.ask", session_id):
        pass
    question = Asked(opened.key, lambda: opened.tables, asked.changes, asked.gap, asked.deadline_ms / 1000,
                     asked.explain)  # fmt: skip
    try:
        told = pool.ask(question)
    except CasemateError as error:
        late = isinstance(error, BusyError) and error.late
        if not late and error.code != NO_PLAN:
            raise
        return _as_job(store, who, response, opened, asked)
    notes = [*told["notes"], *([opened.note] if opened.note else [])]
    mark(response, opened.marking)
    return {**plain(told), "notes": notes, "marking": opened.marking, "projected": bool(opened.note),
            "elapsed_s": round(time.perf_counter() - began, 3)}  # fmt: skip
