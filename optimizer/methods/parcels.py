"""The column method where some needs come in parcels: all that a work takes, or nothing of it, is of use.

After a goal of parcels is passed, those that are not whole are given up a part at a time, the least complete first,
and the goal is passed again: what they had goes to others. What is kept is whole, so that later goals keep it so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.columns import Columns
from optimizer.methods.engine import Found
from optimizer.methods.questions import Question
from optimizer.outcome import Clock, OnProgress, Reason
from optimizer.program import Master

WHOLE = 0.9985  # share of each of its needs from which a parcel is whole: needs ask for a little more than works take
MOST = 12  # turns of giving up, for one goal
SPARE = 4e-4  # of the least weight of a parcel: how well a goal of parcels is solved, and kept
PART = 0.5  # of the parcels that are not whole, given up in one turn


@dataclass(frozen=True)
class Parcel:
    """The needs of one work by position, the goal that counts them, and the parcels that are of no use without it."""

    goal: str
    needs: tuple[int, ...]
    following: tuple[str, ...] = ()


class ColumnsOfParcels(Columns):
    """The column method that delivers parcels whole or not at all."""

    def __init__(self, setting: Setting, master: Master, parcels: Mapping[str, Parcel]) -> None:
        super().__init__(setting, master)
        self.parcels = parcels

    def minimise(
        self, goal: str, carried: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found:
        """Return the best found for a goal; of a goal of parcels, with whole ones alone. Its bound is of parts."""
        own = {name for name, parcel in self.parcels.items() if parcel.goal == goal}
        own = {name for name in own if not self._given_up(name)}
        if not own:
            return super().minimise(goal, carried, target, clock, on_progress)
        worth = self._least(goal)
        found = super().minimise(goal, carried, min(target, SPARE * worth), clock, on_progress)
        bounds = found.bounds
        for turn in range(MOST):
            broken = self.broken(found.paths, own)
            if not broken or found.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
                break
            last = turn == MOST - 1 or clock.over() is not None
            self._give_up(broken if last else broken[: max(1, int(PART * len(broken)))])
            again = super().minimise(goal, carried, min(target, SPARE * worth), clock, on_progress)
            if again.paths is None:
                break
            found = again
        return replace(found, bounds=bounds)

    def ask(self, goal: str, carried: Mapping[str, float]) -> Question:
        """Return the question of a goal; goals of parcels before it have some room, without which it is a hard one."""
        room = {name: SPARE * self._least(name) for name in {parcel.goal for parcel in self.parcels.values()}}
        return super().ask(goal, {name: limit + room.get(name, 0.0) for name, limit in carried.items()})

    def _least(self, goal: str) -> float:
        return min(self._worth(name) for name, parcel in self.parcels.items() if parcel.goal == goal)

    def kept(self) -> set[str]:
        """Return the parcels that are not given up."""
        return {name for name in self.parcels if not self._given_up(name)}

    def _given_up(self, name: str) -> bool:
        return bool(self.terms.given_up[list(self.parcels[name].needs)].any())

    def _worth(self, name: str) -> float:
        needs = list(self.parcels[name].needs)
        return float(self.setting.needs.short_weight[needs] @ self.setting.needs.size[needs])

    def broken(self, paths: Paths | None, own: Iterable[str]) -> list[str]:
        """Return the parcels of these that are not given up and not whole, the least complete and least worth first."""
        needs, got = self.setting.needs, np.zeros(len(self.setting.needs.size))
        if paths is not None:
            credit = needs.unit[paths.need] / needs.ratio(paths.need, paths.item) * paths.quantity
            np.add.at(got, paths.need, credit / needs.size[paths.need])
        part = {name: float(got[list(self.parcels[name].needs)].min()) for name in own if not self._given_up(name)}
        broken = [name for name, share in part.items() if share < WHOLE]
        return sorted(broken, key=lambda name: (part[name], self._worth(name), name))

    def _give_up(self, names: Sequence[str]) -> None:
        for name in names:
            if not self._given_up(name):
                self.terms.given_up[list(self.parcels[name].needs)] = True
                self._give_up([f for f in self.parcels[name].following if f in self.parcels])
