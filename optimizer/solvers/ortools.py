"""GLOP and PDLP from arrays, by OR-Tools: the simplex and the first-order reference of linear programs.

| GLOP, SolveStatus        | PDLP, TerminationReason            | reason            | limit       |
|--------------------------|------------------------------------|-------------------|-------------|
| OPTIMAL                  | OPTIMAL                            | optimal           |             |
| FEASIBLE, a limit is hit |                                    | feasible          | time        |
| NOT_SOLVED, time is up   | TIME_LIMIT                         | no_plan           | time        |
| CANCELLED_BY_USER        | INTERRUPTED_BY_USER                | no_plan           | interrupted |
| INFEASIBLE               | PRIMAL_INFEASIBLE, PRIMAL_OR_DUAL_INFEASIBLE | impossible |          |
| anything else            | anything else                      | failed            |             |

Neither knows whole columns. NB: OR-Tools' own HiGHS is never used: with PuLP imported first, which loads
another HiGHS for all to see, it ends the process with a segmentation fault.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import scipy.sparse as sp
from ortools.linear_solver.python.model_builder_helper import ModelBuilderHelper, ModelSolverHelper, SolveStatus
from ortools.pdlp import solve_log_pb2, solvers_pb2
from ortools.pdlp.python import pdlp

from optimizer.outcome import Clock, Limit, Outcome, Reason, RefusedError
from optimizer.program import Program
from optimizer.solvers.points import breach

FEASIBILITY = 1e-5  # of a row's side: what GLOP's point may break
ACCURACY = 1e-7  # relative residuals and gap at which PDLP stops
NEAR = 1e-4  # of a row's side: what PDLP's point may break
_ENDED = solve_log_pb2.TerminationReason
_IMPOSSIBLE = (
    _ENDED.TERMINATION_REASON_PRIMAL_INFEASIBLE,
    _ENDED.TERMINATION_REASON_PRIMAL_OR_DUAL_INFEASIBLE,
)


class Glop:
    """Solves each program afresh with GLOP, Google's simplex method."""

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of minimising the program within what the clock leaves."""
        _refuse_whole(program, "GLOP")
        if not program.matrix.shape[1]:
            return _empty(program)
        model, solver = ModelBuilderHelper(), ModelSolverHelper("glop")
        fill: Any = model.fill_model_from_sparse_data  # its stub asks for arrays of a shape that none has
        fill(program.lower, program.upper, program.cost, program.row_lower, program.row_upper, program.matrix.tocsr())
        if np.isfinite(clock.left):
            solver.set_time_limit_in_seconds(max(clock.left, 0.01))
        solver.set_solver_specific_parameters(f"random_seed: {1 + clock.limits.seed}")
        with _Watch(solver, clock):
            solver.solve(model)
        return _glop_outcome(solver, program, clock)


class _Watch:
    """Interrupts the solve from a thread of its own when a stop is asked."""

    def __init__(self, solver: ModelSolverHelper, clock: Clock) -> None:
        self._done, self._solver, self._clock = threading.Event(), solver, clock
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def _wait(self) -> None:
        while not self._done.wait(0.05):
            if self._clock.stop.asked:
                self._solver.interrupt_solve()
                return

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def _glop_outcome(solver: ModelSolverHelper, program: Program, clock: Clock) -> Outcome:
    status = solver.status()
    detail = f"GLOP: {status.name} {solver.status_string()}".strip()
    if status == SolveStatus.INFEASIBLE:
        return Outcome(Reason.IMPOSSIBLE, detail=detail)
    cut_short = status in (SolveStatus.FEASIBLE, SolveStatus.NOT_SOLVED, SolveStatus.CANCELLED_BY_USER)
    if cut_short and not solver.has_solution():
        return Outcome(Reason.NO_PLAN, _limit(clock), detail=detail) if clock.over() else _failed(detail)
    if status not in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE):
        return Outcome(Reason.NO_PLAN, _limit(clock), detail=detail) if cut_short and clock.over() else _failed(detail)
    values = np.clip(np.array(solver.variable_values()), program.lower, program.upper)
    prices = np.array(solver.dual_values())
    if (worst := breach(program, values)) > FEASIBILITY:
        if status == SolveStatus.FEASIBLE:
            return Outcome(Reason.NO_PLAN, _limit(clock), detail=f"{detail}, its point breaks a row by {worst:.2g}")
        return _failed(f"{detail}, but its point breaks a row by {worst:.2g}")
    reason, limit = (Reason.OPTIMAL, None) if status == SolveStatus.OPTIMAL else (Reason.FEASIBLE, _limit(clock))
    return Outcome(reason, limit, float(program.cost @ values), values, prices, detail)


class Pdlp:
    """Solves each program afresh with PDLP, a first-order method: near the optimum, not at a corner.

    It stops when residuals and gap are within 1e-7 of the program's size; goals agree with other solvers to
    1e-4 of their scale. A stop is seen between programs only.
    """

    def __init__(self, accuracy: float = ACCURACY) -> None:
        self._accuracy = accuracy

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of minimising the program within what the clock leaves."""
        _refuse_whole(program, "PDLP")
        if not program.matrix.shape[1]:
            return _empty(program)
        result = pdlp.primal_dual_hybrid_gradient(_quadratic(program), self._parameters(clock))
        ended = result.solve_log.termination_reason
        detail = f"PDLP: {_ended_name(ended)}"
        if ended in _IMPOSSIBLE:
            return Outcome(Reason.IMPOSSIBLE, detail=detail)
        if ended == _ENDED.TERMINATION_REASON_TIME_LIMIT:
            return Outcome(Reason.NO_PLAN, Limit.TIME, detail=detail)
        if ended == _ENDED.TERMINATION_REASON_INTERRUPTED_BY_USER:
            return Outcome(Reason.NO_PLAN, Limit.INTERRUPTED, detail=detail)
        if ended != _ENDED.TERMINATION_REASON_OPTIMAL:
            return _failed(detail)
        values = np.clip(np.array(result.primal_solution), program.lower, program.upper)
        if (worst := breach(program, values)) > NEAR:
            return _failed(f"{detail}, but its point breaks a row by {worst:.2g}")
        objective = float(program.cost @ values)
        count = int(result.solve_log.iteration_count)
        return Outcome(Reason.OPTIMAL, None, objective, values, np.array(result.dual_solution), detail, count)

    def _parameters(self, clock: Clock) -> solvers_pb2.PrimalDualHybridGradientParams:
        asked = solvers_pb2.PrimalDualHybridGradientParams()
        criteria = asked.termination_criteria
        criteria.simple_optimality_criteria.eps_optimal_absolute = self._accuracy
        criteria.simple_optimality_criteria.eps_optimal_relative = self._accuracy
        if np.isfinite(clock.left):
            criteria.time_sec_limit = max(clock.left, 0.01)
        asked.num_threads = clock.limits.threads
        asked.presolve_options.use_glop = True
        return asked


