"""The rule that makes needs of forces: what they use in blocks of days, less what the nation holds there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from data.verify.case import Case
from data.verify.rows import Violation, ratio

MILLION = 10**6  # a need of a force is rounded to a millionth of a unit


def needs_of_forces(case: Case) -> Iterator[Violation]:
    """Yield needs that are not the given ones and what forces, factors and holdings ask for."""
    given = {row.need: row for row in case.scenario.tables["needs"].rows()}
    due = {name: _cells(row) for name, row in given.items()} | _asked(case)
    stated = {name: _cells(row) for name, row in case.needs.items()}
    for name in sorted(set(due) | set(stated)):
        if due.get(name) != stated.get(name):
            yield Violation("needs of forces", (("need", name),))


def _cells(row: Any) -> tuple[Any, ...]:
    return (row.sector, row.recipient, row.item, ratio(row.quantity), row.ead, row.rdd, row.lad, row.tier,
            row.weight, row.purpose)  # fmt: skip


def _asked(case: Case) -> dict[str, tuple[Any, ...]]:
    """Return the cells of every need that remains of what forces use, place by place."""
    asks: dict[tuple[str, str], list[tuple[int, int, str, Fraction, Any]]] = {}
    for force in case.scenario.forces.rows():
        for item, rate in _factors(case, force).items():
            asks.setdefault((force.sector, item), []).extend(_blocks(case, force, item, rate))
    out = {}
    for (sector, item), blocks in asks.items():
        left = _holding(case, sector, item)
        for day, _, name, quantity, force in sorted(blocks, key=lambda block: block[:3]):
            taken = min(left, quantity)
            left -= taken
            rest = Fraction(math.floor((quantity - taken) * MILLION + Fraction(1, 2)), MILLION)
            if rest:
                lad = min(day + force.lad_days, case.horizon - 1)
                out[name] = (sector, force.recipient, item, rest, 0, day, lad, force.tier, force.weight,
                             force.purpose)  # fmt: skip
    return out


def _factors(case: Case, force: Any) -> dict[str, Fraction]:
    rows = [row for row in case.theatre.factors.rows() if row.force_type == force.force_type]
    general = {row.item: ratio(row.rate) for row in rows if row.posture is None}
    return general | {row.item: ratio(row.rate) for row in rows if row.posture == force.posture}


def _blocks(case: Case, force: Any, item: str, rate: Fraction) -> Iterator[tuple[int, int, str, Fraction, Any]]:
    """Yield day, tier, name and quantity of each need of a force for an item, before holdings."""
    daily, period = ratio(force.elements) * rate, case.scenario.settings.need_period
    days = [
        day for day in range(case.horizon) if day >= force.from_day and (force.to_day is None or day <= force.to_day)
    ]
    for number in range(0, len(days), period):
        block = days[number : number + period]
        name = f"{force.force}/{item}/{number // period + 1:02}"
        yield block[0], force.tier, name, daily * len(block), force
    if days:
        yield days[0], force.tier, f"{force.force}/{item}/dos", daily * ratio(force.dos_target), force


def _holding(case: Case, sector: str, item: str) -> Fraction:
    for row in case.theatre.holdings.rows():
        if (row.node, row.item) == (sector, item):
            return max(Fraction(0), ratio(row.on_hand) - ratio(row.reserved) - ratio(row.unserviceable))
    return Fraction(0)
