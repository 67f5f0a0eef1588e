"""What a method is to the passes over the goals, and what it hands back: paths, their value, and bounds by prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from data.certify import Price
from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.setting import Setting
from optimizer.outcome import Clock, Limit, OnProgress, Reason


@dataclass(frozen=True, eq=False)
class Dual:
    """The prices ≥ 0 that prove a bound, of the goal itself: of an engine's own rows, and of rows by name."""

    rows: np.ndarray
    price: np.ndarray
    named: Mapping[str, float]


@dataclass(frozen=True)
class Bound:
    """No plan that keeps every earlier goal j within limit_j has the goal below constant − Σ weight_j · limit_j."""

    constant: float
    weights: Mapping[str, float]
    dual: Dual | None = field(default=None, compare=False)

    def at(self, limits: Mapping[str, float]) -> float:
        """Return the bound under these limits of the earlier goals."""
        return self.constant - sum(weight * limits[name] for name, weight in self.weights.items() if weight)


@dataclass(frozen=True)
class Found:
    """What an engine found for one goal: paths with the engine's own value of it, and every bound it proved."""

    reason: Reason
    limit: Limit | None = None
    paths: Paths | None = None
    value: float | None = None
    bounds: tuple[Bound, ...] = ()
    detail: str = ""
    over: float = 0.0  # how far above its limit the paths may have each earlier goal, in shares of its scale
    error: float = 0.0  # how far below any plan's the value may be: an interior point keeps rows only nearly


class Engine(Protocol):
    """Minimises one goal while every carried goal stays within its limit."""

    name: str

    @property
    def setting(self) -> Setting:
        """Return the setting whose goals it minimises."""
        ...

    def minimise(
        self, goal: str, carried: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found:
        """Return what was found; good enough is a value proven within `target` of its bound."""
        ...

    def settle(self, clock: Clock) -> Found | None:
        """Return the last goal's plan with fewer paths, if the engine can; None if there is nothing to gain."""
        ...

    def bound(self, goal: str, carried: Mapping[str, float], dual: Dual) -> Bound:
        """Return what these prices prove of a goal; they may come from elsewhere."""
        ...

    def prices(self, dual: Dual) -> list[Price]:
        """Return the prices of a bound in table words, as a certificate has them."""
        ...


@dataclass(frozen=True, eq=False)
class Start:
    """Where passes may begin: the paths of a plan, those met on the way to it, and the prices that proved each goal."""

    paths: Paths
    met: Paths
    duals: Mapping[str, Dual]
    whole: Paths | None = None  # of the plan in whole units, where that is another one
