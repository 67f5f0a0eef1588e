"""The works program: hand-solved worlds, brute force, both forms, and every row block missed if it is left out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import Plan, verify
from data.relax import relaxed
from data.works import on_site
from optimizer import Limits
from optimizer.formulations.works import Group, Instance, Job, Pool, Store, Way, build, instance_of, plan_table
from optimizer.formulations.works import model as works_model
from optimizer.formulations.works.serial import longest_path
from optimizer.formulations.works.serial import schedule as serial_schedule
from optimizer.methods import preemptive
from optimizer.methods.late import without_materials
from optimizer.methods.makespan import Parts, least_horizon, makespan, parts_of, work_content
from optimizer.methods.preemptive import too_short
from optimizer.methods.schedule import Scheduled, goal_values, run
from optimizer.outcome import Clock, Reason, RefusedError, Stop, silent
from optimizer.scheduling import schedule
from optimizer.solvers import master
from tests import worlds_works
from tests.worlds import build as build_world
from tests.worlds import caveat
from tests.worlds_works import WORKS_WORLDS, WorksWorld, crews, material, mode, plan_of, site, work


@pytest.mark.parametrize("make", WORKS_WORLDS, ids=lambda make: make.__name__)
def test_a_schedule_reaches_the_goals_solved_by_hand_with_proof(make: Callable[[], WorksWorld]) -> None:
    world = make()
    answer = schedule(world.theatre, world.scenario)
    assert {g.goal: g.value for g in answer.goals} == pytest.approx(world.expected)
    assert answer.reason is Reason.OPTIMAL and answer.gap == 0
    assert verify(world.theatre, world.scenario, answer.plan) == []


def test_the_docstring_tags_the_row_blocks() -> None:
    world = worlds_works.change_of_sector()
    tables = {name: table.raw() for name, table in world.scenario.tables.items()}
    tables["precedences"] = {"before": ["A"], "after": ["B"], "lag": [0]}
    tables["work_materials"] = {"work": ["A"], "item": ["box"], "quantity": [1.0]}
    scenario = world.scenario.replace(world.theatre, **tables)
    instance = instance_of(world.theatre, scenario, {("S", "box"): [5.0] * 10})  # type: ignore[dict-item]
    model = build(instance, cuts=(({(0, 0): 1}, 5),))
    model.carry("tier1_works", 10**6)
    tags = set(re.findall(r"^\(([a-z]+)(?: …)?\) ", works_model.__doc__ or "", re.MULTILINE))
    assert tags == model.blocks


MISSED = {
    "choose": worlds_works.mandatory_first, "order": worlds_works.order_and_lag,
    "assign": worlds_works.crews_are_released,
    "crews": worlds_works.one_crew_at_a_time, "travel": worlds_works.change_of_sector,
    "material": worlds_works.materials_held,
}  # fmt: skip


@pytest.mark.parametrize("block", MISSED)
def test_a_row_block_that_is_missing_is_noticed_by_the_verifier(block: str) -> None:
    world = MISSED[block]()
    instance = instance_of(world.theatre, world.scenario, on_site(world.theatre, world.scenario, plan_of()))
    found = run(instance, Clock(Limits()), silent, without=frozenset({block, "pool"}))  # implied
    assert found.chosen
    nobody = {j: [(0, "nobody/1")] for j, units in found.units.items() if not units}  # who is not there at all
    table = plan_table(world.scenario, instance, found.chosen, found.units | nobody)
    assert verify(world.theatre, world.scenario, plan_of().replace(works=table)) != []


def test_mandatory_works_that_cannot_be_built_are_impossible_and_named() -> None:
    world = site(works=[work(deadline=3, due=3, mandatory="yes")], crews=[crews(move_days=3)])
    answer = schedule(*world)
    assert answer.reason is Reason.IMPOSSIBLE
    assert "work W at S (tier 1) is not built: not enough crews of trade earth" in answer.notes[0]


def test_a_scenario_without_works_is_refused() -> None:
    with pytest.raises(RefusedError, match="wants no works"):
        schedule(*build_world())


def notes(**tables: Any) -> str:
    return schedule(*site(**tables)).notes[0]


def test_a_work_left_out_says_why_in_table_words() -> None:
    assert "no mode fits between its earliest day 4 and its due day 4" in notes(works=[work(earliest=4, due=4)])
    asked = "not enough crews of trade earth for a start on day 0 to 4: 1 needed of 1, SAPPERS "
    assert asked + "is on site from day 9" in notes(crews=[crews(approval_days=9)])
    assert asked + "is not released" in notes(crews=[crews(trigger=3)])
    assert asked + "leaves after day 0" in notes(crews=[crews(to_day=0)])
    assert asked + "may not, by a caveat" in notes(caveats=[caveat("C1", subject="crew", purpose="trench")])
    assert "0 of 5 box are on site by day 4" in notes(work_materials=[material()])
    two = {"works": [work("A", due=1), work("B", value=1.0, due=1)], "work_modes": [mode("A"), mode("B")]}
    assert "the crews of trade earth build A" in notes(**two)
    assert "no mode fits" in notes(**two, precedences=[{"before": "A", "after": "B"}])


def test_a_relaxed_theatre_tells_of_materials_in_units_and_plenty_is_plenty_there() -> None:
    whole = [{"item": "box", "supply_class": "IV", "unit": "set", "mass": 1.0, "volume": 1.0, "whole": "yes"}]
    world = relaxed(*site(items=whole, work_materials=[material(quantity=1400.0)]))
    assert "0 of 1400 box are on site" in schedule(*world).notes[0]
    instance = instance_of(*world, on_site(*world, Plan.empty()))
    free = run(without_materials(instance), Clock(Limits()), silent)
    assert free.values["tier1_works"] == 0 and free.bounds["tier1_works"] == 0


def test_a_stop_returns_the_empty_schedule_as_a_feasible_one() -> None:
    stop = Stop()
    stop.set()
    answer = schedule(*site(), stop=stop)
    assert answer.reason is Reason.FEASIBLE and answer.gap == 1.0 and str(answer.limit) == "interrupted"


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Draw up to six works at two sectors, with one or two groups and a store: up to four in up to two ways, more of
    them in one and with little choice of days, so that all schedules can be tried."""
    move, horizon, number = draw(st.integers(0, 2)), 7, draw(st.integers(1, 6))
    groups = tuple(
        Group(f"G{g}", draw(st.integers(1, 2)), draw(st.integers(0, 2)), draw(st.sampled_from((6, 99))), move)
        for g in range(draw(st.integers(1, 2)))
    )
    way = st.builds(lambda d, n, q: Way("m", d, ((0, n),), ((0, q),), n), st.integers(1, 3), st.integers(1, 2),
                    st.integers(0, 2))  # fmt: skip
    jobs = []
    for j in range(number):
        ways = tuple(draw(st.lists(way, min_size=1, max_size=2 if number <= 4 else 1)))
        earliest = draw(st.integers(0, 2 if number <= 4 else 4))
        latest = draw(st.sampled_from((5, 7))) if number <= 4 else min(7, earliest + ways[0].duration + 2)
        jobs.append(Job(f"W{j}", ways, draw(st.sampled_from("ST")), earliest, latest, draw(st.integers(2, 6)),
                        draw(st.integers(1, 9)), draw(st.integers(1, 2)), False))  # fmt: skip
    order = ((0, 1, draw(st.integers(0, 1))),) if len(jobs) > 1 and draw(st.booleans()) else ()
    store = Store(("S", "box"), tuple(sorted(draw(st.lists(st.integers(0, 5), min_size=horizon, max_size=horizon)))))
    return Instance(horizon, tuple(jobs), (Pool("earth", groups),), (store,), order)


