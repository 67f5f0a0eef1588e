"""The critical chain says what each start waited for; the bars stand on the page."""

from __future__ import annotations

from api.briefing.chain import critical_chain
from api.briefing.gantt import works_section
from api.briefing.words import Calendar
from data import Plan
from tests import worlds_works


def chain(world: worlds_works.WorksWorld) -> list[tuple[str, str]]:
    return [(link.work, link.why) for link in critical_chain(world.theatre, world.scenario, world.plan)]


def test_the_chain_follows_crews_their_moves_and_their_release() -> None:
    assert chain(worlds_works.change_of_sector()) == [
        ("C", "SAPPERS/1 builds B first, 2 days on its way"),
        ("B", "SAPPERS/1 builds A first"),
        ("A", "SAPPERS/1 is on site from that day on"),
    ]


def test_the_chain_follows_the_order_of_works_and_its_lag() -> None:
    assert chain(worlds_works.order_and_lag())[0] == ("B", "waits for A and 3 days of lag")


def test_a_plan_without_works_has_no_chain_and_no_section() -> None:
    world = worlds_works.order_and_lag()
    assert critical_chain(world.theatre, world.scenario, Plan.empty()) == []
    assert works_section(world.theatre, world.scenario, Plan.empty(), Calendar("2030-01-01")) == ""


def test_bars_are_by_sector_and_by_crew_and_late_ones_are_red() -> None:
    world = worlds_works.one_crew_at_a_time()
    section = works_section(world.theatre, world.scenario, world.plan, Calendar("2030-01-01"))
    assert section.count("<title>") == 6 and section.count("#b3261e") == 2  # each by its sector and by its crew
    assert "3 of 3 works are built, 1 of them after their due day" in section
