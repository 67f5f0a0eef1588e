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
_EXACT = 2.0**53 / 10**DECIMALS  # from here on a float has no more decimals than those
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
    cells = frame[column.name]
    empty = _empty(cells)
    problems = []
    if required:
        for i in np.flatnonzero(empty).tolist():
            mend = f"give {column.meaning}"
            found = _shown(cells.iloc[i])
            problems.append(Problem(table, i + 1, column.name, found, "the cell is empty", mend))
    parse = {"number": _numbers, "integer": _integers, "flag": _flags, "date": _dates}.get(column.kind, _texts)
    values, bad = parse(column, cells, empty)
    for i, what, mend in bad:
        problems.append(Problem(table, int(i) + 1, column.name, _shown(cells.iloc[i]), what, mend))
    return values, problems


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _empty(cells: pd.Series) -> np.ndarray:
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iub":
        return np.zeros(len(cells), bool)
    missing = cells.isna().to_numpy()
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind == "f":
        return missing
    blank = np.fromiter((isinstance(v, str) and not v.strip() for v in cells), bool, len(cells))
    return missing | blank


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


def _numbers(column: Column, cells: pd.Series, empty: np.ndarray) -> tuple[np.ndarray, Bad]:
    text = cells.astype(object).where(~empty, None)
    if any(isinstance(v, (bool, np.bool_)) for v in text):
        text = text.map(lambda v: "flag" if isinstance(v, (bool, np.bool_)) else v)
    numeric = pd.to_numeric(text, errors="coerce").to_numpy(float, na_value=np.nan)
    bad: Bad = []
    for i in np.flatnonzero(np.isnan(numeric) & ~empty):
        bad.append((int(i), "is not a number", _number_mend(str(text.iloc[i]))))
    with np.errstate(invalid="ignore"):
        numeric = np.where(np.abs(numeric) < _EXACT, np.round(numeric, DECIMALS), numeric) + 0.0
    for i in np.flatnonzero(np.isinf(numeric)):
        bad.append((int(i), "is infinite", "give a finite number or leave it empty"))
    bad += _out_of_range(column, numeric, np.isfinite(numeric))
    return np.where(empty, _filled(column, len(cells)).astype(float), numeric), bad


def _number_mend(text: str) -> str:
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


def _integers(column: Column, cells: pd.Series, empty: np.ndarray) -> tuple[np.ndarray, Bad]:
    numbers, bad = _numbers(column, cells, empty)
    known = {i for i, _, _ in bad}
    out = _filled(column, len(cells))
    given = ~empty & np.isfinite(numbers)
    broken = given & (numbers != np.round(numbers))
    for i in np.flatnonzero(broken):
        if int(i) not in known:
            bad.append((int(i), "is not a whole number", "round it to a whole number"))
    fine = given & ~broken & (np.abs(numbers) < 2**53)
    out[fine] = numbers[fine].astype(np.int64)
    return out, bad


def _flags(column: Column, cells: pd.Series, empty: np.ndarray) -> tuple[np.ndarray, Bad]:
    out = _filled(column, len(cells))
    given = cells.tolist()
    bad: Bad = []
    for i in np.flatnonzero(~empty):
        word = str(given[i]).strip().lower()
        if word in _TRUE:
            out[i] = True
        elif word in _FALSE:
            out[i] = False
        else:
            bad.append((int(i), "is neither yes nor no", "write yes or no"))
    return out, bad


def _texts(column: Column, cells: pd.Series, empty: np.ndarray) -> tuple[np.ndarray, Bad]:
    out = _filled(column, len(cells))
    given = cells.tolist()  # a cell at a time of a pandas column costs fifty times as much
    bad: Bad = []
    for i in np.flatnonzero(~empty):
        value = given[i]
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
            bad.append((int(i), "is not one of the known words", "use one of: " + ", ".join(column.choices)))
        elif not text.isprintable() and any(ord(c) < 32 for c in text):
            bad.append((int(i), "holds a control character", "take line breaks and tabs out of the cell"))
        out[i] = text
    return out, bad


def _dates(column: Column, cells: pd.Series, empty: np.ndarray) -> tuple[np.ndarray, Bad]:
    out = _filled(column, len(cells))
    given = cells.tolist()
    bad: Bad = []
    for i in np.flatnonzero(~empty):
        value = given[i]
        text = value.isoformat()[:10] if hasattr(value, "isoformat") else str(value).strip()
        try:
            out[i] = datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            bad.append((int(i), "is not a date", "write dates as 2026-11-23"))
    return out, bad
