"""What changes nothing, and what changes everything alike: needs split, rows shuffled, quantities doubled."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import plan
from tests.properties.proofs import QUANTITIES, edited, no_better_than_proven
from tests.properties.worlds import Tables, few, tables, world_of


@few(0.5)
@given(rows=tables(whole=False), share=st.integers(1, 9), which=st.integers(0, 5))
def test_a_need_split_in_two_changes_no_goal(rows: Tables, share: int, which: int) -> None:
    old = rows["needs"][which % len(rows["needs"])]
    part = round(old["quantity"] * share / 10, 3)
    halves = [old | {"quantity": part}, old | {"need": "other", "quantity": round(old["quantity"] - part, 3)}]
    split = {**rows, "needs": [row for row in rows["needs"] if row is not old] + halves}
    one, two = plan(*world_of(rows)), plan(*world_of(split))
    assert [(g.goal, g.scale) for g in one.goals if g.goal.startswith("tier")] == [
        (g.goal, pytest.approx(g.scale)) for g in two.goals if g.goal.startswith("tier")
    ]
    no_better_than_proven(one, two)
    no_better_than_proven(two, one)


def shuffled(rows: Tables, seed: int) -> Tables:
    rng = random.Random(seed)

    def other_order(value: Any) -> Any:
        return rng.sample(value, len(value)) if isinstance(value, list) else value

    return {name: other_order(value) for name, value in rows.items()}


@few(0.4)
@given(rows=tables(), seed=st.integers(0, 10**6))
def test_the_order_of_rows_never_matters(rows: Tables, seed: int) -> None:
    (theatre, scenario), (other, asked) = world_of(rows), world_of(shuffled(rows, seed))
    assert (theatre.digest, scenario.digest) == (other.digest, asked.digest)
    one, two = plan(theatre, scenario), plan(other, asked)
    assert one.goals == two.goals
    assert one.plan.digest == two.plan.digest


@few(0.4)
@given(rows=tables(whole=False, measure="tonnes"))
def test_twice_of_everything_is_twice_as_much_of_every_goal_in_tonnes(rows: Tables) -> None:
    double = dict(rows)
    for table, names in QUANTITIES.items():
        double = edited(double, table, lambda r, n=names: r | {c: 2 * r[c] for c in n if r.get(c) is not None})
    double["settings"] = rows["settings"] | {"balance": "none"}
    rows = {**rows, "settings": double["settings"]}
    once, twice = plan(*world_of(rows)), plan(*world_of(double))
    no_better_than_proven(once, twice, times=2.0)
    no_better_than_proven(twice, once, times=0.5)


def test_a_plan_that_beats_the_proof_is_seen() -> None:
    loose = world_of({})
    tight = world_of({"stocks": [{"lot": "L1", "donor": "ALDER", "node": "D", "item": "box", "on_hand": 9.0}]})
    with pytest.raises(AssertionError, match="below the proof"):
        no_better_than_proven(plan(*loose), plan(*tight))
