"""Forces and planning factors to needs: what forces use, in blocks of days, less what the nation holds there."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from data.contracts import SCENARIO
from data.tables import Table

GRAIN = 10**6  # a need is a whole number of millionths of a unit

Tables = Mapping[str, Table]


def exact(value: float) -> Fraction:
    """Return a cell's value as the decimal it was written as."""
    return Fraction(Decimal(repr(value)))


def together(given: Table, of_forces: list[dict[str, Any]]) -> Table:
    """Return the needs given and those of forces as one table of contract needs."""
    if not of_forces:
        return given
    return Table.from_rows(SCENARIO["needs"], [*(row._asdict() for row in given.rows()), *of_forces])


def needs_of_forces(theatre: Tables, scenario: Tables) -> list[dict[str, Any]]:
    """Return the rows of needs that forces ask for beyond the holdings of their sectors.

    Holdings go to the earliest RDD first, within a day to the lower tier and then by name.
    """
    held: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in theatre["holdings"].rows():
        usable = exact(row.on_hand) - exact(row.reserved) - exact(row.unserviceable)
        held[row.node, row.item] = max(Fraction(0), usable)
    out = []
    for need, wanted in sorted(_gross(theatre, scenario), key=lambda n: (n[0]["rdd"], n[0]["tier"], n[0]["need"])):
        place = need["sector"], need["item"]
        used = min(wanted, held[place])
        held[place] -= used
        quantity = math.floor((wanted - used) * GRAIN + Fraction(1, 2)) / GRAIN
        if quantity > 0:
            out.append({**need, "quantity": quantity})
    return out


def _gross(theatre: Tables, scenario: Tables) -> Iterator[tuple[dict[str, Any], Fraction]]:
    """Yield each need of a force without its quantity, and the quantity before holdings."""
    settings = scenario["scenario"].rows()[0]
    for force in scenario["forces"].rows():
        first, last = span(force, settings.horizon)
        for item, rate in sorted(rates(theatre, force).items()):
            daily = exact(force.elements) * exact(rate)
            blocks = [
                (f"{number:02}", day, daily * min(settings.need_period, last + 1 - day))
                for number, day in enumerate(range(first, last + 1, settings.need_period), 1)
            ]
            if blocks:
                blocks.append(("dos", first, daily * exact(force.dos_target)))
            for block, day, wanted in blocks:
                yield _need(force, item, block, day, settings.horizon), wanted


def _need(force: Any, item: str, block: str, day: int, horizon: int) -> dict[str, Any]:
    return {
        "need": f"{force.force}/{item}/{block}",
        "sector": force.sector,
        "recipient": force.recipient,
        "item": item,
        "rdd": day,
        "lad": min(day + force.lad_days, horizon - 1),
        "tier": force.tier,
        "weight": force.weight,
        "purpose": force.purpose,
    }


def span(force: Any, horizon: int) -> tuple[int, int]:
    """Return the first and last day of a force's consumption within the horizon; last < first: none."""
    return force.from_day, horizon - 1 if force.to_day is None else min(force.to_day, horizon - 1)


def rates(theatre: Tables, force: Any) -> dict[str, float]:
    """Return what one element of the force uses a day, by item: in its posture, else in any."""
    found: dict[str, float] = {}
    for row in theatre["factors"].rows():  # sorted by posture within an item: the empty one comes first
        if row.force_type == force.force_type and row.posture in (None, force.posture):
            found[row.item] = row.rate
    return found
