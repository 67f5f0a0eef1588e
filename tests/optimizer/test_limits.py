"""A deadline, a budget of rounds or a stop: what comes back is lawful, and honest about its gap."""

from __future__ import annotations

import inspect
import pickle
import threading
from collections.abc import Callable

import numpy as np
import pytest

from data import apply, verify
from data.plan import Plan
from data.score import score
from optimizer import Answer, Limits, Stop, plan
from optimizer.outcome import Limit, NoPlanError, Outcome, Progress, Reason, RefusedError, UnlawfulPlanError
from optimizer.program import Program, ProgramError
from optimizer.solvers import SOLVERS
from tests.worlds import World, cost_and_shipments, days, explosives, two_priorities, whole_units

WORLDS = (two_priorities, cost_and_shipments, whole_units)
worlds = pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)


def check_lawful_and_honest(world: World, answer: Answer) -> None:
    assert verify(world.theatre, world.scenario, answer.plan) == []
    scored = score(world.theatre, world.scenario, answer.plan)
    assert {goal.goal: goal.value for goal in answer.goals} == scored.objectives
    for goal in answer.goals:
        assert goal.bound <= goal.value + 1e-6 * goal.scale
        assert goal.gap == pytest.approx((goal.value - goal.bound) / goal.scale)


@worlds
def test_no_time_at_all_returns_the_empty_plan_with_its_gap(make: Callable[[], World], way: dict[str, str]) -> None:
    world = make()
    answer = plan(world.theatre, world.scenario, **way, limits=Limits(seconds=0.0))
    check_lawful_and_honest(world, answer)
    assert (answer.reason, answer.limit) == (Reason.FEASIBLE, Limit.TIME)
    assert len(answer.plan.shipments) == 0
    assert answer.gap == 1.0
    assert {goal.proof for goal in answer.goals if goal.goal != "shipments"} == {"none"}


@worlds
@pytest.mark.parametrize("seconds", [1e-6, 0.05, 0.2])
def test_a_short_deadline_returns_a_lawful_plan(make: Callable[[], World], seconds: float, way: dict[str, str]) -> None:
    world = make()
    answer = plan(world.theatre, world.scenario, **way, limits=Limits(seconds=seconds))
    check_lawful_and_honest(world, answer)
    assert answer.reason in (Reason.FEASIBLE, Reason.OPTIMAL)
    assert (answer.limit is None) == (answer.reason is Reason.OPTIMAL) or answer.gap > 0


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_a_budget_of_rounds_returns_what_the_passes_came_to(rounds: int, way: dict[str, str]) -> None:
    world = cost_and_shipments()
    answer = plan(world.theatre, world.scenario, **way, limits=Limits(rounds=rounds))
    check_lawful_and_honest(world, answer)
    if rounds < 2:
        assert (answer.reason, answer.limit) == (Reason.FEASIBLE, Limit.ROUNDS)
    reached = {goal.goal: goal.value for goal in answer.goals}
    assert reached["tier1_short"] == (0 if rounds else 1)


def test_more_rounds_never_make_the_first_goal_worse(way: dict[str, str]) -> None:
    world = two_priorities()
    values = [
        plan(world.theatre, world.scenario, **way, limits=Limits(rounds=rounds)).goals[0].value for rounds in range(4)
    ]
    assert values == sorted(values, reverse=True)


@worlds
def test_a_stop_set_beforehand_returns_the_empty_plan(make: Callable[[], World], way: dict[str, str]) -> None:
    world, stop = make(), Stop()
    stop.set()
    answer = plan(world.theatre, world.scenario, **way, stop=stop)
    check_lawful_and_honest(world, answer)
    assert (answer.reason, answer.limit) == (Reason.FEASIBLE, Limit.INTERRUPTED)
    assert len(answer.plan.shipments) == 0


def test_a_stop_from_progress_keeps_the_best_so_far(way: dict[str, str]) -> None:
    world, stop = cost_and_shipments(), Stop()

    def stop_after_the_first_goal(progress: Progress) -> None:
        if progress.phase == "solving":
            stop.set()

    answer = plan(world.theatre, world.scenario, **way, stop=stop, on_progress=stop_after_the_first_goal)
    check_lawful_and_honest(world, answer)
    assert (answer.reason, answer.limit) == (Reason.FEASIBLE, Limit.INTERRUPTED)
    assert answer.goals[0].value == 0


