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
        self._known: set[Key] = set()
        self.use = sp.csc_matrix((len(self.rows.limit), 0))
        none, nothing = np.zeros(0, int), np.zeros(0)
        self.load = Load(none, none, none, nothing, none, nothing, nothing)

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, paths: Paths) -> int:
        """Add the paths that are new and return how many they are."""
        fresh = []
        for i in range(len(paths)):
            key = (int(paths.lot[i]), int(paths.need[i]), int(paths.item[i]), paths.moves[i])
            if key not in self._known:
                self._known.add(key)
                self.keys.append(key)
                fresh.append(i)
        if not fresh:
            return 0
        part = Master.of(self.setting, paths.take(np.array(fresh)))
        setting, item, lot = self.setting, part.paths.item, part.paths.lot
        flow = sp.diags(1.0 / setting.unit[item])
        use = (part.use @ flow).tocsc()
        own = sp.diags(np.concatenate([setting.begin_scale, np.ones(len(self.rows.capacity))]))
        self.use = sp.hstack([self.use, own @ use], format="csc")
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
        return len(fresh)

    def _transport(self, paths: Paths) -> np.ndarray:
        links, moves, setting = self.setting.theatre.links, self.setting.network.moves, self.setting
        per_tonne = np.array([float(links["cost"][moves.link[list(way)]].sum()) for way in paths.moves])
        per_unit = per_tonne * setting.theatre.items["mass"][paths.item] + setting.sources.price[paths.lot]
        return per_unit / setting.unit[paths.item]

    def paths(self, flow: np.ndarray) -> Paths:
        """Return the columns that carry something, as paths in units of their items."""
        rows = []
        for j in np.flatnonzero(flow > 1e-9):
            lot, need, item, moves = self.keys[j]
            rows.append((lot, need, item, moves, float(flow[j] / self.setting.unit[item])))
        return Paths.of(rows)
