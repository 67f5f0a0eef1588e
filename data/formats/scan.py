"""A quick look over the tags of a large XML part: is every cell and row written as usual and near, is there a formula?

Patterns over a hundred megabytes cost as much as reading the cells; arrays cost a fraction. What is not as usual is
only reported here: who asks then looks closely.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

MOST_COLONS = 10_000  # looked at one by one
_NO_PREFIX = re.compile(rb"[\s>]")  # between < and the colon: it stands in an attribute or a text
NEAR_DIGITS = 6  # a row of more digits, or of six beginning with 4 or more, is beyond 399,999


class Look(NamedTuple):
    """What a part holds, as far as a quick look shows."""

    cells: int  # or more: tags that begin with <c
    rows: int  # or more: tags that begin with <ro
    odd_cells: bool  # a cell far out, or not written as <c r="B7"
    odd_rows: bool  # a row far down, or not written as <row r="7"
    formulas: bool  # a tag <f, or one with a prefix
    errors: bool  # an e alone in quotes, as in t="e"
    declarations: bool  # a tag that begins with <!


def look(xml: bytes) -> Look:
    """Return what a quick look over the part shows."""
    text = np.frombuffer(xml + bytes(16), np.uint8)  # so that what follows a tag can be asked for at the end too
    tags = np.flatnonzero(text == ord("<")) + 1
    after = text[tags]
    prefixed = _prefixed(xml, text)
    cells, rows = tags[after == ord("c")], tags[after == ord("r")]
    rows = rows[text[rows + 1] == ord("o")]
    return Look(
        len(cells),
        len(rows),
        prefixed or _odd_cells(text, cells),
        prefixed or _odd_rows(text, rows),
        prefixed or bool(np.isin(text[tags[after == ord("f")] + 1], np.frombuffer(b" \t\r\n/>", np.uint8)).any()),
        _quoted_e(text),
        bool((after == ord("!")).any()),
    )


def _prefixed(xml: bytes, text: np.ndarray) -> bool:
    """Return whether a tag in c, r or f may carry a prefix, as <x:c."""
    colons = np.flatnonzero(text == ord(":"))
    colons = colons[np.isin(text[colons + 1], np.frombuffer(b"crf", np.uint8))].tolist()
    if len(colons) > MOST_COLONS:
        return True
    return any(_NO_PREFIX.search(xml[max(0, colon - 1000) : colon].rpartition(b"<")[2]) is None for colon in colons)


def _quoted_e(text: np.ndarray) -> bool:
    e = np.flatnonzero(text[1:] == ord("e")) + 1
    before = text[e - 1]
    return bool(((before == text[e + 1]) & ((before == ord('"')) | (before == ord("'")))).any())


def _follows(text: np.ndarray, places: np.ndarray, word: bytes) -> np.ndarray:
    """Return where the word stands at these places."""
    held = np.ones(len(places), bool)
    for i, letter in enumerate(word):
        held &= text[places + i] == letter
    return held


def _odd_cells(text: np.ndarray, cells: np.ndarray) -> bool:
    usual = _follows(text, cells + 1, b' r="')
    others = text[cells[~usual] + 1]  # columns, formats, views, styles, texts, properties
    if not np.isin(others, np.frombuffer(b"ofuehp", np.uint8)).all():
        return True
    cells = cells[usual]
    first, second, third = (text[cells + i] for i in (5, 6, 7))
    one = _digit(second)
    two = (first == ord("A")) & _upper(second) & _digit(third)
    return not (_upper(first) & (one | two)).all() or _far(text, cells + np.where(one, 6, 7))


def _odd_rows(text: np.ndarray, rows: np.ndarray) -> bool:
    rows = rows[text[rows + 2] == ord("w")]
    return not _follows(text, rows + 3, b' r="').all() or _far(text, rows + 7)


def _far(text: np.ndarray, numbers: np.ndarray) -> bool:
    """Return whether a number that begins at one of these places may be beyond 399,999."""
    sixth = _digit(text[numbers + NEAR_DIGITS - 1])
    long = sixth & (_digit(text[numbers + NEAR_DIGITS]) | (text[numbers] >= ord("4")))
    return bool(long.any())


def _digit(letters: np.ndarray) -> np.ndarray:
    return (letters >= ord("0")) & (letters <= ord("9"))


def _upper(letters: np.ndarray) -> np.ndarray:
    return (letters >= ord("A")) & (letters <= ord("Z"))
