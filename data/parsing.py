"""Raw cells to typed arrays, with every cell that does not fit reported."""

from __future__ import annotations

import datetime
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.problems import Problem

if TYPE_CHECKING:
    from data.tables import Column

DECIMALS = 12  # that a number keeps; every number is then an exact decimal to the verifier
MOST = 1e18  # of a number; sums and products of larger ones would not stay finite
MOST_WHOLE = 2**53 - 1  # of a whole number; beyond it not every one is a float
_EXACT = 2.0**53 / 10**DECIMALS  # from here on a float has no more decimals than those
AS_TEXT = "format the cell as text and type it again"
MOST_SHOWN = 1_000  # bad cells of a column; a column of the wrong kind is seen by then
_TRUE = {"true", "yes", "1", "1.0"}
_FALSE = {"false", "no", "0", "0.0"}


def parse_column(table: str, column: Column, frame: pd.DataFrame) -> tuple[np.ndarray, list[Problem]]:
    """Return the typed values of one column and the problems found, rows counted from 1."""
    count = len(frame)
    required = repr(column.default) == "required"
    if column.name not in frame.columns:
        problems = []
        if required and count:
            mend = f"add the column: {column.meaning}"
            problems.append(Problem(table, None, column.name, "", "the column is missing", mend))
        return _filled(column, count), problems
    cells = frame[column.name].tolist()  # a cell at a time of a pandas column costs fifty times as much
    kinds = set(map(type, cells))
    empty = _empty(cells, kinds)
    problems = []
    if required:
        for i in np.flatnonzero(empty)[:MOST_SHOWN].tolist():
            mend = f"give {column.meaning}"
            problems.append(Problem(table, i + 1, column.name, _shown(cells[i]), "the cell is empty", mend))
    if empty.all():
        return _filled(column, count), problems
    parse = {"number": _numbers, "integer": _integers, "flag": _flags, "date": _dates}.get(column.kind, _texts)
    values, bad = parse(column, cells, empty, kinds)
    for i, what, mend in bad[:MOST_SHOWN]:
        problems.append(Problem(table, int(i) + 1, column.name, _shown(cells[i]), what, mend))
    if len(bad) > MOST_SHOWN:
        what = f"{len(bad) - MOST_SHOWN:,} more cells of the column are bad"
        problems.append(Problem(table, None, column.name, "", what, "mend the column as a whole"))
    return values, problems


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _empty(cells: list[Any], kinds: set[type]) -> np.ndarray:
    """Return which cells are blank or missing; what most columns hold is settled without a look at each cell."""
    if kinds <= {str}:
        texts = set(cells)
        blank = _blank(texts)
        if not blank:
            return np.zeros(len(cells), bool)
        if len(blank) == len(texts):
            return np.ones(len(cells), bool)
        return np.fromiter((v in blank for v in cells), bool, len(cells))
    if kinds <= {int, bool}:
        return np.zeros(len(cells), bool)
    if kinds == {float}:
        return np.isnan(np.array(cells))
    if kinds <= {str, int, float} and _blank({v for v in cells if type(v) is str}) <= {""}:
        held = np.empty(len(cells), object)
        held[:] = cells
        return np.asarray((held == "") | (held != held), bool)
    return np.fromiter((_is_missing(v) for v in cells), bool, len(cells))


def _blank(texts: set[str]) -> set[str]:
    """Return those of the texts that hold nothing but space."""
    return {text for text in texts if not text.strip()} if any(map(str.isspace, texts)) else texts & {""}


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value is pd.NaT or bool(isinstance(value, float) and value != value)


def _filled(column: Column, count: int) -> np.ndarray:
    default = column.default if repr(column.default) != "required" else None
    if column.kind == "number":
        return np.full(count, np.nan if default is None else float(default))
    if column.kind == "integer":
        return np.full(count, -1 if default is None else int(default), np.int64)
    if column.kind == "flag":
        return np.full(count, bool(default))
    return np.full(count, "" if default is None else str(default), object)


Bad = list[tuple[int, str, str]]


def _numbers(column: Column, cells: list[Any], empty: np.ndarray, kinds: set[type]) -> tuple[np.ndarray, Bad]:
    numeric = np.array(cells) if kinds == {float} else _numeric(cells, empty, kinds)
    bad: Bad = []
    for i in np.flatnonzero(np.isnan(numeric) & ~empty).tolist():
        bad.append((i, "is not a number", _number_mend(cells[i])))
    with np.errstate(invalid="ignore", over="ignore"):
        numeric = np.where(np.abs(numeric) < _EXACT, np.round(numeric, DECIMALS), numeric) + 0.0
    for i in np.flatnonzero(np.isinf(numeric)).tolist():
        bad.append((i, "is infinite", "give a finite number or leave it empty"))
    with np.errstate(invalid="ignore"):
        for i in np.flatnonzero(np.isfinite(numeric) & (np.abs(numeric) > MOST)).tolist():
            bad.append((i, f"is beyond {MOST:g}", "correct the value, or leave it empty where that means no limit"))
    bad += _out_of_range(column, numeric, np.isfinite(numeric))
    return np.where(empty, _filled(column, len(cells)).astype(float), numeric), bad


def _numeric(cells: list[Any], empty: np.ndarray, kinds: set[type]) -> np.ndarray:
    """Return the cells as numbers, NaN where empty or none."""
    given = np.empty(len(cells), object)
    given[:] = cells
    given[empty] = None
    if not kinds <= {str, float, int, type(None)}:
        for i in np.flatnonzero(~empty).tolist():
            if isinstance(cells[i], (bool, np.bool_, datetime.date, datetime.time, datetime.timedelta)):
                given[i] = "no number"  # pandas would count days or seconds
    return np.asarray(pd.to_numeric(given, errors="coerce"), float)


