"""Whole units of joint plans: works are completed, where rounding each path down would leave them without a unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data import verify
from optimizer import Limits
from optimizer.fortifying import fortify
from optimizer.methods.fortify import Turns
from optimizer.methods.whole_parcels import completed
from optimizer.outcome import Clock, silent
from optimizer.solvers import master, solver
from tests.worlds import item, lot, need
from tests.worlds_works import crews, material, mode, site, work


def short_of_boxes(boxes: float, **tables: Any) -> tuple[Any, Any]:
    """Return two works of 2 whole boxes each beside a need of 60, all of tier 1."""
    rows: dict[str, Any] = {
        "items": [item(whole=True)], "stocks": [lot(on_hand=boxes)], "needs": [need()],
        "works": [work("V", value=4.0), work("W")], "work_modes": [mode("V"), mode("W")],
        "work_materials": [material("V", 2.0), material("W", 2.0)], "crews": [crews(size=4)], **tables,
    }  # fmt: skip
    return site(**rows)


@pytest.mark.parametrize(("boxes", "whole"), [(64.0, {"V", "W"}), (63.0, {"W"}), (61.0, set())])
def test_works_are_completed_the_dearest_first(boxes: float, whole: set[str]) -> None:
    turns = Turns(*short_of_boxes(boxes), master(), solver("highs"), Clock(Limits()), silent)
    found = turns.transport(turns.at_latest(), turns.clock)
    engine, passes = found.engine, found.passes
    halves = passes.incumbent.met  # of a work in parts, too
    scales = passes.incumbent.score.scales
    made = completed(engine.setting, halves, engine.parcels, scales, turns.solver, Clock(Limits()))
    assert made is not None
    assert (np.abs(made.quantity - np.round(made.quantity)) <= 1e-6).all()
    engine.terms.given_up[:] = False
    assert set(engine.parcels) - set(engine.broken(made, engine.parcels)) == whole
    needed = made.quantity[[engine.setting.scenario.needs["need"][n] == "N1" for n in made.need]]
    assert needed.sum() == pytest.approx(60)  # needs of the tier come before its works


def test_a_joint_plan_in_whole_units_builds_what_there_is_material_for() -> None:
    theatre, scenario = short_of_boxes(63.0)
    answer = fortify(theatre, scenario)
    assert verify(theatre, scenario, answer.plan) == []
    assert [row.work for row in answer.plan.tables["works"].rows()] == ["W"]
    assert all(float(row.quantity).is_integer() for row in answer.plan.shipments.rows())
