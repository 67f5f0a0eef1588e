"""Lawful schedules, corrupted by seed in every way a rule of works can be broken: each is caught, by that rule."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from data import Plan, Scenario, Theatre, verify
from data.tables import Table
from tests.worlds import build, link, node
from tests.worlds_works import crews, material, mode, plant, work

SEEDS = range(5)
HORIZON = 40
Case = tuple[Theatre, Scenario, list[dict[str, Any]]]
Corruption = Callable[[Case, random.Random], Case]


@cache
def drawn(seed: int) -> tuple[Theatre, Scenario, tuple[tuple[tuple[str, Any], ...], ...]]:
    """Return a drawn world and a lawful schedule: crew by crew, work after work, with the moves between sectors."""
    rng = random.Random(seed)
    sectors, move = ("S", "T"), rng.randint(1, 2)
    rest = {(s, day) for s in sectors for day in rng.sample(range(HORIZON), 4)}
    works, modes, materials, rows, order = [], [], [], [], []
    for unit in (1, 2, 3):
        day, here = rng.randint(1, 2) + move, rng.choice(sectors)
        for number in range(3):
            name, there = f"W{unit}{number}", rng.choice(sectors)
            start = day + (move if number and there != here else 0)
            while (there, start) in rest:
                start += 1
            duration, end = rng.randint(1, 3), start - 1
            left = duration
            while left:
                end += 1
                left -= (there, end) not in rest
            works.append(work(name, sector=there, earliest=start, due=end, deadline=end, mandatory="yes",
                              value=float(rng.randint(1, 9)), tier=rng.randint(1, 3)))  # fmt: skip
            modes.append(mode(name, duration=duration, plant="digger", plant_number=1))
            materials.append(material(name, float(rng.randint(1, 9))))
            who = {"crews": f"SAPPERS/{unit}", "plant": f"DIGGERS/{unit}"}
            rows.append({"work": name, "mode": "m", "start": start, "end": end, **who})
            if number:
                before = rows[-2]
                order.append({"before": before["work"], "after": name, "lag": start - before["end"] - 1})
            day, here = end + 1, there
    held = {s: sum(m["quantity"] for m, w in zip(materials, works, strict=True) if w["sector"] == s) for s in sectors}
    theatre, scenario = build(
        horizon=HORIZON,
        nodes=[node("D", "depot"), *(node(s, "sector") for s in sectors)],
        links=[link(f"D-{s}", "D", s) for s in sectors],
        crews=[crews(size=3, move_days=move), crews("MASONS", trade="stone")],
        plant=[plant(number=3, move_days=move), plant("CRANES", kind="crane")],
        calendar=[{"sector": s, "day": day, "works": "no"} for s, day in sorted(rest)],
        holdings=[{"node": s, "item": "box", "on_hand": held[s]} for s in sectors],
        works=works, work_modes=modes, work_materials=materials, precedences=order,
    )  # fmt: skip
    return theatre, scenario, tuple(tuple(row.items()) for row in rows)


def case(seed: int) -> Case:
    theatre, scenario, rows = drawn(seed)
    return theatre, scenario, [dict(row) for row in rows]


def found(given: Case) -> set[str]:
    theatre, scenario, rows = given
    names = ("work", "mode", "start", "end", "crews", "plant")
    plan = Plan.of({"works": {name: [row[name] for row in rows] for name in names}})
    return {v.rule for v in verify(theatre, scenario, plan)}


def with_cell(table: Table, at: int, **cells: Any) -> dict[str, Any]:
    raw = table.raw()
    return raw | {name: [*raw[name][:at], value, *raw[name][at + 1 :]] for name, value in cells.items()}


def _row(cells: Callable[[dict[str, Any]], dict[str, Any]]) -> Corruption:
    def corrupt(given: Case, rng: random.Random) -> Case:
        row = rng.choice(given[2])
        row.update(cells(row))
        return given

    return corrupt


def _scenario(name: str, cells: Callable[[Any], dict[str, Any]]) -> Corruption:
    def corrupt(given: Case, rng: random.Random) -> Case:
        theatre, scenario, rows = given
        table = scenario.tables[name]
        at = rng.randrange(len(table))
        return theatre, scenario.replace(theatre, **{name: with_cell(table, at, **cells(table.rows()[at]))}), rows

    return corrupt


def _theatre(name: str, cells: Callable[[Any], dict[str, Any]]) -> Corruption:
    def corrupt(given: Case, rng: random.Random) -> Case:
        theatre, scenario, rows = given
        table = theatre.tables[name]
        used = {"crews": "SAPPERS", "plant": "DIGGERS"}.get(name)
        at = table.position()[used] if used else rng.randrange(len(table))
        changed = theatre.replace(**{name: with_cell(table, at, **cells(table.rows()[at]))})
        return changed, Scenario.of(changed, scenario.tables), rows

    return corrupt


def _caveat(**cells: Any) -> Corruption:
    def corrupt(given: Case, rng: random.Random) -> Case:
        theatre, scenario, rows = given
        row = {"caveat": "C9", "donor": "ALDER", "effect": "forbid", **cells}
        changed = theatre.replace(caveats={name: [value] for name, value in row.items()})
        return changed, Scenario.of(changed, scenario.tables), rows

    return corrupt


def rest_on_the_first_day(given: Case, rng: random.Random) -> Case:
    theatre, scenario, rows = given
    row = rng.choice(rows)
    sector = scenario.works.rows()[scenario.works.position()[row["work"]]].sector
    raw = theatre.calendar.raw()
    more = {"sector": sector, "day": row["start"], "works": False}
    changed = theatre.replace(calendar={name: [*raw[name], more[name]] for name in raw})
    return changed, Scenario.of(changed, scenario.tables), rows


def left_out(given: Case, rng: random.Random) -> Case:
    given[2].pop(rng.randrange(len(given[2])))
    return given


def someone_elses(given: Case, rng: random.Random) -> Case:
    """Return the case with a work given to the crew of another work on the same days."""
    by_day = sorted(given[2], key=lambda row: row["start"])
    one, other = next((a, b) for a in by_day for b in by_day
                      if a["crews"] != b["crews"] and a["start"] <= b["end"] and b["start"] <= a["end"])  # fmt: skip
    other["crews"], sector = one["crews"], dict(zip(given[1].works["work"], given[1].works["sector"], strict=True))
    other["here"] = sector[one["work"]] == sector[other["work"]]
    return given


def slower_travel(given: Case, rng: random.Random) -> Case:
    return _theatre("crews", lambda row: {"move_days": row.move_days + 30})(given, rng)


CORRUPTIONS: dict[str, tuple[str, Corruption]] = {
    "an unknown work": ("known reference", _row(lambda row: {"work": "X"})),
    "an unknown mode": ("work mode", _row(lambda row: {"mode": "x"})),
    "a day too long": ("duration", _row(lambda row: {"end": row["end"] + 1})),
    "a day too short": ("duration", _row(lambda row: {"end": row["end"] - 1})),
    "a mode that takes longer": ("duration", _scenario("work_modes", lambda row: {"duration": row.duration + 1})),
    "rest on the first day": ("start on a working day", rest_on_the_first_day),
    "a day too early": ("earliest day", _row(lambda row: {"start": row["start"] - 1})),
    "an earliest day a day later": ("earliest day", _scenario("works", lambda row: {
        "earliest": row.earliest + 1, "due": row.due + 1, "deadline": row.deadline + 1})),
    "a day too late": ("deadline", _row(lambda row: {"start": row["start"] + 1, "end": row["end"] + 1})),
    "beyond the horizon": ("deadline", _row(lambda row: {"start": HORIZON + 1, "end": HORIZON + 3})),
    "a lag a day longer": ("order of works", _scenario("precedences", lambda row: {"lag": row.lag + 1})),
    "a work left out": ("mandatory work", left_out),
    "a crew that is not there": ("known crew", _row(lambda row: {"crews": "SAPPERS/4"})),
    "a crew by another name": ("known crew", _row(lambda row: {"crews": "SAPPERS/01"})),
    "crews of number zero": ("known crew", _row(lambda row: {"crews": "SAPPERS/0"})),
    "a crew of another trade": ("trade of a crew", _row(lambda row: {"crews": "MASONS/1"})),
    "two crews instead of one": ("number of crews", _row(lambda row: {"crews": "SAPPERS/1|SAPPERS/2"})),
    "more crews asked": ("number of crews", _scenario("work_modes", lambda row: {"crews": 2})),
    "a crew at two works": ("one work at a time", someone_elses),
    "crews that move slowly": ("release of a crew", slower_travel),
    "crews approved late": ("release of a crew", _theatre("crews", lambda row: {"approval_days": 30})),
    "crews never released": ("crew never released", _theatre("crews", lambda row: {"trigger": 3})),
    "crews that leave early": ("last day of a crew", _theatre("crews", lambda row: {"to_day": 3})),
    "a machine that is not there": ("known plant", _row(lambda row: {"plant": "DIGGERS/9"})),
    "a machine of another kind": ("kind of plant", _row(lambda row: {"plant": "CRANES/1"})),
    "no machine": ("number of plant", _row(lambda row: {"plant": None})),
    "plant approved late": ("release of plant", _theatre("plant", lambda row: {"approval_days": 30})),
    "plant never released": ("plant never released", _theatre("plant", lambda row: {"trigger": 2})),
    "a caveat on crews": ("caveat", _caveat(subject="crew", from_day=0)),
    "a caveat on plant by purpose": ("caveat", _caveat(subject="plant", purpose="trench")),
    "crews only elsewhere": ("caveat", _caveat(subject="crew", effect="only", country="NOWHERE")),
    "a thousandth too little on site": ("material on site", _theatre("holdings", lambda row: {
        "on_hand": row.on_hand - 0.001})),
    "a material more": ("material on site", _scenario("work_materials", lambda row: {
        "quantity": row.quantity + 0.001})),
    "reserved by the nation": ("material on site", _theatre("holdings", lambda row: {"reserved": row.on_hand})),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_schedule_is_lawful(seed: int) -> None:
    assert found(case(seed)) == set()


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_corrupted_schedule_is_caught_by_its_rule(name: str, seed: int) -> None:
    rule, corrupt = CORRUPTIONS[name]
    given = case(seed)
    corrupted = corrupt(given, random.Random(seed))
    if any(row.get("here") is False for row in corrupted[2]):
        rule = "change of sector"
    assert rule in found(corrupted)