def _number_mend(value: Any) -> str:
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return "give the cell a number format and type the number again"
    text = str(value)
    if text.strip().lower() in ("nan", "inf", "-inf", "#n/a", "#value!", "#ref!", "#div/0!"):
        return "put in the number, or leave the cell empty if the column allows it"
    if "," in text:
        return "write numbers with a decimal point and no thousands separator, as 1234.5"
    return "write a number such as 12.5"


def _out_of_range(column: Column, values: np.ndarray, given: np.ndarray) -> Bad:
    unit = f" {column.unit}" if column.unit else ""
    bad: Bad = []
    if column.minimum is not None:
        low = values <= column.minimum if column.above else values < column.minimum
        word = "must be above" if column.above else "must be at least"
        for i in np.flatnonzero(low & given):
            bad.append((int(i), f"{word} {column.minimum:g}{unit}", "correct the value"))
    if column.maximum is not None:
        for i in np.flatnonzero((values > column.maximum) & given):
            bad.append((int(i), f"must be at most {column.maximum:g}{unit}", "correct the value"))
    return bad


def _integers(column: Column, cells: list[Any], empty: np.ndarray, kinds: set[type]) -> tuple[np.ndarray, Bad]:
    numbers, bad = _numbers(column, cells, empty, kinds)
    known = {i for i, _, _ in bad}
    out = _filled(column, len(cells))
    given = ~empty & np.isfinite(numbers)
    broken = given & (numbers != np.round(numbers))
    for i in np.flatnonzero(broken):
        if int(i) not in known:
            bad.append((int(i), "is not a whole number", "round it to a whole number"))
    fine = given & ~broken & (np.abs(numbers) <= MOST_WHOLE)
    for large in np.flatnonzero(given & ~fine & ~broken).tolist():
        if large not in known:
            bad.append((large, f"is beyond {MOST_WHOLE}", "correct the value"))
    out[fine] = numbers[fine].astype(np.int64)
    return out, bad


def _flags(column: Column, cells: list[Any], empty: np.ndarray, kinds: set[type]) -> tuple[np.ndarray, Bad]:
    out = _filled(column, len(cells))
    bad: Bad = []
    for i in np.flatnonzero(~empty).tolist():
        word = str(cells[i]).strip().lower()
        if word in _TRUE:
            out[i] = True
        elif word in _FALSE:
            out[i] = False
        else:
            bad.append((i, "is neither yes nor no", "write yes or no"))
    return out, bad


def _texts(column: Column, cells: list[Any], empty: np.ndarray, kinds: set[type]) -> tuple[np.ndarray, Bad]:
    out = _filled(column, len(cells))
    if kinds <= {str}:  # each text is read once, however often it stands there
        texts = set(cells)
        if not empty.any() and not column.choices and column.kind == "text" and _plain(texts):
            out[:] = cells
            return out, []
        read = {text: _text(column, text) for text in texts}
        out[:] = [read[v][0] for v in cells]
        if empty.any():
            out[empty] = _filled(column, 1)[0]
        wrong = {text: found[1] for text, found in read.items() if found[1]}
        if not wrong:
            return out, []
        return out, [(i, *wrong[cells[i]]) for i in np.flatnonzero(~empty).tolist() if cells[i] in wrong]
    bad: Bad = []
    for i in np.flatnonzero(~empty).tolist():
        out[i], what = _text(column, cells[i])
        if what:
            bad.append((i, *what))
    return out, bad


def _plain(texts: set[str]) -> bool:
    """Return whether the texts are in normal form as they stand: ASCII, printable, no space at either end."""
    joined = "".join(texts)
    if not (joined.isascii() and joined.isprintable()):
        return False
    return " " not in joined or not any(t[0] == " " or t[-1] == " " for t in texts)


def _text(column: Column, value: Any) -> tuple[str, tuple[str, str] | None]:
    """Return the cell's text in normal form, and what is wrong with it and the mend."""
    if isinstance(value, (bool, np.bool_)):
        return "", ("is a truth value where a text is asked for", AS_TEXT)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return "", ("is a date or time where a text is asked for", AS_TEXT)
    if column.digits and isinstance(value, (int, float)):
        return "", ("is a number where a text is asked for: zeros in front may be lost", AS_TEXT)
    if isinstance(value, (tuple, list)):
        value = "|".join(str(v).strip() for v in value)
    elif isinstance(value, float) and value.is_integer():
        value = str(int(value))
    text = str(value).strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if column.kind == "list":
        text = "|".join(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))
    if column.choices and text not in column.choices:
        return text, ("is not one of the known words", "use one of: " + ", ".join(column.choices))
    if not text.isprintable() and any(ord(c) < 32 for c in text):
        return text, ("holds a control character", "take line breaks and tabs out of the cell")
    return text, None


def _dates(column: Column, cells: list[Any], empty: np.ndarray, kinds: set[type]) -> tuple[np.ndarray, Bad]:
    out = _filled(column, len(cells))
    bad: Bad = []
    for i in np.flatnonzero(~empty):
        value = cells[i]
        text = value.isoformat()[:10] if hasattr(value, "isoformat") else str(value).strip()
        try:
            out[i] = datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            bad.append((int(i), "is not a date", "write dates as 2026-11-23"))
    return out, bad
