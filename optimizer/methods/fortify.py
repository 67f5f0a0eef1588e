"""Works and transport in turns (see optimizer/formulations/fortify.py). Bounds: optimizer/methods/joint_bounds.py.

1. Transport, tier by tier, with every work on the last day that serves it: what it takes is brought whole or given up.
2. Schedule works as late as due days and crews allow, those first for which all came: its days date what works ask for.
3. Transport again for works on these days, and works scheduled on what comes, which is lawful. While there is time and
   more is reached, its days date what works ask for again, those left out asking for what is left over with a
   thousandth of their value. What a deadline cuts short gives way to the first transport, if that came to more.
4. Share, substitution and cost for the best turn, whole units, and the last schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.verify import verify
from data.works import on_site
from optimizer.formulations.fortify import SEPARATOR, Ask, Order, Question, last_starts, plan_back, question
from optimizer.formulations.reinforce import prepare
from optimizer.formulations.works import instance_of, plan_table
from optimizer.methods import lexicographic, schedule, whole_units
from optimizer.methods.after_tiers import COARSE, pass_rest
from optimizer.methods.beside import Beside
from optimizer.methods.columns import Columns
from optimizer.methods.crewed import day_costs
from optimizer.methods.executor import Executor
from optimizer.methods.incumbent import ever_safer, incumbent_of
from optimizer.methods.late import first_days, late
from optimizer.methods.ledger import LAST as LAST_GOALS
from optimizer.methods.ledger import Ledger
from optimizer.methods.liked import by_prices
from optimizer.methods.parcels import ColumnsOfParcels, Parcel
from optimizer.methods.repair import Grid
from optimizer.methods.schedule import Scheduled
from optimizer.methods.turn import LEFT_OUT, TURN, TURNS, Transport, Turn, better, dates, finished
from optimizer.methods.warm import take_paths
from optimizer.methods.whole_parcels import completed
from optimizer.outcome import Clock, OnProgress, Reason
from optimizer.program import Master, Solver

TAIL, LAST = 0.85, 0.05  # shares of a deadline: when goals after the tiers end, the last schedule
LATE, LATE_EACH = 0.08, 0.08  # share of a deadline, and s a work, for one schedule by prices
AGAIN = 0.33  # share of a deadline after which no more turn begins
LEAST = 2.0  # s that the last schedule always has
ROOM = 0.7  # of the gap asked for, if that is coarse: what goals may take from those of needs before them
ANYWAY = 0.2  # of the same: what they may take where the room is above what is proven, and little is left of it
AFTER = 0.5  # weight of works that do not go first, beside those that do, in the first turn
SECONDS = 6.0  # of CP-SAT in one turn


class Turns:
    """Transport and works of one theatre and scenario, asked in turns under one clock."""

    def __init__(
        self, theatre: Theatre, scenario: Scenario, master: Master, solver: Solver, clock: Clock,
        on_progress: OnProgress, order: Order = Order.JOINT, executor: Executor | None = None,
    ) -> None:  # fmt: skip
        """`executor` runs what is done beside, in another process; without one nothing is."""
        self.theatre, self.scenario, self.order = theatre, scenario, order
        self.master, self.solver, self.clock, self.on_progress = master, solver, clock, on_progress
        self.beside = Beside(executor)
        self.value = dict(zip(scenario.works["work"], scenario.works["value"], strict=True))
        self.instance = instance_of(theatre, scenario, on_site(theatre, scenario, Plan.empty()))
        self.latest = last_starts(self.instance)
        self.made: list[Transport] = []  # in their order: their prices bound what comes of them

    @cached_property
    def ledger(self) -> Ledger:
        """Return what is known of every goal by prices."""
        return Ledger(self.theatre, self.scenario, self.instance, self.master, self.solver)

    @property
    def coarse(self) -> bool:
        """Return whether a deadline presses and the gap asked for is coarse."""
        return self.clock.limits.seconds is not None and self.clock.limits.gap >= COARSE

    def within(self, share: float, most: float = np.inf, least: float = 0.0) -> Clock:
        """Return a clock with a share of the deadline, within what is left, and a coarser gap if there is one."""
        limits, whole = self.clock.limits, self.clock.limits.seconds
        if whole is None:
            return Clock(replace(limits, seconds=None if np.isinf(most) else most), self.clock.stop)
        seconds = max(least, min(most, share * whole, self.clock.left))
        return Clock(replace(limits, seconds=seconds, gap=max(limits.gap, COARSE)), self.clock.stop)

    def passed(self, share: float) -> bool:
        """Return whether a share of the deadline is over; never without a deadline."""
        whole = self.clock.limits.seconds
        return whole is not None and self.clock.elapsed > share * whole

    def transport(
        self, asks: Mapping[str, Ask], clock: Clock, before: Columns | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> Transport:  # fmt: skip
        """Return transport for what works ask, passed to the last tier; the paths met `before` are there at once.

        Goals of needs may be as large as `limits` for what comes after them, where those are given.
        """
        asked = question(self.theatre, self.scenario, asks, self.order, dated=True)
        setting = prepare(asked.theatre, asked.scenario, asked.names)
        engine = ColumnsOfParcels(setting, self.master, self._parcels(asked))
        if before is not None:
            take_paths(engine, before)
        passes = lexicographic.begun(engine.setting)
        tiers = [goal for goal in passes.incumbent.score.objectives if goal.startswith("tier")]
        for goal in tiers:
            if passes.reason is Reason.OPTIMAL:
                lexicographic.go_on(engine, passes, [goal], clock, self.on_progress)
                self._give_room(asked, passes, goal, limits)
        if passes.limit is not None:
            lexicographic.take_if_better(engine.setting, passes, passes.incumbent.met)
        self.made.append(Transport(asked, engine, passes))
        return self.made[-1]

    def _give_room(
        self, asked: Question, passes: lexicographic.Passes, goal: str, limits: Mapping[str, float] | None
    ) -> None:
        """Let what comes after a goal of needs take a part of the gap asked for, if that is coarse; tier 1 gives none.

        Without it a hair's breadth of a tier could cost the works after it, which come whole or not at all.
        """
        tier, _, kind = next((name for name, there in asked.goals.items() if there == goal), "").partition("_")
        gap = self.clock.limits.gap
        if goal in passes.carried and kind in ("short", "delay") and tier != "tier1" and gap >= COARSE:
            scored = passes.incumbent.score
            room = (ROOM if limits is None else ANYWAY) * gap * scored.scales[goal]
            most = scored.objectives[goal] + room
            passes.carried[goal] = max(passes.carried[goal], most, (limits or {}).get(goal, 0.0))

    def turn(
        self, days: Mapping[str, int], others: Mapping[str, int], weight: float, start: Scheduled, before: Columns
    ) -> Turn:  # fmt: skip
        """Return a turn for works on these days; others ask for what is left over on theirs, with less weight."""
        asks = {work: Ask(day, self.value[work]) for work, day in days.items()}
        for work, day in others.items():
            asks.setdefault(work, Ask(day, weight * self.value[work]))
        found = self.transport(asks, self.within(TURN), before)
        return Turn(found, self.build(self.brought(found), start), start)

    def undated(self, parts: Transport, other: Turn) -> Turn:
        """Return the works scheduled on transport for last days, if that is lawful and better than the other turn."""
        plan = self.brought(parts)
        turn = Turn(parts, self.build(plan, other.scheduled))
        return turn if better(turn, other) and not verify(self.theatre, self.scenario, plan) else other

    def at_latest(self) -> dict[str, Ask]:
        """Return what all works ask that can be in time, each on the last day that serves."""
        names = {self.instance.jobs[j].name: day for j, day in self.latest.items()}
        return {name: Ask(day, self.value[name]) for name, day in names.items()}

    def _parcels(self, asked: Question) -> dict[str, Parcel]:
        """Return what each work that may be given up asks for, and who waits for it, directly or not."""
        tier = dict(zip(self.scenario.works["work"], self.scenario.works["tier"], strict=True))
        needs: dict[str, list[int]] = {}
        for n, name in enumerate(asked.scenario.needs["need"].tolist()):
            if name in asked.names:
                needs.setdefault(name.partition(SEPARATOR)[0], []).append(n)
        jobs = self.instance.jobs
        following = {job.name: {jobs[k].name for k in after}
                     for job, after in zip(jobs, self.instance.following, strict=True)}  # fmt: skip
        must = {job.name for job in jobs if job.mandatory}
        return {
            work: Parcel(asked.goals[f"tier{tier[work]}_works"], tuple(own), tuple(sorted(following.get(work, ()))))
            for work, own in needs.items() if work not in must
        }  # fmt: skip

    def brought(self, found: Transport) -> Plan:
        """Return the plan of transport in the joint question's words, without what would come for works given up."""
        return plan_back(self.theatre, self.scenario, found.asked, found.passes.incumbent.plan, found.kept())

    def lawful(self, found: Transport) -> Plan:
        """Return the plan of transport; where it breaks a rule by the noise of floating point, with a margin."""
        for tried in ever_safer(found.engine.setting, found.passes.incumbent):
            found.passes.incumbent = tried
            plan = self.brought(found)
            if not verify(self.theatre, self.scenario, plan):
                break
        return plan

    def unasking(self, asked: Question) -> set[str]:
        """Return the works that ask transport for nothing."""
        return set(self.value) - {name.partition(SEPARATOR)[0] for name in asked.names}

    def build(self, plan: Plan, start: Scheduled | None = None, *, last: bool = False) -> Scheduled:
        """Return the works scheduled on what a plan brings; tardiness and crew-days are for the last schedule."""
        instance = instance_of(self.theatre, self.scenario, on_site(self.theatre, self.scenario, plan))
        goals = tuple(schedule.goal_values(instance, {}))
        goals = goals if last else tuple(goal for goal in goals if goal.endswith("_works"))
        clock = self.within(LAST, SECONDS, least=LEAST if last else 0.0)
        return schedule.run(instance, clock, self.on_progress, goals=goals, start=start)

    def late(
        self, first: set[str], ready: Mapping[str, int], found: Transport | None = None, before: Scheduled | None = None
    ) -> Scheduled:
        """Return a schedule as late as due days and crews allow, but when materials can be there; some works go first.

        What is late enough is what costs least at the prices of the transport found; `before` is where to begin.
        """
        jobs, limits = len(self.instance.jobs), self.clock.limits
        seconds = min(schedule.QUICK, schedule.EACH * jobs, 0.05 * self.clock.left)
        costs = day_costs(found.asked, found.engine, found.passes) if found is not None else {}
        if costs and limits.seconds is not None:
            seconds = min(LATE_EACH * jobs, LATE * limits.seconds, 0.2 * self.clock.left)
        return late(self.theatre, self.instance, first, ready, seconds, limits.seed, costs, before)


