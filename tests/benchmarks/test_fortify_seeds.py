"""Joint planning on drawn theatres whose lift binds: better by goal order than either naive order, and lawful."""

from __future__ import annotations

import pytest

from benchmarks.fortify import answers_of, compare, drawn
from data import verify


@pytest.mark.slow
@pytest.mark.parametrize("seed", (1, 3))
def test_joint_planning_is_better_than_works_first_and_than_stock_first(seed: int) -> None:
    theatre, scenario = drawn(seed)
    answers = answers_of(seed)
    joint = answers["joint"]
    assert len(scenario.works) >= 40 and len(answers) == 3
    for answer in answers.values():
        assert verify(theatre, scenario, answer.plan, works=True) == []
    assert [compare(joint, answer) for answer in answers.values()] == [0, 1, 1]
    assert all(goal.bound <= goal.value + 1e-9 for goal in joint.goals)
