"""An answer that falls short of the gap asked for says why: by a limit, or in a note."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.score import score
from data.theatre import Scenario, Theatre
from optimizer import Limits, plan
from optimizer.ending import SHORT, above, ended
from optimizer.methods.incumbent import preferred
from optimizer.outcome import Limit, Reason
from tests.worlds import build, cost_and_shipments, item, link, lot, need


def halves() -> tuple[Theatre, Scenario]:
    """Two vehicles of 7 t are asked for and 10 t can move: one in whole units, 10/7 with fractions of them."""
    return build(
        items=[item("vehicle", supply_class="VII", mass=7.0, whole=True)],
        links=[link("D-S", "D", "S", capacity=10)],
        stocks=[lot(item="vehicle", on_hand=5)],
        needs=[need(item="vehicle", quantity=2, rdd=1)],
    )


def test_a_plan_in_whole_units_that_stops_short_says_which_goal_and_how_far(way: dict[str, str]) -> None:
    answer = plan(*halves(), **way)
    assert (answer.reason, answer.limit) == (Reason.FEASIBLE, None)
    notes = [note for note in answer.notes if note.startswith(SHORT)]
    assert len(notes) == 1 and "shortfall of tier 1 to 0.21, delay of tier 1 to 0.21;" in notes[0]


def test_a_gap_within_the_one_asked_for_needs_no_note(way: dict[str, str]) -> None:
    answer = plan(*halves(), **way, limits=Limits(gap=0.5))
    assert (answer.reason, answer.limit, answer.notes) == (Reason.OPTIMAL, None, ())


def test_the_note_goes_when_the_gap_closes_and_a_limit_needs_none() -> None:
    answer = plan(*halves())
    closed = ended(answer, 0.5)
    assert (closed.reason, closed.notes) == (Reason.OPTIMAL, ())
    cut = ended(replace(answer, limit=Limit.TIME, notes=()), 1e-4)
    assert (cut.reason, cut.limit, cut.notes) == (Reason.FEASIBLE, Limit.TIME, ())


def test_what_a_later_goal_may_take_is_no_gain_of_an_earlier_one() -> None:
    """A plan with a millionth less of tier 1 and twice the cost is not preferred where that was allowed."""
    world = cost_and_shipments()
    kept = score(world.theatre, world.scenario, plan(world.theatre, world.scenario).plan)
    scale = kept.scales["tier1_short"]
    old = replace(kept, objectives={**kept.objectives, "tier1_short": 1e-6 * scale})
    new = replace(kept, objectives={**kept.objectives, "tier1_short": 0.0, "cost": 2 * kept.objectives["cost"]})
    assert preferred(new, old)
    assert not preferred(new, old, {"tier1_short": 1e-6 * scale})


@pytest.mark.parametrize(
    "gap, asked, told", [(1.3e-4, 1e-4, "0.00013"), (2 / 7, 0.1, "0.29"), (1.0004e-4, 1e-4, "0.00010004")]
)
def test_a_gap_reads_as_more_than_what_was_asked(gap: float, asked: float, told: str) -> None:
    assert above(gap, asked) == told


def test_the_note_says_what_was_reached_and_what_was_asked() -> None:
    answer = plan(*halves())
    wide = tuple(replace(goal, gap=1.3e-4 if goal.goal == "tier1_short" else 0.0) for goal in answer.goals)
    (note,) = ended(replace(answer, goals=wide, notes=()), 1e-4).notes
    assert note.startswith(f"{SHORT}0.0001 of the scale of a goal: shortfall of tier 1 to 0.00013; no limit")
