"""Rules of the owners: release, reserve floor, clearance, expiry, caveats, lift groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from data.verify.case import Case
from data.verify.rows import GRID, Bought, Consignment, Violation, ratio


def release_day(case: Case) -> Iterator[Violation]:
    """Yield shipments that leave before their donor's release."""
    for c in case.consignments:
        released = case.release_day_of_lot(c.lot)
        if not c.legs:
            continue
        where = (*c.place(), ("lot", c.row.lot))
        if released is None:
            yield Violation("never released", where)
        elif c.legs[0].depart < released:
            yield Violation("release day", where, released - c.legs[0].depart, "days")


def clearance(case: Case) -> Iterator[Violation]:
    """Yield legs on a link for which the time from release to clearance is not over."""
    for c in case.consignments:
        released = case.release_day_of_lot(c.lot)
        for leg, link in zip(c.legs, c.links, strict=True):
            if released is not None and link.clearance and leg.depart < released + link.clearance:
                yield Violation("clearance", c.place(leg), released + link.clearance - leg.depart, "days")


def _left(case: Case) -> dict[str, dict[int, int]]:
    """Return what leaves each lot on each day, in 10⁻¹² units."""
    left: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for c in case.consignments:
        if c.legs:
            left[c.row.lot][c.legs[0].depart] += c.quantity
    return left


def reserve_floor(case: Case) -> Iterator[Violation]:
    """Yield lots and days by which more has left than the reserve floor, the earmark and the stock allow."""
    for name, by_day in _left(case).items():
        lot = case.lots.get(name)
        if lot is None:  # a purchase: see `bought_quantity`
            continue
        allowed = {level: case.available(lot, ratio(lot.on_hand), level) for level in set(case.levels)}
        gone = 0
        for day, level in enumerate(case.levels):
            gone += by_day.get(day, 0)
            yield from _too_much("reserve floor", case, lot, day, gone, allowed[level])


def stock_cut(case: Case) -> Iterator[Violation]:
    """Yield lots from which, after a cut of the stock, more leaves than the cut left there."""
    for name, by_day in _left(case).items():
        lot = case.lots.get(name)
        if lot is None:
            continue
        cuts = [row.from_day or 0 for row in case.disruptions_of("stocks", (name,), "on_hand", case.horizon)]
        for cut in sorted(set(cuts)):
            on_hand = case.in_effect("stocks", (name,), "on_hand", lot.on_hand, cut) or Fraction(0)
            gone = 0
            for day in range(cut, case.horizon):
                gone += by_day.get(day, 0)
                allowed = case.available(lot, on_hand, case.levels[day])
                yield from _too_much("stock after the cut", case, lot, day, gone, allowed)


def _too_much(rule: str, case: Case, lot: Any, day: int, gone: int, allowed: Fraction) -> Iterator[Violation]:
    excess = gone - allowed * GRID
    if excess > 0:
        unit = case.items[lot.item].unit
        yield Violation(rule, (("lot", lot.lot), ("day", day)), float(excess / GRID), unit)


def expiry(case: Case) -> Iterator[Violation]:
    """Yield shipments that arrive after their lot's expiry day."""
    for c in case.consignments:
        if c.legs and c.lot.expiry_day is not None and c.legs[-1].arrive > c.lot.expiry_day:
            late = c.legs[-1].arrive - c.lot.expiry_day
            yield Violation("expiry day", (*c.place(), ("lot", c.row.lot)), late, "days")


def forbidden(case: Case) -> Iterator[Violation]:
    """Yield legs that a `forbid` caveat of the lot's donor, of its fund or of the lift forbids."""
    for c, leg, link, caveats in _bound_legs(case):
        for caveat in caveats:
            if caveat.effect == "forbid" and _meets(case, caveat, c, leg, link):
                yield Violation(
                    "caveat", (*c.place(leg), ("forbidden by", caveat.caveat), ("day", leg.depart))
                )


def only_allowed(case: Case) -> Iterator[Violation]:
    """Yield legs that `only` caveats bind and that meet none of their conditions, each subject apart."""
    for c, leg, link, caveats in _bound_legs(case):
        for subject in ("stock", "fund", "lift"):
            only = [row for row in caveats if row.effect == "only" and row.subject == subject]
            if only and not any(_meets(case, row, c, leg, link) for row in only):
                names = " ".join(row.caveat for row in only)
                yield Violation("caveat", (*c.place(leg), ("not allowed by", names), ("day", leg.depart)))


def _bound_legs(case: Case) -> Iterator[tuple[Consignment, Any, Any, tuple[Any, ...]]]:
    """Yield each leg with the caveats that bind it: of its lot's donor or fund, and of the lift that carries it."""
    rows = {name: [row for row in case.theatre.caveats.rows() if row.subject == name] for name in ("stock", "fund")}

    @cache
    def of_goods(subject: str, donor: str, item: str) -> tuple[Any, ...]:
        return tuple(row for row in rows[subject] if row.donor in (None, donor) and _binds(row, case.items[item]))

    @cache
    def of_lift(name: str, item: str) -> tuple[Any, ...]:
        group = case.lift_groups.get(name)
        return tuple(row for row in group.caveats if _binds(row, case.items[item])) if group else ()

    for c in case.consignments:
        subject = "fund" if isinstance(c.lot, Bought) else "stock"
        for leg, link in zip(c.legs, c.links, strict=True):
            caveats = of_goods(subject, c.lot.donor, c.row.item) + of_lift(leg.lift_group, c.row.item)
            if caveats:
                yield c, leg, link, caveats


def _binds(caveat: Any, item: Any) -> bool:
    return caveat.item in (None, item.item) and caveat.supply_class in (None, item.supply_class)


def _meets(case: Case, caveat: Any, c: Consignment, leg: Any, link: Any) -> bool:
    """Return whether the leg matches every condition cell of the caveat that is not empty."""
    return (
        (caveat.recipient is None or (c.need is not None and caveat.recipient == c.need.recipient))
        and (caveat.purpose is None or (c.need is not None and caveat.purpose == c.need.purpose))
        and caveat.sector in (None, c.row.destination)
        and caveat.country in (None, case.nodes[c.row.destination].country)
        and caveat.mode in (None, link.mode)
        and (caveat.from_day is None or caveat.from_day <= leg.depart)
        and (caveat.to_day is None or leg.depart <= caveat.to_day)
        and (caveat.transit_country is None or caveat.transit_country in _crossed(case, c, link))
    )


def _crossed(case: Case, c: Consignment, link: Any) -> set[str | None]:
    """Return the countries the leg passes through, the ends of the journey excluded."""
    crossed: set[str | None] = set(link.countries)
    if link.tail != c.lot.node:
        crossed.add(case.nodes[link.tail].country)
    if link.head != c.row.destination:
        crossed.add(case.nodes[link.head].country)
    return crossed


def lift_group(case: Case) -> Iterator[Violation]:
    """Yield legs that name no lift group, or one of another mode or cargo class."""
    for c in case.consignments:
        for leg, link in zip(c.legs, c.links, strict=True):
            group = case.lift_groups.get(leg.lift_group)
            if group is None or group.mode != link.mode or group.cargo != c.item.cargo:
                yield Violation("lift group", (*c.place(leg), ("group", leg.lift_group or "(none)")))
