"""Setting: a theatre under a scenario as both forms of reinforce see it, arc-flow program and paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.commodities import Commodity, build_commodities
from optimizer.formulations.reinforce.flows import flow_frames
from optimizer.formulations.reinforce.needs import NeedTable
from optimizer.formulations.reinforce.network import Network, build_network
from optimizer.formulations.reinforce.stock import Slice, StockRow, stock_slices


@dataclass(frozen=True, eq=False)
class Setting:
    """The network, stock, commodities and needs of a scenario. `flows` says where each commodity may be."""

    theatre: Theatre
    scenario: Scenario
    network: Network
    slices: tuple[Slice, ...]
    stock_rows: tuple[StockRow, ...]
    commodities: tuple[Commodity, ...]
    needs: NeedTable
    flows: Mapping[str, pd.DataFrame]  # start, move, night and delivery, one row a variable
    unit: np.ndarray  # of each item: tonnes of a unit, 1 for whole items

    def most(self) -> np.ndarray:
        """Return the most each slice can give, in units."""
        most = np.zeros(len(self.slices))
        for row in self.stock_rows:
            members = list(row.slices)
            most[members] = np.maximum(most[members], row.available)
        return most


def prepare(theatre: Theatre, scenario: Scenario) -> Setting:
    """Return the setting of a theatre under a scenario."""
    network = build_network(theatre, scenario)
    slices, stock_rows = stock_slices(theatre, scenario)
    commodities = build_commodities(theatre, scenario, network, slices)
    return Setting(
        theatre,
        scenario,
        network,
        tuple(slices),
        tuple(stock_rows),
        tuple(commodities),
        NeedTable.of(theatre, scenario),
        flow_frames(theatre, scenario, network, slices, commodities),
        np.where(theatre.items["whole"], 1.0, theatre.items["mass"]),
    )
