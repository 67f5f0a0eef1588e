"""A donor or a host that gives way never makes a drawn world worse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given

from optimizer import plan
from tests.properties.proofs import QUANTITIES, edited, no_better_than_proven
from tests.properties.worlds import Tables, few, tables, world_of


def lower_floors(rows: Tables) -> Tables:
    rows = edited(rows, "stocks", lambda r: r | {"floor": r["floor"] / 2})
    return edited(rows, "terms", lambda r: r | {"floor": None if r["floor"] is None else r["floor"] / 2})


def drop_forbidding_caveats(rows: Tables) -> Tables:
    return {**rows, "caveats": [row for row in rows["caveats"] if row["effect"] != "forbid"]}


def raise_capacities(rows: Tables) -> Tables:
    for table in ("links", "nodes", "lift", "explosive_limits", "production", "funds"):
        names = QUANTITIES[table]
        rows = edited(rows, table, lambda r, n=names: r | {c: r[c] * 1.5 for c in n if r.get(c) is not None})
    return rows


def shorten_approvals(rows: Tables) -> Tables:
    for table in ("donors", "stocks", "lift", "terms", "production", "funds"):
        rows = edited(rows, table, lambda r: r | ({"approval_days": 0} if r["approval_days"] is not None else {}))
    return rows


POLICIES = (lower_floors, drop_forbidding_caveats, raise_capacities, shorten_approvals)


@pytest.mark.parametrize("relax", POLICIES, ids=lambda relax: relax.__name__)
@few(0.25)
@given(rows=tables())
def test_a_policy_relaxed_never_makes_the_goals_worse(relax: Callable[[Tables], Tables], rows: Tables) -> None:
    relaxed = relax(rows)
    assume(relaxed != rows)
    no_better_than_proven(plan(*world_of(rows)), plan(*world_of(relaxed)))
