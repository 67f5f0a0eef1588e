"""Numbers, dates and names as a briefing writes them: with units, thin spaces, no false precision."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

from data.dates import date_of
from data.goal_names import goal_name
from data.relax import in_units
from data.tables import Table

THIN = "\u202f"  # narrow no-break space
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

KPIS = {
    "works_asked": ("Works wanted", ""),
    "works_built": ("Works built", ""),
    "works_share_unfinished": ("Value of works unfinished at their due day", "share"),
    "tardiness": ("Value-days late", ""),
    "crew_days": ("Crew-days", ""),
    "tonnes_moved": ("Moved", "t"),
    "shipments": ("Shipments", ""),
    "tonnes_in_large_shipments": ("In shipments of 5 t or more", "t"),
    "share_in_large_shipments": ("Share in shipments of 5 t or more", "share"),
    "tonnes_over_gauge_breaks": ("Over gauge breaks", "t"),
    "share_over_gauge_breaks": ("Share over gauge breaks", "share"),
    "cost": ("Transport and purchases", "EUR"),
    "purchases": ("Purchases", "EUR"),
    "donors_uncovered": ("Donors whose own supply ends before it is replaced", ""),
    "donors_giving": ("Donors giving", ""),
}


STOPPED = {
    "time": "its deadline", "interrupted": "Ctrl-C or a request to stop", "rounds": "its budget of rounds",
    "memory": "its budget of memory",
}  # fmt: skip


def stopped(limit: str | None) -> str:
    """Return, as the end of a sentence, what ended the solve; nothing if nothing did."""
    return f", stopped by {STOPPED.get(limit, limit)}" if limit else ""


def number(value: float, digits: int = 3) -> str:
    """Return a number with at most `digits` significant figures and thin spaces between thousands."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    text = f"{rounded:,.{max(0, min(places, 6))}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", THIN).replace("-", "−")


def count(value: float) -> str:
    """Return a whole number in full, with thin spaces between thousands."""
    return f"{round(value):,}".replace(",", THIN).replace("-", "−")


def percent(share: float) -> str:
    """Return a share in per cent, whole from 10 on; what is not quite 0 or 100 is not written so."""
    if not math.isfinite(share):
        return "–"
    value = 100 * share
    if 0 < abs(value) < 0.1:
        return f"{'−' if value < 0 else ''}< 0.1{THIN}%"
    if 99.9 < value < 100:
        return f"> 99.9{THIN}%"
    text = f"{value:.0f}" if abs(value) >= 10 and not 99 < value < 100 else f"{value:.1f}"
    return f"{text.removesuffix('.0').replace('-', '−')}{THIN}%"


def euros(value: float) -> str:
    """Return an amount of money in EUR, from a million on in millions."""
    if abs(value) >= 1e6:
        return f"EUR{THIN}{number(value / 1e6)}{THIN}M"
    return f"EUR{THIN}{number(value)}"


def amount(value: float, unit: str) -> str:
    """Return a number with its unit; `share` prints as per cent, EUR stands before, parts of a unit as the unit."""
    if unit == "EUR":
        return euros(value)
    if unit == "share":
        return percent(value)
    parts, whole = in_units(unit)
    return number(value / parts) + (f"{THIN}{whole}" if whole else "")


def signed(value: float, unit: str) -> str:
    """Return a difference with its sign; that of two shares in percentage points."""
    if unit == "share":
        return ("+" if value > 0 else "") + number(100 * value, 2 if abs(value) < 1 else 3) + f"{THIN}pp"
    return ("+" if value > 0 else "−" if value < 0 else "") + amount(abs(value), unit)


class Calendar:
    """Days of a scenario as dates."""

    def __init__(self, start: str) -> None:
        self.start = datetime.date.fromisoformat(start)

    def _told(self, day: int, write: Callable[[datetime.date], str]) -> str:
        on = date_of(self.start, day)
        return f"day {day}" if on is None else write(on)

    def date(self, day: int) -> str:
        """Return the date of a day, as 'Mon 7 Jan'."""
        return self._told(day, lambda on: f"{WEEKDAYS[on.weekday()]} {on.day} {MONTHS[on.month - 1]}")

    def short(self, day: int) -> str:
        """Return the date of a day, as '7 Jan'."""
        return self._told(day, lambda on: f"{on.day} {MONTHS[on.month - 1]}")

    def full(self, day: int) -> str:
        """Return the date of a day with its year."""
        return self._told(day, lambda on: f"{on.day} {MONTHS[on.month - 1]} {on.year}")


def label(table: Table, key: str) -> str:
    """Return the name of a row as written in a briefing: its column `name`, else its key."""
    code = table.position().get(key)
    return str(table["name"][code]) if code is not None and table["name"][code] else str(key)


def goal_value(goal: str, value: float, scale: float) -> str:
    """Return a goal's value with its unit; short and delay as a share of their scale."""
    unit = goal_name(goal)[1]
    return percent(value / scale if scale else 0.0) if unit == "share" else amount(value, unit)


def kpi_name(name: str) -> tuple[str, str]:
    """Return a figure in words, and its unit."""
    if name in KPIS:
        return KPIS[name]
    if name.endswith("_tonnes_short"):
        return f"Tier {name[4]} short at its date", "t"
    if name.endswith("_share_short"):
        return f"Tier {name[4]} short at its date", "share"
    return name.replace("_", " "), ""


def enumeration(names: Any, most: int = 3) -> str:
    """Return names as a list in words, the first few by name and the rest counted."""
    names = list(names)
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
