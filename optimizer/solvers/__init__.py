"""The solver libraries, each behind the same protocol, and what each can do."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.outcome import RefusedError
from optimizer.program import Master, Solver


@dataclass(frozen=True)
class Capability:
    """What a solver can do; tests build their parameters from this table."""

    whole: bool
    prices: bool
    warm: bool


SOLVERS = {
    "highs": Capability(whole=True, prices=True, warm=True),
    "cbc": Capability(whole=True, prices=True, warm=False),
}


def solver(name: str) -> Solver:
    """Return a fresh solver of that name; RefusedError for a name that is not offered."""
    if name == "highs":
        from optimizer.solvers.highs import Highs

        return Highs()
    if name == "cbc":
        from optimizer.solvers.pulp import Cbc

        return Cbc()
    raise RefusedError(f"no solver '{name}'; use one of: {', '.join(SOLVERS)}")


def master() -> Master:
    """Return a fresh master for the column method."""
    from optimizer.solvers.highs import HighsMaster

    return HighsMaster()


__all__ = ["SOLVERS", "Capability", "master", "solver"]
