"""CP-SAT: one run of a program of literals and intervals, within limits, with its best solution and bound.

OPTIMAL                 optimal
FEASIBLE                feasible
INFEASIBLE              impossible
UNKNOWN                 no_plan: none in time
MODEL_INVALID, others   failed
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from optimizer.outcome import Clock, Limit, OnProgress, Progress, Reason

_REASON = {
    cp_model.OPTIMAL: Reason.OPTIMAL,
    cp_model.FEASIBLE: Reason.FEASIBLE,
    cp_model.INFEASIBLE: Reason.IMPOSSIBLE,
    cp_model.UNKNOWN: Reason.NO_PLAN,
}
MEMORY_SHARE = 0.9
WATCH = 0.05  # s between looks at the stop flag


@dataclass(frozen=True)
class Found:
    """What a run came to; `value` reads a variable of the best solution, and is None where there is none."""

    reason: Reason
    limit: Limit | None
    objective: float | None
    bound: float
    value: Callable[[Any], int] | None


class _Told(cp_model.CpSolverSolutionCallback):
    def __init__(self, goal: str, clock: Clock, on_progress: OnProgress) -> None:
        super().__init__()
        self._goal, self._clock, self._on_progress, self._count = goal, clock, on_progress, 0

    def on_solution_callback(self) -> None:
        self._count += 1
        value, bound = self.objective_value, self.best_objective_bound
        self._on_progress(Progress("works", self._goal, self._count, value, bound, self._clock.elapsed))


def run(program: Any, goal: str, clock: Clock, on_progress: OnProgress, *, gap: float = 0.0,
        seconds: float | None = None, linear: bool = True,
        searches: tuple[str, ...] = ()) -> Found:  # fmt: skip
    """Return the best found for the program's objective within the clock's limits, and at most these seconds.

    `gap` is absolute. Without `linear` no linear relaxation is solved on the way. `searches` names what several threads
    do, each one thing (CP-SAT's subsolvers). Runs with several threads may differ in the plan, not in the proof.
    """
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = max(1, clock.limits.threads)
    parameters.random_seed = clock.limits.seed
    parameters.absolute_gap_limit = gap
    parameters.symmetry_level = 2
    if not linear:
        parameters.linearization_level = 0
    parameters.subsolvers.extend(searches)
    left = min(clock.left, float("inf") if seconds is None else seconds)
    if left < 1e6:
        parameters.max_time_in_seconds = max(0.01, left)
    if clock.limits.memory_mb:
        parameters.max_memory_in_mb = int(MEMORY_SHARE * clock.limits.memory_mb)
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(solver, clock, done), daemon=True)
    watcher.start()
    try:
        status = solver.solve(program, _Told(goal, clock, on_progress))
    finally:
        done.set()
        watcher.join()
    reason = _REASON.get(status, Reason.FAILED)
    limit = None if reason in (Reason.OPTIMAL, Reason.IMPOSSIBLE) else (
        Limit.INTERRUPTED if clock.stop.asked else Limit.TIME)  # fmt: skip
    if reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
        return Found(reason, limit, None, solver.best_objective_bound if reason is Reason.NO_PLAN else 0.0, None)
    return Found(reason, limit, solver.objective_value, solver.best_objective_bound, lambda v: int(solver.value(v)))


def _watch(solver: Any, clock: Clock, done: threading.Event) -> None:
    while not done.wait(WATCH):
        if clock.stop.asked:
            solver.stop_search()
            return
