"""Who asks is known before what they send is read: a stranger's body is never parsed, however large or deep."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.security import Principal

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Guarded(APIRoute):
    """A route whose checks of who asks come before its body; FastAPI alone parses the body first."""

    def get_route_handler(self) -> Handler:
        """Return the handler, the checks put before it."""
        answer = super().get_route_handler()
        checks = [d.call for d in self.dependant.dependencies if d.call is not None and hasattr(d.call, "action")]

        async def guarded(request: Request) -> Response:
            for check in checks:
                request.state.principal = await run_in_threadpool(_known, check, request)
            return await answer(request)

        return guarded


def _known(check: Callable[[Request], Principal], request: Request) -> Principal:
    return check(request)
