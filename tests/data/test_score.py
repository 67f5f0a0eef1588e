"""The score of every hand-solved world's plan is the hand-solved one, and the plan is lawful."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data import Plan, verify
from data.plan_tables import complete
from data.score import score
from tests import worlds
from tests.data.drawn import drawn
from tests.worlds import WORLDS, World, build, force, fund, item, lot, need, plan_of


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_the_plan_of_a_hand_solved_world_is_lawful_and_reaches_its_goals(make: Callable[[], World]) -> None:
    world = make()
    assert verify(world.theatre, world.scenario, world.plan) == []
    reached = score(world.theatre, world.scenario, world.plan).objectives
    assert {goal: reached[goal] for goal in world.expected} == pytest.approx(world.expected, abs=1e-9)


def test_splitting_a_need_changes_no_goal() -> None:
    whole = build(needs=[need(quantity=60, lad=5), need("N9", quantity=30, tier=2)], stocks=[lot(on_hand=50)])
    parts = build(
        needs=[need(quantity=20, lad=5), need("N2", quantity=40, lad=5), need("N9", quantity=30, tier=2)],
        stocks=[lot(on_hand=50)],
    )
    one = score(*whole, plan_of(*whole, ("L1", "N1", 30, "D-S@0"), ("L1", "N1", 20, "D-S@4"))).objectives
    two = score(*parts, plan_of(*parts, ("L1", "N1", 20, "D-S@0"), ("L1", "N2", 10, "D-S@0"),
                                ("L1", "N2", 20, "D-S@4"))).objectives  # fmt: skip
    assert one | {"shipments": 0} == pytest.approx(two | {"shipments": 0})


def test_goals_come_in_the_order_of_the_rule() -> None:
    theatre, scenario = build(settings={"balance": "sectors"}, needs=[need("N1", tier=2), need("N2", tier=1)])
    tiers = [f"tier{k}_{goal}" for k in (1, 2) for goal in ("balance", "short", "delay")]
    reached = score(theatre, scenario, Plan.empty())
    assert list(reached.objectives) == [*tiers, "share", "substitution", "cost", "shipments"]
    assert list(reached.scales) == list(reached.objectives)


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_short_and_delay_of_the_empty_plan_are_their_scales(make: Callable[[], World]) -> None:
    theatre, scenario = make()[:2]
    reached = score(theatre, scenario, Plan.empty())
    tiers = [goal for goal in reached.scales if goal.startswith("tier")]
    assert {goal: reached.objectives[goal] for goal in tiers} == pytest.approx(
        {goal: reached.scales[goal] for goal in tiers}
    )


def test_what_arrives_beyond_the_need_is_not_credited() -> None:
    theatre, scenario = build()
    plan = plan_of(theatre, scenario, ("L1", "N1", 70, "D-S@0"), ("L1", "N1", 20, "D-S@1"))
    assert [(row.day, row.credited) for row in plan.deliveries.rows()] == [(1, 60.0)]
    assert score(theatre, scenario, plan).objectives["tier1_short"] == 0
    assert verify(theatre, scenario, plan) == []


def test_what_arrives_after_the_lad_is_not_credited() -> None:
    theatre, scenario = build(needs=[need(rdd=1, lad=2)])
    plan = plan_of(theatre, scenario, ("L1", "N1", 60, "D-S@2"))
    assert [(row.short, row.unmet, row.delay) for row in plan.shortfalls.rows()] == [(60.0, 60.0, 120.0)]


def test_what_arrives_early_is_credited_on_the_ead() -> None:
    world = worlds.earliest_day()
    assert [(row.day, row.credited) for row in world.plan.deliveries.rows()] == [(2, 60.0)]
    assert [(row.node, row.day) for row in world.plan.positions.rows()] == [("S", 1), ("S", 2)]


def test_a_lad_beyond_the_horizon_is_cut() -> None:
    theatre, scenario = build(horizon=5, needs=[need(rdd=3, lad=40)])
    assert "LAD is beyond the horizon" in str(scenario.warnings[0])
    assert complete(theatre, scenario, {}, {}).shortfalls.rows()[0].delay == 60 * (4 - 3 + 1)


def test_figures_of_a_briefing() -> None:
    world = worlds.gauge_breaks()
    kpis = score(world.theatre, world.scenario, world.plan).kpis
    assert kpis["tonnes_moved"] == kpis["tonnes_over_gauge_breaks"] == kpis["tonnes_in_large_shipments"] == 60
    assert (kpis["shipments"], kpis["donors_giving"], kpis["tier1_share_short"]) == (1, 1, 1)


def test_burden_and_arrivals() -> None:
    world = worlds.shares()
    reached = score(world.theatre, world.scenario, world.plan)
    assert reached.burden[["donor", "value", "agreed_share", "tonnes"]].values.tolist() == [
        ["ALDER", 2000, 0.5, 20], ["BIRCH", 4000, 0.5, 40],
    ]  # fmt: skip
    arrived = reached.arrivals
    assert arrived[arrived["day"] == 1][["sector", "tonnes", "so_far"]].values.tolist() == [["S", 60, 60]]
    assert reached.by_need[["need", "credited", "short", "short_tonnes"]].values.tolist() == [
        ["N1", 60, 0, 0]
    ]


def test_days_of_supply_gross_and_planning() -> None:
    theatre, scenario = worlds.days_of_supply()[:2]
    supply = score(theatre, scenario, worlds.days_of_supply().plan).supply
    assert set(supply["sector"]) == {"S"} and set(supply["item"]) == {"box"}
    nothing = [None] * 5  # after day 4 nothing is used: empty, not without end
    gross = [None if days != days else days for days in supply["gross_days"]]
    planning = [None if days != days else days for days in supply["planning_days"]]
    assert gross == [2.6, 3.6, 2.6, 1.6, None, *nothing]
    assert planning == [2, 3, 2, 1, None, *nothing]
    assert supply["gross"].tolist()[:5] == [26, 36, 26, 16, 6]


def test_a_substitute_stands_for_the_item_it_is_needed_as_and_stock_never_falls_below_nothing() -> None:
    theatre, scenario = build(
        items=[item(), item("crate")],
        substitutes=[{"item": "box", "substitute": "crate", "ratio": 2}],
        factors=[{"force_type": "crew", "item": "box", "rate": 2.5}],
        stocks=[lot(item="crate")],
        needs=[],
        forces=[force(from_day=1)],
    )
    supply = score(theatre, scenario, plan_of(theatre, scenario, ("L1", "F1/box/01", 50, "D-S@1"))).supply
    assert supply["gross_days"].tolist()[:5] == [0, 0, 1.5, 0.5, 0]  # 25 come on day 2, of which 10 are used


def test_where_no_force_is_there_is_no_supply() -> None:
    theatre, scenario = build()
    assert score(theatre, scenario, Plan.empty()).supply.empty


def test_the_ledger_says_what_is_pledged_available_spent_and_left() -> None:
    world = worlds.fund_purposes()
    ledger = score(world.theatre, world.scenario, world.plan).ledger
    names = ["fund", "may_buy", "pledged", "available", "spent", "left"]
    assert ledger[names].values.tolist() == [
        ["G1", False, 1e6, 1e6, 0, 1e6], ["G2", False, 1e6, 1e6, 0, 1e6], ["G3", True, 1e6, 1e6, 0, 1e6],
        ["G4", True, 1e6, 1e6, 150, 1e6 - 150], ["G5", True, 100, 100, 100, 0],
    ]  # fmt: skip


def test_transport_funds_pay_the_earliest_released_first() -> None:
    world = worlds.transport_money_in_time()
    ledger = score(world.theatre, world.scenario, world.plan).ledger
    assert ledger[["fund", "spent", "left"]].values.tolist() == [["G1", 40, 0], ["G2", 40, 0], ["G3", 0, 1e6]]
    one = plan_of(world.theatre, world.scenario, ("L1", "N1", 25, "D-S@3"))
    assert score(world.theatre, world.scenario, one).ledger["spent"].tolist() == [40, 10, 0]


def test_money_that_is_not_released_is_pledged_but_not_available() -> None:
    theatre, scenario = build(funds=[fund(trigger=2), fund("G2", from_day=4)])
    ledger = score(theatre, scenario, Plan.empty()).ledger
    assert ledger[["available", "left"]].values.tolist() == [[0, 0], [1e6, 1e6]]
    assert ledger["from_day"].tolist()[1] == 4


def test_what_is_bought_is_given_by_the_one_who_pays() -> None:
    world = worlds.money_is_given_too()
    reached = score(world.theatre, world.scenario, world.plan)
    assert reached.burden[["donor", "value", "tonnes"]].values.tolist() == [["ALDER", 5000, 50], ["BIRCH", 1500, 10]]
    assert (reached.kpis["purchases"], reached.kpis["donors_giving"]) == (1500, 2)
    assert [(row.lot, row.quantity) for row in world.plan.releases.rows()] == [("L1", 50), ("P1", 10)]


def test_what_giving_leaves_a_donor_of_its_own_days_of_supply() -> None:
    world = worlds.own_days_of_supply()
    reached = score(world.theatre, world.scenario, world.plan)
    names = ["usable", "given", "days_before", "days_after", "replacement_days", "uncovered"]
    assert reached.own_supply[names].values.tolist() == [[90, 45, 30, 15, 20, 5]]
    assert reached.kpis["donors_uncovered"] == 1
    assert score(world.theatre, world.scenario, Plan.empty()).kpis["donors_uncovered"] == 0


def test_a_donor_that_uses_nothing_or_is_not_known_to_be_replaced_has_nothing_uncovered() -> None:
    use = [{"donor": "ALDER", "item": "box", "rate": 0, "replacement_days": 9}]
    use += [{"donor": "BIRCH", "item": "box", "rate": 1}]
    theatre, scenario = build(
        donors=[{"donor": "ALDER"}, {"donor": "BIRCH"}],
        stocks=[lot(), lot("L2", donor="BIRCH")],
        production=[worlds.site()],
        funds=[fund(donor="BIRCH")],
        donor_use=use,
    )
    moves = (("L1", "N1", 20, "D-S@0"), ("L2", "N1", 20, "D-S@0"), ("M1/G1@0", "N1", 20, "D-S@0"))
    own = score(theatre, scenario, plan_of(theatre, scenario, *moves)).own_supply
    assert own["days_after"].isna().tolist() == [True, False] and own["uncovered"].tolist() == [0, 0]
    assert own["given"].tolist() == [20, 20]  # what BIRCH buys is not taken from its stock


def test_no_agreed_share_means_no_deviation() -> None:
    theatre, scenario = build(donors=[{"donor": "ALDER", "share_high": 0.1}])
    assert (
        score(theatre, scenario, plan_of(theatre, scenario, ("L1", "N1", 60, "D-S@0"))).objectives["share"]
        == 0
    )


def test_a_band_of_shares_is_kept_to() -> None:
    donors = [
        {"donor": "ALDER", "burden_share": 1, "share_low": 0.2, "share_high": 0.4},
        {"donor": "BIRCH", "burden_share": 1, "share_low": 0.1, "share_high": 0.9},
    ]
    theatre, scenario = build(donors=donors, stocks=[lot(), lot("L2", donor="BIRCH")])
    plan = plan_of(theatre, scenario, ("L1", "N1", 30, "D-S@0"), ("L2", "N1", 30, "D-S@0"))
    assert score(theatre, scenario, plan).objectives["share"] == pytest.approx(3000 - 0.4 * 6000)


def test_unknown_names_count_for_nothing() -> None:
    theatre, scenario = build()
    plan = plan_of(theatre, scenario, ("L1", "N1", 60, "D-S@0"))
    for column in ("lot", "item", "need", "destination"):
        foreign = plan.replace(shipments=plan.shipments.raw() | {column: ["?"]})
        assert score(theatre, scenario, foreign).objectives["tier1_short"] == 1


@pytest.mark.parametrize("seed", range(12))
def test_the_books_of_drawn_plans_agree_with_their_score(seed: int) -> None:
    theatre, scenario, plan = drawn(seed)
    by_need = score(theatre, scenario, plan).by_need.set_index("need")
    for row in plan.shortfalls.rows():
        told = by_need.loc[row.need, ["short", "unmet", "delay"]].tolist()
        assert told == pytest.approx([row.short, row.unmet, row.delay], abs=1e-9)


def test_row_order_does_not_matter() -> None:
    theatre, scenario, plan = drawn(3)
    shipments, legs = (plan.tables[name].frame().iloc[::-1] for name in ("shipments", "legs"))
    again = complete(theatre, scenario, shipments, legs)
    assert again == plan.replace(decisions=again.decisions)
    assert score(theatre, scenario, again).objectives == score(theatre, scenario, plan).objectives
