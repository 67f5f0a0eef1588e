"""What is used, what stands at its limit, what is due by when; and the two codes that count agree."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from data import Plan, verify
from data.counting import at_limit, usage
from data.decisions import decisions
from data.effect import available, in_effect, lift_groups, release_days
from data.plan_tables import complete
from data.verify.case import Case
from data.verify.rows import ratio
from tests import worlds
from tests.data.drawn import drawn
from tests.worlds import World, build, plan_of

FULL = {
    worlds.stock_and_floor: ("stock", "L1"),
    worlds.link_capacity: ("link", "D-S"),
    worlds.link_volume: ("link_volume", "D-S"),
    worlds.lift_return_factor: ("lift", "road/general/ALDER"),
    worlds.lift_groups: ("lift", "road/general/ALDER"),
    worlds.goods_stay_on_a_closed_link: ("lift", "road/general/ALDER"),
    worlds.handling: ("handling", "S"),
    worlds.storage: ("storage", "H"),
    worlds.storage_until_the_rdd: ("storage_volume", "S"),
    worlds.explosives: ("explosive", "S/1.1"),
    worlds.stock_is_cut: ("stock", "L1"),
    worlds.earmark: ("stock", "L1"),
    worlds.production_by_day: ("produce", "M1"),
    worlds.production_is_cut: ("produce", "M1"),
    worlds.production_in_all: ("total", "M1"),
    worlds.fund_amount: ("fund", "G1"),
    worlds.transport_money: ("transport", "ALDER"),
}


@pytest.mark.parametrize("make", FULL, ids=lambda make: make.__name__)
def test_what_binds_stands_at_its_limit(make: Any) -> None:
    world: World = make()
    full = at_limit(usage(world.theatre, world.scenario, world.plan))
    assert FULL[make] in set(zip(full["kind"], full["key"], strict=True))


def test_lift_is_bound_on_the_days_that_the_return_factor_says() -> None:
    world = worlds.lift_return_factor()
    used = usage(world.theatre, world.scenario, world.plan)
    lift = used[used["kind"] == "lift"]
    assert dict(zip(lift["day"], lift["used"], strict=True)) == {0: 2000.0, 1: 2000.0, 2: 2000.0, 3: 2000.0}


def test_goods_that_stay_bind_lift_on_the_extra_day() -> None:
    world = worlds.goods_stay_on_a_closed_link()
    used = usage(world.theatre, world.scenario, world.plan)
    assert used[used["kind"] == "lift"]["day"].tolist() == [0, 1, 2]


KINDS = {
    "link capacity": "link", "link volume": "link_volume", "lift capacity": "lift", "handling": "handling",
    "storage": "storage", "storage volume": "storage_volume", "explosives limit": "explosive",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_counting_and_verifier_find_the_same_excess(seed: int) -> None:
    theatre, scenario, plan = drawn(seed)
    tight = theatre.replace(
        links=_scaled(theatre, "links", 2e-4, "capacity", "capacity_volume"),
        nodes=_scaled(theatre, "nodes", 2e-4, "handling", "storage", "storage_volume"),
        lift=_scaled(theatre, "lift", 2e-3, "capacity"),
        explosive_limits=_scaled(theatre, "explosive_limits", 1e-5, "limit"),
    )
    scenario = scenario.replace(tight)
    used = usage(tight, scenario, plan)
    over = used[used["used"] > used["limit"] + 1e-6]
    counted = {(r.kind, r.key, r.day): r.used - r.limit for r in over.itertuples() if r.kind != "stock"}
    verified = {}
    for violation in verify(tight, scenario, plan):
        if violation.rule in KINDS:
            key, day = (value for _, value in violation.where)
            verified[KINDS[violation.rule], key, day] = violation.excess
    assert verified == pytest.approx(counted, abs=1e-6)
    assert len(verified) > 5


def _scaled(theatre: Any, table: str, factor: float, *columns: str) -> dict[str, Any]:
    raw = theatre.tables[table].raw()
    return raw | {column: [round(value * factor, 6) for value in raw[column]] for column in columns}


def test_the_empty_plan_uses_nothing_and_asks_for_no_decision() -> None:
    theatre, scenario = build(stocks=[worlds.lot(approval_days=1)])
    assert usage(theatre, scenario, Plan.empty()).empty
    assert decisions(theatre, scenario, Plan.empty()).empty
    assert complete(theatre, scenario, {}, {}).shortfalls.rows()[0].unmet == 60


def test_a_lot_is_due_by_its_first_departure_less_the_clearance() -> None:
    theatre, scenario = build(
        stocks=[worlds.lot(trigger=1, approval_days=1), worlds.lot("L2")],
        links=[worlds.link("D-S", "D", "S", clearance=2)],
        triggers=[{"day": 0, "level": 1}],
        needs=[worlds.need("N1", rdd=8), worlds.need("N2", rdd=8)],
    )
    moves = (("L1", "N1", 10, "D-S@6"), ("L1", "N2", 10, "D-S@5"), ("L2", "N1", 10, "D-S@3"))
    plan = plan_of(theatre, scenario, *moves)
    assert verify(theatre, scenario, plan) == []
    due = decisions(theatre, scenario, plan)
    assert due.values.tolist() == [["ALDER", "lot L1: box at D", 3, "N2"]]
    assert verify(theatre, scenario, plan.replace(decisions=due)) == []


def test_the_plan_holds_if_approved_on_the_day_named_and_not_a_day_later() -> None:
    for seed in range(6):
        theatre, scenario, plan = drawn(seed)
        for row in decisions(theatre, scenario, plan).itertuples():
            name = row.what.split()[1].rstrip(":")
            stocks = theatre.stocks.raw()
            at = theatre.stocks.position()[name]
            for late in (0, 1):
                stocks["ready_day"][at] = row.approve_by + late
                ready = theatre.replace(stocks=stocks)
                broken = {v.rule for v in verify(ready, scenario.replace(ready), plan)}
                # a clearance counts from the release, so a later release may break it instead
                assert bool(broken) == bool(late) and broken <= {"release day", "clearance"}


def test_lift_is_due_on_the_first_day_on_which_the_others_do_not_suffice() -> None:
    rows = [worlds.lift(capacity=3000), worlds.lift("BIRCH", capacity=3000, approval_days=1)]
    donors = [{"donor": "ALDER"}, {"donor": "BIRCH"}]
    theatre, scenario = build(donors=donors, lift=rows, needs=[worlds.need(rdd=4)])
    plan = plan_of(theatre, scenario, ("L1", "N1", 20, "D-S@1"), ("L1", "N1", 40, "D-S@3"))
    assert verify(theatre, scenario, plan) == []
    due = decisions(theatre, scenario, plan)
    assert due.values.tolist() == [["BIRCH", "lift: road general from day 0", 3, "N1"]]


def test_sites_and_funds_are_due_by_their_first_order() -> None:
    theatre, scenario = build(
        donors=[{"donor": "ALDER"}, {"donor": "BIRCH", "approval_days": 1}],
        stocks=[],
        production=[worlds.site(approval_days=1, rate=20)],
        funds=[worlds.fund(donor="BIRCH")],
    )
    plan = plan_of(theatre, scenario, ("M1/G1@2", "N1", 20, "D-S@2"), ("M1/G1@1", "N1", 20, "D-S@2"))
    assert decisions(theatre, scenario, plan).values.tolist() == [
        ["ALDER", "site M1: box", 1, "N1"],
        ["BIRCH", "fund G1: box", 1, "N1"],
    ]


def test_many_needs_that_slip_are_counted() -> None:
    needs = [worlds.need(f"N{i}", quantity=1) for i in range(5)]
    theatre, scenario = build(stocks=[worlds.lot(approval_days=1)], needs=needs)
    plan = plan_of(theatre, scenario, *[("L1", f"N{i}", 1, "D-S@1") for i in range(5)])
    assert decisions(theatre, scenario, plan)["slips"].tolist() == ["N0, N1, N2 and 2 more"]


def test_usage_has_its_columns() -> None:
    world = worlds.handling()
    used = usage(world.theatre, world.scenario, world.plan)
    assert list(used.columns) == ["kind", "key", "day", "used", "limit", "unit"]
    row = used[(used["kind"] == "handling") & (used["key"] == "S") & (used["day"] == 1)].iloc[0]
    assert (row["used"], row["limit"], row["unit"]) == (20.0, 20.0, "t")
    assert isinstance(used, pd.DataFrame)


@pytest.mark.parametrize("seed", range(8))
def test_counting_and_verifier_see_the_same_in_effect(seed: int) -> None:
    """Release days, stock, lift groups and disrupted limits, by array code and by the verifier's loops."""
    theatre, scenario, plan = drawn(seed)
    rng = random.Random(seed)
    cut = {"disruption": [], "table": [], "key": [], "column": [], "factor": [], "value": [], "from_day": []}
    choices = {
        "links": ("capacity", "capacity_volume"),
        "nodes": ("handling", "storage"),
        "lift": ("capacity",),
    }
    for number in range(12):
        table = rng.choice(sorted(choices))
        keys = theatre.tables[table].rows()
        factor = rng.choice([0.0, 0.1, 0.5, None])
        values = (f"X{number:02}", table, rng.choice(keys)[0], rng.choice(choices[table]), factor,
                  None if factor is not None else float(rng.randint(0, 9)), rng.randint(0, 9))  # fmt: skip
        for column, value in zip(cut, values, strict=True):
            cut[column].append(value)
    scenario = scenario.replace(theatre, disruptions=cut)
    case = Case(theatre, scenario, plan)
    days = range(scenario.horizon)
    for table, columns in choices.items():
        for column in columns if table != "lift" else ():
            told = in_effect(theatre, scenario, table, column)
            for i, row in enumerate(theatre.tables[table].rows()):
                mine = [case.in_effect(table, (row[0],), column, getattr(row, column), day) for day in days]
                assert told[i].tolist() == pytest.approx(
                    [float(value) for value in mine if value is not None]
                )
    lots = theatre.stocks.rows()
    assert release_days(theatre, scenario, "stocks").tolist() == [
        case.release_day_of_lot(row) for row in lots
    ]
    stock = available(theatre, scenario, theatre.stocks["on_hand"])
    for i, row in enumerate(lots):
        mine = [case.available(row, ratio(row.on_hand), case.levels[day]) for day in days]
        assert stock[i].tolist() == [float(value) for value in mine]
    _same_lift(case)


def _same_lift(case: Case) -> None:
    groups = lift_groups(case.theatre, case.scenario)
    assert sorted(groups.names) == sorted(case.lift_groups)
    for name, offered in zip(groups.names, groups.offered, strict=True):
        mine = [float(case.lift_in_effect(case.lift_groups[name], day)) for day in range(case.horizon)]
        assert offered.tolist() == pytest.approx(mine)
