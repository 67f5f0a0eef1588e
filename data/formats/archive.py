"""Tables as one value: a zip of Parquet files, so that a theatre, a scenario or a plan fits a cell of a database."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.formats.parquet_file import read_parquet, write_parquet
from data.problems import FormatError, TableError
from data.tables import Table

SETTLED = (1980, 1, 1, 0, 0, 0)  # the date of every part: the same tables give the same bytes


def pack(sets: Mapping[str, Mapping[str, Table]]) -> bytes:
    """Return the tables that have rows as `<set>/<table>.parquet` in one zip; the same tables give the same bytes."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        path = Path(folder) / "table.parquet"
        for name in sorted(sets):
            for table in (t for _, t in sorted(sets[name].items()) if len(t)):
                write_parquet(path, table)
                archive.writestr(zipfile.ZipInfo(f"{name}/{table.name}.parquet", SETTLED), path.read_bytes())
    return out.getvalue()


def unpack(content: bytes) -> dict[str, dict[str, pd.DataFrame]]:
    """Return the cells of every table by set and name, unchecked; FormatError if the bytes are no such zip."""
    sets: dict[str, dict[str, pd.DataFrame]] = {}
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise FormatError(f"the stored tables cannot be read ({error}); restore the database from its copy") from None
    with tempfile.TemporaryDirectory() as folder, archive:
        for part in archive.namelist():
            name, _, file = part.rpartition("/")
            path = Path(folder) / file
            path.write_bytes(archive.read(part))
            frame, problems = read_parquet(path)
            if problems:
                raise TableError(problems)
            sets.setdefault(name, {})[path.stem] = frame
    return sets


def merged(parts: Sequence[Mapping[str, Mapping[str, pd.DataFrame]]]) -> dict[str, dict[str, pd.DataFrame]]:
    """Return the tables of several parts by set and name: the rows of the first part, then those of the next."""
    pieces: dict[str, dict[str, list[pd.DataFrame]]] = {}
    for part in parts:
        for name, frames in part.items():
            for table, frame in frames.items():
                pieces.setdefault(name, {}).setdefault(table, []).append(frame)
    return {name: {table: pd.concat(frames) if len(frames) > 1 else frames[0] for table, frames in tables.items()}
            for name, tables in pieces.items()}  # fmt: skip


def frame_to_parquet(frame: pd.DataFrame, about: Mapping[str, str] | None = None) -> bytes:
    """Return the frame as a Parquet file; `about` stands in its metadata, as the marking does."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **(about or {})}), out,
                   compression="zstd")  # fmt: skip
    return out.getvalue()


def frame_of_parquet(content: bytes) -> pd.DataFrame:
    """Return the frame of a Parquet file."""
    return pq.read_table(io.BytesIO(content)).to_pandas()
