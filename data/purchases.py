"""What a plan buys: purchases as lots in time, and the ledger of the money that pays for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data.effect import NEVER, release_days
from data.plan import Plan
from data.tables import EMPTY
from data.theatre import Scenario, Theatre


def may_buy(theatre: Theatre) -> np.ndarray:
    """Return which funds may pay purchases: those for procurement, and budget support that is movable."""
    funds = theatre.funds
    return (funds["purpose"] == "procurement") | ((funds["purpose"] == "budget_support") & funds["movable"])


def transport_money(theatre: Theatre, scenario: Scenario) -> np.ndarray:
    """Return what the transport funds of each donor hold by each day (EUR); NaN for donors that have none."""
    funds = theatre.funds
    out = np.full((len(theatre.donors), scenario.horizon), np.nan)
    donor, first = funds.codes("donor", theatre.donors), release_days(theatre, scenario, "funds")
    for i in np.flatnonzero(funds["purpose"] == "transport"):
        out[donor[i]] = np.nan_to_num(out[donor[i]])
        out[donor[i], first[i] :] += funds["amount"][i]
    return out


def first_orders(theatre: Theatre) -> np.ndarray:
    """Return the first day on which each site takes orders: its approval lead time, else its donor's."""
    sites = theatre.production
    donors = theatre.donors["approval_days"][sites.codes("donor", theatre.donors)]
    return np.where(sites["approval_days"] == EMPTY, donors, sites["approval_days"])


@dataclass(frozen=True, eq=False)
class Purchases:
    """A plan's purchases as arrays of codes; one that names an unknown row is left out."""

    theatre: Theatre
    name: np.ndarray
    site: np.ndarray
    fund: np.ndarray
    item: np.ndarray
    quantity: np.ndarray
    order_day: np.ndarray

    @classmethod
    def of(cls, theatre: Theatre, plan: Plan) -> Purchases:
        """Return the purchases of a plan."""
        table = plan.purchases
        codes = [table.codes(c, t) for c, t in (("site", theatre.production), ("fund", theatre.funds),
                                                 ("item", theatre.items))]  # fmt: skip
        kept = np.flatnonzero((np.array(codes) >= 0).all(0) & ~np.isnan(table["quantity"]))
        site, fund, item = (c[kept] for c in codes)
        name, quantity, order_day = (table[c][kept] for c in ("purchase", "quantity", "order_day"))
        return cls(theatre, name, site, fund, item, quantity, order_day)

    def __len__(self) -> int:
        return len(self.name)

    @property
    def price(self) -> np.ndarray:
        """Return the price of a unit of each, in EUR."""
        return self.theatre.production["price"][self.site]

    @property
    def cost(self) -> np.ndarray:
        """Return what each costs, in EUR."""
        return self.quantity * self.price

    @property
    def ready_day(self) -> np.ndarray:
        """Return the first day on which each may leave."""
        return self.order_day + self.theatre.production["lead"][self.site]

    @property
    def node(self) -> np.ndarray:
        """Return the code of the node where each is made."""
        return self.theatre.production.codes("node", self.theatre.nodes)[self.site]

    @property
    def donor(self) -> np.ndarray:
        """Return the code of the donor whose money pays each."""
        return self.theatre.funds.codes("donor", self.theatre.donors)[self.fund]


@dataclass(frozen=True, eq=False)
class Origins:
    """Where shipments come from, by code: first the lots of table stocks, then the plan's purchases."""

    theatre: Theatre
    bought: Purchases

    @property
    def lots(self) -> int:
        """Return how many lots there are; from that code on origins are purchases."""
        return len(self.theatre.stocks)

    def codes(self, names: np.ndarray) -> np.ndarray:
        """Return the code of each name; -1 where there is no such lot or purchase."""
        known = {name: self.lots + i for i, name in enumerate(self.bought.name)} | self.theatre.stocks.position()
        return np.fromiter((known.get(name, -1) for name in names), np.int64, len(names))

    @cached_property
    def name(self) -> np.ndarray:
        """Return the name of each origin."""
        return np.concatenate([self.theatre.stocks["lot"], self.bought.name])

    @cached_property
    def donor(self) -> np.ndarray:
        """Return the code of the donor who gives each origin: the lot's owner, or the one whose money pays."""
        return np.concatenate([self.theatre.stocks.codes("donor", self.theatre.donors), self.bought.donor])

    @cached_property
    def value(self) -> np.ndarray:
        """Return the value (EUR) of a unit of each origin to its donor: the item's, or the price paid."""
        items = self.theatre.stocks.codes("item", self.theatre.items)
        return np.concatenate([self.theatre.items["value"][items], self.bought.price])


def ledger(theatre: Theatre, scenario: Scenario, bought: Purchases, transport: np.ndarray) -> pd.DataFrame:
    """Return a row a fund: pledged, available from which day, spent, and left (EUR).

    What is never released is not available. `transport` is what transport costs each donor: its transport funds pay,
    the earliest released first. Money that neither buys nor moves is spent on nothing here.
    """
    funds, day = theatre.funds, release_days(theatre, scenario, "funds")
    available = np.where(day < min(NEVER, scenario.horizon), funds["amount"], 0.0)
    spent = np.bincount(bought.fund, bought.cost, len(funds))
    due, donor = transport.copy(), funds.codes("donor", theatre.donors)
    for i in np.argsort(day, kind="stable"):
        if funds["purpose"][i] == "transport":
            spent[i] = min(available[i], due[donor[i]])
            due[donor[i]] -= spent[i]
    spent = np.round(spent, 6)
    columns = {name: funds[name] for name in ("fund", "donor", "purpose")}
    money = {"pledged": funds["amount"], "available": available, "spent": spent, "left": available - spent}
    return pd.DataFrame({**columns, "may_buy": may_buy(theatre), "from_day": day, **money})
