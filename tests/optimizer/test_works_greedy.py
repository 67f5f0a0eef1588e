"""The schedule by hand: works taken out and put back lie as they lay, and laying anew makes nothing worse."""

from __future__ import annotations

import pytest

from benchmarks.fortify import drawn
from data import Plan
from data.works import on_site
from optimizer.formulations.works import instance_of
from optimizer.formulations.works.greedy import Board, improve
from optimizer.methods.late import without_materials
from optimizer.methods.schedule import goal_values


@pytest.mark.parametrize("seed", range(4))
def test_works_taken_out_and_put_back_lie_as_they_lay(seed: int) -> None:
    theatre, scenario = drawn(seed)
    instance = without_materials(instance_of(theatre, scenario, on_site(theatre, scenario, Plan.empty())))
    starts = [list(instance.starts(j)) for j in range(len(instance.jobs))]
    board = Board(instance, starts)
    board.place(list(range(len(instance.jobs))))
    chosen, units, left = dict(board.chosen), dict(board.units), [own.copy() for own in board.left]
    diaries = {unit: list(own) for unit, own in board.diaries.items()}
    out = board.take_out(list(chosen)[::3])
    assert len(out) >= len(chosen) // 3
    assert all(before in board.chosen for j in board.chosen for before, _ in board.waits.get(j, ()))
    board.put_back(out)
    assert (board.chosen, board.units, board.diaries) == (chosen, units, diaries)
    assert all((one == other).all() for one, other in zip(board.left, left, strict=True))


def test_laying_works_anew_makes_no_schedule_worse() -> None:
    instance = instance_of(*drawn(1), on_site(*drawn(1), Plan.empty()))
    free = without_materials(instance)

    def days(chosen) -> tuple[int, ...]:  # type: ignore[no-untyped-def]
        return (*goal_values(free, chosen).values(), sum(choice.start for choice in chosen.values()))

    first, units = improve(free, days, 0.0, 0)
    then, _ = improve(free, days, 0.3, 0, (first, units))
    assert days(then) < days(first)