def _quadratic(program: Program) -> pdlp.QuadraticProgram:
    asked = pdlp.QuadraticProgram()
    asked.resize_and_initialize(program.matrix.shape[1], program.matrix.shape[0])
    asked.objective_vector = program.cost
    asked.constraint_matrix = sp.csc_matrix(program.matrix)
    asked.constraint_lower_bounds, asked.constraint_upper_bounds = program.row_lower, program.row_upper
    asked.variable_lower_bounds, asked.variable_upper_bounds = program.lower, program.upper
    return asked


def _ended_name(ended: int) -> str:
    names = {number: name for name, number in _ENDED.items()}
    return names.get(ended, str(ended)).removeprefix("TERMINATION_REASON_")


def _limit(clock: Clock) -> Limit:
    return clock.over() or Limit.TIME


def _failed(detail: str) -> Outcome:
    return Outcome(Reason.FAILED, detail=detail)


def _empty(program: Program) -> Outcome:
    """Return the outcome of a program without columns, which the libraries refuse."""
    return Outcome(Reason.OPTIMAL, None, 0.0, np.zeros(0), np.zeros(program.matrix.shape[0]))


def _refuse_whole(program: Program, library: str) -> None:
    if program.whole.any():
        raise RefusedError(f"{library} has no whole columns; relax the program, or use highs or cbc")
