"""What works cost at prices of transport: each whole, on a day on which crews and plant can start it.

Prices of the rows of transport bound a goal with each work taken by itself, on its last day. The same prices say what a
work costs on any day: its materials by then, less what it is worth. No plan is below the least that a schedule costs,
and schedules that keep order, crews and plant by pools, starts in parts, are a small linear program. Prices of several
plans bound together: one schedule must be dear at some of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.formulations.fortify import SEPARATOR, Question
from optimizer.formulations.works import Instance
from optimizer.formulations.works.reading import GRAIN, VALUE
from optimizer.methods.best import prices_of
from optimizer.methods.bounds import price_bound
from optimizer.methods.columns import Columns
from optimizer.methods.engine import Dual
from optimizer.methods.lexicographic import Passes
from optimizer.methods.questions import MasterProgram, build_master
from optimizer.methods.questions import Question as Asked
from optimizer.outcome import Clock
from optimizer.program import Assembly, Program, Solver


@dataclass(frozen=True, eq=False)
class Cut:
    """A goal is at least base + Σ cost of the starts that a plan makes; with every work by itself, at least `alone`.

    Each less Σ weight · limit over the goals before it, which a plan keeps within their limits.
    """

    base: float
    cost: np.ndarray
    alone: float
    weights: Mapping[str, float]

    def at(self, limits: Mapping[str, float]) -> Cut:
        """Return the cut under these limits of the goals before."""
        given = sum(weight * limits[name] for name, weight in self.weights.items() if weight)
        return Cut(self.base - given, self.cost, self.alone - given, {})


@dataclass(frozen=True, eq=False)
class Bounded:
    """A program of starts: its last column is a goal above `lowest`, in scales, and at most `most`."""

    program: Program
    lowest: float
    most: float


class Starts:
    """The starts of the works that ask for materials, and the schedules crews and plant allow, in parts."""

    def __init__(
        self, instance: Instance, asked: Question, held: Mapping[tuple[str, str], float], solver: Solver,
        first: Mapping[tuple[str, str], int] | None = None,
    ) -> None:  # fmt: skip
        """`first` is the day on which anything of an item can be at a sector: works before it take what is held."""
        self.instance, self.held, self.solver, self.first = instance, held, solver, first or {}
        self.needs = needs_of(asked)
        self.options = [
            (j, way, start, end)
            for j, job in enumerate(instance.jobs) if job.name in self.needs or (job.ways and job.ways[0].draws)
            for way, start, end in instance.starts(j)
        ]  # fmt: skip
        self.draws: dict[int, dict[tuple[str, str], float]] = {}
        for j in {j for j, *_ in self.options}:
            drawn = ((instance.stores[k], q) for k, q in instance.jobs[j].ways[0].draws)
            self.draws[j] = {store.name: q * store.grain / GRAIN for store, q in drawn}
        days = sorted({(j, start) for j, _, start, _ in self.options})
        self.taken = [(j, start, of) for j, start in days for of in sorted(self.draws[j]) if held.get(of, 0.0) > 0]
        early = ((j, start, self.draws[j].items()) for j, _, start, _ in self.options)
        self.closed = np.array([
            any(self._early(j, start, of) and held.get(of, 0.0) < q - 1e-9 for of, q in drawn)
            for j, start, drawn in early
        ], bool)  # fmt: skip
        self._program = self._schedules()

    def cut(self, engine: Columns, goal: str, before: Sequence[str], dual: Dual) -> Cut:
        """Return what these prices prove of a goal, by the starts a plan makes, under limits of the goals before it."""
        question, master, y = asked_at(engine, goal, dict.fromkeys(before, 0.0), dual)
        bound, reduced, labels = engine.price(question, master, y)
        load, size = engine.deliveries, engine.setting.needs.size
        days, more = range(self.instance.horizon), reduced - engine.pricing.handed(labels)
        by_day = np.array([engine.pricing.there_by(labels, day) + more for day in days])
        credit = self._credit(engine, question, y[len(master.active) + master.need_rows :])
        price = np.full((len(days), len(size)), np.inf)  # of being there by a day, but for what the work is worth
        for day in days:
            np.minimum.at(price[day], load.need, (by_day[day] - credit) / load.credit)
        alone, worth = np.zeros(len(size)), np.zeros(len(size))
        np.minimum.at(alone, load.need, reduced / load.credit)
        np.minimum.at(worth, load.need, credit / load.credit)
        base, asking, of_store = bound * question.factor, {}, self._of_store(engine, price)
        for j, draws in self.draws.items():
            own = self.needs.get(self.instance.jobs[j].name, [])
            if not np.isfinite(price[:, own].min(axis=0)).all():
                continue  # a tier after this goal's, or a work whose material cannot come
            nothing = float(np.minimum(0.0, price[:, own].min(axis=0)) @ size[own])
            if not own:  # all it needs may be there, but others draw on that too
                nothing = sum(quantity * min(0.0, float(of_store[of].min())) for of, quantity in draws.items())
            base += nothing - float(alone[own] @ size[own])
            brought = np.sum([quantity * of_store[of] for of, quantity in draws.items()], axis=0)
            asking[j] = brought - nothing, float(worth[own] @ size[own])
        cost = np.zeros(len(self.options) + len(self.taken))
        for place, (j, _, start, end) in enumerate(self.options):
            if j in asking:
                in_time = end <= self.instance.jobs[j].due or self.instance.jobs[j].mandatory
                cost[place] = asking[j][0][start] + in_time * asking[j][1]
        for place, (j, start, of) in enumerate(self.taken, len(self.options)):
            if j in asking and np.isfinite(of_store[of][start]):
                cost[place] = -self.draws[j][of] * of_store[of][start]
        weights = {name: dual.named.get(name, 0.0) for name in before}
        return Cut(base / question.factor, cost / question.factor, float(bound), weights)

    def unfinished(self, tier: int) -> Cut:
        """Return the value of works of a tier that are not in time, of those that draw materials and can be in time."""
        jobs, timely = self.instance.jobs, np.zeros(len(self.options) + len(self.taken))
        for place, (j, _, _, end) in enumerate(self.options):
            if jobs[j].tier == tier and not jobs[j].mandatory and end <= jobs[j].due:
                timely[place] = jobs[j].value / VALUE
        counted = {j for place, (j, *_) in enumerate(self.options) if timely[place]}
        return Cut(sum(jobs[j].value for j in counted) / VALUE, -timely, 0.0, {})

    def _credit(self, engine: Columns, question: Asked, carried: np.ndarray) -> np.ndarray:
        """Return what a delivery is worth to the goals that count what is short or late: at most 0."""
        out = np.zeros(len(engine.deliveries.need))
        for price, (term, _) in zip([question.factor, *carried], [(question.goal, 0.0), *question.rows], strict=True):
            if term.short is not None or term.delay is not None:
                out += price * engine.terms.on(term, engine.deliveries)
        return out

    def _of_store(self, engine: Columns, price: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
        """Return by sector and item what a unit costs that is there by each day; 0 where no work asks for it.

        What is held may be there before anything can come: its price is that of the first day on which it can.
        """
        setting = engine.setting
        out: dict[tuple[str, str], np.ndarray] = {}
        names = setting.scenario.needs["need"].tolist()
        unit = dict(zip(setting.theatre.items["item"].tolist(), setting.unit.tolist(), strict=True))
        for j, draws in self.draws.items():
            out |= {of: np.full(len(price), np.inf) for of in draws if of not in out}
            for n in self.needs.get(self.instance.jobs[j].name, []):
                of = self.instance.jobs[j].sector, names[n].partition(SEPARATOR)[2]
                out[of] = np.minimum(out[of], price[:, n] * unit[of[1]])
        for of, its in out.items():
            if not np.isfinite(its).any():
                its[:] = 0.0
            elif self.held.get(of, 0.0) > 0:
                its[:] = np.minimum.accumulate(its[::-1])[::-1]
        return out

    def program(self, cuts: Sequence[Cut], kept: Sequence[tuple[Cut, float, float]], scale: float) -> Bounded:
        """Return the program of the least that starts cost at all of these cuts of a goal; its last column is that.

        `kept` are cuts of goals before, each with the limit that a plan keeps, and the goal's scale.
        """
        barred = np.any([~np.isfinite(cut.cost) for cut in [*cuts, *(cut for cut, *_ in kept)]], axis=0)
        costs = [np.where(barred, 0.0, cut.cost) for cut in cuts]
        upper = np.where(np.append(barred, False), 0.0, self._program.upper)
        bases = [cut.base for cut in cuts]
        lowest = min(b + float(np.minimum(0.0, cost) @ upper[:-1]) for b, cost in zip(bases, costs, strict=True))
        highest = max(b + float(np.maximum(0.0, cost) @ upper[:-1]) for b, cost in zip(bases, costs, strict=True))
        program = replace(self._program, cost=np.append(np.zeros(len(barred)), 1.0), upper=upper)
        rows = [np.append(cost / scale, -1.0) for cost in costs]
        rows += [np.append(np.where(barred, 0.0, cut.cost) / size, 0.0) for cut, _, size in kept]
        limits = [(lowest - cut.base) / scale for cut in cuts] + [(most - cut.base) / size for cut, most, size in kept]
        return Bounded(program.with_rows("cuts", np.array(rows), np.array(limits)), lowest, (highest - lowest) / scale)

    def least(
        self, cuts: Sequence[Cut], scale: float, clock: Clock, kept: Sequence[tuple[Cut, float, float]] = ()
    ) -> float:
        """Return what prices of the program of starts prove of the goal at all of these cuts; −inf if it has none."""
        bounded = self.program(cuts, kept, scale)
        outcome = self.solver.solve(bounded.program, clock)
        if not outcome.has_prices:
            return self.least(cuts, scale, clock) if kept else -np.inf
        implied = np.append(np.ones(len(bounded.program.cost) - 1), bounded.most)
        return bounded.lowest + scale * price_bound(bounded.program, outcome.prices, implied)

    def _schedules(self) -> Program:
        """Return the rows that every schedule keeps: a start a work, order, crews and plant by pools."""
        instance, options = self.instance, self.options
        assembly = Assembly()
        column = assembly.add_columns("starts", np.where(self.closed, 0.0, 1.0), {})
        job = np.array([j for j, *_ in options], int)
        start, end = (np.array([option[k] for option in options], int) for k in (2, 3))
        for j in np.unique(job).tolist():
            must = 1.0 if instance.jobs[j].mandatory else -np.inf
            _row(assembly, f"choose {j}", column[job == j], 1.0, must, 1.0)
        for p, pool in enumerate(instance.pools):
            takes = [dict(instance.jobs[j].ways[way].takes).get(p, 0) for j, way, *_ in options]
            taken = np.array(takes, float)
            for day in range(instance.horizon):
                here = (taken > 0) & (start <= day) & (day < end)
                if here.any():
                    most = sum(group.size for group in pool.groups if group.first <= day < group.last)
                    _row(assembly, f"pool {p} {day}", column[here], taken[here], -np.inf, most)
        held = assembly.add_columns("held", np.ones(len(self.taken)), {})  # shares of what a work takes
        for place, (j, first, of) in zip(held, self.taken, strict=True):
            begun = column[(job == j) & (start == first)]
            signs = np.append(1.0, -np.ones(len(begun)))
            least = 0.0 if self._early(j, first, of) else -np.inf
            _row(assembly, f"held {place}", np.append(place, begun), signs, least, 0.0)
        for of in sorted({of for *_, of in self.taken}):
            its = [place for place, (*_, other) in enumerate(self.taken) if of == other]
            shares = np.array([self.draws[self.taken[place][0]][of] / self.held[of] for place in its])
            _row(assembly, f"holding {of}", held[its], shares, -np.inf, 1.0)
        assembly.add_columns("goal", np.array([np.inf]), {})
        for before, after, lag in instance.order:
            for day in sorted(set(start[job == after].tolist())) if (job == before).any() else ():
                begun, ready = (job == after) & (start <= day), (job == before) & (end + lag <= day)
                columns = np.concatenate([column[begun], column[ready]])
                signs = np.concatenate([np.ones(begun.sum()), -np.ones(ready.sum())])
                _row(assembly, f"order {before} {after} {day}", columns, signs, -np.inf, 0.0)
        return assembly.program()

    def _early(self, j: int, start: int, of: tuple[str, str]) -> bool:
        """Return whether nothing of a material can come by this start: all of it has to be held."""
        return start < self.first.get(of, 0)


def asked_at(
    engine: Columns, goal: str, held: Mapping[str, float], dual: Dual
) -> tuple[Asked, MasterProgram, np.ndarray]:
    """Return the question of a goal, a master of the rows that a dual prices, and its prices in that master's order."""
    question, rows = engine.ask(goal, held), dual.rows[~engine.barred[dual.rows]]
    master = build_master(question, engine.pool, engine.terms, rows, np.zeros(0, int))
    return question, master, prices_of(dual, question, master)


