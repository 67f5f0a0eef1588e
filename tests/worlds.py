"""Tiny theatres that can be solved by hand, by name, and the builder they share.

Each function of WORLDS is named after the rule it shows (docs/rules.md). Its docstring does the sum; the
`World` it returns holds the best values of the goals it is about and one plan that reaches them.

`build(...)` starts from the smallest lawful world (donor ALDER's depot D, sector S, a road of one day
between them, 100 units of item box at D, a need of 60 by day 3) and takes rows in place of its own:

    theatre, scenario = build(links=[link("D-S", "D", "S", transit=2)], needs=[need("N1", quantity=30)])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from data.plan import Plan
from data.plan_tables import complete
from data.theatre import Scenario, Theatre

Row = dict[str, Any]


def item(name: str = "box", **cells: Any) -> Row:
    return {"item": name, "supply_class": "I", "unit": "each", "mass": 1.0, "value": 100.0, **cells}


def node(name: str, kind: str = "hub", **cells: Any) -> Row:
    return {"node": name, "kind": kind, "latitude": 50.0, "longitude": 20.0, **cells}


def link(name: str, tail: str, head: str, **cells: Any) -> Row:
    return {
        "link": name,
        "tail": tail,
        "head": head,
        "mode": "road",
        "distance": 100.0,
        "transit": 1,
        **cells,
    }


def lift(donor: str = "ALDER", **cells: Any) -> Row:
    return {"donor": donor, "mode": "road", "cargo": "general", "capacity": 1e6, **cells}


def lot(name: str = "L1", **cells: Any) -> Row:
    return {"lot": name, "donor": "ALDER", "node": "D", "item": "box", "on_hand": 100.0, **cells}


def need(name: str = "N1", **cells: Any) -> Row:
    return {
        "need": name,
        "sector": "S",
        "recipient": "HOST",
        "item": "box",
        "quantity": 60.0,
        "rdd": 3,
        **cells,
    }


def force(name: str = "F1", **cells: Any) -> Row:
    cells = {"sector": "S", "recipient": "HOST", "force_type": "crew", "elements": 4.0, **cells}
    return {"force": name, **cells}


def site(name: str = "M1", **cells: Any) -> Row:
    cells = {"donor": "ALDER", "node": "D", "item": "box", "rate": 1000.0, "price": 5.0, **cells}
    return {"site": name, **cells}


def fund(name: str = "G1", **cells: Any) -> Row:
    return {"fund": name, "donor": "ALDER", "amount": 1e6, "purpose": "procurement", **cells}


def build(horizon: int = 10, settings: Row | None = None, **tables: list[Row]) -> tuple[Theatre, Scenario]:
    """Return the smallest world with these rows in place of its own tables."""
    rows: dict[str, list[Row]] = {
        "donors": [{"donor": "ALDER", "burden_share": 1.0}],
        "recipients": [{"recipient": "HOST"}],
        "items": [item()],
        "nodes": [node("D", "depot"), node("S", "sector")],
        "links": [link("D-S", "D", "S")],
        "modes": [{"mode": "road"}],
        "lift": [lift()],
        "stocks": [lot()],
        "scenario": [{"name": "test", "horizon": horizon, **(settings or {})}],
        "needs": [need()],
        **tables,
    }
    scenario_tables = (
        "scenario", "needs", "forces", "triggers", "disruptions", "works", "work_modes", "work_materials",
        "precedences",
    )  # fmt: skip
    asked = {name: _columns(rows.pop(name)) for name in scenario_tables if name in rows}
    theatre = Theatre.of("world", {name: _columns(table) for name, table in rows.items()})
    return theatre, Scenario.of(theatre, asked)


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


class World(NamedTuple):
    """A theatre and scenario, the best value of each goal it is about, and moves that reach them.

    A move is lot (or site/fund@order day, for what is bought), need, quantity, and its legs as `link@depart`,
    or `link@depart>arrive` where a closure delays it; a fifth word names the first donor of the lift group (ALDER).
    """

    theatre: Theatre
    scenario: Scenario
    expected: dict[str, float]
    moves: tuple[tuple[Any, ...], ...]

    @property
    def plan(self) -> Plan:
        return plan_of(self.theatre, self.scenario, *self.moves)


def plan_of(theatre: Theatre, scenario: Scenario, *moves: tuple[Any, ...]) -> Plan:
    """Return the plan of these moves (see World), with its derived tables."""
    links = {row.link: row for row in theatre.links.rows()}
    lots = {row.lot: row for row in theatre.stocks.rows()}
    cargo = {row.item: row.cargo for row in theatre.items.rows()}
    makes = {row.site: row.item for row in theatre.production.rows()}
    shipments, legs, orders = [], [], {}
    for number, (lot_name, need_name, quantity, way, *group) in enumerate(moves):
        site, _, rest = lot_name.partition("/")
        if rest:
            fund, _, day = rest.partition("@")
            order = orders.setdefault(lot_name, [f"P{len(orders) + 1}", site, fund, makes[site], 0.0, int(day)])
            order[4] += float(quantity)
        name, item_name = f"M{number:03}", makes[site] if rest else lots[lot_name].item
        for sequence, text in enumerate(way.split(), 1):
            link_name, _, days = text.rpartition("@")
            depart, _, arrive = days.partition(">")
            row = links[link_name]
            carrier = f"{row.mode}/{cargo[item_name]}/{group[0] if group else 'ALDER'}"
            arrival = int(arrive) if arrive else int(depart) + row.transit
            legs.append((name, sequence, link_name, carrier, int(depart), arrival))
        own = [leg for leg in legs if leg[0] == name]
        end = links[own[-1][2]].head
        origin = orders[lot_name][0] if rest else lot_name
        shipments.append((name, origin, need_name, end, item_name, float(quantity), own[0][4], own[-1][5]))
    names = ("shipment", "lot", "need", "destination", "item", "quantity", "depart", "arrive")
    order_names = ("purchase", "site", "fund", "item", "quantity", "order_day")
    leg_names = ("shipment", "sequence", "link", "lift_group", "depart", "arrive")
    return complete(
        theatre,
        scenario,
        _columns([dict(zip(names, row, strict=True)) for row in shipments]),
        _columns([dict(zip(leg_names, row, strict=True)) for row in legs]),
        _columns([dict(zip(order_names, row, strict=True)) for row in orders.values()]),
    )


def _goals(short: float, delay: float | None = None, **others: float) -> dict[str, float]:
    return {"tier1_short": short, "tier1_delay": short if delay is None else delay, **others}


def days() -> World:
    """Leaves on day 0, two days on the way, there on day 2: one day after the RDD 1. All 60 are short;
    delay 60·1 of at most 60·4 (LAD 4): 1/4."""
    world = build(horizon=5, links=[link("D-S", "D", "S", transit=2)], needs=[need(rdd=1, lad=4)])
    return World(*world, _goals(1, 1 / 4), (("L1", "N1", 60, "D-S@0"),))


def release_day() -> World:
    """Trigger 2 is reached on day 2, three days of approval: day 5. At level 3, reached on day 4, the donor
    needs none: day 4. There on day 5, one day late of at most 3 (RDD 4, LAD 6): short 1, delay 1/3."""
    theatre, scenario = build(
        donors=[{"donor": "ALDER", "approval_days": 3}],
        stocks=[lot(trigger=2)],
        terms=[{"lot": "L1", "level": 3, "approval_days": 0}],
        triggers=[{"day": 1, "level": 1}, {"day": 2, "level": 2}, {"day": 4, "level": 3}],
        needs=[need(rdd=4, lad=6)],
    )
    return World(theatre, scenario, _goals(1, 1 / 3), (("L1", "N1", 60, "D-S@4"),))


def lift_release() -> World:
    """The lift is released on day 2 (warning on day 1, one day of approval). There on day 3, one day late of
    at most 2 (RDD 2, LAD 3): short 1, delay 1/2."""
    theatre, scenario = build(
        lift=[lift(trigger=1, approval_days=1)],
        triggers=[{"day": 1, "level": 1}],
        needs=[need(rdd=2, lad=3)],
    )
    return World(theatre, scenario, _goals(1, 1 / 2), (("L1", "N1", 60, "D-S@2"),))


def stock_and_floor() -> World:
    """100 − 10 reserved − 5 unserviceable − floor 45 = 40 may leave; from level 1 on day 4 the floor is 25
    and 60 may. So 20 arrive on day 5, two days late: short 20/60, delay 20·2/(60·4) = 1/6."""
    theatre, scenario = build(
        stocks=[lot(reserved=10, unserviceable=5, floor=45)],
        terms=[{"lot": "L1", "level": 1, "floor": 25}],
        triggers=[{"day": 4, "level": 1}],
        needs=[need(rdd=3, lad=6)],
    )
    return World(
        theatre, scenario, _goals(1 / 3, 1 / 6), (("L1", "N1", 40, "D-S@0"), ("L1", "N1", 20, "D-S@4"))
    )


def earmark() -> World:
    """Of 100 on hand 45 are named for the pool: short 15/60."""
    return World(*build(stocks=[lot(earmarked=45)]), _goals(1 / 4), (("L1", "N1", 45, "D-S@0"),))


def needs_are_incremental() -> World:
    """100 by day 5 and 150 by day 8 ask for 250, not for 150. The pool has 200: short 50/250."""
    needs = [need("N1", quantity=100, rdd=5), need("N2", quantity=150, rdd=8)]
    world = build(stocks=[lot(on_hand=200)], needs=needs)
    return World(*world, _goals(1 / 5), (("L1", "N1", 100, "D-S@0"), ("L1", "N2", 100, "D-S@0")))


def earliest_day() -> World:
    """What arrives on day 1 is stored and credited on the EAD 2: nothing is short."""
    world = build(needs=[need(ead=2)])
    return World(*world, _goals(0), (("L1", "N1", 60, "D-S@0"),))


def delay_and_unmet() -> World:
    """30 a day: 30 on the RDD 1, 30 a day late, 30 never (LAD 2). Short 60/90; delay (30·1 + 30·2)/(90·2)."""
    world = build(links=[link("D-S", "D", "S", capacity=30)], needs=[need(quantity=90, rdd=1, lad=2)])
    return World(*world, _goals(2 / 3, 1 / 2), (("L1", "N1", 30, "D-S@0"), ("L1", "N1", 30, "D-S@1")))


def two_priorities() -> World:
    """100 boxes for 60 of tier 1 and 60 of tier 2: tier 1 is met, tier 2 lacks 20/60 whatever its weight
    (100): 33.3."""
    needs = [need("N1"), need("N2", tier=2, weight=100)]
    lacking = {"tier2_short": 100 / 3, "tier2_delay": 100 / 3}
    return World(
        *build(needs=needs), _goals(0) | lacking, (("L1", "N1", 60, "D-S@0"), ("L1", "N2", 40, "D-S@0"))
    )


def measure_in_tonnes() -> World:
    """10 boxes of 2 t with weight 3 are missing: 60 t; for two days (RDD 3, LAD 4): 120."""
    theatre, scenario = build(
        settings={"measure": "tonnes"},
        items=[item(mass=2)],
        stocks=[lot(on_hand=50)],
        needs=[need(weight=3, lad=4)],
    )
    return World(theatre, scenario, _goals(60, 120), (("L1", "N1", 50, "D-S@0"),))


def balance_of_sectors() -> World:
    """60 boxes for 60 at S and 30 at T. The worst-served sector lacks least if both lack a third: 20 and 10.
    Then short is 20/60 + 10/30; without balance it would be 30/60, all of it at S."""
    theatre, scenario = build(
        settings={"balance": "sectors"},
        nodes=[node("D", "depot"), node("S", "sector"), node("T", "sector")],
        links=[link("D-S", "D", "S"), link("D-T", "D", "T")],
        stocks=[lot(on_hand=60)],
        needs=[need("N1"), need("N2", sector="T", quantity=30)],
    )
    goals = {"tier1_balance": 1 / 3} | _goals(2 / 3)
    return World(theatre, scenario, goals, (("L1", "N1", 40, "D-S@0"), ("L1", "N2", 20, "D-T@0")))


def substitutes() -> World:
    """30 boxes, and 50 crates of which two stand in for a box: 25 more. Short 5/60, 25 · 3 points."""
    theatre, scenario = build(
        items=[item(), item("crate")],
        substitutes=[{"item": "box", "substitute": "crate", "ratio": 2, "penalty": 3}],
        stocks=[lot(on_hand=30), lot("L2", item="crate", on_hand=50)],
    )
    moves = (("L1", "N1", 30, "D-S@0"), ("L2", "N1", 50, "D-S@0"))
    return World(theatre, scenario, _goals(1 / 12, substitution=75), moves)


def whole_units() -> World:
    """25 t a day carry 12 whole boxes of 2 t. Three departures reach the RDD 3: 36, short 24/60. (In parts:
    37.5, short 0.375.)"""
    world = build(items=[item(mass=2, whole=True)], links=[link("D-S", "D", "S", capacity=25)])
    return World(*world, _goals(0.4), tuple(("L1", "N1", 12, f"D-S@{day}") for day in range(3)))


def _detour(direct: Row, **tables: Any) -> tuple[Theatre, Scenario]:
    """Return a world with a road of one day and one of three; the need's RDD is 2, its LAD 4."""
    links = [link("D-S", "D", "S", **direct), link("round", "D", "S", transit=3)]
    return build(**{"links": links, "needs": [need(rdd=2, lad=4)], **tables})


