"""Why a work is not built, or late, in table words: its window, its crews and plant, its materials, or other works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from data.theatre import Scenario
from optimizer.formulations.works import Choice, Instance
from optimizer.formulations.works.reading import GRAIN

MOST = 5  # works explained


def left_out(scenario: Scenario, instance: Instance, chosen: Mapping[int, Choice]) -> tuple[str, ...]:
    """Return a sentence for each of the worst works that are not finished by their due day, first tier first."""
    late = [j for j, job in enumerate(instance.jobs) if j not in chosen or chosen[j].end > job.due]
    late.sort(key=lambda j: (instance.jobs[j].tier, -instance.jobs[j].value, instance.jobs[j].name))
    out = []
    for j in late[:MOST]:
        job = instance.jobs[j]
        state = "is not built" if j not in chosen else f"ends on day {chosen[j].end - 1}, due on day {job.due - 1}"
        why = "; ".join(dict.fromkeys(_reasons(instance, chosen, j)))
        out.append(f"work {job.name} at {job.sector} (tier {job.tier}) {state}: {why}")
    if len(late) > MOST:
        out.append(f"and {len(late) - MOST} more works are not finished by their due day")
    return tuple(out)


def _reasons(instance: Instance, chosen: Mapping[int, Choice], j: int) -> Iterator[str]:
    """Yield what alone keeps the work from its due day; if nothing does, who has its crews or materials."""
    job = instance.jobs[j]
    in_time = [(way, start, end) for way, start, end in instance.starts(j) if end <= job.due]
    if not in_time:
        yield f"no mode fits between its earliest day {instance.heads[j]} and its due day {job.due - 1}"
        return
    alone = [*_builders(instance, j, in_time), *_materials(instance, j, in_time), *_waits(instance, chosen, j)]
    yield from alone or _others(instance, chosen, j, in_time)


def _builders(instance: Instance, j: int, in_time: list[tuple[int, int, int]]) -> Iterator[str]:
    lacking = set()
    for way, start, end in in_time:
        for p, number in instance.jobs[j].ways[way].takes:
            pool = instance.pools[p]
            able = sum(g.size for g in pool.groups
                       if g.first <= start and end <= g.last and (j, start) not in g.barred)  # fmt: skip
            if able < number:
                lacking.add(p)
                break
        else:
            return  # one way is open
    for p in sorted(lacking):
        pool = instance.pools[p]
        kind = f"crews of trade {pool.name}" if pool.table == "crews" else f"plant of kind {pool.name}"
        first = min((g.first for g in pool.groups), default=0)
        when = f"the first is on site on day {first}" if first < instance.horizon else "none is released"
        yield f"not enough {kind} can be there in time ({when}) or are allowed to"


def _materials(instance: Instance, j: int, in_time: list[tuple[int, int, int]]) -> Iterator[str]:
    latest = max(start for _, start, _ in in_time)
    for store, quantity in instance.jobs[j].ways[0].draws:
        there = instance.stores[store].at(latest)
        if there < quantity:
            item = instance.stores[store].name[1]
            yield f"{there / GRAIN:g} of {quantity / GRAIN:g} {item} are on site by day {latest}, its last start"


def _waits(instance: Instance, chosen: Mapping[int, Choice], j: int) -> Iterator[str]:
    latest = max(start for _, start, _ in instance.starts(j))
    for before, after, lag in instance.order:
        if after != j:
            continue
        name = instance.jobs[before].name
        if before not in chosen:
            yield f"it waits for work {name}, which is not built"
        elif chosen[before].end + lag > latest:
            yield f"it waits for work {name}, which ends on day {chosen[before].end - 1}"


def _others(
    instance: Instance, chosen: Mapping[int, Choice], j: int, in_time: list[tuple[int, int, int]]
) -> Iterator[str]:
    """Yield what other works have of the work's materials, crews and plant in its window."""
    first, last = min(s for _, s, _ in in_time), max(e for *_, e in in_time)
    job = instance.jobs[j]
    for store, quantity in job.ways[0].draws:
        users = [i for i in chosen if i != j and any(s == store for s, _ in instance.jobs[i].ways[chosen[i].way].draws)]
        drawn = sum(dict(instance.jobs[i].ways[chosen[i].way].draws)[store] for i in users)
        if drawn + quantity > instance.stores[store].at(last):
            yield f"its {instance.stores[store].name[1]} goes to {_named(instance, users)}"
    for p in sorted({p for way, _, _ in in_time for p, _ in job.ways[way].takes}):
        users = [i for i, c in chosen.items() if i != j and c.start < last and c.end > first
                 and p in dict(instance.jobs[i].ways[c.way].takes)]  # fmt: skip
        if users:
            pool = instance.pools[p]
            kind = f"crews of trade {pool.name}" if pool.table == "crews" else f"plant of kind {pool.name}"
            yield f"days {first} to {last - 1}: the {kind} build {_named(instance, users)}, or are on their way"


def _named(instance: Instance, jobs: list[int], most: int = 3) -> str:
    names = sorted(instance.jobs[i].name for i in jobs)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
