"""Cuts found beside the turns of a joint plan, and the interior point that solves its last goals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from data import verify
from data.relax import relaxed
from optimizer import Limits
from optimizer.formulations.reinforce import prepare
from optimizer.fortifying import fortify
from optimizer.methods.beside import Beside, Task, more_cuts, task_of
from optimizer.methods.columns import Columns
from optimizer.methods.executor import InProcess, ProcessPool, WorkerLostError
from optimizer.methods.fortify import Turns
from optimizer.methods.library_interior import LibraryInterior
from optimizer.methods.questions import build_master
from optimizer.methods.simplex_master import SimplexMaster
from optimizer.outcome import Clock, silent
from optimizer.solvers import master, solver
from tests.data.drawn import drawn
from tests.optimizer.test_fortify import two_works
from tests.worlds_works import work

LIMITS = Limits(seconds=60.0, gap=0.05)


def begun() -> tuple[Turns, Task, dict[str, float]]:
    """Return turns that have passed transport once, a task for more cuts, and the values of the goals passed."""
    theatre, scenario = two_works(works=[work("A", due=5), work("B", due=5)])
    turns = Turns(theatre, scenario, master(), solver("highs"), Clock(LIMITS), silent)
    found = turns.transport(turns.at_latest(), turns.clock)
    turns.ledger.take_all(found.engine, found.passes)
    values = found.passes.incumbent.score.objectives
    sizes = dict.fromkeys(turns.ledger.goals, 1.0)
    task = task_of(turns, found.engine, found.asked, dict(values), sizes, "tier1_short", "cost", 30.0)
    return turns, task, values


def test_cuts_from_another_process_are_those_found_here_and_bound_what_was_reached() -> None:
    turns, task, values = begun()
    here, there = more_cuts(task), dict[str, Any]()
    beside = Beside(ProcessPool(1))
    assert beside.free
    beside.begin(task)
    there = beside.take(60.0)
    assert beside.free and set(here) == set(there)
    assert sum(map(len, here.values())) > 0
    for goal, own in here.items():
        assert [cut.base for cut in own] == pytest.approx([cut.base for cut in there[goal]])
    turns.ledger.add(there)
    for goal in ("tier1_short", "tier2_short"):
        assert turns.ledger.least(goal, {}, {}.fromkeys(turns.ledger.goals, 1.0)) <= values[goal] + 1e-6


def test_without_an_executor_nothing_runs_beside() -> None:
    beside = Beside(None)
    assert not beside.free and beside.take() == {}


class Failing:
    """An executor all of whose tasks end in an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def map(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Raise the error."""
        raise self._error


def test_a_lost_process_costs_its_cuts_alone_and_any_other_error_is_raised() -> None:
    _, task, _ = begun()
    lost, wrong = Beside(Failing(WorkerLostError("died"))), Beside(Failing(ValueError("wrong")))
    for beside in (lost, wrong):
        beside.begin(task)
    assert lost.take(10.0) == {}
    with pytest.raises(ValueError, match="wrong"):
        wrong.take(10.0)


def test_a_joint_plan_with_cuts_from_beside_is_lawful_and_bounded() -> None:
    theatre, scenario = two_works(works=[work("A", due=5), work("B", due=5)])
    answer = fortify(theatre, scenario, limits=LIMITS, executor=InProcess())
    assert verify(theatre, scenario, answer.plan, works=True) == []
    assert all(g.bound <= g.value + 1e-9 for g in answer.goals) and answer.gap <= LIMITS.gap


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_librarys_interior_point_solves_masters_as_the_simplex_method_does(seed: int) -> None:
    engine = Columns(prepare(*relaxed(*drawn(seed)[:2])), master())
    engine.minimise("tier1_short", {}, 1e-6, Clock(Limits()), silent)
    question, clock = engine.ask("tier1_short", {}), Clock(Limits())
    part = build_master(question, engine.pool, engine.terms, engine.active.nonzero()[0])
    exact = SimplexMaster(master()).afresh(part, clock)
    best = question.value(part, exact.values)
    way = LibraryInterior(master())
    for solved in (way.solve(question, part, 0.0, 0.0, clock), way.afresh(part, clock)):
        assert solved.done and question.value(part, solved.values) == pytest.approx(best, abs=1e-5)
        assert min(solved.prices.min(initial=0.0), solved.values.min(initial=0.0)) >= 0.0
        assert engine.price(question, part, solved.prices)[0] <= best + 1e-6
