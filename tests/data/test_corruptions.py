"""Lawful plans, corrupted in every way a rule can be broken: each corruption is caught, and by that rule.

Limits are first set to exactly what the plan uses, which is still lawful, and then a thousandth or a day
tighter, which is not: zero tolerance.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd
import pytest

from data import Plan, Scenario, Theatre, verify
from data.counting import usage
from data.plan_tables import complete
from tests.data.drawn import drawn

SEEDS = range(25)
Case = tuple[Theatre, Scenario, Plan]
Corruption = Callable[[Case, random.Random, int], Case | None]


def edited(tables: Any, name: str, row: int, **cells: Any) -> dict[str, Any]:
    """Return the raw table with these cells of one row changed."""
    raw = tables.tables[name].raw()
    for column, value in cells.items():
        raw[column] = [*raw[column][:row], value, *raw[column][row + 1 :]]
    return raw


def with_theatre(case: Case, **raw: Any) -> Case:
    theatre, scenario, plan = case
    changed = theatre.replace(**raw)
    return changed, Scenario.of(changed, scenario.tables), plan


def with_scenario(case: Case, **raw: Any) -> Case:
    theatre, scenario, plan = case
    return theatre, scenario.replace(theatre, **raw), plan


def with_plan(case: Case, **raw: Any) -> Case:
    theatre, scenario, plan = case
    return theatre, scenario, plan.replace(**raw)


@lru_cache(maxsize=8)
def _usage(*case: Any) -> pd.DataFrame:
    return usage(*case)


def _used(case: Case, rng: random.Random, kind: str) -> Any:
    rows = _usage(*case)
    return rng.choice(list(rows[rows["kind"] == kind].itertuples()))


def _limit(kind: str, table: str, column: str) -> Corruption:
    """Return the corruption that sets a limit to what the fullest day uses, less a thousandth a step."""

    def corrupt(case: Case, rng: random.Random, step: int) -> Case:
        key = _used(case, rng, kind).key
        rows = _usage(*case)
        most = rows[(rows["kind"] == kind) & (rows["key"] == key)]["used"].max()
        at = case[0].tables[table].position()[tuple(key.split("/")) if kind == "explosive" else key]
        return with_theatre(case, **{table: edited(case[0], table, at, **{column: most - step / 1000})})

    return corrupt


def lift_capacity(case: Case, rng: random.Random, step: int) -> Case:
    rows = _usage(*case)
    rows = rows[rows["kind"] == "lift"]
    name = rng.choice(sorted(set(rows["key"])))
    most = rows[rows["key"] == name]["used"].max() + 1e-9  # a third of a tonne-kilometre has no last decimal
    mode, raw = name.split("/")[0], case[0].lift.raw()
    own = [i for i, m in enumerate(raw["mode"]) if m == mode]
    for share, i in enumerate(own):  # one member gives all, the other nothing
        raw["capacity"][i] = 0.0 if share else most - step / 1000
    return with_theatre(case, lift=raw)


def reserve_floor(case: Case, rng: random.Random, step: int) -> Case:
    row = _used(case, rng, "stock")
    rows = _usage(*case)
    most = rows[(rows["kind"] == "stock") & (rows["key"] == row.key)]["used"].max()
    at = case[0].stocks.position()[row.key]
    return with_theatre(case, stocks=edited(case[0], "stocks", at, floor=round(98 - most + step / 1000, 6)))


def stock_cut(case: Case, rng: random.Random, step: int) -> Case:
    """What leaves a lot on its last departure day is all that is left, or a thousandth more than that."""
    releases = case[2].releases.rows()
    lot = rng.choice(releases).lot
    last = [row for row in releases if row.lot == lot][-1]
    floor = case[0].stocks.rows()[case[0].stocks.position()[lot]].floor
    cut = {
        "disruption": ["X1"],
        "table": ["stocks"],
        "key": [lot],
        "column": ["on_hand"],
        "from_day": [last.day],
    }
    value = round(last.quantity + 2 + floor - step / 1000, 6)
    return with_scenario(case, disruptions={**cut, "value": [value]})


def _shipment(case: Case, rng: random.Random) -> Any:
    return rng.choice(case[2].shipments.rows())


def _legs(case: Case, shipment: str) -> list[Any]:
    return [leg for leg in case[2].legs.rows() if leg.shipment == shipment]


def release_day(case: Case, rng: random.Random, step: int) -> Case:
    row = _shipment(case, rng)
    first = min(s.depart for s in case[2].shipments.rows() if s.lot == row.lot)
    raw = case[0].links.raw()
    raw["clearance"] = [0] * len(
        raw["link"]
    )  # clearance counts from the release: here only the release is meant
    at = case[0].stocks.position()[row.lot]
    return with_theatre(case, links=raw, stocks=edited(case[0], "stocks", at, ready_day=first + step))


def clearance(case: Case, rng: random.Random, step: int) -> Case:
    links = case[0].links.raw()
    for i in range(len(links["link"])):
        links["clearance"][i] = 0
    row = _shipment(case, rng)
    raw = case[0].stocks.raw()
    # every lot is released at once, so that a clearance equal to the earliest departure is just lawful
    raw["trigger"], raw["approval_days"] = [0] * len(raw["lot"]), [0] * len(raw["lot"])
    leg = rng.choice(_legs(case, row.shipment))
    earliest = min(other.depart for other in case[2].legs.rows() if other.link == leg.link)
    links["clearance"][case[0].links.position()[leg.link]] = earliest + step
    return with_theatre(case, links=links, stocks=raw, terms={})


def expiry(case: Case, rng: random.Random, step: int) -> Case:
    row = _shipment(case, rng)
    latest = max(s.arrive for s in case[2].shipments.rows() if s.lot == row.lot)
    at = case[0].stocks.position()[row.lot]
    return with_theatre(case, stocks=edited(case[0], "stocks", at, expiry_day=latest - step))


def dwell(case: Case, rng: random.Random, step: int) -> Case:
    waits: dict[str, int] = {}
    heads = {row.link: row.head for row in case[0].links.rows()}
    for row in case[2].shipments.rows():
        legs = _legs(case, row.shipment)
        for leg, onward in zip(legs, legs[1:], strict=False):
            wait = onward.depart - leg.arrive
            waits[heads[leg.link]] = min(wait, waits.get(heads[leg.link], wait))
    name = rng.choice(sorted(waits))
    at = case[0].nodes.position()[name]
    return with_theatre(case, nodes=edited(case[0], "nodes", at, dwell=waits[name] + step))


def military_load_class(case: Case, rng: random.Random, step: int) -> Case:
    leg = rng.choice(case[2].legs.rows())
    at = case[0].links.position()[leg.link]
    return with_theatre(case, links=edited(case[0], "links", at, mlc=30 - step / 1000))


def hazardous_load(case: Case, rng: random.Random, step: int) -> Case | None:
    shells = [s.shipment for s in case[2].shipments.rows() if s.item == "shell"]
    legs = [leg for leg in case[2].legs.rows() if leg.shipment in shells]
    if not legs:
        return None
    at = case[0].links.position()[rng.choice(legs).link]
    return with_theatre(case, links=edited(case[0], "links", at, hazardous=not step))


def gauge(case: Case, rng: random.Random, step: int) -> Case | None:
    if not any(leg.link == "D-G" for leg in case[2].legs.rows()):
        return None
    at = case[0].nodes.position()["G"]
    return with_theatre(case, nodes=edited(case[0], "nodes", at, kind="hub" if step else "gauge_break"))


def explosives_licence(case: Case, rng: random.Random, step: int) -> Case | None:
    rows = _usage(*case)
    if not (rows["kind"] == "explosive").any():
        return None
    at = case[0].nodes.position()[_used(case, rng, "explosive").key.split("/")[0]]
    raw = case[0].explosive_limits.raw()
    kept = [i for i, name in enumerate(raw["node"]) if not step or name != case[0].nodes["node"][at]]
    limits = {name: [values[i] for i in kept] for name, values in raw.items()}
    divisions = () if step else ("1.3", "1.4")
    return with_theatre(
        case, nodes=edited(case[0], "nodes", at, divisions=divisions), explosive_limits=limits
    )


def closure(case: Case, rng: random.Random, step: int) -> Case:
    """A link is closed on the day after its last use, or on a day on which goods are on it."""
    leg = rng.choice(case[2].legs.rows())
    last = max(other.arrive for other in case[2].legs.rows() if other.link == leg.link)
    day = rng.randint(leg.depart, leg.arrive) if step else last + 1
    cut = {"disruption": ["X1"], "table": ["links"], "key": [leg.link], "column": ["capacity"], "factor": [0]}
    return with_scenario(case, disruptions={**cut, "from_day": [day], "to_day": [day]})


def whole_units(case: Case, rng: random.Random, step: int) -> Case | None:
    rows = [i for i, s in enumerate(case[2].shipments.rows()) if s.item == "crate"]
    if not rows:
        return None
    at = rng.choice(rows)
    quantity = case[2].shipments["quantity"][at] - step / 1000
    return with_plan(case, shipments=edited(case[2], "shipments", at, quantity=quantity))


def three_decimals(case: Case, rng: random.Random, step: int) -> Case | None:
    rows = [i for i, s in enumerate(case[2].shipments.rows()) if s.item != "crate"]
    if not rows:
        return None
    at = rng.choice(rows)
    quantity = case[2].shipments["quantity"][at] + step / 10000
    return with_plan(case, shipments=edited(case[2], "shipments", at, quantity=quantity))


def positive_quantity(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].shipments))
    quantity = 0.0 if step else case[2].shipments["quantity"][at]
    return with_plan(case, shipments=edited(case[2], "shipments", at, quantity=quantity))


def transit_time(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].legs))
    arrive = int(case[2].legs["arrive"][at]) + step * rng.choice([-1, 1])
    return with_plan(case, legs=edited(case[2], "legs", at, arrive=arrive))


def first_departure(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].shipments))
    depart = int(case[2].shipments["depart"][at]) + step
    return with_plan(case, shipments=edited(case[2], "shipments", at, depart=depart))


def last_arrival(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].shipments))
    arrive = int(case[2].shipments["arrive"][at]) + step * rng.choice([-1, 1])
    return with_plan(case, shipments=edited(case[2], "shipments", at, arrive=arrive))


def required_day(case: Case, rng: random.Random, step: int) -> Case | None:
    """A need's RDD and LAD are the day of its last credit, or the day before: then the books are wrong."""
    row = rng.choice(case[2].deliveries.rows())
    last = max(r.day for r in case[2].deliveries.rows() if r.need == row.need)
    theatre, scenario, plan = case
    at = scenario.needs.position()[row.need]
    raw = edited(scenario, "needs", at, rdd=last, lad=last, ead=0)
    exact = theatre, scenario.replace(theatre, needs=raw), plan
    exact = with_plan(exact, **_books(exact))
    return with_scenario(exact, needs=edited(exact[1], "needs", at, rdd=last - step, lad=last - step))


