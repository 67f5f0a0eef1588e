"""Draws small worlds as rows of tables: every rule may bind, every table is lawful.

One to three donors, two to five nodes, one to three items (in parts, whole, explosive, with a substitute),
one to six needs, three to eight days; limits, terms, triggers, caveats, sites with funds, a force and disruptions
come and go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from data.theatre import Scenario, Theatre
from tests.worlds import Row, build, caveat, force, fund, item, lift, link, lot, need, node, site

Tables = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

DONORS = ("ALDER", "BIRCH", "CEDAR")
PLACES = ("D", "E", "H", "S", "T")
WAYS = ("D-H", "E-H", "D-S", "E-T", "H-S", "H-T", "S-T", "D-E")
COUNTRIES = ("X", "Y")
amounts = st.integers(1, 90_000).map(lambda n: n / 1000)
big_amounts = st.one_of(st.integers(20, 90).map(float), st.integers(20_000, 90_000).map(lambda n: n / 1000))
days = st.integers(0, 3)


def few(share: float) -> settings:
    """Return settings with this share of the profile's examples, for properties that plan many times."""
    return settings(max_examples=max(1, int(share * settings.default.max_examples)))


def maybe(strategy: st.SearchStrategy[Any], ones: int = 3) -> st.SearchStrategy[Any]:
    """Return a strategy that draws None `ones` times as often."""
    return st.one_of(*[st.none()] * ones, strategy)


def world_of(tables: Tables) -> tuple[Theatre, Scenario]:
    """Return the theatre and scenario of drawn tables."""
    return build(**tables)


@st.composite
def tables(draw: Draw, whole: bool = True, measure: str | None = None) -> Tables:
    """Draw the tables of a small world; without `whole` every item moves in parts."""
    horizon = draw(st.sampled_from((8, 7, 6, 5, 4, 3)))
    donors = list(DONORS[: draw(st.integers(1, 3))])
    places = draw(st.sampled_from(("DS", "DHS", "DEHS", "DHST", "DEHST")))
    items = draw(_items(whole))
    names = [row["item"] for row in items]
    links = [draw(_link(name)) for name in draw(_ways(places))]
    nodes = [draw(_node(place)) for place in places]
    stocks = draw(_stocks(donors, [p for p in places if p in "DE"], names))
    stocked = sorted({row["item"] for row in stocks})
    return {
        "horizon": horizon,
        "settings": {
            "measure": measure or draw(st.sampled_from(("share", "tonnes"))),
            "balance": draw(st.sampled_from(("none", "none", "sectors"))),
        },
        "donors": [draw(_donor(name)) for name in donors],
        "recipients": [{"recipient": "HOST"}, {"recipient": "MISSION"}],
        "items": items,
        "substitutes": draw(_substitutes(names)),
        "nodes": nodes,
        "explosive_limits": [
            {"node": row["node"], "hazard_division": division, "limit": 600.0 - draw(st.integers(0, 600))}
            for row in nodes
            for division in row["divisions"].split("|")
            if division
        ],
        "storage_rules": [{"hazard_division": "1.3", "with_division": "1.1", "counts_as": "1.1"}],
        "links": links,
        "modes": [{"mode": m, "return_factor": draw(st.sampled_from((1, 1.5, 2)))} for m in ("road", "rail")],
        "lift": [draw(_lift(donor, mode)) for donor in donors for mode in ("road", "rail")],
        "stocks": stocks,
        "terms": draw(_terms(stocks)),
        "caveats": draw(_caveats(donors, names, [p for p in places if p in "ST"])),
        "triggers": draw(_triggers()),
        "needs": draw(_needs(horizon, [*stocked, *names], [p for p in places if p in "ST"])),
        "production": (sites := draw(_production(donors, places, names))),
        "funds": draw(_funds(donors, names, [p for p in places if p in "ST"])) if sites else [],
        "disruptions": draw(_disruptions(links, nodes, stocks, sites, donors, horizon)),
        **draw(_consumption(names, [p for p in places if p in "ST"])),
    }


