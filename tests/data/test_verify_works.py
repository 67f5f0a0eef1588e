"""Rules of works: one plan that breaks each, one that just does not; and the hand-solved worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from data import Plan, Scenario, TableError, Theatre, verify
from data.decisions import decisions
from data.plan_tables import complete
from data.score import score
from data.works import crew_days, tardiness, unfinished
from tests import worlds
from tests.worlds import caveat, link, node
from tests.worlds_works import WORKS_WORLDS, WorksWorld, built, crews, material, mode, plan_of, plant, site, work


@pytest.mark.parametrize("make", WORKS_WORLDS, ids=lambda make: make.__name__)
def test_the_schedule_of_a_world_is_lawful_and_comes_to_its_sum(make: Callable[[], WorksWorld]) -> None:
    world = make()
    assert verify(world.theatre, world.scenario, world.plan) == []
    table = world.plan.tables["works"]
    found = unfinished(world.scenario, table) | {
        "tardiness": tardiness(world.scenario, table), "crew_days": crew_days(table),
    }  # fmt: skip
    assert found == world.expected


def rules(theatre: Theatre, scenario: Scenario, *rows: dict[str, Any]) -> set[str]:
    return {v.rule for v in verify(theatre, scenario, plan_of(*rows))}


TWO = {"works": [work("A"), work("B")], "work_modes": [mode("A"), mode("B")]}
PLACES = {
    "nodes": [node("D", "depot"), node("S", "sector"), node("T", "sector")],
    "links": [link("D-S", "D", "S"), link("D-T", "D", "T")],
    "works": [work("A"), work("B", sector="T")],
    "work_modes": [mode("A"), mode("B")],
}
DIGGER = {"plant": [plant()], "work_modes": [mode(plant="digger", plant_number=1)]}
REST = {"calendar": [{"sector": "S", "day": 1, "works": "no"}]}
BY = {"who": "SAPPERS/2"}

# rule -> tables of the world, works of a plan that break it, works of one that just does not
CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]] = {
    "known reference": ({}, [built("X")], [built()]),
    "work mode": ({}, [built(mode="none")], [built()]),
    "start on a working day": (REST, [built(start=1, end=3)], [built(start=2, end=3)]),
    "duration": (REST, [built(start=0, end=1)], [built(start=0, end=2)]),
    "earliest day": ({"works": [work(earliest=2)]}, [built(start=1, end=2)], [built(start=2, end=3)]),
    "deadline": ({"works": [work(deadline=6)]}, [built(start=6, end=7)], [built(start=5, end=6)]),
    "order of works": (
        {**TWO, "crews": [crews(size=2)], "precedences": [{"before": "A", "after": "B", "lag": 1}]},
        [built("A"), built("B", 2, 3, **BY)], [built("A"), built("B", 3, 4, **BY)],
    ),
    "mandatory work": ({**TWO, "works": [work("A"), work("B", mandatory="yes")]}, [built("A")], [built("B")]),
    "known crew": ({}, [built(who="SAPPERS/2")], [built(who="SAPPERS/1")]),
    "number of crews": ({"work_modes": [mode(crews=2)], "crews": [crews(size=2)]},
                        [built(who="SAPPERS/1|SAPPERS/1")], [built(who="SAPPERS/1|SAPPERS/2")]),
    "trade of a crew": ({"crews": [crews(), crews("MASONS", trade="stone")]}, [built(who="MASONS/1")], [built()]),
    "known plant": (DIGGER, [built(plant="CRANES/1")], [built(plant="DIGGERS/1")]),
    "kind of plant": ({**DIGGER, "plant": [plant(), plant("CRANES", kind="crane")]},
                      [built(plant="CRANES/1")], [built(plant="DIGGERS/1")]),
    "number of plant": (DIGGER, [built()], [built(plant="DIGGERS/1")]),
    "crew never released": ({"crews": [crews(), crews("LATE", trigger=3)]}, [built(who="LATE/1")], [built()]),
    "release of a crew": ({"crews": [crews(approval_days=1, move_days=2)]},
                          [built(start=2, end=3)], [built(start=3, end=4)]),
    "release of plant": ({**DIGGER, "plant": [plant(move_days=1)]},
                         [built(plant="DIGGERS/1")], [built(start=1, end=2, plant="DIGGERS/1")]),
    "last day of a crew": ({"crews": [crews(to_day=4)]}, [built(start=4, end=5)], [built(start=3, end=4)]),
    "one work at a time": (TWO, [built("A"), built("B", 1, 2)], [built("A"), built("B", 2, 3)]),
    "change of sector": ({**PLACES, "crews": [crews(move_days=1)]},
                         [built("A", 1, 2), built("B", 3, 4)], [built("A", 1, 2), built("B", 4, 5)]),
    "caveat": ({"caveats": [caveat("C1", subject="crew", purpose="trench", to_day=2)]},
               [built(start=2, end=3)], [built(start=3, end=4)]),
    "material on site": (
        {**TWO, "crews": [crews(size=2)], "work_materials": [material("A"), material("B", quantity=5.001)],
         "holdings": [{"node": "S", "item": "box", "on_hand": 10.0}]},
        [built("A"), built("B", who="SAPPERS/2")], [built("A")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_a_plan_that_breaks_the_rule_is_told_so(rule: str) -> None:
    tables, broken, _ = CASES[rule]
    assert rule in rules(*site(**tables), *broken)


@pytest.mark.parametrize("rule", CASES)
def test_a_plan_at_the_limit_of_the_rule_is_lawful(rule: str) -> None:
    tables, _, lawful = CASES[rule]
    assert rules(*site(**tables), *lawful) == set()


def test_a_plan_of_works_that_builds_nothing_leaves_out_mandatory_ones_and_one_of_stock_alone_does_not() -> None:
    world = site(works=[work(mandatory="yes")])
    assert [v.rule for v in verify(*world, plan_of(), works=True)] == ["mandatory work"]
    assert verify(*world, plan_of()) == []


def test_only_caveats_of_plant_allow_what_meets_one_of_them() -> None:
    only = [caveat(f"C{day}", subject="plant", effect="only", from_day=day, to_day=day) for day in (1, 3)]
    world = site(**DIGGER, caveats=only)
    assert rules(*world, built(start=2, end=3, plant="DIGGERS/1")) == {"caveat"}
    assert rules(*world, built(start=3, end=4, plant="DIGGERS/1")) == set()


def material_moves(day: int, start: int, need: str | None = None) -> tuple[Theatre, Scenario, Plan]:
    """Return a plan that brings five boxes on a day for a work that starts on another."""
    theatre, scenario = site(work_materials=[material()])
    moved = worlds.plan_of(theatre, scenario, ("L1", need, 5, f"D-S@{day - 1}"))
    return theatre, scenario, moved.replace(works=plan_of(built(start=start, end=start + 1)).tables["works"])


def test_material_that_comes_without_a_need_is_on_site_from_its_arrival() -> None:
    assert verify(*material_moves(day=2, start=2)) == []
    assert {v.rule for v in verify(*material_moves(day=3, start=2))} == {"material on site"}


def test_what_comes_for_a_need_is_not_for_works() -> None:
    assert {v.rule for v in verify(*material_moves(day=2, start=3, need="N1"))} == {"material on site"}


def test_goals_of_works_count_where_the_plan_builds_any() -> None:
    theatre, scenario, plan = material_moves(day=2, start=2)
    assert list(score(theatre, scenario, plan).objectives)[:3] == ["tier1_short", "tier1_delay", "tier1_works"]
    assert "tier1_works" not in score(theatre, scenario, Plan.empty()).objectives
    assert score(theatre, scenario, Plan.empty(), works=True).objectives["tier1_works"] == 10
    assert complete(theatre, scenario, plan.shipments.raw(), plan.legs.raw()).works is not None


def test_crews_and_plant_are_approved_in_time_to_be_at_their_first_work() -> None:
    given = {**DIGGER, "crews": [crews(approval_days=1, move_days=2), crews("HOME")],
             "plant": [plant(trigger=1, move_days=3)], "triggers": [{"day": 0, "level": 1}]}  # fmt: skip
    theatre, scenario = site(**given)
    plan = plan_of(built(start=4, end=5, plant="DIGGERS/1"))
    found = decisions(theatre, scenario, plan)
    assert found.to_numpy().tolist() == [
        ["ALDER", "crew SAPPERS: earth", 2, "W"], ["ALDER", "plant DIGGERS: digger", 1, "W"],
    ]  # fmt: skip
    assert not len(decisions(theatre, scenario, plan_of()))


def problems(**tables: list[dict[str, Any]]) -> list[str]:
    with pytest.raises(TableError) as error:
        site(**tables)
    return [str(p) for p in error.value.problems]


def test_bad_works_are_reported_all_at_once_with_their_rows() -> None:
    bad = problems(
        works=[work("A", earliest=4, due=3, deadline=2), work("B"), work("C", sector="D")],
        work_modes=[mode("A", duration=-1), mode("B", trade="magic"), mode("B", mode="n", crews=9)],
        work_materials=[material("A", item="gold")],
        precedences=[{"before": "A", "after": "B"}, {"before": "B", "after": "A"}, {"before": "C", "after": "C"}],
    )
    for text in (
        "table 'works', column 'due': the due day is before the earliest start 4 at 'A' (found '3')",
        "table 'works', column 'deadline': the deadline is before the earliest start 4 at 'A' (found '2')",
        "table 'works', column 'sector': a work at a depot at 'C' (found 'D')",
        "table 'works', column 'work': the work has no mode (found 'C')",
        "table 'work_modes' row 1, column 'duration':",
        "table 'work_modes', column 'trade': no crew anywhere has this trade at 'B / m' (found 'magic')",
        "table 'work_modes', column 'crews': more crews than the 1 of trade earth at 'B / n' (found '9')",
        "table 'work_materials', column 'item': no such row in table 'items' at 'A / gold' (found 'gold')",
        "table 'precedences', column 'after': the work waits for itself, in the cycle of A → B at 'A / B' (found 'B')",
        "table 'precedences', column 'after': the work waits for itself, in the cycle of A → B at 'B / A' (found 'A')",
        "table 'precedences', column 'after': the work waits for itself at 'C / C' (found 'C')",
    ):
        assert any(p.startswith(text) for p in bad), text
    assert len(bad) == 11


def test_a_due_day_beyond_the_horizon_is_cut_with_a_warning() -> None:
    _, scenario = site(works=[work(due=99)])
    assert [w.problem for w in scenario.warnings] == ["the due day is beyond the horizon at 'W'"]