def run(turns: Turns) -> tuple[Plan, Reason]:
    """Return the best joint plan found in turns, lawful but for the verifier's last word, and how its works ended."""
    parts = turns.transport(turns.at_latest(), turns.within(TURN))
    ready = first_days(parts.asked, parts.engine.setting, parts.engine.pricing)
    if turns.order is Order.JOINT and turns.coarse and (liked := by_prices(turns, parts, ready)) is not None:
        return _ended(turns, liked)
    first = parts.kept() | turns.unasking(parts.asked)
    pressed = turns.clock.limits.seconds is not None
    laid = turns.late(first, ready, parts if pressed else None)
    days = {work: day for work, day in dates(laid).items() if work in first}
    best = turns.turn(days, dates(laid), AFTER, laid, parts.engine)
    if best.transport.passes.limit is not None:  # a turn that the deadline cut short may be worse than what was there
        best = turns.undated(parts, best)
    best = _improved(turns, best, ready)
    if not pressed:  # time for those alone that were kept, and for days of the least price
        priced = turns.late(first, ready, parts)
        of_price = {work: day for work, day in dates(priced).items() if work in first}
        for asked, others, start in ((days, {}, laid), (of_price, dates(priced), priced)):
            if turns.clock.over() is None:
                other = _improved(turns, turns.turn(asked, others, AFTER, start, parts.engine), ready)
                best = other if better(other, best) else best
    return _ended(turns, best)