@st.composite
def _donor(draw: Draw, name: str) -> Row:
    low = draw(maybe(st.sampled_from((0.0, 0.2, 0.4))))
    return {
        "donor": name,
        "burden_share": draw(st.sampled_from((0, 1, 2))),
        "approval_days": draw(st.sampled_from((0, 0, 1))),
        "share_low": low,
        "share_high": None if low is None else low + 0.4,
    }


@st.composite
def _items(draw: Draw, whole: bool) -> list[Row]:
    kinds = [
        item(mass=draw(st.sampled_from((1.0, 0.5, 0.37))), volume=draw(st.sampled_from((0, 0.5)))),
        item(
            "crate",
            mass=draw(st.sampled_from((1.0, 2.0))),
            volume=1.0,
            whole=whole and draw(st.booleans()),
            mlc=draw(maybe(st.just(40))),
            supply_class="II",
        ),
        item("shell", mass=0.8, volume=0.3, hazard_division=draw(st.sampled_from(("1.3", "1.1"))), neq=4.0),
    ]
    return kinds[: draw(st.integers(1, 3))]


@st.composite
def _substitutes(draw: Draw, names: list[str]) -> list[Row]:
    if "crate" not in names or not draw(st.booleans()):
        return []
    row = {"item": "box", "substitute": "crate", "ratio": draw(st.sampled_from((1, 2, 0.5)))}
    return [row | {"penalty": draw(st.sampled_from((0, 1, 3)))}]


@st.composite
def _node(draw: Draw, place: str) -> Row:
    kind = {"D": "depot", "E": "depot", "S": "sector", "T": "sector"}.get(place)
    cells = {
        "country": draw(st.sampled_from(COUNTRIES)),
        "handling": draw(maybe(big_amounts)),
        "storage": draw(maybe(amounts)),
        "storage_volume": draw(maybe(amounts, 5)),
        "divisions": draw(st.sampled_from(("1.1|1.3", "1.1|1.3", "1.1|1.3", "1.3", ""))),
    }
    if place == "H":
        kind = draw(st.sampled_from(("hub", "hub", "gauge_break")))
        cells["dwell"] = draw(st.integers(0, 1))
    return node(place, kind, **cells)


def _ways(places: str) -> st.SearchStrategy[list[str]]:
    """Draw links between places that are there, forward only, so that none of transit 0 forms a cycle."""
    there = [way for way in WAYS if way[0] in places and way[2] in places]
    must = [way for way in there if way in ("D-H", "H-S")] or ["D-S"]
    return st.lists(st.sampled_from(there), unique=True, max_size=6).map(lambda more: sorted({*must, *more}))


@st.composite
def _link(draw: Draw, name: str) -> Row:
    rail = draw(st.sampled_from((False, False, True)))
    return link(
        name,
        name[0],
        name[2],
        mode="rail" if rail else "road",
        gauge=draw(st.sampled_from(("", "1435", "1520"))) if rail else "",
        distance=draw(st.sampled_from((50.0, 100.0, 333.0))),
        transit=draw(st.sampled_from((0, 1, 1, 2))),
        capacity=draw(maybe(big_amounts, 1)),
        capacity_volume=draw(maybe(amounts, 4)),
        cost=draw(st.sampled_from((0.0, 1.0, 3.0))),
        mlc=draw(maybe(st.sampled_from((30, 50)))),
        hazardous=draw(st.sampled_from((True, True, False))),
        clearance=draw(st.sampled_from((0, 0, 0, 1))),
        countries=draw(st.sampled_from(("", "X", "X|Y"))),
    )


@st.composite
def _lift(draw: Draw, donor: str, mode: str) -> Row:
    cells = {
        "capacity": draw(st.sampled_from((1e6, 1e4, 4000.0, 1500.5))),
        "trigger": draw(st.sampled_from((0, 0, 0, 1))),
        "approval_days": draw(maybe(st.integers(0, 1))),
        "from_day": draw(st.sampled_from((0, 0, 1))),
        "to_day": draw(maybe(st.integers(2, 4))),
    }
    return lift(donor, mode=mode, **cells)


