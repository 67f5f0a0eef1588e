"""Every row block of the formulation as text, made from the smallest world in which it matters.

`pytest tests/optimizer/test_golden.py --update-golden` writes the files anew; read the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import highspy
import numpy as np
import pytest

from optimizer.formulations.reinforce import ArcFlow, build
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths
from optimizer.lp_text import to_lp
from optimizer.program import Program
from tests import worlds
from tests.optimizer.programs import passes_asked, words_of
from tests.worlds import World, item, link, need, node
from tests.worlds import build as build_world

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def little_room() -> World:
    """S keeps 5 m³, 10 boxes, until the RDD 2; 20 more (20 t a day) arrive on that day: short 30/60."""
    theatre, scenario = build_world(
        items=[item(volume=0.5)],
        nodes=[node("D", "depot"), node("S", "sector", storage_volume=5)],
        links=[link("D-S", "D", "S", capacity=20)],
        needs=[need(rdd=2)],
    )
    return World(theatre, scenario, {"tier1_short": 1 / 2}, ())


# row block → the world in which it matters, and the goal written above it
ARC_FLOW: dict[str, tuple[Callable[[], World], str]] = {
    "stock": (worlds.stock_and_floor, "tier1_short"),
    "produce": (worlds.production_is_cut, "tier1_short"),
    "total": (worlds.production_in_all, "tier1_short"),
    "fund": (worlds.fund_amount, "tier1_short"),
    "conservation": (worlds.dwell, "tier1_delay"),
    "need": (worlds.substitutes, "tier1_short"),
    "link": (worlds.link_capacity, "tier1_short"),
    "link_volume": (worlds.link_volume, "tier1_short"),
    "lift": (worlds.lift_return_factor, "tier1_short"),
    "handling": (worlds.handling, "tier1_short"),
    "storage": (worlds.storage, "tier1_short"),
    "storage_volume": (little_room, "tier1_short"),
    "explosive": (worlds.explosives, "tier1_short"),
    "transport": (worlds.transport_money_in_time, "tier1_short"),
    "given": (worlds.shares, "share"),
    "share_above": (worlds.shares, "share"),
    "share_below": (worlds.shares, "share"),
    "sector_balance": (worlds.balance_of_sectors, "tier1_balance"),
}
MASTER = ("stock", "produce", "total", "fund", "capacity", "need")
CARRY = "carry"


def built(make: Callable[[], World]) -> ArcFlow:
    world = make()
    return build(world.theatre, world.scenario)


def only(program: Program, block: str, cost: np.ndarray) -> Program:
    others = {rows.name for rows in program.rows} - {block}
    return program.without(others).with_goal(cost)


def compare(name: str, text: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.lp"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("block", ARC_FLOW)
def test_a_row_block_of_the_arc_flow_program_is_what_it_was(block: str, request: pytest.FixtureRequest) -> None:
    make, goal = ARC_FLOW[block]
    arcflow = built(make)
    cost = next(row.cost for row in arcflow.goals if row.name == goal)
    compare(block, to_lp(only(arcflow.program, block, cost), words_of(arcflow)), request)


def test_an_earlier_goal_is_carried_as_it_was(request: pytest.FixtureRequest) -> None:
    arcflow = built(worlds.two_priorities)
    asked = passes_asked(arcflow)[1]
    text = to_lp(only(asked, "carry tier1_short", asked.cost), words_of(arcflow))
    compare(CARRY, text, request)


@pytest.mark.parametrize("block", MASTER)
def test_a_row_block_of_the_master_is_what_it_was(block: str, request: pytest.FixtureRequest) -> None:
    bought = block in ("produce", "total", "fund")
    arcflow = built(worlds.production_in_all if bought else worlds.whole_units)
    departures = np.flatnonzero(arcflow.network.moves.from_home & arcflow.network.moves.to_final)[:4]
    sources = range(3) if bought else (0,)  # orders of three days, or the one lot
    ways = [(z, 0, 0, (int(m),), 1.0) for m in departures for z in sources if arcflow.slices[z].first <= m]
    master = Master.of(arcflow, Paths.of(ways))
    program = only(master.program(), block, master.tier_goals(1)["short"])
    compare(f"master_{block}", to_lp(program), request)


def test_every_row_block_has_a_golden_file_and_every_file_a_row_block() -> None:
    program = built(worlds.balance_of_sectors).program
    assert {rows.name for rows in program.rows} == set(ARC_FLOW)
    files = {*ARC_FLOW, CARRY, *(f"master_{block}" for block in MASTER)}
    assert {path.stem for path in GOLDEN.glob("*.lp")} == files


def test_the_master_has_no_other_row_blocks() -> None:
    arcflow = built(worlds.whole_units)
    program = Master.of(arcflow, Paths.of([])).program()
    assert {rows.name for rows in program.rows} == set(MASTER)


@pytest.mark.parametrize("block", [*ARC_FLOW, CARRY])
def test_no_golden_file_is_without_rows_and_every_one_reads_as_a_program(block: str) -> None:
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    assert model.readModel(str(GOLDEN / f"{block}.lp")) == highspy.HighsStatus.kOk
    assert model.getLp().num_row_ > 0
