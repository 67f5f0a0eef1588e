"""The works program by intervals: starts as whole numbers, (crews) as cumulatives, the makespan as goal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.formulations.works.model import Model


def by_intervals(model: Model) -> None:
    """State the rows of an instance that needs no days; ValueError if it does."""
    instance, program = model.instance, model.program
    plain = all(len(p.groups) == 1 and not p.groups[0].move and not p.groups[0].first for p in instance.pools)
    if instance.rest or not plain or any(len(s.curve) > 1 for s in instance.stores):
        raise ValueError("an instance with days of rest, several groups, travel or arrivals is built by days")
    if not all(job.mandatory for job in instance.jobs):
        raise ValueError("an instance with optional works is built by days")
    ends, demands = {}, [[] for _ in instance.pools]  # type: ignore[var-annotated]
    for j, job in enumerate(instance.jobs):
        head, tail = instance.heads[j], instance.tails[j]
        shortest = job.shortest
        start = model.first_day[j] = program.new_int_var(head, max(head, tail - shortest), f"s_{job.name}")
        if len(job.ways) == 1:
            ends[j] = start + shortest
            model.ways[j, 0] = program.new_constant(1)
            interval = program.new_fixed_size_interval_var(start, shortest, f"i_{job.name}")
            for pool, number in job.ways[0].takes:
                demands[pool].append((interval, number))
            continue
        literals = [program.new_bool_var(f"w_{job.name}_{w}") for w in range(len(job.ways))]
        model.ways |= {(j, w): literal for w, literal in enumerate(literals)}
        model.blocks.add("choose")
        if "choose" not in model.without:
            program.add_exactly_one(literals)
        ends[j] = start + sum(way.duration * lit for way, lit in zip(job.ways, literals, strict=True))
        for way, literal in zip(job.ways, literals, strict=True):
            interval = program.new_optional_fixed_size_interval_var(start, way.duration, literal, f"i_{job.name}")
            for pool, number in way.takes:
                demands[pool].append((interval, number))
    for before, after, lag in instance.order:
        model.add("order", ends[before] + lag <= model.first_day[after])
    for members, uses in zip(instance.pools, demands, strict=True):
        model.blocks.add("crews")
        if uses and "crews" not in model.without:
            program.add_cumulative([i for i, _ in uses], [number for _, number in uses], members.size)
    _stores(model)
    _makespan(model, ends)


def _stores(model: Model) -> None:
    instance = model.instance
    for number, store in enumerate(instance.stores):
        drawn = [
            dict(way.draws).get(number, 0) * model.ways[j, w]
            for j, job in enumerate(instance.jobs) for w, way in enumerate(job.ways) if dict(way.draws).get(number)
        ]  # fmt: skip
        model.add("material", sum(drawn) <= store.at(0))


def _makespan(model: Model, ends: dict[int, Any]) -> None:
    """Bound the makespan by every end, and by the work content of every pool: that much takes that long."""
    instance, program = model.instance, model.program
    makespan = program.new_int_var(0, instance.horizon, "makespan")
    for end in ends.values():
        program.add(makespan >= end)
    for p, pool in enumerate(instance.pools):
        content = [
            way.duration * dict(way.takes).get(p, 0) * model.ways[j, w]
            for j, job in enumerate(instance.jobs) for w, way in enumerate(job.ways) if dict(way.takes).get(p)
        ]  # fmt: skip
        if content and "crews" not in model.without:
            program.add(pool.size * makespan >= sum(content))
    model.goals["makespan"] = makespan
