"""A solver's point against the program itself: a status is believed only of a point that keeps the rows."""

from __future__ import annotations

import numpy as np

from optimizer.program import Program


def breach(program: Program, values: np.ndarray) -> float:
    """Return by how much the values break a row or a bound at worst, relative to the size of its side."""
    activity = program.matrix @ values
    low = np.where(np.isfinite(program.row_lower), program.row_lower, activity)
    high = np.where(np.isfinite(program.row_upper), program.row_upper, activity)
    over = np.maximum((activity - high) / (1 + np.abs(high)), (low - activity) / (1 + np.abs(low)))
    bounds = np.maximum(program.lower - values, values - program.upper)
    return float(max(over.max(initial=0.0), bounds.max(initial=0.0)))
