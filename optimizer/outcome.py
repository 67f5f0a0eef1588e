"""What a solve comes back with: why it stopped, which limit it hit, values, prices and bounds by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from data.plan import Plan
from data.problems import CasemateError
from data.tables import Table


class Reason(StrEnum):
    """Why a solve ended. A status nobody foresaw is FAILED, never a friendlier word."""

    OPTIMAL = "optimal"  # every goal proven within the gap asked for
    FEASIBLE = "feasible"  # a lawful plan, its gap above the one asked for
    NO_PLAN = "no_plan"  # none in time
    IMPOSSIBLE = "impossible"  # the program itself has no solution
    FAILED = "failed"


class Limit(StrEnum):
    """Which limit ended a solve before its proof."""

    TIME = "time"
    ROUNDS = "rounds"
    MEMORY = "memory"
    INTERRUPTED = "interrupted"


class NoPlanError(CasemateError):
    """Something was read from an outcome or an answer that does not hold it."""

    code = "no-plan"


class UnlawfulPlanError(CasemateError):
    """The optimizer made a plan that the verifier refuses: an error of ours, never an answer."""

    code = "unlawful-plan"


class RefusedError(CasemateError):
    """What is asked for is not offered: a method or solver that cannot do it, a limit that makes no sense."""

    code = "refused"


@dataclass(frozen=True)
class Limits:
    """When to stop. `rounds` is a reproducible budget (passes solved); seconds are not."""

    seconds: float | None = None
    gap: float = 1e-4
    rounds: int | None = None
    memory_mb: float | None = None
    threads: int = 1
    seed: int = 0


class Stop:
    """A flag that asks a running solve to stop and keep its best; safe to set from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask the solve to stop."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Return whether the solve was asked to stop."""
        return self._event.is_set()


@dataclass(frozen=True)
class Progress:
    """One line of progress: value and bound are of `goal`; seconds since the solve began."""

    phase: str
    goal: str = ""
    round: int = 0
    value: float | None = None
    bound: float | None = None
    seconds: float = 0.0


OnProgress = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Take no notice of progress."""


class Clock:
    """Seconds since a solve began, against its limits."""

    def __init__(self, limits: Limits, stop: Stop | None = None) -> None:
        self.limits, self.stop, self.began = limits, stop or Stop(), time.monotonic()

    @property
    def elapsed(self) -> float:
        """Return the seconds since the solve began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Return the seconds left, at least 0; infinite without a deadline."""
        return np.inf if self.limits.seconds is None else max(0.0, self.limits.seconds - self.elapsed)

    def over(self) -> Limit | None:
        """Return the limit that is reached, or None."""
        if self.stop.asked:
            return Limit.INTERRUPTED
        return Limit.TIME if self.left <= 0 else None


@dataclass(frozen=True)
class Outcome:
    """What a solver says of one program. Reading what is absent raises NoPlanError."""

    reason: Reason
    limit: Limit | None = None
    objective: float | None = None
    _values: np.ndarray | None = field(default=None, repr=False)
    _prices: np.ndarray | None = field(default=None, repr=False)
    detail: str = ""
    iterations: int = 0

    @property
    def values(self) -> np.ndarray:
        """Return the value of every column of the program."""
        if self._values is None:
            raise NoPlanError(f"the solve ended '{self.reason}' without values ({self.detail})")
        return self._values

    @property
    def prices(self) -> np.ndarray:
        """Return the price of every row: change of the (minimised) objective per unit of its right side."""
        if self._prices is None:
            raise NoPlanError(f"the solve ended '{self.reason}' without prices ({self.detail})")
        return self._prices

    @property
    def has_values(self) -> bool:
        """Return whether there are values to read."""
        return self._values is not None

    @property
    def has_prices(self) -> bool:
        """Return whether there are prices to read."""
        return self._prices is not None


@dataclass(frozen=True)
class Goal:
    """One goal of an answer: its value in the plan, its proven bound, and how far apart they can be.

    gap = (value − bound) / scale; gap_of_value = (value − bound) / value. `proof` is certified, claimed or
    none. `allows` is what every later bound grants this goal: the value reached when it was passed plus 1e-7
    of its scale, or its value in the plan where rounding took it further.
    """

    goal: str
    value: float
    bound: float
    scale: float
    gap: float
    proof: str = "claimed"
    allows: float = float("inf")

    @property
    def gap_of_value(self) -> float:
        """Return (value − bound) / value, 0 where the value is 0."""
        return (self.value - self.bound) / self.value if self.value else 0.0


@dataclass(frozen=True)
class AtLimit:
    """A short need and what stands at its limit on its best paths, in table words."""

    need: str
    short: float
    day: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A lawful plan with the proof of how good it is; picklable, plain values only."""

    plan: Plan
    reason: Reason
    limit: Limit | None
    method: str
    solver: str
    goals: tuple[Goal, ...]
    timings: Mapping[str, float]
    shortfalls: tuple[AtLimit, ...] = ()
    notes: tuple[str, ...] = ()
    certificate: Table | None = None  # the prices behind the bounds, for `data.certify`

    @property
    def gap(self) -> float:
        """Return the largest gap over all goals but shipments."""
        return max((g.gap for g in self.goals if g.goal != "shipments"), default=0.0)
