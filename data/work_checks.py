"""Checks of fortification works across rows and tables: windows, modes, materials, order. All problems at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from data.problems import Problem
from data.tables import Table

Tables = Mapping[str, Table]


def _problem(table: Table, i: int, column: str, value: Any, what: str, mend: str) -> Problem:
    key = " / ".join(str(table[k][i]) for k in table.contract.key)
    place = "" if column in table.contract.key and len(table.contract.key) == 1 else f" at '{key}'"
    return Problem(table.name, table.row_read(i), column, str(value), f"{what}{place}", mend)


def check_builders(tables: Tables) -> list[Problem]:
    """Return what is wrong with crews and the calendar beyond single cells and references."""
    return [*_crew_days(tables["crews"]), *_calendar(tables)]


def check_works(tables: Tables, theatre: Tables) -> list[Problem]:
    """Return what is wrong with the works of a scenario beyond single cells and references."""
    return [
        *_windows(tables, theatre), *_without_mode(tables), *_modes(tables, theatre), *_precedences(tables),
    ]  # fmt: skip


def warn_works(tables: Tables) -> Iterator[Problem]:
    """Yield what is lawful but probably not meant: a due day beyond the horizon, which is cut."""
    works, horizon = tables["works"], _horizon(tables)
    for i, row in enumerate(works.rows()):
        if row.due >= horizon:
            yield _problem(works, i, "due", row.due, "the due day is beyond the horizon", f"it is cut to {horizon - 1}")


def _horizon(tables: Tables) -> int:
    values = tables["scenario"]["horizon"]
    return int(values[0]) if len(values) else 0


def _crew_days(crews: Table) -> Iterator[Problem]:
    for i, row in enumerate(crews.rows()):
        if row.to_day is not None and row.to_day < (row.from_day or 0):
            yield _problem(crews, i, "to_day", row.to_day, "the last day is before the first",
                           "correct from_day or to_day")  # fmt: skip


def _calendar(tables: Tables) -> Iterator[Problem]:
    kind = {row.node: row.kind for row in tables["nodes"].rows()}
    for i, row in enumerate(tables["calendar"].rows()):
        if kind.get(row.sector, "sector") != "sector":
            yield _problem(tables["calendar"], i, "sector", row.sector, f"a calendar for a {kind[row.sector]}",
                           "name a node of kind 'sector'")  # fmt: skip


def _windows(tables: Tables, theatre: Tables) -> Iterator[Problem]:
    works, horizon = tables["works"], _horizon(tables)
    kind = {row.node: row.kind for row in theatre["nodes"].rows()}
    for i, row in enumerate(works.rows()):
        earliest = row.earliest or 0
        if kind.get(row.sector, "sector") != "sector":
            yield _problem(works, i, "sector", row.sector, f"a work at a {kind[row.sector]}",
                           "works stand at nodes of kind 'sector'")  # fmt: skip
        if earliest >= horizon > 0:
            yield _problem(works, i, "earliest", earliest, f"the first day is not within the horizon of {horizon} days",
                           f"give a day from 0 to {horizon - 1} or a longer horizon")  # fmt: skip
        if row.due is not None and row.due < earliest:
            yield _problem(works, i, "due", row.due, f"the due day is before the earliest start {earliest}",
                           "correct earliest or due")  # fmt: skip
        if row.deadline is not None and row.deadline < earliest:
            yield _problem(works, i, "deadline", row.deadline, f"the deadline is before the earliest start {earliest}",
                           "correct earliest or deadline")  # fmt: skip


def _without_mode(tables: Tables) -> Iterator[Problem]:
    known = set(tables["work_modes"]["work"].tolist())
    for i, row in enumerate(tables["works"].rows()):
        if row.work not in known:
            yield _problem(tables["works"], i, "work", row.work, "the work has no mode", "add a row to 'work_modes'")


def _modes(tables: Tables, theatre: Tables) -> Iterator[Problem]:
    crews = _numbers(theatre["crews"], "trade", "size")
    machines = _numbers(theatre["plant"], "kind", "number")
    modes = tables["work_modes"]
    for i, row in enumerate(modes.rows()):
        if row.trade is not None and row.trade not in crews:
            yield _problem(modes, i, "trade", row.trade, "no crew anywhere has this trade",
                           "add a row to 'crews' or correct the trade")  # fmt: skip
        elif row.trade is not None and row.crews > crews[row.trade]:
            yield _problem(modes, i, "crews", row.crews, f"more crews than the {crews[row.trade]} of trade {row.trade}",
                           "lower the number or add crews")  # fmt: skip
        if (row.plant is None) != (not row.plant_number):
            yield _problem(modes, i, "plant_number", row.plant_number, "a kind of plant and its number go together",
                           "give both or neither")  # fmt: skip
        elif row.plant is not None and row.plant not in machines:
            yield _problem(modes, i, "plant", row.plant, "no plant anywhere is of this kind",
                           "add a row to 'plant' or correct the kind")  # fmt: skip
        elif row.plant is not None and row.plant_number > machines[row.plant]:
            yield _problem(modes, i, "plant_number", row.plant_number,
                           f"more machines than the {machines[row.plant]} of kind {row.plant}",
                           "lower the number or add plant")  # fmt: skip


def _numbers(table: Table, kind: str, number: str) -> dict[str, int]:
    out: dict[str, int] = defaultdict(int)
    for name, count in zip(table[kind].tolist(), table[number].tolist(), strict=True):
        out[name] += max(0, count)
    return out


def _precedences(tables: Tables) -> Iterator[Problem]:
    """Yield every row of a precedence that lies on a cycle: its work would wait for itself."""
    table = tables["precedences"]
    following: dict[str, set[str]] = defaultdict(set)
    for row in table.rows():
        following[row.before].add(row.after)
    group = _components(following)
    for i, row in enumerate(table.rows()):
        if row.before == row.after or (group.get(row.before) == group.get(row.after) and row.before in group):
            members = " → ".join(sorted(name for name in group if group[name] == group[row.before]))
            what = f"the work waits for itself, in the cycle of {members}" if row.before != row.after else (
                "the work waits for itself")  # fmt: skip
            yield _problem(table, i, "after", row.after, what, "drop one precedence of the cycle")


def _components(following: Mapping[str, set[str]]) -> dict[str, int]:
    """Return the number of the strongly connected component of every node on a cycle of two or more."""
    forward = {name: set(heads) for name, heads in following.items()}
    backward: dict[str, set[str]] = defaultdict(set)
    for name, heads in following.items():
        for head in heads:
            backward[head].add(name)
    group: dict[str, int] = {}
    for start in sorted(forward):
        if start not in group:
            members = _reached(forward, start) & _reached(backward, start)
            group |= {name: len(group) for name in (members | {start} if members else ())}
    return group


def _reached(following: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(following.get(start, ()))
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += following.get(name, ())
    return seen