def military_load_class() -> World:
    """Class 70 may not use the road of class 50; the other takes until day 3: short 1, one day late of 3."""
    world = _detour({"mlc": 50}, items=[item(mlc=70)])
    return World(*world, _goals(1, 1 / 3), (("L1", "N1", 60, "round@0"),))


def hazardous_links() -> World:
    """Explosives may not use the direct road; the other takes until day 3: short 1, one day late of 3."""
    nodes = [node("D", "depot", divisions="1.3"), node("S", "sector", divisions="1.3")]
    limits = [{"node": name, "hazard_division": "1.3", "limit": 1e6} for name in "DS"]
    shell = item(hazard_division="1.3", neq=1)
    world = _detour({"hazardous": False}, items=[shell], nodes=nodes, explosive_limits=limits)
    return World(*world, _goals(1, 1 / 3), (("L1", "N1", 60, "round@0"),))


def gauge_breaks() -> World:
    """Over the hub H it would take two days, but 1435 and 1520 meet only at G: three. Short 1, delay 1/3."""
    rail = {"mode": "rail"}
    theatre, scenario = build(
        nodes=[node("D", "depot"), node("H"), node("G", "gauge_break"), node("S", "sector")],
        modes=[{"mode": "rail"}],
        lift=[lift(mode="rail")],
        links=[
            link("D-H", "D", "H", gauge="1435", **rail),
            link("H-S", "H", "S", gauge="1520", **rail),
            link("D-G", "D", "G", gauge="1435", **rail),
            link("G-S", "G", "S", gauge="1520", transit=2, **rail),
        ],
        needs=[need(rdd=2, lad=4)],
    )
    return World(theatre, scenario, _goals(1, 1 / 3), (("L1", "N1", 60, "D-G@0 G-S@1"),))


