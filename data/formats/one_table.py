"""One frame as a file of its own: CSV, an Arrow file, a workbook of one sheet; its marking goes with it."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from data.formats.csv_file import guarded

MOST_MARKING = 110  # letters of it above and below a page
MOST_CELL_ROWS = 1_048_000  # of a sheet, below its marking and its header


def frame_to_csv(frame: pd.DataFrame) -> bytes:
    """Return the frame as CSV in UTF-8; lists are joined by |, and no text is a formula (`csv_file.guarded`)."""
    safe = _joined(frame).map(lambda v: guarded(v) if isinstance(v, str) else v) if len(frame) else frame
    return safe.to_csv(index=False, lineterminator="\n").encode()


def frame_to_arrow(frame: pd.DataFrame, marking: str = "") -> bytes:
    """Return the frame as an Arrow file (IPC), its marking in the metadata of the schema."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), "marking": marking})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def frame_to_workbook(frame: pd.DataFrame, name: str, marking: str = "") -> bytes:
    """Return the frame as a workbook of one sheet, no text of which is a formula; its marking in header and footer."""
    out = io.BytesIO()
    # NB: a text that begins with = would be written as a live formula
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(name[:31])
        set_marks(sheet, marking, name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, list(frame.columns), book.add_format({"bold": True}))
        for number, row in enumerate(_joined(frame).astype(object).itertuples(index=False), 1):
            for column, value in enumerate(row):
                if value is not None and value == value:
                    sheet.write(number, column, value)
    return out.getvalue()


def set_marks(sheet: Worksheet, marking: str, title: str) -> None:
    """Set what stands above and below each printed page: marking, title, number of the page."""
    mark = marking[:MOST_MARKING].replace("&", "&&")  # NB: a header of more than 255 letters would be left out
    told = title[: max(0, (240 - len(mark)) // 2 - 10)].replace("&", "&&")
    # NB: the blanks keep a text that begins with a digit from being read as a size of letters
    sheet.set_header(f"&C&B {mark}&R {told}")
    sheet.set_footer(f"&C&B {mark}&RPage &P of &N")


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.map(lambda v: "|".join(v) if isinstance(v, tuple) else v) if len(frame) else frame
