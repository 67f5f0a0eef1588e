"""The protocol under the application: what is no HTTP request is answered with a problem document too."""

from __future__ import annotations

import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import MEDIA, document
from api.refusals import RequestError


class ProblemProtocol(H11Protocol):
    """HTTP/1.1 whose own refusals are problem documents; the application never sees such a request."""

    def send_400_response(self, msg: str) -> None:
        """Answer 400 and close; nothing of what was sent is repeated."""
        told = document(400, RequestError.code, "this is no HTTP request, or its head is too large")
        body = json.dumps(told).encode()
        headers = [("content-type", MEDIA), ("content-length", str(len(body))), ("connection", "close")]
        response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
