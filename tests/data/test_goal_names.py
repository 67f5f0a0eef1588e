"""Every goal of a plan has a name for people: one as a heading, one within a sentence."""

from __future__ import annotations

import pytest

from data.goal_names import goal_name, in_sentence
from data.plan import Plan
from data.score import score
from tests.worlds import cost_and_shipments


@pytest.mark.parametrize(
    "goal, heading, words",
    [
        ("tier3_short", "Tier 3: short at its date", "shortfall of tier 3"),
        ("tier1_delay", "Tier 1: delay", "delay of tier 1"),
        ("tier2_works", "Tier 2: value of works unfinished", "value of works unfinished of tier 2"),
        ("cost", "Transport and purchases", "cost of transport and purchases"),
    ],
)
def test_a_goal_reads_as_a_heading_and_within_a_sentence(goal: str, heading: str, words: str) -> None:
    assert goal_name(goal)[0] == heading
    assert in_sentence(goal) == words


def test_no_goal_of_a_plan_reads_as_its_key() -> None:
    world = cost_and_shipments()
    goals = score(world.theatre, world.scenario, Plan.empty()).objectives
    for goal in goals:
        assert "_" not in goal_name(goal)[0] + in_sentence(goal)
        assert in_sentence(goal) != goal or goal == "substitution"