def _books(case: Case) -> dict[str, Any]:
    plan = complete(case[0], case[1], case[2].shipments.raw(), case[2].legs.raw())
    return {name: plan.tables[name] for name in ("releases", "positions", "deliveries", "shortfalls")}


def detour(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].legs))
    own = case[2].legs["link"][at]
    others = [name for name in case[0].links["link"] if name != own]
    return with_plan(case, legs=edited(case[2], "legs", at, link=rng.choice(others) if step else own))


def missing_leg(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].legs)) if step else -1
    raw = case[2].legs.raw()
    return with_plan(case, legs={name: [v for i, v in enumerate(c) if i != at] for name, c in raw.items()})


def owner(case: Case, rng: random.Random, step: int) -> Case:
    """A lot of the other donor, of the same item at the same place, is named instead."""
    at = rng.randrange(len(case[2].shipments))
    own = case[2].shipments["lot"][at]
    other = ("B" if own[0] == "A" else "A") + own[1:]
    return with_plan(case, shipments=edited(case[2], "shipments", at, lot=other if step else own))


def another_item(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].shipments))
    own = case[2].shipments["item"][at]
    others = [name for name in ("box", "crate", "shell") if name != own]
    return with_plan(
        case, shipments=edited(case[2], "shipments", at, item=rng.choice(others) if step else own)
    )


