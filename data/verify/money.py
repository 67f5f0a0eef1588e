"""Rules of what is bought: orders, sites, funds, and the goods that come of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from data.verify.case import Case
from data.verify.routes import PLAN_GRID
from data.verify.rows import GRID, Violation, ratio


def order_written(case: Case) -> Iterator[Violation]:
    """Yield orders named as a lot is, of another item than the site's, or of a quantity that is no order."""
    for name, order in case.purchases.items():
        where, item = (("purchase", name),), case.items[order.item]
        if name in case.lots:
            yield Violation("name of a purchase", where)
        if order.item != order.site.item:
            yield Violation("item of the site", (*where, ("site", order.site.site), ("item", order.item)))
        quantity = int(order.quantity * GRID)
        if quantity <= 0:
            yield Violation("positive quantity", where, -quantity / GRID, item.unit)
        elif item.whole and quantity % GRID:
            yield Violation("whole units", (*where, ("item", order.item)), quantity % GRID / GRID, item.unit)
        elif quantity % PLAN_GRID:
            yield Violation("three decimals", where, quantity % PLAN_GRID / GRID, item.unit)


def order_day(case: Case) -> Iterator[Violation]:
    """Yield orders placed after the horizon, before their site takes orders, or before their fund is released."""
    for name, order in case.purchases.items():
        where = (("purchase", name),)
        if order.order_day >= case.horizon:
            yield Violation("order within the horizon", where, order.order_day - case.horizon + 1, "days")
        own = order.site.approval_days
        open_from = case.donors[order.site.donor].approval_days if own is None else own
        if order.order_day < open_from:
            yield Violation("approval of the site", (*where, ("site", order.site.site)), open_from - order.order_day,
                            "days")  # fmt: skip
        released = case.release_day_of_row(order.fund)
        if released is None:
            yield Violation("fund never released", (*where, ("fund", order.fund.fund)))
        elif order.order_day < max(released, order.fund.from_day):
            early = max(released, order.fund.from_day) - order.order_day
            yield Violation("release of the fund", (*where, ("fund", order.fund.fund)), early, "days")


def fund_pays(case: Case) -> Iterator[Violation]:
    """Yield orders whose fund is for something else: another purpose, another item, or another sector."""
    for name, order in case.purchases.items():
        fund, where = order.fund, (("purchase", name), ("fund", order.fund.fund))
        if fund.purpose != "procurement" and not (fund.purpose == "budget_support" and fund.movable):
            yield Violation("purpose of the fund", where)
        if fund.item not in (None, order.item):
            yield Violation("item of the fund", (*where, ("item", order.item)))
    for c in case.consignments:
        own = case.purchases.get(c.row.lot)
        if own and c.row.lot not in case.lots and own.fund.sector not in (None, c.row.destination):
            yield Violation("sector of the fund", (*c.place(), ("fund", own.fund.fund)))


def production(case: Case) -> Iterator[Violation]:
    """Yield sites and days on which more is ordered than the site makes a day, and sites of which too much is."""
    ordered: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    total: dict[str, Fraction] = defaultdict(Fraction)
    for order in case.purchases.values():
        ordered[order.site.site, order.order_day] += order.quantity
        total[order.site.site] += order.quantity
    for (site, day), quantity in sorted(ordered.items()):
        row = case.sites[site]
        most = case.in_effect("production", (site,), "rate", row.rate, min(day, case.horizon - 1))
        if most is not None and quantity > most:
            yield _excess("production", case, row, (("site", site), ("day", day)), quantity - most)
    for site, quantity in sorted(total.items()):
        row = case.sites[site]
        if row.total is not None and quantity > ratio(row.total):
            yield _excess("production in all", case, row, (("site", site),), quantity - ratio(row.total))


def _excess(rule: str, case: Case, site: Any, where: tuple[tuple[str, str | int], ...], excess: Fraction) -> Violation:
    return Violation(rule, where, float(excess), case.items[site.item].unit)


def fund_amount(case: Case) -> Iterator[Violation]:
    """Yield funds of which more is spent than they hold."""
    spent: dict[str, Fraction] = defaultdict(Fraction)
    for order in case.purchases.values():
        spent[order.fund.fund] += order.quantity * ratio(order.site.price)
    for fund, money in sorted(spent.items()):
        over = money - ratio(case.funds[fund].amount)
        if over > 0:
            yield Violation("amount of the fund", (("fund", fund),), float(over), "EUR")


def bought_quantity(case: Case) -> Iterator[Violation]:
    """Yield purchases of which more leaves than was bought."""
    left: dict[str, int] = defaultdict(int)
    for c in case.consignments:
        if c.legs and c.row.lot not in case.lots:
            left[c.row.lot] += c.quantity
    for name, quantity in sorted(left.items()):
        over = Fraction(quantity, GRID) - case.purchases[name].quantity
        if over > 0:
            unit = case.items[case.purchases[name].item].unit
            yield Violation("bought quantity", (("purchase", name),), float(over), unit)


def transport_money(case: Case) -> Iterator[Violation]:
    """Yield donors and days by which transport has cost more than their transport funds hold by then.

    A donor without such a fund pays without limit. It pays for its lots and for what its money bought.
    """
    purses: dict[str, list[Any]] = defaultdict(list)
    for row in case.theatre.funds.rows():
        if row.purpose == "transport":
            purses[row.donor].append(row)
    for donor, funds in sorted(purses.items()):
        paid: dict[int, Fraction] = defaultdict(Fraction)
        for c in case.consignments:
            for leg, link in zip(c.legs, c.links, strict=True):
                if c.lot.donor == donor:
                    paid[leg.depart] += Fraction(c.tonnes, GRID**2) * ratio(link.cost)
        so_far = Fraction(0)
        for day in sorted(paid):
            so_far += paid[day]
            held = sum((ratio(row.amount) for row in funds if _open(case, row, day)), Fraction(0))
            if so_far > held:
                where = (("donor", donor), ("day", day))
                yield Violation("money for transport", where, float(so_far - held), "EUR")


def _open(case: Case, fund: Any, day: int) -> bool:
    released = case.release_day_of_row(fund)
    return released is not None and day >= max(released, fund.from_day)
