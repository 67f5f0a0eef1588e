"""What a column's contract says, in words: for the page of tables and for the notes of a workbook."""

from __future__ import annotations

from data.tables import Column


def default_text(column: Column) -> str:
    """Return what an empty cell stands for; nothing where it must be filled."""
    if repr(column.default) == "required":
        return ""
    if column.default is None or column.default == "":
        return "*empty*"
    if isinstance(column.default, bool):
        return "yes" if column.default else "no"
    return f"{column.default:g}" if isinstance(column.default, int | float) else str(column.default)


def within_text(column: Column) -> str:
    """Return the words or the range a value must be of; nothing where any will do."""
    if column.choices:
        return ", ".join(c for c in column.choices if c)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{low:g} to {high:g}" if not column.above else f"above {low:g}, at most {high:g}"
    if low is not None:
        return f"above {low:g}" if column.above else f"at least {low:g}"
    return f"at most {high:g}" if high is not None else ""


def sentence(text: str) -> str:
    """Return the text with a capital letter."""
    return text[0].upper() + text[1:]
