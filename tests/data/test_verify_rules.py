"""One broken plan a rule, in a world of two or three rows; on the hand-solved plans no rule fires."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from data import Plan, verify
from data.verify import RULES, case
from tests import worlds
from tests.data.test_verify_works import CASES as OF_WORKS
from tests.worlds import World, build, plan_of


class Broken(NamedTuple):
    """A plan that breaks one rule, as a line of `verify` says it."""

    world: Callable[[], World]
    moves: tuple[tuple[Any, ...], ...]
    rule: str
    place: str

    @property
    def said(self) -> str:
        return f"{self.rule} broken at {self.place}"


BROKEN: dict[str, Broken] = {
    "horizon": Broken(
        worlds.days, (("L1", "N1", 1, "D-S@3"),), "horizon", "shipment M000, leg 1, link D-S by 1 days"
    ),
    "release day": Broken(
        worlds.release_day, (("L1", "N1", 60, "D-S@3"),), "release day", "shipment M000, lot L1 by 1 days"
    ),
    "reserve floor": Broken(
        worlds.stock_and_floor,
        (("L1", "N1", 40.001, "D-S@0"),),
        "reserve floor",
        "lot L1 on day 0 by 0.001 each",
    ),
    "stock after the cut": Broken(
        worlds.stock_is_cut,
        (("L1", "N1", 50, "D-S@0"), ("L1", "N1", 30.001, "D-S@1")),
        "stock after the cut",
        "lot L1 on day 1 by 0.001 each",
    ),
    "positive quantity": Broken(
        worlds.days, (("L1", "N1", 0, "D-S@0"),), "positive quantity", "shipment M000 by 0 each"
    ),
    "three decimals": Broken(
        worlds.days, (("L1", "N1", 1.0005, "D-S@0"),), "three decimals", "shipment M000 by 0.0005 each"
    ),
    "whole units": Broken(
        worlds.whole_units,
        (("L1", "N1", 1.5, "D-S@0"),),
        "whole units",
        "shipment M000, item box by 0.5 each",
    ),
    "military load class": Broken(
        worlds.military_load_class,
        (("L1", "N1", 1, "D-S@0"),),
        "military load class",
        "shipment M000, leg 1, link D-S, item box by 20 MLC",
    ),
    "no explosives on the link": Broken(
        worlds.hazardous_links,
        (("L1", "N1", 1, "D-S@0"),),
        "no explosives on the link",
        "shipment M000, leg 1, link D-S, item box",
    ),
    "gauge break": Broken(
        worlds.gauge_breaks,
        (("L1", "N1", 1, "D-H@0 H-S@1"),),
        "gauge break",
        "shipment M000, leg 2, link H-S, node H",
    ),
    "dwell": Broken(
        worlds.dwell,
        (("L1", "N1", 60, "D-H@0 H-S@1"),),
        "dwell",
        "shipment M000, leg 2, link H-S, node H by 1 days",
    ),
    "clearance": Broken(
        worlds.clearance,
        (("L1", "N1", 60, "D-S@2"),),
        "clearance",
        "shipment M000, leg 1, link D-S by 1 days",
    ),
    "link capacity": Broken(
        worlds.link_capacity,
        (("L1", "N1", 15.001, "D-S@0"),),
        "link capacity",
        "link D-S on day 0 by 0.001 t",
    ),
    "link volume": Broken(
        worlds.link_volume, (("L1", "N1", 12.001, "D-S@0"),), "link volume", "link D-S on day 0 by 0.002 m³"
    ),
    "lift capacity": Broken(
        worlds.lift_return_factor,
        (("L1", "N1", 20, "D-S@0"), ("L1", "N1", 0.001, "D-S@1")),
        "lift capacity",
        "lift group road/general/ALDER on day 1 by 0.1 t·km",
    ),
    "lift group": Broken(
        worlds.lift_groups,
        (("L1", "N1", 40, "D-S@0", "CEDAR"),),
        "lift group",
        "shipment M000, leg 1, link D-S, group road/general/CEDAR",
    ),
    "handling": Broken(
        worlds.handling, (("L1", "N1", 20.001, "D-S@0"),), "handling", "node S on day 1 by 0.001 t"
    ),
    "storage": Broken(
        worlds.storage,
        (("L1", "N1", 21, "D-H@0 H-S@2"),),
        "storage",
        "node H in the night after day 1 by 1 t",
    ),
    "storage volume": Broken(
        worlds.storage_until_the_rdd,
        (("L1", "N1", 20, "D-S@0"), ("L1", "", 1, "D-S@0")),
        "storage volume",
        "node S in the night after day 1 by 0.5 m³",
    ),
    "explosives limit": Broken(
        worlds.explosives,
        (("L1", "N1", 20.001, "D-S@0"),),
        "explosives limit",
        "node/division S/1.1 on day 3 by 0.01 kg",
    ),
    "explosives licence": Broken(
        worlds.explosives_need_a_licence,
        (("L1", "N1", 1, "D-S@0"),),
        "explosives licence",
        "shipment M000, node S, division 1.3",
    ),
    "forbidden": Broken(
        worlds.caveat_forbids,
        (("L1", "N1", 1, "D-S@0"),),
        "caveat",
        "shipment M000, leg 1, link D-S, forbidden by C1 on day 0",
    ),
    "only": Broken(
        worlds.caveat_allows_only,
        (("L1", "N2", 1, "D-S@0"),),
        "caveat",
        "shipment M000, leg 1, link D-S, not allowed by C1 C2 on day 0",
    ),
    "transit country": Broken(
        worlds.caveat_on_transit,
        (("L1", "N1", 1, "D-H@0 H-S@1"),),
        "caveat",
        "shipment M000, leg 2, link H-S, forbidden by C1 on day 1",
    ),
    "time of departure": Broken(
        worlds.caveat_in_time,
        (("L1", "N1", 1, "D-S@2"),),
        "caveat",
        "shipment M000, leg 1, link D-S, forbidden by C1 on day 2",
    ),
    "lift caveat": Broken(
        worlds.lift_groups,
        (("L1", "N1", 1, "D-S@0", "BIRCH"),),
        "caveat",
        "shipment M000, leg 1, link D-S, not allowed by C1 on day 0",
    ),
    "departure on a closed day": Broken(
        worlds.goods_stay_on_a_closed_link,
        (("L1", "N1", 1, "D-S@2"),),
        "closed link or node",
        "shipment M000, leg 1, link D-S on day 2",
    ),
    "goods lost": Broken(
        worlds.goods_lost_on_a_closed_link,
        (("L1", "N1", 1, "D-S@1"),),
        "closed link or node",
        "shipment M000, leg 1, link D-S on day 1",
    ),
    "transit time": Broken(
        worlds.goods_stay_on_a_closed_link,
        (("L1", "N1", 1, "D-S@0"),),
        "transit time",
        "shipment M000, leg 1, link D-S by 1 days",
    ),
    "ready day": Broken(
        worlds.order_and_lead, (("M1/G1@1", "N1", 1, "D-S@1"),), "release day", "shipment M000, lot P1 by 1 days"
    ),
    "clearance of what is bought": Broken(
        worlds.order_and_lead, (("M1/G1@1", "N1", 1, "D-S@2"),), "clearance", "shipment M000, leg 1, link D-S by 1 days"
    ),
    "approval of the site": Broken(
        worlds.order_and_lead,
        (("M1/G1@0", "N1", 1, "D-S@3"),),
        "approval of the site",
        "purchase P1, site M1 by 1 days",
    ),
    "order within the horizon": Broken(
        worlds.order_and_lead,
        (("M1/G1@11", "N1", 1, "D-S@12"),),
        "order within the horizon",
        "purchase P1 by 2 days",
    ),
    "production": Broken(
        worlds.production_is_cut,
        (("M1/G1@1", "N1", 5.001, "D-S@1"),),
        "production",
        "site M1 on day 1 by 0.001 each",
    ),
    "production in all": Broken(
        worlds.production_in_all,
        (("M1/G1@0", "N1", 10, "D-S@0"), ("M1/G1@1", "N1", 5.001, "D-S@1")),
        "production in all",
        "site M1 by 0.001 each",
    ),
    "amount of the fund": Broken(
        worlds.fund_amount,
        (("M1/G1@0", "N1", 27, "D-S@0"), ("M2/G1@0", "N1", 1.001, "D-S@0")),
        "amount of the fund",
        "fund G1 by 0.015 EUR",
    ),
    "release of the fund": Broken(
        worlds.fund_release, (("M1/G1@2", "N1", 1, "D-S@2"),), "release of the fund", "purchase P1, fund G1 by 1 days"
    ),
    "purpose of the fund": Broken(
        worlds.fund_purposes, (("M1/G1@0", "N1", 1, "D-S@0"),), "purpose of the fund", "purchase P1, fund G1"
    ),
    "budget support that stays": Broken(
        worlds.fund_purposes, (("M1/G2@0", "N1", 1, "D-S@0"),), "purpose of the fund", "purchase P1, fund G2"
    ),
    "item of the fund": Broken(
        worlds.fund_purposes, (("M1/G3@0", "N1", 1, "D-S@0"),), "item of the fund", "purchase P1, fund G3, item box"
    ),
    "sector of the fund": Broken(
        worlds.fund_purposes, (("M1/G4@0", "N1", 1, "D-S@0"),), "sector of the fund", "shipment M000, fund G4"
    ),
    "caveat on money": Broken(
        worlds.caveat_on_money,
        (("M1/G2@0", "N1", 1, "D-S@0"),),
        "caveat",
        "shipment M000, leg 1, link D-S, forbidden by C1 on day 0",
    ),
    "money for transport": Broken(
        worlds.transport_money,
        (("L1", "N1", 40.001, "D-S@0"),),
        "money for transport",
        "donor ALDER on day 0 by 0.002 EUR",
    ),
    "transport of what is bought": Broken(
        worlds.transport_money_in_time,
        (("L1", "N1", 10, "D-S@0"), ("M1/G3@0", "N1", 11, "D-S@2")),
        "money for transport",
        "donor ALDER on day 2 by 2 EUR",
    ),
    "expiry day": Broken(
        worlds.expiry, (("L1", "N1", 1, "D-S@2"),), "expiry day", "shipment M000, lot L1 by 1 days"
    ),
    "item of the need": Broken(
        worlds.cost_and_shipments,
        (("L1", "N1", 1, "cheap@0"),),
        "item of the need",
        "shipment M000, need N1, item crate",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_fires(name: str) -> None:
    broken = BROKEN[name]
    theatre, scenario = broken.world()[:2]
    if name == "item of the need":
        theatre, scenario = build(
            items=[worlds.item(), worlds.item("crate")],
            links=[worlds.link("cheap", "D", "S")],
            stocks=[worlds.lot(item="crate")],
        )
    plan = plan_of(theatre, scenario, *broken.moves)
    assert broken.said in [str(violation) for violation in verify(theatre, scenario, plan)]


def _moved() -> tuple[Any, Any, Plan]:
    theatre, scenario = worlds._over_hub({})
    return theatre, scenario, plan_of(theatre, scenario, ("L1", "N1", 60, "D-H@0 H-S@1"))


WRITTEN: dict[str, tuple[str, int, dict[str, Any], str, str]] = {
    "unknown lot": ("shipments", 0, {"lot": "L9"}, "known reference", "table shipments, lot L9"),
    "unknown shipment": ("legs", 1, {"shipment": "M9"}, "known reference", "table legs, shipment M9"),
    "unknown link": ("legs", 1, {"link": "S-D"}, "known reference", "table legs, link S-D"),
    "wrong item": ("shipments", 0, {"item": "crate"}, "known reference", "table shipments, item crate"),
    "numbering": (
        "legs",
        1,
        {"sequence": 3},
        "route",
        "shipment M000, fault: its legs are not numbered 1, 2, …",
    ),
    "gap": (
        "legs",
        0,
        {"link": "H-S"},
        "route",
        "shipment M000, fault: it starts at H, not at the lot's node D",
    ),
    "jump": ("legs", 0, {"link": "H-S"}, "route", "shipment M000, fault: it goes on from H, not from S"),
    "end": (
        "legs",
        1,
        {"link": "D-H"},
        "route",
        "shipment M000, fault: it ends at H, not at its destination S",
    ),
    "destination": (
        "shipments",
        0,
        {"destination": "H"},
        "route",
        "shipment M000, fault: its destination is H, not its need's sector S",
    ),
    "departure": ("shipments", 0, {"depart": 1}, "departure of the first leg", "shipment M000 by 1 days"),
    "arrival": ("shipments", 0, {"arrive": 3}, "arrival of the last leg", "shipment M000 by 1 days"),
    "release": ("releases", 0, {"quantity": 61}, "releases as shipped", "lot L1 on day 0 by 1 units"),
    "position": (
        "positions",
        0,
        {"quantity": 60.001},
        "positions as shipped",
        "node S, lot L1 in the night after day 2 by 0.001 units",
    ),
    "delivery": (
        "deliveries",
        0,
        {"day": 1},
        "deliveries as shipped",
        "need N1, item box on day 1 by 60 units",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_plan_that_says_what_is_not_so_is_unlawful(name: str) -> None:
    theatre, scenario, plan = _moved()
    assert verify(theatre, scenario, plan) == []
    table, row, cells, rule, place = WRITTEN[name]
    raw = plan.tables[table].raw()
    for column, value in cells.items():
        raw[column][row] = value
    found = verify(theatre, scenario, plan.replace(**{table: raw}))
    assert f"{rule} broken at {place}" in [str(violation) for violation in found]


@pytest.mark.parametrize("column", ["short", "unmet", "delay"])
def test_a_shortfall_that_is_not_told_is_noticed(column: str) -> None:
    world = worlds.delay_and_unmet()
    plan, raw = world.plan, world.plan.shortfalls.raw()
    raw[column] = [raw[column][0] - 1]
    found = verify(world.theatre, world.scenario, plan.replace(shortfalls=raw))
    assert [str(violation) for violation in found] == [f"{column} as shipped broken at need N1 by 1 units"]


def test_an_item_of_another_lot_is_noticed() -> None:
    world = worlds.substitutes()
    raw = world.plan.shipments.raw()
    raw["item"] = ["crate", "crate"]
    found = verify(world.theatre, world.scenario, world.plan.replace(shipments=raw))
    assert "item of the lot broken at shipment M000, lot L1, item crate" in map(str, found)


def test_needs_that_are_not_what_forces_ask_for_are_noticed() -> None:
    for make in (worlds.forces_and_factors, worlds.holdings_first, worlds.days_of_supply):
        theatre, scenario = make()[:2]
        assert verify(theatre, scenario, Plan.empty()) == []
        raw = scenario.needs.raw()
        name = raw["need"][0]
        raw["quantity"][0] += 0.001
        wrong = replace(scenario, needs=scenario.needs.replace(raw))
        assert f"needs of forces broken at need {name}" in map(str, verify(theatre, wrong, Plan.empty()))


ORDERED: dict[str, tuple[dict[str, Any], str]] = {
    "more leaves": ({"quantity": 14}, "bought quantity broken at purchase P2 by 1 each"),
    "another item": ({"item": "crate"}, "known reference broken at table purchases, item crate"),
    "an unknown site": ({"site": "M9"}, "known reference broken at table purchases, site M9"),
    "an unknown fund": ({"fund": "G9"}, "known reference broken at table purchases, fund G9"),
    "an unknown order": ({"purchase": "P9"}, "known reference broken at table shipments, lot P2"),
    "part of a thousandth": ({"quantity": 15.0001}, "three decimals broken at purchase P2 by 0.0001 each"),
    "nothing": ({"quantity": 0}, "positive quantity broken at purchase P2 by 0 each"),
    "the name of a lot": ({"purchase": "L1"}, "name of a purchase broken at purchase L1"),
}


@pytest.mark.parametrize("name", ORDERED)
def test_an_order_that_is_not_as_written_is_unlawful(name: str) -> None:
    cells, said = ORDERED[name]
    theatre, scenario = build(production=[worlds.site()], funds=[worlds.fund()])
    plan = plan_of(theatre, scenario, ("M1/G1@0", "N1", 15, "D-S@0"), ("M1/G1@1", "N1", 15, "D-S@1"))
    assert verify(theatre, scenario, plan) == []
    raw = plan.purchases.raw()
    for column, value in cells.items():
        raw[column][1] = value
    assert said in map(str, verify(theatre, scenario, plan.replace(purchases=raw)))


def test_half_a_whole_item_is_not_ordered_and_a_site_sells_its_own_item() -> None:
    theatre, scenario = build(
        items=[worlds.item(whole=True), worlds.item("crate")], production=[worlds.site()], funds=[worlds.fund()]
    )
    plan = plan_of(theatre, scenario, ("M1/G1@0", "N1", 1.5, "D-S@0"))
    assert "whole units broken at purchase P1, item box by 0.5 each" in map(str, verify(theatre, scenario, plan))
    crates = plan.replace(purchases=plan.purchases.raw() | {"item": ["crate"]})
    said = [str(violation) for violation in verify(theatre, scenario, crates)]
    assert "item of the site broken at purchase P1, site M1, item crate" in said


def test_money_that_is_never_released_buys_nothing() -> None:
    theatre, scenario = build(production=[worlds.site()], funds=[worlds.fund(trigger=1)])
    plan = plan_of(theatre, scenario, ("M1/G1@0", "N1", 1, "D-S@0"))
    assert [str(v) for v in verify(theatre, scenario, plan)] == ["fund never released broken at purchase P1, fund G1"]


def test_a_lot_that_is_never_released_may_not_leave() -> None:
    theatre, scenario = build(stocks=[worlds.lot(trigger=1)])
    plan = plan_of(theatre, scenario, ("L1", "N1", 1, "D-S@0"))
    assert [str(v) for v in verify(theatre, scenario, plan)] == [
        "never released broken at shipment M000, lot L1"
    ]


def test_goods_that_wait_are_lost_in_a_closure_that_loses_goods() -> None:
    closed = {"table": "links", "key": "D-S", "column": "capacity", "factor": 0}
    stay = {**closed, "disruption": "X1", "goods": "stay", "from_day": 1, "to_day": 1}
    lost = {**closed, "disruption": "X2", "goods": "lost", "from_day": 2, "to_day": 2}
    for disruptions, arrive, broken in (([stay], 2, set()), ([stay, lost], 3, {"closed link or node"})):
        theatre, scenario = build(disruptions=disruptions)
        plan = plan_of(theatre, scenario, ("L1", "N1", 60, f"D-S@0>{arrive}"))
        assert {violation.rule for violation in verify(theatre, scenario, plan)} == broken


def test_a_shipment_without_a_leg_has_no_route() -> None:
    theatre, scenario, plan = _moved()
    found = verify(theatre, scenario, plan.replace(legs={}))
    assert "route broken at shipment M000, fault: it has no leg" in map(str, found)


def test_the_empty_plan_is_lawful() -> None:
    for make in worlds.WORLDS:
        assert verify(*make()[:2], Plan.empty()) == []


def test_a_plan_of_another_theatre_gives_violations_and_no_crash() -> None:
    theatre, scenario = build()
    foreign = worlds.explosives().plan.replace(
        legs={
            "shipment": ["X"],
            "sequence": [7],
            "link": ["Z"],
            "lift_group": ["?"],
            "depart": [999],
            "arrive": [0],
        },
        decisions={"donor": ["NOBODY"], "what": ["lot"], "approve_by": [1]},
    )
    said = [str(violation) for violation in verify(theatre, scenario, foreign)]
    assert "known reference broken at table decisions, donor NOBODY" in said
    assert "known reference broken at table legs, shipment X" in said


def test_days_far_beyond_the_horizon_take_no_time() -> None:
    theatre, scenario, plan = _moved()
    raw = plan.legs.raw() | {"arrive": [10**12, 10**12]}
    assert "horizon" in {violation.rule for violation in verify(theatre, scenario, plan.replace(legs=raw))}


def test_one_tenth_is_one_tenth() -> None:
    theatre, scenario = build(links=[worlds.link("D-S", "D", "S", capacity=0.3)])
    moves = [("L1", "N1", 0.1, "D-S@0")] * 3
    assert verify(theatre, scenario, plan_of(theatre, scenario, *moves)) == []


def test_every_rule_has_a_plan_that_breaks_it() -> None:
    folder = Path(case.__file__).parent
    named, functions = set(), set()
    for path in folder.glob("*.py"):
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.args:
                first = found.args[0]
                called = found.func.id in ("Violation", "_over", "_differences", "_too_much", "_excess")
                if called and isinstance(first, ast.Constant):
                    named.add(str(first.value))
            if isinstance(found, ast.FunctionDef) and not found.name.startswith("_"):
                functions.add(found.name)
    told = {broken.rule for broken in BROKEN.values()} | {rule for *_, rule, _ in WRITTEN.values()} | set(OF_WORKS)
    told |= {"item of the lot", "never released", "short as shipped", "needs of forces", "fund never released"}
    told |= {said.partition(" broken at ")[0] for _, said in ORDERED.values()} | {"item of the site"}
    assert named - told == set()
    assert {rule.__name__ for rule in RULES} <= functions