def unknown_name(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].shipments))
    column = rng.choice(["lot", "need", "destination", "item"])
    own = case[2].shipments[column][at]
    return with_plan(case, shipments=edited(case[2], "shipments", at, **{column: own + "?" * step}))


def lift_group(case: Case, rng: random.Random, step: int) -> Case:
    at = rng.randrange(len(case[2].legs))
    own = case[2].legs["lift_group"][at]
    wrong = rng.choice(
        ["none", "road/liquid/ALDER", own + "?", own.replace(*rng.sample(["road", "rail"], 2))]
    )
    wrong = wrong if wrong != own else "road"
    return with_plan(case, legs=edited(case[2], "legs", at, lift_group=wrong if step else own))


def lift_used_twice(case: Case, rng: random.Random, step: int) -> Case:
    """The lift is just enough; then one shipment travels twice, with all books right."""
    theatre, scenario, plan = lift_capacity(case, rng, 0)
    road = _usage(theatre, scenario, plan)
    road = road[(road["kind"] == "lift") & (road["used"] >= road["limit"] - 1e-6)]
    row = road.iloc[0]
    day, mode = int(row["day"]), str(row["key"]).split("/")[0]
    legs = plan.legs.raw()
    on_day = [
        i for i, name in enumerate(legs["link"]) if legs["depart"][i] == day and _mode(theatre, name) == mode
    ] or [i for i, name in enumerate(legs["link"]) if legs["depart"][i] < day <= legs["arrive"][i]
          and _mode(theatre, name) == mode]  # fmt: skip
    if not step or not on_day:
        return theatre, scenario, plan
    name = legs["shipment"][on_day[0]]
    shipments = plan.shipments.raw()
    both = {}
    for table, raw in (("shipments", shipments), ("legs", legs)):
        own = [i for i, s in enumerate(raw["shipment"]) if s == name]
        both[table] = {
            c: [*v, *(f"{name}b" if c == "shipment" else v[i] for i in own)] for c, v in raw.items()
        }
    twice = theatre, scenario, plan.replace(**both)
    return with_plan(twice, **_books(twice))


