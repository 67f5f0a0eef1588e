"""The columns of the arc-flow program: starts, moves, nights and deliveries of every commodity, as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.arcs import number_states
from optimizer.formulations.reinforce.commodities import Commodity
from optimizer.formulations.reinforce.network import Network
from optimizer.formulations.reinforce.reach import Order, useful_moves
from optimizer.formulations.reinforce.sources import Sources
from optimizer.formulations.reinforce.stock import Slice

Columns = tuple[np.ndarray, ...]  # in the order of their keys but k, the commodity, which is the same for all
COLUMNS = {
    "start": ("k", "slice", "state", "day"), "move": ("k", "arc"), "night": ("k", "state", "day"),
    "delivery": ("need", "state", "day", "late", "k"),
}  # fmt: skip


def flow_frames(
    theatre: Theatre,
    scenario: Scenario,
    network: Network,
    sources: Sources,
    slices: list[Slice],
    commodities: list[Commodity],
) -> dict[str, pd.DataFrame]:
    """Return frames of the start, move, night and delivery columns: one row a column, with its keys.

    Only what lies on some way from a slice to a need in time is a column.
    """
    order = Order.of(theatre, network.moves)
    states = number_states(theatre)
    handed = _Handed.of(theatre, scenario)
    parts: dict[str, list[Columns]] = {name: [] for name in COLUMNS}
    for commodity in commodities:
        ordered = (commodity, order, len(states.node))
        for name, columns in _flows_of(scenario, network, sources, slices, ordered, handed).items():
            parts[name].append(columns)
    flows = {name: _frame(name, own) for name, own in parts.items()}
    item = np.array([c.item for c in commodities], int)
    for frame in flows.values():
        frame["item"] = item[frame["k"].to_numpy(int)]
    moves, arc = network.moves, flows["move"]["arc"].to_numpy(int)
    for name in ("source", "target", "depart", "ready"):
        flows["move"][name] = getattr(moves, name)[arc]
    state = flows["night"]["state"].to_numpy(int)
    flows["night"]["held"] = state >= len(theatre.nodes)  # a lot at home is not counted in storage
    flows["night"]["arc"] = network.night(states.node[state], flows["night"]["day"].to_numpy(int))
    return flows


def _frame(name: str, parts: Sequence[Columns]) -> pd.DataFrame:
    """Return the columns of all commodities as one frame, their keys in the order in which they are named."""
    none, keys = np.zeros(0, int), [key for key in COLUMNS[name] if key != "k"]
    whole = {key: np.concatenate([none, *(columns[place] for columns in parts)]) for place, key in enumerate(keys)}
    whole["k"] = np.repeat(np.arange(len(parts)), [len(columns[0]) for columns in parts])
    return pd.DataFrame({key: whole[key] for key in COLUMNS[name]})


@dataclass(frozen=True, eq=False)
class _Handed:
    """The days on which each need may be handed what comes: its RDD for all in time, then each up to its LAD."""

    first: np.ndarray  # [need + 1] of its days
    day: np.ndarray
    late: np.ndarray
    state: np.ndarray  # [need]

    @classmethod
    def of(cls, theatre: Theatre, scenario: Scenario) -> _Handed:
        needs = scenario.needs
        rdd, lad = needs["rdd"].astype(int), needs["lad"].astype(int)
        days = np.where(lad < 0, rdd, np.minimum(lad, scenario.horizon - 1)) - rdd + 1
        first = np.concatenate([[0], np.cumsum(days)])
        late = np.arange(first[-1]) - np.repeat(first[:-1], days)
        state = len(theatre.nodes) + needs.codes("sector", theatre.nodes)
        return cls(first, np.repeat(rdd, days) + late, late, state)

    def to(self, needs: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return need, state, day and days late of every way to hand to these needs, need by need."""
        own = np.array(needs, int)
        need = np.repeat(own, self.first[own + 1] - self.first[own])
        place = np.concatenate([np.zeros(0, int), *(np.arange(self.first[n], self.first[n + 1]) for n in needs)])
        return need, self.state[need], self.day[place], self.late[place]


def _flows_of(
    scenario: Scenario,
    network: Network,
    sources: Sources,
    slices: list[Slice],
    ordered: tuple[Commodity, Order, int],
    handed: _Handed,
) -> dict[str, Columns]:
    """Return the start, move, night and delivery columns of one commodity by their keys."""
    commodity, order, states = ordered
    node = np.array([sources.node[slices[z].lot] for z in commodity.slices], int)
    first = np.array([slices[z].first for z in commodity.slices], int)
    need, sink, day, late = handed.to(commodity.needs)
    pick, here = useful_moves(
        network.moves, order, commodity.moves, (node, first), (sink, day), states, scenario.horizon
    )
    held = np.nonzero(here[:, :-1] & here[:, 1:])
    begun, ended = here[node, first], here[sink, day]
    return {
        "start": (np.array(commodity.slices, int)[begun], node[begun], first[begun]),
        "move": (pick,),
        "night": held,
        "delivery": (need[ended], sink[ended], day[ended], late[ended]),
    }
