"""The service as an ASGI application: `create_app(settings)` wires what stands in the other files."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess

import structlog
from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.routing import Match

from api import problems
from api.docs_page import page
from api.heads import HEAD, Heads
from api.jobs import Post, work
from api.limiting import LimitedBodies
from api.openapi import describe
from api.routes import ROUTERS, methods_at
from api.sessions import Desk, Pool
from api.settings import Settings
from api.signing import read_key
from api.store import open_store

# The framework can be told by its environment to send traces, bodies among them, elsewhere: never from here.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False,
                                 "auto_configure": False}  # fmt: skip

log = structlog.get_logger("casemate")
LEAVE = 5.0  # seconds a what-if may still take once the service is told to end
GONE = 15.0  # seconds workers have to give back what they run
CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def create_app(settings: Settings) -> FastAPI:
    """Return the service: its database is opened and brought up to date now, its processes start with it."""
    app = FastAPI(title="Casemate", version="1", docs_url=None, redoc_url=None, lifespan=_life, telemetry=NO_TELEMETRY,
                  redirect_slashes=False,  # or a name sent as Host would lead elsewhere
                  description="Plans that reinforce a defended theatre from a coalition's stocks.")  # fmt: skip
    app.state.settings = settings
    app.state.store = open_store(settings.database)
    app.state.desk = Desk(settings.warm_seconds)
    app.state.pool = Pool(settings.sessions, settings.queue, settings.warm_memory)
    app.state.leaving = False
    app.state.signer = None if settings.signing_key is None else read_key(settings.signing_key, private=True)
    app.state.registry = registry = CollectorRegistry()
    app.state.requests = Counter("casemate_requests", "Requests by route and status", ("route", "status"),
                                 registry=registry)  # fmt: skip
    app.state.seconds = Histogram("casemate_request_seconds", "Seconds by route", ("route",), registry=registry)
    problems.install(app, methods_at)
    for router in ROUTERS:
        app.include_router(router)
    describe(app)
    app.add_middleware(LimitedBodies, most=settings.most_json, most_upload=settings.most_upload)
    app.middleware("http")(_watched)
    app.add_middleware(Heads)
    app.get("/docs", include_in_schema=False)(lambda: HTMLResponse(page(app.openapi())))
    return app


def leave(app: FastAPI) -> None:
    """Have what runs come to an end: streams close, who waits is told where the job is, long what-ifs become jobs."""
    app.state.leaving = True
    app.state.pool.leave(LEAVE)


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    # a question holds a thread while it waits: the longest lines leave as many threads to others as ever
    to_thread.current_default_thread_limiter().total_tokens += settings.sessions * (settings.queue + 1)
    context = multiprocessing.get_context("spawn")
    workers: list[BaseProcess] = [
        context.Process(target=work, args=(Post(settings.database),), name="casemate-worker")
        for _ in range(settings.workers)
    ]
    for worker in workers:
        worker.start()
    log.info("started", workers=settings.workers, database=app.state.store.engine.dialect.name)
    try:
        yield
    finally:
        app.state.leaving = True
        for worker in workers:
            worker.terminate()  # it gives back what it runs, to be begun again
        until = time.monotonic() + GONE
        for worker in workers:
            worker.join(max(0.1, until - time.monotonic()))
            if worker.is_alive():
                worker.kill()
        app.state.pool.close()
        app.state.store.close()
        log.info("ended")


async def _watched(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Count and log a request by its route, never by what it names or holds."""
    began = time.perf_counter()
    try:
        response = await call(request)
    except Exception as error:
        response = problems.unforeseen(error)
    seconds = time.perf_counter() - began
    route = _route(request)
    request.app.state.requests.labels(route, str(response.status_code)).inc()
    request.app.state.seconds.labels(route).observe(seconds)
    method = "HEAD" if HEAD in request.scope else request.method
    log.info("request", method=method, route=route, status=response.status_code, seconds=round(seconds, 3))
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _route(request: Request) -> str:
    found = request.scope.get("route")
    if found is not None:
        return str(getattr(found, "path_format", "other"))
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] is Match.FULL:
            return str(getattr(route, "path_format", "other"))
    return "other"
