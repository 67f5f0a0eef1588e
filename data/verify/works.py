"""Rules of fortification works: modes, windows, order, who builds, who travels, what must be on site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from data.verify.case import Case
from data.verify.rows import GRID, Violation, ratio

SUBJECTS = (("crews", "crew"), ("plant", "plant"))  # table of the theatre and column of the plan, and its key


class Built:
    """A row of the plan's works with the rows it names; None where there is no such row."""

    def __init__(self, case: Case, row: Any) -> None:
        self.row = row
        self.work: Any = case.works.get(row.work)
        self.mode: Any = case.work_modes.get((row.work, row.mode))
        self.where = (("work", row.work),)

    def asked(self, table: str) -> tuple[str | None, int]:
        """Return the trade or kind, and the number of it, that the mode takes of crews or plant."""
        return (self.mode.trade, self.mode.crews) if table == "crews" else (self.mode.plant, self.mode.plant_number)


def _known(case: Case) -> list[Built]:
    """Return the works of the plan whose work and mode are known; the others are reported by other rules."""
    built = [Built(case, row) for row in case.plan.tables["works"].rows()]
    return [b for b in built if b.work is not None and b.mode is not None]


def work_mode(case: Case) -> Iterator[Violation]:
    """Yield works that are built in a mode they do not have."""
    for row in case.plan.tables["works"].rows():
        if row.work in case.works and (row.work, row.mode) not in case.work_modes:
            yield Violation("work mode", (("work", row.work), ("mode", row.mode)))


def work_days(case: Case) -> Iterator[Violation]:
    """Yield works that start on a day of rest, or whose last day is not the one on which their work is done."""
    for b in _known(case):
        if case.rests(b.work.sector, b.row.start):
            yield Violation("start on a working day", (*b.where, ("day", b.row.start)))
        day, left = b.row.start - 1, b.mode.duration
        while left:
            day += 1
            left -= not case.rests(b.work.sector, day)
        if day != b.row.end:
            yield Violation("duration", (*b.where, ("day", b.row.end)), abs(day - b.row.end), "days")


def work_window(case: Case) -> Iterator[Violation]:
    """Yield works that start too early, or end after their deadline or the horizon."""
    for b in _known(case):
        if b.row.start < b.work.earliest:
            yield Violation("earliest day", b.where, b.work.earliest - b.row.start, "days")
        last = case.horizon - 1 if b.work.deadline is None else min(b.work.deadline, case.horizon - 1)
        if b.row.end > last:
            yield Violation("deadline", b.where, b.row.end - last, "days")


def work_order(case: Case) -> Iterator[Violation]:
    """Yield works that start before what they wait for is finished and the lag is over, or without it."""
    row_of = {row.work: row for row in case.plan.tables["works"].rows()}
    for pair in case.scenario.precedences.rows():
        before, after = row_of.get(pair.before), row_of.get(pair.after)
        if after is None:
            continue
        where = (("work", pair.after), ("waits for", pair.before))
        if before is None:
            yield Violation("order of works", where)
        elif after.start <= before.end + pair.lag:
            yield Violation("order of works", where, before.end + pair.lag + 1 - after.start, "days")


def mandatory_works(case: Case) -> Iterator[Violation]:
    """Yield mandatory works that a plan of works does not build."""
    built = {row.work for row in case.plan.tables["works"].rows()}
    for name, work in case.works.items():
        if case.of_works and work.mandatory and name not in built:
            yield Violation("mandatory work", (("work", name),))


def builders(case: Case) -> Iterator[Violation]:
    """Yield works whose crews or plant are unknown, of another trade or kind, too few or too many."""
    for b in _known(case):
        for table, key in SUBJECTS:
            kind, number = b.asked(table)
            named = getattr(b.row, table)
            for unit in sorted(set(named)):
                owner = case.builder(table, unit)
                if owner is None:
                    yield Violation(f"known {key}", (*b.where, (key, unit)))
                elif kind != (owner.trade if table == "crews" else owner.kind):
                    yield Violation("trade of a crew" if table == "crews" else "kind of plant", (*b.where, (key, unit)))
            # a list holds each name once, so that nobody is counted twice
            if len(named) != number:
                yield Violation("number of crews" if table == "crews" else "number of plant", b.where,
                                abs(len(named) - number), key if table == "plant" else "crews")  # fmt: skip


def builders_released(case: Case) -> Iterator[Violation]:
    """Yield works that start before one who builds them is released and there, or end after it has gone."""
    for b, table, key, unit, owner in _uses(case):
        first = case.on_site_from(owner)
        where = (*b.where, (key, unit))
        if first is None:
            yield Violation(f"{key} never released", where)
        elif b.row.start < first:
            yield Violation(f"release of a {key}" if table == "crews" else "release of plant", where,
                            first - b.row.start, "days")  # fmt: skip
        if table == "crews" and owner.to_day is not None and b.row.end > owner.to_day:
            yield Violation("last day of a crew", where, b.row.end - owner.to_day, "days")


