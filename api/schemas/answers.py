"""Answers that all endpoints share: a page of a list, a problem document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ProblemPart(BaseModel):
    """One thing wrong: where it stands, by pointer or by cell of a workbook."""

    pointer: str = ""
    cell: str = ""
    code: str = ""
    detail: str = ""


class Problem(BaseModel):
    """An error (RFC 9457): `code` names it, `type` leads to what it means."""

    type: str = Field(examples=["/errors/not-found"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemPart] = []
    retryable: bool = False


class Page(BaseModel):
    """One page of a list, newest first; `next` is the `after` of the page that follows, null on the last."""

    items: list[dict[str, Any]]
    next: str | None = None
    marking: str = ""