def _mode(theatre: Theatre, link: str) -> str:
    return str(theatre.links["mode"][theatre.links.position()[link]])


def _caveat(**cells: Any) -> Corruption:
    """Return the corruption that adds a caveat which one leg of the plan meets, or one that binds nobody."""

    def corrupt(case: Case, rng: random.Random, step: int) -> Case:
        row = _shipment(case, rng)
        leg = rng.choice(_legs(case, row.shipment))
        need = next(n for n in case[1].needs.rows() if n.need == row.need)
        lot = next(other for other in case[0].stocks.rows() if other.lot == row.lot)
        own = {
            "donor": lot.donor, "item": row.item, "recipient": need.recipient, "sector": need.sector,
            "country": need.sector, "mode": _mode(case[0], leg.link),
            "from_day": leg.depart, "to_day": leg.depart,
        }  # fmt: skip
        told = {name: own.get(name, value) if value is ... else value for name, value in cells.items()}
        if not step:
            told |= {"supply_class": "none such"}
        raw = case[0].caveats.raw()
        new = {"caveat": "NEW", **told}
        return with_theatre(case, caveats={name: [*values, new.get(name)] for name, values in raw.items()})

    return corrupt


def _book(table: str, column: str) -> Corruption:
    def corrupt(case: Case, rng: random.Random, step: int) -> Case | None:
        if not len(case[2].tables[table]):
            return None
        at = rng.randrange(len(case[2].tables[table]))
        value = float(case[2].tables[table][column][at]) + step / 1000
        return with_plan(case, **{table: edited(case[2], table, at, **{column: value})})

    return corrupt


