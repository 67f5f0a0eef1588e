"""Why needs are short: what stands at its limit on the best path of each, in table words.

The best path of a need is the one that meets the fewest full limits, over all that may serve it in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from data.counting import FULL, usage
from data.itinerary import Itinerary
from data.plan import Plan
from data.score import SPECK, Score, need_weights
from optimizer import shortfall_words as words
from optimizer.formulations.reinforce.network import KINDS
from optimizer.formulations.reinforce.paths import Paths, departures, path_use
from optimizer.formulations.reinforce.pricing import Labels, Prices, Pricing
from optimizer.formulations.reinforce.setting import Setting
from optimizer.outcome import AtLimit
from optimizer.shortfall_orders import Orders

CLOSED = 1e6  # the price of a limit of nothing: more than any path pays for full limits
HASTE = 1e-6  # per day of travel: of paths that meet as many full limits the quickest is named
REASONS = 4
NOTHING_FULL = "nothing on its best path is full: whole units or a search that ended early decide"


def worst_shortfalls(setting: Setting, plan: Plan, score: Score, most: int = 5) -> tuple[AtLimit, ...]:
    """Return the worst shortfalls, by tier and then by weight in the goal, with what is full on their way.

    `score` is that of the plan. Less than a thousandth of a need comes last. A need names at most four things,
    in the order its best path meets them.
    """
    short = score.by_need["short"].to_numpy(float)
    weighed = need_weights(setting.theatre, setting.scenario)[0] * short
    lacking = np.flatnonzero(short > 1e-6)
    if not len(lacking):
        return ()
    speck = short < SPECK * setting.scenario.needs["quantity"]
    order = np.lexsort((lacking, -weighed[lacking], setting.needs.tier[lacking], speck[lacking]))
    worst = lacking[order][:most]
    state = _State(setting, plan, score.itinerary)
    told = state.reasons(worst)
    names = setting.scenario.needs["need"]
    return tuple(AtLimit(str(names[n]), float(short[n]), int(setting.needs.rdd[n]), told[n]) for n in worst.tolist())


class Counting(Pricing):
    """Pricing by count: a path pays each limit it meets once a day, however heavy its load."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._loads = np.sign(self._loads)
        self._use = [use.sign() for use in self._use]
        self._transport = np.ones(self._use[0].shape[0])
        self._transport[: len(self.moves)] = self.moves.ready - self.moves.depart