def lawful(instance: Instance, starts: dict[int, tuple[int, int, int]]) -> bool:
    """Return whether jobs (way, start, end) can be staffed: every unit walks through its works, tried one by one."""
    for before, after, lag in instance.order:
        if after in starts and (before not in starts or starts[before][2] + lag > starts[after][1]):
            return False
    for day in range(instance.horizon):
        drawn = sum(q for j, (w, s, _) in starts.items() if s <= day for _, q in instance.jobs[j].ways[w].draws)
        if drawn > instance.stores[0].at(day):
            return False
    units = [(group, number) for group in instance.pools[0].groups for number in range(group.size)]
    return _staffed(instance, sorted(starts, key=lambda j: starts[j][1]), starts, units, {})


def _staffed(instance: Instance, todo: list[int], starts: Any, units: Any, last: dict[Any, Any]) -> bool:
    if not todo:
        return True
    j = todo[0]
    way, start, end = starts[j]
    need, sector = dict(instance.jobs[j].ways[way].takes)[0], instance.jobs[j].sector

    def ready(unit: Any) -> bool:
        group = unit[0]
        until, where = last.get(unit, (group.first, None))
        apart = group.move if where not in (None, sector) else 0
        return max(group.first, until + apart) <= start and end <= group.last

    able = [unit for unit in units if ready(unit)]
    return any(
        _staffed(instance, todo[1:], starts, units, last | dict.fromkeys(team, (end, sector)))
        for team in itertools.combinations(able, need)
    )


def brute(instance: Instance) -> list[int]:
    """Return the best goals over every choice of way and start of every job."""
    options = [[None, *instance.starts(j)] for j in range(len(instance.jobs))]
    best: list[int] | None = None
    from optimizer.formulations.works import Choice

    for picks in itertools.product(*options):
        starts = {j: p for j, p in enumerate(picks) if p is not None}
        values = list(goal_values(instance, {j: Choice(*p) for j, p in starts.items()}).values())
        if (best is None or values < best) and lawful(instance, starts):
            best = values
    assert best is not None
    return best


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(instances())
def test_brute_force_agrees_on_drawn_instances(instance: Instance) -> None:
    found = run(instance, Clock(Limits()), silent)
    assert found.reason is Reason.OPTIMAL
    assert list(found.values.values()) == brute(instance)
    assert found.bounds == found.values
    for j, choice in found.chosen.items():
        assert len(set(found.units[j])) == dict(instance.jobs[j].ways[choice.way].takes)[0]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(instances())