def needs_of_forces(case: Case, rng: random.Random, step: int) -> Case | None:
    """A force consumes at a sector that holds something; one of its needs is a thousandth too large."""
    theatre, scenario, plan = case
    held = {"node": ["S"], "item": ["box"], "on_hand": [round(rng.uniform(0, 40), 3)], "reserved": [1.25]}
    factors = {"force_type": ["crew"], "item": ["box"], "rate": [round(rng.uniform(0.1, 9), 3)]}
    theatre = theatre.replace(factors=factors, holdings=held)
    cells = {"from_day": [rng.randint(0, 5)], "dos_target": [rng.choice([0, 2.5])], "elements": [3.7]}
    forces = {"force": ["F1"], "sector": ["S"], "recipient": ["HOST"], "force_type": ["crew"], **cells}
    asked = scenario.replace(theatre, forces=forces)
    case = with_plan((theatre, asked, plan), **_books((theatre, asked, plan)))
    raw = asked.needs.raw()
    made = [i for i, name in enumerate(raw["need"]) if name.startswith("F1/")]
    if not made:
        return None
    at = rng.choice(made)
    raw["quantity"][at] += step / 1000
    return theatre, replace(asked, needs=asked.needs.replace(raw)), case[2]


def bought(case: Case, rng: random.Random) -> Case | None:
    """Return the case with a shipment made once more, bought by two orders; all limits are what they use."""
    theatre, scenario, plan = case
    row = _shipment(case, rng)
    links = {link.link: link for link in theatre.links.rows()}
    ready = min(leg.depart - links[leg.link].clearance for leg in _legs(case, row.shipment))
    lot = next(other for other in theatre.stocks.rows() if other.lot == row.lot)
    lead, whole = rng.randint(0, 2), row.item == "crate"
    day = ready - lead - 1
    if day < 0 or row.quantity < 3:
        return None
    more = round(0.6 * row.quantity, 0 if whole else 3)
    parts = [more, round(row.quantity - more, 3)]
    price = round(rng.uniform(1, 50), 2)
    site = {"site": "M1", "donor": "ALDER", "node": lot.node, "item": row.item, "rate": max(parts), "lead": lead,
            "total": round(sum(parts), 3), "price": price, "approval_days": day}  # fmt: skip
    money = {"donor": "BIRCH", "purpose": "procurement", "from_day": day, "approval_days": 0}
    money |= {"amount": round(sum(parts) * price, 6), "sector": row.destination, "item": row.item}
    theatre = theatre.replace(
        production={name: [value] for name, value in site.items()},
        funds={"fund": ["G1"], **{name: [value] for name, value in money.items()}},
    )
    shipments, legs = plan.shipments.raw(), plan.legs.raw()
    for number, quantity in enumerate(parts):
        own = {"shipment": f"B{number}", "lot": f"P{number}", "quantity": quantity}
        for raw, rows in ((shipments, [row]), (legs, _legs(case, row.shipment))):
            for name, values in raw.items():
                values.extend(own.get(name, getattr(old, name)) for old in rows)
    orders = {"purchase": ["P0", "P1"], "site": ["M1"] * 2, "fund": ["G1"] * 2, "item": [row.item] * 2}
    orders |= {"quantity": parts, "order_day": [day, day + 1]}
    new = complete(theatre, Scenario.of(theatre, scenario.tables), shipments, legs, orders)
    return theatre, Scenario.of(theatre, scenario.tables), new


def _order(rule: Callable[[Case, int], Case]) -> Corruption:
    """Return the corruption that edits a case with two orders, by so many steps."""

    def corrupt(case: Case, rng: random.Random, step: int) -> Case | None:
        with_orders = bought(case, rng)
        return with_orders and rule(with_orders, step)

    return corrupt


def _of_site(column: str, less: Callable[[Any], Any]) -> Corruption:
    def rule(case: Case, step: int) -> Case:
        value = less(case[0].production[column][0])
        return with_theatre(case, production=edited(case[0], "production", 0, **{column: value})) if step else case

    return _order(rule)


def _of_fund(**cells: Any) -> Corruption:
    def rule(case: Case, step: int) -> Case:
        told = {name: value(case[0].funds[name][0]) if callable(value) else value for name, value in cells.items()}
        return with_theatre(case, funds=edited(case[0], "funds", 0, **told)) if step else case

    return _order(rule)


