"""Capacities by day with the disruptions applied, closures, and the groups of lift (rules 2, 8, 9, 14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

import numpy as np

from data.checks import disrupted_rows
from data.tables import EMPTY, Table
from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.stock import first_days, released


@dataclass(frozen=True)
class LiftGroup:
    """Donors whose lift of one mode and cargo class stands under equal caveats (rule 9)."""

    name: str
    mode: str
    cargo: str
    caveats: tuple[int, ...]  # positions in table caveats
    capacity: np.ndarray = field(repr=False)  # [day] in t·km


def by_day(theatre: Theatre, scenario: Scenario, table: Table, column: str) -> np.ndarray:
    """Return the values of a capacity column [row, day] with the disruptions applied; inf where empty."""
    values = table[column].astype(float)
    out = np.repeat(np.where(np.isnan(values), np.inf, values)[:, None], scenario.horizon, axis=1)
    for row in scenario.disruptions.rows():
        if row.table != table.name or row.column != column:
            continue
        last = scenario.horizon - 1 if row.to_day is None else min(row.to_day, scenario.horizon - 1)
        for i in disrupted_rows(table, row.key):
            span = slice(row.from_day, last + 1)
            if row.value is not None:
                out[i, span] = row.value
            elif row.factor == 0:
                out[i, span] = 0.0  # also where there was no limit
            else:
                out[i, span] *= row.factor
    return out


def closed(theatre: Theatre, scenario: Scenario, table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return [row, day] whether a disruption closes it, and whether goods caught by the closure are lost."""
    shut = np.zeros((len(table), scenario.horizon), bool)
    lost = np.zeros_like(shut)
    effective = by_day(theatre, scenario, table, column)
    for row in scenario.disruptions.rows():
        if row.table != table.name or row.column != column:
            continue
        last = scenario.horizon - 1 if row.to_day is None else min(row.to_day, scenario.horizon - 1)
        for i in disrupted_rows(table, row.key):
            span = slice(row.from_day, last + 1)
            hit = effective[i, span] == 0
            shut[i, span] |= hit
            lost[i, span] |= hit & (row.goods != "stay")
    return shut, lost


def lift_groups(theatre: Theatre, scenario: Scenario) -> list[LiftGroup]:
    """Return the lift groups, sorted by name, each with its capacity by day (rules 2 and 9)."""
    binding = _lift_caveats(theatre)
    default = {row.donor: row.approval_days for row in theatre.donors.rows()}
    capacity = by_day(theatre, scenario, theatre.lift, "capacity")
    reached = first_days(scenario)
    members: dict[tuple[str, str, tuple[tuple[object, ...], ...]], list[tuple[str, np.ndarray]]] = {}
    for i, row in enumerate(theatre.lift.rows()):
        approval = default[row.donor] if row.approval_days is None else row.approval_days
        first = max(row.from_day, released(reached, row.trigger, approval, {}))
        last = scenario.horizon - 1 if row.to_day is None else row.to_day
        given = np.zeros(scenario.horizon)
        given[first : last + 1] = capacity[i, first : last + 1]
        key = (row.mode, row.cargo, tuple(sorted(words for words, _ in binding[row.donor])))
        members.setdefault(key, []).append((row.donor, given))
    groups = []
    for (mode, cargo, _), rows in members.items():
        first_donor = min(donor for donor, _ in rows)
        caveats = tuple(sorted(position for _, position in binding[first_donor]))
        total = np.sum([given for _, given in rows], axis=0)
        groups.append(LiftGroup(f"{mode}/{cargo}/{first_donor}", mode, cargo, caveats, total))
    return sorted(groups, key=lambda g: g.name)


def _lift_caveats(theatre: Theatre) -> dict[str, set[tuple[tuple[object, ...], int]]]:
    out: dict[str, set[tuple[tuple[object, ...], int]]] = {row.donor: set() for row in theatre.donors.rows()}
    seen: dict[tuple[str, tuple[object, ...]], int] = {}
    for i, row in enumerate(theatre.caveats.rows()):
        if row.subject != "lift":
            continue
        words = tuple("" if v is None else str(v) for v in (
            row.effect, row.item, row.supply_class, row.recipient, row.sector, row.purpose, row.mode,
            row.country, row.transit_country, row.from_day, row.to_day))  # fmt: skip
        for donor in [row.donor] if row.donor else list(out):
            position = seen.setdefault((donor, words), i)
            out[donor].add((words, position))
    return out


def transport_money(theatre: Theatre, scenario: Scenario) -> dict[int, np.ndarray]:
    """Return what the transport funds of a donor hold by each day (EUR), for the donors that have any (rule 13)."""
    reached = first_days(scenario)
    default = {row.donor: row.approval_days for row in theatre.donors.rows()}
    position = theatre.donors.position()
    out: dict[int, np.ndarray] = {}
    for row in theatre.funds.rows():
        if row.purpose != "transport":
            continue
        money = out.setdefault(position[row.donor], np.zeros(scenario.horizon))
        own = default[row.donor] if row.approval_days is None else row.approval_days
        money[max(row.from_day, released(reached, row.trigger, own, {})) :] += row.amount
    return out


def lift_days(transit: int, return_factor: float) -> int:
    """Return on how many days a move binds lift: ⌈T·R⌉, at least the day of departure."""
    return max(1, ceil(round(transit * return_factor, 9)))


def last_days(column: np.ndarray, horizon: int) -> np.ndarray:
    """Return the column with empty cells as the last day and later days cut to it."""
    return np.where(column == EMPTY, horizon - 1, np.minimum(column, horizon - 1))
