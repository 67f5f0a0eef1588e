"""A schedule as late as due days and crews allow, but not before materials can be there at all.

What comes late displaces least: its days date what works ask of transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from data.theatre import Theatre
from optimizer.formulations.fortify import SEPARATOR, Question, last_starts
from optimizer.formulations.reinforce.pricing import Prices, Pricing
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.works import Choice, Instance
from optimizer.formulations.works.greedy import Wished, improve
from optimizer.formulations.works.reading import GRAIN
from optimizer.methods.schedule import Scheduled, goal_values

GRAINS = 10**6  # of the dearest start beside its last
CLOSED = 1e6  # price of what has no capacity at all


def first_days(asked: Question, setting: Setting, pricing: Pricing) -> dict[str, int]:
    """Return by work the first day on which something of every material it asks for can be at its sector.

    The horizon, where there is no way in time. Works that ask for nothing are left out.
    """
    out: dict[str, int] = {}
    first = first_days_of_needs(setting, pricing)
    for name, its in zip(setting.scenario.needs["need"].tolist(), first.tolist(), strict=True):
        if name in asked.names:
            work = name.partition(SEPARATOR)[0]
            out[work] = max(out.get(work, 0), its)
    return out


def first_days_of_needs(setting: Setting, pricing: Pricing) -> np.ndarray:
    """Return by need the first day on which anything can be there for it; the horizon, if nothing can in time."""
    capacity = np.where(setting.network.limit <= 0, CLOSED, 0.0)
    labels = pricing.sweep(Prices(capacity, np.zeros(len(setting.slices))))
    frame, horizon = setting.flows["delivery"], setting.scenario.horizon
    need, state, k = (frame[c].to_numpy(int) for c in ("need", "state", "k"))
    there = labels.least[:, state, k] < CLOSED
    day = np.where(there.any(axis=0), there.argmax(axis=0), horizon)
    first = np.full(len(setting.needs.size), horizon)
    np.minimum.at(first, need, day)
    return first


def late(
    theatre: Theatre, instance: Instance, first: set[str], ready: Mapping[str, int], seconds: float, seed: int,
    costs: Mapping[str, np.ndarray] | None = None, before: Scheduled | None = None,
) -> Scheduled:  # fmt: skip
    """Return a schedule as late as due days and crews allow, plenty of material from the days `ready` on.

    It loses the least value, of the works that go `first` before all others; then it costs the least, if it is known
    what each work costs from each day on; else it brings the fewest tonnes the fewest days before their last. Mandatory
    works are laid whether or not their materials can be there. `before` is a schedule to begin with.
    """
    free, latest = without_materials(instance), last_starts(instance)
    last = 1 + max(job.tier for job in free.jobs)
    jobs = [job if job.name in first or job.mandatory else replace(job, tier=last) for job in free.jobs]
    free = _not_before(replace(free, jobs=tuple(jobs)), ready)
    tonnes = dict(zip(theatre.items["item"], theatre.items["mass"], strict=True))
    mass = [float(tonnes[store.name[1]]) * store.grain / GRAIN for store in free.stores]

    extra = _extra(free, costs or {}, latest)

    def worth(chosen: Mapping[int, Choice]) -> tuple[int, ...]:
        values = goal_values(free, chosen)
        unfinished = [value for goal, value in values.items() if goal.endswith("_works")]
        if costs:
            return (*unfinished, sum(extra[j][choice.start] for j, choice in chosen.items() if j in extra))
        early = dict.fromkeys((job.tier for job in free.jobs), 0)
        for j, choice in chosen.items():
            drawn = round(1000 * sum(mass[k] * q for k, q in free.jobs[j].ways[choice.way].draws))
            early[free.jobs[j].tier] += drawn * max(0, latest.get(j, choice.start) - choice.start)
        return (*unfinished, *(early[tier] for tier in sorted(early)))

    found = None if before is None else (before.chosen, before.units)
    chosen, units = improve(free, worth, seconds, seed, found, late=True)
    return Scheduled(free, chosen, units, goal_values(free, chosen))


def _extra(instance: Instance, costs: Mapping[str, np.ndarray], latest: Mapping[int, int]) -> dict[int, list[int]]:
    """Return by job what each start costs beside its last, in whole numbers."""
    own = {j: costs[job.name] for j, job in enumerate(instance.jobs) if job.name in costs and j in latest}
    extra = {j: np.maximum(0.0, cost - cost[latest[j]]) for j, cost in own.items() if np.isfinite(cost[latest[j]])}
    most = max((float(e[np.isfinite(e)].max(initial=0.0)) for e in extra.values()), default=0.0) or 1.0
    return {j: [round(GRAINS * min(2.0, x / most)) for x in e.tolist()] for j, e in extra.items()}


def _not_before(instance: Instance, ready: Mapping[str, int]) -> Instance:
    """Return the instance with no work earlier than these days, but for mandatory ones."""
    jobs = [
        job if job.mandatory else replace(job, earliest=max(job.earliest, ready.get(job.name, 0)))
        for job in instance.jobs
    ]
    return replace(instance, jobs=tuple(jobs))


def without_materials(instance: Instance) -> Instance:
    """Return the instance with plenty of every material."""
    drawn = [0] * len(instance.stores)
    for job in instance.jobs:
        for way in job.ways:
            for store, quantity in way.draws:
                drawn[store] += quantity
    return replace(instance, stores=tuple(replace(s, curve=(n,)) for s, n in zip(instance.stores, drawn, strict=True)))


def near(
    instance: Instance, wished: Wished, ready: Mapping[str, int], seconds: float, seed: int, before: Scheduled | None
) -> Scheduled:
    """Return a lawful schedule near the days wished, plenty of material: it loses the least value, then is least dear.

    The days may be such as no crews can keep that need days between sectors. No work is laid before the day from which
    on it may be `ready`, if it is not mandatory. `before` is another schedule to begin with.
    """
    free = _not_before(without_materials(instance), ready)

    def worth(chosen: Mapping[int, Choice]) -> tuple[int, ...]:
        values = goal_values(free, chosen)
        return (*(value for goal, value in values.items() if goal.endswith("_works")), *wished.dear(chosen))

    found = None if before is None else (before.chosen, before.units)
    chosen, units = improve(free, worth, seconds, seed, found, late=True, wished=wished)
    return Scheduled(free, chosen, units, goal_values(free, chosen))