def _improved(turns: Turns, best: Turn, ready: Mapping[str, int]) -> Turn:
    """Return the best of this turn and further ones, as long as they are better."""
    latest = {work: ask.by for work, ask in turns.at_latest().items() if ready.get(work, 0) <= ask.by}
    most = TURNS if turns.order is Order.JOINT else 2
    for _ in range(1, most):
        if turns.clock.over() is not None or turns.passed(AGAIN) or finished(best.scheduled):
            break
        days, start, others = dates(best.scheduled), best.scheduled, latest
        if turns.clock.limits.seconds is not None:  # few turns: those built are laid as late as they can be again
            start = turns.late(set(days), ready, best.transport, best.laid)
            others = latest | dates(start)
            days = {work: others[work] for work in days if work in others}
        found = turns.turn(days, others, LEFT_OUT, start, best.transport.engine)
        if not better(found, best):
            break
        best = found
    return best


def _ended(turns: Turns, best: Turn) -> tuple[Plan, Reason]:
    """Return the plan of a turn after the goals that come after the tiers, in whole units, with its last schedule."""
    engine, passes = best.transport.engine, best.transport.passes
    clock = turns.within(_until(turns.clock, TAIL))
    if passes.reason is Reason.OPTIMAL:
        works = best.transport.asked.of_works
        pass_rest(engine, passes, works, turns.clock.limits.gap, clock, turns.on_progress)
    if engine.setting.theatre.items["whole"].any():
        clock = turns.within(_until(turns.clock, TAIL + LAST), least=LEAST)
        _complete(turns, best.transport, clock)
    plan = turns.lawful(best.transport)
    turns.ledger.add(turns.beside.take())
    turns.beside.again(turns.ledger.cuts, LAST_GOALS[1], turns.within(0.1).left)
    # what came early may come on its last day by now: on the days asked for all is there
    found = turns.build(plan, best.laid or best.scheduled, last=True)
    return plan.replace(works=plan_table(turns.scenario, found.instance, found.chosen, found.units)), found.reason


