"""What the rules look things up in: the rows by key, what is in effect on a day, and the plan's consignments.

All numbers are exact. A cell enters as a whole number of 10⁻¹² (`exact`); a product of two cells is a whole
number of 10⁻²⁴. Only limits under a disruption's factor and shares of lift are fractions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.verify.rows import Bought, Consignment, LiftGroup, exact, ratio

HIGHEST_LEVEL = 3


class Case:
    """A theatre, a scenario and a plan, indexed for the rules; it judges nothing itself."""

    def __init__(self, theatre: Theatre, scenario: Scenario, plan: Plan, works: bool | None = None) -> None:
        self.theatre, self.scenario, self.plan = theatre, scenario, plan
        self.of_works: bool = len(plan.tables["works"]) > 0 if works is None else works
        self.horizon: int = scenario.horizon
        self.levels = scenario.levels()
        self.donors = {row.donor: row for row in theatre.donors.rows()}
        self.items = {row.item: row for row in theatre.items.rows()}
        self.nodes = {row.node: row for row in theatre.nodes.rows()}
        self.links = {row.link: row for row in theatre.links.rows()}
        self.lots = {row.lot: row for row in theatre.stocks.rows()}
        self.sites = {row.site: row for row in theatre.production.rows()}
        self.funds = {row.fund: row for row in theatre.funds.rows()}
        self.needs = {row.need: row for row in scenario.needs.rows()}
        self.works = {row.work: row for row in scenario.works.rows()}
        self.work_modes = {(row.work, row.mode): row for row in scenario.work_modes.rows()}
        self.builders = {
            "crews": {row.crew: row for row in theatre.crews.rows()},
            "plant": {row.plant: row for row in theatre.plant.rows()},
        }
        self.rest_days = {(row.sector, row.day) for row in theatre.calendar.rows() if not row.works}
        self.return_factors = {row.mode: ratio(row.return_factor) for row in theatre.modes.rows()}
        self.ratios = {(row.item, row.substitute): ratio(row.ratio) for row in theatre.substitutes.rows()}
        self.terms: dict[str, list[Any]] = defaultdict(list)  # sorted by level, as the table is
        for row in theatre.terms.rows():
            self.terms[row.lot].append(row)
        self._arrivals: dict[tuple[str, int], int | None] = {}
        self._released: dict[str, int | None] = {}
        self._in_effect: dict[tuple[Any, ...], Fraction | None] = {}

    @cached_property
    def purchases(self) -> dict[str, Bought]:
        """Return the purchases all of whose references are known, by name."""
        out = {}
        for row in self.plan.purchases.rows():
            site, fund = self.sites.get(row.site), self.funds.get(row.fund)
            if site and fund and row.item in self.items and row.quantity is not None:
                out[row.purchase] = Bought(
                    row.purchase, fund.donor, site.node, row.item, None, site, fund, ratio(row.quantity), row.order_day
                )
        return out

    @cached_property
    def consignments(self) -> tuple[Consignment, ...]:
        """Return the shipments all of whose references are known; the others `known_references` reports."""
        legs: dict[str, list[Any]] = defaultdict(list)
        for row in self.plan.legs.rows():  # sorted by shipment and sequence, as the table is
            legs[row.shipment].append(row)
        return tuple(
            c for row in self.plan.shipments.rows() if (c := self._consignment(row, legs[row.shipment]))
        )

    def _consignment(self, row: Any, legs: list[Any]) -> Consignment | None:
        lot = self.lots.get(row.lot) or self.purchases.get(row.lot)
        known = lot and row.item in self.items and row.destination in self.nodes
        known = known and (row.need is None or row.need in self.needs) and row.quantity is not None
        if not known or any(leg.link not in self.links for leg in legs):
            return None
        links = tuple(self.links[leg.link] for leg in legs)
        need = self.needs[row.need] if row.need else None
        return Consignment(row, tuple(legs), links, lot, self.items[row.item], need, exact(row.quantity))

    # Disruptions

    @cached_property
    def _disruptions(self) -> dict[tuple[str, str], list[tuple[tuple[str, ...], Any]]]:
        by_column: dict[tuple[str, str], list[tuple[tuple[str, ...], Any]]] = defaultdict(list)
        for row in self.scenario.disruptions.rows():  # sorted by key: they take effect in that order
            by_column[row.table, row.column].append((tuple(row.key.split("/")), row))
        return by_column

    def disruptions_of(self, table: str, key: tuple[str, ...], column: str, day: int) -> list[Any]:
        """Return the disruptions of this cell on this day, in the order in which they take effect."""
        return [
            row
            for parts, row in self._disruptions.get((table, column), ())
            if key[: len(parts)] == parts
            and (row.from_day or 0) <= day
            and (row.to_day is None or day <= row.to_day)
        ]

    def in_effect(
        self, table: str, key: tuple[str, ...], column: str, value: float | None, day: int
    ) -> Fraction | None:
        """Return the cell's value on this day after the disruptions; None says no limit."""
        cell = (table, key, column, day)
        if cell not in self._in_effect:
            now = None if value is None else ratio(value)
            for row in self.disruptions_of(table, key, column, day):
                if row.value is not None:
                    now = ratio(row.value)
                elif now is not None:
                    now *= ratio(row.factor)
                elif row.factor == 0:  # nothing of no limit is nothing; any other part of it is no limit
                    now = Fraction(0)
            self._in_effect[cell] = now
        return self._in_effect[cell]

    def closed(self, table: str, key: str, day: int) -> str:
        """Return '' for a link or node open on this day, else what becomes of goods: 'lost' or 'stay'."""
        column = "capacity" if table == "links" else "handling"
        words = [row.goods for row in self.disruptions_of(table, (key,), column, day)]
        if not words:
            return ""
        row = self.links[key] if table == "links" else self.nodes[key]
        if self.in_effect(table, (key,), column, getattr(row, column), day) != 0:
            return ""
        return "lost" if "lost" in words else "stay"

    def arrival(self, link: Any, depart: int) -> int | None:
        """Return the day on which a move arrives; None if it is not offered on that day."""
        if (link.link, depart) not in self._arrivals:
            self._arrivals[link.link, depart] = self._arrival(link, depart)
        return self._arrivals[link.link, depart]

    def _arrival(self, link: Any, depart: int) -> int | None:
        if self.closed("links", link.link, depart) or self.closed("nodes", link.tail, depart):
            return None
        arrive = depart + link.transit
        if any(
            self.closed("links", link.link, day) == "lost"
            for day in range(depart, min(arrive, self.horizon) + 1)
        ):
            return None
        while arrive < self.horizon:
            words = {self.closed("links", link.link, arrive), self.closed("nodes", link.head, arrive)}
            if "lost" in words:
                return None
            if "stay" not in words:
                break
            arrive += 1
        return arrive

    # Release

    def release_day_of_lot(self, lot: Any) -> int | None:
        """Return the first day on which the lot or purchase may leave; None if that day never comes."""
        if isinstance(lot, Bought):
            return lot.ready_day
        if lot.lot not in self._released:
            day = self._first_term(lot.trigger, lambda level: self._approval_days(lot, level))
            self._released[lot.lot] = None if day is None else max(lot.ready_day, day)
        return self._released[lot.lot]

    def release_day_of_row(self, row: Any) -> int | None:
        """Return the first day on which a lift row or fund counts by its approval; None if that day never comes."""
        own = row.approval_days if row.approval_days is not None else self.donors[row.donor].approval_days
        return self._first_term(row.trigger, lambda level: own)

    def _first_term(self, trigger: int, approval_days: Any) -> int | None:
        days = []
        for level in range(trigger, HIGHEST_LEVEL + 1):
            reached = [day for day, now in enumerate(self.levels) if now >= level]
            if reached:
                days.append(reached[0] + approval_days(level))
        return min(days, default=None)

    def _approval_days(self, lot: Any, level: int) -> int:
        own = lot.approval_days if lot.approval_days is not None else self.donors[lot.donor].approval_days
        for term in self.terms[lot.lot]:
            if term.level <= level and term.approval_days is not None:
                own = term.approval_days
        return own

    def floor(self, lot: Any, level: int) -> Fraction:
        """Return the lot's reserve floor at this trigger level."""
        floor = lot.floor
        for term in self.terms[lot.lot]:
            if term.level <= level and term.floor is not None:
                floor = term.floor
        return ratio(floor)

    def available(self, lot: Any, on_hand: Fraction, level: int) -> Fraction:
        """Return what may leave the lot in all if that much is on hand, rounded down to the grid of plans."""
        free = on_hand - ratio(lot.reserved) - ratio(lot.unserviceable) - self.floor(lot, level)
        if lot.earmarked is not None:
            free = min(free, ratio(lot.earmarked))
        return Fraction(math.floor(max(Fraction(0), free) * 1000), 1000)

    # Works

    def rests(self, sector: str, day: int) -> bool:
        """Return whether works at the sector rest on this day."""
        return (sector, day) in self.rest_days

    def builder(self, table: str, unit: str) -> Any:
        """Return the row of crews or plant that a unit written as name/number is one of; None if there is none."""
        name, _, number = unit.rpartition("/")
        row = self.builders[table].get(name)
        if row is None or not number.isdigit() or str(int(number)) != number:
            return None
        return row if 1 <= int(number) <= (row.size if table == "crews" else row.number) else None

    def on_site_from(self, row: Any) -> int | None:
        """Return the first day on which crews or machines can be at a sector; None if that day never comes."""
        released = self.release_day_of_row(row)
        return None if released is None else max(released, getattr(row, "from_day", 0) or 0) + row.move_days

    # Lift

    @cached_property
    def lift_groups(self) -> dict[str, LiftGroup]:
        """Return the lift groups by name: mode/cargo/first donor."""
        caveats = [row for row in self.theatre.caveats.rows() if row.subject == "lift"]
        members: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for row in self.theatre.lift.rows():
            bound = frozenset(_terms_of(c) for c in caveats if c.donor in (None, row.donor))
            members[row.mode, row.cargo, bound].append(row)
        groups = {}
        for (mode, cargo, _), rows in members.items():
            first = min(row.donor for row in rows)
            binding = tuple(c for c in caveats if c.donor in (None, first))
            groups[f"{mode}/{cargo}/{first}"] = LiftGroup(mode, cargo, tuple(rows), binding)
        return groups

    def lift_in_effect(self, group: LiftGroup, day: int) -> Fraction:
        """Return the tonne-kilometres the group offers on this day."""
        offered = Fraction(0)
        for row in group.rows:
            released = self.release_day_of_row(row)
            if released is None or day < max(row.from_day, released):
                continue
            if row.to_day is None or day <= row.to_day:
                key = (row.donor, row.mode, row.cargo, str(row.from_day))
                offered += self.in_effect("lift", key, "capacity", row.capacity, day) or 0
        return offered

    # Where things stand

    def held(self, c: Consignment) -> Iterator[tuple[str, int, int]]:
        """Yield node, first night and last night of every stay away from home; last < first: none."""
        for leg, link, onward in zip(c.legs, c.links, c.legs[1:], strict=False):
            yield link.head, leg.arrive, min(onward.depart, self.horizon) - 1
        if c.legs:
            until = c.need.rdd if c.need else self.horizon
            yield c.links[-1].head, c.legs[-1].arrive, until - 1


def _terms_of(caveat: Any) -> tuple[Any, ...]:
    return tuple(v for name, v in caveat._asdict().items() if name not in ("caveat", "donor", "text"))
