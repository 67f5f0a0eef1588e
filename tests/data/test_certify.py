"""The checker of bounds: as strong as what the optimizer proves, and never fooled by a price."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from math import fsum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.certify import Price, _Checker, _Priced, certificate_table, prices_of, proven_bounds
from data.certify.ground import lay
from data.certify.sweep import shrink
from data.synthetic import generate
from data.tables import Table
from optimizer import Answer, plan
from optimizer.outcome import Limits
from tests import worlds
from tests.worlds import WORLDS, World

CASES = [*((make, "columns") for make in WORLDS), *((make, "whole") for make in WORLDS[::4])]


@cache
def planned(make: Callable[[], World], method: str) -> tuple[World, Answer]:
    world = make()
    return world, plan(world.theatre, world.scenario, method=method, relax=True, limits=Limits(gap=1e-6))


def allowed(answer: Answer) -> dict[str, float]:
    return {goal.goal: goal.allows for goal in answer.goals if goal.allows < float("inf")}


def bounds(world: World, answer: Answer, certificate: Table) -> dict[str, float]:
    theatre, scenario = world.theatre, world.scenario
    return proven_bounds(theatre, scenario, certificate, allowed(answer), [g.goal for g in answer.goals])


@pytest.mark.parametrize(("make", "method"), CASES, ids=lambda part: getattr(part, "__name__", part))
def test_the_bounds_of_every_world_are_certified_and_are_the_goals_solved_by_hand(
    make: Callable[[], World], method: str
) -> None:
    world, answer = planned(make, method)
    found = {goal.goal: goal for goal in answer.goals if goal.goal != "shipments"}
    assert {goal.proof for goal in found.values()} == {"certified"}
    if not world.theatre.items["whole"].any():
        proven = {name: found[name].bound for name in world.expected if name in found}
        wanted = {name: world.expected[name] for name in proven}
        assert proven == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def test_something_moves_where_the_empty_plan_is_not_good_enough() -> None:
    _, answer = planned(WORLDS[0], "columns")
    shipments = answer.goals[-1]
    assert (shipments.goal, shipments.bound, shipments.proof) == ("shipments", 1.0, "certified")


CHANGED = st.one_of(
    st.tuples(st.just("scale"), st.floats(0.0, 1e3)),
    st.tuples(st.just("drop"), st.just(0.0)),
    st.tuples(st.just("day"), st.integers(-3, 3).map(float)),
    st.tuples(st.just("key"), st.integers(0, 50).map(float)),
    st.tuples(st.just("rule"), st.integers(0, 50).map(float)),
)


@given(st.data())
@settings(max_examples=100)
def test_prices_tampered_with_never_prove_more_than_is_true(data: st.DataObject) -> None:
    world, answer = planned(*data.draw(st.sampled_from(CASES)))
    assert answer.certificate is not None
    prices = prices_of(answer.certificate)
    every = [row for rows in prices.values() for row in rows]
    changed = {
        goal: [new for row in rows for new in tampered(row, data.draw(CHANGED), every)] for goal, rows in prices.items()
    }
    found = bounds(world, answer, certificate_table(changed))
    for goal in answer.goals:
        assert found[goal.goal] <= goal.value + 1e-6 * max(1.0, goal.scale), goal.goal


def tampered(row: Price, change: tuple[str, float], every: list[Price]) -> list[Price]:
    how, by = change
    other = every[int(by) % len(every)]
    if how == "drop":
        return []
    if how == "scale":
        return [Price(row.rule, row.key, row.day, row.since, row.price * by)]
    if how == "day":
        return [Price(row.rule, row.key, max(0, row.day + int(by)), row.since, row.price)]
    if how == "key":
        return [Price(row.rule, other.key, row.day, row.since, row.price)]
    return [Price(other.rule, other.key, other.day, other.since, row.price)]


@pytest.mark.parametrize("odd", [
    Price("link", "nowhere", 0, 0, 1.0), Price("link", "D-S", 99, 0, 1.0), Price("stock", "L1", 2, 5, 1.0),
    Price("carry", "cost", 0, 0, 1.0), Price("explosive", "D/9.9", 0, 0, 1.0), Price("sector", "7/S", 0, 0, 1.0),
    Price("share_above", "nobody", 0, 0, 1.0), Price("fund", "none", 0, 0, 1.0),
])  # fmt: skip
def test_a_price_of_what_is_not_there_proves_nothing_and_harms_nothing(odd: Price) -> None:
    world, answer = planned(WORLDS[0], "columns")
    assert answer.certificate is not None
    prices = prices_of(answer.certificate)
    more = certificate_table({goal: [*prices.get(goal, []), odd] for goal in ("tier1_short", "tier1_delay")})
    assert bounds(world, answer, more)["tier1_short"] == pytest.approx(answer.goals[0].bound, abs=1e-9)


def test_a_link_that_is_not_cleared_is_closed_to_what_is_released_on_the_first_day_too() -> None:
    theatre, scenario = worlds.build(links=[worlds.link("D-S", "D", "S", clearance=3)], needs=[worlds.need(rdd=2)])
    answer = plan(theatre, scenario, relax=True)
    short = answer.goals[0]
    assert (short.goal, short.proof) == ("tier1_short", "certified")
    assert short.value == short.scale > 0 and short.bound == pytest.approx(short.scale)


def test_a_donor_priced_above_and_below_its_share_proves_as_much_as_by_the_difference() -> None:
    world, answer = planned(worlds.shares, "columns")
    assert answer.certificate is not None
    prices = prices_of(answer.certificate)
    proven = bounds(world, answer, answer.certificate)["share"]
    assert proven == pytest.approx(2000.0, rel=1e-6)
    both = [Price(rule, donor, 0, 0, 0.4) for rule in ("share_above", "share_below") for donor in ("ALDER", "BIRCH")]
    more = certificate_table({**prices, "share": [*prices["share"], *both]})
    assert bounds(world, answer, more)["share"] == pytest.approx(proven, rel=1e-12)


def test_sums_are_shrunk_by_more_than_they_can_err_however_often_a_limit_is_priced() -> None:
    ground = lay(*planned(WORLDS[0], "columns")[0][:2])
    terms = len(ground.steps) + 2 * ground.scenario.horizon
    assert 0 < 1.0 - shrink(ground, 1) < 2.0**-45
    for entries in (1, 1000):
        off = np.random.default_rng(entries).random(terms + entries)
        added = 0.0
        for part in off.tolist():
            added += part
        assert added * shrink(ground, entries) <= fsum(off)


def test_prices_that_add_up_over_days_are_counted_as_entries_on_one_limit() -> None:
    world, _ = planned(WORLDS[0], "columns")
    checker = _Checker(world.theatre, world.scenario)

    def lost(rule: str, key: str) -> float:
        rows = [Price(rule, key, day, 0, 1.0) for day in range(500)]
        return 1.0 - _Priced(checker, "cost", rows, {"tier1_short": 1.0}).shrunk

    assert lost("carry", "tier1_short") == lost("stock", "L1") > lost("link", "D-S") + 400 * 2.0**-53


def test_prices_come_back_from_the_table_as_they_were() -> None:
    rows = [Price("carry", "share", 0, 0, 1e9 / 3), Price("lift", "g", 1, 0, 1e-12), Price("link", "A", 3, 0, 0.1)]
    assert prices_of(certificate_table({"cost": rows}))["cost"] == rows
    assert len(certificate_table({"cost": [Price("link", "A", 3, 0, p) for p in (0.0, -1.0, float("inf"))]})) == 0


def test_the_checker_needs_no_solver_and_none_of_the_optimizer() -> None:
    look = "import sys, data.certify; print([m for m in sys.modules if m.split('.')[0] in %r])"
    shunned = ("optimizer", "api", "scipy", "highspy", "pulp", "ortools")
    ran = subprocess.run([sys.executable, "-c", look % (shunned,)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(("congestion", "seed"), [("loose", 11), ("tight", 12), ("choked", 13)])
def test_generated_theatres_are_certified_goal_by_goal(congestion: str, seed: int) -> None:
    theatre, scenario = generate("S", congestion, seed)
    answer = plan(theatre, scenario, relax=True, limits=Limits(seconds=25))
    certified_as_claimed(answer)


@pytest.mark.slow
def test_europe_is_certified_goal_by_goal() -> None:
    from data.formats import load, load_scenario

    theatre = load("europe")
    answer = plan(theatre, load_scenario("europe", theatre, "renewed_attack"), relax=True, limits=Limits(seconds=30))
    certified_as_claimed(answer)


def certified_as_claimed(answer: Answer) -> None:
    """Assert that every goal that was asked is certified, and that it cost little."""
    proofs: dict[str, Any] = {goal.goal: goal.proof for goal in answer.goals}
    assert proofs["tier1_short"] == proofs["tier1_delay"] == "certified"
    assert "claimed" not in set(proofs.values())
    assert answer.timings["certify"] <= 0.25 * sum(answer.timings[name] for name in ("build", "solve", "verify"))
