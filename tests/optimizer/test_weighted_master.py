"""Masters with earlier goals as weights, solved by interior point, and the answers that stand on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from data.relax import relaxed
from data.verify import verify
from optimizer import Limits, plan
from optimizer.formulations.reinforce.setting import prepare
from optimizer.methods import approach, columns, lexicographic
from optimizer.methods.best import Best
from optimizer.methods.engine import Bound
from optimizer.methods.matrix import Scaled
from optimizer.methods.questions import Question
from optimizer.methods.weighted_master import MORE, program_of
from optimizer.outcome import Clock, Reason
from optimizer.solvers import master
from tests.agreement import conditional_agreement
from tests.data.drawn import drawn
from tests.optimizer.test_interior import packing, written_out


@pytest.mark.parametrize("seed", range(6))
def test_a_master_written_as_a_program_has_the_optimum_and_the_prices_of_its_matrix(seed: int) -> None:
    matrix, limit, cost = packing(seed)
    one = np.ones(len(cost)), np.ones(len(limit))
    asked = program_of(Scaled(matrix, limit, cost, *one, 1.0), cost, np.zeros((0, len(cost))), np.zeros(0))
    outcome = master().interior(asked, 1e-9, Clock(Limits()))
    assert outcome.reason is Reason.OPTIMAL
    best = linprog(cost, A_ub=written_out(matrix), b_ub=limit, bounds=(0, None)).fun
    x, y = outcome.values[: len(cost)], -outcome.prices[: len(limit)]
    assert cost @ x == pytest.approx(best, abs=1e-6)
    assert (matrix.times(x) <= limit + 1e-7).all()
    assert (y >= -1e-9).all()
    assert -(limit @ y) == pytest.approx(best, abs=1e-6)
    assert (cost + matrix.transposed(y) >= -1e-6).all()


@pytest.mark.parametrize("seed", range(5))
def test_answers_with_earlier_goals_as_weights_agree_with_the_whole_program(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved = []
    land = approach.land
    monkeypatch.setattr(columns, "WIDE", 0)
    monkeypatch.setattr(approach, "land", lambda *a: solved.append(a) or land(*a))
    monkeypatch.setattr(approach, "MOST_FIRST", 4)  # soon enough that masters are solved on these small worlds
    theatre, scenario, _ = drawn(seed)
    theatre, scenario = relaxed(theatre, scenario)
    answer = plan(theatre, scenario, limits=Limits(gap=1e-3))
    assert not verify(theatre, scenario, answer.plan)
    assert conditional_agreement(theatre, scenario, answer, "highs") == []
    assert solved
    assert answer.gap <= 1e-3  # what later goals take leaves earlier ones proven


@pytest.mark.parametrize("seed", [21, 23])
def test_later_goals_may_have_of_earlier_ones_what_was_taken_and_no_more(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "WIDE", 0)
    theatre, scenario, _ = drawn(seed)
    engine = columns.Columns(prepare(*relaxed(theatre, scenario)), master())
    passes = lexicographic.begun(engine.setting)
    values = passes.incumbent.score.objectives
    lexicographic.go_on(engine, passes, tuple(values), Clock(Limits(gap=1e-3)), lambda progress: None)
    values = passes.incumbent.score.objectives
    *earlier, _ = (name for name in values if name in passes.carried and values[name] > 1e-9)
    assert earlier
    assert all(passes.carried[name] == values[name] for name in earlier)


def test_an_earlier_goal_gives_no_more_than_moves_the_bounds_between_by_their_part() -> None:
    walk = approach.Approach(None, None, None, None, None)  # type: ignore[arg-type]
    one, two, three = "tier1_short", "tier2_short", "tier3_short"
    walk._weighed_by = {one: {}, two: {one: 50.0}, three: {one: 10.0, two: 2.0}}
    sizes = {one: 100.0, two: 1000.0, three: 400.0}
    half = approach.THROUGH
    # 50 · 2 is 0.1 of `two`, 2 · 20 of `three`
    assert walk._room(three, sizes, 0.1) == {one: pytest.approx(2.0 * half), two: pytest.approx(100.0)}
    assert walk._room(two, {one: 100.0, two: 1000.0}, 0.1) == {one: pytest.approx(10.0)}
    late = walk._room("share", {**sizes, "share": 1.0}, 0.1)
    assert late == {one: pytest.approx(2.0 * half), two: pytest.approx(20.0 * half), three: pytest.approx(40.0)}


def test_the_delay_of_a_tier_may_take_more_of_what_the_tier_is_short() -> None:
    walk = approach.Approach(None, None, None, None, None)  # type: ignore[arg-type]
    sizes = {"tier1_short": 100.0, "tier2_short": 10.0, "tier2_delay": 1.0}
    room = walk._room("tier2_delay", sizes, 0.1)
    assert room == {"tier1_short": pytest.approx(10.0), "tier2_short": pytest.approx(approach.OWN)}


def test_what_outweighs_the_last_goal_outweighs_the_next_through_it() -> None:
    walk, heavy = approach.Approach(None, None, None, None, None), approach.HEAVY  # type: ignore[arg-type]
    one, two, three = "tier1_short", "tier2_short", "tier3_short"
    sizes = {one: 100.0, two: 1000.0, three: 400.0}
    walk._weighed_by = {one: {}, two: {one: 500.0}}
    assert walk._weights(three, sizes) == {one: heavy * 4.0, two: heavy * 0.4}  # no master was solved: it was a guess
    walk._known = True
    assert walk._weights(three, sizes) == {one: heavy * 0.4 * 500.0, two: heavy * 0.4}


def test_a_goal_ends_where_solved_masters_bring_nothing_and_soon_where_little_is_missing() -> None:
    best = Best(Question(None, (), (), 1.0), value=10.0)  # type: ignore[arg-type]
    best.proven.append(Bound(10.0 - approach.LITTLE, {}))
    one = approach.Pass(best, None, {}, [0.0], np.zeros(0), still=1)  # type: ignore[arg-type]
    assert one.stands(1.1)
    assert not one.stands(0.9)
    assert not replace(one, still=0).stands(1.1)
    assert replace(one, still=2).stands(0.1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("part", [0.5, 0.99, 1.5])
def test_an_earlier_goal_is_held_at_a_price_of_its_own_which_is_at_most_that_of_breaking_it(
    seed: int, part: float
) -> None:
    matrix, limit, cost = packing(seed)
    one, rows = (np.ones(len(cost)), np.ones(len(limit))), written_out(matrix)
    free = linprog(cost, A_ub=rows, b_ub=limit, bounds=(0, None))
    earlier = np.random.default_rng(seed).uniform(0.5, 2.0, (1, len(cost)))
    most = part * (earlier @ free.x)
    outcome = master().interior(
        program_of(Scaled(matrix, limit, cost, *one, 1.0), cost, earlier, most), 1e-9, Clock(Limits())
    )
    wide = np.hstack([np.vstack([rows, earlier]), np.append(np.zeros(len(rows)), -1.0)[:, None]])
    best = linprog(np.append(cost, MORE), A_ub=wide, b_ub=np.append(limit, most), bounds=(0, None))
    assert outcome.objective == pytest.approx(best.fun, abs=1e-6)
    assert -outcome.prices[-1] == pytest.approx(-best.ineqlin.marginals[-1], abs=1e-5)
    assert -1e-9 <= -outcome.prices[-1] <= MORE + 1e-9
    assert (-outcome.prices[-1] > 1e-6) == (part < 1)