def _over_hub(hub: Row, **tables: Any) -> tuple[Theatre, Scenario]:
    nodes = [node("D", "depot"), node("H", **hub), node("S", "sector")]
    return build(**{"nodes": nodes, "links": [link("D-H", "D", "H"), link("H-S", "H", "S")], **tables})


def dwell() -> World:
    """One day to H, one there, one on: day 3. One day late of 2 (RDD 2, LAD 3): short 1, delay 1/2."""
    world = _over_hub({"dwell": 1}, needs=[need(rdd=2, lad=3)])
    return World(*world, _goals(1, 1 / 2), (("L1", "N1", 60, "D-H@0 H-S@2"),))


def clearance() -> World:
    """Released on day 1, cleared for the link two days later: leaves on day 3, there on day 4, one day late
    of 2 (RDD 3, LAD 4): short 1, delay 1/2."""
    theatre, scenario = build(
        links=[link("D-S", "D", "S", clearance=2)], stocks=[lot(approval_days=1)], needs=[need(lad=4)]
    )
    return World(theatre, scenario, _goals(1, 1 / 2), (("L1", "N1", 60, "D-S@3"),))


def link_capacity() -> World:
    """15 t on each of the days 0, 1, 2: 45 by day 3, short 15/60."""
    world = build(links=[link("D-S", "D", "S", capacity=15)])
    return World(*world, _goals(1 / 4), tuple(("L1", "N1", 15, f"D-S@{day}") for day in range(3)))