def _complete(turns: Turns, found: Transport, clock: Clock) -> None:
    """Replace a relaxed incumbent by one in whole units, in which works that were complete are complete again."""
    engine, passes = found.engine, found.passes
    setting, relaxed = engine.setting, passes.incumbent
    at_vertex = engine.settle(clock)  # few paths: little is lost by rounding, and the search is a small one
    paths = relaxed.paths if at_vertex is None or at_vertex.paths is None else at_vertex.paths
    kept = {name: engine.parcels[name] for name in engine.kept()}
    whole = completed(setting, paths, kept, relaxed.score.scales, turns.solver, clock)
    if whole is None:
        whole_units.polish(setting, passes, turns.solver, clock, turns.on_progress)
        return
    passes.grid, passes.divided = Grid.LAWFUL, relaxed.paths
    if clock.over() is None:  # then over all paths that carry something, from there
        every = relaxed.paths.carrying(np.zeros(len(relaxed.paths))).together(whole)
        scales = relaxed.score.scales
        whole = completed(setting, every, kept, scales, turns.solver, clock, begin=True) or whole
    other = relaxed.met.carrying(np.zeros(len(relaxed.met)))  # over which what is left may be filled up
    passes.incumbent = incumbent_of(setting, whole.together(other), relaxed.met)


def _until(clock: Clock, share: float) -> float:
    """Return the share of the deadline that is left until a share of it is over."""
    whole = clock.limits.seconds
    return 1.0 if whole is None else max(0.02, share - clock.elapsed / whole)
