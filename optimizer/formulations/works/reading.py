"""Tables to an instance of works, and a schedule back to the plan's table: who exactly builds what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from data.effect import NEVER, release_days
from data.tables import Table
from data.theatre import Scenario, Theatre
from data.works import Curves, due_days, last_days, rest_days
from optimizer.formulations.works.instance import Choice, Group, Instance, Job, Pool, Store, Way

GRAIN = 10**6  # materials are counted in millionths of a unit, values in thousandths
VALUE = 10**3
KINDS = {"crews": ("crew", "trade", "size"), "plant": ("plant", "kind", "number")}


def instance_of(theatre: Theatre, scenario: Scenario, curves: Curves) -> Instance:
    """Return the works of a scenario with what is on site of their materials by each day (data.works.on_site)."""
    position = scenario.works.position()
    pools = [*_pools(theatre, scenario, "crews"), *_pools(theatre, scenario, "plant")]
    number = {(pool.table, pool.name): i for i, pool in enumerate(pools)}
    stores, draws = _stores(scenario, curves)
    ways: list[list[Way]] = [[] for _ in position]
    for row in scenario.work_modes.rows():
        takes = [(number["crews", row.trade], row.crews)]
        if row.plant is not None:
            takes.append((number["plant", row.plant], row.plant_number))
        job = position[row.work]
        ways[job].append(Way(row.mode, row.duration, tuple(takes), tuple(draws[job]), row.crews))
    due, last = due_days(scenario), last_days(scenario)
    jobs = tuple(
        Job(row.work, tuple(ways[j]), row.sector, row.earliest, int(last[j]) + 1, int(due[j]) + 1,
            math.floor(Decimal(repr(row.value)) * VALUE), row.tier, row.mandatory)
        for j, row in enumerate(scenario.works.rows())
    )  # fmt: skip
    order = tuple((position[r.before], position[r.after], r.lag) for r in scenario.precedences.rows())
    return Instance(scenario.horizon, jobs, tuple(pools), stores, order, rest_days(theatre, scenario.horizon))


def _pools(theatre: Theatre, scenario: Scenario, table: str) -> list[Pool]:
    rows, (key, kind, number) = theatre.tables[table], KINDS[table]
    released = release_days(theatre, scenario, table)
    caveats = [c for c in theatre.caveats.rows() if c.subject == key and c.item is None and c.supply_class is None]
    groups: dict[str, list[Group]] = {}
    for i, row in enumerate(rows.rows()):
        first = min(NEVER, int(released[i]) + row.move_days)
        to_day = getattr(row, "to_day", None)
        binding = [c for c in caveats if c.donor in (None, row.donor)]
        groups.setdefault(getattr(row, kind), []).append(
            Group(getattr(row, key), getattr(row, number), first, NEVER if to_day is None else to_day + 1,
                  row.move_days, _barred(theatre, scenario, binding))
        )  # fmt: skip
    return [Pool(name, tuple(members), table) for name, members in sorted(groups.items())]


def _barred(theatre: Theatre, scenario: Scenario, caveats: Sequence[Any]) -> frozenset[tuple[int, int]]:
    """Return the works and start days that these caveats forbid."""
    if not caveats:
        return frozenset()
    country = {row.node: row.country for row in theatre.nodes.rows()}
    forbid = [c for c in caveats if c.effect == "forbid"]
    only = [c for c in caveats if c.effect == "only"]
    out = set()
    for j, work in enumerate(scenario.works.rows()):
        for day in range(scenario.horizon):
            met = [_meets(c, work, country[work.sector], day) for c in forbid]
            if any(met) or (only and not any(_meets(c, work, country[work.sector], day) for c in only)):
                out.add((j, day))
    return frozenset(out)


def _meets(caveat: Any, work: Any, country: str | None, day: int) -> bool:
    if caveat.recipient is not None or caveat.mode is not None or caveat.transit_country is not None:
        return False  # a work has no recipient and goes nowhere
    cells = ((caveat.sector, work.sector), (caveat.country, country), (caveat.purpose, work.kind))
    if any(wanted is not None and wanted != given for wanted, given in cells):
        return False
    return (caveat.from_day is None or caveat.from_day <= day) and (caveat.to_day is None or day <= caveat.to_day)


def _stores(scenario: Scenario, curves: Curves) -> tuple[tuple[Store, ...], list[list[tuple[int, int]]]]:
    """Return the stores that works draw on, and what each work draws."""
    position, works = scenario.works.position(), scenario.works.rows()
    names = sorted({(works[position[r.work]].sector, r.item) for r in scenario.work_materials.rows()})
    number = {name: i for i, name in enumerate(names)}
    draws: list[list[tuple[int, int]]] = [[] for _ in works]
    for row in scenario.work_materials.rows():
        job = position[row.work]
        draws[job].append((number[works[job].sector, row.item], math.ceil(Decimal(repr(row.quantity)) * GRAIN)))
    # all that is drawn from a store is a multiple of this, so that what is on site may be counted in it too
    grain = [math.gcd(*(q for own in draws for k, q in own if k == store)) for store in range(len(names))]
    stores = tuple(
        Store(name, tuple(math.floor(Decimal(repr(round(float(v), 9))) * GRAIN) // grain[k] for v in curves[name])
              if name in curves else (0,), grain[k])
        for k, name in enumerate(names)
    )  # fmt: skip
    draws = [[(k, q // grain[k]) for k, q in own] for own in draws]
    return stores, draws


def plan_table(
    scenario: Scenario, instance: Instance, chosen: Mapping[int, Choice], units: Mapping[int, Sequence[tuple[int, str]]]
) -> dict[str, list[Any]]:
    """Return the raw table works of a plan: the choice of each job, and the units (pool, name) that build it."""
    out: dict[str, list[Any]] = {name: [] for name in ("work", "mode", "start", "end", "crews", "plant")}
    for job, choice in sorted(chosen.items()):
        out["work"].append(instance.jobs[job].name)
        out["mode"].append(instance.jobs[job].ways[choice.way].name)
        out["start"].append(choice.start)
        out["end"].append(choice.end - 1)
        for table in ("crews", "plant"):
            names = [unit for pool, unit in units.get(job, ()) if instance.pools[pool].table == table]
            out[table].append("|".join(names) or None)
    return out




def chosen_of(instance: Instance, built: Table) -> dict[int, Choice]:
    """Return the choices of the works that a plan's table builds."""
    position = {job.name: j for j, job in enumerate(instance.jobs)}
    out = {}
    for row in built.rows():
        j = position[row.work]
        way = [w.name for w in instance.jobs[j].ways].index(row.mode)
        out[j] = Choice(way, row.start, row.end + 1)
    return out
