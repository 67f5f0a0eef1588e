"""How large an input may be: what is larger is refused at once, with words, instead of filling the memory."""

from __future__ import annotations

MIB = 2**20
MOST_BYTES = 100 * MIB  # of one file; a table of a million rows as CSV is about as large
MOST_ROWS = 1_000_000  # of one table in CSV or Parquet
MOST_SHEET_ROWS = 400_000  # of one sheet: its cells are held one by one, empty ones too
MOST_SHEET_COLUMNS = 52  # A to AZ; the widest table has a third of that
MOST_UNPACKED = 600 * MIB  # of a workbook, and of a Parquet file
MOST_PART = 300 * MIB  # of one part of a workbook, as a sheet or its texts: it is looked through in one piece
MOST_TEXT = 1024 * MIB  # of a workbook's texts when each cell has its own
MOST_PARTS = 2_000  # of a workbook
MOST_SHOWN = 1_000  # problems of one kind shown for one column or sheet


def size_text(size: int) -> str:
    """Return a number of bytes in MiB for a message."""
    return f"{size / MIB:,.0f} MiB"
