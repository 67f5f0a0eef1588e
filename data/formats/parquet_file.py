"""One table as a Parquet file: typed columns, with unit and meaning beside each."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.formats.csv_file import too_many_rows, twice
from data.formats.limits import MOST_BYTES, MOST_ROWS, MOST_UNPACKED, size_text
from data.formats.raw import cells_frame
from data.problems import Problem
from data.tables import SCHEMA_VERSION, Column, Kind, Table

_TYPES = {
    Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64(), Kind.FLAG: pa.bool_(), Kind.DATE: pa.date32(),
}  # fmt: skip


def read_parquet(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the cells of a Parquet file, and what keeps it from being a table: damage, size, nested columns."""
    name = path.stem
    if path.stat().st_size > MOST_BYTES:
        found, mend = size_text(path.stat().st_size), f"keep it below {size_text(MOST_BYTES)}"
        return pd.DataFrame(), [Problem(name, None, "", found, "the file is too large", mend)]
    try:
        with pq.ParquetFile(path) as file:
            problems = _shape(name, file)
            texts = [field.name for field in file.schema_arrow if _is_string(field.type)]
        table = None if problems else pq.read_table(path, read_dictionary=texts)
        problems = problems or (_length(name, table) if table is not None else [])
    except (pa.ArrowException, OSError, ValueError) as error:
        said = str(error).split("\n")[0][:60]
        problems = [Problem(name, None, "", said, "the file is no whole Parquet file", "write it again")]
    if problems or table is None:
        return pd.DataFrame(), problems
    return cells_frame({c: _cells(table[c]) for c in table.column_names}), []


def _shape(name: str, file: pq.ParquetFile) -> list[Problem]:
    meta, schema = file.metadata, file.schema_arrow
    if meta.num_rows > MOST_ROWS:
        return [too_many_rows(name, meta.num_rows)]
    unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    if unpacked > MOST_UNPACKED:
        return [Problem(name, None, "", size_text(unpacked), "the table is too large when unpacked",
                        "leave out what is not asked about")]  # fmt: skip
    problems = list(twice(name, schema.names))
    for field in schema:
        plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(plain) or pa.types.is_binary(plain) or pa.types.is_large_binary(plain):
            mend = "write texts, numbers, flags or dates; join the parts of a list by |"
            problems.append(Problem(name, None, field.name, str(field.type), "the column's type is not known", mend))
    return problems


def _length(name: str, table: pa.Table) -> list[Problem]:
    """Return the refusal of texts that are stored once and would fill the memory when written out row by row."""
    size = 0
    for column in table.columns:
        for chunk in column.chunks if _is_text(column.type) else ():
            lengths = np.array([len(text or "") for text in chunk.dictionary.to_pylist()] or [0])
            size += int(lengths[chunk.indices.fill_null(0).to_numpy()].sum())
    if size <= MOST_UNPACKED:
        return []
    return [Problem(name, None, "", size_text(size), "the table is too large when unpacked", "shorten its texts")]


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_dictionary(kind) and _is_string(kind.value_type)


def _is_string(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _cells(column: pa.ChunkedArray) -> list[Any]:
    if _is_text(column.type):
        cells: list[Any] = []
        for chunk in column.chunks:
            texts = [*chunk.dictionary.to_pylist(), None]
            cells += [texts[i] for i in chunk.indices.fill_null(len(texts) - 1).to_pylist()]
        return cells
    if pa.types.is_timestamp(column.type) or pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    values = column.to_pandas(integer_object_nulls=True, date_as_object=True)
    return values.astype(object).where(column.is_valid().to_numpy(), None).tolist()


def write_parquet(path: Path, table: Table) -> None:
    """Write the table; an empty cell is null, a list one text joined by |, a date a date."""
    fields, arrays = [], []
    raw = table.raw()
    for column in table.contract.columns:
        kind = _TYPES.get(column.kind, pa.string())
        told = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(column.name, kind, metadata=told))
        arrays.append(pa.array(_values(column, raw[column.name]), kind))
    about = {"casemate.table": table.name, "casemate.schema_version": str(SCHEMA_VERSION)}
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about)), path, compression="zstd")


def _values(column: Column, values: list[Any]) -> list[Any]:
    if column.kind is Kind.LIST:
        return ["|".join(parts) or None for parts in values]
    if column.kind is Kind.DATE:
        return [datetime.date.fromisoformat(v) if v else None for v in values]
    return values
