"""The relaxed theatre is the same world on a finer grid."""

from __future__ import annotations

import numpy as np
import pytest

from data.movement import movement_lines
from data.plan import Plan
from data.relax import in_units, relaxed
from data.score import score
from optimizer import plan
from tests.worlds import build, force, fund, item, link, lot, need, site


def test_a_world_without_whole_items_is_left_as_it_is() -> None:
    theatre, scenario = build()
    assert relaxed(theatre, scenario) == (theatre, scenario)


def test_relaxing_changes_neither_masses_moved_nor_what_nothing_moved_would_score() -> None:
    theatre, scenario = build(
        items=[item(whole=True, mass=2.5, volume=0.125)],
        stocks=[lot(floor=7.0)],
        terms=[{"lot": "L1", "level": 1, "floor": 3.0}],
    )
    finer, asked = relaxed(theatre, scenario)
    assert not finer.items["whole"].any()
    parts = finer.stocks["on_hand"][0] / theatre.stocks["on_hand"][0]
    assert parts == 10**9
    assert np.isclose(finer.items["mass"][0] * parts, 2.5)
    assert finer.terms["floor"][0] == 3.0 * parts
    before, after = score(theatre, scenario, Plan.empty()), score(finer, asked, Plan.empty())
    assert before.objectives == after.objectives


def test_parts_are_told_as_units() -> None:
    assert in_units("1/1000 set") == (1000, "set")
    assert in_units("pallet") == (1, "pallet")
    assert in_units("1/4 t") == (1, "1/4 t")


def test_movement_lines_of_a_relaxed_plan_count_whole_units() -> None:
    whole = {**item(whole=True, mass=10.0), "unit": "set"}
    theatre, scenario = relaxed(*build(items=[whole], needs=[need(quantity=10)]))
    made = plan(theatre, scenario).plan
    assert made.shipments["quantity"].sum() > 1e6
    lines = movement_lines(theatre, scenario, made)
    assert set(lines["unit"]) == {"set"}
    assert np.isclose(lines["quantity"].sum() * 10.0, lines["t"].sum())


def test_a_relaxed_plan_divides_what_the_lawful_plan_may_not() -> None:
    theatre, scenario = build(
        items=[item(whole=True, mass=10.0)],
        links=[link("D-S", "D", "S", capacity=25.0)],
        needs=[need(quantity=10, rdd=1)],
    )
    whole, divided = plan(theatre, scenario), plan(theatre, scenario, relax=True)
    assert whole.goals[0].value == 0.8  # two tanks of 10 t over a link of 25 t/day
    assert abs(divided.goals[0].value - 0.75) < 1e-9
    assert whole.goals[0].bound <= 0.75 + 1e-9


def test_masses_with_many_decimals_are_parted_only_as_far_as_they_stay_exact() -> None:
    theatre, scenario = build(items=[item(whole=True, mass=0.12345678901)])
    finer, _ = relaxed(theatre, scenario)
    assert finer.items["mass"][0] == 0.012345678901


def test_lots_that_one_disruption_sets_to_one_value_are_counted_alike() -> None:
    theatre, scenario = build(
        items=[item(whole=True, mass=2.5), item("heavy", whole=True, mass=42.0)],
        stocks=[lot(), lot("L2", item="heavy")],
        disruptions=[{"disruption": "fire", "table": "stocks", "key": "L2", "column": "on_hand", "value": 4.0}],
    )
    finer, asked = relaxed(theatre, scenario)
    parts = finer.stocks["on_hand"] / theatre.stocks["on_hand"]
    assert asked.disruptions["value"][0] == 4.0 * parts[1]


def test_what_is_bought_used_and_consumed_is_counted_in_parts_too() -> None:
    theatre, scenario = build(
        items=[item(whole=True, mass=2.5)],
        stocks=[lot(on_hand=10.0)],
        production=[site(rate=7.0, total=12.0, price=40.25)],
        funds=[fund(amount=402.5)],
        donor_use=[{"donor": "ALDER", "item": "box", "rate": 0.5, "replacement_days": 30}],
        holdings=[{"node": "S", "item": "box", "on_hand": 4.0}],
        factors=[{"force_type": "crew", "item": "box", "rate": 1.5}],
        forces=[force(from_day=2, to_day=5)],
        needs=[],
        disruptions=[
            {"disruption": "X1", "table": "production", "key": "M1", "column": "rate", "value": 4.5, "from_day": 1}
        ],
    )
    finer, asked = relaxed(theatre, scenario)
    parts = finer.stocks["on_hand"][0] / 10.0
    assert scenario.needs["quantity"].tolist() == [20.0] and asked.needs["quantity"].tolist() == [parts * 20.0]
    whole, divided = plan(theatre, scenario), plan(theatre, scenario, relax=True)
    # 10 of the lot; 402.5 EUR buy 10 more at 40.25, of which 7 on day 0, and then 4 whole or 4.5
    both = ((theatre, scenario, whole.plan, 1.0), (finer, asked, divided.plan, parts))
    for world, asked_of, made, counted in both:
        reached = score(world, asked_of, made)
        assert reached.objectives["tier1_short"] == pytest.approx(0.0, abs=1e-9)
        assert made.purchases["quantity"].sum() == pytest.approx(10 * counted)
        assert reached.ledger["spent"].tolist() == pytest.approx([402.5])
        assert reached.own_supply["uncovered"].tolist() == pytest.approx([30.0])
