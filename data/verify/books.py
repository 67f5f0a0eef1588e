"""Rules that the plan's other tables say what follows from its shipments and legs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from data.verify.case import Case
from data.verify.rows import GRID, Violation, exact, ratio

# Quantities are decimals and compared exactly. A credit may be a third, which a table keeps as a float.
CREDIT_GRAIN = Fraction(1, 10**6)


def _differences(
    rule: str,
    names: tuple[str, ...],
    stated: Mapping[Any, Fraction],
    due: Mapping[Any, Fraction],
    grain: Fraction,
    sizes: Mapping[str, Fraction] | None = None,
) -> Iterator[Violation]:
    """Yield the keys whose stated value is not the one that is due; a row that is not there states 0.

    `sizes` are the quantities of the needs whose names begin the keys: a float holds no more than 14 digits of them.
    """
    for key in sorted(set(stated) | set(due)):
        apart = abs(stated.get(key, Fraction(0)) - due.get(key, Fraction(0)))
        size = (sizes or {}).get(key[0], Fraction(0))
        if apart > max(grain, size / 10**14):
            yield Violation(rule, tuple(zip(names, key, strict=True)), float(apart), "units")


def releases(case: Case) -> Iterator[Violation]:
    """Yield lots and days whose release is not what their shipments take away."""
    due: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for c in case.consignments:
        if c.legs:
            due[c.row.lot, c.legs[0].depart] += Fraction(c.quantity, GRID)
    stated = {(row.lot, row.day): ratio(row.quantity) for row in case.plan.releases.rows()}
    yield from _differences("releases as shipped", ("lot", "day"), stated, due, Fraction(0))


def positions(case: Case) -> Iterator[Violation]:
    """Yield nodes, lots and nights whose position is not what their shipments leave there."""
    due: dict[tuple[str, str, int], int] = defaultdict(int)
    for c in case.consignments:
        for node, first, last in case.held(c):
            for night in range(first, last + 1):
                due[node, c.row.lot, night] += c.quantity
    stated = {(row.node, row.lot, row.day): ratio(row.quantity) for row in case.plan.positions.rows()}
    held = {key: Fraction(quantity, GRID) for key, quantity in due.items()}
    yield from _differences("positions as shipped", ("node", "lot", "night"), stated, held, Fraction(0))


def _credits(case: Case) -> dict[str, list[tuple[str, int, Fraction]]]:
    """Return item, day and credit of each delivery, by need: earliest arrivals first."""
    arriving: dict[str, list[tuple[int, str, Any]]] = defaultdict(list)
    for c in case.consignments:
        if c.need and c.legs:
            arriving[c.row.need].append((c.legs[-1].arrive, c.row.shipment, c))
    credits: dict[str, list[tuple[str, int, Fraction]]] = defaultdict(list)
    for name, arrivals in arriving.items():
        need, open_still = case.needs[name], ratio(case.needs[name].quantity)
        for arrive, _, c in sorted(arrivals, key=lambda a: a[:2]):
            worth = Fraction(1) if c.row.item == need.item else case.ratios.get((need.item, c.row.item))
            if worth is None or arrive > latest(case, need):
                continue
            credit = min(open_still, Fraction(c.quantity, GRID) / worth)
            open_still -= credit
            credits[name].append((c.row.item, max(arrive, need.ead), credit))
    return credits


def latest(case: Case, need: Any) -> int:
    """Return the last day on which the need is credited."""
    return min(case.horizon - 1, need.rdd if need.lad is None else need.lad)


def deliveries(case: Case) -> Iterator[Violation]:
    """Yield needs, items and days whose credit is not what their shipments bring."""
    due: dict[tuple[str, str, int], Fraction] = defaultdict(Fraction)
    for name, credited in _credits(case).items():
        for item, day, credit in credited:
            due[name, item, day] += credit
    stated = {(row.need, row.item, row.day): ratio(row.credited) for row in case.plan.deliveries.rows()}
    yield from _differences("deliveries as shipped", ("need", "item", "day"), stated, due, CREDIT_GRAIN, _sizes(case))


def _sizes(case: Case) -> dict[str, Fraction]:
    return {name: ratio(need.quantity) for name, need in case.needs.items()}


def shortfalls(case: Case) -> Iterator[Violation]:
    """Yield needs whose short, unmet or delay is not what their shipments leave open.

    A plan with no row at all states nothing and is lawful.
    """
    stated = {row.need: row for row in case.plan.shortfalls.rows()}
    if not stated and not len(case.plan.shipments):
        return
    credits = _credits(case)
    for column in ("short", "unmet", "delay"):
        due = {(name,): _lack(case, need, credits.get(name, []))[column] for name, need in case.needs.items()}
        said = {(name,): Fraction(exact(getattr(row, column)), GRID) for name, row in stated.items()}
        yield from _differences(f"{column} as shipped", ("need",), said, due, CREDIT_GRAIN, _sizes(case))


def _lack(case: Case, need: Any, credited: list[tuple[str, int, Fraction]]) -> dict[str, Fraction]:
    unmet = ratio(need.quantity) - sum(credit for _, _, credit in credited)
    late = [(day - need.rdd, credit) for _, day, credit in credited if day > need.rdd]
    return {
        "unmet": unmet,
        "short": unmet + sum(credit for _, credit in late),
        "delay": sum(days * credit for days, credit in late) + unmet * (latest(case, need) - need.rdd + 1),
    }
