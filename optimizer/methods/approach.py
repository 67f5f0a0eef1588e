"""The rounds of the column method for large programs: first-order steps on a master that has all rows, then exact ones.

Earlier goals are weights in the cost, not rows (`weighted.py`). A round takes some steps, prices all commodities at
where they lead, proves a bound, and enters the best column of every need. When rounds have become slow beside what is
missing, the master is solved by interior point (`weighted_master.py`): its flow keeps every row and is answered where
it takes no more than a little from earlier goals, and its prices say what those weigh. The next steps begin there, and
what entered since is soon priced right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.pricing import Labels
from optimizer.formulations.reinforce.terms import Load, Terms
from optimizer.methods.best import Best
from optimizer.methods.engine import Found
from optimizer.methods.greedy import fit
from optimizer.methods.questions import MasterProgram, Question
from optimizer.methods.walk import Walk
from optimizer.methods.weighted import Weighted
from optimizer.methods.weighted_master import land
from optimizer.outcome import Clock, OnProgress, Progress, Reason
from optimizer.program import Master

STEPS = 200  # first-order steps of a round
HEAVY = 5.0  # weight of an earlier goal at first, both goals being about 1
HEAVIEST = 1e12  # that of an earlier goal, beyond which this method is given up
NEAR = 20.0  # times the gap that is good enough: nearer, one solved master follows the other while that helps
LITTLE = 4.0  # times the gap that is good enough: a bound that stands still within it is left there at once
SLOW = 0.3  # of what is missing: a smaller rise of the last rounds is not worth their time,
LAST = 6  # these between two solved masters, and
LAST_FIRST = 12  # these before the first: a master of few columns takes long and proves nothing
MOST = 8  # rounds between two solved masters, and
MOST_FIRST = 25  # before the first
FIRST = 3  # columns a need gets after a master is solved
ROOM = 0.1  # of the gap asked for, in scales: the most that a goal may take from an earlier one,
SLIGHT = 0.05  # and more of that, the accuracy of a solved master
OWN = 3.0  # times that: the most that the delay of a tier may take from what the tier is short
THROUGH = 0.5  # times that: how far what is taken from an earlier goal may move the bound of a goal between
LOSS = 1e-3  # of its size: the most that a flow at a deadline may take from an earlier goal
WORTH = 10.0  # what it must gain for each part that it takes
MOST_ROUNDS = 300  # of one goal

Price = Callable[[Question, MasterProgram, np.ndarray], tuple[float, np.ndarray, Labels]]
Enter = Callable[[np.ndarray, Labels, np.ndarray, int], int]


@dataclass
class Pass:
    """What the rounds of one goal know: the question with its weights, the best so far, and how the rounds go."""

    best: Best
    weighted: Weighted
    over: Mapping[str, float]  # how far above (below: negative) its limit the best flow has each
    rises: list[float]  # of the bound, by the last solved master and round by round since
    kept: np.ndarray  # a flow that keeps what is asked, before there is a best one
    landed: int = 0  # masters solved
    before: float = -np.inf  # bound when the last one was
    reached: float = np.inf  # value with weights where the walk is, or was when the last master was solved
    still: int = 0  # masters solved near the end since one has brought anything
    fits: bool = False  # whether the last solved master takes no more than that from any earlier goal

    def done(self, target: float) -> bool:
        """Return whether the best flow is good enough, or the master is and what is left is earlier goals' slack."""
        return self.gap() <= target or (self.fits and self.reached - self.best.bound <= target)

    def gap(self) -> float:
        """Return the gap of the best flow: its bound holds for what it takes from earlier goals."""
        limits = {term.name: limit + self.over.get(term.name, 0.0) for term, limit in self.best.question.rows}
        return self.best.value - max((bound.at(limits) for bound in self.best.proven), default=-np.inf)

    def stands(self, target: float) -> bool:
        """Return whether solved masters bring nothing any more: there numbers end, soon where little is missing."""
        return self.still > 1 or (self.still == 1 and self.gap() <= LITTLE * target)

    def near(self, target: float) -> bool:
        """Return whether a master has been solved and the bound is near it."""
        return self.landed > 0 and self.reached - self.best.bound <= NEAR * target

    def slow(self, target: float) -> bool:
        """Return whether it is time to solve the master: near the end always, or if rounds bring little."""
        rounds = len(self.rises)
        if self.near(target) and rounds == 1 and self.rises[0] > 0:
            return True
        last, most = (LAST, MOST) if self.landed else (LAST_FIRST, MOST_FIRST)
        if rounds < last:
            return False
        missing = self.reached - self.best.bound
        return sum(self.rises[-last:]) < SLOW * missing or rounds >= most


