"""CBC through PuLP: the portable second opinion.

| PuLP sol_status                    | reason     |
|------------------------------------|------------|
| LpSolutionOptimal                  | optimal    |
| LpSolutionIntegerFeasible          | feasible, limit time |
| LpSolutionInfeasible               | impossible |
| LpSolutionNoSolutionFound          | no_plan, limit time  |
| LpSolutionUnbounded, anything else | failed     |

NB: PuLP's `LpStatus` says "Optimal" when a time limit cut the solve short; only `sol_status` tells, and for
a linear program cut short CBC hands back a point that may break rows, so every point is checked here.
"""

from __future__ import annotations

import numpy as np
import pulp

from optimizer.outcome import Clock, Limit, Outcome, Reason
from optimizer.program import Program

FEASIBILITY = 1e-5  # t, of a row; CBC's own tolerance is 1e-6 before unscaling


class Cbc:
    """Solves each program afresh with the CBC that PuLP carries."""

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of minimising the program within what the clock leaves."""
        model, variables, constraints = _model(program)
        seconds = None if np.isinf(clock.left) else max(clock.left, 0.1)
        # NB: PuLP warns of PULP_CBC_CMD itself, which its 4.0 will drop; the program it carries is the same
        cbc = pulp.PULP_CBC_CMD.pulp_cbc_path
        command = pulp.COIN_CMD(path=cbc, msg=False, timeLimit=seconds, threads=clock.limits.threads)
        try:
            model.solve(command)
        except pulp.PulpSolverError as error:
            return Outcome(Reason.FAILED, detail=f"CBC: {error}")
        return _outcome(program, model, variables, constraints, clock)


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
    program: Program,
    model: pulp.LpProblem,
    variables: list[pulp.LpVariable],
    constraints: list[pulp.LpConstraint],
    clock: Clock,
) -> Outcome:
    detail = f"CBC: {pulp.LpSolution.get(model.sol_status, model.sol_status)}"
    if model.sol_status == pulp.LpSolutionInfeasible and clock.left > 0:
        return Outcome(Reason.IMPOSSIBLE, detail=detail)
    late = clock.left <= 0
    if model.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible) or late:
        known = (pulp.LpSolutionNoSolutionFound, pulp.LpSolutionInfeasible, pulp.LpSolutionOptimal)
        if late or model.sol_status in known:
            return Outcome(Reason.NO_PLAN, Limit.TIME, detail=detail)
        return Outcome(Reason.FAILED, detail=detail)
    values = np.array([v.varValue or 0.0 for v in variables])
    if _worst(program, values) > FEASIBILITY:
        return Outcome(
            Reason.FAILED, detail=f"{detail}, but its point breaks a row by {_worst(program, values):.2g}"
        )
    prices = None if program.whole.any() else np.array([c.pi or 0.0 for c in constraints])
    whole = model.sol_status == pulp.LpSolutionOptimal
    reason, limit = (Reason.OPTIMAL, None) if whole else (Reason.FEASIBLE, Limit.TIME)
    return Outcome(reason, limit, float(program.cost @ values), values, prices, detail)


def _worst(program: Program, values: np.ndarray) -> float:
    """Return the largest breach of a row or bound, relative to the size of its side."""
    activity = program.matrix @ values
    low = np.where(np.isfinite(program.row_lower), program.row_lower, activity)
    high = np.where(np.isfinite(program.row_upper), program.row_upper, activity)
    over = np.maximum((activity - high) / (1 + np.abs(high)), (low - activity) / (1 + np.abs(low)))
    bounds = np.maximum(program.lower - values, values - program.upper)
    return float(max(over.max(initial=0.0), bounds.max(initial=0.0)))
