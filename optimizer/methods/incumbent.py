"""The best lawful plan so far: made from solved paths on the grid, scored, and compared with another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from data.plan import Plan
from data.plan_tables import complete
from data.score import Score, score
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths, tables
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.repair import MARGINS, Grid, make_lawful

SLACK = 1e-7  # of a goal's scale: the only thing a lower goal may buy
LOSS = 1e-3  # of scales: the most that rounding may take from earlier goals
WORTH = 10.0  # what a goal must gain for each part that rounding takes from earlier ones


@dataclass
class Incumbent:
    """The best lawful plan so far, its paths, and every path met on the way to it."""

    paths: Paths
    plan: Plan
    score: Score
    met: Paths


def incumbent_of(
    setting: Setting, paths: Paths, met: Paths, grid: Grid = Grid.LAWFUL, margin: float = 0.0, more: bool = True
) -> Incumbent:
    """Return the plan on the grid nearest below these paths, scored; it is lawful if the grid is."""
    lawful = make_lawful(Master.of(setting, paths), grid, margin, more)
    plan = complete(setting.theatre, setting.scenario, *tables(setting, lawful))
    return Incumbent(lawful, plan, score(setting.theatre, setting.scenario, plan), met.together(paths))


def ever_safer(setting: Setting, first: Incumbent) -> Iterator[Incumbent]:
    """Yield an incumbent, then the same paths with ever more margin, for what breaks a rule by the noise of floats."""
    yield first
    for margin in MARGINS:
        yield incumbent_of(setting, first.paths, first.met, margin=margin, more=False)


def preferred(new: Score, old: Score, allowed: Mapping[str, float] | None = None) -> bool:
    """Return whether a plan is lexicographically better, but for what rounding takes from earlier goals.

    What is below the value `allowed` to a goal is no gain: a later goal may have taken it for good.
    """
    over, allowed = 0.0, allowed or {}
    for name, value in new.objectives.items():
        least = allowed.get(name, -np.inf)
        gained = (max(old.objectives[name], least) - max(value, least)) / new.scales[name]
        if gained > max(SLACK, WORTH * over):
            return True
        over += max(0.0, -gained)
        if over > LOSS:
            return False
    return False