def _of_order(**cells: Any) -> Corruption:
    def rule(case: Case, step: int) -> Case:
        raw = case[2].purchases.raw()
        told = {name: value(raw[name][1]) if callable(value) else value for name, value in cells.items()}
        return with_plan(case, purchases=edited(case[2], "purchases", 1, **told)) if step else case

    return _order(rule)


def _thousandth_less(value: float) -> float:
    return round(value - 0.001, 6)


def made_late(case: Case, rng: random.Random, step: int) -> Case | None:
    """What is bought leaves on the day on which it is made, or a day before."""
    with_orders = bought(case, rng)
    if with_orders is None:
        return None
    theatre, _, plan = with_orders
    first = min(leg.depart for leg in plan.legs.rows() if leg.shipment == "B1")
    lead = int(first - plan.purchases["order_day"][1]) + step
    links = theatre.links.raw()
    links["clearance"] = [0] * len(links["link"])  # clearance counts from that day: here only the day is meant
    return with_theatre(with_orders, links=links, production=edited(theatre, "production", 0, lead=lead))


def ordered_by_ten_thousandths(case: Case, rng: random.Random, step: int) -> Case | None:
    with_orders = bought(case, rng)
    if with_orders is None:
        return None
    items = with_orders[0].items.frame()
    items["whole"] = False
    with_orders = with_theatre(with_orders, items=items)
    quantity = with_orders[2].purchases["quantity"][1] + step / 10000
    return with_plan(with_orders, purchases=edited(with_orders[2], "purchases", 1, quantity=quantity))


