"""What only a test of a solver library's own words needs to know of it: how to fake a status of its."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import highspy
import pulp
import pytest
from ortools.linear_solver.python.model_builder_helper import ModelSolverHelper, SolveStatus
from ortools.pdlp.python import pdlp

from optimizer.solvers import ortools


def _highs_says(status: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: status)


def _pulp_says(status: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def solve(model: pulp.LpProblem, _: Any) -> int:
        model.sol_status = status
        return 1

    monkeypatch.setattr(pulp.LpProblem, "solve", solve)


def _glop_says(status: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ortools, "ModelSolverHelper", lambda name: _Saying(ModelSolverHelper(name), status))


class _Saying:
    """GLOP's solver with a status of the test's own."""

    def __init__(self, solver: ModelSolverHelper, status: Any) -> None:
        self._solver, self._status = solver, status

    def status(self) -> Any:
        return self._status

    def __getattr__(self, name: str) -> Any:
        return getattr(self._solver, name)


def _pdlp_says(status: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    solve = pdlp.primal_dual_hybrid_gradient

    def saying(program: Any, parameters: Any) -> Any:
        result = solve(program, parameters)
        log = SimpleNamespace(termination_reason=status, iteration_count=0)
        return SimpleNamespace(
            solve_log=log, primal_solution=result.primal_solution, dual_solution=result.dual_solution
        )

    monkeypatch.setattr(pdlp, "primal_dual_hybrid_gradient", saying)


# solver → how to make it say a status, and statuses that no table of ours foresees
FOREIGN = {
    "highs": (_highs_says, [highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError]),
    "cbc": (_pulp_says, [99, pulp.LpSolutionUnbounded, pulp.LpSolutionNoSolutionFound]),
    "pulp-highs": (_pulp_says, [99, pulp.LpSolutionUnbounded, pulp.LpSolutionNoSolutionFound]),
    "glop": (_glop_says, [SolveStatus.ABNORMAL, SolveStatus.UNBOUNDED, SolveStatus.UNKNOWN_STATUS]),
    "pdlp": (_pdlp_says, [6, 7, 99]),  # numerical error, other, none that there is
}
