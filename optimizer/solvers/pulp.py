"""PuLP with CBC and PuLP with HiGHS: the portable second opinions.

| PuLP sol_status           | reason                | limit                          |
|---------------------------|-----------------------|--------------------------------|
| LpSolutionOptimal         | optimal               | (time: whole columns, time up) |
| LpSolutionIntegerFeasible | feasible              | time                           |
| LpSolutionInfeasible      | impossible            | (no_plan, time: the time is up)|
| LpSolutionNoSolutionFound | no_plan if time is up | time                           |
| anything else             | failed                |                                |

NB: PuLP's `LpStatus` says "Optimal" when a time limit cut the solve short; only `sol_status` tells, and of a
linear program cut short both libraries hand back points that may break rows: every point is checked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pulp

from optimizer.outcome import Clock, Limit, Outcome, Reason
from optimizer.program import Program
from optimizer.solvers.cbc_command import ExactCbc
from optimizer.solvers.highs import Quiet
from optimizer.solvers.points import breach

FEASIBILITY = 1e-5  # t, of a row; the libraries' own tolerances are 1e-6 and 1e-7 before unscaling
UP = 0.95  # share of the seconds given after which "nothing found" means that time is up


class _Pulp:
    """Solves each program afresh by a library that PuLP speaks to. A stop is seen between programs only."""

    library = ""

    def command(self, seconds: float | None, clock: Clock) -> Any:
        """Return PuLP's word for the library, with its limits."""
        raise NotImplementedError

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of minimising the program within what the clock leaves."""
        before = clock.elapsed
        model, variables, constraints = _model(program)
        seconds = None if np.isinf(clock.left) else max(clock.left, 0.1)
        try:
            model.solve(self.command(seconds, clock))
        except (pulp.PulpSolverError, KeyError) as error:  # PuLP looks statuses up in a table that lacks some
            return Outcome(Reason.FAILED, detail=f"{self.library}: {error}")
        used = clock.elapsed - before
        up = clock.left <= 0 or (seconds is not None and used >= UP * seconds)
        return _outcome(self.library, program, model, variables, constraints, clock, up)


class Cbc(_Pulp):
    """CBC, the program that PuLP carries, in a process of its own; `options` are words of its command line."""

    library = "CBC"

    def __init__(self, options: Sequence[str] = ()) -> None:
        self._options = list(options)

    def command(self, seconds: float | None, clock: Clock) -> Any:
        """Return the command of CBC."""
        # NB: PuLP warns of PULP_CBC_CMD itself, which its 4.0 will drop; the program it carries is the same
        path = pulp.PULP_CBC_CMD.pulp_cbc_path
        threads = clock.limits.threads
        return ExactCbc(path=path, msg=False, timeLimit=seconds, threads=threads, options=self._options)


class PulpHighs(_Pulp):
    """HiGHS in this process, its model built by PuLP row by row."""

    library = "HiGHS by PuLP"

    def command(self, seconds: float | None, clock: Clock) -> Any:
        """Return the command of HiGHS."""
        limits = clock.limits
        return _SilentHighs(msg=False, timeLimit=seconds, threads=limits.threads, random_seed=limits.seed)


class _SilentHighs(pulp.HiGHS):
    """PuLP's HiGHS without the banner that HiGHS prints before PuLP can ask for silence."""

    def createAndConfigureSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802 - named by PuLP
        """Give the model an instance that prints nothing, with PuLP's limits."""
        lp.solverModel = Quiet()
        options = {"threads": self.threads, "time_limit": self.timeLimit, **self.optionsDict}
        for name, value in options.items():
            if value is not None:
                lp.solverModel.setOptionValue(name, value)


def _model(program: Program) -> tuple[pulp.LpProblem, list[pulp.LpVariable], list[pulp.LpConstraint]]:
    model = pulp.LpProblem("casemate", pulp.LpMinimize)
    upper = [None if np.isinf(u) else float(u) for u in program.upper]
    variables = [
        model.add_variable(f"x{j}", float(low), up, pulp.LpInteger if whole else pulp.LpContinuous)
        for j, (low, up, whole) in enumerate(zip(program.lower, upper, program.whole, strict=True))
    ]
    used = np.flatnonzero(program.cost)
    model += pulp.LpAffineExpression([(variables[j], float(program.cost[j])) for j in used])
    matrix = program.matrix.tocsr()
    constraints = []
    for i, (low, high) in enumerate(zip(program.row_lower, program.row_upper, strict=True)):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        terms = [
            (variables[j], float(v)) for j, v in zip(matrix.indices[span], matrix.data[span], strict=True)
        ]
        sense, side = _side(float(low), float(high))
        constraint = pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, f"r{i}", side)
        model.addConstraint(constraint)
        constraints.append(constraint)
    return model, variables, constraints


def _side(low: float, high: float) -> tuple[int, float]:
    if low == high:
        return pulp.LpConstraintEQ, high
    if np.isinf(low):
        return pulp.LpConstraintLE, high
    if np.isinf(high):
        return pulp.LpConstraintGE, low
    raise ValueError(f"a row with two different sides ({low:g}, {high:g}) has no PuLP form; split it")


def _outcome(
    library: str,
    program: Program,
    model: pulp.LpProblem,
    variables: list[pulp.LpVariable],
    constraints: list[pulp.LpConstraint],
    clock: Clock,
    up: bool,
) -> Outcome:
    detail = f"{library}: {pulp.LpSolution.get(model.sol_status, model.sol_status)}"
    if model.sol_status == pulp.LpSolutionInfeasible and not up:
        return Outcome(Reason.IMPOSSIBLE, detail=detail)
    late = clock.left <= 0
    known = (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    if model.sol_status not in known or late:
        nothing = (*known, pulp.LpSolutionNoSolutionFound, pulp.LpSolutionInfeasible)
        if up and model.sol_status in nothing:
            return Outcome(Reason.NO_PLAN, Limit.TIME, detail=detail)
        return Outcome(Reason.FAILED, detail=detail)
    values = np.array([v.varValue or 0.0 for v in variables])
    # NB: CBC may call a search that its seconds ended optimal
    optimal = model.sol_status == pulp.LpSolutionOptimal and not (up and program.whole.any())
    if (worst := breach(program, values)) > FEASIBILITY:
        if not optimal and up:
            return Outcome(Reason.NO_PLAN, Limit.TIME, detail=f"{detail}, its point breaks a row by {worst:.2g}")
        return Outcome(Reason.FAILED, detail=f"{detail}, but its point breaks a row by {worst:.2g}")
    prices = None if program.whole.any() else np.array([c.pi or 0.0 for c in constraints])
    reason, limit = (Reason.OPTIMAL, None) if optimal else (Reason.FEASIBLE, Limit.TIME)
    return Outcome(reason, limit, float(program.cost @ values), values, prices, detail)
