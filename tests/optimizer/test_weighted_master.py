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
from optimizer.methods.weighted_master import program_of
from optimizer.outcome import Clock, Reason
from optimizer.solvers import master
from tests.agreement import conditional_agreement
from tests.data.drawn import drawn
from tests.optimizer.test_interior import packing, written_out


@pytest.mark.parametrize("seed", range(6))
def test_a_master_written_as_a_program_has_the_optimum_and_the_prices_of_its_matrix(seed: int) -> None:
    matrix, limit, cost = packing(seed)
    one = np.ones(len(cost)), np.ones(len(limit))
    outcome = master().interior(program_of(Scaled(matrix, limit, cost, *one, 1.0), cost), 1e-9, Clock(Limits()))
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


def test_what_is_further_above_its_limit_gets_more_weight_and_what_is_within_its_room_none() -> None:
    weights = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0}
    question = Question(None, (), (), 1.0)  # type: ignore[arg-type]
    heavier = Weighted(question, weights, question).heavier({"a": 0.9, "b": 1.1, "c": 11.0, "d": 1e5})
    assert heavier.weights == {"a": 1.0, "b": 2.0, "c": 4.0, "d": 8.0}
    assert set(weights.values()) == {1.0}
