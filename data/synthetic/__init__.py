"""Seeded theatres of four sizes whose congestion is a dial: what they hold is invented, SYNTHETIC – EXERCISE.

    theatre, scenario = generate("M", "tight", seed=3)

The same size, congestion and seed give the same tables on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.asks import Reach, draw_asks, draw_disruptions
from data.synthetic.caveats import draw_conditions
from data.synthetic.describe import describe
from data.synthetic.dial import Limits, draw_bases, draw_stock, turn
from data.synthetic.forces import draw_forces
from data.synthetic.goods import draw_goods
from data.synthetic.ground import Ground, draw_ground
from data.synthetic.lift import CARRIES, draw_lift
from data.synthetic.loading import Breadth, Loading
from data.synthetic.market import bases, draw_market, market_tables, origins_of, own_use
from data.synthetic.pool import draw_pool
from data.synthetic.routes import Atlas
from data.synthetic.rows import DIVISIONS, RETURN, disturb, number_rows
from data.synthetic.sizes import SIZES, TARGETS, Size, stream
from data.synthetic.tables import (
    lift_table,
    link_tables,
    node_tables,
    pool_tables,
    scenario_tables,
    stock_tables,
)
from data.synthetic.wide import Wide, wide_limits
from data.theatre import Scenario, Theatre

__all__ = ["SIZES", "TARGETS", "Drawn", "describe", "draw", "generate"]


@dataclass(frozen=True)
class Drawn:
    """A theatre and its scenario, with what the generator's own balance says of them.

    `short` is the share of the needed tonnes that it leaves short; `binding` has by kind of row how many places,
    days and rows are full and priced. Both are estimates: benchmarks/generator.py measures them. Of sizes L and XL
    `short` is only what the supply leaves short, and `binding` is empty.
    """

    theatre: Theatre
    scenario: Scenario
    short: float
    binding: dict[str, tuple[int, int, int]]


def generate(size: str, congestion: str = "tight", seed: int = 0) -> tuple[Theatre, Scenario]:
    """Return a theatre and its scenario; ValueError names the sizes and congestions there are."""
    drawn = draw(size, congestion, seed)
    return drawn.theatre, drawn.scenario


def draw(size: str, congestion: str = "tight", seed: int = 0) -> Drawn:
    """Return a theatre and its scenario with their estimates; ValueError as of `generate`."""
    if size not in SIZES or congestion not in TARGETS or seed < 0:
        raise ValueError(
            f"no theatre of size {size!r}, congestion {congestion!r}, seed {seed!r}: sizes are {', '.join(SIZES)}, "
            f"congestions {', '.join(TARGETS)}, seeds whole numbers from 0"
        )
    dims = SIZES[size]
    ground, goods = draw_ground(dims, seed), draw_goods(dims, seed)
    pool = draw_pool(dims, seed, ground, goods)
    held = draw_conditions(dims, seed, ground, goods, pool)
    modes = [m for m in RETURN if m in set(ground.mode)]
    lift = draw_lift(dims, seed, pool, held, modes)
    market = draw_market(dims, seed, ground, goods, pool)
    licences = _licences(dims, seed, ground)
    origins = origins_of(dims, goods, pool, market)
    atlas = _atlas(dims, seed, ground, licences, modes)
    reach = (Wide if dims.wide else Reach)(dims, ground, goods, origins, held, atlas)
    forces = draw_forces(dims, seed, ground, goods, reach)
    asks = draw_asks(dims, seed, reach, forces.needs)
    rows = number_rows(dims, ground, goods, pool, held, lift, licences, market)
    disruptions = draw_disruptions(dims, seed, ground, pool, lift, market)
    disturb(rows, disruptions, lift, pool)
    if isinstance(reach, Wide):
        limits = wide_limits(dims, congestion, seed, reach, rows, asks)
    else:
        limits = _balanced(
            dims, congestion, seed, Loading(rows, reach, asks, Breadth(dims.lots_tried, dims.days_tried))
        )
    money = limits.row[rows.first["transport"] : rows.first["produce"]]
    bought = market_tables(market, ground, goods, pool,
                           (limits.row[rows.first["produce"] :], limits.total, limits.fund, money))  # fmt: skip
    theatre = Theatre.of(f"synthetic_{size}_{seed}", {
        **pool_tables(seed, goods, pool, held), **node_tables(ground, rows, limits.row),
        **link_tables(dims, seed, ground, rows, limits.row), "lift": lift_table(rows, lift, limits.row),
        **stock_tables(dims, seed, ground, goods, pool, limits.stock), **bought,
        "holdings": forces.holdings, "factors": forces.factors, "donor_use": own_use(dims, seed, goods, pool),
    })  # fmt: skip
    scenario = Scenario.of(theatre, scenario_tables(dims, congestion, seed, ground, goods, asks, forces, disruptions))
    return Drawn(theatre, scenario, limits.short, limits.binding)


def _balanced(size: Size, congestion: str, seed: int, loading: Loading) -> Limits:
    """Return the limits that the balance is brought to the wished congestion by."""
    rows, asks, goods = loading.rows, loading.asks, loading.rows.goods
    use, taken = loading.nominal()
    tonnes = draw_stock(size, seed, congestion, loading, taken)
    rate, total, fund = bases(rows.market, goods, np.bincount(asks.item, asks.tonnes, size.items))
    base = draw_bases(size, seed, rows, use)
    base[rows.first["produce"] :] = rate
    return turn(size, congestion, seed, loading, base, tonnes, (total, fund))


def _licences(size: Size, seed: int, ground: Ground) -> list[tuple[str, ...]]:
    """Return the hazard divisions each place is licensed for: all at depots, fewer at some hubs and sectors."""
    draw = stream(seed, size, "routes").random(len(ground.kind))
    out: list[tuple[str, ...]] = []
    for kind, chance in zip(ground.kind, draw, strict=True):
        if kind == "airfield":
            out.append(())
        elif kind == "depot" or chance < 0.65:
            out.append(DIVISIONS)
        else:
            out.append(("1.3", "1.4") if chance < 0.9 else ("1.1", "1.4"))
    return out


def _atlas(size: Size, seed: int, ground: Ground, licences: list[tuple[str, ...]], modes: list[str]) -> Atlas:
    rng = stream(seed, size, "routes").spawn(1)[0]
    far = rng.choice([0.0, 0.5, 1.0, 3.0], (size.ways, 1)) * ground.distance / 400.0
    noise = far + rng.uniform(0.01, 1.6, (size.ways, len(ground.tail)))
    noise[0] = 0.01 + ground.distance / 1e5
    if size.ways > 1:
        noise[1] = 0.01 + ground.distance / 100.0
    cargo = {c for m in modes for c in CARRIES[m]}
    carried = {c: frozenset(m for m in modes if c in CARRIES[m]) for c in cargo}
    licensed = {d: np.array([d in here for here in licences]) for d in DIVISIONS}
    return Atlas(ground, carried, licensed, size.ways, size.routes, noise)
