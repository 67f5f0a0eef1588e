"""Headers and bodies no larger than they may be: what says so is refused at once, what does not is counted."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.refusals import TooLargeError
from data.formats.limits import size_text

UPLOADS = re.compile(r"/v1/theatres(?:/[^/]+/imports)?/?")
MOST_HEADERS = 32 * 2**10  # bytes of all headers of a request
LENGTH = re.compile(rb"[0-9]{1,15}")


class LimitedBodies:
    """Middleware that ends a request whose headers or body are above their limit."""

    def __init__(self, app: ASGIApp, most: int, most_upload: int) -> None:
        self.app, self.most, self.most_upload = app, most, most_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.most_upload if UPLOADS.fullmatch(scope["path"]) else self.most
        detail = f"the body is above the limit of {size_text(limit)} of this endpoint"
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            said = f"the headers are above the limit of {MOST_HEADERS // 1024} KiB"
            await problem(431, TooLargeError.code, said)(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not LENGTH.fullmatch(told) or int(told) > limit:
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