class Approach:
    """Minimises goals of one setting; `price` and `enter` are those of the method, `solver` solves masters exactly."""

    def __init__(self, pool: Pool, terms: Terms, price: Price, enter: Enter, solver: Master) -> None:
        self.pool, self.terms, self.price, self.enter, self.solver = pool, terms, price, enter, solver
        self.walk = Walk()
        self._weighed_by: dict[str, dict[str, float]] = {}  # by goal, the last one last, its weights of earlier ones
        self._known = False  # whether a master of the last goal was solved, and so its weights are more than a guess

    def suggest(self, flow: np.ndarray) -> None:
        """Take a flow, one entry a column of the pool, as where the next steps begin."""
        self.walk.flow = flow.copy()

    def minimise(
        self, best: Best, kept: np.ndarray, sizes: Mapping[str, float], target: float, clock: Clock,
        on_progress: OnProgress,
    ) -> Found | None:  # fmt: skip
        """Return the best found for a goal; None if a master cannot be solved.

        `kept` is a flow that keeps what is asked, `sizes` has about how large the goal and every earlier one are.
        """
        goal, part = best.question.goal.name, ROOM * clock.limits.gap
        weights, room = self._weights(goal, sizes), self._room(goal, sizes, part)
        run = Pass(best, Weighted.of(best.question, weights, room), {}, [], kept)
        if best.flow is not None:
            run.over = self._values(run, best.flow)[1]
        self._weighed_by.pop(goal, None)  # it is the last one now
        self._known = False
        self.walk.turn()
        for turn in range(MOST_ROUNDS):
            if run.slow(target):
                if not self._land(run, target, clock) and clock.over() is None:
                    return None
            else:
                self._step(run, clock)
            self._weighed_by[goal] = run.weighted.weights
            if any(weight * sizes[name] > HEAVIEST * sizes[goal] for name, weight in run.weighted.weights.items()):
                return None  # no number holds it any more
            on_progress(Progress("columns", goal, turn + 1, best.value, best.bound, clock.elapsed))
            if run.done(target) or run.stands(target):
                return best.found(self.pool, Reason.OPTIMAL, None, over=OWN * part)
            if (limit := clock.over()) is not None:
                self._rescue(run, fit(self.pool, self.walk.flow))
                return best.found(self.pool, Reason.FEASIBLE, limit, over=OWN * part)
        return None

    def _weights(self, goal: str, sizes: Mapping[str, float]) -> dict[str, float]:
        """Return first weights of earlier goals: what outweighs the last goal outweighs this one through it."""
        before, known = next(reversed(self._weighed_by.items()), ("", {}))
        through = HEAVY * sizes[goal] / sizes[before] if before in sizes and self._known else 0.0
        earlier = {name: size for name, size in sizes.items() if name != goal}
        return {name: max(HEAVY * sizes[goal] / size, through * known.get(name, 0.0)) for name, size in earlier.items()}

    def _room(self, goal: str, sizes: Mapping[str, float], part: float) -> dict[str, float]:
        """Return how far each earlier goal may be above its limit: by a part of its size at most.

        Nor by more than what moves the bound of a goal between the two by that part of its own: it holds for what
        the plan takes from goals before it, times their weight. The delay of a tier may take more of what it is short.
        """
        earlier = [name for name in sizes if name != goal]
        own, weighed = goal.replace("delay", "short"), [(sizes[k], self._weighed_by.get(k, {})) for k in earlier]
        most = {name: [(OWN if name == own else 1.0) * sizes[name]] for name in earlier}
        for size, known in weighed:
            for name in earlier:
                if name in known:
                    most[name].append(THROUGH * size / known[name])
        return {name: part * min(limits) for name, limits in most.items()}

    def _step(self, run: Pass, clock: Clock) -> None:
        """Take a round of steps, prove a bound at their prices, and let the best column of every need enter."""
        master = self.walk.go(run.weighted, self.pool, self.terms, STEPS, clock)
        before = run.best.bound
        if not run.landed:
            run.reached = self._weighed(run, self.walk.flow)
        self._try(run, shrunk(self.pool, self.walk.flow))
        self._priced(run, master, np.zeros(master.need_rows), 1)
        run.rises.append(run.best.bound - before if np.isfinite(before) else np.inf)

    def _land(self, run: Pass, target: float, clock: Clock) -> bool:
        """Solve the master, keep its flow if it is good, and give weight to what it takes too much from."""
        near = run.near(target)
        kept = run.kept if run.best.flow is None else run.best.flow
        landed = land(self.walk, run.weighted, kept, self.pool, self.terms, self.solver, target, clock, near)
        if landed is None:
            return False
        master, run.weighted = landed
        flow, before = self.walk.flow.copy(), run.best.bound
        run.reached = self._weighed(run, flow)
        run.landed += 1
        over = self._values(run, flow)[1]
        run.fits = all(much <= run.weighted.room[name] * (1 + SLIGHT) for name, much in over.items())
        self._try(run, shrunk(self.pool, flow), always=run.fits)
        if not run.fits:
            self._try(run, fit(self.pool, flow))
        self._priced(run, master, self.walk.needs * run.weighted.question.factor, FIRST)
        self._known = True
        nothing = run.best.bound - run.before < SLOW * (run.reached - run.best.bound)
        run.still, run.before = (run.still + 1 if near and nothing else 0), run.best.bound
        run.rises = [run.best.bound - before]
        return True

    def _priced(self, run: Pass, master: MasterProgram, needs: np.ndarray, most: int) -> None:
        y = self.walk.prices(master, run.weighted)
        bound, reduced, labels = self.price(run.best.question, master, y)
        run.best.prove(bound, master, y)
        self.enter(reduced, labels, needs, most)
        self.walk.grow(self.pool)

    def _values(self, run: Pass, flow: np.ndarray) -> tuple[float, dict[str, float]]:
        """Return the goal's value at a flow, and how far above its limit (below: negative) every earlier goal is."""
        load, weighted = self.pool.load.take(np.arange(len(flow))), run.weighted
        further = weighted.least_further(self.terms, load, flow)
        value = weighted.value(weighted.question.goal, self.terms, load, flow, further)
        return value, weighted.over(self.terms, load, flow, further)

    def _weighed(self, run: Pass, flow: np.ndarray) -> float:
        value, over = self._values(run, flow)
        return value + sum(run.weighted.weights[name] * much for name, much in over.items())

    def _try(self, run: Pass, flow: np.ndarray, always: bool = False) -> None:
        """Keep a flow that keeps every row if it takes no more than is allowed and is better, or always."""
        value, over = self._values(run, flow)
        weights = run.weighted.weights
        if any(much > run.weighted.room[name] * (1 + SLIGHT) for name, much in over.items()):
            return
        before = run.best.value + sum(weights[name] * much for name, much in run.over.items())
        if always or value + sum(weights[name] * much for name, much in over.items()) < before:
            run.best.value, run.best.flow, run.over = value, flow, over

    def _rescue(self, run: Pass, flow: np.ndarray) -> None:
        """Keep a flow at a deadline if it gains much for what it takes from earlier goals."""
        value, over = self._values(run, flow)
        lost = sum(max(0.0, much) * run.weighted.weights[name] for name, much in over.items()) / HEAVY
        size = max(1e-12, abs(run.best.value) if np.isfinite(run.best.value) else abs(value))
        if value + WORTH * lost < run.best.value and lost <= LOSS * size:
            run.best.value, run.best.flow = value, flow


