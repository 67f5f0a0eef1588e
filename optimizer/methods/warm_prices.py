"""Prices carried over: what proved a goal in one setting, in the rows of another, by the names of the rows.

Any prices prove a bound (`Columns.price`), so nothing has to be checked here: a row that is not there any more drops
out, a new row has price 0, and the bound is what the prices are worth in the new setting.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.formulations.reinforce.pool import Rows
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import begin_names
from optimizer.methods.engine import Dual
from optimizer.methods.warm import places, positions
from optimizer.program import Basis, Key

Name = tuple[str, str, int]  # kind of row, key, day


class Renamed:
    """Where the rows, sectors and donors of an old setting stand in a new one."""

    def __init__(self, old: Setting, new: Setting) -> None:
        self._old, self._new = old, new
        self._row = places(row_names(old), row_names(new))
        self._need = positions(old.scenario.needs, new.scenario.needs)

    def dual(self, dual: Dual) -> Dual:
        """Return the prices in the new setting's rows."""
        row = self._row[dual.rows]
        named = {new: price for name, price in dual.named.items() if (new := self._named(name))}
        return Dual(row[row >= 0], dual.price[row >= 0], named)

    def basis(self, basis: Basis, place: np.ndarray) -> Basis:
        """Return a basis of masters in the new setting's rows and columns; `place` has the new one of each column."""
        rows = {new: status for key, status in basis.rows.items() if (new := self._row_key(key)) is not None}
        columns = {}
        for (kind, at), status in basis.columns.items():
            new = (kind, int(place[at])) if kind == "path" else (self._named(kind), 0)
            if new[0] and new[1] >= 0:
                columns[new] = status
        return Basis(rows, columns)

    def _row_key(self, key: Key) -> Key | None:
        kind, at = key
        if kind in ("row", "need"):
            new = int((self._row if kind == "row" else self._need)[at])
            return (kind, new) if new >= 0 else None
        return (self._named(kind), 0) if self._named(kind) else None

    def _named(self, name: str) -> str:
        """Return the name of a row of a donor's share or a sector's balance; empty if it is not there any more."""
        kind, *codes = name.split()
        if not codes:
            return name
        old, new, code = self._old, self._new, int(codes[-1])
        if kind == "sector":
            before, after = old.theatre.nodes["node"], new.theatre.nodes.position()
            at = after.get(before[code])
            return "" if at is None else f"sector {codes[0]} {at}"
        at = new.theatre.donors.position().get(old.theatre.donors["donor"][code])
        return "" if at is None else f"{kind} {at}"


def row_names(setting: Setting) -> Sequence[Name]:
    """Return the name of each row of `Pool.rows`, in their order."""
    begin, network, keys = setting.begin, setting.network, begin_names(setting.theatre)
    begins = zip(begin.kind.tolist(), begin.key.tolist(), begin.day.tolist(), strict=True)
    names = [(kind, str(keys[kind][key]), day) for kind, key, day in begins]
    at = Rows.of(setting).capacity
    more = zip(network.kind[at].tolist(), network.key[at].tolist(), network.day[at].tolist(), strict=True)
    return names + [(str(kind), str(key), day) for kind, key, day in more]
