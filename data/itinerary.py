"""A plan's shipments and legs as joined arrays of codes, which score, counting and the plan's tables read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.plan import Plan
from data.purchases import Origins, Purchases
from data.theatre import Scenario, Theatre

Ints = np.ndarray
Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class Itinerary:
    """Shipments in key order and their legs in order; all codes are positions in the named tables.

    A shipment that names an unknown row, on itself or on a leg, is left out: it counts for nothing.
    """

    theatre: Theatre
    scenario: Scenario
    origins: Origins
    shipment: Ints  # position in plan.shipments
    lot: Ints  # code in `origins`: a lot, or a purchase
    item: Ints
    need: Ints  # -1: none
    destination: Ints
    quantity: Floats
    arrive: Ints  # as the shipment says
    leg_row: Ints  # position in plan.legs
    leg_of: Ints  # position in this itinerary's shipments, never falling
    link: Ints
    lift_group: np.ndarray
    leg_depart: Ints
    leg_arrive: Ints

    @classmethod
    def of(cls, theatre: Theatre, scenario: Scenario, plan: Plan) -> Itinerary:
        """Return the plan's itinerary in this theatre and scenario."""
        shipments, legs = plan.shipments, plan.legs
        origins = Origins(theatre, Purchases.of(theatre, plan))
        lot, item = origins.codes(shipments["lot"]), shipments.codes("item", theatre.items)
        need, destination = (
            shipments.codes("need", scenario.needs),
            shipments.codes("destination", theatre.nodes),
        )
        known = (lot >= 0) & (item >= 0) & (destination >= 0) & ((need >= 0) | (shipments["need"] == ""))
        known &= ~np.isnan(shipments["quantity"])
        owner, link = legs.codes("shipment", shipments), legs.codes("link", theatre.links)
        known[owner[(owner >= 0) & (link < 0)]] = False
        kept = np.flatnonzero(known)
        rows = np.flatnonzero((owner >= 0) & known[owner]) if len(shipments) else np.zeros(0, np.int64)
        return cls(
            theatre=theatre,
            scenario=scenario,
            origins=origins,
            shipment=kept,
            lot=lot[kept],
            item=item[kept],
            need=need[kept],
            destination=destination[kept],
            quantity=shipments["quantity"][kept],
            arrive=shipments["arrive"][kept],
            leg_row=rows,
            leg_of=(np.cumsum(known) - 1)[owner[rows]],
            link=link[rows],
            lift_group=legs["lift_group"][rows],
            leg_depart=legs["depart"][rows],
            leg_arrive=legs["arrive"][rows],
        )

    @cached_property
    def donor(self) -> Ints:
        """Return the code of the donor who gives each shipment."""
        return self.origins.donor[self.lot]

    @cached_property
    def given(self) -> Floats:
        """Return the value (EUR) of each shipment to its donor."""
        return self.quantity * self.origins.value[self.lot]

    @cached_property
    def tonnes(self) -> Floats:
        """Return the mass of each shipment."""
        return self.quantity * self.theatre.items["mass"][self.item]

    @cached_property
    def is_first(self) -> np.ndarray:
        """Return whether a leg is its shipment's first."""
        return np.diff(self.leg_of, prepend=-1) != 0

    @cached_property
    def is_last(self) -> np.ndarray:
        """Return whether a leg is its shipment's last."""
        return np.diff(self.leg_of, append=len(self.shipment)) != 0

    @cached_property
    def tail(self) -> Ints:
        """Return the code of the node each leg starts at."""
        return self.theatre.links.codes("tail", self.theatre.nodes)[self.link]

    @cached_property
    def head(self) -> Ints:
        """Return the code of the node each leg ends at."""
        return self.theatre.links.codes("head", self.theatre.nodes)[self.link]

    @cached_property
    def stays(self) -> tuple[Ints, Ints, Ints]:
        """Return first night, last night (before the first: none) and shipment of the stay after each leg.

        On the way until the next departure; at the end until the need's RDD, without a need to the horizon.
        """
        horizon = self.scenario.horizon
        onward = np.append(self.leg_depart[1:], 0)[: len(self.leg_depart)]
        need = self.need[self.leg_of]
        rdd = np.append(self.scenario.needs["rdd"], horizon)[need]  # the last entry serves need -1
        until = np.where(self.is_last, rdd, onward)
        return self.leg_arrive, np.minimum(until, horizon) - 1, self.leg_of


def spread(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return, for every day from first to last of every row, the row and the day."""
    days = np.maximum(0, last - first + 1)
    row = np.repeat(np.arange(len(first)), days)
    start = np.cumsum(days) - days
    return row, first[row] + np.arange(len(row)) - start[row]