def test_a_stop_from_another_thread_returns_a_lawful_plan(way: dict[str, str]) -> None:
    world, stop = cost_and_shipments(), Stop()
    timer = threading.Timer(0.02, stop.set)
    timer.start()
    answer = plan(world.theatre, world.scenario, **way, stop=stop)
    timer.join()
    check_lawful_and_honest(world, answer)


def test_progress_tells_value_and_bound_of_each_goal(way: dict[str, str]) -> None:
    seen: list[Progress] = []
    world = cost_and_shipments()
    plan(world.theatre, world.scenario, **way, on_progress=seen.append)
    assert seen[0].phase == "building"
    told = {p.goal: p for p in seen if p.phase == "solving"}
    assert told["tier1_short"].value == 0
    assert told["cost"].value == pytest.approx(100)
    assert told["cost"].bound == pytest.approx(100)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)


def test_an_unknown_method_or_solver_is_refused_with_what_is_offered() -> None:
    world = two_priorities()
    with pytest.raises(RefusedError, match="^no method 'magic'; use one of: auto, "):
        plan(world.theatre, world.scenario, method="magic")
    with pytest.raises(RefusedError) as refused:
        plan(world.theatre, world.scenario, solver="abacus")
    assert str(refused.value) == f"no solver 'abacus'; use one of: {', '.join(SOLVERS)}"


def test_the_column_method_has_a_master_of_its_own() -> None:
    world, usual = two_priorities(), inspect.signature(plan).parameters["solver"].default
    for other in set(SOLVERS) - {usual}:
        with pytest.raises(RefusedError, match=f"--solver {other} goes with --method whole$"):
            plan(world.theatre, world.scenario, method="columns", solver=other)


def test_reading_what_an_outcome_does_not_hold_raises() -> None:
    outcome = Outcome(Reason.NO_PLAN, Limit.TIME, detail="cut short")
    assert not outcome.has_values
    assert not outcome.has_prices
    with pytest.raises(NoPlanError, match=r"^the solve ended 'no_plan' without values \(cut short\)$"):
        _ = outcome.values
    with pytest.raises(NoPlanError, match=r"^the solve ended 'no_plan' without prices \(cut short\)$"):
        _ = outcome.prices


def test_an_answer_survives_a_journey_to_another_process(way: dict[str, str]) -> None:
    world = cost_and_shipments()
    answer = plan(world.theatre, world.scenario, **way)
    back = pickle.loads(pickle.dumps(answer))
    assert isinstance(back.plan, Plan)
    assert back.plan.digest == answer.plan.digest
    assert back.goals == answer.goals


def test_a_solve_that_fails_is_an_error_and_never_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def solve(self, program: Program, clock: object) -> Outcome:
            return Outcome(Reason.FAILED, detail="status 99")

    monkeypatch.setattr("optimizer.planning.solver_named", lambda _: Broken())
    world = two_priorities()
    with pytest.raises(UnlawfulPlanError, match="'failed' .*shortfall of tier 1: status 99"):
        plan(world.theatre, world.scenario, method="whole")


def test_nan_in_a_program_is_refused() -> None:
    from optimizer.program import Assembly

    assembly = Assembly()
    assembly.add_columns("x", np.array([1.0]), {})
    assembly.add_rows("r", np.array([np.nan]), np.array([1.0]), {})
    with pytest.raises(ProgramError, match="^the program holds NaN in 'row_lower'$"):
        assembly.program()


@pytest.mark.parametrize("make", [explosives, days], ids=lambda make: make.__name__)
def test_without_any_lift_nothing_moves(make: Callable[[], World], way: dict[str, str]) -> None:
    world = make()
    theatre, scenario = apply(world.theatre, world.scenario, ["drop lift[]"])
    answer = plan(theatre, scenario, **way)
    assert answer.reason == "optimal" and not len(answer.plan.shipments)
    assert verify(theatre, scenario, answer.plan) == []
    assert answer.goals[0].value == answer.goals[0].scale
