"""Tables with a contract: what a column holds, in which unit, within which bounds.

A `Contract` lists the columns of one table. `Table.of` checks raw values against it, reports every
problem at once, fills defaults, sorts the rows by key and freezes the arrays. A row's code is its
position. Numbers keep twelve decimals, so that every one of them is an exact decimal to the verifier.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import repeat, starmap
from typing import Any

import numpy as np
import pandas as pd

from data.keys import duplicate_keys, sorted_by_key
from data.parsing import parse_column
from data.problems import Problem, TableError

SCHEMA_VERSION = 1
EMPTY = -1  # an empty whole number; every whole-number column has a minimum of 0
LIST_SEPARATOR = "|"
UNIT_BEHIND = re.compile(r"\s*[\[(][^\])]*[\])]\s*$")  # a unit behind a column's name, as only workbooks have it


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    LIST = "list"  # texts joined by |
    DATE = "date"  # ISO 8601, kept as text


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()


@dataclass(frozen=True)
class Column:
    """The contract of one column.

    `default` is REQUIRED, None (may stay empty) or the value an empty cell takes. `minimum` and
    `maximum` are inclusive unless `above` is set, which makes the minimum exclusive.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    default: Any = REQUIRED
    key: bool = False
    refers_to: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: bool = False
    digits: bool = False  # a text of digits: as a number it may have lost zeros in front


@dataclass(frozen=True)
class Contract:
    """The contract of one table: its columns in order, and whether it may be absent."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    optional: bool = True
    single: bool = False  # exactly one row

    @property
    def key(self) -> tuple[str, ...]:
        """Return the names of the key columns, in order."""
        return tuple(c.name for c in self.columns if c.key)

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table '{self.name}' has no column '{name}'")


@dataclass(frozen=True, eq=False)
class Table:
    """Checked, sorted, frozen rows of one contract. Make one with `Table.of`; vary it with `replace`."""

    contract: Contract
    columns: Mapping[str, np.ndarray]
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        # what is kept beside the columns can be made again; its row classes cannot be pickled
        return {"contract": self.contract, "columns": self.columns, "_cache": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for values in self.columns.values():  # NB: a pickled array comes back writeable
            values.setflags(write=False)

    @classmethod
    def of(cls, contract: Contract, raw: pd.DataFrame | Mapping[str, Sequence[Any]] | None = None) -> Table:
        """Return the checked table of these raw values; TableError lists every problem."""
        table, problems = check_table(contract, raw)
        if table is None or problems:
            raise TableError(problems)
        return table

    @classmethod
    def from_rows(cls, contract: Contract, rows: Iterable[Mapping[str, Any]]) -> Table:
        """Return the checked table of these rows, each a mapping from column to value."""
        rows = list(rows)
        names = list(dict.fromkeys(name for row in rows for name in row))
        return cls.of(contract, {name: [row.get(name) for row in rows] for name in names})

    @property
    def name(self) -> str:
        """Return the table's name."""
        return self.contract.name

    def __len__(self) -> int:
        return len(self.columns[self.contract.columns[0].name])

    def __getitem__(self, column: str) -> np.ndarray:
        """Return the read-only values of a column: text as objects, empty numbers NaN, empty integers -1."""
        return self.columns[column]

    def rows(self) -> tuple[Any, ...]:
        """Return the rows as named tuples; an empty cell is None, a list column a tuple of texts."""
        if "rows" not in self._cache:
            make = namedtuple(self.name, [c.name for c in self.contract.columns])  # type: ignore[misc]
            plain = [_plain(self.columns[c.name], c) for c in self.contract.columns]
            self._cache["rows"] = tuple(starmap(make, zip(*plain, strict=True)))
        return self._cache["rows"]

    def where(self, mask: np.ndarray) -> Iterator[tuple[int, Any]]:
        """Yield position and row of each row that the mask names: to look at a few of many rows."""
        held = np.flatnonzero(mask)
        if len(held):
            few = Table(self.contract, {name: values[held] for name, values in self.columns.items()})
            yield from zip(held.tolist(), few.rows(), strict=True)

    def frame(self) -> pd.DataFrame:
        """Return a pandas copy; empty cells are <NA> in integer columns, NaN in numbers, '' in text."""
        out: dict[str, Any] = {}
        for c in self.contract.columns:
            values = self.columns[c.name]
            if c.kind is Kind.INTEGER and (values == EMPTY).any():
                out[c.name] = pd.array(values, dtype="Int64")
                out[c.name][values == EMPTY] = pd.NA
            else:
                out[c.name] = values.copy()
        return pd.DataFrame(out)

    def position(self) -> dict[Any, int]:
        """Return the code (position) of each key; a single-column key is the bare value."""
        if "position" not in self._cache:
            arrays = [self.columns[name].tolist() for name in self.contract.key]
            keys = arrays[0] if len(arrays) == 1 else list(zip(*arrays, strict=True))
            self._cache["position"] = {key: code for code, key in enumerate(keys)}
        return self._cache["position"]

    def row_read(self, position: int) -> int | None:
        """Return the row it was read from, 1 being the first below the header; None if it was not read."""
        origin = self._cache.get("origin")
        return None if origin is None else int(origin[position]) + 1

    def codes(self, column: str, target: Table) -> np.ndarray:
        """Return int32 positions of this column's values in `target`; -1 where empty or unknown."""
        cache_key = ("codes", column, id(target))
        if cache_key not in self._cache:
            position = target.position()
            found = map(position.get, self.columns[column].tolist(), repeat(-1))
            codes = np.fromiter(found, np.int32, len(self))
            codes.setflags(write=False)
            self._cache[cache_key] = (codes, target)  # keeping the target keeps its id its own
        return self._cache[cache_key][0]

    def replace(self, raw: pd.DataFrame | Mapping[str, Sequence[Any]]) -> Table:
        """Return a new checked table of the same contract."""
        return Table.of(self.contract, raw)

    def raw(self) -> dict[str, list[Any]]:
        """Return the rows as plain column lists that `Table.of` reads back; empty cells are None."""
        return {c.name: _plain(self.columns[c.name], c) for c in self.contract.columns}

    @property
    def digest(self) -> str:
        """Return the sha256 of schema version, contract order and canonical values.

        Numbers enter by their eight bytes, which name a float as exactly as its shortest repr does
        (see docs/decisions/002). The same rows give one digest whatever file they came from.
        """
        if "digest" not in self._cache:
            sha = hashlib.sha256(f"casemate {SCHEMA_VERSION} {self.name} {len(self)}".encode())
            for c in self.contract.columns if len(self) else ():
                sha.update(f"\n{c.name}:{c.kind}:".encode())
                sha.update(_canonical_bytes(self.columns[c.name]))
            self._cache["digest"] = sha.hexdigest()
        return self._cache["digest"]