@st.composite
def _stocks(draw: Draw, donors: list[str], depots: list[str], names: list[str]) -> list[Row]:
    places = [(d, p, i) for i in names for d in donors for p in depots]
    picked = draw(st.lists(st.sampled_from(places), unique=True, min_size=1, max_size=6))
    return [
        lot(
            f"L{number}",
            donor=donor,
            node=place,
            item=name,
            on_hand=draw(big_amounts),
            floor=draw(st.sampled_from((0.0, 0.0, 5.0, 10.5))),
            reserved=draw(st.sampled_from((0.0, 0.0, 3.0))),
            earmarked=draw(maybe(big_amounts)),
            trigger=draw(st.sampled_from((0, 0, 0, 1, 2))),
            approval_days=draw(maybe(st.integers(0, 2))),
            ready_day=draw(st.sampled_from((0, 0, 0, 1))),
            expiry_day=draw(maybe(st.integers(2, 6), 5)),
        )
        for number, (donor, place, name) in enumerate(picked)
    ]


@st.composite
def _terms(draw: Draw, stocks: list[Row]) -> list[Row]:
    rows = []
    for row in draw(st.lists(st.sampled_from(stocks), unique_by=lambda r: r["lot"], max_size=2)):
        floor = draw(maybe(st.just(row["floor"] / 2), 1))
        level, approval = draw(st.integers(1, 2)), draw(maybe(st.integers(0, 1), 1))
        rows.append({"lot": row["lot"], "level": level, "floor": floor, "approval_days": approval})
    return rows


@st.composite
def _caveats(draw: Draw, donors: list[str], names: list[str], sectors: list[str]) -> list[Row]:
    conditions: list[st.SearchStrategy[Row]] = [
        st.just({}),
        st.fixed_dictionaries({"recipient": st.sampled_from(("HOST", "MISSION"))}),
        st.fixed_dictionaries({"sector": st.sampled_from(sectors)}),
        st.fixed_dictionaries({"purpose": st.just("water")}),
        st.fixed_dictionaries({"mode": st.sampled_from(("road", "rail"))}),
        st.fixed_dictionaries({"country": st.sampled_from(COUNTRIES)}),
        st.fixed_dictionaries({"transit_country": st.sampled_from(COUNTRIES)}),
        st.fixed_dictionaries({"from_day": st.integers(0, 2), "to_day": st.integers(2, 3)}),
        st.fixed_dictionaries({"mode": st.just("road"), "recipient": st.just("HOST")}),
    ]
    rows = []
    for number in range(draw(st.sampled_from((0, 0, 1, 2, 3)))):
        cells = {
            "donor": draw(maybe(st.sampled_from(donors), 1)) or "",
            "subject": draw(st.sampled_from(("stock", "stock", "lift", "fund"))),
            "effect": draw(st.sampled_from(("forbid", "forbid", "only"))),
            "item": draw(maybe(st.sampled_from(names))) or "",
            "supply_class": draw(maybe(st.sampled_from(("I", "II")))) or "",
        }
        rows.append(caveat(f"C{number}", **cells, **draw(st.one_of(*conditions))))
    return rows


@st.composite
def _production(draw: Draw, donors: list[str], places: str, names: list[str]) -> list[Row]:
    return [
        site(
            f"M{number}",
            donor=draw(st.sampled_from(donors)),
            node=draw(st.sampled_from([place for place in places if place not in "ST"])),
            item=draw(st.sampled_from(names)),
            rate=draw(amounts),
            lead=draw(st.integers(0, 2)),
            total=draw(maybe(big_amounts)),
            price=draw(st.sampled_from((2.5, 100.0, 0.0))),
            approval_days=draw(maybe(st.integers(0, 1))),
        )
        for number in range(draw(st.sampled_from((0, 0, 1, 2))))
    ]


@st.composite
def _funds(draw: Draw, donors: list[str], names: list[str], sectors: list[str]) -> list[Row]:
    return [draw(_fund(f"G{number}", donors, names, sectors)) for number in range(draw(st.integers(1, 2)))]


