"""Checks across rows and tables: references, days, levels, cycles. Problems stop, warnings inform.

Rows are reported in canonical order (sorted by key) with their key, and with the row they were read from
where the table was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from data.problems import Problem
from data.requirements import rates
from data.tables import EMPTY, Table

Tables = Mapping[str, Table]
LAST_YEAR = "9990"  # of day 0: the days of a horizon must have dates


def check_references(tables: Tables, targets: Tables, hollow: Collection[str] = ()) -> list[Problem]:
    """Return every cell that names a row which the referred table does not have.

    Tables that are `hollow`, missing or without rows, are a problem of their own: what names a row of them is not told.
    """
    problems: list[Problem] = []
    for table in tables.values():
        for column in table.contract.columns:
            if not column.refers_to or column.refers_to in hollow or not len(table):
                continue
            values = table[column.name]
            codes = table.codes(column.name, targets[column.refers_to])
            for i in np.flatnonzero((codes < 0) & (values != "")):
                what = f"no such row in table '{column.refers_to}'"
                mend = f"add it to '{column.refers_to}' or correct the name"
                problems.append(_problem(table, int(i), column.name, values[i], what, mend))
    return problems


def _problem(table: Table, i: int, column: str, value: Any, what: str, mend: str) -> Problem:
    key = " / ".join(str(table[k][i]) for k in table.contract.key)
    place = "" if column in table.contract.key and len(table.contract.key) == 1 else f" at '{key}'"
    return Problem(table.name, table.row_read(i), column, str(value), f"{what}{place}", mend)


def check_theatre(tables: Tables) -> list[Problem]:
    """Return what the theatre's tables have wrong beyond single cells and references."""
    checks = (_stocks, _links, _divisions, _terms, _days_in_order, _shares, _funds)
    return [problem for check in checks for problem in check(tables)]


def _stocks(tables: Tables) -> Iterator[Problem]:
    for i, row in enumerate(tables["items"].rows()):
        if row.neq > 0 and row.hazard_division is None:
            yield _problem(tables["items"], i, "hazard_division", "", "an item with NEQ has no hazard division",
                           "name its division, as 1.1")  # fmt: skip
    for i, row in enumerate(tables["substitutes"].rows()):
        if row.item == row.substitute:
            yield _problem(tables["substitutes"], i, "substitute", row.substitute, "an item stands in for itself",
                           "drop the row")  # fmt: skip


def _links(tables: Tables) -> Iterator[Problem]:
    links = tables["links"]
    for i, row in links.where(links["tail"] == links["head"]):
        yield _problem(links, i, "head", row.head, "the link ends where it starts", "correct tail or head")
    cycle = _zero_transit_cycle(links)
    if cycle:
        yield Problem("links", None, "transit", " → ".join(cycle), "links with transit 0 form a directed cycle",
                      "give one of them a transit of at least 1 day")  # fmt: skip


def _zero_transit_cycle(links: Table) -> list[str]:
    following: dict[str, list[str]] = defaultdict(list)
    for _, row in links.where((links["transit"] == 0) & (links["tail"] != links["head"])):
        following[row.tail].append(row.head)
    done: set[str] = set()
    for start in sorted(following):
        trail: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            node, depth = stack.pop()
            del trail[depth:]
            if node in trail:
                return [*trail[trail.index(node) :], node]
            if node in done:
                continue
            trail.append(node)
            onward = following.get(node, [])
            if not onward:
                done.add(node)
            stack += [(head, depth + 1) for head in onward]
        done.update(trail)
    return []


def _divisions(tables: Tables) -> Iterator[Problem]:
    nodes, limits = tables["nodes"], tables["explosive_limits"]
    limited = {(row.node, row.hazard_division) for row in limits.rows()}
    licensed = set()
    for i, row in enumerate(nodes.rows()):
        for division in row.divisions:
            licensed.add((row.node, division))
            if (row.node, division) not in limited:
                yield _problem(nodes, i, "divisions", division, "the division has no limit at this node",
                               "add a row to 'explosive_limits'")  # fmt: skip
    for i, row in enumerate(limits.rows()):
        if (row.node, row.hazard_division) not in licensed:
            yield _problem(limits, i, "hazard_division", row.hazard_division,
                           "the node is not licensed for this division",
                           "add it to nodes.divisions or drop the row")  # fmt: skip


def _terms(tables: Tables) -> Iterator[Problem]:
    stocks, terms = tables["stocks"], tables["terms"]
    floor = dict(zip(stocks["lot"].tolist(), np.nan_to_num(stocks["floor"]).tolist(), strict=True))
    for i, row in terms.where(~np.isnan(terms["floor"])):  # sorted by lot and level
        if row.lot not in floor:
            continue
        if row.floor > floor[row.lot]:
            yield _problem(terms, i, "floor", row.floor, "the floor rises with the trigger level",
                           f"give at most {floor[row.lot]:g}, the floor of the level below")  # fmt: skip
        floor[row.lot] = row.floor