def test_intervals_and_days_agree_on_the_makespan(drawn: Instance) -> None:
    group = Group("G", 2)
    jobs = tuple(replace(job, mandatory=True, earliest=0, latest=99, due=99) for job in drawn.jobs)
    instance = Instance(30, jobs, (Pool("earth", (group,)),), (Store(("S", "box"), (99,)),), drawn.order)
    by_days = run(instance, Clock(Limits()), silent, goals=("makespan",))
    length = max(c.end for c in by_days.chosen.values())
    assert makespan(instance, Clock(Limits(threads=1))).values["makespan"] == length


@st.composite
def projects(draw: st.DrawFn) -> Instance:
    """Draw five to eight works on two crews, so that many pairs cannot be at the same time."""
    number = draw(st.integers(5, 8))
    jobs = tuple(
        Job(f"J{j}", tuple(Way(str(w), draw(st.integers(1, 4)), ((0, draw(st.integers(1, 2))),))
                           for w in range(draw(st.integers(1, 2)))))
        for j in range(number)
    )  # fmt: skip
    order = {(b, a, 0) for b in range(number) for a in range(b + 1, number) if draw(st.integers(0, 5)) == 0}
    return Instance(40, jobs, (Pool("earth", (Group("G", 2),)),), order=tuple(sorted(order)))


def too_short_for_any(project: Instance) -> bool:
    return too_short(project, master(), Clock(Limits()))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(projects())
def test_a_horizon_too_short_for_works_that_are_broken_off_is_too_short(project: Instance) -> None:
    found = makespan(project, Clock(Limits(threads=1))).values["makespan"]
    floor = least_horizon(project, 0, found, Clock(Limits()))
    assert floor <= found
    assert not too_short_for_any(replace(project, horizon=floor))
    assert floor == 0 or too_short_for_any(replace(project, horizon=floor - 1))


def test_works_of_which_no_two_go_together_take_the_days_of_all() -> None:
    pools = tuple(Pool(name, (Group(name, 1),)) for name in "ABC")
    jobs = tuple(Job(f"J{j}", (Way("", 2, ((j, 1), ((j + 1) % 3, 1))),)) for j in range(3))  # each pool is asked for 4
    project = Instance(10, jobs, pools)
    assert work_content(project) == longest_path(project) + 2 == 4
    assert least_horizon(project, 4, 10, Clock(Limits())) == 6


def test_what_cannot_be_told_to_be_too_short_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = tuple(Job(f"J{j}", (Way("", 2, ((0, 1),)),)) for j in range(3))
    project = Instance(5, jobs, (Pool("earth", (Group("G", 1),)),))
    assert too_short_for_any(project)
    assert not too_short_for_any(replace(project, order=((0, 1, -2),)))  # works of an order may go together
    assert not too_short_for_any(replace(project, horizon=6))
    monkeypatch.setattr(preemptive, "MOST_SETS", 2)
    assert not too_short_for_any(project)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(projects())
def test_the_parts_of_a_project_hold_its_shortest_schedule_and_none_that_is_shorter(project: Instance) -> None:
    shortest = makespan(project, Clock(Limits(threads=1))).values["makespan"]
    parts = parts_of(replace(project, horizon=shortest), 4, too_short_for_any)
    lengths = [makespan(part, Clock(Limits(threads=1))).values.get("makespan", 99) for part in parts]
    assert min(lengths) == shortest


def test_a_project_of_works_that_each_take_all_crews_is_cut_into_as_many_parts_as_are_asked_for() -> None:
    jobs = tuple(Job(f"J{j}", (Way("", 2, ((0, 2),)),)) for j in range(5))
    project = Instance(10, jobs, (Pool("earth", (Group("G", 2),)),))
    orders = {part.order for part in parts_of(project, 4, too_short_for_any)}
    assert len(orders) == 4 and all(len(order) == 2 for order in orders)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(projects())
def test_what_is_not_closed_at_once_is_closed_in_parts(project: Instance) -> None:
    clock = Clock(Limits(threads=2))
    found = Scheduled(project, serial_schedule(project, tries=1))
    found.values["makespan"] = max(choice.end for choice in found.chosen.values())
    found.bounds["makespan"], found.reason = longest_path(project), Reason.FEASIBLE
    Parts(found, clock, silent).solve()
    assert found.reason is Reason.OPTIMAL and found.bounds["makespan"] == found.values["makespan"]
    assert found.values == makespan(project, Clock(Limits(threads=1))).values
