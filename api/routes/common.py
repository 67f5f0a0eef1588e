"""What endpoints share: the open database, pages, audit entries, entity tags, markings in headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.report import plain
from api.schemas import Page, Problem
from api.security import Principal
from api.settings import Settings
from api.store import Store, Transaction, audit

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": text, "content": {"application/problem+json": {}}}
    for code, text in {
        401: "who asks is not known", 403: "not granted", 404: "no such row, or none that may be seen",
        409: "does not go with what is there", 412: "another than If-Match names", 413: "too large",
        415: "of a kind that is not read", 428: "If-Match has to be sent",
        406: "of a form that is not offered", 422: "does not fit, with every problem", 503: "busy; ask again",
        400: "does not read", 405: "no such method", 500: "a fault of ours",
    }.items()
}  # fmt: skip



class _RowConvertor(StringConvertor):
    """Ids in paths end at a colon, so that no id is taken for one with an action, as `ID:stop`."""

    regex = "[^/:]+"


register_url_convertor("row", _RowConvertor())

RowId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,40}$")]
After = Annotated[str, Query(pattern=r"^[0-9A-Za-z_-]{0,40}$", description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,200}$", description="send again with the same key")
]


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Open = Annotated[Store, Depends(_store)]
Told = Annotated[Settings, Depends(_settings)]


@contextmanager
def reading(store: Store, who: Principal) -> Iterator[Transaction]:
    """Yield a transaction for reading under the scope of who asks."""
    with store.read(who.scope) as tx:
        yield tx


@contextmanager
def writing(store: Store, who: Principal, action: str, subject: str = "") -> Iterator[tuple[Transaction, list[str]]]:
    """Yield a transaction that ends with an entry of the audit log: what is put in the list is its subject."""
    with store.begin(who.scope) as tx:
        subjects = [subject] if subject else []
        yield tx, subjects
        audit.record(tx, action, " ".join(subjects))


def page(rows: Sequence[Mapping[str, Any]], limit: int, response: Response, key: str = "id") -> Page:
    """Return one page; the marking of what is on it stands in the header too."""
    markings = sorted({str(row["marking"]) for row in rows if row.get("marking")})
    marking = "; ".join(markings)
    mark(response, marking)
    after = str(rows[-1][key]) if len(rows) == limit else None
    return Page(items=[plain(row) for row in rows], next=after, marking=marking)


def mark(response: Response, marking: str) -> None:
    """Put the marking of what is answered in a header, in ASCII."""
    if marking:
        response.headers["Casemate-Marking"] = ascii_marking(marking)


def ascii_marking(marking: str) -> str:
    """Return the marking in ASCII, as headers take it."""
    return marking.replace("–", "-").encode("ascii", "replace").decode()
