"""Theatres: immutable versions, uploaded as a workbook or a zip of tables, known by the digest of their content.

An import makes a new version of one that is there, some of its tables replaced.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.refusals import PreconditionError
from api.report import plain
from api.routes.common import PROBLEMS, After, Limit, Open, RowId, mark, page, reading, writing
from api.routes.guard import Guarded
from api.routes.preconditions import matched, unchanged
from api.schemas import Page
from api.security import Importer, Principal, Reader
from api.store import Store, theatres
from api.uploads import MEDIA, ONE_TABLE, read_import, read_upload
from data.formats import open_source, save
from data.theatre import Scenario, Theatre

router = APIRouter(route_class=Guarded, prefix="/v1/theatres", tags=["theatres"],
                   responses={k: PROBLEMS[k] for k in (400, 401, 403, 404, 422)})  # fmt: skip
BINARY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {"requestBody": {"required": True, "content": dict.fromkeys(MEDIA, BINARY)}}
IMPORT = {"requestBody": {"required": True, "content": dict.fromkeys((*MEDIA, *ONE_TABLE), BINARY)}}


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
    with tempfile.TemporaryDirectory(prefix="casemate-") as folder:
        theatre, asked = read_upload(Path(folder), name, _media(request), content)
    with writing(store, who, "theatre.add") as (tx, subjects):
        made = theatres.add(tx, theatre, asked, name)
        subjects.append(made)
        row = theatres.get(tx, made)
    return _made(response, row, theatre, asked)


def _media(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _made(response: Response, row: dict[str, Any], theatre: Theatre, asked: list[Scenario]) -> dict[str, Any]:
    response.headers.update({"Location": f"/v1/theatres/{row['id']}", "ETag": f'"{row["digest"]}"'})
    mark(response, row["marking"])
    counts, warnings = {n: len(t) for n, t in theatre.tables.items()}, [str(w) for w in theatre.warnings]
    return dict(plain({**row, "tables": counts, "scenarios": [s.name for s in asked], "warnings": warnings}))


TableName = Annotated[str, Query(pattern=r"^[a-z_]{0,40}$", description="the table that one CSV or Parquet file is")]
ScenarioName = Annotated[str, Query(pattern=r"^[\w-]{0,80}$", description="the scenario that the file's table is of")]


@router.post("/{theatre_id:row}/imports", status_code=201, openapi_extra=IMPORT,
             responses={k: PROBLEMS[k] for k in (412, 413, 415, 428)})  # fmt: skip
def add_import(
    store: Open, who: Importer, request: Request, response: Response, content: Content, theatre_id: RowId,
    table: TableName = "", scenario: ScenarioName = "",
) -> dict[str, Any]:  # fmt: skip
    """Return a new version of the theatre: the tables sent stand in place of its own, all others stay.

    A workbook or a zip holds any of its tables; one CSV or Parquet file is the table named by `table`. `If-Match` must
    have the version's ETag; 412 if a newer version of its name is there. Scenarios made of changes stay with the old.
    """
    theatre, asked = _newest(store, who, request, theatre_id)
    with tempfile.TemporaryDirectory(prefix="casemate-") as name:
        under = open_source(save(Path(name) / "under", theatre, asked.values(), parquet=True))
        merged, scenarios, replaced = read_import(Path(name), under, _media(request), content, table, scenario)
    with writing(store, who, "theatre.import", theatre_id) as (tx, subjects):
        row = theatres.get(tx, theatre_id, lock=True)
        if theatres.newest(tx, row["name"]) != theatre_id:
            raise _outdated()
        made = theatres.add(tx, merged, scenarios, row["name"])
        subjects.append(made)
        row = theatres.get(tx, made)
    return {**_made(response, row, merged, scenarios), "base": theatre_id, "replaced": replaced}


def _newest(store: Store, who: Principal, request: Request, theatre_id: str) -> tuple[Theatre, dict[str, Scenario]]:
    """Return a theatre with its scenarios if it is what the request starts from, and the newest of its name."""
    with reading(store, who) as tx:
        row = theatres.get(tx, theatre_id)
        matched(request, f'"{row["digest"]}"', required=True)
        if theatres.newest(tx, row["name"]) != theatre_id:
            raise _outdated()
        return theatres.load(tx, theatre_id)


def _outdated() -> PreconditionError:
    return PreconditionError("a newer version of this name is there; GET /v1/theatres lists it first: import into that")


@router.get("/{theatre_id:row}", response_model=None, responses={304: {"description": "as you have it"}})
def get(store: Open, who: Reader, request: Request, response: Response, theatre_id: RowId) -> Any:
    """Return a theatre and the number of rows that are seen of each table; its entity tag is their digest."""
    with reading(store, who) as tx:
        row = theatres.get(tx, theatre_id)
        response.headers["ETag"] = etag = f'"{row["digest"]}"'
        mark(response, row["marking"])
        if unchanged(request, etag):
            return Response(status_code=304, headers=dict(response.headers))
        theatre, asked = theatres.load(tx, theatre_id)
    return plain({**row, "tables": {n: len(t) for n, t in theatre.tables.items()}, "scenarios": sorted(asked)})


