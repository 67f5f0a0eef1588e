"""Tiny works to build that can be solved by hand, by name. See tests/worlds.py, whose builder they share.

The smallest one: work W at sector S, worth 10, due by day 5, in one mode of 2 days by one crew of ALDER's
SAPPERS, of which there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from data.plan import Plan
from data.theatre import Scenario, Theatre
from tests.worlds import Row, build, caveat, link, node


def crews(name: str = "SAPPERS", **cells: Any) -> Row:
    return {"crew": name, "donor": "ALDER", "node": "D", "trade": "earth", "size": 1, **cells}


def plant(name: str = "DIGGERS", **cells: Any) -> Row:
    return {"plant": name, "donor": "ALDER", "node": "D", "kind": "digger", "number": 1, **cells}


def work(name: str = "W", **cells: Any) -> Row:
    return {"work": name, "sector": "S", "kind": "trench", "value": 10.0, "due": 5, **cells}


def mode(name: str = "W", **cells: Any) -> Row:
    return {"work": name, "mode": "m", "duration": 2, "trade": "earth", **cells}


def material(name: str = "W", quantity: float = 5.0, **cells: Any) -> Row:
    return {"work": name, "item": "box", "quantity": quantity, **cells}


def built(name: str = "W", start: int = 0, end: int = 1, who: str = "SAPPERS/1", **cells: Any) -> Row:
    return {"work": name, "mode": "m", "start": start, "end": end, "crews": who, **cells}


def site(horizon: int = 10, **tables: list[Row]) -> tuple[Theatre, Scenario]:
    """Return the smallest world with works, with these rows in place of its own tables."""
    rows: dict[str, list[Row]] = {"crews": [crews()], "works": [work()], "work_modes": [mode()], **tables}
    return build(horizon=horizon, **rows)


def plan_of(*rows: Row) -> Plan:
    """Return the plan that builds these works."""
    names = ("work", "mode", "start", "end", "crews", "plant")
    return Plan.of({"works": {name: [row.get(name) for row in rows] for name in names}})


class WorksWorld(NamedTuple):
    """A theatre and scenario, the best value of each goal of its works, and a schedule that reaches them."""

    theatre: Theatre
    scenario: Scenario
    expected: dict[str, float]
    rows: tuple[Row, ...]

    @property
    def plan(self) -> Plan:
        return plan_of(*self.rows)


def _goals(unfinished: float, tardiness: float = 0.0, crew_days: float = 2.0) -> dict[str, float]:
    return {"tier1_works": unfinished, "tardiness": tardiness, "crew_days": crew_days}


def one_crew_at_a_time() -> WorksWorld:
    """Three works of two days, worth 10, 7 and 4, all due by day 3, one crew: 10 and 7 are on time, the third ends
    on day 5, two days late: unfinished 4, tardiness 8, six crew-days."""
    works = [work("A", due=3), work("B", value=7.0, due=3), work("C", value=4.0, due=3)]
    world = site(works=works, work_modes=[mode(name) for name in "ABC"])
    rows = (built("A"), built("B", 2, 3), built("C", 4, 5))
    return WorksWorld(*world, _goals(4, 8, 6), rows)


def crews_are_released() -> WorksWorld:
    """Trigger 2 is reached on day 1, two days of approval, one to move: on site on day 4, done on day 5, on time
    by the due day 5."""
    world = site(crews=[crews(trigger=2, approval_days=2, move_days=1)], triggers=[{"day": 1, "level": 2}])
    return WorksWorld(*world, _goals(0), (built(start=4, end=5),))


def crews_leave() -> WorksWorld:
    """The crew sets out on day 2, is there on day 3 and may work to day 4: done on day 4, a day late of the due day
    3: unfinished 10, tardiness 10."""
    world = site(crews=[crews(move_days=1, from_day=2, to_day=4)], works=[work(due=3)])
    return WorksWorld(*world, _goals(10, 10), (built(start=3, end=4),))


def change_of_sector() -> WorksWorld:
    """Works at S, S and T of one day each, due by day 4; two days to get to a sector and from one to the other. On
    site on day 2: both at S on days 2 and 3, T on day 6, two days late. T first would leave both of S late."""
    works = [work("A", due=4), work("B", due=4), work("C", sector="T", due=4)]
    world = site(
        nodes=[node("D", "depot"), node("S", "sector"), node("T", "sector")],
        links=[link("D-S", "D", "S"), link("D-T", "D", "T")],
        crews=[crews(move_days=2)], works=works, work_modes=[mode(name, duration=1) for name in "ABC"],
    )  # fmt: skip
    rows = (built("A", 2, 2), built("B", 3, 3), built("C", 6, 6))
    return WorksWorld(*world, _goals(10, 20, 3), rows)


def days_of_rest() -> WorksWorld:
    """Two days of work, day 1 is a day of rest: days 0 and 2 are worked, and the crew is bound for three days."""
    world = site(calendar=[{"sector": "S", "day": 1, "works": "no"}], works=[work(due=2)])
    return WorksWorld(*world, _goals(0, 0, 3), (built(start=0, end=2),))


def order_and_lag() -> WorksWorld:
    """B waits for A (days 0 and 1) and three days of setting: starts on day 5, ends on day 6, one day late."""
    world = site(
        crews=[crews(size=2)], works=[work("A"), work("B")], work_modes=[mode("A"), mode("B")],
        precedences=[{"before": "A", "after": "B", "lag": 3}],
    )  # fmt: skip
    return WorksWorld(*world, _goals(10, 10, 4), (built("A"), built("B", 5, 6)))


def deadline_is_hard() -> WorksWorld:
    """Two works of two days, due by day 1 with deadline 2, one crew: one is built, the other would end on day 3 and
    is not built at all: unfinished 10, tardiness 10 · (10 − 1)."""
    works = [work(name, due=1, deadline=2) for name in "AB"]
    world = site(works=works, work_modes=[mode(name) for name in "AB"])
    return WorksWorld(*world, _goals(10, 90), (built("A"),))


def mandatory_first() -> WorksWorld:
    """The crew must build A, worth 1, by its deadline, and so leaves B, worth 10, which is due the same day."""
    works = [work("A", value=1.0, due=1, deadline=1, mandatory="yes"), work("B", due=1, deadline=1)]
    world = site(works=works, work_modes=[mode(name) for name in "AB"])
    return WorksWorld(*world, _goals(10, 90), (built("A"),))


def modes_of_a_work() -> WorksWorld:
    """Two crews in one day or one crew in three: due by day 2, both are on time; two crew-days are fewer than three."""
    modes = [mode(duration=3), mode(mode="fast", duration=1, crews=2)]
    world = site(crews=[crews(size=2)], works=[work(due=2)], work_modes=modes)
    return WorksWorld(*world, _goals(0), (built(start=0, end=0, who="SAPPERS/1|SAPPERS/2", mode="fast"),))


def plant_is_shared() -> WorksWorld:
    """Two crews but one digger, which both works take: one waits two days: days 0–1 and 2–3, due by 1 and 3."""
    modes = [mode(name, plant="digger", plant_number=1) for name in "AB"]
    works = [work("A", due=1), work("B", due=3)]
    world = site(crews=[crews(size=2)], plant=[plant()], works=works, work_modes=modes)
    rows = (built("A", plant="DIGGERS/1"), built("B", 2, 3, plant="DIGGERS/1"))
    return WorksWorld(*world, _goals(0, 0, 4), rows)


def materials_held() -> WorksWorld:
    """The nation holds 8 boxes at S: enough for A (5) or B (5), not for both; B is worth more."""
    works = [work("A", value=4.0), work("B")]
    world = site(
        works=works, work_modes=[mode("A"), mode("B")], work_materials=[material("A"), material("B")],
        holdings=[{"node": "S", "item": "box", "on_hand": 9.0, "reserved": 1.0}],
    )  # fmt: skip
    return WorksWorld(*world, _goals(4, 20), (built("B"),))


def forces_keep_their_holdings() -> WorksWorld:
    """The 8 boxes held at S are of an item that a force there uses: none is for works."""
    world = site(
        work_materials=[material()], holdings=[{"node": "S", "item": "box", "on_hand": 8.0}],
        forces=[{"force": "F1", "sector": "S", "recipient": "HOST", "force_type": "guard", "elements": 1.0}],
        factors=[{"force_type": "guard", "item": "box", "rate": 1.0}],
    )  # fmt: skip
    return WorksWorld(*world, _goals(10, 50, 0), ())


def caveat_on_crews() -> WorksWorld:
    """ALDER's crew may work from day 3 on alone, BIRCH's not at S: days 3 and 4."""
    world = site(
        donors=[{"donor": "ALDER"}, {"donor": "BIRCH"}],
        crews=[crews(), crews("MINERS", donor="BIRCH")],
        caveats=[
            caveat("C1", subject="crew", effect="only", from_day=3),
            caveat("C2", donor="BIRCH", subject="crew", sector="S"),
        ],
    )  # fmt: skip
    return WorksWorld(*world, _goals(0), (built(start=3, end=4),))


def tiers_of_works() -> WorksWorld:
    """One crew until day 1: the work of tier 1, worth 1, goes before that of tier 2, worth 10."""
    works = [work("A", value=1.0, due=1), work("B", tier=2, due=1)]
    world = site(crews=[crews(to_day=1)], works=works, work_modes=[mode(name) for name in "AB"])
    return WorksWorld(*world, {"tier1_works": 0, "tier2_works": 10, "tardiness": 90, "crew_days": 2}, (built("A"),))


WORKS_WORLDS: tuple[Callable[[], WorksWorld], ...] = (
    one_crew_at_a_time, crews_are_released, crews_leave, change_of_sector, days_of_rest, order_and_lag,
    deadline_is_hard, mandatory_first, modes_of_a_work, plant_is_shared, materials_held,
    forces_keep_their_holdings, caveat_on_crews, tiers_of_works,
)  # fmt: skip

