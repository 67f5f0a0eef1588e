"""Which form of a table is asked for, and the table in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
from fastapi import Request, Response

from api.refusals import NotAcceptableError
from api.report import plain
from api.routes.common import ascii_marking
from data.formats.archive import frame_to_parquet
from data.formats.one_table import MOST_CELL_ROWS, frame_to_arrow, frame_to_csv, frame_to_workbook

FORMS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.file",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


Form = Literal["json", "csv", "arrow", "parquet", "xlsx"]
FILES: dict[str, Any] = {own.partition(";")[0]: {} for own in FORMS.values()}


def table_response(
    frame: pd.DataFrame, name: str, form: str, marking: str, file: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the table as an answer in this form, its marking in it and in a header."""
    content, media = written(frame, name, form, marking)
    own = {"Casemate-Marking": ascii_marking(marking), "Vary": "Accept, Authorization",
           "Content-Disposition": f'inline; filename="{file}.{form}"'}  # fmt: skip
    return Response(content, media_type=media, headers={**own, **(headers or {})})


def chosen(request: Request, named: str | None, forms: Mapping[str, str] = FORMS) -> str:
    """Return the form that `format` names, else the one that Accept likes best; NotAcceptableError."""
    if named:
        return named
    liked = []
    for number, part in enumerate(request.headers.get("accept", "*/*").split(",")):
        media, _, rest = part.partition(";")
        quality = next((p.split("=", 1)[1] for p in rest.replace(" ", "").split(";") if p.startswith("q=")), "1")
        try:
            liked.append((-float(quality), number, media.strip().lower()))
        except ValueError:
            continue
    for quality_below, _, media in sorted(liked):
        for form, own in forms.items():
            kind = own.partition(";")[0]
            if quality_below < 0 and media in (kind, "*/*", kind.split("/")[0] + "/*"):
                return form
    raise NotAcceptableError(f"this is offered as {', '.join(forms)}; name one with ?format=")


def written(frame: pd.DataFrame, name: str, form: str, marking: str) -> tuple[bytes, str]:
    """Return the table in a form and its media type; the marking stands inside, in CSV with every row."""
    if form == "json":
        told = {"table": name, "marking": marking, "rows": plain(frame.to_dict("records"))}
        return json.dumps(told, ensure_ascii=False).encode(), FORMS[form]
    if form == "csv":
        return frame_to_csv(frame.assign(marking=marking)), FORMS[form]
    if form == "arrow":
        return frame_to_arrow(frame, marking), FORMS[form]
    if form == "parquet":
        return frame_to_parquet(frame, {"marking": marking}), FORMS[form]
    if len(frame) > MOST_CELL_ROWS:
        raise NotAcceptableError(f"a sheet holds {MOST_CELL_ROWS} rows and the table has {len(frame)}; take parquet")
    return frame_to_workbook(frame, name, marking), FORMS[form]
