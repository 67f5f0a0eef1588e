"""What-if as data: edits of named cells, added and dropped rows, applied to a new theatre and scenario.

    stocks[donor=BIRCH].floor *= 2          links[link=L7].capacity = 0
    needs[tier=1,sector=KESTREL].rdd -= 1   stocks[lot=A1].earmarked = empty
    drop caveats[donor=ALDER]               add needs{need=N9,sector=KESTREL,…}

A change prints itself in the same words, so that it can stand in an audit trail and be read back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.contracts import SCENARIO, THEATRE
from data.problems import ChangeError
from data.tables import EMPTY, LIST_SEPARATOR, Kind, Table
from data.theatre import Scenario, Theatre

OPS = {"set": "=", "add": "+=", "subtract": "-=", "scale": "*="}
_SIGNS = {sign: op for op, sign in OPS.items()}
_EDIT = re.compile(r"^\s*(\w+)\s*\[(.*)\]\s*\.\s*(\w+)\s*([-+*]?=)\s*(.*?)\s*$")
_DROP = re.compile(r"^\s*drop\s+(\w+)\s*\[(.*)\]\s*$")
_ADD = re.compile(r"^\s*add\s+(\w+)\s*\{(.*)\}\s*$")
_BARE = re.compile(r"[^\s,\[\]{}='\"]+")

Where = tuple[tuple[str, str], ...]


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _print_pairs(pairs: Where) -> str:
    return ",".join(f"{name}={_quoted(value)}" for name, value in pairs)


@dataclass(frozen=True)
class Change:
    """Set, add to, subtract from or scale one column of the rows that match `where`."""

    table: str
    where: Where
    column: str
    op: str
    value: str

    def __str__(self) -> str:
        value = _quoted(self.value) if self.value else "empty"
        return f"{self.table}[{_print_pairs(self.where)}].{self.column} {OPS[self.op]} {value}"

    @staticmethod
    def parse(text: str) -> Change | Add | Drop:
        """Return the change written in this text; ChangeError says what does not read."""
        return parse_change(text)


@dataclass(frozen=True)
class Add:
    """Add one row."""

    table: str
    row: Where

    def __str__(self) -> str:
        return f"add {self.table}{{{_print_pairs(self.row)}}}"


@dataclass(frozen=True)
class Drop:
    """Drop the rows that match `where`."""

    table: str
    where: Where

    def __str__(self) -> str:
        return f"drop {self.table}[{_print_pairs(self.where)}]"


AnyChange = Change | Add | Drop


def parse_change(text: str) -> AnyChange:
    """Return the change written in this text; ChangeError says what does not read."""
    if match := _EDIT.match(text):
        table, where, column, sign, value = match.groups()
        shown = "" if value == "empty" else _unquoted(value)
        return Change(table, _pairs(where, text), column, _SIGNS[sign], shown)
    if match := _DROP.match(text):
        return Drop(match[1], _pairs(match[2], text))
    if match := _ADD.match(text):
        return Add(match[1], _pairs(match[2], text))
    raise ChangeError(
        f"cannot read the change {text!r}; write table[column=value].column *= 2, "
        "drop table[column=value] or add table{column=value,…}"
    )


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


_PAIR = re.compile(r"""\s*(\w+)\s*=\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^,]*?)\s*(?:,|$)""")


def _pairs(text: str, whole: str) -> Where:
    pairs, at = [], 0
    while at < len(text.rstrip()):
        match = _PAIR.match(text, at)
        if not match:
            raise ChangeError(f"cannot read {text[at:]!r} in the change {whole!r}; write column=value, …")
        pairs.append((match[1], _unquoted(match[2])))
        at = match.end()
    return tuple(pairs)


def apply(theatre: Theatre, scenario: Scenario, changes: Sequence[AnyChange | str]) -> tuple[Theatre, Scenario]:
    """Return a new theatre and scenario with the changes applied in order; the given ones stay as they are.

    ChangeError if a change names what is not there; TableError if the result breaks a contract.
    """
    edited: dict[str, dict[str, list[Any]]] = {}
    for change in changes:
        change = parse_change(change) if isinstance(change, str) else change
        table = _table(theatre, scenario, change)
        raw = edited.get(change.table) or table.raw()
        edited[change.table] = _apply_one(change, table, raw)
    mine = {name: raw for name, raw in edited.items() if name in THEATRE}
    asked = {name: raw for name, raw in edited.items() if name in SCENARIO}
    new_theatre = theatre.replace(**mine) if mine else theatre
    return new_theatre, scenario.replace(new_theatre, **asked) if edited else scenario


def _table(theatre: Theatre, scenario: Scenario, change: AnyChange) -> Table:
    for tables in (theatre.tables, scenario.tables):
        if change.table in tables:
            return tables[change.table]
    known = ", ".join([*THEATRE, *SCENARIO])
    raise ChangeError(f"{change}: no table '{change.table}'; known: {known}")


def _apply_one(change: AnyChange, table: Table, raw: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    columns = {c.name: c for c in table.contract.columns}
    pairs = change.row if isinstance(change, Add) else change.where
    for name in [n for n, _ in pairs] + ([change.column] if isinstance(change, Change) else []):
        if name not in columns:
            raise ChangeError(f"{change}: table '{change.table}' has no column '{name}'; known: {', '.join(columns)}")
    if isinstance(change, Add):
        row = {name: _cell(value, columns[name].kind) for name, value in change.row}
        return {name: [*values, row.get(name)] for name, values in raw.items()}
    hit = [i for i in range(len(raw[next(iter(raw))])) if _matches(change.where, raw, i, columns)]
    if not hit:
        raise ChangeError(f"{change}: no such row in table '{change.table}'; check the names and values in [ ]")
    if isinstance(change, Drop):
        gone = set(hit)
        return {name: [v for i, v in enumerate(values) if i not in gone] for name, values in raw.items()}
    if columns[change.column].key:
        raise ChangeError(f"{change}: '{change.column}' is the key of table '{change.table}'; drop the row and add one")
    values = list(raw[change.column])
    for i in hit:
        values[i] = _edited(change, columns[change.column].kind, values[i])
    return {**raw, change.column: values}


def _matches(where: Where, raw: Mapping[str, list[Any]], i: int, columns: Mapping[str, Any]) -> bool:
    for name, wanted in where:
        value = raw[name][i]
        kind = columns[name].kind
        if value is None or value == ():
            same = wanted in ("", "empty")
        elif kind is Kind.FLAG:
            same = wanted.lower() in (("yes", "true", "1") if value else ("no", "false", "0"))
        elif kind in (Kind.NUMBER, Kind.INTEGER):
            same = _number(wanted) == value
        elif kind is Kind.LIST:
            same = wanted in (LIST_SEPARATOR.join(value), *value)
        else:
            same = str(value) == wanted
        if not same:
            return False
    return True


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _cell(text: str, kind: Kind) -> Any:
    """Return the value as later changes match and edit it; what does not read stays text for the contract."""
    word = text.strip().lower()
    if kind in (Kind.NUMBER, Kind.INTEGER) and (number := _number(text)) is not None:
        return int(number) if kind is Kind.INTEGER and number.is_integer() else number
    if kind is Kind.FLAG and word in ("yes", "true", "1", "no", "false", "0"):
        return word in ("yes", "true", "1")
    if kind is Kind.LIST:
        return tuple(part.strip() for part in text.split(LIST_SEPARATOR) if part.strip())
    return text or None


def _edited(change: Change, kind: Kind, old: Any) -> Any:
    if change.op == "set":
        return _cell(change.value, kind)
    number = _number(change.value)
    if isinstance(old, str) or kind not in (Kind.NUMBER, Kind.INTEGER) or number is None or not np.isfinite(number):
        raise ChangeError(f"{change}: {OPS[change.op]} needs a number column and a finite number")
    if old is None or old == EMPTY:
        raise ChangeError(f"{change}: the cell is empty, so there is nothing to {change.op}; set it with =")
    new = {"add": old + number, "subtract": old - number, "scale": old * number}[change.op]
    return new if kind is Kind.NUMBER else _whole(change, new)


def _whole(change: Change, value: float) -> int:
    if value != round(value):
        raise ChangeError(f"{change}: gives {value:g}, but '{change.column}' holds whole numbers")
    return round(value)
