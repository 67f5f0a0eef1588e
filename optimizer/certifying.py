"""The bounds of an answer, checked in the run itself by the code that checks them later: `data.certify`."""

from __future__ import annotations

import time
from dataclasses import replace
from math import isfinite

from data.certify import proven_bounds
from data.theatre import Scenario, Theatre
from optimizer.ending import ended
from optimizer.outcome import Answer, Goal, Limits, UnlawfulPlanError

CLOSE = 1e-6  # of a goal's scale: what floating point may make of a bound
LOSS = 1e-3  # of a goal's scale: a checked bound that falls short by more leaves the engine's own as a claim


def certified(theatre: Theatre, scenario: Scenario, answer: Answer, limits: Limits) -> Answer:
    """Return the answer with the bounds that its certificate proves; those it proves far less of stay claims.

    Where prices of earlier goals are large, rounded sums prove a little less than the engine counts: the gap is then
    that of what is proven.
    """
    if answer.certificate is None:
        return answer
    began = time.monotonic()
    allows = {goal.goal: goal.allows for goal in answer.goals if isfinite(goal.allows)}
    names = [goal.goal for goal in answer.goals]
    proven = proven_bounds(theatre, scenario, answer.certificate, allows, names)
    goals = tuple(_checked(goal, proven[goal.goal]) for goal in answer.goals)
    timings = {**answer.timings, "certify": time.monotonic() - began}
    return ended(replace(answer, goals=goals, timings=timings), limits.gap)


def _checked(goal: Goal, proven: float) -> Goal:
    if proven - goal.value > CLOSE * goal.scale and goal.goal != "share":  # more may be given than is credited
        raise UnlawfulPlanError(
            f"goal {goal.goal} is {goal.value:.9g} in the plan, and proven to be {proven:.9g} at least: "
            "one of the two is wrong; please report it with the theatre and scenario"
        )
    if goal.bound - proven > LOSS * goal.scale or (goal.proof == "none" and not proven):
        return goal
    bound = min(proven, goal.value)
    gap = (goal.value - bound) / goal.scale if goal.scale else 0.0
    return replace(goal, bound=bound, gap=gap, proof="certified")
