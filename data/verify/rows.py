"""The rows that the rules speak of: violations, consignments, purchases, lift groups; and exact numbers.

A cell enters as a whole number of 10⁻¹² (`exact`); a product of two cells is a whole number of 10⁻²⁴.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from data.parsing import DECIMALS

GRID = 10**DECIMALS

Place = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True)
class Violation:
    """One broken rule: where (names of table keys and the day), by how much, in which unit.

    `excess` is 0 and `unit` empty where a rule is broken without an amount, as by a forbidden link.
    """

    rule: str
    where: Place
    excess: float = 0.0
    unit: str = ""

    def __str__(self) -> str:
        names = ", ".join(f"{name} {value}" for name, value in self.where if name not in ("day", "night"))
        days = [f" on day {value}" for name, value in self.where if name == "day"]
        nights = [f" in the night after day {value}" for name, value in self.where if name == "night"]
        amount = f" by {self.excess:.9g} {self.unit}" if self.unit else ""
        return f"{self.rule} broken at {names}{''.join(days + nights)}{amount}"


@lru_cache(maxsize=200_000)
def exact(value: float) -> int:
    """Return the cell's value in units of 10⁻¹²; its shortest decimal counts, so that 0.1 is one tenth."""
    return int(Decimal(repr(value)).scaleb(DECIMALS))


def ratio(value: float) -> Fraction:
    """Return the cell's value as a fraction."""
    return Fraction(exact(value), GRID)


@dataclass(frozen=True)
class Consignment:
    """A shipment with its legs and the rows it names; its quantity in 10⁻¹², its loads in 10⁻²⁴."""

    row: Any
    legs: tuple[Any, ...]
    links: tuple[Any, ...]
    lot: Any
    item: Any
    need: Any  # None: it serves no need
    quantity: int

    @cached_property
    def tonnes(self) -> int:
        return self.quantity * exact(self.item.mass)

    @cached_property
    def volume(self) -> int:
        return self.quantity * exact(self.item.volume)

    @cached_property
    def neq(self) -> int:
        return self.quantity * exact(self.item.neq)

    def place(self, leg: Any = None) -> Place:
        """Return the names that say where: the shipment, and the leg with its link."""
        here: Place = (("shipment", self.row.shipment),)
        return here if leg is None else (*here, ("leg", leg.sequence), ("link", leg.link))


class Bought(NamedTuple):
    """A purchase as a lot: owned by the donor of its fund, at its site's node, without expiry."""

    lot: str
    donor: str
    node: str
    item: str
    expiry_day: None
    site: Any
    fund: Any
    quantity: Fraction
    order_day: int

    @property
    def ready_day(self) -> int:
        """Return the first day on which it may leave: the order day and the site's lead time."""
        return int(self.order_day + self.site.lead)


@dataclass(frozen=True)
class LiftGroup:
    """The lift rows of one mode and cargo class whose donors are bound by the same caveats."""

    mode: str
    cargo: str
    rows: tuple[Any, ...]
    caveats: tuple[Any, ...]