def link_volume() -> World:
    """24 m³ a day carry 12 boxes of 2 m³: 36 by day 3, short 24/60."""
    world = build(items=[item(volume=2)], links=[link("D-S", "D", "S", capacity_volume=24)])
    return World(*world, _goals(0.4), tuple(("L1", "N1", 12, f"D-S@{day}") for day in range(3)))


def lift_return_factor() -> World:
    """With return factor 2 a tonne over 100 km binds 100·2/2 t·km on two days. 2,000 t·km carry 20 t on days
    0 and 2, none on day 1: short 20/60."""
    world = build(modes=[{"mode": "road", "return_factor": 2}], lift=[lift(capacity=2000)])
    return World(*world, _goals(1 / 3), (("L1", "N1", 20, "D-S@0"), ("L1", "N1", 20, "D-S@2")))


def lift_groups() -> World:
    """ALDER's and CEDAR's lift is one pool of 4,000 t·km, 40 t on day 0. BIRCH's carries for MISSION only,
    so its 40 t are no help to HOST: short 20/60 by day 1."""
    theatre, scenario = build(
        donors=[{"donor": name} for name in ("ALDER", "BIRCH", "CEDAR")],
        recipients=[{"recipient": "HOST"}, {"recipient": "MISSION"}],
        lift=[lift(capacity=1000), lift("BIRCH", capacity=4000), lift("CEDAR", capacity=3000)],
        caveats=[caveat("C1", donor="BIRCH", subject="lift", effect="only", recipient="MISSION")],
        needs=[need(rdd=1)],
    )
    return World(theatre, scenario, _goals(1 / 3), (("L1", "N1", 40, "D-S@0"),))


def handling() -> World:
    """S handles 20 t a day, arrivals on days 1 and 2: 40 by the RDD 2, short 20/60."""
    nodes = [node("D", "depot"), node("S", "sector", handling=20)]
    world = build(nodes=nodes, needs=[need(rdd=2)])
    return World(*world, _goals(1 / 3), (("L1", "N1", 20, "D-S@0"), ("L1", "N1", 20, "D-S@1")))


def storage() -> World:
    """H keeps 20 t overnight and everything stays one night: 20 on day 3, 20 on day 4, short 20/60."""
    world = _over_hub({"dwell": 1, "storage": 20}, needs=[need(rdd=4)])
    return World(*world, _goals(1 / 3), (("L1", "N1", 20, "D-H@0 H-S@2"), ("L1", "N1", 20, "D-H@1 H-S@3")))


def storage_until_the_rdd() -> World:
    """S keeps 10 m³, 20 boxes, until the RDD 2; 20 more (20 t a day) arrive on that day: short 20/60."""
    theatre, scenario = build(
        items=[item(volume=0.5)],
        nodes=[node("D", "depot"), node("S", "sector", storage_volume=10)],
        links=[link("D-S", "D", "S", capacity=20)],
        needs=[need(rdd=2)],
    )
    return World(theatre, scenario, _goals(1 / 3), (("L1", "N1", 20, "D-S@0"), ("L1", "N1", 20, "D-S@1")))


