"""Tables laid over a theatre: those that are given stand in place of its own, all others stay."""

from __future__ import annotations

from pathlib import Path

from data.formats.raw import RawTables
from data.formats.source import Source
from data.problems import Problem

__all__ = ["Overlay", "Source"]


class Overlay:
    """A source that takes each table from `over`, where that has it, else from `under`."""

    def __init__(self, under: Source, over: Source) -> None:
        self.under, self.over = under, over
        self.name: str = under.name
        self.path: Path = over.path

    def scenarios(self) -> list[str]:
        """Return the names of the scenarios of both, sorted."""
        return sorted({*self.under.scenarios(), *self.over.scenarios()})

    def whole(self, scenario: str) -> bool:
        """Return whether one of both has the scenario."""
        return self.under.whole(scenario) or self.over.whole(scenario)

    def tables(self, scenario: str | None = None) -> tuple[RawTables, list[Problem]]:
        """Return the raw tables of the theatre, or a scenario's own, and what keeps any from being read."""
        below, unread = self._of(self.under, scenario)
        above, found = self._of(self.over, scenario)
        return {**below, **above}, [*(p for p in unread if p.table not in above), *found]

    def replaced(self) -> list[str]:
        """Return the tables that come from above, as `stocks` and `scenarios/attack/needs`."""
        own = list(self._of(self.over, None)[0])
        return own + [f"scenarios/{name}/{table}"
                      for name in self.over.scenarios() for table in self._of(self.over, name)[0]]  # fmt: skip

    @staticmethod
    def _of(source: Source, scenario: str | None) -> tuple[RawTables, list[Problem]]:
        return source.tables(scenario) if scenario is None or source.whole(scenario) else ({}, [])
