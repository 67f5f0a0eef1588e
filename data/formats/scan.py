"""A quick look over the tags of a large XML part: is every cell and row written as usual and near, is there a formula?

Patterns over a hundred megabytes cost as much as reading the cells; arrays cost a fraction. What is not as usual is
only reported here: who asks then looks closely.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

MOST_COLONS = 10_000  # looked at one by one
BLOCK = 2**18  # bytes searched at a time: they and what is found in them stay near the processor
REACH = 24  # bytes behind a tag's beginning that are asked for
NEAR_DIGITS = 6  # a row of more digits, or of six beginning with 4 or more, is beyond 399,999
_NO_PREFIX = re.compile(rb"[\s>]")  # between < and the colon: it stands in an attribute or a text
_CELL = int.from_bytes(b'c r="', "little")
_ROW = int.from_bytes(b'row r="', "little")


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
    near_end = xml.rfind(b"<") > len(xml) - REACH  # so that what follows a tag can be asked for at the end too
    text = np.frombuffer(xml + bytes(REACH) if near_end or len(xml) < REACH else xml, np.uint8)
    words = np.ndarray(len(text) - 7, "<u8", text.data, strides=(1,))  # the eight bytes from each place on
    cells, rows, *odd = zip(*(_block(text, words, i) for i in range(0, len(text), BLOCK)), strict=True)
    odd_cells, odd_rows, formulas, errors, declarations = map(any, odd)
    prefixed = _prefixed(xml, text)
    return Look(sum(cells), sum(rows), prefixed or odd_cells, prefixed or odd_rows, prefixed or formulas, errors,
                declarations)  # fmt: skip


def _block(text: np.ndarray, words: np.ndarray, begin: int) -> Look:
    """Return what a block of the part shows, but for prefixes."""
    tags = _places(text, ord("<"), begin) + 1
    after = text[tags]
    cells, rows = tags[after == ord("c")], tags[after == ord("r")]
    rows = rows[text[rows + 1] == ord("o")]
    formulas = np.isin(text[tags[after == ord("f")] + 1], np.frombuffer(b" \t\r\n/>", np.uint8))
    return Look(len(cells), len(rows), _odd_cells(words, cells), _odd_rows(words, rows), bool(formulas.any()),
                _quoted_e(text, begin), bool((after == ord("!")).any()))  # fmt: skip


def _places(text: np.ndarray, letter: int, begin: int) -> np.ndarray:
    """Return where the letter stands in a block."""
    return np.flatnonzero(text[begin : begin + BLOCK] == letter) + begin


def _prefixed(xml: bytes, text: np.ndarray) -> bool:
    """Return whether a tag in c, r or f may carry a prefix, as <x:c."""
    found = []
    for begin in range(0, len(text) - 1, BLOCK):
        colons = _places(text[:-1], ord(":"), begin)
        found += colons[np.isin(text[colons + 1], np.frombuffer(b"crf", np.uint8))].tolist()
        if len(found) > MOST_COLONS:
            return True
    return any(_NO_PREFIX.search(xml[max(0, colon - 1000) : colon].rpartition(b"<")[2]) is None for colon in found)


def _quoted_e(text: np.ndarray, begin: int) -> bool:
    e = _places(text[1:-1], ord("e"), begin) + 1
    before = text[e - 1]
    return bool(((before == text[e + 1]) & ((before == ord('"')) | (before == ord("'")))).any())


def _odd_cells(words: np.ndarray, cells: np.ndarray) -> bool:
    begins = words[cells]
    usual = begins & (2**40 - 1) == _CELL
    if not usual.all():
        others = _byte(begins[~usual], 1)  # columns, formats, views, styles, texts, properties
        if not np.isin(others, np.frombuffer(b"ofuehp", np.uint8)).all():
            return True
        cells, begins = cells[usual], begins[usual]
    first, second, third = (_byte(begins, i) for i in (5, 6, 7))
    one = _digit(second)
    two = (first == ord("A")) & _upper(second) & _digit(third)
    return not (_upper(first) & (one | two)).all() or _far(words, cells + np.where(one, 6, 7))


def _odd_rows(words: np.ndarray, rows: np.ndarray) -> bool:
    begins = words[rows]
    begins, rows = (part[_byte(begins, 2) == ord("w")] for part in (begins, rows))
    return not (begins & (2**56 - 1) == _ROW).all() or _far(words, rows + 7)


def _far(words: np.ndarray, numbers: np.ndarray) -> bool:
    """Return whether a number that begins at one of these places may be beyond 399,999."""
    begins = words[numbers]
    sixth = _digit(_byte(begins, NEAR_DIGITS - 1))
    long = sixth & (_digit(_byte(begins, NEAR_DIGITS)) | (_byte(begins, 0) >= ord("4")))
    return bool(long.any())


def _byte(words: np.ndarray, place: int) -> np.ndarray:
    return (words >> np.uint64(8 * place)).astype(np.uint8)


def _digit(letters: np.ndarray) -> np.ndarray:
    return (letters >= ord("0")) & (letters <= ord("9"))


def _upper(letters: np.ndarray) -> np.ndarray:
    return (letters >= ord("A")) & (letters <= ord("Z"))