def _plain(values: np.ndarray, column: Column) -> list[Any]:
    out = values.tolist()
    if column.kind is Kind.INTEGER:
        return [None if v == EMPTY else v for v in out] if (values == EMPTY).any() else out
    if column.kind is Kind.NUMBER:
        return [None if v != v else v for v in out] if np.isnan(values).any() else out
    if column.kind is Kind.LIST:
        return [tuple(v.split(LIST_SEPARATOR)) if v else () for v in out]
    return out if column.kind is Kind.FLAG or all(out) else [v or None for v in out]


def _canonical_bytes(values: np.ndarray) -> bytes:
    if values.dtype != object:
        return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    texts = values.tolist()
    joined = "".join(texts)
    if not joined.isascii():
        texts = [t if t.isascii() else unicodedata.normalize("NFC", t) for t in texts]
        joined = "".join(texts)
    return np.fromiter(map(len, texts), "<i4", len(texts)).tobytes() + joined.encode()


def check_table(
    contract: Contract, raw: pd.DataFrame | Mapping[str, Sequence[Any]] | None
) -> tuple[Table | None, list[Problem]]:
    """Return the table and what is wrong with it; the table is None where no column could be read."""
    frame = raw if isinstance(raw, pd.DataFrame) else pd.DataFrame(dict(raw or {}), dtype=object)
    problems = _unknown_columns(contract, frame)
    columns: dict[str, np.ndarray] = {}
    for column in contract.columns:
        values, found = parse_column(contract.name, column, frame)
        problems += found
        columns[column.name] = values
    if contract.single and len(frame) != 1:
        problems.append(Problem(contract.name, None, "", str(len(frame)), "must have exactly one row", "keep one row"))
    elif not contract.optional and not len(frame):
        problems.append(Problem(contract.name, None, "", "", "the table has no rows", "give at least one row"))
    problems += duplicate_keys(contract, columns)
    order = sorted_by_key(contract, columns)
    frozen = {}
    for name, values in columns.items():
        frozen[name] = values[order]
        frozen[name].setflags(write=False)
    table = Table(contract, frozen)
    if isinstance(raw, pd.DataFrame):  # as it was read: later findings name the row
        table._cache["origin"] = order
    return table, problems


def _unknown_columns(contract: Contract, frame: pd.DataFrame) -> list[Problem]:
    known = {c.name: c.unit for c in contract.columns}
    names = ", ".join(known)
    out = []
    for name in map(str, frame.columns):
        if name in known:
            continue
        mend, meant = f"rename it or take it out; known: {names}", UNIT_BEHIND.sub("", name).strip().lower()
        if meant in known:
            unit = f", with values in {known[meant]}" if known[meant] else ""
            mend = f"write '{meant}' alone, in small letters and without a unit{unit}"
        out.append(Problem(contract.name, None, name, "", "unknown column", mend))
    return out
