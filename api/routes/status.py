"""Is it there, can it work, how does it do; what an error code means."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.routes.common import PROBLEMS, Open
from api.routes.guard import Guarded
from api.security import Operator
from api.store import MissingError
from data.problems import CasemateError

router = APIRouter(route_class=Guarded, tags=["status"], responses={k: PROBLEMS[k] for k in (400, 422)})


@router.get("/health")
def health() -> dict[str, str]:
    """Return that the service runs."""
    return {"status": "up"}


@router.get("/ready", responses={503: PROBLEMS[503]})
def ready(store: Open) -> dict[str, Any]:
    """Return that the database answers; whoever reads a single-compartment database reads all of it."""
    with store.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
    return {"status": "ready", "single_compartment": store.single_compartment}


@router.get("/metrics", response_class=PlainTextResponse, responses={k: PROBLEMS[k] for k in (401, 403)})
def metrics(request: Request, who: Operator) -> Response:
    """Return counts and times for Prometheus; no donor and no quantity is among them."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


def meanings() -> dict[str, str]:
    """Return every error code with what it means."""
    todo: list[type[CasemateError]] = [CasemateError]
    found = {"internal-error": "Something unforeseen: a fault of ours."}
    while todo:
        error = todo.pop()
        found[error.code] = str(error.__doc__)
        todo += error.__subclasses__()
    return found


@router.get("/errors/{code}", responses={404: PROBLEMS[404]})
def meaning(code: Annotated[str, Path(pattern=r"^[a-z-]{1,40}$")]) -> dict[str, str]:
    """Return what an error code means."""
    known = meanings()
    if code not in known:
        raise MissingError(f"no error code of this name; known: {', '.join(sorted(known))}")
    return {"code": code, "meaning": known[code]}