def day_costs(asked: Question, engine: Columns, passes: Passes) -> dict[str, np.ndarray]:
    """Return by work what its materials cost on the way if they are there by each day, at the prices of the last needs.

    Empty where no such prices are known.
    """
    duals = passes.duals()
    goal = next((g for g in reversed(asked.of_needs) if g in duals and len(duals[g].rows)), None)
    if goal is None:
        return {}
    order = list(passes.bounds)
    held = {name: limit for name, limit in passes.carried.items() if name in order[: order.index(goal)]}
    _, _, labels = engine.price(*asked_at(engine, goal, held, duals[goal]))
    load, size = engine.deliveries, engine.setting.needs.size
    cost = np.full((engine.setting.scenario.horizon, len(size)), np.inf)
    for day in range(len(cost)):
        np.minimum.at(cost[day], load.need, engine.pricing.there_by(labels, day) / load.credit)
    return {name: cost[:, own] @ size[own] for name, own in needs_of(asked).items()}


def needs_of(asked: Question) -> dict[str, list[int]]:
    """Return the needs by position that stand for the materials of each work."""
    out: dict[str, list[int]] = {}
    for n, name in enumerate(asked.scenario.needs["need"].tolist()):
        if name in asked.names:
            out.setdefault(name.partition(SEPARATOR)[0], []).append(n)
    return out


def _row(
    assembly: Assembly, name: str, columns: np.ndarray, values: np.ndarray | float, lower: float, upper: float
) -> None:
    row = assembly.add_rows(name, np.array([lower]), np.array([upper]), {})
    assembly.add_entries(np.repeat(row, len(columns)), columns, np.broadcast_to(values, len(columns)))
