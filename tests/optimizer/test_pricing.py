"""Pricing against a plain sweep: the same least price of every commodity in every place, and ways that cost it."""

from __future__ import annotations

import numpy as np
import pytest

from data.relax import relaxed
from optimizer.formulations.reinforce import prepare
from optimizer.formulations.reinforce.network import DIVISIONS
from optimizer.formulations.reinforce.paths import path_use
from optimizer.formulations.reinforce.pricing import Prices, Pricing
from optimizer.formulations.reinforce.reach import Order
from optimizer.formulations.reinforce.setting import Setting
from tests.data.drawn import drawn


def priced(seed: int) -> tuple[Setting, Prices]:
    """Return a drawn setting, and prices of which most are 0."""
    setting = prepare(*relaxed(*drawn(seed)[:2]))
    rng = np.random.default_rng(seed)
    capacity = np.where(rng.random(len(setting.network.limit)) < 0.3, rng.random(len(setting.network.limit)), 0.0)
    return setting, Prices(capacity, rng.random(len(setting.slices)), 0.01 * (seed % 2))


def arc_prices(setting: Setting, prices: Prices, k: int) -> np.ndarray:
    """Return what one flow of a commodity pays on every time-arc."""
    commodity, items, network = setting.commodities[k], setting.theatre.items, setting.network
    item, links = commodity.item, setting.theatre.links["cost"][setting.network.moves.link]
    load = {"t": items["mass"][item], "m3": items["volume"][item]}
    load |= {d: items["neq"][item] * (items["hazard_division"][item] == d) for d in DIVISIONS}
    load |= {payer: items["mass"][item] * (payer == commodity.payer) for payer in network.payers}
    out = np.sum([load[kind] * (use.T @ prices.capacity) for kind, use in network.use.items()], axis=0)
    out[: len(network.moves)] += prices.transport * items["mass"][item] * links
    return out / setting.unit[item]


def plain_sweep(setting: Setting, prices: Prices, k: int) -> np.ndarray:
    """Return the least price [day, state] of a commodity, move by move and night by night."""
    moves, horizon = setting.network.moves, setting.network.horizon
    flows = {name: frame[frame["k"] == k] for name, frame in setting.flows.items()}
    paid = arc_prices(setting, prices, k)
    pricing = Pricing(setting)
    least = np.full((horizon, len(pricing.state_node)), np.inf)
    for state, day, slice_ in flows["start"][["state", "day", "slice"]].itertuples(index=False):
        least[day, state] = min(least[day, state], prices.slices[slice_])
    rank = Order.of(setting.theatre, moves).rank
    arcs = sorted(flows["move"]["arc"].tolist(), key=lambda arc: rank[arc])
    for day in range(horizon):
        if day:
            nights = len(moves) + pricing.state_node * horizon + day - 1
            held = np.arange(least.shape[1]) >= pricing.nodes
            least[day] = np.minimum(least[day], least[day - 1] + np.where(held, paid[nights], 0.0))
        for arc in (a for a in arcs if moves.depart[a] == day):
            here = least[day, moves.source[arc]] + paid[arc]
            there = (int(moves.ready[arc]), int(moves.target[arc]))
            least[there] = min(least[there], here)
    return least


@pytest.mark.parametrize("seed", range(6))
def test_a_sweep_finds_the_least_prices_of_a_plain_one(seed: int) -> None:
    setting, prices = priced(seed)
    least = Pricing(setting).sweep(prices).least
    for k in range(len(setting.commodities)):
        assert least[:, :, k] == pytest.approx(plain_sweep(setting, prices, k), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_traced_path_costs_what_its_label_says(seed: int) -> None:
    setting, prices = priced(seed)
    pricing = Pricing(setting)
    labels = pricing.sweep(prices)
    handed = setting.flows["delivery"]
    day, state, k, need = (handed[c].to_numpy(int) for c in ("day", "state", "k", "need"))
    met = np.flatnonzero(np.isfinite(labels.least[day, state, k]))
    assert len(met)
    for i in met[:: max(1, len(met) // 20)].tolist():
        path = pricing.trace(labels, *(a[[i]] for a in (k, state, day, need)))
        item = int(path.item[0])
        moves, way = setting.network.moves, list(path.moves[0])
        nights = float((path_use(setting, path).T @ np.nan_to_num(prices.capacity))[0])
        links = setting.theatre.links["cost"][moves.link[way]].sum() * setting.theatre.items["mass"][item]
        price = (nights + prices.transport * float(links)) / setting.unit[item]
        begun = labels.least[moves.depart[way[0]], moves.source[way[0]], k[i]]  # what leaving there costs
        assert setting.sources.node[path.lot[0]] == moves.source[way[0]]
        if moves.ready[way[-1]] == day[i]:  # else it holds nights at the sector too
            assert price + begun == pytest.approx(labels.least[day[i], state[i], k[i]], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_what_stays_pays_for_its_nights_to_the_horizon_and_uses_them(seed: int) -> None:
    theatre, scenario = relaxed(*drawn(seed)[:2])
    setting = prepare(theatre, scenario, frozenset(scenario.needs["need"].tolist()[::2]))
    rng = np.random.default_rng(seed)
    prices = Prices(rng.random(len(setting.network.limit)), np.zeros(len(setting.slices)))
    pricing = Pricing(setting)
    labels = pricing.sweep(prices)
    frame = setting.flows["delivery"]
    day, state, k, need, late = (frame[c].to_numpy(int) for c in ("day", "state", "k", "need", "late"))
    handed = pricing.handed(labels)
    pick = np.flatnonzero(np.isfinite(handed) & (late == 0))
    assert len(pick) and set(need[pick] % 2) == {0, 1}
    for one in pick:
        at = slice(one, one + 1)
        path = pricing.trace(labels, k[at], state[at], day[at], need[at])
        paid = (path_use(setting, path).T @ prices.capacity) / setting.unit[path.item]
        assert paid == pytest.approx(handed[at], rel=1e-9, abs=1e-9)