def explosives() -> World:
    """S is licensed for 1.1 too, beside which 1.3 counts as 1.1: at most 200 kg, 20 units of 10 kg, present
    on day 3, where all wait for the RDD. Short 40/60."""
    theatre, scenario = build(
        items=[item(hazard_division="1.3", neq=10)],
        nodes=[node("D", "depot", divisions="1.3"), node("S", "sector", divisions="1.1|1.3")],
        explosive_limits=[
            {"node": "D", "hazard_division": "1.3", "limit": 1e6},
            {"node": "S", "hazard_division": "1.1", "limit": 200},
            {"node": "S", "hazard_division": "1.3", "limit": 1e6},
        ],
        storage_rules=[{"hazard_division": "1.3", "with_division": "1.1", "counts_as": "1.1"}],
    )
    return World(theatre, scenario, _goals(2 / 3), (("L1", "N1", 20, "D-S@0"),))


def explosives_need_a_licence() -> World:
    """S is licensed for 1.4 alone; 1.3 may not even be unloaded there: all is short."""
    theatre, scenario = build(
        items=[item(hazard_division="1.3", neq=10)],
        nodes=[node("D", "depot", divisions="1.3"), node("S", "sector", divisions="1.4")],
        explosive_limits=[
            {"node": "D", "hazard_division": "1.3", "limit": 1e6},
            {"node": "S", "hazard_division": "1.4", "limit": 1e6},
        ],
    )
    return World(theatre, scenario, _goals(1), ())


def caveat(name: str = "C1", **cells: Any) -> Row:
    return {"caveat": name, "donor": "ALDER", "subject": "stock", "effect": "forbid", **cells}


def _two_donors(*caveats: Row, **tables: Any) -> tuple[Theatre, Scenario]:
    donors = [{"donor": "ALDER"}, {"donor": "BIRCH"}]
    stocks = [lot(on_hand=40), lot("L2", donor="BIRCH", on_hand=40)]
    return build(**{"donors": donors, "stocks": stocks, "caveats": list(caveats), **tables})


def caveat_forbids() -> World:
    """ALDER's boxes may not go to HOST; BIRCH gives 40: short 20/60."""
    world = _two_donors(caveat(recipient="HOST"))
    return World(*world, _goals(1 / 3), (("L2", "N1", 40, "D-S@0"),))


def caveat_allows_only() -> World:
    """ALDER gives for shelter or for water only; N1 is for shelter, N2 for nothing named. 80 boxes would do
    for 30 + 50, but N2 gets BIRCH's 40 alone: short 10/80 of the one group."""
    theatre, scenario = _two_donors(
        caveat("C1", effect="only", purpose="shelter"),
        caveat("C2", effect="only", purpose="water"),
        needs=[need("N1", quantity=30, purpose="shelter"), need("N2", quantity=50)],
    )
    return World(theatre, scenario, _goals(1 / 8), (("L1", "N1", 30, "D-S@0"), ("L2", "N2", 40, "D-S@0")))


def caveat_on_transit() -> World:
    """ALDER's boxes may not pass country X, where H lies: 40 of BIRCH's by day 2, 20 round it by day 3.
    Short 20/60; delay 20·1/(60·2)."""
    theatre, scenario = _two_donors(
        caveat(transit_country="X"),
        nodes=[node("D", "depot", country="X"), node("H", country="X"), node("S", "sector", country="X")],
        links=[link("D-H", "D", "H"), link("H-S", "H", "S"), link("D-S", "D", "S", transit=3)],
        needs=[need(rdd=2, lad=3)],
    )
    return World(
        theatre, scenario, _goals(1 / 3, 1 / 6), (("L2", "N1", 40, "D-H@0 H-S@1"), ("L1", "N1", 20, "D-S@0"))
    )


def caveat_in_time() -> World:
    """ALDER forbids departures on days 0 to 2: BIRCH's 40 are there, 20 come on day 4, one day late of 2."""
    world = _two_donors(caveat(from_day=0, to_day=2), needs=[need(lad=4)])
    return World(*world, _goals(1 / 3, 1 / 6), (("L2", "N1", 40, "D-S@0"), ("L1", "N1", 20, "D-S@3")))


def _closure(goods: str) -> tuple[Theatre, Scenario]:
    closed = {"disruption": "X1", "table": "links", "key": "D-S", "column": "capacity", "factor": 0}
    return build(
        links=[link("D-S", "D", "S", transit=2)],
        needs=[need(rdd=2, lad=5)],
        lift=[lift(capacity=3000)],
        disruptions=[{**closed, "goods": goods, "from_day": 2, "to_day": 2}],
    )


def goods_lost_on_a_closed_link() -> World:
    """Closed on day 2: what leaves on days 0 to 2 would be caught. It leaves on day 3 and is there on day 5,
    three days late of 4: short 1, delay 3/4."""
    return World(*_closure("lost"), _goals(1, 3 / 4), (("L1", "N1", 60, "D-S@3"),))


