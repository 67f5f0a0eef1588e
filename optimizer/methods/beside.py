"""Cuts found in another process while turns of a joint plan go on in this one; without an executor there are none.

A task is one turn of transport on the days in whole works that the cuts known like best, whether or not crews can keep
them: there the bound of a goal is, and a cut from there lifts it. What comes back are cuts alone, which hold for every
schedule: nothing of the plan depends on a process beside but for the days that cuts like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from data.theatre import Scenario, Theatre
from optimizer.formulations.fortify import Ask, Question, question
from optimizer.formulations.reinforce import prepare
from optimizer.formulations.reinforce.goals import implied_goals
from optimizer.formulations.reinforce.paths import Paths
from optimizer.methods.after_tiers import AFTER
from optimizer.methods.columns import Columns
from optimizer.methods.crewed import Cut
from optimizer.methods.executor import Executor, WorkerLostError
from optimizer.methods.ledger import Ledger
from optimizer.methods.warm import take_paths
from optimizer.outcome import Clock, Limits, Reason, silent

if TYPE_CHECKING:
    from optimizer.methods.fortify import Turns

SOLVED, CLOSER = 0.2, 0.1  # of the gap asked for: how well goals of tiers and those after them are solved
LITTLE = 1e-6  # of a goal's size: room that works and the first tier leave

Cuts = dict[str, list[Cut]]


@dataclass(frozen=True)
class Task:
    """What a process needs for more cuts: all that are known, limits and sizes of goals, and paths met for a question.

    `aim` is the goal that days are chosen for, `until` the last that is passed.
    """

    theatre: Theatre
    scenario: Scenario
    cuts: Cuts
    goals: Mapping[str, float]
    sizes: Mapping[str, float]
    asked: Question
    paths: Paths
    aim: str
    until: str
    limits: Limits


class Beside:
    """One task at a time in another process."""

    def __init__(self, executor: Executor | None) -> None:
        self._executor = executor
        self._thread: Thread | None = None
        self._task: Task | None = None
        self.asked: list[str] = []  # the aims of the tasks begun
        self._came: Cuts = {}
        self._failed: BaseException | None = None

    @property
    def free(self) -> bool:
        """Return whether a task can be begun."""
        return self._executor is not None and (self._thread is None or not self._thread.is_alive())

    def begin(self, task: Task) -> None:
        """Begin a task; the one before has ended."""
        self._task = task
        self.asked.append(task.aim)
        self._thread = Thread(target=self._run, args=(task,), daemon=True)
        self._thread.start()

    def again(self, cuts: Cuts, aim: str, seconds: float) -> None:
        """Begin the last task again with the cuts known by now and another aim, if one can be begun."""
        if self.free and self._task is not None:
            limits = replace(self._task.limits, seconds=seconds)
            self.begin(replace(self._task, cuts={g: list(own) for g, own in cuts.items()}, aim=aim, limits=limits))

    def take(self, seconds: float = 0.0) -> Cuts:
        """Return what has come since it was last asked, waiting so long for a task that runs; its error is raised."""
        if self._thread is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                return {}
            self._thread = None
        if self._failed is not None:
            raise self._failed
        came, self._came = self._came, {}
        return came

    def _run(self, task: Task) -> None:
        assert self._executor is not None  # whoever began has seen that it is free
        try:
            for _, cuts in self._executor.map(more_cuts, [task]):
                came = self._came
                self._came = {goal: [*came.get(goal, ()), *own] for goal, own in cuts.items()}
        except (WorkerLostError, KeyboardInterrupt):
            pass  # the plan is lawful without them, and as well proven as its own cuts do
        except BaseException as error:
            self._failed = error


def task_of(turns: Turns, before: Columns, asked: Question, goals: Mapping[str, float], sizes: Mapping[str, float],
            aim: str, until: str, seconds: float) -> Task:  # fmt: skip
    """Return the task of one turn beside, from what turns know and the paths that an engine has met for a question."""
    limits, cuts = turns.clock.limits, {goal: list(own) for goal, own in turns.ledger.cuts.items()}
    met = before.pool.paths(np.ones(len(before.pool)))
    return Task(
        turns.theatre, turns.scenario, cuts, dict(goals), dict(sizes), asked, met, aim, until,
        Limits(seconds=seconds, gap=limits.gap, seed=limits.seed),
    )  # fmt: skip


def more_cuts(task: Task) -> Cuts:
    """Return the cuts of one turn of transport on the days that the cuts of a task like best, works in parts."""
    from optimizer.methods.fortify import Turns  # here, for turns have a process beside
    from optimizer.solvers import master, solver

    clock = Clock(task.limits)
    turns = Turns(task.theatre, task.scenario, master(), solver("highs"), clock, silent)
    ledger = turns.ledger
    ledger.cuts = {goal: list(own) for goal, own in task.cuts.items()}
    liked = ledger.schedule(task.aim, task.goals, task.sizes)
    if liked is None:
        return {}
    asks = turns.at_latest()
    for j, day in liked.days.items():
        name = turns.instance.jobs[j].name
        asks[name] = replace(asks[name], by=day) if name in asks else Ask(day, turns.value[name])
    asked = question(task.theatre, task.scenario, asks, dated=True)
    engine = Columns(prepare(asked.theatre, asked.scenario, asked.names), turns.master)
    before = Columns(prepare(task.asked.theatre, task.asked.scenario, task.asked.names), turns.master)
    before.pool.add(task.paths)
    take_paths(engine, before)
    _pass(engine, task, ledger, set(asked.of_works), clock)
    return {goal: own[len(task.cuts[goal]) :] for goal, own in ledger.cuts.items()}


def _pass(engine: Columns, task: Task, ledger: Ledger, works: set[str], clock: Clock) -> None:
    """Solve goal after goal until the last that is asked for, and take the prices of each into the ledger.

    Goals before may be as large as the task's limits say, and have a little room in any case.
    """
    gap, held = task.limits.gap, dict[str, float]()
    implied = implied_goals(engine.setting.needs)
    for goal in ledger.goals[: ledger.goals.index(task.until) + 1]:
        if goal in implied:
            continue
        size, last = task.sizes.get(goal, 1.0), not goal.startswith("tier")
        engine.inside = last
        found = engine.minimise(goal, held, (CLOSER if last else SOLVED) * gap * size, clock, silent)
        bound = max(found.bounds, key=lambda bound: bound.at(held), default=None)
        if bound is not None and bound.dual is not None:
            ledger.take(goal, bound.dual)
        if found.value is None or found.reason is not Reason.OPTIMAL:
            break
        room = LITTLE if goal in works or goal.startswith("tier1") else AFTER * gap
        held[goal] = max(found.value + room * size, task.goals.get(goal, 0.0) * (goal not in works))
