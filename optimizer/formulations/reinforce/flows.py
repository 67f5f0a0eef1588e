"""The columns of the arc-flow program: starts, moves, nights and deliveries of every commodity, as frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.arcs import number_states
from optimizer.formulations.reinforce.commodities import Commodity
from optimizer.formulations.reinforce.network import Network
from optimizer.formulations.reinforce.reach import Order, useful_moves
from optimizer.formulations.reinforce.sources import Sources
from optimizer.formulations.reinforce.stock import Slice


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
    order = Order.of(theatre, network.moves).rank
    states = number_states(theatre)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in ("start", "move", "night", "delivery")}
    for k, commodity in enumerate(commodities):
        ordered = (commodity, order, len(states.node))
        for name, frame in _flows_of(theatre, scenario, network, sources, slices, ordered, k).items():
            parts[name].append(frame)
    flows = {
        name: pd.concat(frames, ignore_index=True) if frames else _none(name)
        for name, frames in parts.items()
    }
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


def _none(name: str) -> pd.DataFrame:
    columns = {"start": ["slice", "state", "day"], "move": ["arc"], "night": ["state", "day"],
               "delivery": ["need", "state", "day", "late"]}[name]  # fmt: skip
    return pd.DataFrame({c: np.zeros(0, int) for c in ["k", *columns]})


def _flows_of(
    theatre: Theatre,
    scenario: Scenario,
    network: Network,
    sources: Sources,
    slices: list[Slice],
    ordered: tuple[Commodity, np.ndarray, int],
    k: int,
) -> dict[str, pd.DataFrame]:
    """Return the start, move, night and delivery columns of one commodity, as frames of their keys."""
    commodity, order, states = ordered
    moves, horizon = network.moves, scenario.horizon
    begin = (
        np.array([sources.node[slices[z].lot] for z in commodity.slices], int),
        np.array([slices[z].first for z in commodity.slices], int),
    )
    handed = _deliveries(theatre, scenario, commodity)
    sinks = (handed["state"].to_numpy(), handed["day"].to_numpy())
    pick, here = useful_moves(moves, order, commodity.moves, begin, sinks, states, horizon)
    start = pd.DataFrame({"k": k, "slice": commodity.slices, "state": begin[0], "day": begin[1]})
    start = start[here[begin]]
    handed = handed[here[sinks]].assign(k=k)
    held = np.argwhere(here[:, :-1] & here[:, 1:])
    return {
        "start": start,
        "move": pd.DataFrame({"k": k, "arc": pick}),
        "night": pd.DataFrame({"k": k, "state": held[:, 0], "day": held[:, 1]}),
        "delivery": handed,
    }


def _deliveries(theatre: Theatre, scenario: Scenario, commodity: Commodity) -> pd.DataFrame:
    """Return the days on which a commodity may be handed to its needs: the RDD for all in time, then each."""
    needs = scenario.needs
    sector = needs.codes("sector", theatre.nodes)
    rows = []
    for n in commodity.needs:
        rdd = int(needs["rdd"][n])
        lad = rdd if needs["lad"][n] < 0 else min(int(needs["lad"][n]), scenario.horizon - 1)
        rows += [(n, len(theatre.nodes) + int(sector[n]), day, day - rdd) for day in range(rdd, lad + 1)]
    frame = pd.DataFrame(rows, columns=["need", "state", "day", "late"])
    return frame