def goods_stay_on_a_closed_link() -> World:
    """Closed on day 2: what left on day 0 arrives on day 3, one day late of 4: short 1, delay 1/4. Lift of
    60·100/2 = 3,000 t·km is bound on days 0, 1 and 2, the extra day."""
    return World(*_closure("stay"), _goals(1, 1 / 4), (("L1", "N1", 60, "D-S@0>3"),))


def closed_node() -> World:
    """H is closed on day 1: nothing arrives there or leaves it. What left on day 0 gets in on day 2 and on to
    S on day 3: one day late of 2, short 1, delay 1/2."""
    closed = {"disruption": "X1", "table": "nodes", "key": "H", "column": "handling", "value": 0}
    world = _over_hub(
        {}, disruptions=[{**closed, "goods": "stay", "from_day": 1, "to_day": 1}], needs=[need(rdd=2, lad=3)]
    )
    return World(*world, _goals(1, 1 / 2), (("L1", "N1", 60, "D-H@0>2 H-S@2"),))


def stock_is_cut() -> World:
    """50 t leave on day 0; from day 1 only 30 are left, which leave then: short 20/100."""
    theatre, scenario = build(
        links=[link("D-S", "D", "S", capacity=50)],
        needs=[need(quantity=100)],
        disruptions=[
            {
                "disruption": "X1",
                "table": "stocks",
                "key": "L1",
                "column": "on_hand",
                "value": 30,
                "from_day": 1,
            }
        ],
    )
    return World(theatre, scenario, _goals(1 / 5), (("L1", "N1", 50, "D-S@0"), ("L1", "N1", 30, "D-S@1")))


def expiry() -> World:
    """20 t a day; after day 2 the lot has expired: 40, short 20/60."""
    world = build(links=[link("D-S", "D", "S", capacity=20)], stocks=[lot(expiry_day=2)])
    return World(*world, _goals(1 / 3), (("L1", "N1", 20, "D-S@0"), ("L1", "N1", 20, "D-S@1")))


def shares() -> World:
    """Half each is agreed (30 · 100 EUR), but ALDER has 20: it gives 1,000 EUR too little, BIRCH too much."""
    donors = [{"donor": "ALDER", "burden_share": 1}, {"donor": "BIRCH", "burden_share": 1}]
    world = _two_donors(donors=donors, stocks=[lot(on_hand=20), lot("L2", donor="BIRCH", on_hand=60)])
    return World(*world, _goals(0, share=2000), (("L1", "N1", 20, "D-S@0"), ("L2", "N1", 40, "D-S@0")))


def cost_and_shipments() -> World:
    """40 t by the road of 1 EUR/t, 20 t by that of 3 EUR/t, in time for day 1: 100 EUR in two shipments."""
    links = [link("cheap", "D", "S", cost=1, capacity=40), link("dear", "D", "S", cost=3)]
    world = build(links=links, needs=[need(rdd=1)])
    goals = _goals(0, share=0, substitution=0, cost=100, shipments=2)
    return World(*world, goals, (("L1", "N1", 40, "cheap@0"), ("L1", "N1", 20, "dear@0")))


def forces_and_factors() -> World:
    """4 elements use 2.5 boxes each a day at rest: 10 a day on days 2 to 8. In blocks of five days: 50 by day 2,
    20 by day 7; three days of supply more, 30 by day 2. Of 100 the pool has 75: short 25/100, wherever."""
    theatre, scenario = build(
        factors=[
            {"force_type": "crew", "item": "box", "posture": "", "rate": 9},
            {"force_type": "crew", "item": "box", "posture": "rest", "rate": 2.5},
        ],
        stocks=[lot(on_hand=75)],
        needs=[],
        forces=[force(posture="rest", from_day=2, to_day=8, dos_target=3)],
    )
    moves = (("L1", "F1/box/01", 50, "D-S@0"), ("L1", "F1/box/02", 20, "D-S@0"), ("L1", "F1/box/dos", 5, "D-S@0"))
    return World(theatre, scenario, _goals(1 / 4), moves)


def holdings_first() -> World:
    """10 boxes a day for 8 days, in blocks of four: 40 by day 0, 40 by day 4. The nation holds 60 less 8 reserved
    and 2 unserviceable: 50, of which 40 serve day 0 and 10 day 4. 30 are asked, 12 a day come over days 3 and 4
    (what leaves on day 2 arrives then): 24, short 6/30."""
    theatre, scenario = build(
        settings={"need_period": 4},
        factors=[{"force_type": "crew", "item": "box", "rate": 2.5}],
        holdings=[{"node": "S", "item": "box", "on_hand": 60, "reserved": 8, "unserviceable": 2}],
        links=[link("D-S", "D", "S", capacity=12)],
        stocks=[lot(ready_day=2)],
        needs=[],
        forces=[force(to_day=7)],
    )
    return World(
        theatre, scenario, _goals(1 / 5), (("L1", "F1/box/02", 12, "D-S@2"), ("L1", "F1/box/02", 12, "D-S@3"))
    )


