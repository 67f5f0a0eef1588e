from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from data.score import score
from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce import prepare
from optimizer.outcome import AtLimit
from optimizer.planning import plan
from optimizer.shortfalls import NOTHING_FULL, worst_shortfalls
from tests import worlds
from tests.worlds import World, build, item, lift, link, lot, need, node, plan_of


def told(theatre: Theatre, scenario: Scenario, *moves: tuple[Any, ...], most: int = 5) -> tuple[AtLimit, ...]:
    """Return the shortfalls of the plan of these moves."""
    made = plan_of(theatre, scenario, *moves)
    return worst_shortfalls(prepare(theatre, scenario), made, score(theatre, scenario, made), most)


def reasons(theatre: Theatre, scenario: Scenario, *moves: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the reasons of the only shortfall of the plan of these moves."""
    (row,) = told(theatre, scenario, *moves)
    return row.reasons


HERON = {**node("H"), "name": "Heron"}
FULL: tuple[tuple[Callable[[], World], str], ...] = (
    (worlds.link_capacity, "link D-S is full on days 0–2 (15 t/day)"),
    (worlds.link_volume, "link D-S is full by volume on days 0–2 (24 m³/day)"),
    (worlds.lift_groups, "lift road/general of ALDER, CEDAR is used up on day 0"),
    (worlds.lift_return_factor, "lift road/general of ALDER is used up on days 0–3"),
    (worlds.handling, "handling at S is full on days 1–2"),
    (worlds.storage, "storage at H is full in the nights after days 1–2"),
    (worlds.explosives, "1.1 explosives limit at S is reached on days 1–3"),
    (worlds.stock_and_floor, "lot L1 is given away down to its floor"),
    (worlds.earmark, "lot L1 is given away up to what is named for the pool"),
    (worlds.two_priorities, "lot L1 is given away in full"),
    (worlds.substitutes, "all 2 lots that may serve it are given away, lot L1 in full"),
    (worlds.caveat_forbids, "lot L2 is given away in full"),
    (worlds.production_by_day, "site M1 makes no more box than is ordered on days 0–1 (10 a day)"),
    (worlds.production_in_all, "site M1 sells no more box than the 15 ordered"),
    (worlds.fund_amount, "fund G1 of ALDER is spent (150 EUR)"),
    (worlds.caveat_on_money, "fund G1 of ALDER is spent (100 EUR)"),
    (worlds.transport_money_in_time, "ALDER's money for transport is spent (40 EUR by day 2)"),
    (worlds.whole_units, "link D-S is full on day 2 (25 t/day), but for less than a whole unit"),
)


@pytest.mark.parametrize(("make", "text"), FULL, ids=[f"{make.__name__}-{i}" for i, (make, _) in enumerate(FULL)])
def test_each_full_limit_is_named(make: Callable[[], World], text: str) -> None:
    world = make()
    (row,) = worst_shortfalls(
        prepare(world.theatre, world.scenario), world.plan, score(world.theatre, world.scenario, world.plan)
    )
    assert row.reasons == (text,)


def test_the_volume_kept_overnight_is_named() -> None:
    world = build(
        items=[item(volume=0.5)],
        nodes=[node("D", "depot"), {**HERON, "dwell": 1, "storage_volume": 10}, node("S", "sector")],
        links=[link("D-H", "D", "H"), link("H-S", "H", "S")],
        needs=[need(rdd=3)],
    )
    assert reasons(*world, ("L1", "N1", 20, "D-H@0 H-S@2")) == (
        "storage volume at Heron is full in the night after day 1",
    )


def test_names_of_tables_are_used_and_several_limits_come_in_order_of_day() -> None:
    world = build(
        donors=[{"donor": "ALDER", "name": "Alder"}],
        nodes=[node("D", "depot"), {**HERON, "handling": 20}, node("S", "sector")],
        links=[link("D-H", "D", "H", capacity=20), link("H-S", "H", "S")],
        lift=[lift(capacity=4000)],
        needs=[need(rdd=2)],
    )
    # day 0: the link's 20 t and half of the lift; day 1: half of the lift again
    assert reasons(*world, ("L1", "N1", 20, "D-H@0 H-S@1")) == (
        "link D-H is full on day 0 (20 t/day)",
        "handling at Heron is full on day 1",
    )


def test_the_way_that_meets_the_fewest_limits_is_the_one_told_of() -> None:
    links = [link("D-S", "D", "S", capacity=10), link("round", "D", "S", transit=3)]
    moves = [("L1", "N1", 10, f"D-S@{day}") for day in range(3)]
    assert reasons(*build(links=links), *moves) == (NOTHING_FULL,)


def test_only_reserved_or_unserviceable_stock_is_left() -> None:
    world = build(stocks=[lot(reserved=50, unserviceable=10)])
    assert reasons(*world, ("L1", "N1", 40, "D-S@0")) == (
        "lot L1 is given away down to what is reserved or unserviceable",
    )


def test_days_apart_are_told_apart_and_lots_come_first() -> None:
    world = build(
        links=[link("D-H", "D", "H", capacity=20), link("H-S", "H", "S", capacity=20)],
        nodes=[node("D", "depot"), node("H"), node("S", "sector")],
        stocks=[lot(on_hand=20)],
        needs=[need(rdd=2)],
    )
    assert reasons(*world, ("L1", "N1", 20, "D-H@0 H-S@1")) == (
        "lot L1 is given away in full",
        "link D-H is full on day 0 (20 t/day)",
        "link H-S is full on day 1 (20 t/day)",
    )


def test_no_lot_of_the_item() -> None:
    items = [item(), item("crate"), {**item("water"), "name": "Bottled water"}]
    substitutes = [{"item": "water", "substitute": "crate", "ratio": 1, "penalty": 1}]
    asked = [need(item="water")]
    assert reasons(*build(items=items, needs=asked)) == ("no lot holds Bottled water",)
    assert reasons(*build(items=items, needs=asked, substitutes=substitutes)) == (
        "no lot holds Bottled water or a substitute for it",
    )


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"floor": 100}, "lot L1 of Alder may give nothing: all of it is below its floor"),
        (
            {"reserved": 60, "unserviceable": 40},
            "lot L1 of Alder may give nothing: all of it is reserved, unserviceable",
        ),
        ({"earmarked": 0}, "lot L1 of Alder may give nothing: none of it is named for the pool"),
        ({"on_hand": 0}, "lot L1 of Alder may give nothing: it is empty"),
        ({"trigger": 3}, "lot L1 of Alder waits for trigger level 3, which is not reached"),
        ({"approval_days": 5}, "lot L1 of Alder is released on day 5 at the earliest, after the RDD (day 3)"),
        ({"approval_days": 25}, "lot L1 of Alder is released on day 25 at the earliest, after the RDD (day 3)"),
    ],
)
def test_nothing_is_releasable(cells: dict[str, Any], text: str) -> None:
    assert reasons(*build(donors=[{"donor": "ALDER", "name": "Alder"}], stocks=[lot(**cells)])) == (text,)


def test_lots_that_are_not_released_are_counted_by_reason_and_the_first_release_is_named() -> None:
    stocks = [
        lot(approval_days=6),
        lot("L2", approval_days=5),
        lot("L3", trigger=2),
        lot("L4", trigger=3),
        lot("L5", floor=100),
    ]
    assert reasons(*build(stocks=stocks)) == (
        "lot L2 of ALDER is released on day 5 at the earliest, after the RDD (day 3)",
        "lot L3 of ALDER and 1 other wait for trigger level 2, which is not reached",
        "lot L5 of ALDER may give nothing: all of it is below its floor",
    )


def test_a_floor_that_falls_after_the_rdd() -> None:
    world = build(
        stocks=[lot(floor=100)],
        terms=[{"lot": "L1", "level": 1, "floor": 25}],
        triggers=[{"day": 4, "level": 1}],
    )
    assert reasons(*world) == ("lot L1 of ALDER may give something on day 4 at the earliest, after the RDD (day 3)",)


def test_no_way_arrives_in_time() -> None:
    late = [link("D-S", "D", "S", transit=5)]
    assert reasons(*build(links=late)) == ("the earliest possible arrival is on day 5, after the RDD (day 3)",)
    no_lift_before = build(lift=[lift(from_day=4)])
    assert reasons(*no_lift_before) == ("the earliest possible arrival is on day 5, after the RDD (day 3)",)


@pytest.mark.parametrize("make", [worlds.explosives_need_a_licence, lambda: World(*_too_heavy(), {}, ())])
def test_no_way_is_permitted(make: Callable[[], World]) -> None:
    world = make()
    assert reasons(world.theatre, world.scenario) == (
        "no permitted way leads from any released lot to S within the horizon:"
        " caveats, load classes, licences, closures or missing lift shut all",
    )


def _too_heavy() -> tuple[Theatre, Scenario]:
    return build(items=[item(mlc=70)], links=[link("D-S", "D", "S", mlc=50)])


def test_the_worst_come_first_by_tier_then_by_weight_and_no_more_than_asked() -> None:
    needs = [
        need("N1", tier=2, quantity=90),
        need("N2", rdd=2, quantity=10, weight=1),
        need("N3", rdd=2, quantity=10, weight=5),
        need("N4", tier=2, quantity=10),
    ]
    world = build(settings={"measure": "tonnes"}, needs=needs, stocks=[lot(floor=100)])
    assert [(row.need, row.short, row.day) for row in told(*world)] == [
        ("N3", 10.0, 2), ("N2", 10.0, 2), ("N1", 90.0, 3), ("N4", 10.0, 3),
    ]  # fmt: skip
    assert [row.need for row in told(*world, most=2)] == ["N3", "N2"]


def test_the_rounding_of_quantities_comes_last() -> None:
    world = build(needs=[need("N1"), need("N2", tier=2)])
    found = told(*world, ("L1", "N1", 59.99, "D-S@0"), ("L1", "N2", 30, "D-S@0"))
    assert [row.need for row in found] == ["N2", "N1"]


def test_nothing_short_nothing_told() -> None:
    assert told(*build(), ("L1", "N1", 60, "D-S@0")) == ()


@pytest.mark.parametrize("method", ["columns", "whole"])
def test_an_answer_carries_its_shortfalls(method: str) -> None:
    world = worlds.link_capacity()
    answer = plan(world.theatre, world.scenario, method=method)
    assert answer.shortfalls == (AtLimit("N1", 15.0, 3, ("link D-S is full on days 0–2 (15 t/day)",)),)


READY = "what site M1 makes is ready on day 3 at the earliest, after the RDD (day 2)"
UNBOUGHT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "too late": ({"lead": 3}, {}, READY),
    "money too late": ({}, {"from_day": 3}, READY),
    "no money": ({}, {"purpose": "works"}, "no fund may pay site M1 within the horizon"),
    "an empty fund": ({}, {"amount": 0}, "site M1 makes nothing, or the funds that may pay it hold nothing"),
    "an idle site": ({"rate": 0}, {}, "site M1 makes nothing, or the funds that may pay it hold nothing"),
}


@pytest.mark.parametrize("name", UNBOUGHT)
def test_why_nothing_can_be_bought_is_told(name: str) -> None:
    made, paid, text = UNBOUGHT[name]
    world = build(stocks=[], production=[worlds.site(**made)], funds=[worlds.fund(**paid)], needs=[need(rdd=2)])
    assert text in reasons(*world)


def test_lots_and_money_that_are_both_used_up_are_both_named() -> None:
    world = build(stocks=[lot(on_hand=20)], production=[worlds.site()], funds=[worlds.fund(amount=50)])
    told = reasons(*world, ("L1", "N1", 20, "D-S@0"), ("M1/G1@0", "N1", 10, "D-S@0"))
    assert set(told) == {"lot L1 is given away in full", "fund G1 of ALDER is spent (50 EUR)"}
