"""From a solver's numbers to a lawful plan: flows fall apart into paths, paths are cut back and filled up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import verify
from data.plan_tables import complete
from optimizer.formulations.reinforce import ArcFlow, build
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths, decompose, path_use, tables
from optimizer.methods.bounds import price_bound
from optimizer.methods.repair import make_lawful
from optimizer.outcome import Clock, Limits, Outcome
from optimizer.solvers import SOLVERS
from optimizer.solvers import solver as solver_named
from tests import worlds
from tests.worlds import World

WORLDS = (
    worlds.lift_return_factor, worlds.storage, worlds.storage_until_the_rdd, worlds.substitutes,
    worlds.closed_node, worlds.stock_is_cut, worlds.explosives, worlds.caveat_on_transit,
    worlds.balance_of_sectors, worlds.cost_and_shipments, worlds.whole_units, worlds.gauge_breaks,
)  # fmt: skip
each_world = pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
built: dict[Callable[[], World], ArcFlow] = {}


def arcflow_of(make: Callable[[], World]) -> ArcFlow:
    if make not in built:
        world = make()
        built[make] = build(world.theatre, world.scenario)
    return built[make]


def solved(arcflow: ArcFlow, goal: int = 0) -> Outcome:
    asked = arcflow.program.relaxed().with_goal(arcflow.goals[goal].cost)
    return solver_named(next(iter(SOLVERS))).solve(asked, Clock(Limits()))


def every_way(arcflow: ArcFlow) -> Paths:
    """Return the paths that any goal's optimum uses, empty."""
    rows: dict[tuple[int, int, int, tuple[int, ...]], float] = {}
    for goal in range(len(arcflow.goals)):
        paths = decompose(arcflow, solved(arcflow, goal).values)
        for i in range(len(paths)):
            rows[int(paths.lot[i]), int(paths.need[i]), int(paths.item[i]), paths.moves[i]] = 0.0
    return Paths.of([(*key, 0.0) for key in rows])


@each_world
def test_paths_carry_the_flow_they_are_made_of(make: Callable[[], World]) -> None:
    arcflow = arcflow_of(make)
    values = solved(arcflow).values
    paths = decompose(arcflow, values)
    load = paths.quantity * arcflow.unit[paths.item]
    start, handed, move = (arcflow.flows[name] for name in ("start", "delivery", "move"))
    left = np.bincount(paths.lot, load, len(arcflow.theatre.stocks))
    lots = np.array([arcflow.slices[z].lot for z in start["slice"]], int)
    assert left == pytest.approx(np.bincount(lots, values[start["column"]], len(left)), abs=1e-6)
    got = np.bincount(paths.need, load, len(arcflow.needs.size))
    assert got == pytest.approx(np.bincount(handed["need"], values[handed["column"]], len(got)), abs=1e-6)
    flow = np.bincount(move["arc"], values[move["column"]], len(arcflow.network.moves))
    used = np.zeros(len(flow))
    for amount, way in zip(load, paths.moves, strict=True):
        used[list(way)] += amount
    assert (used <= flow + 1e-6).all()


@each_world
def test_paths_use_capacities_as_the_program_does(make: Callable[[], World]) -> None:
    arcflow = arcflow_of(make)
    paths = decompose(arcflow, solved(arcflow).values)
    used = path_use(arcflow, paths) @ paths.quantity
    assert (used <= arcflow.network.limit * (1 + 1e-9) + 1e-6).all()


@each_world
@settings(max_examples=15)
@given(data=st.data())
def test_any_quantities_on_paths_become_a_lawful_plan(make: Callable[[], World], data: st.DataObject) -> None:
    arcflow = arcflow_of(make)
    ways = every_way(arcflow)
    amounts = st.lists(st.floats(0, 200), min_size=len(ways), max_size=len(ways))
    master = Master.of(arcflow, ways.carrying(np.array(data.draw(amounts), float)))
    lawful = make_lawful(master)
    plan = complete(arcflow.theatre, arcflow.scenario, *tables(arcflow, lawful))
    assert verify(arcflow.theatre, arcflow.scenario, plan) == []


def test_an_overfull_row_is_cut_back_from_the_last_tier() -> None:
    arcflow = arcflow_of(worlds.two_priorities)
    ways = every_way(arcflow)
    lawful = make_lawful(Master.of(arcflow, ways.carrying(np.full(len(ways), 60.0))))
    given_to = np.bincount(lawful.need, lawful.quantity, 2)
    assert given_to[0] >= 60
    assert given_to.sum() == pytest.approx(100)


def test_room_that_is_left_is_filled_up_from_the_first_tier() -> None:
    arcflow = arcflow_of(worlds.two_priorities)
    lawful = make_lawful(Master.of(arcflow, every_way(arcflow)))
    assert np.bincount(lawful.need, lawful.quantity, 2).tolist() == [60.0, 40.0]


def test_quantities_are_whole_thousandths_and_whole_items_whole() -> None:
    arcflow = arcflow_of(worlds.link_capacity)
    ways = every_way(arcflow)
    lawful = make_lawful(Master.of(arcflow, ways.carrying(np.full(len(ways), 7.77777))))
    assert (lawful.quantity * 1000) % 1 == pytest.approx(0.0, abs=1e-9)
    arcflow = arcflow_of(worlds.whole_units)
    ways = every_way(arcflow)
    lawful = make_lawful(Master.of(arcflow, ways.carrying(np.full(len(ways), 11.9))))
    assert (lawful.quantity % 1 == 0).all()


@each_world
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), blur=st.sampled_from((0.0, 1e-9, 1e-3, 0.1, 1.0, 10.0)))
def test_any_prices_prove_a_bound_that_is_at_most_the_optimum(
    make: Callable[[], World], seed: int, blur: float
) -> None:
    arcflow = arcflow_of(make)
    rng = np.random.default_rng(seed)
    goal = int(rng.integers(len(arcflow.goals)))
    best = solved(arcflow, goal)
    prices = best.prices + blur * rng.normal(size=len(best.prices))
    asked = arcflow.program.relaxed().with_goal(arcflow.goals[goal].cost)
    bound = price_bound(asked, prices, arcflow.implied)
    assert best.objective is not None
    assert bound <= best.objective + 1e-9 * max(1.0, abs(best.objective))


@each_world
def test_the_prices_of_an_optimum_prove_it(make: Callable[[], World]) -> None:
    arcflow = arcflow_of(make)
    best = solved(arcflow)
    asked = arcflow.program.relaxed().with_goal(arcflow.goals[0].cost)
    assert price_bound(asked, best.prices, arcflow.implied) == pytest.approx(best.objective, abs=1e-9)
