"""Theatres: immutable versions, uploaded as a workbook or a zip of tables, known by the digest of their content."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.report import plain
from api.routes.common import PROBLEMS, After, Limit, Open, RowId, mark, page, reading, unchanged, writing
from api.routes.guard import Guarded
from api.schemas import Page
from api.security import Importer, Reader
from api.store import theatres
from api.uploads import MEDIA, read_upload

router = APIRouter(route_class=Guarded, prefix="/v1/theatres", tags=["theatres"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 422)})  # fmt: skip
BINARY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {"requestBody": {"required": True, "content": dict.fromkeys(MEDIA, BINARY)}}


async def _content(request: Request) -> bytes:
    return await request.body()


Content = Annotated[bytes, Depends(_content)]


@router.get("")
def listed(store: Open, who: Reader, response: Response, after: After = "", limit: Limit = 50) -> Page:
    """Return the theatres, newest first."""
    with reading(store, who) as tx:
        return page(theatres.listed(tx, limit, after), limit, response)


@router.post("", status_code=201, openapi_extra=UPLOAD, responses={k: PROBLEMS[k] for k in (413, 415)})
def add(
    store: Open, who: Importer, request: Request, response: Response, content: Content,
    name: Annotated[str, Query(pattern=r"^[\w-]{1,60}$")] = "theatre",
) -> dict[str, Any]:  # fmt: skip
    """Return the new version, checked whole before it is kept; the same tables are the version that is there."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    with tempfile.TemporaryDirectory(prefix="casemate-") as folder:
        theatre, asked = read_upload(Path(folder), name, media, content)
    with writing(store, who, "theatre.add") as (tx, subjects):
        made = theatres.add(tx, theatre, asked, name)
        subjects.append(made)
        row = theatres.get(tx, made)
    response.headers.update({"Location": f"/v1/theatres/{made}", "ETag": f'"{row["digest"]}"'})
    mark(response, row["marking"])
    return plain({**row, "scenarios": [s.name for s in asked], "warnings": [str(w) for w in theatre.warnings]})


@router.get("/{theatre_id:row}", response_model=None, responses={304: {"description": "as you have it"}})
def get(store: Open, who: Reader, request: Request, response: Response, theatre_id: RowId) -> Any:
    """Return a theatre and the number of rows that are seen of each table; its entity tag is their digest."""
    with reading(store, who) as tx:
        row = theatres.get(tx, theatre_id)
        etag = f'"{row["digest"]}"'
        if unchanged(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        theatre, asked = theatres.load(tx, theatre_id)
    response.headers["ETag"] = etag
    mark(response, row["marking"])
    return plain({**row, "tables": {n: len(t) for n, t in theatre.tables.items()}, "scenarios": sorted(asked)})


