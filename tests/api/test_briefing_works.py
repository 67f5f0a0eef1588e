"""The critical chain says what each start waited for; the bars stand on the page."""

from __future__ import annotations

import re

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
    bars = re.findall(r"<rect [^>]*><title>", section)
    assert len(bars) == 6 and sum("#b3261e" in bar for bar in bars) == 2  # each by its sector and by its crew
    assert "3 of 3 works are built, 1 of them after their due day" in section and "Not built" not in section


def test_works_have_numbers_that_bars_of_crews_bear_and_a_mark_at_their_due_day() -> None:
    world = worlds_works.one_crew_at_a_time()
    by_sector, by_crew = works_section(world.theatre, world.scenario, world.plan, Calendar("2030-01-30")).split(
        "By crew and machine"
    )
    for number, work in enumerate(world.plan.tables["works"]["work"].tolist(), 1):
        assert f">{number} {work}</text>" in by_sector and f">{number}</text>" in by_crew
    assert by_sector.count("<path") == 3 and "<path" not in by_crew
    assert ">30 Jan</text>" in by_sector and ">1 Feb</text>" in by_sector


def test_works_that_are_not_built_are_named_by_sector_with_their_tier() -> None:
    world = worlds_works.one_crew_at_a_time()
    table = world.plan.tables["works"].raw()
    one = world.plan.replace(works={column: cells[:1] for column, cells in table.items()})
    left = [name for name in world.scenario.works["work"].tolist() if name != table["work"][0]]
    section = works_section(world.theatre, world.scenario, one, Calendar("2030-01-01"))
    assert "Not built: " + ", ".join(f"{name} (tier 1)" for name in left) in section
