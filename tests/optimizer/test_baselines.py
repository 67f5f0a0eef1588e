"""Baselines: the rule of each strategy on hand-solved worlds; lawful, and never better than what is proven."""

from __future__ import annotations

import pytest
from hypothesis import given

from data import verify
from data.score import score
from data.synthetic import generate
from data.theatre import Scenario, Theatre
from optimizer import baseline, plan
from optimizer.baselines import STRATEGIES
from optimizer.outcome import Answer, RefusedError, Stop
from tests.properties.worlds import Tables, few, tables, world_of
from tests.worlds import build, item, lift, link, lot, need, node

EVERY = sorted(STRATEGIES)
SLACK = 1e-7  # of a goal's scale


def given_by(theatre: Theatre, answer: Answer) -> dict[str, float]:
    owner = dict(zip(theatre.stocks["lot"], theatre.stocks["donor"], strict=True))
    out: dict[str, float] = {}
    for row in answer.plan.releases.rows():
        out[owner[row.lot]] = out.get(owner[row.lot], 0.0) + row.quantity
    return out


def two_donors(**other: object) -> tuple[Theatre, Scenario]:
    """Return ALDER, far away and free at once, and BIRCH, near but free on day 2; 60 boxes are due on day 6."""
    world = {
        "donors": [{"donor": "ALDER", "burden_share": 0.25}, {"donor": "BIRCH", "burden_share": 0.75}],
        "items": [item("box")],
        "nodes": [node("D", "depot"), node("E", "depot"), node("S", "sector")],
        "links": [link("D-S", "D", "S", distance=900.0), link("E-S", "E", "S", distance=100.0)],
        "lift": [lift("ALDER", capacity=1e6)],
        "stocks": [lot("A", on_hand=100.0), lot("B", donor="BIRCH", node="E", on_hand=50.0, ready_day=2)],
        "needs": [need("N", quantity=60.0, rdd=6)],
    }
    return build(**{**world, **other})


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("nearest", {"BIRCH": 50.0, "ALDER": 10.0}),
        ("pledge-order", {"ALDER": 60.0}),
        ("proportional", {"ALDER": 15.0, "BIRCH": 45.0}),
    ],
)
def test_each_strategy_asks_donors_by_its_rule(strategy: str, expected: dict[str, float]) -> None:
    theatre, scenario = two_donors()
    assert given_by(theatre, baseline(theatre, scenario, strategy)) == expected


def test_what_one_donor_lacks_of_its_part_the_others_give() -> None:
    theatre, scenario = two_donors(
        stocks=[lot("A", on_hand=100.0), lot("B", donor="BIRCH", node="E", on_hand=20.0)]
    )
    assert given_by(theatre, baseline(theatre, scenario, "proportional")) == {"ALDER": 40.0, "BIRCH": 20.0}


@pytest.mark.parametrize("strategy", EVERY)
def test_a_road_that_bears_ten_tonnes_a_day_is_used_day_by_day_and_the_rest_comes_late_or_not(strategy: str) -> None:
    theatre, scenario = two_donors(
        links=[link("D-S", "D", "S", capacity=10.0)],
        stocks=[lot("A", on_hand=100.0)],
        needs=[need("N", quantity=60.0, rdd=3, lad=4)],
    )
    answer = baseline(theatre, scenario, strategy)
    row = answer.plan.shortfalls.rows()[0]
    assert (row.short, row.unmet) == (pytest.approx(30.0, abs=0.01), pytest.approx(20.0, abs=0.01))


@pytest.mark.parametrize("strategy", EVERY)
def test_a_row_met_twice_on_one_way_is_not_filled_twice(strategy: str) -> None:
    """Both legs leave on one day by one group of lift, which bears one of them."""
    theatre, scenario = two_donors(
        nodes=[node("D", "depot"), node("H", "hub"), node("S", "sector")],
        links=[
            link("D-H", "D", "H", transit=0, distance=100.0),
            link("H-S", "H", "S", transit=0, distance=100.0),
        ],
        lift=[lift("ALDER", capacity=1000.0)],
        stocks=[lot("A", on_hand=100.0)],
        needs=[need("N", quantity=20.0, rdd=1)],
    )
    answer = baseline(theatre, scenario, strategy)
    assert verify(theatre, scenario, answer.plan) == []
    assert float(answer.plan.releases["quantity"].sum()) == pytest.approx(10.0, abs=0.01)


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(RefusedError, match="nearest, pledge-order, proportional"):
        baseline(*two_donors(), "by heart")


def test_a_stop_returns_what_was_planned_until_then() -> None:
    stop = Stop()
    stop.set()
    answer = baseline(*two_donors(), "nearest", stop=stop)
    assert str(answer.limit) == "interrupted" and not len(answer.plan.shipments)


def check_against(answer: Answer, best: Answer, theatre: Theatre, scenario: Scenario) -> None:
    """Check that the plan is lawful and told as it is, and that no goal in order is below what is proven."""
    assert verify(theatre, scenario, answer.plan) == []
    assert {g.goal: g.value for g in answer.goals} == score(theatre, scenario, answer.plan).objectives
    assert {g.proof for g in answer.goals} == {"none"}
    for made, proven in zip(answer.goals, best.goals, strict=True):
        assert made.goal == proven.goal
        if proven.goal == "shipments":
            return
        assert made.value >= proven.bound - SLACK * proven.scale, f"{made} is better than the bound of {proven}"
        if made.value > proven.allows:
            return  # worse here: what comes after is bounded no more


@few(0.2)
@given(rows=tables())
def test_baselines_of_drawn_worlds_are_lawful_and_never_better_than_proven(rows: Tables) -> None:
    theatre, scenario = world_of(rows)
    best = plan(theatre, scenario)
    for strategy in EVERY:
        check_against(baseline(theatre, scenario, strategy), best, theatre, scenario)


@pytest.mark.slow
@pytest.mark.parametrize("congestion", ["loose", "tight", "choked"])
def test_baselines_of_size_s_are_lawful_and_never_better_than_proven(congestion: str) -> None:
    theatre, scenario = generate("S", congestion, 3)
    best = plan(theatre, scenario)
    for strategy in EVERY:
        check_against(baseline(theatre, scenario, strategy), best, theatre, scenario)
