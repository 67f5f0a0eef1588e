"""A plan is on the grid of thousandths and the program is not: rounding loses a little, and must cost no more."""

from __future__ import annotations

import pytest

from optimizer import plan
from optimizer.outcome import Reason
from tests.worlds import build, item, link, lot, need

LITTLE = 1e-3  # of a goal's scale


def test_what_rounding_takes_from_a_carried_goal_leaves_later_goals_solvable(way: dict[str, str]) -> None:
    """10.0005 t can move and 10 t do. So less is given, and less of it too much (BIRCH gives nothing), than
    in the program: 1,000 EUR, not 1,000.05. Held at both, the program of cost would have no solution."""
    donors = [{"donor": "ALDER", "burden_share": 1}, {"donor": "BIRCH", "burden_share": 1}]
    links = [link("D-S", "D", "S", capacity=10.0005, cost=1)]
    theatre, scenario = build(donors=donors, links=links, needs=[need(rdd=1)])
    answer = plan(theatre, scenario, **way)
    reached = {goal.goal: goal.value for goal in answer.goals}
    assert reached["tier1_short"] == pytest.approx(50 / 60)
    assert reached["share"] == pytest.approx(1000)
    assert reached["cost"] == pytest.approx(10)
    assert answer.reason is Reason.OPTIMAL


def test_what_rounding_takes_from_the_first_tier_keeps_no_plan_from_the_second(way: dict[str, str]) -> None:
    """Tier 1 takes all that three roads of 3.3337 t bear; tier 2 has a road and a stock of its own. Every
    plan loses up to 0.002 t of tier 1 by rounding; none may be turned down for it."""
    links = [link(f"R{i}", "D", "S", capacity=3.3337, transit=i) for i in (1, 2, 3)]
    theatre, scenario = build(
        items=[item(), item("tent")],
        links=[*links, link("own", "D", "S", capacity=7.7777, mlc=None, transit=1)],
        stocks=[lot(on_hand=20.0005), lot("L2", item="tent", on_hand=11.1115)],
        needs=[need(rdd=3, lad=5), need("N2", item="tent", quantity=40, rdd=2, lad=4, tier=2)],
    )
    answer = plan(theatre, scenario, **way)
    for goal in answer.goals:
        if goal.goal.startswith("tier"):
            assert goal.value - goal.bound <= LITTLE * goal.scale, goal