def shrunk(pool: Pool, flow: np.ndarray) -> np.ndarray:
    """Return a flow with less on every column that uses an overfull row or serves an overserved need: it keeps all."""
    limit, needs, load = pool.rows.limit, pool.setting.needs, pool.load
    used = (pool.use @ flow) / np.where(limit > 0, limit, 1.0)
    over = np.maximum(used, 1.0)
    size = np.diff(pool.use.indptr)
    worst = np.ones(len(pool))
    some = np.flatnonzero(size)
    worst[some] = np.maximum.reduceat(over[pool.use.indices], pool.use.indptr[some])
    served = np.bincount(load.need, load.credit * flow, len(needs.size)) / needs.size
    return flow / np.maximum(worst, np.maximum(served, 1.0)[load.need])


def sizes(terms: Terms, load: Load, goals: Mapping[str, float]) -> dict[str, float]:
    """Return about how large each goal may be: what loads may bring to it, or the limit of a goal after the tiers."""
    out, setting = {}, terms.setting
    for name, limit in goals.items():
        term, each = terms.goal(name), np.zeros(len(setting.needs.size))
        np.maximum.at(each, load.need, np.abs(terms.on(term, load)) * setting.needs.size[load.need] / load.credit)
        kinds = {further[:5] for further in term.further}
        size = float(each.sum()) + ("worst" in kinds) + setting.sources.most_value * ("above" in kinds)
        if not term.tier and np.isfinite(limit):
            size = min(size, max(1.0, limit))
        out[name] = size or 1.0
    return out
