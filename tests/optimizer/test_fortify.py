"""Works and stock planned together: small questions solved by hand, their bounds, and the naive orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data import verify
from data.plan_tables import complete
from data.theatre import Scenario, Theatre
from optimizer import Limits
from optimizer.ending import SHORT
from optimizer.fortifying import fortify
from optimizer.methods.after_tiers import keep_whole
from optimizer.methods.fortify import ROOM, Turns
from optimizer.methods.joint_bounds import Proofs
from optimizer.methods.late import first_days, late, near
from optimizer.methods.turn import Transport, Turn
from optimizer.outcome import Answer, Clock, Reason, RefusedError, Stop, silent
from optimizer.solvers import master, solver
from tests.worlds import build, item, link, lot, need
from tests.worlds_works import crews, material, mode, site, work


def answered(theatre: Theatre, scenario: Scenario, order: str = "joint") -> tuple[Answer, dict[str, float]]:
    answer = fortify(theatre, scenario, order=order)
    assert verify(theatre, scenario, answer.plan) == []
    assert all(g.bound <= g.value + 1e-9 for g in answer.goals)
    told = any(note.startswith(SHORT) for note in answer.notes)
    assert told == (answer.reason is Reason.FEASIBLE and answer.limit is None)  # what is not proven is not kept silent
    return answer, {g.goal: g.value for g in answer.goals}


def competing(**tables: Any) -> tuple[Theatre, Scenario]:
    """Return 70 boxes for 60 of tier 1, 5 for a work of tier 1, and 60 of tier 2."""
    rows: dict[str, Any] = {
        "stocks": [lot(on_hand=70.0)], "work_materials": [material()],
        "needs": [need(), need("N2", tier=2)], **tables,
    }  # fmt: skip
    return site(**rows)


def test_works_come_after_the_needs_of_their_tier_and_before_those_of_the_next() -> None:
    answer, goals = answered(*competing())
    assert goals["tier1_short"] == 0 and goals["tier1_works"] == 0
    assert goals["tier2_short"] == pytest.approx(55 / 60, abs=1e-3)
    assert answer.gap <= 1e-3 and answer.reason in (Reason.OPTIMAL, Reason.FEASIBLE)
    assert [row.work for row in answer.plan.tables["works"].rows()] == ["W"]
    brought = [row for row in answer.plan.shipments.rows() if row.need is None]
    assert sum(row.quantity for row in brought) == pytest.approx(5, abs=0.021)


def test_naive_orders_give_away_what_the_joint_one_keeps() -> None:
    _, joint = answered(*competing(stocks=[lot(on_hand=62.0)]))
    _, works_first = answered(*competing(stocks=[lot(on_hand=62.0)]), order="works first")
    assert joint["tier1_short"] == 0 and works_first["tier1_short"] > 0
    assert joint["tier1_works"] == 10 and works_first["tier1_works"] == 0  # 2 of 5 boxes are left
    _, stock_first = answered(*competing(), order="stock first")
    assert stock_first["tier1_works"] == 10  # tier 2 has taken them


def test_a_work_whose_material_nobody_has_is_bounded_as_unfinished() -> None:
    answer, goals = answered(*competing(stocks=[lot(on_hand=60.0)]))
    works = next(g for g in answer.goals if g.goal == "tier1_works")
    assert goals["tier1_works"] == 10
    assert works.bound == pytest.approx(10, abs=0.01) and works.proof == "claimed"


def test_a_work_that_cannot_be_in_time_counts_as_unfinished_in_the_bound() -> None:
    answer, _ = answered(*competing(crews=[crews(move_days=9)]))
    works = next(g for g in answer.goals if g.goal == "tier1_works")
    assert works.value == works.bound == 10


def test_holdings_serve_works_first_starts_first_and_only_the_rest_is_brought() -> None:
    world = competing(holdings=[{"node": "S", "item": "box", "on_hand": 3.0}])
    answer, goals = answered(*world)
    assert goals["tier1_works"] == 0
    brought = sum(row.quantity for row in answer.plan.shipments.rows() if row.need is None)
    assert brought == pytest.approx(2, abs=0.021)


def test_substitutes_do_not_serve_works() -> None:
    world = competing(
        items=[item(), item("crate")], stocks=[lot(on_hand=60.0), lot("L2", item="crate")],
        substitutes=[{"item": "box", "substitute": "crate"}], needs=[need(rdd=3)],
    )  # fmt: skip
    _, goals = answered(*world)
    assert goals["tier1_short"] == 0 and goals["tier1_works"] == 0  # crates for the need leave boxes for the work


def test_a_mandatory_work_comes_before_every_need() -> None:
    world = competing(stocks=[lot(on_hand=60.0)], works=[work(mandatory="yes", tier=2)])
    _, goals = answered(*world)
    assert goals["tier2_works"] == 0 and goals["tier1_short"] == pytest.approx(5 / 60, abs=1e-3)


def test_material_fills_a_sectors_storage_to_the_horizon() -> None:
    nodes = [
        {"node": "D", "kind": "depot", "latitude": 50.0, "longitude": 20.0},
        {"node": "S", "kind": "sector", "latitude": 50.0, "longitude": 20.0, "storage": 20.0},
    ]
    theatre, scenario = competing(nodes=nodes, links=[link("D-S", "D", "S")])
    answered(theatre, scenario)


def test_modes_and_order_of_works_hold_in_the_joint_plan() -> None:
    world = competing(
        works=[work("A"), work("B", due=9)], work_modes=[mode("A"), mode("B")],
        work_materials=[material("A"), material("B", quantity=4.0)],
        precedences=[{"before": "A", "after": "B", "lag": 2}],
    )  # fmt: skip
    _, goals = answered(*world)
    assert goals["tier1_works"] == 0


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(RefusedError, match="wants no works"):
        fortify(*build())
    with pytest.raises(RefusedError, match="balance"):
        fortify(*competing(settings={"balance": "sectors"}))


def test_a_stop_returns_a_lawful_plan_that_says_so() -> None:
    stop = Stop()
    stop.set()
    theatre, scenario = competing()
    answer = fortify(theatre, scenario, stop=stop, limits=Limits(seconds=5))
    assert answer.reason is Reason.FEASIBLE and answer.gap > 0.5
    assert verify(theatre, scenario, answer.plan) == []


def last_days(theatre: Theatre, scenario: Scenario) -> tuple[bool, Turn]:
    """Return whether transport for last days is preferred to a turn that met nothing, and the turn that was taken."""
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits()), silent)
    parts = turns.transport(turns.at_latest(), turns.clock)
    nothing = turns.transport(turns.at_latest(), Clock(Limits(seconds=0.0)))
    cut_short = Turn(nothing, turns.build(turns.brought(nothing)))
    taken = turns.undated(parts, cut_short)
    return taken is not cut_short, taken


def test_a_turn_that_the_deadline_cut_short_gives_way_to_what_was_there_before() -> None:
    preferred, turn = last_days(*competing())
    assert preferred and turn.scheduled.values["tier1_works"] == 0


def test_material_stays_in_the_sectors_storage_to_the_horizon() -> None:
    nodes = [
        {"node": "D", "kind": "depot", "latitude": 50.0, "longitude": 20.0},
        {"node": "S", "kind": "sector", "latitude": 50.0, "longitude": 20.0, "storage": 4.0},
    ]
    theatre, scenario = competing(nodes=nodes, links=[link("D-S", "D", "S")])
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits()), silent)
    plan = turns.brought(turns.transport(turns.at_latest(), turns.clock))
    assert verify(theatre, scenario, plan) == []
    answer, goals = answered(theatre, scenario)
    works = next(goal for goal in answer.goals if goal.goal == "tier1_works")
    assert works.value == 10 and works.bound == pytest.approx(2, abs=0.01)  # 4 of its 5 boxes have room


def test_works_are_not_laid_before_their_material_can_be_there() -> None:
    theatre, scenario = competing(links=[link("D-S", "D", "S", transit=3)], works=[work(due=9)])
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits()), silent)
    asked = turns.transport(turns.at_latest(), turns.clock)
    ready = first_days(asked.asked, asked.engine.setting, asked.engine.pricing)
    assert ready == {"W": 3}
    assert turns.late({"W"}, ready).chosen
    assert not turns.late({"W"}, {"W": scenario.horizon}).chosen


def test_a_plan_that_has_a_parcel_in_parts_gives_way_to_the_one_before_that_had_it_whole() -> None:
    turns = Turns(*competing(), master(), solver("highs"), Clock(Limits()), silent)
    found = turns.transport(turns.at_latest(), turns.clock)
    whole = found.passes.incumbent
    assert found.engine.kept() == {"W"} and not found.engine.broken(whole.paths, {"W"})
    less = whole.paths.carrying(0.99 * whole.paths.quantity)
    assert found.engine.broken(less, {"W"}) == ["W"]
    found.passes.incumbent = replace(whole, paths=less)
    keep_whole(found.engine, found.passes, whole)
    assert found.passes.incumbent.paths is whole.paths
    keep_whole(found.engine, found.passes, replace(whole, paths=less))  # nothing was whole before: nothing is lost
    assert found.passes.incumbent.paths is whole.paths


def test_with_a_coarse_gap_works_may_take_a_little_of_the_needs_of_their_tier_but_not_of_the_first() -> None:
    tables = {"stocks": [lot(on_hand=119.0)], "works": [work(tier=2)], "needs": [need(), need("N2", tier=2)]}
    strict = {g.goal: g.value for g in fortify(*competing(**tables)).goals}
    coarse = fortify(*competing(**tables), limits=Limits(gap=0.5))
    assert strict["tier2_short"] == pytest.approx(1 / 60, abs=1e-3) and strict["tier2_works"] == 10
    values = {g.goal: g.value for g in coarse.goals}
    assert values["tier1_short"] == 0 and values["tier2_works"] == 0
    assert values["tier2_short"] == pytest.approx(6 / 60, abs=2e-3) and coarse.gap <= 0.5


def test_a_plan_of_transport_that_breaks_a_rule_is_made_again_with_a_margin() -> None:
    theatre, scenario = competing()
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits()), silent)
    found = turns.transport(turns.at_latest(), turns.clock)
    shipments, legs = found.passes.incumbent.plan.shipments.raw(), found.passes.incumbent.plan.legs.raw()
    shipments["quantity"] = [q + 0.001 for q in shipments["quantity"]]  # of stock that is all given away
    too_much = complete(found.asked.theatre, found.asked.scenario, shipments, legs)
    found.passes.incumbent = replace(found.passes.incumbent, plan=too_much)
    assert verify(theatre, scenario, turns.brought(found)) != []
    assert verify(theatre, scenario, turns.lawful(found)) == []


def two_works(**tables: Any) -> tuple[Theatre, Scenario]:
    """Return two works of two days each and one crew, both due by day 4; boxes come by day 2 at the earliest."""
    rows: dict[str, Any] = {
        "works": [work("A", due=4), work("B", due=4)], "work_modes": [mode("A"), mode("B")],
        "work_materials": [material("A"), material("B")],
        "links": [link("D-S", "D", "S", transit=2)], "needs": [need(tier=2)],
    }  # fmt: skip
    return competing(**rows | tables)


def proofs_of(theatre: Theatre, scenario: Scenario, goal: str) -> tuple[Proofs, Transport]:
    """Return the proofs of a goal under nothing held, and transport for works on their last days."""
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits()), silent)
    found = turns.transport(turns.at_latest(), turns.clock)
    return Proofs(turns.ledger, goal, {}, {goal: 1.0}), found


def test_crews_and_the_way_of_materials_together_bound_what_neither_does() -> None:
    answer, goals = answered(*two_works())
    works = next(g for g in answer.goals if g.goal == "tier1_works")
    assert goals["tier1_works"] == 10  # the crew is there for both by day 0, boxes for both by day 3: not both at once
    assert works.bound == pytest.approx(10, abs=1e-4)


def test_what_is_held_serves_one_work_in_the_bound() -> None:
    theatre, scenario = two_works(
        crews=[crews(size=2)], stocks=[lot(on_hand=4.0)], needs=[need(tier=2, rdd=9)],
        holdings=[{"node": "S", "item": "box", "on_hand": 3.0}],
    )  # fmt: skip
    proofs, found = proofs_of(theatre, scenario, "tier1_short")
    for dual in found.passes.duals().values():
        proofs.take(dual)
    assert proofs.best == pytest.approx(6, abs=0.05)  # 7 boxes for two works that take 5 each, of 10 they are worth
    # where each has all that is held, 4 more do for both
    assert max(cut.alone for cut in proofs.ledger.cuts[proofs.goal]) <= 1e-6


def test_what_is_held_for_a_work_that_asks_for_nothing_else_is_not_there_for_others_too() -> None:
    theatre, scenario = two_works(
        crews=[crews(size=2)], stocks=[lot(on_hand=3.0)], needs=[need(tier=2, rdd=9)],
        work_materials=[material("A", quantity=8.0), material("B", quantity=5.0)],
        holdings=[{"node": "S", "item": "box", "on_hand": 5.0}],
    )  # fmt: skip
    proofs, found = proofs_of(theatre, scenario, "tier1_short")
    for dual in found.passes.duals().values():
        proofs.take(dual)
    # alone A is brought 3 and B has all it needs; of 8 boxes B takes 5 and A the rest, 3 of its 8
    assert proofs.best == pytest.approx(10 * 5 / 8, abs=0.05)
    proofs.ledger.unasked = {"tier1_short": 10.0}  # as of a plan that leaves B out
    kept = proofs.ledger._at("tier2_short", {"tier1_short": 0.0}, {"tier1_short": 1.0})[1]
    assert [most for cut, most, _ in kept if cut is proofs.ledger.built["tier1_short"]] == [10.0]


def test_works_are_laid_where_they_cost_least() -> None:
    theatre, scenario = competing(works=[work(due=9)])
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits()), silent)
    costs = {"W": np.array([9.0, 9.0, 9.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0])}
    laid = late(theatre, turns.instance, {"W"}, {}, 0.2, 0, costs)
    assert laid.chosen[0].start >= 3
    nothing = late(theatre, turns.instance, {"W"}, {}, 0.2, 0, {})
    assert nothing.chosen[0].start == max(turns.latest.values())


def test_room_that_was_given_outlasts_the_passes_of_works() -> None:
    theatre, scenario = competing(works=[work(tier=2)], needs=[need(), need("N2", tier=2)])
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(Limits(gap=0.05)), silent)
    passes = turns.transport(turns.at_latest(), turns.clock).passes
    scored, goal = passes.incumbent.score, "tier2_short"
    assert "tier3_short" in passes.carried  # works of tier 2 are passed
    assert passes.carried[goal] >= passes.proven()[goal] + 0.9 * ROOM * 0.05 * scored.scales[goal]


def test_days_that_prices_like_are_such_as_crews_and_materials_allow() -> None:
    theatre, scenario = two_works(works=[work("A", due=5), work("B", due=5)])
    proofs, found = proofs_of(theatre, scenario, "tier1_short")
    for dual in found.passes.duals().values():
        proofs.take(dual)
    wished = proofs.ledger.schedule("tier1_short", {}, {"tier1_short": 1.0})
    assert wished is not None and sorted(wished.days.values()) == [2, 4]  # one crew, two days each, boxes from day 2 on
    instance = proofs.ledger.instance
    laid = near(instance, wished, {"A": 2, "B": 2}, 0.1, 0, None)
    assert {j: choice.start for j, choice in laid.chosen.items()} == dict(wished.days)
    other = replace(wished, days={0: 4, 1: 4})
    assert sorted(c.start for c in near(instance, other, {"A": 2, "B": 2}, 0.1, 0, None).chosen.values()) == [2, 4]
    assert wished.dear({}) > wished.dear(laid.chosen)


def test_a_deadline_and_a_coarse_gap_plan_on_days_that_prices_like() -> None:
    theatre, scenario = two_works(works=[work("A", due=5), work("B", due=5)])
    answer = fortify(theatre, scenario, limits=Limits(seconds=60.0, gap=0.05))
    assert verify(theatre, scenario, answer.plan, works=True) == []
    assert {g.goal: g.value for g in answer.goals}["tier1_works"] == 0
    assert all(g.bound <= g.value + 1e-9 for g in answer.goals) and answer.gap <= 0.05


@pytest.mark.parametrize("order", ["works first", "stock first"])
def test_naive_orders_are_planned_in_their_own_turns_under_a_deadline_and_a_coarse_gap(order: str) -> None:
    theatre, scenario = competing()
    answer = fortify(theatre, scenario, order=order, limits=Limits(seconds=60.0, gap=0.05))
    assert verify(theatre, scenario, answer.plan, works=True) == []
    assert {g.goal: g.value for g in answer.goals}["tier1_works"] == (10 if order == "stock first" else 0)
