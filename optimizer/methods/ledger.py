"""What prices of transport have proven of a joint plan, goal by goal, and the days of works that they like best.

Every pass of transport, whatever the days of its works, leaves prices; each makes a cut (optimizer/methods/crewed.py)
of its goal by the starts of works, under the limits of the goals before it. All cuts together bound a goal: no schedule
that crews and plant allow, and that the cuts of the goals before allow, is below the least of them. The schedule in
whole works at which they are least is the next one for transport to be asked on: turns of Benders' decomposition
(Numer. Math. 4 (1962) 238, doi:10.1007/BF01386316).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from data.theatre import Scenario, Theatre
from data.works import holdings_for_works
from optimizer.formulations.fortify import Ask, Question, last_starts, question
from optimizer.formulations.reinforce import prepare
from optimizer.formulations.works import Choice, Instance
from optimizer.formulations.works.greedy import Wished
from optimizer.methods.columns import Columns
from optimizer.methods.crewed import Cut, Starts
from optimizer.methods.engine import Dual
from optimizer.methods.late import first_days_of_needs
from optimizer.methods.lexicographic import Passes
from optimizer.outcome import Clock, Limits
from optimizer.program import Block, Master, Program, Solver

LAST = ("share", "substitution", "cost")  # goals that come after the tiers
LEAST = 5.0  # s that one program of starts may take
Kept = tuple[Cut, float, float]  # a cut of a goal before, the limit that plans keep, and about how large the goal is
OVER = 100.0  # price of a whole scale above the limit of an earlier goal, in scales of the goal asked for
LEFT_OUT = 1000.0  # price of leaving out the work of the most value


def relaxed(theatre: Theatre, scenario: Scenario, instance: Instance) -> Question:
    """Return the relaxed question: every work on the last day on which it may start and be in time.

    Mandatory works are built in every lawful plan, in time or not.
    """
    value = dict(zip(scenario.works["work"], scenario.works["value"], strict=True))
    latest, asks = last_starts(instance), {}
    for j, job in enumerate(instance.jobs):
        days = [start for _, start, _ in instance.starts(j)]
        day = max(days, default=None) if job.mandatory else latest.get(j)
        if day is not None:
            asks[job.name] = Ask(day, value[job.name])
    return question(theatre, scenario, asks, dated=False)


class Ledger:
    """The cuts known of every goal of the relaxed question, each work on its last day."""

    def __init__(
        self, theatre: Theatre, scenario: Scenario, instance: Instance, master: Master, solver: Solver
    ) -> None:
        self.instance, self.asked = instance, relaxed(theatre, scenario, instance)
        self.engine = Columns(prepare(self.asked.theatre, self.asked.scenario, self.asked.names), master)
        ready = first_days_of_needs(self.engine.setting, self.engine.pricing)
        sectors = self.engine.setting.scenario.needs
        first: dict[tuple[str, str], int] = {}
        for name, sector, item, day in zip(
            sectors["need"].tolist(), sectors["sector"].tolist(), sectors["item"].tolist(), ready.tolist(), strict=True
        ):
            if name in self.asked.names:
                first[sector, item] = min(first.get((sector, item), instance.horizon), day)
        self.starts = Starts(instance, self.asked, holdings_for_works(theatre, scenario), solver, first)
        mandatory = ("tier1_short",) if scenario.works["mandatory"].any() else ()
        self.goals = (*mandatory, *self.asked.goals.values(), *LAST)
        self.cuts: dict[str, list[Cut]] = {goal: [] for goal in self.goals}
        self.built = {  # what is not in time of all works that draw, also of those that ask for nothing on last days
            there: self.starts.unfinished(int(name[4:].partition("_")[0]))
            for name, there in self.asked.goals.items() if name.endswith("_works")
        }  # fmt: skip
        self.unasked: dict[str, float] = {}  # by goal, how much of that a plan has beyond what it is held to
        self._taken: list[Dual] = []

    def take(self, goal: str, dual: Dual) -> None:
        """Take the prices of a goal into the ledger."""
        before = self.goals[: self.goals.index(goal)]
        self.cuts[goal].append(self.starts.cut(self.engine, goal, before, dual))

    def add(self, cuts: Mapping[str, Sequence[Cut]]) -> None:
        """Take cuts of goals that were made elsewhere, of the same question."""
        for goal, own in cuts.items():
            self.cuts[goal] += own

    def take_all(self, engine: Columns, passes: Passes) -> None:
        """Take what is new of the prices of all goals passed, if they are of the same rows."""
        if np.array_equal(engine.pool.rows.limit, self.engine.pool.rows.limit):
            for goal, dual in passes.duals().items():
                if goal in self.cuts and not any(dual is known for known in self._taken):
                    self.take(goal, dual)
                    self._taken.append(dual)

    def least(self, goal: str, limits: Mapping[str, float], sizes: Mapping[str, float]) -> float:
        """Return what is proven of a goal under limits of the goals before it; −inf if nothing is.

        `sizes` has about how large each goal is.
        """
        cuts, kept = self._at(goal, limits, sizes)
        if not cuts:
            return -np.inf
        together = self.starts.least(cuts, sizes[goal], Clock(Limits(seconds=LEAST)), kept)
        return max(together, max(cut.alone for cut in cuts))

    def _at(self, goal: str, limits: Mapping[str, float], sizes: Mapping[str, float]) -> tuple[list[Cut], list[Kept]]:
        """Return the cuts of a goal, and those of the goals before it with their limits and sizes."""

        def known(name: str) -> list[Cut]:
            cuts = [cut for cut in self.cuts[name] if all(g in limits for g, w in cut.weights.items() if w)]
            return [cut.at(limits) for cut in cuts]

        before = [g for g in self.goals[: self.goals.index(goal)] if g in limits]
        kept = [(cut, limits[g], sizes.get(g, 1.0)) for g in before for cut in known(g)]
        for g in before:
            if g in self.built:
                kept.append((self.built[g], limits[g] + self.unasked.get(g, 0.0), sizes.get(g, 1.0)))
        return known(goal) + ([self.built[goal]] if goal in self.built else []), kept

    def schedule(self, goal: str, limits: Mapping[str, float], sizes: Mapping[str, float]) -> Wished | None:
        """Return the days of works, whole and in time, at which the cuts of a goal are least; None if there are none.

        As many works as can be are built; then limits of earlier goals are kept as well as can be.
        """
        cuts, kept = self._at(goal, limits, sizes)
        if not cuts:
            return None
        bounded, starts = self.starts.program(cuts, kept, sizes[goal]), self.starts
        program = self._elastic(bounded.program, len(kept))
        outcome = starts.solver.solve(program, Clock(Limits(seconds=LEAST, gap=1e-3)))
        if not outcome.has_values:
            return None
        picked = [starts.options[p] for p in np.flatnonzero(outcome.values[: len(starts.options)] > 0.5).tolist()]
        days = {j: start for j, _, start, _ in picked}
        share = outcome.values[len(starts.options) :]
        held = {(j, of): share[n] for n, (j, start, of) in enumerate(starts.taken) if days.get(j) == start}
        prices = starts.solver.solve(bounded.program, Clock(Limits(seconds=LEAST)))
        rows = len(cuts) + len(kept)
        weight = -prices.prices[-rows:] if prices.has_prices else np.zeros(rows)
        return self._wished(days, cuts, kept, sizes[goal], held, weight)

    def _elastic(self, program: Program, kept: int) -> Program:
        """Return a program of starts in whole works, in time; works left out and limits broken have a price."""
        starts, jobs = self.starts, self.instance.jobs
        job = np.array([j for j, *_ in starts.options], int)
        timely = [end <= jobs[j].due or jobs[j].mandatory for j, _, _, end in starts.options]
        asking, place = np.unique(job, return_inverse=True)
        upper = program.upper.copy()
        upper[: len(job)] *= timely
        (height, width), out = program.matrix.shape, len(asking)
        over = sp.csc_matrix((np.full(kept, -1.0), (height - kept + np.arange(kept), np.arange(kept))), (height, kept))
        built = sp.csc_matrix((np.full(len(job), -1.0), (place, np.arange(len(job)))), (out, width))
        matrix = sp.bmat([[program.matrix, over, None], [built, None, -sp.identity(out)]], format="csc")
        value = np.array([jobs[j].value / 10.0 ** jobs[j].tier for j in asking], float)
        columns = width + kept + out
        return Program(
            np.concatenate([program.cost, np.full(kept, OVER), LEFT_OUT * value / value.max(initial=1e-9)]),
            np.zeros(columns),
            np.concatenate([upper, np.full(kept, np.inf), np.ones(out)]),
            np.arange(columns) < len(job),
            np.concatenate([program.row_lower, np.full(out, -np.inf)]),
            np.concatenate([program.row_upper, np.full(out, -1.0)]),
            matrix,
            (Block("rows", 0, height + out),),
            (Block("columns", 0, columns),),
        )

    def _wished(
        self, days: Mapping[int, int], cuts: list[Cut], kept: list[Kept], scale: float,
        held: Mapping[tuple[int, tuple[str, str]], float], weight: np.ndarray,
    ) -> Wished:  # fmt: skip
        """Return days with how to count how far a schedule is above earlier limits, and what it costs, in millionths.

        Starts cost what they do in the cuts, each with its weight.
        """
        starts = self.starts
        place = {(j, start, of): len(starts.options) + n for n, (j, start, of) in enumerate(starts.taken)}
        each = [(cut, scale) for cut in cuts] + [(cut, size) for cut, _, size in kept]
        costs = np.array([np.minimum(cut.cost / size, 1e3) for cut, size in each])
        own = costs[:, : len(starts.options)].copy()
        for p, (j, _, start, _) in enumerate(starts.options):
            for of in starts.draws[j]:
                if (j, of) in held and (j, start, of) in place:
                    own[:, p] += held[j, of] * costs[:, place[j, start, of]]
        closed = 1e3 * starts.closed
        base = np.array([cut.base / size for cut, size in each])
        base[len(cuts) :] -= [most / size for _, most, size in kept]
        number = {(j, way, start): p for p, (j, way, start, _) in enumerate(starts.options)}

        def dear(chosen: Mapping[int, Choice]) -> tuple[int, int]:
            made = [number[j, c.way, c.start] for j, c in chosen.items() if (j, c.way, c.start) in number]
            value = base + own[:, made].sum(axis=1)
            over = float(np.maximum(0.0, value[len(cuts) :]).sum() + closed[made].sum())
            return round(1e6 * over), round(1e6 * float(value[: len(cuts)].max()))

        return Wished(days, {key: float(weight @ own[:, p]) for key, p in number.items()}, dear)
