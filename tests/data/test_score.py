"""The score of every hand-solved world's plan is the hand-solved one, and the plan is lawful."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data import verify
from data.score import score
from tests.worlds import WORLDS, World


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_the_plan_of_a_hand_solved_world_is_lawful_and_reaches_its_goals(make: Callable[[], World]) -> None:
    world = make()
    assert verify(world.theatre, world.scenario, world.plan) == []
    reached = score(world.theatre, world.scenario, world.plan).objectives
    assert {goal: reached[goal] for goal in world.expected} == pytest.approx(world.expected, abs=1e-9)