class _State:
    """What is full under a plan: a price for every capacity row and slice, 1 where it is full."""

    def __init__(self, setting: Setting, plan: Plan, itinerary: Itinerary) -> None:
        self.setting = setting
        self.release = setting.sources.release
        self.room, capacity = _room(setting, plan)
        self.orders = Orders(setting, itinerary)
        slices = _full_slices(setting, itinerary)
        slices[self.orders.slices] = self.orders.prices(CLOSED)
        self.prices = Prices(capacity, slices, HASTE)

    def reasons(self, needs: np.ndarray) -> dict[int, tuple[str, ...]]:
        """Return the reasons of each of the needs."""
        setting = self.setting
        serving = [k for k, c in enumerate(setting.commodities) if not set(c.needs).isdisjoint(needs.tolist())]
        part = _only(setting, serving)
        pricing = Counting(part)
        labels = pricing.sweep(self.prices)
        paths = self._best(part, pricing, labels, needs)
        out = {}
        use = path_use(setting, paths).toarray() if len(paths) else np.zeros((0, 0))
        for p, need in enumerate(paths.need.tolist()):
            found = self._full_on(paths, p, use[:, p])
            out[need] = found[:REASONS] or (NOTHING_FULL,)
        return out | {n: self._no_path(n) for n in needs.tolist() if n not in out}

    def _best(self, part: Setting, pricing: Pricing, labels: Labels, needs: np.ndarray) -> Paths:
        """Return the best path in time of each need that has one."""
        handed = part.flows["delivery"]
        handed = handed[handed["need"].isin(needs) & (handed["late"] == 0)].copy()
        k, state, day = (handed[c].to_numpy(int) for c in ("k", "state", "day"))
        handed["price"] = labels.least[day, state, k]
        handed = handed[handed["price"] < CLOSED].sort_values(["price", "k"], kind="stable")
        best = handed.drop_duplicates("need")
        k, state, day, need = (best[c].to_numpy(int) for c in ("k", "state", "day", "need"))
        return pricing.trace(labels, k, state, day, need)

    def _full_on(self, paths: Paths, p: int, use: np.ndarray) -> tuple[str, ...]:
        """Return what is full on a path of which one unit makes this use of the capacity rows."""
        lot, left = int(paths.lot[p]), int(departures(self.setting, paths)[p])
        met = np.flatnonzero(use > 0)
        full = met[self.prices.capacity[met] == 1]
        given = self._given(int(paths.need[p]), lot, left)
        if len(full) or given:
            return (*given, *self._named(full, left - int(self.release[lot])))
        if not self.setting.theatre.items["whole"][paths.item[p]]:
            return ()
        tight = met[self.room[met] < use[met] * (1 - 1e-6)]
        return tuple(f"{text}, but for less than a whole unit" for text in self._named(tight, 0))

    def _named(self, rows: np.ndarray, earlier: int) -> list[str]:
        """Return these capacity rows in words, in order of day, with up to so many full days before each."""
        network = self.setting.network
        things: dict[tuple[int, str], set[int]] = {}
        for row in rows[np.argsort(network.day[rows], kind="stable")].tolist():
            days = self._since(row, earlier)
            things.setdefault((int(network.kind[row]), str(network.key[row])), set()).update(days)
        out = []
        for (kind, key), on in things.items():
            limits = network.limit[self._rows(kind, key)[sorted(on)]]
            out.append(words.full(self.setting, KINDS[kind], key, sorted(on), limits))
        return out

    def _rows(self, kind: int, key: str) -> np.ndarray:
        network = self.setting.network
        return np.flatnonzero((network.kind == kind) & (network.key == key))

    def _since(self, row: int, earlier: int) -> list[int]:
        """Return the days, up to that of the row, on which it is full; at most so many days earlier."""
        day = int(self.setting.network.day[row])
        first = day
        while first > max(0, day - earlier) and self.prices.capacity[row - (day - first) - 1] == 1:
            first -= 1
        return list(range(first, day + 1))

    def _given(self, need: int, lot: int, day: int) -> list[str]:
        """Return why a lot, or what may be bought, gives nothing more on a day; nothing where it does."""
        slices, lots = self.setting.slices, self.setting.sources.lots
        own = [z for z, s in enumerate(slices) if s.lot == lot and s.first <= day <= s.last]
        if (self.prices.slices[own] < 1).any():
            return []
        serving, rdd = self._serving(need), self.setting.needs.rdd[need]
        serving = {z for z in serving if slices[z].first <= rdd and self.prices.slices[z] < CLOSED}
        orders = sorted(z for z in serving if slices[z].lot >= lots)
        orders = [z for z in orders if self.prices.slices[z] == self.prices.slices[orders].min()]
        held = sorted({slices[z].lot for z in serving if slices[z].lot < lots})
        spare = any(self.prices.slices[z] < 1 for z in serving)
        told = [words.given_away(self.setting, lot, day, 0 if spare else len(held))] if lot < lots else []
        if lot >= lots:
            told = self.orders.words(own if spare else orders)
        elif not spare:
            told += self.orders.words(orders)
        if lot >= lots and not spare and held:
            told.append(words.given_away(self.setting, held[0], day, len(held)))
        return told

    def _serving(self, need: int) -> set[int]:
        """Return the slices from which a way leads to the need."""
        start = self.setting.flows["start"]
        commodities = [k for k, c in enumerate(self.setting.commodities) if need in c.needs]
        return set(start["slice"][start["k"].isin(commodities)].tolist())

    def _no_path(self, need: int) -> tuple[str, ...]:
        """Return why nothing could come in time, whatever else the plan did."""
        setting, theatre = self.setting, self.setting.theatre
        rdd, item = int(setting.needs.rdd[need]), int(setting.needs.item[need])
        code = theatre.items.position()
        accepted = {item} | {code[r.substitute] for r in theatre.substitutes.rows() if code[r.item] == item}
        sources = setting.sources
        able_to = np.flatnonzero(np.isin(sources.item, list(accepted)))
        lots = able_to[able_to < sources.lots]
        bought = tuple(self.orders.not_ready(sorted(accepted), rdd))
        if not len(able_to):
            return (words.no_lot(setting, item, len(accepted) > 1), *bought)
        able = {s.lot for z, s in enumerate(setting.slices) if s.first <= rdd and self.prices.slices[z] < CLOSED}
        if able.isdisjoint(able_to.tolist()):
            held = words.not_released(setting, lots, self.release, rdd)
            return (*held, *bought)[:REASONS]
        return (words.no_way(setting, need, self._earliest(need)),)

    def _earliest(self, need: int) -> int | None:
        """Return the first day on which anything may arrive for a need, None for not within the horizon."""
        serving = [k for k, c in enumerate(self.setting.commodities) if need in c.needs]
        if not serving:
            return None
        part = _only(self.setting, serving, every_move=True)
        labels = Counting(part).sweep(self.prices)
        final = len(self.setting.theatre.nodes) + int(self.setting.needs.sector[need])
        days = np.flatnonzero((labels.least[:, final] < CLOSED).any(1))
        return int(days[0]) if len(days) else None


