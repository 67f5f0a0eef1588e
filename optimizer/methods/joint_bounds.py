"""What no joint plan can be below, goal by goal, under what a given plan needs of the goals before.

Two relaxations, the better of which counts: transport with works in parts, each material due on the last day that
serves (see optimizer/formulations/fortify.py), and works by crews and plant alone with plenty of material.

How a work's value is spread over its materials is free, as long as the parts come to its value: they are moved to the
materials that lack most, a few times, where a bound is not yet as near as asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.plan import Plan
from data.works import due_days, end_days
from optimizer.formulations.fortify import SEPARATOR, Question
from optimizer.formulations.reinforce.goals import implied_goals
from optimizer.formulations.works.reading import VALUE
from optimizer.methods import schedule
from optimizer.methods.after_tiers import COARSE
from optimizer.methods.columns import Columns
from optimizer.methods.engine import Dual, Found
from optimizer.methods.fortify import SECONDS, Turns
from optimizer.methods.incumbent import SLACK
from optimizer.methods.late import without_materials
from optimizer.methods.ledger import LAST, Ledger
from optimizer.methods.warm import take_paths
from optimizer.outcome import Clock, Progress, silent

NEAR = 5e-3  # of a goal's scale: near enough where a deadline presses,
ENOUGH = 0.9  # or so much of the gap asked for, if that is coarse
SPREADS = 4  # times the value of works is spread anew over their materials
WIDER = 1e-4  # by how much limits are wider where goals after the tiers are solved by interior point
MOVED = 0.7  # of it, to the material that lacks most
WAIT = 0.3  # of the time left, for what is still asked beside
EARLY = 2.0  # times its share of the time left that a goal may take


def prove(turns: Turns, plan: Plan, values: Mapping[str, float], scales: Mapping[str, float]) -> dict[str, float]:
    """Return by goal what is proven of it, as far as time allows; goals that are not there are not proven."""
    bounds = _by_transport(turns, plan, values, scales)
    hopeless, _ = _unfinished(turns, plan, set())
    works = {g: bounds.get(g, 0.0) for g in values if g.endswith("_works")}
    # near is near enough for crews alone to be asked only where a deadline presses: they are exact
    near = _near(turns.clock) if turns.clock.limits.seconds is not None else 0.0
    for goal, bound in works.items():
        works[goal] = bound + hopeless.get(goal, 0.0)
    open_ = [g for g in works if values[g] - works[g] > near * scales[g]]
    for goal, bound in _by_crews(turns, values, open_).items():
        works[goal] = max(works[goal], bound)
    return bounds | works


def _near(clock: Clock) -> float:
    gap = clock.limits.gap
    if clock.limits.seconds is None:
        return 0.3 * gap
    return ENOUGH * gap if gap >= COARSE else max(NEAR, 0.3 * gap)


def _by_transport(
    turns: Turns, plan: Plan, values: Mapping[str, float], scales: Mapping[str, float]
) -> dict[str, float]:
    ledger = turns.ledger
    asked, implied = ledger.asked, implied_goals(ledger.engine.setting.needs)
    ledger.add(turns.beside.take(WAIT * turns.clock.left))
    for made in turns.made:
        ledger.take_all(made.engine, made.passes)
    hopeless, still = _unfinished(turns, plan, {name.partition(SEPARATOR)[0] for name in asked.names})
    needed = {there: still[name] if name.endswith("_works") else values[name] for name, there in asked.goals.items()}
    for name, there in asked.goals.items():
        if name.endswith("_works"):
            ledger.unasked[there] = max(0.0, values[name] - hopeless[name] - still[name])
    needed |= {name: values[name] for name in LAST}
    names = {there: name for name, there in asked.goals.items()} | {n: n for n in LAST}
    held = {"tier1_short": SLACK} if turns.scenario.works["mandatory"].any() else {}
    out: dict[str, float] = {}
    for number, (goal, value) in enumerate(needed.items()):
        scale, near = scales[names[goal]], _near(turns.clock)
        clock = _part(turns.clock, len(needed) - number)
        if goal in implied and implied[goal] in out:
            out[goal] = out[implied[goal]]
        elif value <= min(near, NEAR) * scale:
            out[goal] = 0.0  # no goal is negative
        else:
            proofs = Proofs(ledger, goal, dict(held), {there: max(1.0, scales[name]) for there, name in names.items()})
            if value - proofs.best > near * scale and turns.clock.over() is None:
                if not len(ledger.engine.pool) and turns.made:
                    take_paths(ledger.engine, turns.made[-1].engine)
                _prove(proofs, asked, value, near * scale, clock)
            if proofs.best > -np.inf:
                out[goal] = max(0.0, proofs.best - 1e-12 * abs(proofs.best))
                turns.on_progress(Progress("joint bound", goal, 0, value, out[goal], turns.clock.elapsed))
        held[goal] = value + SLACK * max(1.0, scale)
    return {names[goal]: bound for goal, bound in out.items()}


def _part(clock: Clock, goals: int) -> Clock:
    """Return a clock with a share of the time left for one of so many goals."""
    if clock.limits.seconds is None:
        return clock
    return Clock(replace(clock.limits, seconds=min(clock.left, EARLY * clock.left / goals)), clock.stop)


@dataclass
class Proofs:
    """What is proven of one goal so far: by works in parts, and by the starts that crews and plant allow."""

    ledger: Ledger
    goal: str
    held: dict[str, float]
    sizes: Mapping[str, float]
    best: float = -np.inf

    def __post_init__(self) -> None:
        """Begin with what is known."""
        self.best = self.ledger.least(self.goal, self.held, self.sizes)

    def take(self, dual: Dual) -> None:
        """Take prices into the proof."""
        self.ledger.take(self.goal, dual)
        self.best = max(self.best, self.ledger.least(self.goal, self.held, self.sizes))


def _prove(proofs: Proofs, asked: Question, value: float, near: float, clock: Clock) -> None:
    """Prove a goal as well as the clock allows, its works' values spread anew as long as that helps."""
    goal, held, engine = proofs.goal, proofs.held, proofs.ledger.engine
    engine.inside = clock.limits.gap >= COARSE and not goal.startswith("tier")
    wide = {name: limit * (1.0 + WIDER) for name, limit in held.items()} if engine.inside else held
    for _ in range(SPREADS if goal in asked.of_works else 1):
        found, before = engine.minimise(goal, wide, 0.5 * near, clock, silent), proofs.best
        best = max(found.bounds, key=lambda bound: bound.at(held), default=None)
        if best is None:
            return
        proofs.best = max(proofs.best, best.at(held))
        if best.dual is not None:
            proofs.take(best.dual)
        better = proofs.best > before + 0.1 * near
        if not better or value - proofs.best <= near or clock.over() or not _spread(engine, asked, goal, found):
            break


