"""Errors as RFC 9457 problem documents, on every path: unknown ones, wrong methods and our own faults too."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.errors import INTERNAL
from api.refusals import BusyError, MethodError, RequestError, TooLargeError
from api.store import ConflictError, MissingError, SchemaError
from data.problems import CasemateError, TableError

MEDIA = "application/problem+json"
SHOWN = 200  # problems of one upload that a document lists
STATUS = {
    "bad-tables": 422, "unreadable-input": 422, "change-not-applicable": 422, "refused": 422, "bad-rule": 422,
    "bad-request": 422, "not-found": 404, "conflict": 409, "unauthenticated": 401, "forbidden": 403, "too-large": 413,
    "method-not-allowed": 405, "not-acceptable": 406, "unsupported-media": 415, "busy": 503,
    "precondition-failed": 412, "precondition-required": 428, "worker-lost": 503, "database-refused": 503,
    "no-plan": 409, "digest-mismatch": 409, "bad-use": 422,
}  # fmt: skip
TITLES = {404: "Not found", 405: "Method not allowed", 413: "Too large", 422: "Unprocessable", 431: "Headers too large",
          500: "Internal error"}  # fmt: skip
OF_HTTP = {404: MissingError.code, 405: MethodError.code, 413: TooLargeError.code}

log = structlog.get_logger("casemate")


def document(status: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the content of a problem document; its type is the address of what the code means."""
    return {
        "type": f"/errors/{code}", "title": TITLES.get(status, code.replace("-", " ").capitalize()), "status": status,
        "detail": detail, "code": code, "errors": errors or [], "retryable": status in (503,),
    }  # fmt: skip


def problem(status: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None,
            headers: dict[str, str] | None = None) -> JSONResponse:  # fmt: skip
    """Return a problem document as an answer."""
    return JSONResponse(document(status, code, detail, errors), status, headers, MEDIA)


def of_error(error: CasemateError) -> JSONResponse:
    """Return the problem document of one of our errors."""
    status, headers, errors = STATUS.get(error.code, 500), {}, []
    if status == 500:
        return unforeseen(error)
    detail = str(error)
    if isinstance(error, TableError):
        errors = [{"pointer": f"/{p.table}" + (f"/{p.row}" if p.row else "") + (f"/{p.column}" if p.column else ""),
                   "cell": f"{p.sheet}!{p.cell}" if p.cell else "", "code": error.code, "detail": str(p)}
                  for p in error.problems[:SHOWN]]  # fmt: skip
        detail = f"{len(error.problems)} problem(s) in the tables"
    if isinstance(error, BusyError):
        headers = {"Retry-After": str(error.retry_after), "Casemate-Queue-Position": str(error.position)}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status, error.code, detail, errors, headers)


def unforeseen(error: BaseException) -> JSONResponse:
    """Return the problem document of a fault of ours: an id that stands in the log, and nothing of the data."""
    named = uuid.uuid4().hex[:12]
    log.error("unforeseen", id=named, kind=type(error).__name__, code=getattr(error, "code", ""))
    return problem(500, INTERNAL, f"an error of ours ({named}); the log of the service names its kind")


def install(app: FastAPI, methods_at: Callable[[str], Sequence[str]]) -> None:
    """Make every error of the application a problem document; `methods_at` says what methods a path has."""

    @app.exception_handler(CasemateError)
    def ours(_: Request, error: CasemateError) -> JSONResponse:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"pointer": "/" + "/".join(str(part) for part in e["loc"]), "cell": "", "code": str(e["type"]),
                   "detail": str(e["msg"])} for e in error.errors()[:SHOWN]]  # fmt: skip
        return problem(422, RequestError.code, "the request does not fit what this endpoint takes", errors)

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> JSONResponse:
        code, headers = OF_HTTP.get(error.status_code, RequestError.code), dict(error.headers or {})
        if error.status_code == 405:  # the routing names the methods of one of the path's routes only
            headers["Allow"] = ", ".join(methods_at(request.url.path)) or headers.get("Allow", "GET")
        return problem(error.status_code, code, str(error.detail), headers=headers)

    @app.exception_handler(sa.exc.OperationalError)
    @app.exception_handler(sa.exc.InterfaceError)
    @app.exception_handler(sa.exc.TimeoutError)
    def away(_: Request, error: Exception) -> JSONResponse:
        log.warning("database away", kind=type(error).__name__)
        said = "the database does not answer, or broke off: ask again; with an Idempotency-Key nothing is done twice"
        return problem(503, SchemaError.code, said, headers={"Retry-After": "1"})

    @app.exception_handler(sa.exc.IntegrityError)
    def taken(_: Request, error: Exception) -> JSONResponse:
        log.warning("made meanwhile", kind=type(error).__name__)
        said = "another request made the same meanwhile: read what is there, then ask again"
        return problem(409, ConflictError.code, said)

    @app.exception_handler(Exception)
    def fault(_: Request, error: Exception) -> JSONResponse:
        return unforeseen(error)