def _only(setting: Setting, serving: Sequence[int], every_move: bool = False) -> Setting:
    """Return the setting of these commodities alone; with every move they may make, useful in time or not."""
    number = np.full(len(setting.commodities), -1)
    number[list(serving)] = np.arange(len(serving))
    commodities = tuple(setting.commodities[k] for k in serving)
    flows = {}
    for name, frame in setting.flows.items():
        k = number[frame["k"].to_numpy(int)]
        flows[name] = frame[k >= 0].assign(k=k[k >= 0])
    if every_move:
        home = setting.sources.node
        first = np.array([s.first for s in setting.slices], int)
        lot = setting.slice_source
        counts = [len(c.slices) for c in commodities]
        slices = np.array([z for c in commodities for z in c.slices], int)
        arcs = np.concatenate([c.moves for c in commodities])
        flows["move"] = _frame(np.repeat(np.arange(len(serving)), [len(c.moves) for c in commodities]), arc=arcs)
        flows["start"] = _frame(
            np.repeat(np.arange(len(serving)), counts), slice=slices, state=home[lot[slices]], day=first[slices]
        )
    return replace(setting, commodities=commodities, flows=flows)


def _frame(k: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"k": k, **columns})


def _room(setting: Setting, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Return what the plan leaves of every capacity row, and the price of each.

    The price is 1 where the plan fills the row, CLOSED where its limit is nothing.
    """
    network = setting.network
    room, price = network.limit.copy(), np.zeros(len(network.limit))
    used = usage(setting.theatre, setting.scenario, plan)
    for kind, name in enumerate(KINDS):
        own = used[used["kind"] == name]
        if not len(own):
            continue
        start = int(np.searchsorted(network.kind, kind))  # rows stand in order of kind, member, day
        members = network.key[network.kind == kind][:: network.horizon]
        position = {key: i for i, key in enumerate(members)}
        member = np.array([position[key] for key in own["key"]], int)
        row = start + member * network.horizon + own["day"].to_numpy(int)
        part = own["used"].to_numpy(float)
        # the network counts thousands of t·km and of EUR
        room[row] -= part / 1000 if name in ("lift", "transport") else part
        price[row] = part >= FULL * own["limit"].to_numpy(float)
    price[network.limit <= 0] = CLOSED
    return room, price


def _full_slices(setting: Setting, it: Itinerary) -> np.ndarray:
    """Return the price of every slice of a lot: 1 where nothing more may be given of it, CLOSED where nothing may.

    Of what has left, as much as may be is laid to the later slices.
    """
    slices, horizon = setting.slices, setting.scenario.horizon
    whole = setting.theatre.items["whole"][setting.theatre.stocks.codes("item", setting.theatre.items)]
    left = np.zeros((setting.sources.lots, horizon + 1))  # by the end of the day before
    own = it.lot < setting.sources.lots
    np.add.at(left, (it.lot[own], it.leg_depart[it.is_first][own] + 1), it.quantity[own])
    left = left.cumsum(axis=1)
    price = np.zeros(len(slices))
    for row in setting.stock_rows:
        members = list(row.slices)
        after = members[-1] + 1
        onward = after < len(slices) and slices[after].lot == row.lot
        end = slices[after].first if onward else horizon
        used = left[row.lot, end] - left[row.lot, slices[members[0]].first]
        # of whole items less than one is nothing
        hair = max((1 - FULL) * row.available, 1 - 1e-6 if whole[row.lot] else 0.0)
        if row.available <= 0 or used >= row.available - hair:
            price[members] = np.maximum(price[members], 1.0 if row.available > 0 else CLOSED)
    return price