def _days_in_order(tables: Tables) -> Iterator[Problem]:
    for name in ("lift", "caveats", "disruptions", "forces"):
        if name not in tables:
            continue
        table = tables[name]
        first, last = (table[name] for name in ("from_day", "to_day"))
        for i, row in table.where((last != EMPTY) & (last < np.maximum(first, 0))):
            yield _problem(table, i, "to_day", row.to_day, "the last day is before the first",
                           "correct from_day or to_day")  # fmt: skip


def _shares(tables: Tables) -> Iterator[Problem]:
    for i, row in enumerate(tables["donors"].rows()):
        if row.share_low is not None and row.share_high is not None and row.share_low > row.share_high:
            yield _problem(tables["donors"], i, "share_low", row.share_low, "the lowest share is above the highest",
                           "correct share_low or share_high")  # fmt: skip


def _funds(tables: Tables) -> Iterator[Problem]:
    kind = {row.node: row.kind for row in tables["nodes"].rows()}
    for i, row in enumerate(tables["funds"].rows()):
        if row.sector is not None and kind.get(row.sector, "sector") != "sector":
            yield _problem(tables["funds"], i, "sector", row.sector, f"a fund for a {kind[row.sector]}",
                           "name a node of kind 'sector'")  # fmt: skip
        for column in ("item", "sector"):
            if row.purpose == "transport" and getattr(row, column) is not None:
                yield _problem(tables["funds"], i, column, getattr(row, column),
                               "money for transport is not tied to an item or a sector", "empty the cell")  # fmt: skip


def check_scenario(tables: Tables, theatre: Tables) -> list[Problem]:
    """Return what the scenario's tables have wrong beyond single cells and references."""
    problems = [
        *_needs(tables, theatre), *_forces(tables, theatre), *_levels(tables), *_days_in_order(tables),
        *_disruptions(tables, theatre), *_calendar(tables),
    ]  # fmt: skip
    if not len(tables["needs"]) and not len(tables["forces"]):
        problems.append(Problem("needs", None, "", "", "the scenario asks for nothing",
                                "give at least one need or force"))  # fmt: skip
    return problems


def _calendar(tables: Tables) -> Iterator[Problem]:
    """Yield what is wrong with day 0: dates of plans must be dates, however late they are."""
    table = tables["scenario"]
    for i, start in enumerate(table["start_date"]):
        if str(start)[:4] > LAST_YEAR:
            yield _problem(table, i, "start_date", start, "leaves no dates for the days that follow",
                           f"give a year up to {LAST_YEAR}")  # fmt: skip


def check_needs(of_forces: list[dict[str, Any]], tables: Tables) -> list[Problem]:
    """Return what is wrong with all needs, given and of forces: none at all, or two of one name."""
    if not len(tables["needs"]) and not of_forces:
        return [Problem("forces", None, "", "", "the forces need nothing beyond the holdings within the horizon",
                        "give a need, a longer horizon or other factors and holdings")]  # fmt: skip
    given = tables["needs"].position()
    what = "a need of a force has the same name"
    return [
        _problem(tables["needs"], given[row["need"]], "need", row["need"], what, "rename this need")
        for row in of_forces
        if row["need"] in given
    ]


def _forces(tables: Tables, theatre: Tables) -> Iterator[Problem]:
    table = tables["forces"]
    kind = {row.node: row.kind for row in theatre["nodes"].rows()}
    for i, row in enumerate(table.rows()):
        if kind.get(row.sector, "sector") != "sector":
            yield _problem(table, i, "sector", row.sector, f"a force at a {kind[row.sector]}",
                           "forces are supplied at nodes of kind 'sector'")  # fmt: skip
        if not rates(theatre, row):
            posture = f" in posture '{row.posture}'" if row.posture else ""
            yield _problem(table, i, "force_type", row.force_type, f"no planning factor for this type{posture}",
                           "add a row to 'factors' or correct the type")  # fmt: skip


def _horizon(tables: Tables) -> int:
    values = tables["scenario"]["horizon"]
    return int(values[0]) if len(values) else 0


