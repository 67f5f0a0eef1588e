"""A plan held against the proof of another answer, and tables edited row by row."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.methods.incumbent import SLACK
from optimizer.outcome import Answer
from tests.agreement import TOLERANCE
from tests.properties.worlds import Tables
from tests.worlds import Row

QUANTITIES = {
    "stocks": ("on_hand", "reserved", "unserviceable", "earmarked", "floor"),
    "terms": ("floor",),
    "links": ("capacity", "capacity_volume"),
    "nodes": ("handling", "storage", "storage_volume"),
    "lift": ("capacity",),
    "explosive_limits": ("limit",),
    "disruptions": ("value",),
    "needs": ("quantity",),
    "production": ("rate", "total"),
    "funds": ("amount",),
    "forces": ("elements",),
    "holdings": ("on_hand", "reserved"),
}


def no_better_than_proven(plan_a: Answer, answer_b: Answer, times: float = 1.0) -> None:
    """Check a plan against the proof of a world in which it is lawful too.

    "No plan with goals j < k at most value_j has goal k below bound_k": so as long as the plan keeps to
    the values, it cannot lie below the bounds. `times` scales the plan's goals first.
    """
    values = {goal.goal: goal.value * times for goal in plan_a.goals}
    for goal in answer_b.goals:
        if goal.goal == "shipments":
            return
        value, noise = values[goal.goal], TOLERANCE * goal.scale * max(1.0, times)
        assert value >= goal.bound - noise, f"{goal.goal}: a plan has {value:.9g}, below the proof of {goal}"
        if value > goal.value + SLACK * goal.scale:
            return


def edited(rows: Tables, table: str, change: Callable[[Row], Row]) -> Tables:
    return {**rows, table: [change(dict(row)) for row in rows.get(table, [])]}
