"""What is left of every limit while a plan is made load by load: stock, orders, money, and the network's rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce import Setting

MARGIN = 1e-9  # share of a capacity that is never filled, so that sums of floats stay below it
NOISE = 1e-6  # steps; a room this near to the next step reaches it


@dataclass(frozen=True, eq=False)
class Use:
    """How much one unit takes of which rows."""

    row: np.ndarray
    amount: np.ndarray


class Room:
    """Limits with what is taken of them. Rows: those on what begins, then the capacity rows of the network."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.begun = len(setting.begin.limit)
        self.left = np.concatenate([setting.begin.limit, setting.network.limit * (1.0 - MARGIN)])
        money = np.flatnonzero(setting.begin.kind == "fund")
        self.left[money] *= 1.0 - MARGIN

    @cached_property
    def _of_slices(self) -> sp.csc_matrix:
        return self.setting.begin.use.tocsc()

    def of_slice(self, slice_: int) -> Use:
        """Return what one unit of a slice takes of the rows on what begins."""
        span = slice(self._of_slices.indptr[slice_], self._of_slices.indptr[slice_ + 1])
        return Use(self._of_slices.indices[span], self._of_slices.data[span])

    def units(self, uses: Iterable[Use], step: float) -> float:
        """Return the most units, in whole steps, that all these uses together leave room for."""
        together = summed(uses)
        if not len(together.row):
            return np.inf
        room = float((self.left[together.row] / together.amount).min())
        return max(0.0, float(np.floor(room / step + NOISE))) * step if np.isfinite(room) else np.inf

    def tightest(self, use: Use) -> int:
        """Return the row that leaves least room for this use."""
        return int(use.row[np.argmin(self.left[use.row] / use.amount)])

    def take(self, uses: Iterable[Use], units: float) -> None:
        """Take what so many units need."""
        for use in uses:
            np.subtract.at(self.left, use.row, use.amount * units)


def summed(uses: Iterable[Use]) -> Use:
    """Return the uses of each row added up, without those of nothing."""
    uses = list(uses)
    row = np.concatenate([u.row for u in uses])
    rows, at = np.unique(row, return_inverse=True)
    amount = np.bincount(at, np.concatenate([u.amount for u in uses]), len(rows))
    return Use(rows[amount > 0], amount[amount > 0])
