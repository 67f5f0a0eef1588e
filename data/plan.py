"""Plan: the frozen tables of what is decided, in domain words, without a solver's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.contracts import PLAN
from data.problems import TableError
from data.tables import Table
from data.theatre import Raw, TableSet, read_tables


@dataclass(frozen=True, eq=False)
class Plan(TableSet):
    """Releases, shipments, legs, positions, deliveries, shortfalls and decisions of one answer."""

    @classmethod
    def of(cls, raw: Mapping[str, Raw | Table], name: str = "plan") -> Plan:
        """Return the plan of these tables; TableError lists every cell that does not fit its contract.

        Whether the plan is lawful is not asked here but by `data.verify`.
        """
        tables, problems = read_tables(PLAN, raw)
        if problems:
            raise TableError(problems)
        return cls(name, tables)

    @classmethod
    def empty(cls) -> Plan:
        """Return the plan that moves nothing, which is always lawful."""
        return cls.of({})

    def replace(self, **raw: Raw | Table) -> Plan:
        """Return a new plan with these tables in place of the old."""
        return Plan.of({**self.tables, **raw}, self.name)
