"""What differs: between two plans need by need and donor by donor, and between two sets of tables cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.plan import Plan
from data.score import Score, score
from data.tables import Table
from data.theatre import Scenario, TableSet, Theatre

SAME = 1e-6  # a difference below it is none, in units, t, EUR and days


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two plans side by side, columns `a` and `b`; difference = b − a.

    goals and kpis by name; needs (in time and credited, units; mean arrival, day); moved by lot or site and item
    (units, t); donors (EUR, t). Frames hold only rows that differ.
    """

    goals: pd.DataFrame
    kpis: pd.DataFrame
    needs: pd.DataFrame
    moved: pd.DataFrame
    donors: pd.DataFrame


def compare(a: tuple[Theatre, Scenario, Plan], b: tuple[Theatre, Scenario, Plan]) -> Comparison:
    """Return what differs between two plans, each under its own theatre and scenario."""
    one, two = score(*a), score(*b)
    kpis = [{name: value for name, value in s.kpis.items() if isinstance(value, int | float)} for s in (one, two)]
    return Comparison(
        _side_by_side(one.objectives, two.objectives, "goal"),
        _side_by_side(kpis[0], kpis[1], "kpi"),
        _needs(one, two),
        _joined(_moved(one), _moved(two), ["origin", "donor", "item"], ["quantity", "tonnes"]),
        _joined(one.burden, two.burden, ["donor"], ["value", "tonnes"]),
    )


def _side_by_side(a: dict[str, float], b: dict[str, float], name: str) -> pd.DataFrame:
    rows = [(key, float(a[key]), float(b[key]), float(b[key] - a[key])) for key in b if key in a]
    return pd.DataFrame(rows, columns=[name, "a", "b", "difference"])


def _joined(a: pd.DataFrame, b: pd.DataFrame, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Return the rows of both with `_a` and `_b` columns, 0 where one has none; only those that differ."""
    both = a[keys + values].merge(b[keys + values], on=keys, how="outer", suffixes=("_a", "_b"))
    numbers = [f"{v}_{side}" for v in values for side in "ab"]
    both[numbers] = both[numbers].fillna(0.0)
    change = both[f"{values[0]}_b"] - both[f"{values[0]}_a"]
    order = np.lexsort((both[keys[0]].astype(str), -change.abs()))
    return both.iloc[order][change.iloc[order].abs().to_numpy() > SAME].reset_index(drop=True)


def _moved(scored: Score) -> pd.DataFrame:
    it = scored.itinerary
    frame = pd.DataFrame(
        {
            "origin": it.origins.name[it.lot],
            "donor": it.theatre.donors["donor"][it.donor],
            "item": it.theatre.items["item"][it.item],
            "quantity": it.quantity,
            "tonnes": it.tonnes,
        }
    )
    return frame.groupby(["origin", "donor", "item"], as_index=False)[["quantity", "tonnes"]].sum()


def _needs(one: Score, two: Score) -> pd.DataFrame:
    """Return the needs that are served otherwise: earlier, later, more, less, or asked by one scenario alone."""
    keys = ["need", "sector", "item", "tier"]
    both = _arrivals(one).merge(_arrivals(two), on=keys, how="outer", suffixes=("_a", "_b"))
    more = both["credited_b"].fillna(0.0) - both["credited_a"].fillna(0.0)
    in_time = both["in_time_b"].fillna(0.0) - both["in_time_a"].fillna(0.0)
    days = both["arrival_b"] - both["arrival_a"]
    both["days_later"] = days
    alone = both["quantity_a"].isna() | both["quantity_b"].isna()
    differs = alone | (more.abs() > SAME) | (in_time.abs() > SAME) | (days.abs() > SAME)
    order = np.lexsort((both["need"].astype(str), -in_time.abs(), both["tier"]))
    return both.iloc[order][differs.iloc[order].to_numpy()].reset_index(drop=True)


def _arrivals(scored: Score) -> pd.DataFrame:
    frame = scored.by_need[["need", "sector", "item", "tier", "quantity", "credited", "short"]].copy()
    frame["in_time"] = frame["quantity"] - frame.pop("short")
    it, got = scored.itinerary, scored.credit
    served = (it.need >= 0) & (got.credited > 0)
    weight = np.bincount(it.need[served], got.credited[served], len(frame))
    day = np.bincount(it.need[served], got.credited[served] * it.arrive[served], len(frame))
    frame["arrival"] = np.divide(day, weight, out=np.full(len(frame), np.nan), where=weight > 0)
    return frame


def difference(a: TableSet, b: TableSet) -> list[dict[str, Any]]:
    """Return a row a cell that differs, a row added or dropped: table, key, column, what it was and what it is."""
    out: list[dict[str, Any]] = []
    for name in sorted({*a.tables, *b.tables}):
        one, two = a.tables.get(name), b.tables.get(name)
        if one is not None and two is not None and one.digest == two.digest:
            continue
        out += _rows(name, one, two)
    return out


def _rows(name: str, a: Table | None, b: Table | None) -> list[dict[str, Any]]:
    before, after = _by_key(a), _by_key(b)
    out = []
    for key in sorted({*before, *after}):
        where = {"table": name, "key": "/".join(key)}
        if key not in after:
            out.append({**where, "change": "dropped", "column": None, "before": None, "after": None})
        elif key not in before:
            out.append({**where, "change": "added", "column": None, "before": None, "after": None})
        else:
            for column, value in after[key].items():
                old = before[key].get(column)
                if old != value:
                    out.append({**where, "change": "changed", "column": column, "before": old, "after": value})
    return out


def _by_key(table: Table | None) -> dict[tuple[str, ...], dict[str, Any]]:
    if table is None:
        return {}
    raw, keys = table.raw(), table.contract.key
    rows = [dict(zip(raw, cells, strict=True)) for cells in zip(*raw.values(), strict=True)]
    return {tuple(str(row[k]) for k in keys): row for row in rows}