@st.composite
def _fund(draw: Draw, name: str, donors: list[str], names: list[str], sectors: list[str]) -> Row:
    purpose = draw(st.sampled_from(("procurement", "procurement", "budget_support", "transport")))
    tied = purpose != "transport"
    return fund(
        name,
        donor=draw(st.sampled_from(donors)),
        amount=draw(st.sampled_from((90.0, 2500.25, 1e5))),
        purpose=purpose,
        item=(draw(maybe(st.sampled_from(names))) or "") if tied else "",
        sector=(draw(maybe(st.sampled_from(sectors))) or "") if tied else "",
        from_day=draw(st.sampled_from((0, 0, 1))),
        movable=draw(st.booleans()),
        trigger=draw(st.sampled_from((0, 0, 1))),
        approval_days=draw(maybe(st.integers(0, 1))),
    )


@st.composite
def _consumption(draw: Draw, names: list[str], sectors: list[str]) -> Tables:
    if not draw(st.sampled_from((False, False, True))):
        return {}
    sector, name = draw(st.sampled_from(sectors)), draw(st.sampled_from(names))
    cells = {"from_day": draw(st.integers(0, 1)), "dos_target": draw(st.sampled_from((0.0, 1.5)))}
    cells |= {"tier": draw(st.integers(1, 2)), "lad_days": draw(st.integers(0, 2))}
    return {
        "factors": [{"force_type": "crew", "item": name, "rate": draw(st.sampled_from((0.25, 1.5)))}],
        "forces": [force(sector=sector, elements=draw(st.sampled_from((2.0, 8.0))), **cells)],
        "holdings": draw(maybe(st.just([{"node": sector, "item": name, "on_hand": 6.125, "reserved": 1.0}]))) or [],
    }


@st.composite
def _triggers(draw: Draw) -> list[Row]:
    first = draw(days)
    rows = [{"day": first, "level": 1}, {"day": first + draw(st.integers(1, 2)), "level": 2}]
    return rows[: draw(st.integers(0, 2))]


@st.composite
def _needs(draw: Draw, horizon: int, names: list[str], sectors: list[str]) -> list[Row]:
    rows = []
    for number in range(draw(st.integers(1, 6))):
        rdd = horizon - draw(st.integers(1, horizon - 2))
        rows.append(
            need(
                f"N{number}",
                sector=draw(st.sampled_from(sectors)),
                recipient=draw(st.sampled_from(("HOST", "HOST", "MISSION"))),
                item=draw(st.sampled_from(names)),
                quantity=draw(big_amounts),
                rdd=rdd,
                ead=draw(st.integers(0, rdd)),
                lad=draw(maybe(st.integers(rdd, horizon), 1)),
                tier=draw(st.integers(1, 2)),
                weight=draw(st.sampled_from((1.0, 1.0, 2.5))),
                purpose=draw(st.sampled_from(("", "", "water"))),
            )
        )
    return rows


@st.composite
def _disruptions(
    draw: Draw,
    links: list[Row],
    nodes: list[Row],
    stocks: list[Row],
    sites: list[Row],
    donors: list[str],
    horizon: int,
) -> list[Row]:
    cuts: list[Row] = [{"table": "links", "key": row["link"], "column": "capacity"} for row in links]
    cuts += [{"table": "nodes", "key": row["node"], "column": "handling"} for row in nodes]
    cuts += [{"table": "nodes", "key": row["node"], "column": "storage"} for row in nodes]
    cuts += [{"table": "lift", "key": f"{name}/road", "column": "capacity"} for name in donors]
    cuts += [{"table": "stocks", "key": row["lot"], "column": "on_hand"} for row in stocks]
    cuts += [{"table": "production", "key": row["site"], "column": "rate"} for row in sites]
    rows = []
    for number in range(draw(st.sampled_from((0, 0, 1, 2)))):
        cut, first = draw(st.sampled_from(cuts)), draw(days)
        by_factor = draw(st.booleans())
        rows.append(
            cut
            | {
                "disruption": f"X{number}",
                "factor": draw(st.sampled_from((0.0, 0.5))) if by_factor else None,
                "value": None if by_factor else draw(st.sampled_from((0.0, 20.0))),
                "goods": draw(st.sampled_from(("lost", "stay"))),
                "from_day": first,
                "to_day": None if cut["table"] == "stocks" else first + draw(st.integers(0, 2)),
            }
        )
    return rows
