"""What two plans differ in, and what stands at its limit in one: the words of a what-if's answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data.counting import at_limit, usage
from data.plan import Plan
from data.relax import in_units
from data.score import Score
from data.theatre import Scenario, Theatre
from data.units import parts_of

NOISE = 6  # decimals of a quantity that mean something


@dataclass(frozen=True)
class Binding:
    """Something that stands at its limit in a plan, on these days; `new` if it did on none of them for the base."""

    kind: str  # link, link_volume, lift, handling, storage, storage_volume, explosive, transport, stock, produce, …
    key: str  # link, node, lot, donor, site or fund; node/division of explosives
    days: tuple[int, ...]
    limit: float  # the smallest of these days
    unit: str
    new: bool = False

    def __str__(self) -> str:
        word = "day" if len(self.days) == 1 else "days"
        days = ", ".join(str(day) for day in self.days)
        kind, limit = self.kind.replace("_", " "), f"{self.limit:,.6g} {self.unit}"
        return f"{kind} {self.key} at its limit of {limit} on {word} {days}"


@dataclass(frozen=True)
class ShipmentChange:
    """What goes from a lot to a need by one way and day in two plans, in units; 0 where a plan has none."""

    lot: str
    need: str
    item: str
    links: tuple[str, ...]
    depart: int
    arrive: int
    before: float
    after: float


def binding(theatre: Theatre, scenario: Scenario, plan: Plan, before: Iterable[Binding] | None) -> tuple[Binding, ...]:
    """Return what stands at its limit in the plan, in order of kind and key; none is new without a base."""
    full = at_limit(usage(theatre, scenario, plan))
    held = {(b.kind, b.key): set(b.days) for b in before or ()}
    out = []
    for (kind, key), rows in full.groupby(["kind", "key"], sort=True):
        days = tuple(sorted(int(day) for day in rows["day"]))
        new = before is not None and held.get((str(kind), str(key)), set()).isdisjoint(days)
        parts, unit = in_units(str(rows["unit"].iloc[0]))
        out.append(Binding(str(kind), str(key), days, float(rows["limit"].min()) / parts, unit, new))
    return tuple(out)


def goal_deltas(before: Score, after: Score) -> dict[str, dict[str, float]]:
    """Return after − before of every goal (`objectives`) and figure (`kpis`) that both have."""
    return {
        "objectives": _deltas(before.objectives, after.objectives),
        "kpis": _deltas(before.kpis, after.kpis),
    }


def _deltas(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: value - before[name] for name, value in after.items() if name in before}


Way = tuple[str, str, str, tuple[str, ...], int, int]


def shipments_changed(before: tuple[Theatre, Plan], after: tuple[Theatre, Plan]) -> tuple[ShipmentChange, ...]:
    """Return the shipments of two plans that differ, the largest difference first, in units, relaxed or not.

    Each plan comes with the theatre it was made on: two relaxed ones may count an item in other parts. The order is
    total, and a difference is rounded in it: neither the order of a set nor the last bits of a solver decide which of
    two equal ones stands first.
    """
    old, new = _by_way(*before), _by_way(*after)
    rows = [
        ShipmentChange(*way, old.get(way, 0.0), new.get(way, 0.0))
        for way in set(old) | set(new)
        if round(old.get(way, 0.0) - new.get(way, 0.0), NOISE)
    ]
    return tuple(sorted(rows, key=_largest_first))


def _largest_first(row: ShipmentChange) -> tuple[float, Way]:
    size = round(abs(row.after - row.before), NOISE)
    return -size, (row.lot, row.need, row.item, row.links, row.depart, row.arrive)


def _by_way(theatre: Theatre, plan: Plan) -> dict[Way, float]:
    """Return the quantity of each way; an order is named by site, fund and day, as its number says nothing."""
    legs, shipments, bought = plan.legs, plan.shipments, plan.purchases
    owner = legs.codes("shipment", shipments)
    links: dict[int, list[str]] = defaultdict(list)
    for row in np.lexsort((legs["sequence"], owner)).tolist():
        links[int(owner[row])].append(str(legs["link"][row]))
    orders = {row.purchase: f"{row.site}/{row.fund}/{row.order_day}" for row in bought.rows()}
    out: dict[Way, float] = defaultdict(float)
    parts = parts_of(theatre)
    columns = [shipments[c].tolist() for c in ("lot", "need", "item", "depart", "arrive", "quantity")]
    for i, (lot, need, item, depart, arrive, quantity) in enumerate(zip(*columns, strict=True)):
        out[orders.get(lot, lot), need, item, tuple(links[i]), depart, arrive] += quantity / parts[item]
    return out
