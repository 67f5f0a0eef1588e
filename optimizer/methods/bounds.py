"""A proven lower bound from any prices: weak duality, with the solver trusted in nothing.

For min c·x, row_lower ≤ Ax ≤ row_upper, 0 ≤ x ≤ upper and any y with the right signs,
    Σ_i y_i · (side of row i) + Σ_j min(0, c_j − (Aᵀy)_j) · upper_j
is at most the optimum. Prices of the wrong sign are set to 0. Columns without a bound of their own take the
one that the theatre implies: no flow exceeds what all slices of its commodity hold.
"""

from __future__ import annotations

import numpy as np

from optimizer.program import Program


def price_bound(program: Program, prices: np.ndarray, implied: np.ndarray) -> float:
    """Return the bound these prices prove; −inf if a column that needs one has no bound."""
    y = np.where(np.isinf(program.row_lower) & (prices > 0), 0.0, prices)
    y = np.where(np.isinf(program.row_upper) & (y < 0), 0.0, y)
    side = np.where(y > 0, program.row_lower, program.row_upper)
    active = y != 0
    reduced = program.cost - program.matrix.T @ y
    upper = np.minimum(program.upper, implied)
    low = reduced < 0
    return float((y[active] * side[active]).sum() + (reduced[low] * upper[low]).sum())
