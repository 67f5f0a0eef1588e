"""The prices of a certificate: exact floats in a table, and by goal and rule for the checker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import frexp, isfinite, ldexp

from data.contracts.certificate import CERTIFICATE
from data.tables import Table

BITS = 53  # of a float's significand


@dataclass(frozen=True)
class Price:
    """A price ≥ 0 of the goal, per unit of what a rule limits (RULES of data/contracts/certificate.py)."""

    rule: str
    key: str
    day: int
    since: int
    price: float


def certificate_table(prices: Mapping[str, Iterable[Price]]) -> Table:
    """Return the certificate of these prices by goal; equal rows are added up, what is not above 0 is left out."""
    total: dict[tuple[str, str, str, int, int], float] = {}
    for goal, rows in prices.items():
        for row in rows:
            key = (goal, row.rule, row.key, row.day, row.since)
            total[key] = total.get(key, 0.0) + row.price
    kept = {key: parts for key, price in total.items() if (parts := _parts(price)) is not None}
    names = ("goal", "rule", "key", "day", "since")
    columns: dict[str, list[object]] = {name: [key[i] for key in kept] for i, name in enumerate(names)}
    columns["units"], columns["halvings"] = [u for u, _ in kept.values()], [h for _, h in kept.values()]
    return Table.of(CERTIFICATE, columns)


def _parts(price: float) -> tuple[int, int] | None:
    """Return units and halvings of a price; None where it is no price, or too large or small to be written."""
    if not isfinite(price) or price <= 0:
        return None
    part, exponent = frexp(price)
    units, halvings = int(ldexp(part, BITS)), BITS - exponent
    while units % 2 == 0 and halvings > 0:
        units, halvings = units // 2, halvings - 1
    return (units, halvings) if 0 <= halvings < 1000 else None


def prices_of(table: Table) -> dict[str, list[Price]]:
    """Return the prices of a certificate by goal."""
    out: dict[str, list[Price]] = {}
    for row in table.rows():
        price = ldexp(float(row.units), -row.halvings)
        out.setdefault(row.goal, []).append(Price(row.rule, row.key, row.day, row.since, price))
    return out