def days_of_supply() -> World:
    """10 boxes a day on days 1 to 4. 26 stand there, 6 of them reserved: 20 are used first, so 20 of the 40 are
    asked by day 1. 20 arrive on day 1. Gross stock after days 0, 1, …: 26, 36, 26, 16, 6; in days of the 10 used
    the day after: 2.6, 3.6, 2.6, 1.6, then empty. Planning 6 less: 2, 3, 2, 1."""
    theatre, scenario = build(
        factors=[{"force_type": "crew", "item": "box", "rate": 2.5}],
        holdings=[{"node": "S", "item": "box", "on_hand": 26, "reserved": 6}],
        needs=[],
        forces=[force(from_day=1, to_day=4)],
    )
    return World(theatre, scenario, _goals(0), (("L1", "F1/box/01", 20, "D-S@0"),))


def _buying(site_cells: Row, fund_cells: Row | None = None, **tables: Any) -> tuple[Theatre, Scenario]:
    """Return a world without stock whose boxes are bought at D."""
    bought = {"production": [site(**site_cells)], "funds": [fund(**(fund_cells or {}))]}
    return build(**{"stocks": [], **bought, **tables})


def order_and_lead() -> World:
    """ALDER lets the site sell from day 1, what it makes is ready a day later, and cleared for the link a day after
    that: it leaves on day 3, there on day 4, one day late of 2 (RDD 3, LAD 4): short 1, delay 1/2. 60 · 5 EUR."""
    world = _buying({"approval_days": 1, "lead": 1}, links=[link("D-S", "D", "S", clearance=1)], needs=[need(lad=4)])
    return World(*world, _goals(1, 1 / 2, cost=300), (("M1/G1@1", "N1", 60, "D-S@3"),))


def production_by_day() -> World:
    """10 a day, ready the day after the order: orders of days 0 and 1 are there by day 3. Short 40/60, 20 · 5 EUR."""
    world = _buying({"rate": 10, "lead": 1})
    return World(
        *world, _goals(2 / 3, cost=100), (("M1/G1@0", "N1", 10, "D-S@1"), ("M1/G1@1", "N1", 10, "D-S@2"))
    )


def production_in_all() -> World:
    """The site sells 15 in all, at 10 a day: short 45/60."""
    world = _buying({"rate": 10, "total": 15})
    return World(*world, _goals(3 / 4, cost=75), (("M1/G1@0", "N1", 10, "D-S@0"), ("M1/G1@1", "N1", 5, "D-S@1")))


def production_is_cut() -> World:
    """20 a day, but from day 1 on a quarter of it, 5: 20 + 5 + 5 are there by day 3. Short 30/60."""
    cut = {"disruption": "X1", "table": "production", "key": "M1", "column": "rate", "factor": 0.25, "from_day": 1}
    world = _buying({"rate": 20}, disruptions=[cut])
    moves = (("M1/G1@0", "N1", 20, "D-S@0"), ("M1/G1@1", "N1", 5, "D-S@1"), ("M1/G1@2", "N1", 5, "D-S@2"))
    return World(*world, _goals(1 / 2), moves)


def fund_amount() -> World:
    """150 EUR buy 30 boxes at 5 EUR, or 10 at 15: short 30/60. All goes to the cheap site."""
    world = _buying({}, {"amount": 150}, production=[site(), site("M2", price=15)])
    return World(*world, _goals(1 / 2, cost=150), (("M1/G1@0", "N1", 30, "D-S@0"),))


def fund_release() -> World:
    """The money is released on day 3 (warning on day 2, one day of approval), not on its day 1. There on day 4, one
    day late of 2 (RDD 3, LAD 4): short 1, delay 1/2."""
    money = {"trigger": 1, "approval_days": 1, "from_day": 1}
    world = _buying({}, money, triggers=[{"day": 2, "level": 1}], needs=[need(lad=4)])
    return World(*world, _goals(1, 1 / 2), (("M1/G1@3", "N1", 60, "D-S@3"),))


def fund_purposes() -> World:
    """For 60 boxes at S only G5, budget support that may be moved, pays: 100 EUR, 20 boxes. G1 is for works, G2 for
    budget support alone, G3 for crates, G4 for what goes to T, where it pays all 30: short 40/60 + 0."""
    theatre, scenario = build(
        items=[item(), item("crate")],
        nodes=[node("D", "depot"), node("S", "sector"), node("T", "sector")],
        links=[link("D-S", "D", "S"), link("D-T", "D", "T")],
        stocks=[],
        production=[site()],
        funds=[
            fund("G1", purpose="works"),
            fund("G2", purpose="budget_support"),
            fund("G3", item="crate"),
            fund("G4", sector="T"),
            fund("G5", purpose="budget_support", movable=True, amount=100),
        ],
        needs=[need("N1"), need("N2", sector="T", quantity=30)],
    )
    moves = (("M1/G5@0", "N1", 20, "D-S@0"), ("M1/G4@0", "N2", 30, "D-T@0"))
    return World(theatre, scenario, _goals(2 / 3, cost=250), moves)


