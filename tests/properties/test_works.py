"""Drawn works, crews, plant, days of rest, materials and order: every schedule and every joint plan is lawful."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import verify
from data.theatre import Scenario, Theatre
from optimizer.fortifying import fortify
from optimizer.outcome import Limits, Reason
from optimizer.scheduling import schedule
from tests.worlds import Row, caveat, link, lot, need, node
from tests.worlds_works import crews, material, mode, plant, site, work

SECTORS = ("S", "T")


@st.composite
def works_questions(draw: st.DrawFn) -> tuple[Theatre, Scenario]:
    """Draw two to six works at two sectors with all that may keep them from being built, and needs beside them."""
    number = draw(st.integers(2, 6))
    names = [f"W{j}" for j in range(number)]
    small, few = st.integers(0, 3), st.integers(1, 3)
    works: list[Row] = []
    for name in names:
        earliest = draw(small)
        due = earliest + draw(small)
        deadline = draw(st.one_of(st.none(), st.integers(earliest, 9)))
        works.append(work(name, sector=draw(st.sampled_from(SECTORS)), value=float(draw(st.integers(1, 9))),
                          tier=draw(st.integers(1, 2)), earliest=earliest, due=due, deadline=deadline))  # fmt: skip
    modes = [mode(name, duration=draw(few), crews=draw(st.integers(1, 2)), **_machine(draw)) for name in names]
    modes += [mode(name, mode="fast", duration=1, crews=2) for name in names if draw(st.booleans())]
    tables: dict[str, Any] = {
        "nodes": [node("D", "depot"), node("S", "sector"), node("T", "sector")],
        "links": [link("D-S", "D", "S", transit=draw(few)), link("D-T", "D", "T", transit=draw(few))],
        "stocks": [lot(on_hand=float(draw(st.integers(0, 40))))],
        "crews": [crews(size=2, move_days=draw(small), approval_days=draw(small)),
                  crews("MINERS", move_days=draw(small), to_day=draw(st.sampled_from((None, 7))))],
        "plant": [plant(move_days=draw(small))],
        "calendar": [{"sector": s, "day": d, "works": "no"} for s in SECTORS for d in range(9) if draw(st.booleans())],
        "works": works, "work_modes": modes,
        "work_materials": [material(name, float(draw(st.integers(1, 9)))) for name in names if draw(st.booleans())],
        "holdings": [{"node": "S", "item": "box", "on_hand": float(draw(st.integers(0, 9)))}],
        "needs": [need("N1", quantity=float(draw(st.integers(1, 30))), rdd=draw(st.integers(1, 8)),
                       tier=draw(st.integers(1, 2)))],
        "caveats": [caveat("C1", subject="crew", sector="T", to_day=draw(small))] if draw(st.booleans()) else [],
    }  # fmt: skip
    if draw(st.booleans()):
        tables["precedences"] = [{"before": "W0", "after": "W1", "lag": draw(small)}]
    return site(**tables)


def _machine(draw: st.DrawFn) -> Row:
    return {"plant": "digger", "plant_number": 1} if draw(st.booleans()) else {}


QUICKLY = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@QUICKLY
@given(works_questions())
def test_every_schedule_of_drawn_works_is_lawful_and_bounded(question: tuple[Theatre, Scenario]) -> None:
    answer = schedule(*question)
    assert answer.reason is Reason.OPTIMAL
    assert verify(*question, answer.plan) == []
    assert all(goal.bound <= goal.value for goal in answer.goals)


@settings(QUICKLY, max_examples=8)
@given(works_questions())
def test_every_joint_plan_of_drawn_works_is_lawful_and_bounded(question: tuple[Theatre, Scenario]) -> None:
    answer = fortify(*question, limits=Limits(gap=1e-3))
    assert verify(*question, answer.plan) == []
    assert all(goal.bound <= goal.value + 1e-9 for goal in answer.goals)
