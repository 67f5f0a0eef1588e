"""Theatre and Scenario: frozen sets of checked tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pandas as pd

from data.checks import (
    check_needs,
    check_references,
    check_scenario,
    check_theatre,
    warn_scenario,
    warn_theatre,
)
from data.contracts import SCENARIO, THEATRE
from data.problems import Problem, TableError
from data.requirements import needs_of_forces, together
from data.tables import Contract, Table, check_table
from data.work_checks import check_builders, check_works, warn_works

Raw: TypeAlias = pd.DataFrame | Mapping[str, Sequence[Any]]


@dataclass(frozen=True, eq=False)
class TableSet:
    """Named tables as attributes: `theatre.stocks["on_hand"]`. Two sets are equal if their digests are."""

    name: str
    tables: Mapping[str, Table]
    warnings: tuple[Problem, ...] = field(default=(), repr=False)

    def __getattr__(self, name: str) -> Table:
        try:
            return self.__dict__["tables"][name]
        except KeyError:
            raise AttributeError(f"no table '{name}'") from None

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    @property
    def digest(self) -> str:
        """Return the sha256 over the sorted digests of the tables that have rows; the name does not enter."""
        lines = sorted(f"{name} {table.digest}" for name, table in self.tables.items() if len(table))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, eq=False)
class Theatre(TableSet):
    """Everything that exists: donors, items, nodes, links, lift, stocks, caveats, crews, plant."""

    @classmethod
    def of(cls, name: str, raw: Mapping[str, Raw | Table]) -> Theatre:
        """Return the checked theatre; TableError lists every problem of every table at once."""
        tables, problems = read_tables(THEATRE, raw)
        problems += check_references(tables, tables, _hollow(problems))
        problems += [*check_theatre(tables), *check_builders(tables)]
        if problems:
            raise TableError(problems)
        return cls(name, tables, tuple(warn_theatre(tables)))

    def replace(self, **raw: Raw | Table) -> Theatre:
        """Return a new checked theatre with these tables in place of the old; the others are shared."""
        return Theatre.of(self.name, {**self.tables, **raw})


@dataclass(frozen=True, eq=False)
class Scenario(TableSet):
    """What is asked of a theatre: horizon, trigger levels, needs, works, disruptions.

    `needs` are the given ones and those of the forces; `tables["needs"]` are the given ones alone.
    """

    needs: Table = field(kw_only=True, repr=False)

    @classmethod
    def of(cls, theatre: Theatre, raw: Mapping[str, Raw | Table]) -> Scenario:
        """Return the scenario checked against its theatre; TableError lists every problem at once."""
        tables, problems = read_tables(SCENARIO, raw)
        problems += check_references(tables, {**theatre.tables, **tables}, _hollow(problems))
        problems += [*check_scenario(tables, theatre.tables), *check_works(tables, theatre.tables)]
        if problems:
            raise TableError(problems)
        of_forces = needs_of_forces(theatre.tables, tables)
        problems = check_needs(of_forces, tables)
        if problems:
            raise TableError(problems)
        needs = together(tables["needs"], of_forces)
        name = str(tables["scenario"]["name"][0])
        return cls(name, tables, (*warn_scenario(tables), *warn_works(tables)), needs=needs)

    def replace(self, theatre: Theatre, **raw: Raw | Table) -> Scenario:
        """Return a new scenario, checked against the theatre, with these tables in place of the old."""
        return Scenario.of(theatre, {**self.tables, **raw})

    @property
    def settings(self) -> Any:
        """Return the one row of table `scenario`."""
        return self.tables["scenario"].rows()[0]

    @property
    def horizon(self) -> int:
        """Return the number of planned days; they are 0 … horizon − 1."""
        return int(self.tables["scenario"]["horizon"][0])

    def levels(self) -> list[int]:
        """Return the trigger level in force on each day: that of the last row with day ≤ t, 0 before."""
        levels = [0] * self.horizon
        for row in self.tables["triggers"].rows():
            for day in range(row.day, self.horizon):
                levels[day] = row.level
        return levels


def read_tables(
    contracts: Mapping[str, Contract], raw: Mapping[str, Raw | Table]
) -> tuple[dict[str, Table], list[Problem]]:
    """Return a table for every contract and all problems; an absent optional table is an empty one."""
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for name in raw:
        if name not in contracts:
            known = ", ".join(contracts)
            problems.append(Problem(name, None, "", "", "unknown table", f"rename it or take it out; known: {known}"))
    for name, contract in contracts.items():
        given = raw.get(name)
        if isinstance(given, Table):
            tables[name] = given
            continue
        if given is None and not contract.optional:
            problems.append(Problem(name, None, "", "", "the table is missing", f"add it: {contract.meaning}"))
            tables[name] = check_table(contract, None)[0]  # type: ignore[assignment]
            continue
        table, found = check_table(contract, given)
        problems += found
        tables[name] = table  # type: ignore[assignment]
    return tables, problems


def _hollow(problems: Iterable[Problem]) -> set[str]:
    """Return the tables that are wrong as a whole: missing, or without rows."""
    return {p.table for p in problems if p.row is None and not p.column}
