"""Entity tags: what is held already is not sent again, and what changed meanwhile is not changed unseen (RFC 9110, 13).

What never changes answers 304 to the `If-None-Match` that it stands in. A request that changes something may name in
`If-Match` the tag of what its sender has seen: 412 if that is another by now. Where two could overwrite each other's
work without noticing it must: 428 if it does not (RFC 6585).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from fastapi import Request

from api.refusals import PreconditionError, PreconditionMissingError
from api.report import plain

TAG = re.compile(r'(?:W/)?"[!#-~\x80-\xff]*"')


def tag(*parts: Any) -> str:
    """Return the entity tag of what these parts make."""
    return '"' + hashlib.sha256(json.dumps([plain(p) for p in parts], sort_keys=True).encode()).hexdigest()[:32] + '"'


def unchanged(request: Request, etag: str) -> bool:
    """Return whether who asks holds this already."""
    held = _named(request, "if-none-match")
    return held is not None and ("*" in held or etag in {t.removeprefix("W/") for t in held})


def matched(request: Request, etag: str, required: bool = False) -> None:
    """Return if the request is about this tag, or names none; PreconditionError if about another.

    PreconditionMissingError if it names none and must. Weak tags match nothing: they do not tell states apart.
    """
    held = _named(request, "if-match")
    if held is None:
        if required:
            raise PreconditionMissingError("send If-Match with the ETag of what you start from, or * for whatever "
                                           "stands there; GET answers it")  # fmt: skip
        return
    if "*" not in held and etag not in held:
        raise PreconditionError("this is not what If-Match names: it changed meanwhile; read it again, then decide")


def _named(request: Request, header: str) -> list[str] | None:
    """Return the tags, or *, that a header names in one or several lines; None if it is not there."""
    lines = request.headers.getlist(header)
    if not lines:
        return None
    text = ", ".join(lines)
    return ["*"] if text.strip() == "*" else TAG.findall(text)
