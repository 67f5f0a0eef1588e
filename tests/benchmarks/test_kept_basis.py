"""The rival of warm sessions: its kept basis fits a changed program and saves work, and its answers stay right."""

import pytest

from benchmarks.peers.kept_basis import KeptBasis, KeptBasisSession, carried_over
from data.change import apply
from optimizer import plan, relaxed
from optimizer.formulations.reinforce import build
from optimizer.methods.whole import Whole
from optimizer.outcome import Clock, Limits
from tests.benchmarks.conftest import small_world

STRUCTURE = "drop stocks[lot=L2]", "links[link=D-S].capacity = 7"


@pytest.mark.parametrize("changes", [("needs[need=N1].quantity *= 0.75",), STRUCTURE, ("needs[need=N1].rdd = 4",)])
def test_a_question_from_a_kept_basis_has_the_answer_of_a_run_from_nothing(changes: tuple[str, ...]) -> None:
    base = relaxed(*small_world())
    session = KeptBasisSession(*base, base_s=60.0)
    changed = apply(*base, changes)
    _, answer = session.ask(*changed, seconds=60.0)
    fresh = plan(*changed)
    for ours, theirs in zip(fresh.goals[:-1], answer.goals[:-1], strict=True):
        assert theirs.value == pytest.approx(ours.value, abs=1e-3 * max(1.0, ours.scale)), ours.goal
    assert answer.gap <= 1e-4 and fresh.goals[0].value != session.base.goals[0].value


def test_a_kept_basis_saves_work_and_fits_other_rows() -> None:
    theatre, scenario = relaxed(*small_world())
    solver, clock = KeptBasis(), Clock(Limits())
    whole = Whole(build(theatre, scenario), solver)
    goal = whole.arcflow.goals[0]
    program = whole.program(goal, {})
    first, again = solver.solve(program, clock), solver.solve(program, clock)
    assert again.iterations == 0 and again.objective == pytest.approx(first.objective)
    other = Whole(build(*apply(theatre, scenario, STRUCTURE)), solver).program(goal, {})
    kept = solver.kept[0]
    assert carried_over(kept, program) is kept.basis
    basis = carried_over(kept, other)
    assert (len(basis.row_status), len(basis.col_status)) == other.matrix.shape
