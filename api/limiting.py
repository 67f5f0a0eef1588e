"""Bodies no larger than they may be: what says so is refused at once, what does not is counted."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.refusals import TooLargeError
from data.formats.limits import size_text

UPLOADS = ("/v1/theatres",)


class LimitedBodies:
    """Middleware that ends a request whose body is above its limit."""

    def __init__(self, app: ASGIApp, most: int, most_upload: int) -> None:
        self.app, self.most, self.most_upload = app, most, most_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.most_upload if scope["path"].rstrip("/") in UPLOADS else self.most
        detail = f"the body is above the limit of {size_text(limit)} of this endpoint"
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > limit:
            await problem(413, TooLargeError.code, detail)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, detail)
            return message

        await self.app(scope, counted, send)
