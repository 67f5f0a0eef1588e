"""The pool of columns: paths with their use of rows and their loads, in flows (tonnes, whole items: units)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import MILLION
from optimizer.formulations.reinforce.terms import Load

Key = tuple[int, int, int, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that bind paths: those on what begins (`Setting.begin`), then the limited capacity rows."""

    limit: np.ndarray
    capacity: np.ndarray  # positions of the capacity rows in network.limit
    stock: int  # how many rows bind what begins
    of_slices: sp.csr_matrix  # [slice, row of these]: use by one flow

    @classmethod
    def of(cls, setting: Setting) -> Rows:
        """Return the rows of a setting; they count flows."""
        begin = setting.begin.limit * setting.begin_scale
        capacity = np.flatnonzero(np.isfinite(setting.network.limit))
        limit = np.concatenate([begin, setting.network.limit[capacity]])
        return cls(limit, capacity, len(begin), setting.begin_use.T.tocsr())


class Pool:
    """Columns met so far; `add` takes only those that are new."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.rows = setting, Rows.of(setting)
        self.keys: list[Key] = []
        self._known: dict[Key, int] = {}
        self.use = sp.csc_matrix((len(self.rows.limit), 0))
        none, nothing = np.zeros(0, int), np.zeros(0)
        self.load = Load(none, none, none, nothing, none, nothing, nothing)
        self.barred = np.zeros(0, bool)  # columns that use a row whose limit is 0

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, paths: Paths) -> int:
        """Add the paths that are new and return how many they are."""
        before = len(self)
        self.place_of(paths)
        return len(self) - before

    def place_of(self, paths: Paths) -> np.ndarray:
        """Return the column of each path; those that are new are added."""
        fresh, place = [], np.empty(len(paths), int)
        for i in range(len(paths)):
            key = (int(paths.lot[i]), int(paths.need[i]), int(paths.item[i]), paths.moves[i])
            known = self._known.setdefault(key, len(self.keys))
            if known == len(self.keys):
                self.keys.append(key)
                fresh.append(i)
            place[i] = known
        if fresh:
            self._take(paths.take(np.array(fresh)))
        return place

    def _take(self, paths: Paths) -> None:
        part = Master.of(self.setting, paths)
        setting, item, lot = self.setting, part.paths.item, part.paths.lot
        flow = sp.diags(1.0 / setting.unit[item])
        own = sp.diags(np.concatenate([setting.begin_scale, np.ones(len(self.rows.capacity))]))
        use = (own @ (part.use @ flow)).tocsc()
        self.use = sp.hstack([self.use, use], format="csc")
        sources = setting.sources
        more = Load(
            part.paths.need,
            item,
            sources.donor[lot],
            setting.needs.credit(part.paths.need, item, setting.unit),
            part.late,
            sources.value[lot] / setting.unit[item] / MILLION,
            self._transport(part.paths),
        )
        self.load = self.load.with_more(more)
        shut = np.asarray((use != 0).T @ (self.rows.limit <= 0).astype(float)) > 0
        self.barred = np.concatenate([self.barred, shut])

    def _transport(self, paths: Paths) -> np.ndarray:
        links, moves, setting = self.setting.theatre.links, self.setting.network.moves, self.setting
        per_tonne = np.array([float(links["cost"][moves.link[list(way)]].sum()) for way in paths.moves])
        per_unit = per_tonne * setting.theatre.items["mass"][paths.item] + setting.sources.price[paths.lot]
        return per_unit / setting.unit[paths.item]

    def rows_of(self, rows: np.ndarray, columns: np.ndarray) -> sp.csr_matrix:
        """Return the use of these rows by these columns."""
        return self.use[:, columns].tocsr()[rows]

    def numbered(self) -> Paths:
        """Return all columns as paths, in their order; the quantity of each is its position."""
        lot, need, item = (np.array([key[i] for key in self.keys], int) for i in range(3))
        return Paths(lot, need, item, tuple(key[3] for key in self.keys), np.arange(len(self.keys), dtype=float))

    def paths(self, flow: np.ndarray) -> Paths:
        """Return the columns that carry something, as paths in units of their items."""
        rows = []
        for j in np.flatnonzero(flow > 1e-9):
            lot, need, item, moves = self.keys[j]
            rows.append((lot, need, item, moves, float(flow[j] / self.setting.unit[item])))
        return Paths.of(rows)
