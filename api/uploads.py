"""An uploaded theatre or some of its tables: a workbook, a zip, or one file, put in a folder that goes away.

A zip is unpacked within limits.
"""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from pathlib import Path

from api.refusals import MediaError, TooLargeError
from data.contracts import SCENARIO, THEATRE
from data.formats import load, load_scenario, open_source
from data.formats.limits import MOST_UNPACKED, size_text
from data.formats.overlay import Overlay, Source
from data.problems import FormatError
from data.theatre import Scenario, Theatre

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
MEDIA = (WORKBOOK, ZIP)
ONE_TABLE = {"text/csv": ".csv", "application/vnd.apache.parquet": ".parquet"}
MOST_FILES = 2000
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, zlib.error,
              lzma.LZMAError)  # fmt: skip
PART = re.compile(r"(?:scenarios/[\w-]{1,80}/)?[\w-]{1,80}\.(?:csv|parquet|json|md|txt)")


def read_upload(folder: Path, name: str, media: str, content: bytes) -> tuple[Theatre, list[Scenario]]:
    """Return the theatre and its scenarios; FormatError, MediaError, TooLargeError or TableError with every problem."""
    return _read(_source(folder, name, media, content))


def read_import(
    folder: Path, under: Source, media: str, content: bytes, table: str, scenario: str
) -> tuple[Theatre, list[Scenario], list[str]]:
    """Return the theatre `under` with the tables of the upload in place of its own, its scenarios, what was replaced.

    One table as CSV or Parquet is `table`, of `scenario` if that is named. Errors as `read_upload`'s; FormatError if
    nothing is there to import.
    """
    place = folder / "import"
    if media in ONE_TABLE:
        contracts = SCENARIO if scenario else THEATRE
        if table not in contracts:
            raise FormatError(f"one file is one table: name it by ?table=, one of {', '.join(contracts)}"
                              + ("" if scenario else "; of a scenario also by &scenario="))  # fmt: skip
        file = (place / "scenarios" / scenario if scenario else place) / f"{table}{ONE_TABLE[media]}"
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        over = open_source(place)
    else:
        over = _source(folder, place.name, media, content)
    both = Overlay(under, over)
    told = _read(both)
    replaced = both.replaced()
    if not replaced:
        raise FormatError("nothing to import: the upload holds no table of a theatre or of a scenario")
    return *told, replaced


def _source(folder: Path, name: str, media: str, content: bytes) -> Source:
    if media == WORKBOOK:
        place = folder / f"{name}.xlsx"
        place.write_bytes(content)
    elif media == ZIP:
        place = folder / name
        place.mkdir()
        _unpack(content, folder / "upload.zip", place)
    else:
        raise MediaError(f"send a workbook ({WORKBOOK}) or a zip of CSV or Parquet files ({ZIP})")
    return open_source(place)


def _read(source: Source) -> tuple[Theatre, list[Scenario]]:
    theatre = load(source)
    return theatre, [load_scenario(source, theatre, each) for each in source.scenarios()]


def _unpack(content: bytes, file: Path, place: Path) -> None:
    file.write_bytes(content)
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(file) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            if len(parts) > MOST_FILES:
                raise TooLargeError(f"the zip holds {len(parts)} files; at most {MOST_FILES}")
            for part in parts:
                if not PART.fullmatch(part.filename):
                    raise FormatError(f"the zip holds '{part.filename[:80]}'; only TABLE.csv or .parquet and "
                                      "scenarios/NAME/TABLE.csv or .parquet are read")  # fmt: skip
                target = place / part.filename
                if target.exists():
                    raise FormatError(f"the zip holds '{part.filename}' twice; keep one of them")
                target.parent.mkdir(parents=True, exist_ok=True)
                left -= _copy(archive, part, target, left)
    except UNREADABLE as error:
        raise FormatError(f"the zip cannot be read ({type(error).__name__}); pack the folder again") from None


def _copy(archive: zipfile.ZipFile, part: zipfile.ZipInfo, target: Path, left: int) -> int:
    # NB: sizes in a zip's directory are what its maker says; what comes out is counted
    written = 0
    with archive.open(part) as source, target.open("wb") as out:
        while block := source.read(1 << 20):
            written += len(block)
            if written > left:
                raise TooLargeError(f"the zip unpacks to more than {size_text(MOST_UNPACKED)}")
            out.write(block)
    return written