def caveat_on_money() -> World:
    """BIRCH's money buys nothing for HOST; ALDER's 100 EUR buy 20 boxes at ALDER's site, whose stock may go
    nowhere: a caveat on stock does not bind what is bought. Short 40/60."""
    world = _buying(
        {},
        donors=[{"donor": "ALDER"}, {"donor": "BIRCH"}],
        funds=[fund(amount=100), fund("G2", donor="BIRCH")],
        caveats=[caveat("C1", donor="BIRCH", subject="fund", recipient="HOST"), caveat("C2")],
    )
    return World(*world, _goals(2 / 3), (("M1/G1@0", "N1", 20, "D-S@0"),))


def money_is_given_too() -> World:
    """Half each is agreed. ALDER has 60 boxes worth 100 EUR; for BIRCH's 1,500 EUR its site sells 10 at 150 EUR. So
    ALDER gives 5,000 of 6,500 EUR, 1,750 too much, and BIRCH 1,750 too little."""
    theatre, scenario = build(
        donors=[{"donor": "ALDER", "burden_share": 1}, {"donor": "BIRCH", "burden_share": 1}],
        stocks=[lot(on_hand=60)],
        production=[site(price=150)],
        funds=[fund(donor="BIRCH", amount=1500)],
    )
    moves = (("L1", "N1", 50, "D-S@0"), ("M1/G1@0", "N1", 10, "D-S@0"))
    return World(theatre, scenario, _goals(0, share=3500, cost=1500), moves)


def own_days_of_supply() -> World:
    """ALDER uses 3 boxes a day itself. Of 100 it has 10 unserviceable: 30 days. It gives 45, of 60 asked, and keeps
    15 days of supply, but what it gives is replaced after 20: 5 days are not covered. Short 15/60."""
    use = [{"donor": "ALDER", "item": "box", "rate": 3, "replacement_days": 20}]
    world = build(stocks=[lot(unserviceable=10, floor=45)], donor_use=use)
    return World(*world, _goals(1 / 4), (("L1", "N1", 45, "D-S@0"),))


def transport_money() -> World:
    """ALDER has 80 EUR for transport at 2 EUR/t: 40 of its boxes come. BIRCH has no such fund and pays without limit
    for its 5. Short 15/60; 90 EUR."""
    world = _two_donors(
        links=[link("D-S", "D", "S", cost=2)],
        stocks=[lot(), lot("L2", donor="BIRCH", on_hand=5)],
        funds=[fund(purpose="transport", amount=80)],
    )
    return World(*world, _goals(1 / 4, cost=90), (("L1", "N1", 40, "D-S@0"), ("L2", "N1", 5, "D-S@0")))


def transport_money_in_time() -> World:
    """ALDER has 40 EUR for transport, 40 more on day 3 (warning on day 2, one day of approval). At 2 EUR/t 20 t are
    there by the RDD 3, 20 a day late, 20 never (LAD 4): short 40/60, delay (20·1 + 20·2)/(60·2). What its money buys
    costs its transport too, so the money it has for boxes helps nobody."""
    theatre, scenario = build(
        links=[link("D-S", "D", "S", cost=2)],
        stocks=[lot(on_hand=40)],
        production=[site()],
        funds=[
            fund("G1", purpose="transport", amount=40),
            fund("G2", purpose="transport", amount=40, trigger=1, approval_days=1),
            fund("G3"),
        ],
        triggers=[{"day": 2, "level": 1}],
        needs=[need(lad=4)],
    )
    return World(theatre, scenario, _goals(2 / 3, 1 / 2), (("L1", "N1", 20, "D-S@0"), ("L1", "N1", 20, "D-S@3")))


WORLDS: tuple[Callable[[], World], ...] = (
    days, release_day, lift_release, stock_and_floor, earmark, needs_are_incremental, earliest_day,
    delay_and_unmet, two_priorities, measure_in_tonnes, balance_of_sectors, substitutes, whole_units,
    military_load_class, hazardous_links, gauge_breaks, dwell, clearance, link_capacity, link_volume,
    lift_return_factor, lift_groups, handling, storage, storage_until_the_rdd, explosives,
    explosives_need_a_licence, caveat_forbids, caveat_allows_only, caveat_on_transit, caveat_in_time,
    goods_lost_on_a_closed_link, goods_stay_on_a_closed_link, closed_node, stock_is_cut, expiry, shares,
    cost_and_shipments, forces_and_factors, holdings_first, days_of_supply,
    order_and_lead, production_by_day, production_in_all, production_is_cut, fund_amount, fund_release,
    fund_purposes, caveat_on_money, money_is_given_too, own_days_of_supply,
    transport_money, transport_money_in_time,
)  # fmt: skip
