"""What only a test of a solver library's own words needs to know of it: how to fake a status of its."""

from __future__ import annotations

from typing import Any

import highspy
import pulp
import pytest


def _highs_says(status: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: status)


def _cbc_says(status: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def solve(model: pulp.LpProblem, _: Any) -> int:
        model.sol_status = status
        return 1

    monkeypatch.setattr(pulp.LpProblem, "solve", solve)


# solver → how to make it say a status, and statuses that no table of ours foresees
FOREIGN = {
    "highs": (_highs_says, [highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError]),
    "cbc": (_cbc_says, [99, pulp.LpSolutionUnbounded]),
}