def money_for_transport(case: Case, rng: random.Random, step: int) -> Case:
    """A donor has just what transport costs it, in two funds that come when it is due; then a cent less."""
    theatre, scenario, plan = case
    cost = {link.link: link.cost for link in theatre.links.rows()}
    mass = {row.item: Fraction(repr(row.mass)) for row in theatre.items.rows()}
    lots = {row.lot: row for row in theatre.stocks.rows()}
    donor = lots[_shipment(case, rng).lot].donor
    due: dict[int, Fraction] = {}
    for row in plan.shipments.rows():
        for leg in _legs(case, row.shipment) if lots[row.lot].donor == donor else ():
            tonnes = Fraction(repr(row.quantity)) * mass[row.item]
            due[leg.depart] = due.get(leg.depart, Fraction(0)) + tonnes * Fraction(repr(cost[leg.link]))
    days = sorted(due)
    later = days[len(days) // 2]
    amounts = [sum(v for day, v in due.items() if day < later), sum(v for day, v in due.items() if day >= later)]
    amounts[rng.choice([i for i, amount in enumerate(amounts) if amount])] -= Fraction(step, 100)
    cells = {"purpose": ["transport"] * 2, "from_day": [0, later], "approval_days": [0, 0]}
    funds = {"fund": ["T1", "T2"], "donor": [donor] * 2, "amount": [float(a) for a in amounts]}
    return with_theatre(case, funds=funds | cells)


CORRUPTIONS: dict[str, tuple[str, Corruption]] = {
    "need of a force": ("needs of forces", needs_of_forces),
    "rate by 0.001": ("production", _of_site("rate", _thousandth_less)),
    "total by 0.001": ("production in all", _of_site("total", _thousandth_less)),
    "a day before the site sells": ("approval of the site", _of_site("approval_days", lambda day: int(day) + 1)),
    "a cent too much": ("amount of the fund", _of_fund(amount=lambda amount: round(amount - 0.01, 6))),
    "a day before the money": ("release of the fund", _of_fund(from_day=lambda day: int(day) + 1)),
    "money that waits for a trigger": ("fund never released", _of_fund(trigger=3)),
    "money for works": ("purpose of the fund", _of_fund(purpose="works")),
    "support that stays": ("purpose of the fund", _of_fund(purpose="budget_support")),
    "money for another item": ("item of the fund", _of_fund(item=lambda own: "box" if own != "box" else "shell")),
    "money for elsewhere": ("sector of the fund", _of_fund(sector=lambda own: "S" if own == "T" else "T")),
    "a cent too much for transport": ("money for transport", money_for_transport),
    "more than was bought": ("bought quantity", _of_order(quantity=lambda q: q - 1)),
    "an order of nothing": ("positive quantity", _of_order(quantity=0.0)),
    "part of a thousandth": ("three decimals", ordered_by_ten_thousandths),
    "an order after all": ("order within the horizon", _of_order(order_day=99)),
    "an order of another item": ("item of the site", _of_order(item=lambda own: "box" if own != "box" else "shell")),
    "an order named as a lot": ("name of a purchase", _of_order(purchase="ADbox")),
    "a day before it is made": ("release day", made_late),
    "link capacity": ("link capacity", _limit("link", "links", "capacity")),
    "link volume": ("link volume", _limit("link_volume", "links", "capacity_volume")),
    "handling": ("handling", _limit("handling", "nodes", "handling")),
    "storage": ("storage", _limit("storage", "nodes", "storage")),
    "storage volume": ("storage volume", _limit("storage_volume", "nodes", "storage_volume")),
    "explosives limit": ("explosives limit", _limit("explosive", "explosive_limits", "limit")),
    "lift": ("lift capacity", lift_capacity),
    "lift used twice": ("lift capacity", lift_used_twice),
    "floor by 0.001": ("reserve floor", reserve_floor),
    "stock cut": ("stock after the cut", stock_cut),
    "a day before release": ("release day", release_day),
    "a day before clearance": ("clearance", clearance),
    "a day after expiry": ("expiry day", expiry),
    "a day of dwell": ("dwell", dwell),
    "a day after the RDD": ("short as shipped", required_day),
    "load class": ("military load class", military_load_class),
    "explosives on a link": ("no explosives on the link", hazardous_load),
    "gauge": ("gauge break", gauge),
    "licence": ("explosives licence", explosives_licence),
    "closure": ("closed link or node", closure),
    "part of a whole": ("whole units", whole_units),
    "fourth decimal": ("three decimals", three_decimals),
    "nothing": ("positive quantity", positive_quantity),
    "arrival of a leg": ("transit time", transit_time),
    "departure": ("departure of the first leg", first_departure),
    "arrival": ("arrival of the last leg", last_arrival),
    "route": ("route", detour),
    "missing leg": ("route", missing_leg),
    "owner": ("releases as shipped", owner),
    "item": ("item of the lot", another_item),
    "name": ("known reference", unknown_name),
    "lift group": ("lift group", lift_group),
    "forbidden": ("caveat", _caveat(donor=..., subject="stock", effect="forbid", item=..., sector=...)),
    "forbidden leg": ("caveat", _caveat(subject="stock", effect="forbid", mode=..., from_day=...)),
    "forbidden country": ("caveat", _caveat(subject="stock", effect="forbid", country=...)),
    "forbidden lift": ("caveat", _caveat(subject="lift", effect="forbid", recipient=..., mode=...)),
    "only elsewhere": ("caveat", _caveat(donor=..., subject="stock", effect="only", recipient="MISSION")),
    "released quantity": ("releases as shipped", _book("releases", "quantity")),
    "position": ("positions as shipped", _book("positions", "quantity")),
    "credit": ("deliveries as shipped", _book("deliveries", "credited")),
    "short": ("short as shipped", _book("shortfalls", "short")),
    "unmet": ("unmet as shipped", _book("shortfalls", "unmet")),
    "delay": ("delay as shipped", _book("shortfalls", "delay")),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_plan_is_lawful(seed: int) -> None:
    case = drawn(seed)
    assert verify(*case) == []
    assert len(case.plan.shipments) >= 5


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_caught_and_its_lawful_twin_is_not(name: str) -> None:
    rule, corrupt = CORRUPTIONS[name]
    caught = 0
    for seed in range(2 * len(SEEDS)):
        case = drawn(seed)
        broken = corrupt(tuple(case), random.Random(seed), 1)
        if broken is None:
            continue
        if seed % 3 == 0:  # a sample of the twins will do
            lawful = corrupt(tuple(case), random.Random(seed), 0)
            assert lawful is not None and verify(*lawful) == [], f"seed {seed}"
        assert rule in {violation.rule for violation in verify(*broken)}, f"seed {seed}"
        caught += 1
        if caught == len(SEEDS):
            return
    pytest.fail(f"only {caught} corruptions could be drawn")
