"""Take any row block out of the program: the verifier refuses the plan, or the proof no longer meets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.theatre import Scenario, Theatre
from optimizer import planning
from optimizer.formulations.reinforce import ArcFlow, build
from optimizer.methods import incumbent
from optimizer.methods.repair import make_lawful
from optimizer.methods.whole import Whole
from optimizer.outcome import Answer, UnlawfulPlanError
from tests import worlds
from tests.optimizer.programs import Recorder
from tests.optimizer.test_golden import ARC_FLOW
from tests.worlds import World

NOTICED = 1e-3  # of a goal's scale


def figures(answer: Answer) -> dict[str, tuple[float, float]]:
    return {goal.goal: (goal.value / goal.scale, goal.bound / goal.scale) for goal in answer.goals}


def noticed(make_answer: Callable[[], Answer], whole: Answer) -> bool:
    """Return whether the plan is refused, or a goal's value or bound is another than with every row."""
    try:
        got = figures(make_answer())
    except UnlawfulPlanError:
        return True
    return any(
        abs(now - before) > NOTICED
        for name, pair in figures(whole).items()
        for now, before in zip(got[name], pair, strict=True)
    )


@pytest.mark.parametrize("block", ARC_FLOW)
def test_a_row_block_that_is_missing_is_noticed(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = ARC_FLOW[block][0]()
    whole = planning.plan(world.theatre, world.scenario, method="whole")

    def build_without(theatre: Theatre, scenario: Scenario) -> ArcFlow:
        arcflow = build(theatre, scenario)
        return replace(arcflow, program=arcflow.program.without([block]))

    monkeypatch.setattr(planning, "build", build_without)
    assert noticed(lambda: planning.plan(world.theatre, world.scenario, method="whole"), whole)


def test_carried_rows_that_are_missing_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = worlds.two_priorities()
    whole = planning.plan(world.theatre, world.scenario, method="whole")

    minimise = Whole.minimise
    monkeypatch.setattr(Whole, "minimise", lambda self, goal, _, *rest: minimise(self, goal, {}, *rest))
    assert noticed(lambda: planning.plan(world.theatre, world.scenario, method="whole"), whole)


def test_nothing_is_noticed_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = worlds.two_priorities()
    whole = planning.plan(world.theatre, world.scenario, method="whole")
    monkeypatch.setattr(planning, "solver_named", lambda _: Recorder())
    assert not noticed(lambda: planning.plan(world.theatre, world.scenario, method="whole"), whole)


@pytest.mark.parametrize("make", [worlds.link_capacity, worlds.handling, worlds.storage])
def test_a_plan_that_is_not_made_lawful_is_refused(make: Callable[[], World], monkeypatch: pytest.MonkeyPatch) -> None:
    def overfull(master: Any, *_: Any, **__: Any) -> Any:
        lawful = make_lawful(master)
        return lawful.carrying(lawful.quantity + 0.001)

    monkeypatch.setattr(incumbent, "make_lawful", overfull)
    world = make()
    with pytest.raises(UnlawfulPlanError, match=r"^\d+ rule\(s\) broken by a plan made here: "):
        planning.plan(world.theatre, world.scenario, method="whole")
