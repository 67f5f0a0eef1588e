"""What an export holds beside the briefing: movement lines, days of supply, a release order a donor."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from api.briefing.release_order import order_rows, release_order
from api.briefing.words import label
from api.plan_folder import folder_name
from data.formats.one_table import frame_to_csv
from data.formats.report_book import DATE, Heading, Page, write_report
from data.movement import movement_lines
from data.plan import Plan
from data.relax import in_units
from data.score import Score
from data.supply import lowest
from data.theatre import Scenario, Theatre

IN_WORDS = {"t": Heading("t", "mass", "t"), "m3": Heading("m3", "volume", "m³"),
            **{name: Heading(name, name, DATE) for name in ("RLD", "ALD", "EAD", "LAD", "RDD", "arrival")}}  # fmt: skip
SUPPLY = (
    Heading("sector", "sector"), Heading("item", "item"), Heading("unit", "unit"), Heading("day", "day", "D+"),
    Heading("date", "date", DATE), Heading("use", "use", "units/day"), Heading("gross", "stock, gross", "units"),
    Heading("planning", "stock, planning", "units"), Heading("gross_days", "supply, gross", "days"),
    Heading("planning_days", "supply, planning", "days"),
)  # fmt: skip
ORDER = (
    Heading("leave_by", "leave by", DATE), Heading("item", "item"), Heading("quantity", "quantity"),
    Heading("unit", "unit"), Heading("t", "mass", "t"), Heading("place", "from"), Heading("shipments", "shipments"),
)  # fmt: skip


def write_reports(folder: Path, theatre: Theatre, scenario: Scenario, plan: Plan, score: Score) -> tuple[int, int]:
    """Write the reports of a plan into the folder; return how many lines and how many release orders there are."""
    marking, name = scenario.settings.marking, f"{theatre.name}, {scenario.name}"
    lines = movement_lines(theatre, scenario, plan)
    _csv(folder / "tpfdd.csv", lines, marking)
    _book(folder / "tpfdd.xlsx", f"Movement lines: {name}", marking, [_line_page(lines)])
    supply = _dated(theatre, scenario, score.supply)
    _csv(folder / "days_of_supply.csv", supply, marking)
    pages = [Page("lowest", lowest(supply), SUPPLY, 2), Page("by day", supply, SUPPLY, 2)]
    _book(folder / "days_of_supply.xlsx", f"Days of supply: {name}", marking, pages)
    (folder / "orders").mkdir()
    count = 0
    for donor, file, own in _by_donor(lines):
        place, title = folder / "orders" / file, f"Release order, {label(theatre.donors, donor)}: {name}"
        _csv(place.with_name(f"{file}.csv"), own, marking)
        rows = order_rows(theatre, own)
        rows["shipments"] = [", ".join(names) for names in rows["shipments"]]
        pages = [Page("order", rows, ORDER, 2), _line_page(own)]
        _book(place.with_name(f"{file}.xlsx"), title, marking, pages)
        order = release_order(theatre, scenario, plan, donor, own, f"{file}.csv")
        place.with_name(f"{file}.html").write_text(order, encoding="utf-8")
        count += 1
    return len(lines), count


def _line_page(lines: pd.DataFrame) -> Page:
    return Page("lines", lines, tuple(IN_WORDS.get(str(name), Heading(str(name), str(name))) for name in lines))


def _book(path: Path, title: str, marking: str, pages: list[Page]) -> None:
    """Write those pages that a workbook can hold; what is too long for a sheet is in the CSV alone."""
    if held := [page for page in pages if page.fits]:
        write_report(path, title, marking, held)


def _csv(path: Path, frame: pd.DataFrame, marking: str) -> None:
    """Write the frame, each row with the marking, so that it goes with a row wherever that is copied to."""
    path.write_bytes(frame_to_csv(frame.assign(marking=marking)))


def _dated(theatre: Theatre, scenario: Scenario, supply: pd.DataFrame) -> pd.DataFrame:
    """Return the days of supply with the unit of each item and the date of each day."""
    start = datetime.date.fromisoformat(scenario.settings.start_date)
    units = {item: in_units(unit) for item, unit in zip(theatre.items["item"], theatre.items["unit"], strict=True)}
    parts = np.array([units[item][0] for item in supply["item"]], float)
    told = supply.assign(
        **{column: supply[column] / parts for column in ("use", "gross", "planning")},
        unit=[units[item][1] for item in supply["item"]],
        date=[(start + datetime.timedelta(days=int(day))).isoformat() for day in supply["day"]],
    )
    told[["gross_days", "planning_days"]] = np.round(told[["gross_days", "planning_days"]].astype(float), 6)
    return told[[heading.column for heading in SUPPLY]]


def _by_donor(lines: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield each donor, a name for its files that no other has, and its own lines."""
    taken: set[str] = set()
    for donor, own in lines.groupby("donor"):
        plain, number = folder_name(str(donor)), 1
        name = plain
        while name.lower() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.lower())
        yield str(donor), name, own
