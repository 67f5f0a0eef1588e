"""Keep any condition from the optimizer: its plan breaks the true tables, or is another plan's worth."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from data import apply, verify
from data.contracts import SCENARIO, THEATRE
from data.score import score
from data.tables import Table
from data.theatre import Scenario, Theatre
from optimizer import plan
from tests import worlds
from tests.optimizer.test_golden import little_room
from tests.worlds import World

Make = Callable[[], World]
NOTICED = 1e-3  # of a goal's scale

TABLES: list[tuple[str, Make]] = [
    ("caveats", worlds.caveat_forbids),
    ("caveats", worlds.caveat_allows_only),
    ("caveats", worlds.caveat_on_transit),
    ("caveats", worlds.caveat_in_time),
    ("caveats", worlds.lift_groups),
    ("terms", worlds.release_day),
    ("terms", worlds.stock_and_floor),
    ("triggers", worlds.release_day),
    ("triggers", worlds.lift_release),
    ("storage_rules", worlds.explosives),
    ("substitutes", worlds.substitutes),
    ("disruptions", worlds.goods_lost_on_a_closed_link),
    ("disruptions", worlds.goods_stay_on_a_closed_link),
    ("disruptions", worlds.closed_node),
    ("disruptions", worlds.stock_is_cut),
    ("lift", worlds.lift_return_factor),
    ("holdings", worlds.holdings_first),
    ("production", worlds.money_is_given_too),
    ("funds", worlds.money_is_given_too),
    ("caveats", worlds.caveat_on_money),
    ("disruptions", worlds.production_is_cut),
    ("triggers", worlds.fund_release),
    ("funds", worlds.transport_money),
]

CELLS: list[tuple[str, Make]] = [
    ("explosive_limits[node=S,hazard_division=1.1].limit = 1e6", worlds.explosives),
    ("items[item=box].neq = 0", worlds.explosives),
    ("lift[donor=ALDER].capacity = 1e9", worlds.lift_return_factor),
    ("modes[mode=road].return_factor = 1", worlds.lift_return_factor),
    ("lift[donor=ALDER].approval_days = 0", worlds.lift_release),
    ("links[link=D-S].capacity = empty", worlds.link_capacity),
    ("links[link=D-S].capacity_volume = empty", worlds.link_volume),
    ("links[link=D-S].mlc = empty", worlds.military_load_class),
    ("links[link=D-S].hazardous = yes", worlds.hazardous_links),
    ("links[link=H-S].gauge = 1435", worlds.gauge_breaks),
    ("links[link=D-S].clearance = 0", worlds.clearance),
    ("links[link=D-S].transit = 1", worlds.days),
    ("nodes[node=S].handling = empty", worlds.handling),
    ("nodes[node=H].storage = empty", worlds.storage),
    ("nodes[node=S].storage_volume = empty", little_room),
    ("nodes[node=H].dwell = 0", worlds.dwell),
    ("drop terms[lot=L1]; stocks[lot=L1].floor = 0", worlds.stock_and_floor),
    ("stocks[lot=L1].reserved = 0", worlds.stock_and_floor),
    ("stocks[lot=L1].unserviceable = 0", worlds.stock_and_floor),
    ("stocks[lot=L1].earmarked = empty", worlds.earmark),
    ("stocks[lot=L1].expiry_day = empty", worlds.expiry),
    ("stocks[lot=L1].trigger = 0", worlds.release_day),
    ("stocks[lot=L1].approval_days = 0", worlds.clearance),
    ("items[item=box].whole = no", worlds.whole_units),
    ("items[item=box].mass = 1", worlds.whole_units),
    ("items[item=box].volume = 1", worlds.link_volume),
    ("substitutes[item=box].ratio = 1", worlds.substitutes),
    ("scenario[name=test].balance = none", worlds.balance_of_sectors),
    ("needs[need=N2].tier = 1", worlds.two_priorities),
    ("production[site=M1].rate = 60", worlds.production_by_day),
    ("production[site=M1].total = empty", worlds.production_in_all),
    ("production[site=M1].price = 1", worlds.fund_amount),
    ("production[site=M1].lead = 0", worlds.order_and_lead),
    ("production[site=M1].approval_days = 0", worlds.order_and_lead),
    ("funds[fund=G1].amount = 300", worlds.fund_amount),
    ("funds[fund=G1].trigger = 0", worlds.fund_release),
    ("funds[fund=G1].approval_days = 0", worlds.fund_release),
    ("funds[fund=G1].purpose = procurement", worlds.fund_purposes),
    ("funds[fund=G2].movable = yes", worlds.fund_purposes),
    ("funds[fund=G3].item = empty", worlds.fund_purposes),
    ("funds[fund=G4].sector = empty", worlds.fund_purposes),
    ("funds[fund=G2].trigger = 0", worlds.transport_money_in_time),
    ("links[link=D-S].cost = 1", worlds.transport_money),
    ("funds[fund=G1].donor = ALDER", worlds.money_is_given_too),
    ("forces[force=F1].elements = 2", worlds.forces_and_factors),
    ("forces[force=F1].dos_target = 1", worlds.forces_and_factors),
    ("forces[force=F1].to_day = 3", worlds.forces_and_factors),
    ("factors[force_type=crew,posture=rest].rate = 1", worlds.forces_and_factors),
    ("scenario[name=test].need_period = 20", worlds.holdings_first),
    ("holdings[node=S].reserved = 0", worlds.holdings_first),
]


@cache
def best(make: Make) -> dict[str, float]:
    world = make()
    answer = plan(world.theatre, world.scenario)
    return {goal.goal: goal.value for goal in answer.goals}


def noticed(world: World, make: Make, known: tuple[Theatre, Scenario]) -> bool:
    """Return whether what is planned on what is known breaks the world's rules or has other goals in it."""
    made = plan(*known).plan
    if verify(world.theatre, world.scenario, made):
        return True
    scored = score(world.theatre, world.scenario, made)
    true = best(make)
    return any(abs(v - true[name]) > NOTICED * scored.scales[name] for name, v in scored.objectives.items())


def words(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("table", "make"), TABLES, ids=words)
def test_a_table_kept_from_the_optimizer_is_noticed(table: str, make: Make) -> None:
    world = make()
    theatre, scenario = world.theatre, world.scenario
    assert len({**theatre.tables, **scenario.tables}[table])
    if table in THEATRE:
        theatre = theatre.replace(**{table: Table.of(THEATRE[table])})
        scenario = scenario.replace(theatre)
    else:
        scenario = scenario.replace(theatre, **{table: Table.of(SCENARIO[table])})
    assert noticed(world, make, (theatre, scenario))


@pytest.mark.parametrize(("change", "make"), CELLS, ids=words)
def test_a_cell_kept_from_the_optimizer_is_noticed(change: str, make: Make) -> None:
    world = make()
    assert noticed(world, make, apply(world.theatre, world.scenario, change.split("; ")))


def test_a_licence_kept_from_the_optimizer_is_noticed() -> None:
    make = worlds.explosives_need_a_licence
    world = make()
    changes = [
        "nodes[node=S].divisions = 1.3|1.4",
        "add explosive_limits{node=S,hazard_division=1.3,limit=1e6}",
    ]
    assert noticed(world, make, apply(world.theatre, world.scenario, changes))


def test_a_plan_of_the_true_tables_is_not_noticed() -> None:
    world = worlds.two_priorities()
    assert not noticed(world, worlds.two_priorities, (world.theatre, world.scenario))
