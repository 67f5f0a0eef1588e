"""The words of a shortfall's reasons: what is full, given away, not released or not to be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from data.effect import in_effect, lift_groups
from data.tables import Table
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.stock import NEVER

NAMED = 3  # donors of a lift group that are named


def label(table: Table, key: str) -> str:
    """Return the name of a row: its column `name`, else its key."""
    code = table.position().get(key)
    return str(table["name"][code]) if code is not None and table["name"][code] else str(key)


def on_days(days: Sequence[int], word: str = "on day") -> str:
    """Return days in words: "on day 5", "on days 5–7", "on days 2, 5–7"."""
    spans: list[list[int]] = []
    for day in sorted(days):
        if spans and day == spans[-1][1] + 1:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    texts = [str(a) if a == b else f"{a}–{b}" for a, b in spans]
    return f"{word}{'s' if len(days) > 1 else ''} {', '.join(texts)}"


def full(setting: Setting, kind: str, key: str, days: Sequence[int], limits: np.ndarray) -> str:
    """Return that a capacity is full on these days, on which its limits are these."""
    nodes = setting.theatre.nodes
    if kind == "lift":
        mode, cargo, _ = key.split("/", 2)
        return f"lift {mode}/{cargo} of {_members(setting, key, days)} is used up {on_days(days)}"
    if kind in ("link", "link_volume"):
        by, unit = ("", "t") if kind == "link" else (" by volume", "m³")
        least, most = f"{limits.min():,.6g}", f"{limits.max():,.6g}"
        rate = least if least == most else f"{least}–{most}"
        return f"link {key} is full{by} {on_days(days)} ({rate} {unit}/day)"
    if kind == "explosive":
        node, division = key.rsplit("/", 1)
        return f"{division} explosives limit at {label(nodes, node)} is reached {on_days(days)}"
    if kind == "transport":
        first = int(np.flatnonzero(np.isfinite(limits))[0])
        spent = f"{1000 * limits[first]:,.6g} EUR by day {days[first]}"
        return f"{label(setting.theatre.donors, key)}'s money for transport is spent ({spent})"
    if kind == "handling":
        return f"handling at {label(nodes, key)} is full {on_days(days)}"
    nights = on_days(days, "in the night after day" if len(days) == 1 else "in the nights after day")
    return f"{kind.replace('_', ' ')} at {label(nodes, key)} is full {nights}"


def _members(setting: Setting, group: str, days: Sequence[int]) -> str:
    """Return the donors that give lift to a group on these days."""
    theatre = setting.theatre
    groups = lift_groups(theatre, setting.scenario)
    giving = (groups.of_row == groups.names.index(group)) & (groups.by_row[:, list(days)] > 0).any(1)
    names = sorted({label(theatre.donors, donor) for donor in theatre.lift["donor"][giving]})
    more = len(names) - NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:NAMED])} and {more} others"


def given_away(setting: Setting, lot: int, day: int, count: int) -> str:
    """Return that a lot has nothing left to give on a day; as one of `count` lots that have not, if several."""
    name = f"lot {setting.theatre.stocks['lot'][lot]}"
    if count > 1:
        return f"all {count} lots that may serve it are given away, {name} {_down_to(setting, lot, day)}"
    return f"{name} is given away {_down_to(setting, lot, day)}"


def _down_to(setting: Setting, lot: int, day: int) -> str:
    row, floor, named, free = _stock(setting, lot, day)
    if named is not None and named < free:
        return "up to what is named for the pool"
    if floor > 0:
        return "down to its floor"
    return "down to what is reserved or unserviceable" if row.reserved + row.unserviceable > 0 else "in full"


def _stock(setting: Setting, lot: int, day: int) -> tuple[Any, float, float | None, float]:
    """Return the row of a lot, and on a day its floor, what is named of it and what is free."""
    theatre, scenario = setting.theatre, setting.scenario
    row = theatre.stocks.rows()[lot]
    level, floor = scenario.levels()[day], row.floor
    for term in theatre.terms.rows():  # sorted by level: a higher one overwrites
        if term.lot == row.lot and term.floor is not None and term.level <= level:
            floor = term.floor
    on_hand = in_effect(theatre, scenario, "stocks", "on_hand")[lot, day]
    return row, floor, row.earmarked, on_hand - row.reserved - row.unserviceable - floor


def no_lot(setting: Setting, item: int, substitutes: bool) -> str:
    """Return that nobody holds an item."""
    name = label(setting.theatre.items, str(setting.theatre.items["item"][item]))
    return f"no lot holds {name}{' or a substitute for it' if substitutes else ''}"


def not_released(setting: Setting, lots: np.ndarray, release: np.ndarray, rdd: int) -> tuple[str, ...]:
    """Return why none of these lots may give anything by the RDD: too late, no trigger, or nothing free."""
    return tuple(_not_released(setting, lots, release, rdd))


def _not_released(setting: Setting, lots: np.ndarray, release: np.ndarray, rdd: int) -> Iterator[str]:
    last = setting.scenario.horizon - 1
    openings = {}
    for lot in lots.tolist():
        days = [row.day for row in setting.stock_rows if row.lot == lot and row.available > 0]
        openings[lot] = min(days, default=NEVER) if release[lot] <= last else int(release[lot])
    later = sorted((day, lot) for lot, day in openings.items() if rdd < day < NEVER)
    if later:
        day, lot = later[0]
        what = "may give something" if release[lot] <= rdd else "is released"
        yield f"{_of_donor(setting, [lot])} {what} on day {day} at the earliest, after the RDD (day {rdd})"
    waiting = [lot for lot in lots.tolist() if release[lot] >= NEVER]
    if waiting:
        trigger = min(int(setting.theatre.stocks["trigger"][lot]) for lot in waiting)
        verb = "waits" if len(waiting) == 1 else "wait"
        yield f"{_of_donor(setting, waiting)} {verb} for trigger level {trigger}, which is not reached"
    bare = [lot for lot in lots.tolist() if release[lot] <= last and openings[lot] >= NEVER]
    if bare:
        yield f"{_of_donor(setting, bare)} may give nothing: {_nothing_free(setting, bare[0], min(rdd, last))}"


def _of_donor(setting: Setting, lots: Sequence[int]) -> str:
    """Return the first of these lots with its donor, and how many others there are."""
    theatre = setting.theatre
    row = theatre.stocks.rows()[lots[0]]
    more = len(lots) - 1
    others = f" and {more} other{'s' if more > 1 else ''}" if more else ""
    return f"lot {row.lot} of {label(theatre.donors, row.donor)}{others}"


def _nothing_free(setting: Setting, lot: int, day: int) -> str:
    row, floor, named, free = _stock(setting, lot, day)
    if named is not None and named < free:
        return "none of it is named for the pool"
    parts = [("floor", floor), ("reserved", row.reserved), ("unserviceable", row.unserviceable)]
    held = [word for word, amount in parts if amount > 0]
    return f"all of it is {', '.join(held).replace('floor', 'below its floor')}" if held else "it is empty"


def no_way(setting: Setting, need: int, earliest: int | None) -> str:
    """Return that what is released comes too late for a need, or by no permitted way."""
    needs = setting.needs
    node = str(setting.theatre.nodes["node"][needs.sector[need]])
    if earliest is not None:
        return f"the earliest possible arrival is on day {earliest}, after the RDD (day {needs.rdd[need]})"
    return (
        f"no permitted way leads from any released lot to {label(setting.theatre.nodes, node)} within the horizon:"
        " caveats, load classes, licences, closures or missing lift shut all"
    )
