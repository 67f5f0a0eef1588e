"""The critical chain of a schedule: from the last work to end back to what its start waited for, and so on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.effect import release_days
from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.works import on_site, rest_days


@dataclass(frozen=True)
class Link:
    """A work on the chain, and what its start waited for; `before` is the work it waited for, if it was one."""

    work: str
    why: str
    before: str | None = None


def critical_chain(theatre: Theatre, scenario: Scenario, plan: Plan) -> list[Link]:
    """Return the chain, the last work first; its last link says what stands outside of the works."""
    rows = {row.work: row for row in plan.tables["works"].rows()}
    if not rows:
        return []
    case = _Case(theatre, scenario, plan, rows)
    out: list[Link] = []
    name: str | None = max(rows, key=lambda w: (rows[w].end, w))
    while name is not None and len(out) < len(rows):
        link = next(case.binding(name))
        out.append(link)
        name = link.before
    return out


class _Case:
    def __init__(self, theatre: Theatre, scenario: Scenario, plan: Plan, rows: dict[str, Any]) -> None:
        self.theatre, self.scenario, self.rows = theatre, scenario, rows
        self.works = {row.work: row for row in scenario.works.rows()}
        self.curves = on_site(theatre, scenario, plan)
        self.rest = rest_days(theatre, scenario.horizon)
        self.first: dict[str, int] = {}
        self.move: dict[str, int] = {}
        for table, key in (("crews", "crew"), ("plant", "plant")):
            days = release_days(theatre, scenario, table)
            for day, row in zip(days.tolist(), theatre.tables[table].rows(), strict=True):
                self.move[getattr(row, key)] = row.move_days
                self.first[getattr(row, key)] = day + row.move_days

    def binding(self, name: str) -> Iterator[Link]:
        """Yield what holds the start of a work: other works first, then crews, materials and its own window."""
        row, sector = self.rows[name], self.works[name].sector
        ready = row.start
        rest = self.rest.get(sector)
        while rest is not None and ready > 0 and rest[ready - 1]:
            ready -= 1  # days of rest before the start change nothing
        days = range(ready, row.start + 1)
        for pair in self.scenario.precedences.rows():
            before = self.rows.get(pair.before)
            if pair.after == name and before is not None and before.end + 1 + pair.lag in days:
                lag = f" and {pair.lag} days of lag" if pair.lag else ""
                yield Link(name, f"waits for {pair.before}{lag}", pair.before)
        for unit in (*row.crews, *row.plant):
            owner = unit.rpartition("/")[0]
            for other in self.rows.values():
                if other.work != name and unit in (*other.crews, *other.plant):
                    apart = self.move[owner] if self.works[other.work].sector != sector else 0
                    if other.end + 1 + apart in days:
                        way = f", {apart} days on its way" if apart else ""
                        yield Link(name, f"{unit} builds {other.work} first{way}", other.work)
        for unit in (*row.crews, *row.plant):
            if self.first[unit.rpartition("/")[0]] in days:
                yield Link(name, f"{unit} is on site from that day on")
        for material in self.scenario.work_materials.rows():
            curve = self.curves.get((sector, material.item))
            if material.work == name and curve is not None and row.start and curve[row.start] > curve[ready - 1]:
                yield Link(name, f"{material.item} arrives on that day")
        if self.works[name].earliest in days:
            yield Link(name, "starts on its earliest day")
        yield Link(name, "could start earlier")