def _spread(engine: Columns, asked: Question, goal: str, found: Found) -> bool:
    """Move the values of a goal's works to the materials that lack most; return whether any was moved."""
    needs, terms, moved = engine.setting.needs, engine.terms, False
    if found.paths is None or not goal.startswith("tier"):
        return False
    tier = int(goal[4:].partition("_")[0])
    got = np.zeros(len(needs.size))
    np.add.at(got, found.paths.need, needs.unit[found.paths.need] * found.paths.quantity)
    share = np.minimum(1.0, got / needs.size)
    weight = terms.short_weight.copy()
    of_work: dict[str, list[int]] = {}
    for n, name in enumerate(engine.setting.scenario.needs["need"].tolist()):
        if name in asked.names and needs.tier[n] == tier:
            of_work.setdefault(name.partition(SEPARATOR)[0], []).append(n)
    for own in of_work.values():
        least = min(own, key=lambda n: share[n])
        if max(share[n] for n in own) - share[least] > 1e-3:
            worth = weight[own] * needs.size[own]
            new = (1.0 - MOVED) * worth + MOVED * worth.sum() * (np.array(own) == least)
            weight[own], moved = new / needs.size[own], True
    terms.short_weight = weight
    return moved


def _by_crews(turns: Turns, values: Mapping[str, float], goals: list[str]) -> dict[str, float]:
    """Return the least value unfinished of these tiers if materials were no matter, earlier tiers as reached."""
    free = without_materials(turns.instance)
    out: dict[str, float] = {}
    held: dict[str, int] = {}
    for goal in [g for g in values if g.endswith("_works")]:
        clock = turns.within(0.05, SECONDS)
        if goal in goals and clock.left > 0:
            found = schedule.run(free, clock, turns.on_progress, goals=(goal,), carried=held)
            out[goal] = found.bounds.get(goal, 0) / VALUE
        held[goal] = round(values[goal] * VALUE)
    return out


def _unfinished(turns: Turns, plan: Plan, asked: set[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return by tier the value of works no plan finishes in time, and of those unfinished that asked for materials."""
    scenario, jobs = turns.scenario, turns.instance.jobs
    possible = {jobs[j].name for j in turns.latest}
    late = end_days(scenario, plan.tables["works"]) > due_days(scenario)
    hopeless: dict[str, float] = {}
    still: dict[str, float] = {}
    for row, is_late in zip(scenario.works.rows(), late, strict=True):
        name = f"tier{row.tier}_works"
        hopeless[name] = hopeless.get(name, 0.0) + row.value * (row.work not in possible)
        counts = is_late and row.work in asked and row.work in possible and not row.mandatory
        still[name] = still.get(name, 0.0) + row.value * bool(counts)
    return hopeless, still
