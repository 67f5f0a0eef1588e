"""The prices of a bound in table words, as `data.certify` reads them: whose limit, on which day, per its own unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.certify import Price
from optimizer.formulations.reinforce import ArcFlow
from optimizer.formulations.reinforce.network import KINDS
from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import BEGIN_KINDS, MILLION, begin_names
from optimizer.methods.engine import Dual

THOUSANDS = ("lift", "transport")  # rows that count t·km and EUR in thousands


def prices_of_pool(pool: Pool, dual: Dual) -> list[Price]:
    """Return the prices of a bound of the column method: rows are positions in `pool.rows`."""
    network, begin = pool.setting.network, dual.rows < pool.rows.stock
    capacity = pool.rows.capacity[dual.rows[~begin] - pool.rows.stock]
    kinds = [KINDS[kind] for kind in network.kind[capacity]]
    limits = zip(kinds, network.key[capacity], network.day[capacity].tolist(), dual.price[~begin].tolist(), strict=True)
    out = [_limit(*row) for row in limits]
    out += _begins(pool.setting, dual.rows[begin], dual.price[begin])
    return [*out, *(row for name, price in dual.named.items() if (row := _named(pool.setting, name, price)))]


def prices_of_program(arcflow: ArcFlow, dual: Dual) -> list[Price]:
    """Return the prices of a bound of the whole program: rows are those of the program."""
    price = np.zeros(int(max(dual.rows, default=0)) + 1)
    price[dual.rows] = dual.price
    begin = arcflow.begin
    begins = enumerate(zip(begin.kind.tolist(), begin.key.tolist(), begin.day.tolist(), strict=True))
    place = {of: i for i, of in begins}
    named, out = dict(dual.named), []
    for block in arcflow.program.rows:
        own = price[block.span]
        at = np.flatnonzero(own)
        if block.name in KINDS:
            keys = zip(block.keys["key"][at], block.keys["day"][at].tolist(), own[at].tolist(), strict=True)
            out += [_limit(block.name, *row) for row in keys]
        elif block.name == "stock":
            out += _begins(arcflow, np.flatnonzero(begin.kind == "stock")[at], own[at])
        elif block.name in BEGIN_KINDS:
            member = next(values for name, values in block.keys.items() if name != "day")
            rows = [place[block.name, int(member[i]), int(block.keys["day"][i])] for i in at]
            out += _begins(arcflow, np.array(rows, int), own[at])
        elif block.name == "sector_balance":
            for i in at:
                named[f"sector {block.keys['tier'][i]} {block.keys['sector'][i]}"] = float(own[i])
        elif block.name in ("share_above", "share_below"):
            named |= {f"{block.name} {block.keys['donor'][i]}": float(own[i]) for i in at}
    return [*out, *(row for name, value in named.items() if (row := _named(arcflow, name, value)))]


def _limit(rule: str, key: str, day: int, price: float) -> Price:
    return Price(rule, str(key), day, 0, price / 1000.0 if rule in THOUSANDS else price)


def _begins(setting: Setting, rows: np.ndarray, price: np.ndarray) -> Iterator[Price]:
    """Yield the prices of rows of `setting.begin`, per unit of an item or EUR."""
    theatre, begin, scale = setting.theatre, setting.begin, setting.begin_scale
    names = begin_names(theatre)
    firsts: dict[int, list[int]] = {}
    for slice_ in setting.slices:
        firsts.setdefault(slice_.lot, []).append(slice_.first)
    for row, value in zip(rows.tolist(), price.tolist(), strict=True):
        kind, key, day, since = str(begin.kind[row]), int(begin.key[row]), int(begin.day[row]), 0
        unit = float(scale[row])
        if kind == "stock":  # the row of a day holds until the availability changes
            day = min((t - 1 for t in firsts[key] if t > day), default=setting.scenario.horizon - 1)
            first = begin.use.indices[begin.use.indptr[row] : begin.use.indptr[row + 1]]
            since = min(setting.slices[z].first for z in first.tolist())
        elif kind == "fund":
            amount = float(theatre.funds["amount"][key])
            unit = float(begin.limit[row]) / amount if amount else 0.0
        yield Price(kind, str(names[kind][key]), day, since, value * unit)


def _named(setting: Setting, name: str, price: float) -> Price | None:
    """Return the price of an earlier goal, of a sector's worst share, or of a donor's share."""
    if not price > 0:
        return None
    rule, *codes = name.split()
    if rule == "sector":
        return Price("sector", f"{codes[0]}/{setting.theatre.nodes['node'][int(codes[1])]}", 0, 0, price)
    if rule in ("share_above", "share_below"):
        return Price(rule, str(setting.theatre.donors["donor"][int(codes[0])]), 0, 0, price / MILLION)
    return Price("carry", name, 0, 0, price)
