"""When each lot is released and how much of it may leave when: slices and rows of stock (rules 2, 3)."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np

from data.checks import disrupted_rows
from data.theatre import Scenario, Theatre

NEVER = 10**6
GRID = 1000  # plan quantities are thousandths of a unit


@dataclass(frozen=True)
class Slice:
    """A share of a lot that may leave from day `first` to day `last`."""

    lot: int
    first: int
    last: int


@dataclass(frozen=True)
class StockRow:
    """What the named slices of a lot may give together (rule 3)."""

    lot: int
    day: int
    slices: tuple[int, ...]
    available: float


def first_days(scenario: Scenario) -> list[int]:
    """Return for each level 0…3 the first day on which it is reached, NEVER if it is not."""
    levels = scenario.levels()
    return [next((t for t, level in enumerate(levels) if level >= wanted), NEVER) for wanted in range(4)]


def lot_releases(theatre: Theatre, scenario: Scenario) -> np.ndarray:
    """Return the release day of each lot (rule 2); NEVER where its trigger is not reached."""
    reached = first_days(scenario)
    default = {row.donor: row.approval_days for row in theatre.donors.rows()}
    terms: dict[str, dict[int, int]] = {}
    for row in theatre.terms.rows():
        if row.approval_days is not None:
            terms.setdefault(row.lot, {})[row.level] = row.approval_days
    out = np.full(len(theatre.stocks), NEVER)
    for i, row in enumerate(theatre.stocks.rows()):
        own = default[row.donor] if row.approval_days is None else row.approval_days
        out[i] = max(row.ready_day, released(reached, row.trigger, own, terms.get(row.lot, {})))
    return out


def released(reached: list[int], trigger: int, approval: int, terms: dict[int, int]) -> int:
    """Return the first day on which a row of this trigger and approval lead time is released (rule 2)."""
    days = []
    for level in range(trigger, 4):
        if reached[level] < NEVER:
            known = [days_ for at, days_ in sorted(terms.items()) if at <= level]
            days.append(reached[level] + (known[-1] if known else approval))
    return min(days, default=NEVER)


def available(theatre: Theatre, scenario: Scenario) -> np.ndarray:
    """Return the available quantity [lot, day] of the undisturbed stock, in whole thousandths (rule 3)."""
    levels = scenario.levels()
    floors: dict[str, dict[int, float]] = {}
    for row in theatre.terms.rows():
        if row.floor is not None:
            floors.setdefault(row.lot, {})[row.level] = row.floor
    out = np.zeros((len(theatre.stocks), scenario.horizon))
    for i, row in enumerate(theatre.stocks.rows()):
        out[i] = _available(row, row.on_hand, levels, floors.get(row.lot, {}))
    return out


def _available(row: Any, on_hand: float, levels: list[int], floors: dict[int, float]) -> list[float]:
    by_level = {}
    for level in set(levels):
        known = [value for at, value in sorted(floors.items()) if at <= level]
        kept = known[-1] if known else row.floor
        free = on_hand - row.reserved - row.unserviceable - kept
        named = on_hand if row.earmarked is None else row.earmarked
        by_level[level] = floor(round(max(0.0, min(named, free)) * GRID, 6)) / GRID
    return [by_level[level] for level in levels]


def stock_slices(theatre: Theatre, scenario: Scenario) -> tuple[list[Slice], list[StockRow]]:
    """Return the slices of all lots and the rows that bound them.

    What leaves by day t is at most the availability of t, so one slice for every day on which it rises,
    and one cumulative row each, are exact. A cut of stock on day d splits the slices at d: what leaves
    from d on is bounded by the new availability, everything together still by the old one.
    """
    releases, plenty = lot_releases(theatre, scenario), available(theatre, scenario)
    cuts = _cuts(theatre, scenario)
    slices: list[Slice] = []
    rows: list[StockRow] = []
    for lot in range(len(theatre.stocks)):
        if releases[lot] >= scenario.horizon:
            continue
        _slice_lot(lot, int(releases[lot]), plenty[lot], cuts.get(lot, []), slices, rows)
    return slices, rows


def _slice_lot(
    lot: int,
    release: int,
    plenty: np.ndarray,
    cuts: list[tuple[int, np.ndarray]],
    slices: list[Slice],
    rows: list[StockRow],
) -> None:
    horizon = len(plenty)
    cut_days = [day for day, _ in cuts]
    limits = [plenty, *(after for _, after in cuts)]
    breaks = [
        t
        for t in range(release, horizon)
        if t == release or t in cut_days or any(limit[t] != limit[t - 1] for limit in limits)
    ]
    own: list[tuple[int, int]] = []  # (position, first day)
    for t in breaks:
        last = min((day - 1 for day in cut_days if day > t), default=horizon - 1)
        own.append((len(slices), t))
        slices.append(Slice(lot, t, last))
        up_to = tuple(position for position, _ in own)
        rows.append(StockRow(lot, t, up_to, float(plenty[t])))
        for day, after in cuts:
            if t >= day:
                since = tuple(position for position, first in own if first >= day)
                rows.append(StockRow(lot, t, since, float(after[t])))


def _cuts(theatre: Theatre, scenario: Scenario) -> dict[int, list[tuple[int, np.ndarray]]]:
    levels = scenario.levels()
    floors: dict[str, dict[int, float]] = {}
    for row in theatre.terms.rows():
        if row.floor is not None:
            floors.setdefault(row.lot, {})[row.level] = row.floor
    lots = theatre.stocks.rows()
    on_hand = theatre.stocks["on_hand"].copy()
    out: dict[int, list[tuple[int, np.ndarray]]] = {}
    cuts = [r for r in scenario.disruptions.rows() if r.table == "stocks" and r.column == "on_hand"]
    for row in sorted(cuts, key=lambda r: (r.from_day, r.disruption)):
        for lot in disrupted_rows(theatre.stocks, row.key):
            on_hand[lot] = on_hand[lot] * row.factor if row.value is None else row.value
            after = np.array(_available(lots[lot], on_hand[lot], levels, floors.get(lots[lot].lot, {})))
            out.setdefault(lot, []).append((row.from_day, after))
    return out
