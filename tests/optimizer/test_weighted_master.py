"""Masters with earlier goals as weights, solved by interior point, and the answers that stand on them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from data.relax import relaxed
from data.verify import verify
from optimizer import Limits, plan
from optimizer.methods import approach, columns
from optimizer.methods.matrix import Scaled
from optimizer.methods.questions import Question
from optimizer.methods.weighted import Weighted
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


def test_an_earlier_goal_gives_no_more_than_moves_the_bounds_between_by_their_part() -> None:
    walk = approach.Approach(None, None, None, None, None)  # type: ignore[arg-type]
    one, two, three = "tier1_short", "tier2_short", "tier3_short"
    walk._weighed_by = {one: {}, two: {one: 50.0}, three: {one: 10.0, two: 2.0}}
    sizes = {one: 100.0, two: 1000.0, three: 400.0}
    assert walk._room(three, sizes, 0.1) == {one: pytest.approx(2.0), two: pytest.approx(100.0)}  # 50 · 2 is of `two`
    assert walk._room(two, {one: 100.0, two: 1000.0}, 0.1) == {one: pytest.approx(10.0)}
    assert walk._room("share", {**sizes, "share": 1.0}, 0.1)[one] == pytest.approx(10.0)


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


def test_what_is_further_above_its_limit_gets_more_weight_and_what_is_within_its_room_none() -> None:
    weights = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}
    question = Question(None, (), (), 1.0)  # type: ignore[arg-type]
    heavier = Weighted(question, weights, {}, question).heavier({"a": 0.9, "b": 1.1, "c": 11.0, "d": 1e5})
    assert heavier.weights == {"a": 1.0, "b": 2.0, "c": 4.0, "d": 8.0}
    assert set(weights.values()) == {1.0}
