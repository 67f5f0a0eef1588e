"""Rules about what is written down and about the way: references, routes, days, links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from data.verify.case import Case
from data.verify.rows import GRID, Consignment, Violation

PLAN_GRID = GRID // 1000  # plan quantities have three decimals


def known_references(case: Case) -> Iterator[Violation]:
    """Yield every cell of the plan that names a row which is not there."""
    # NB: a plan has a table works of its own; what it names are the works of the scenario
    targets = {**case.plan.tables, **case.theatre.tables, **case.scenario.tables, "needs": case.scenario.needs}
    for name, table in case.plan.tables.items():
        for column in table.contract.columns:
            if not column.refers_to:
                continue
            known = {key for target in column.refers_to.split("|") for key in targets[target].position()}
            for value in sorted({v for v in table[column.name].tolist() if v and v not in known}):
                yield Violation("known reference", (("table", name), (column.name, value)))
    shipments = case.plan.shipments.position()
    for shipment in sorted({row.shipment for row in case.plan.legs.rows()} - set(shipments)):
        yield Violation("known reference", (("table", "legs"), ("shipment", shipment)))


def route(case: Case) -> Iterator[Violation]:
    """Yield shipments whose legs do not lead, without a gap, from the lot's node to the destination."""
    for c in case.consignments:
        for what in _route_faults(c):
            yield Violation("route", (*c.place(), ("fault:", what)))


def _route_faults(c: Consignment) -> Iterator[str]:
    if not c.legs:
        yield "it has no leg"
        return
    if [leg.sequence for leg in c.legs] != list(range(1, len(c.legs) + 1)):
        yield "its legs are not numbered 1, 2, …"
    if c.links[0].tail != c.lot.node:
        yield f"it starts at {c.links[0].tail}, not at the lot's node {c.lot.node}"
    for before, after in zip(c.links, c.links[1:], strict=False):
        if before.head != after.tail:
            yield f"it goes on from {after.tail}, not from {before.head}"
    if c.links[-1].head != c.row.destination:
        yield f"it ends at {c.links[-1].head}, not at its destination {c.row.destination}"
    if c.need and c.row.destination != c.need.sector:
        yield f"its destination is {c.row.destination}, not its need's sector {c.need.sector}"


def item_carried(case: Case) -> Iterator[Violation]:
    """Yield shipments that carry another item than their lot's, or one that their need does not accept."""
    for c in case.consignments:
        if c.row.item != c.lot.item:
            yield Violation("item of the lot", (*c.place(), ("lot", c.row.lot), ("item", c.row.item)))
        if c.need and c.row.item != c.need.item and (c.need.item, c.row.item) not in case.ratios:
            yield Violation("item of the need", (*c.place(), ("need", c.row.need), ("item", c.row.item)))


def quantity_grid(case: Case) -> Iterator[Violation]:
    """Yield quantities that are not positive, have more than three decimals, or split a whole item."""
    for c in case.consignments:
        unit = c.item.unit
        if c.quantity <= 0:
            yield Violation("positive quantity", c.place(), -c.quantity / GRID, unit)
        elif c.item.whole and c.quantity % GRID:
            yield Violation("whole units", (*c.place(), ("item", c.row.item)), c.quantity % GRID / GRID, unit)
        elif c.quantity % PLAN_GRID:
            yield Violation("three decimals", c.place(), c.quantity % PLAN_GRID / GRID, unit)


def horizon(case: Case) -> Iterator[Violation]:
    """Yield departures and arrivals after the last day."""
    for c in case.consignments:
        for leg in c.legs:
            late = max(leg.depart, leg.arrive) - (case.horizon - 1)
            if late > 0:
                yield Violation("horizon", c.place(leg), late, "days")


def closures(case: Case) -> Iterator[Violation]:
    """Yield moves that are not offered: a closed link or node, or goods that would be lost under way."""
    for c in case.consignments:
        for leg, link in zip(c.legs, c.links, strict=True):
            if case.arrival(link, leg.depart) is None:
                yield Violation("closed link or node", (*c.place(leg), ("day", leg.depart)))


def transit_time(case: Case) -> Iterator[Violation]:
    """Yield legs that do not arrive when the link says, and shipments whose days are not their legs'."""
    for c in case.consignments:
        for leg, link in zip(c.legs, c.links, strict=True):
            arrive = case.arrival(link, leg.depart)
            if arrive is not None and leg.arrive != arrive:
                yield Violation("transit time", c.place(leg), abs(leg.arrive - arrive), "days")
        if c.legs and c.row.depart != c.legs[0].depart:
            yield Violation(
                "departure of the first leg", c.place(), abs(c.row.depart - c.legs[0].depart), "days"
            )
        if c.legs and c.row.arrive != c.legs[-1].arrive:
            yield Violation(
                "arrival of the last leg", c.place(), abs(c.row.arrive - c.legs[-1].arrive), "days"
            )


def dwell(case: Case) -> Iterator[Violation]:
    """Yield legs that depart before the one before has arrived and the node's dwell is over."""
    for c in case.consignments:
        for leg, link, onward in zip(c.legs, c.links, c.legs[1:], strict=False):
            early = leg.arrive + case.nodes[link.head].dwell - onward.depart
            if early > 0:
                yield Violation("dwell", (*c.place(onward), ("node", link.head)), early, "days")


def gauge(case: Case) -> Iterator[Violation]:
    """Yield changes between two gauges at a node that is no gauge break."""
    for c in case.consignments:
        for onward, before, after in zip(c.legs[1:], c.links, c.links[1:], strict=False):
            changes = before.gauge and after.gauge and before.gauge != after.gauge
            if changes and case.nodes[before.head].kind != "gauge_break":
                yield Violation("gauge break", (*c.place(onward), ("node", before.head)))


def military_load_class(case: Case) -> Iterator[Violation]:
    """Yield items heavier than the load class of a link they use."""
    for c in case.consignments:
        for leg, link in zip(c.legs, c.links, strict=True):
            if c.item.mlc is not None and link.mlc is not None and c.item.mlc > link.mlc:
                yield Violation("military load class", _with_item(c, leg), c.item.mlc - link.mlc, "MLC")


def hazardous_load(case: Case) -> Iterator[Violation]:
    """Yield explosives on links closed to them."""
    for c in case.consignments:
        for leg, link in zip(c.legs, c.links, strict=True):
            if c.item.hazard_division and not link.hazardous:
                yield Violation("no explosives on the link", _with_item(c, leg))


def _with_item(c: Consignment, leg: Any) -> tuple[tuple[str, str | int], ...]:
    return (*c.place(leg), ("item", c.row.item))
