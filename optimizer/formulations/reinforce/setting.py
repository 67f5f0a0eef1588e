"""Setting: a theatre under a scenario as both forms of reinforce see it, arc-flow program and paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sp

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.commodities import Commodity, build_commodities
from optimizer.formulations.reinforce.flows import flow_frames
from optimizer.formulations.reinforce.needs import NeedTable
from optimizer.formulations.reinforce.network import Network, build_network
from optimizer.formulations.reinforce.sources import BeginRows, Sources, build_sources
from optimizer.formulations.reinforce.stock import Slice, StockRow


@dataclass(frozen=True, eq=False)
class Setting:
    """The network, stock, commodities and needs of a scenario. `flows` says where each commodity may be."""

    theatre: Theatre
    scenario: Scenario
    network: Network
    sources: Sources
    slices: tuple[Slice, ...]
    stock_rows: tuple[StockRow, ...]
    begin: BeginRows
    commodities: tuple[Commodity, ...]
    needs: NeedTable
    flows: Mapping[str, pd.DataFrame]  # start, move, night and delivery, one row a variable
    unit: np.ndarray  # of each item: tonnes of a unit, 1 for whole items
    until: np.ndarray  # of each need: the first day on which what came in time takes no storage any more

    def most(self) -> np.ndarray:
        """Return the most each slice can give, in units."""
        most = np.zeros(len(self.slices))
        for row in self.stock_rows:
            members = list(row.slices)
            most[members] = np.maximum(most[members], row.available)
        rows, bought = self.begin, self.slice_source >= self.sources.lots
        most[bought] = np.inf
        entries = rows.use.tocoo()
        picked = (entries.data > 0) & bought[entries.col]
        room = rows.limit[entries.row[picked]] / entries.data[picked]
        np.minimum.at(most, entries.col[picked], room)
        return most

    @cached_property
    def slice_source(self) -> np.ndarray:
        """Return the source of each slice."""
        return np.array([s.lot for s in self.slices], int)

    @cached_property
    def begin_scale(self) -> np.ndarray:
        """Return what the limit of each row of `begin` is multiplied by when flows are counted."""
        return self.begin.scale(self.sources.item[self.slice_source], self.unit)

    @cached_property
    def begin_use(self) -> sp.csr_matrix:
        """Return the use [row of `begin`, slice] of one flow of each slice."""
        out = self.begin.use.tocoo()
        unit = self.unit[self.sources.item[self.slice_source]]
        data = out.data * (self.begin_scale[out.row] / unit[out.col])
        return sp.csr_matrix((data, (out.row, out.col)), shape=out.shape)


def prepare(theatre: Theatre, scenario: Scenario, staying: frozenset[str] = frozenset()) -> Setting:
    """Return the setting of a theatre under a scenario.

    What is handed over leaves its sector's storage on the RDD; what serves the needs `staying` stays to the horizon.
    """
    network = build_network(theatre, scenario)
    unit = np.where(theatre.items["whole"], 1.0, theatre.items["mass"])
    sources, slices, stock_rows, begin = build_sources(theatre, scenario, unit)
    commodities = build_commodities(theatre, scenario, network, sources, slices)
    needs = NeedTable.of(theatre, scenario)
    stay = np.array([name in staying for name in scenario.needs["need"].tolist()], bool)
    return Setting(
        theatre,
        scenario,
        network,
        sources,
        tuple(slices),
        tuple(stock_rows),
        begin,
        tuple(commodities),
        needs,
        flow_frames(theatre, scenario, network, sources, slices, commodities),
        unit,
        np.where(stay, scenario.horizon, needs.rdd),
    )