def _needs(tables: Tables, theatre: Tables) -> Iterator[Problem]:
    needs, horizon = tables["needs"], _horizon(tables)
    kind = {row.node: row.kind for row in theatre["nodes"].rows()}
    code = needs.codes("sector", theatre["nodes"])
    elsewhere = (code >= 0) & (np.append(theatre["nodes"]["kind"], "sector")[code] != "sector")
    rdd, ead, lad = (needs[name] for name in ("rdd", "ead", "lad"))
    late = (rdd >= horizon) | (ead > rdd) | ((lad != EMPTY) & (lad < rdd))
    for i, row in needs.where(elsewhere | late):
        if kind.get(row.sector, "sector") != "sector":
            yield _problem(needs, i, "sector", row.sector, f"a need at a {kind[row.sector]}",
                           "needs stand at nodes of kind 'sector'")  # fmt: skip
        if row.rdd is not None and row.rdd >= horizon > 0:
            yield _problem(needs, i, "rdd", row.rdd, f"the RDD is not within the horizon of {horizon} days",
                           f"give a day from 0 to {horizon - 1} or a longer horizon")  # fmt: skip
        if row.rdd is not None and (row.ead or 0) > row.rdd:
            yield _problem(needs, i, "ead", row.ead, f"the EAD is after the RDD {row.rdd}", "correct ead or rdd")
        if row.lad is not None and row.rdd is not None and row.lad < row.rdd:
            yield _problem(needs, i, "lad", row.lad, f"the LAD is before the RDD {row.rdd}", "correct lad or rdd")


def _levels(tables: Tables) -> Iterator[Problem]:
    highest = 0
    for i, row in enumerate(tables["triggers"].rows()):
        if row.level < highest:
            yield _problem(tables["triggers"], i, "level", row.level, f"the trigger level falls from {highest}",
                           "levels never fall within a scenario")  # fmt: skip
        highest = max(highest, row.level)


def _disruptions(tables: Tables, theatre: Tables) -> Iterator[Problem]:
    table = tables["disruptions"]
    for i, row in enumerate(table.rows()):
        if (row.factor is None) == (row.value is None):
            yield _problem(table, i, "factor", row.factor, "needs a factor or a value, not both",
                           "give exactly one of them")  # fmt: skip
        target = theatre.get(row.table or "")
        if target is None:
            continue
        if row.column not in {c.name for c in target.contract.columns}:
            yield _problem(table, i, "column", row.column, f"table '{row.table}' has no such column",
                           "name a column of that table")  # fmt: skip
        if not disrupted_rows(target, row.key or ""):
            yield _problem(table, i, "key", row.key, f"no such row in table '{row.table}'", "correct the key")
        if row.table == "stocks" and row.to_day is not None:
            yield _problem(table, i, "to_day", row.to_day, "a cut of stock is for good", "leave to_day empty")


def disrupted_rows(target: Table, key: str) -> list[int]:
    """Return the positions of the rows whose key is `key`, or begins with it at a '/'."""
    parts = key.split("/")
    columns = [target[k] for k in target.contract.key]
    if len(parts) > len(columns):
        return []
    hit = np.ones(len(target), bool)
    for part, values in zip(parts, columns, strict=False):
        hit &= np.fromiter((str(v) == part for v in values), bool, len(target))
    return np.flatnonzero(hit).tolist()


def warn_theatre(tables: Tables) -> Iterator[Problem]:
    """Yield what is lawful but probably not meant: nothing releasable, shares that do not sum to 1."""
    stocks = tables["stocks"]
    free = stocks["on_hand"] - stocks["reserved"] - stocks["unserviceable"] - stocks["floor"]
    for i, row in stocks.where((free <= 0) & (stocks["on_hand"] > 0)):
        yield _problem(stocks, i, "floor", row.floor, "reserved, unserviceable and floor take all that is there",
                       "nothing of the lot is releasable at level 0")  # fmt: skip
    for i, row in enumerate(tables["funds"].rows()):
        if row.movable and row.purpose != "budget_support":
            yield _problem(tables["funds"], i, "movable", "yes", "only budget support is moved to procurement",
                           "it changes nothing")  # fmt: skip
    total = float(tables["donors"]["burden_share"].sum())
    if total and abs(total - 1) > 1e-6:
        yield Problem("donors", None, "burden_share", f"{total:g}", "burden shares do not sum to 1",
                      "they are normalised")  # fmt: skip


def warn_scenario(tables: Tables) -> Iterator[Problem]:
    """Yield what is lawful but probably not meant: a LAD beyond the horizon, which is cut; a force after it."""
    needs, forces, horizon = tables["needs"], tables["forces"], _horizon(tables)
    for i, row in enumerate(forces.rows()):
        if row.from_day >= horizon:
            yield _problem(forces, i, "from_day", row.from_day, "the force comes after the horizon",
                           "it asks for nothing")  # fmt: skip
    for i, row in needs.where(needs["lad"] >= max(horizon, 0)):
        yield _problem(needs, i, "lad", row.lad, "the LAD is beyond the horizon", f"it is cut to {horizon - 1}")
