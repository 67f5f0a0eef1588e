"""What holds on which day: limits after disruptions, release days, what lots and lift groups offer.

Arrays have a row for each row of the table and a column for each day; NaN says no limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.checks import disrupted_rows
from data.contracts.theatre import CAVEATS
from data.tables import EMPTY
from data.theatre import Scenario, Theatre

NEVER = 10**6  # a day that no horizon reaches
LEVELS = 4
_NO_TERM = ("caveat", "donor", "text")


def in_effect(theatre: Theatre, scenario: Scenario, table: str, column: str) -> np.ndarray:
    """Return the column's value in effect, by row and day, after the disruptions in key order."""
    target = theatre.tables[table]
    values = np.repeat(target[column][:, None], scenario.horizon, axis=1)
    for row in scenario.disruptions.rows():
        if (row.table, row.column) != (table, column):
            continue
        days = slice(row.from_day or 0, scenario.horizon if row.to_day is None else row.to_day + 1)
        for i in disrupted_rows(target, row.key):
            if row.value is not None:
                values[i, days] = row.value
            elif row.factor == 0:
                values[i, days] = 0.0
            else:
                values[i, days] *= row.factor
    return values


def first_days(scenario: Scenario) -> np.ndarray:
    """Return the first day with at least each trigger level; NEVER where none is reached."""
    levels = np.array(scenario.levels())
    reached = levels[None, :] >= np.arange(LEVELS)[:, None]
    return np.where(reached.any(axis=1), reached.argmax(axis=1), NEVER)


def _released(scenario: Scenario, trigger: np.ndarray, approval_days: np.ndarray) -> np.ndarray:
    """Return the first day on which each row is released, for its approval days by level."""
    day = np.minimum(first_days(scenario)[None, :] + approval_days, NEVER)
    day[np.arange(LEVELS)[None, :] < trigger[:, None]] = NEVER
    return day.min(axis=1)


def approval_days(theatre: Theatre, table: str) -> np.ndarray:
    """Return the approval lead time of each row of a table with donors by trigger level, terms included."""
    rows = theatre.tables[table]
    donors = theatre.donors["approval_days"][rows.codes("donor", theatre.donors)]
    own = np.where(rows["approval_days"] == EMPTY, donors, rows["approval_days"])
    days = np.repeat(own[:, None], LEVELS, axis=1)
    if table == "stocks":
        for lot, term in zip(theatre.terms.codes("lot", rows), theatre.terms.rows(), strict=True):
            if term.approval_days is not None:  # sorted by level: a higher one overwrites
                days[lot, term.level :] = term.approval_days
    return days


def release_days(theatre: Theatre, scenario: Scenario, table: str) -> np.ndarray:
    """Return the first day each row of stocks, lift, funds, crews or plant may be used; NEVER if never."""
    rows = theatre.tables[table]
    day = _released(scenario, rows["trigger"], approval_days(theatre, table))
    ready = {"stocks": "ready_day", "plant": None}.get(table, "from_day")
    return day if ready is None else np.maximum(day, rows[ready])


def available(theatre: Theatre, scenario: Scenario, on_hand: np.ndarray) -> np.ndarray:
    """Return what may have left each lot in all by each day if that much is on hand, on the grid of plans."""
    stocks = theatre.stocks
    floors = np.repeat(stocks["floor"][:, None], LEVELS, axis=1)
    for lot, term in zip(theatre.terms.codes("lot", stocks), theatre.terms.rows(), strict=True):
        if term.floor is not None:
            floors[lot, term.level :] = term.floor
    free = (on_hand - stocks["reserved"] - stocks["unserviceable"])[:, None] - floors
    free = np.clip(np.fmin(free, stocks["earmarked"][:, None]), 0.0, None)
    # NB: 0.3 - 0.1 falls just below 0.2, so what is free is rounded to its decimals before it is cut
    by_level = np.floor(np.round(free * 1000, 6)) / 1000
    return by_level[:, scenario.levels()]


@dataclass(frozen=True, eq=False)
class LiftGroups:
    """Lift groups by name, the group of each lift row, and t·km offered by group and day."""

    names: tuple[str, ...]
    of_row: np.ndarray
    by_row: np.ndarray  # offered by lift row and day
    offered: np.ndarray

    def codes(self, names: np.ndarray) -> np.ndarray:
        """Return the position of each name; -1 where there is no such group."""
        position = {name: i for i, name in enumerate(self.names)}
        return np.fromiter((position.get(name, -1) for name in names), np.int64, len(names))


def lift_groups(theatre: Theatre, scenario: Scenario) -> LiftGroups:
    """Return the lift rows pooled by mode, cargo class and the lift caveats that bind their donors."""
    lift = theatre.lift
    terms = _lift_caveats(theatre)
    bound = [terms[donor] for donor in lift["donor"]]
    frame = pd.DataFrame(
        {"mode": lift["mode"], "cargo": lift["cargo"], "bound": bound, "donor": lift["donor"]}
    )
    first = (
        frame.groupby(["mode", "cargo", "bound"])["donor"].transform("min") if len(frame) else frame["donor"]
    )
    of_row, names = pd.factorize(frame["mode"] + "/" + frame["cargo"] + "/" + first, sort=True)
    days = np.arange(scenario.horizon)[None, :]
    last = np.where(lift["to_day"] == EMPTY, scenario.horizon, lift["to_day"])
    on = (days >= release_days(theatre, scenario, "lift")[:, None]) & (days <= last[:, None])
    by_row = np.where(on, in_effect(theatre, scenario, "lift", "capacity"), 0.0)
    offered = np.zeros((len(names), scenario.horizon))
    np.add.at(offered, of_row, by_row)
    return LiftGroups(tuple(names), of_row, by_row, offered)


def _lift_caveats(theatre: Theatre) -> dict[str, str]:
    """Return, by donor, one text that is equal for donors bound by equal lift caveats."""
    columns = [c.name for c in CAVEATS.columns if c.name not in _NO_TERM]
    rows = [row for row in theatre.caveats.rows() if row.subject == "lift"]
    texts = [(row.donor, repr([getattr(row, name) for name in columns])) for row in rows]
    return {
        donor: "\n".join(sorted({text for whom, text in texts if whom in (None, donor)}))
        for donor in theatre.donors["donor"]
    }