def builders_travel(case: Case) -> Iterator[Violation]:
    """Yield crews and machines that are at two works at once, or at another sector before they can be there."""
    for table, key in SUBJECTS:
        by_unit: dict[str, list[Built]] = defaultdict(list)
        owners = {}
        for b, of_table, _, unit, owner in _uses(case):
            if of_table == table:
                by_unit[unit].append(b)
                owners[unit] = owner
        for unit, works in by_unit.items():
            works.sort(key=lambda b: (b.row.start, b.row.work))
            for one, other in zip(works, works[1:], strict=False):
                apart = 0 if one.work.sector == other.work.sector else owners[unit].move_days
                early = one.row.end + 1 + apart - other.row.start
                if early > 0:
                    where = ((key, unit), ("work", one.row.work), ("then", other.row.work))
                    yield Violation("one work at a time" if not apart else "change of sector", where, early, "days")


def builders_caveat(case: Case) -> Iterator[Violation]:
    """Yield crews and machines at works that their donors' caveats do not allow."""
    for b, _, key, unit, owner in _uses(case):
        binding = [
            row for row in case.theatre.caveats.rows()
            if row.subject == key and row.donor in (None, owner.donor) and row.item is None and row.supply_class is None
        ]  # fmt: skip
        where = (*b.where, (key, unit))
        for row in binding:
            if row.effect == "forbid" and _meets(case, row, b):
                yield Violation("caveat", (*where, ("forbidden by", row.caveat), ("day", b.row.start)))
        only = [row for row in binding if row.effect == "only"]
        if only and not any(_meets(case, row, b) for row in only):
            names = " ".join(row.caveat for row in only)
            yield Violation("caveat", (*where, ("not allowed by", names), ("day", b.row.start)))


def _meets(case: Case, caveat: Any, b: Built) -> bool:
    """Return whether the work matches every condition cell of the caveat that is not empty."""
    return (
        caveat.recipient is None and caveat.mode is None and caveat.transit_country is None  # a work has none of these
        and caveat.sector in (None, b.work.sector)
        and caveat.country in (None, case.nodes[b.work.sector].country)
        and caveat.purpose in (None, b.work.kind)
        and (caveat.from_day is None or caveat.from_day <= b.row.start)
        and (caveat.to_day is None or b.row.start <= caveat.to_day)
    )  # fmt: skip


def _uses(case: Case) -> Iterator[tuple[Built, str, str, str, Any]]:
    """Yield each work with each crew or machine at it that is known: work, table, key, unit, row of the table."""
    for b in _known(case):
        for table, key in SUBJECTS:
            for unit in dict.fromkeys(getattr(b.row, table)):
                owner = case.builder(table, unit)
                if owner is not None:
                    yield b, table, key, unit, owner


def materials_on_site(case: Case) -> Iterator[Violation]:
    """Yield sectors, materials and days on which works have started that ask for more than is on site.

    On site is what the nation holds of an item that no force there uses, and all that has arrived without a need.
    """
    asked: dict[tuple[str, str], list[tuple[int, str, Fraction]]] = defaultdict(list)
    materials: dict[str, list[Any]] = defaultdict(list)
    for row in case.scenario.work_materials.rows():
        materials[row.work].append(row)
    for b in _known(case):
        for row in materials[b.row.work]:
            asked[b.work.sector, row.item].append((b.row.start, b.row.work, ratio(row.quantity)))
    for (sector, item), starts in asked.items():
        on_site, taken = _on_site(case, sector, item), Fraction(0)
        starts.sort()
        for number, (day, work, quantity) in enumerate(starts):
            taken += quantity
            if number + 1 < len(starts) and starts[number + 1][0] == day:
                continue  # all that start on one day together
            there = sum((amount for arrive, amount in on_site if arrive <= day), Fraction(0))
            if taken > there:
                where = (("sector", sector), ("item", item), ("work", work), ("day", day))
                yield Violation("material on site", where, float(taken - there), case.items[item].unit)


def _on_site(case: Case, sector: str, item: str) -> list[tuple[int, Fraction]]:
    """Return day and quantity of all that comes to works at the sector; holdings are there on day 0."""
    out = [
        (c.legs[-1].arrive, Fraction(c.quantity, GRID))
        for c in case.consignments
        if c.need is None and c.legs and c.row.destination == sector and c.row.item == item
    ]
    used = {f.item for f in case.theatre.factors.rows() for force in case.scenario.forces.rows()
            if force.sector == sector and force.force_type == f.force_type}  # fmt: skip
    for row in case.theatre.holdings.rows():
        if (row.node, row.item) == (sector, item) and item not in used:
            free = ratio(row.on_hand) - ratio(row.reserved) - ratio(row.unserviceable)
            out.append((0, max(Fraction(0), free)))
    return out
