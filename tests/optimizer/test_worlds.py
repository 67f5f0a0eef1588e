"""Every hand-solved world, planned in every way, comes to its hand-solved goals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data import verify
from optimizer import plan
from optimizer.outcome import Limits, Reason, RefusedError
from optimizer.solvers import SOLVERS
from tests.conftest import LINEAR
from tests.worlds import WORLDS, World, whole_units

GAP = 1e-6

worlds = pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)


@worlds
def test_a_plan_reaches_the_goals_solved_by_hand_with_proof(make: Callable[[], World], way: dict[str, str]) -> None:
    world = make()
    answer = plan(world.theatre, world.scenario, **way, limits=Limits(gap=GAP))
    reached = {goal.goal: goal for goal in answer.goals}
    assert {name: reached[name].value for name in world.expected} == pytest.approx(world.expected, abs=1e-6)
    assert verify(world.theatre, world.scenario, answer.plan) == []
    if not world.theatre.items["whole"].any():
        assert answer.gap <= GAP
        assert answer.reason is Reason.OPTIMAL


@pytest.mark.parametrize("make", WORLDS[::3], ids=lambda make: make.__name__)
@pytest.mark.parametrize("way", LINEAR, ids=lambda way: way["solver"])
def test_solvers_of_fractions_reach_the_goals_solved_by_hand(make: Callable[[], World], way: dict[str, str]) -> None:
    world = make()
    if world.theatre.items["whole"].any():
        with pytest.raises(RefusedError, match=f"solver {way['solver']} knows no whole items.*--relax.*highs"):
            plan(world.theatre, world.scenario, **way)
        return
    near = SOLVERS[way["solver"]].accuracy
    answer = plan(world.theatre, world.scenario, **way, limits=Limits(gap=near))
    reached = {goal.goal: goal.value for goal in answer.goals}
    assert {name: reached[name] for name in world.expected} == pytest.approx(world.expected, rel=2 * near, abs=near)
    assert verify(world.theatre, world.scenario, answer.plan) == []
    assert answer.gap <= 3 * near  # the solver's own, and what is lost by rounding near points down


def test_a_bound_of_whole_units_is_that_of_parts(way: dict[str, str]) -> None:
    world = whole_units()
    answer = plan(world.theatre, world.scenario, **way)
    short = answer.goals[0]
    assert (short.value, short.bound) == pytest.approx((0.4, 0.375))
    assert answer.reason is Reason.FEASIBLE  # the gap is honest: the proof is that of the relaxed program


def test_relaxed_whole_items_move_in_parts(relaxed_way: dict[str, str]) -> None:
    world = whole_units()
    answer = plan(world.theatre, world.scenario, **relaxed_way, relax=True)
    assert answer.goals[0].value == pytest.approx(0.375, abs=1e-4)
    assert answer.reason is Reason.OPTIMAL
