"""The solver libraries, each behind the same protocol, and what each can do."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.outcome import RefusedError
from optimizer.program import Master, Solver


@dataclass(frozen=True)
class Capability:
    """What a solver can do; tests build their parameters from this table.

    `accuracy` is how near to the optimum of a goal its answer lies, in shares of the goal's scale.
    """

    whole: bool
    prices: bool
    warm: bool
    accuracy: float = 1e-6


SOLVERS = {
    "highs": Capability(whole=True, prices=True, warm=True),
    "cbc": Capability(whole=True, prices=True, warm=False),
    "pulp-highs": Capability(whole=True, prices=True, warm=False),
    "glop": Capability(whole=False, prices=True, warm=False),
    "pdlp": Capability(whole=False, prices=True, warm=False, accuracy=1e-4),
}


def solver(name: str) -> Solver:
    """Return a fresh solver of that name; RefusedError for a name that is not offered."""
    if name == "highs":
        from optimizer.solvers.highs import Highs

        return Highs()
    if name in ("cbc", "pulp-highs"):
        from optimizer.solvers.pulp import Cbc, PulpHighs

        return Cbc() if name == "cbc" else PulpHighs()
    if name in ("glop", "pdlp"):  # OR-Tools takes a second or two to import: only where it is asked for
        from optimizer.solvers.ortools import Glop, Pdlp

        return Glop() if name == "glop" else Pdlp()
    raise RefusedError(f"no solver '{name}'; use one of: {', '.join(SOLVERS)}")


def master() -> Master:
    """Return a fresh master for the column method."""
    from optimizer.solvers.highs import HighsMaster

    return HighsMaster()


__all__ = ["SOLVERS", "Capability", "master", "solver"]
