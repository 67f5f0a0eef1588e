"""Contracts: what is read, what is refused with which words, and the digests."""

from __future__ import annotations

import pickle
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import Plan, Scenario, TableError, Theatre, apply
from data.contracts import PLAN, SCENARIO, THEATRE
from data.contracts.theatre import ITEMS, NODES, STOCKS
from data.tables import Kind, Table
from tests.worlds import build, force, fund, item, link, lot, need, node


def told(make: Any) -> list[str]:
    """Return the problems, as they are printed, of what `make` refuses."""
    with pytest.raises(TableError) as refused:
        make()
    return [str(problem) for problem in refused.value.problems]


BAD_CELLS: dict[str, tuple[dict[str, Any], str]] = {
    "NaN in words": (
        {"on_hand": "nan"},
        "table 'stocks' row 1, column 'on_hand': is not a number (found 'nan'); "
        "put in the number, or leave the cell empty if the column allows it",
    ),
    "NaN": (
        {"on_hand": float("nan")},
        "table 'stocks' row 1, column 'on_hand': the cell is empty (found 'nan'); give quantity there",
    ),
    "infinite": (
        {"on_hand": float("inf")},
        "table 'stocks' row 1, column 'on_hand': is infinite (found 'inf'); "
        "give a finite number or leave it empty",
    ),
    "negative": (
        {"on_hand": -5},
        "table 'stocks' row 1, column 'on_hand': must be at least 0 units (found '-5'); correct the value",
    ),
    "text": (
        {"on_hand": "many"},
        "table 'stocks' row 1, column 'on_hand': is not a number (found 'many'); write a number such as 12.5",
    ),
    "decimal comma": (
        {"on_hand": "12,5"},
        "table 'stocks' row 1, column 'on_hand': is not a number (found '12,5'); "
        "write numbers with a decimal point and no thousands separator, as 1234.5",
    ),
    "flag": (
        {"on_hand": True},
        "table 'stocks' row 1, column 'on_hand': is not a number (found 'True'); write a number such as 12.5",
    ),
    "half a day": (
        {"ready_day": 1.5},
        "table 'stocks' row 1, column 'ready_day': is not a whole number "
        "(found '1.5'); round it to a whole number",
    ),
    "level": (
        {"trigger": 4},
        "table 'stocks' row 1, column 'trigger': must be at most 3 level (found '4'); correct the value",
    ),
    "line break": (
        {"lot": "L\n1"},
        "table 'stocks' row 1, column 'lot': holds a control character (found 'L\\n1'); "
        "take line breaks and tabs out of the cell",
    ),
    "unknown lot's donor": (
        {"donor": "NOBODY"},
        "table 'stocks', column 'donor': no such row in table 'donors' at 'L1' (found 'NOBODY'); "
        "add it to 'donors' or correct the name",
    ),
    "missing": ({"item": None}, "table 'stocks' row 1, column 'item': the cell is empty; give what it is"),
    "unit in the name": (
        {"on_hand [kg]": [1.0]},
        "table 'stocks', column 'on_hand [kg]': unknown column; write 'on_hand' alone, in small letters and without a "
        "unit, with values in units",
    ),
    "unknown column": (
        {"colour": "red"},
        "table 'stocks', column 'colour': unknown column; rename it or take it out; "
        f"known: {', '.join(c.name for c in STOCKS.columns)}",
    ),
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_bad_cell_is_named_with_its_mend(name: str) -> None:
    cells, said = BAD_CELLS[name]
    assert said in told(lambda: build(stocks=[lot(**cells)]))


def test_all_problems_come_at_once() -> None:
    problems = told(
        lambda: build(
            items=[item(mass=0)],
            nodes=[node("D", "castle"), node("S", "sector", latitude=91)],
            links=[link("D-S", "D", "X", hazardous="perhaps")],
            stocks=[lot(on_hand=-1)],
        )
    )
    assert problems == [
        "table 'items' row 1, column 'mass': must be above 0 t (found '0'); correct the value",
        "table 'nodes' row 1, column 'kind': is not one of the known words (found 'castle'); "
        "use one of: depot, hub, port, railhead, airfield, border, gauge_break, sector",
        "table 'nodes' row 2, column 'latitude': must be at most 90 degrees (found '91'); correct the value",
        "table 'links' row 1, column 'hazardous': is neither yes nor no (found 'perhaps'); write yes or no",
        "table 'stocks' row 1, column 'on_hand': must be at least 0 units (found '-1'); correct the value",
        "table 'links', column 'head': no such row in table 'nodes' at 'D-S' (found 'X'); "
        "add it to 'nodes' or correct the name",
    ]


def test_a_key_that_stands_twice_is_refused() -> None:
    assert told(lambda: build(stocks=[lot(), lot()])) == [
        "table 'stocks' row 2, column 'lot': the key stands twice (found 'L1'); give each row its own "
        "key or merge the rows"
    ]
    assert told(lambda: build(terms=[{"lot": "L1", "level": 1}, {"lot": "L1", "level": 1}])) == [
        "table 'terms' row 2, column 'lot+level': the key stands twice (found 'L1 / 1'); "
        "give each row its own key or merge the rows"
    ]


def test_links_of_no_time_may_not_form_a_cycle() -> None:
    links = [link("D-S", "D", "S"), link("a", "D", "H", transit=0), link("b", "H", "G", transit=0),
             link("c", "G", "D", transit=0)]  # fmt: skip
    nodes = [node("D", "depot"), node("H"), node("G"), node("S", "sector")]
    assert told(lambda: build(nodes=nodes, links=links)) == [
        "table 'links', column 'transit': links with transit 0 form a directed cycle (found 'D → H → G → "
        "D'); "
        "give one of them a transit of at least 1 day"
    ]
    assert build(nodes=nodes, links=links[:3])


def test_an_empty_or_missing_table_is_named() -> None:
    theatre, _ = build()
    raw = dict(theatre.tables)
    assert told(lambda: Theatre.of("world", {**raw, "items": {}}))[0] == (
        "table 'items': the table has no rows; give at least one row"
    )
    del raw["links"]
    assert told(lambda: Theatre.of("world", raw)) == [
        "table 'links': the table is missing; add it: directed connections; a two-way road is two rows"
    ]
    assert told(lambda: Theatre.of("world", {**theatre.tables, "tanks": {}}))[0].startswith(
        "table 'tanks': unknown table; rename it or take it out; known: donors, "
    )


CREW = {"force_type": "crew", "item": "box", "rate": 2.5}

BAD_SCENARIOS: dict[str, tuple[dict[str, Any], str]] = {
    "zero horizon": (
        {"horizon": 0},
        "table 'scenario' row 1, column 'horizon': must be at least 1 days (found '0'); correct the value",
    ),
    "a need at a depot": (
        {"needs": [need(sector="D")]},
        "table 'needs', column 'sector': a need at a depot at 'N1' "
        "(found 'D'); needs stand at nodes of kind 'sector'",
    ),
    "no need": ({"needs": []}, "table 'needs': the scenario asks for nothing; give at least one need or force"),
    "a force without factors": (
        {"forces": [force()]},
        "table 'forces', column 'force_type': no planning factor for this type at 'F1' (found 'crew'); "
        "add a row to 'factors' or correct the type",
    ),
    "a posture without factors": (
        {"factors": [CREW | {"posture": "rest"}], "forces": [force(posture="alert")]},
        "table 'forces', column 'force_type': no planning factor for this type in posture 'alert' at 'F1' "
        "(found 'crew'); add a row to 'factors' or correct the type",
    ),
    "a force at a depot": (
        {"factors": [CREW], "forces": [force(sector="D")]},
        "table 'forces', column 'sector': a force at a depot at 'F1' "
        "(found 'D'); forces are supplied at nodes of kind 'sector'",
    ),
    "days of a force in order": (
        {"factors": [CREW], "forces": [force(from_day=3, to_day=2)]},
        "table 'forces', column 'to_day': the last day is before the first at 'F1' (found '2'); "
        "correct from_day or to_day",
    ),
    "forces that need nothing": (
        {"factors": [CREW], "forces": [force(from_day=10)], "needs": []},
        "table 'forces': the forces need nothing beyond the holdings within the horizon; "
        "give a need, a longer horizon or other factors and holdings",
    ),
    "the name of a force's need": (
        {"factors": [CREW], "forces": [force()], "needs": [need("F1/box/01")]},
        "table 'needs', column 'need': a need of a force has the same name (found 'F1/box/01'); rename this need",
    ),
    "no quantity": (
        {"needs": [need(quantity=0)]},
        "table 'needs' row 1, column 'quantity': must be above 0 units (found '0'); correct the value",
    ),
    "RDD too late": (
        {"needs": [need(rdd=10)]},
        "table 'needs', column 'rdd': the RDD is not within the horizon of "
        "10 days at 'N1' (found '10'); give a day from 0 to 9 or a longer horizon",
    ),
    "EAD after RDD": (
        {"needs": [need(ead=4)]},
        "table 'needs', column 'ead': the EAD is after the RDD 3 at 'N1' (found '4'); correct ead or rdd",
    ),
    "LAD before RDD": (
        {"needs": [need(lad=2)]},
        "table 'needs', column 'lad': the LAD is before the RDD 3 at 'N1' (found '2'); correct lad or rdd",
    ),
    "falling level": (
        {"triggers": [{"day": 0, "level": 2}, {"day": 1, "level": 1}]},
        "table 'triggers', column 'level': the trigger level falls from 2 at '1' (found '1'); "
        "levels never fall within a scenario",
    ),
    "disruption of nothing": (
        {
            "disruptions": [
                {"disruption": "X", "table": "links", "key": "Q", "column": "capacity", "value": 1}
            ]
        },
        "table 'disruptions', column 'key': no such row in table 'links' at 'X' (found 'Q'); correct the key",
    ),
    "factor and value": (
        {"disruptions": [{"disruption": "X", "table": "links", "key": "D-S", "column": "capacity"}]},
        "table 'disruptions', column 'factor': needs a factor or a value, not both at 'X' (found 'None'); "
        "give exactly one of them",
    ),
    "days in order": (
        {
            "disruptions": [
                {
                    "disruption": "X",
                    "table": "links",
                    "key": "D-S",
                    "column": "capacity",
                    "value": 0,
                    "from_day": 3,
                    "to_day": 2,
                }
            ]
        },
        "table 'disruptions', column 'to_day': the last day is before the first at 'X' (found '2'); "
        "correct from_day or to_day",
    ),
    "date": (
        {"settings": {"start_date": "23.11.2026"}},
        "table 'scenario' row 1, column 'start_date': is not a date "
        "(found '23.11.2026'); write dates as 2026-11-23",
    ),
}


@pytest.mark.parametrize("name", BAD_SCENARIOS)
def test_a_bad_scenario_is_refused_with_its_mend(name: str) -> None:
    given, said = BAD_SCENARIOS[name]
    assert told(lambda: build(**given)) == [said]


BAD_THEATRES: dict[str, tuple[dict[str, Any], str]] = {
    "loop": ({"links": [link("D-S", "D", "D")]}, "the link ends where it starts"),
    "NEQ": ({"items": [item(neq=1)]}, "an item with NEQ has no hazard division"),
    "licence": (
        {"nodes": [node("D", "depot", divisions="1.1"), node("S", "sector")]},
        "the division has no limit",
    ),
    "limit": (
        {"explosive_limits": [{"node": "S", "hazard_division": "1.1", "limit": 1}]},
        "the node is not licensed for this division",
    ),
    "floor": ({"terms": [{"lot": "L1", "level": 1, "floor": 5}]}, "the floor rises with the trigger level"),
    "fund": ({"funds": [fund(sector="D")]}, "a fund for a depot"),
    "transport": (
        {"funds": [fund(sector="S", purpose="transport")]},
        "money for transport is not tied to an item or a sector",
    ),
    "itself": ({"substitutes": [{"item": "box", "substitute": "box"}]}, "an item stands in for itself"),
    "shares": (
        {"donors": [{"donor": "ALDER", "share_low": 0.5, "share_high": 0.4}]},
        "the lowest share is above the highest",
    ),
}


@pytest.mark.parametrize("name", BAD_THEATRES)
def test_a_bad_theatre_is_refused(name: str) -> None:
    tables, said = BAD_THEATRES[name]
    problems = told(lambda: build(**tables))
    assert len(problems) == 1 and said in problems[0]


def test_what_is_odd_but_lawful_is_a_warning() -> None:
    theatre, _ = build(donors=[{"donor": "ALDER", "burden_share": 2}], stocks=[lot(floor=100)])
    assert [problem.problem for problem in theatre.warnings] == [
        "reserved, unserviceable and floor take all that is there at 'L1'",
        "burden shares do not sum to 1",
    ]


def test_row_order_changes_nothing() -> None:
    rows = [lot(f"L{i}", on_hand=i) for i in range(20)]
    mixed = random.Random(1).sample(rows, 20)
    one, two = build(stocks=rows)[0], build(stocks=mixed)[0]
    assert one == two and one.digest == two.digest
    assert two.stocks["lot"].tolist() == sorted(row["lot"] for row in rows)


def test_a_digest_changes_with_a_cell_and_not_with_the_way_it_is_written() -> None:
    same = [
        build(stocks=[lot(on_hand=value)])[0].stocks.digest for value in (100, 100.0, "100", " 100.0 ", "1e2")
    ]
    assert len(set(same)) == 1
    assert build(stocks=[lot(on_hand=100.001)])[0].stocks.digest != same[0]
    assert build(stocks=[lot(reserved=-0.0)])[0].stocks.digest == same[0]


def test_defaults_are_filled_before_the_digest() -> None:
    assert build(stocks=[lot(reserved=0, trigger=0)])[0] == build()[0]


def test_an_absent_optional_table_is_an_empty_one() -> None:
    assert build(caveats=[])[0] == build()[0]


def test_names_written_in_two_ways_are_one_name() -> None:
    composed, parts = "caf\u00e9", "cafe\u0301"
    assert build(items=[item(), item(composed)])[0] == build(items=[item(), item(parts)])[0]


def test_columns_cannot_be_written_to() -> None:
    theatre, _ = build()
    with pytest.raises(ValueError, match="read-only"):
        theatre.stocks["on_hand"][0] = 1


def test_replace_shares_the_other_tables() -> None:
    theatre, _ = build()
    changed = theatre.replace(stocks=theatre.stocks.raw() | {"on_hand": [7]})
    assert changed.links is theatre.links and theatre.stocks["on_hand"][0] == 100
    assert changed.stocks["on_hand"][0] == 7 and changed != theatre


def test_empty_cells_by_kind() -> None:
    row = Table.from_rows(STOCKS, [lot()]).rows()[0]
    assert (row.earmarked, row.expiry_day, row.approval_days, row.reserved) == (None, None, None, 0.0)
    table = Table.from_rows(STOCKS, [lot()])
    assert np.isnan(table["earmarked"][0]) and table["expiry_day"][0] == -1
    assert pd.isna(table.frame()["expiry_day"][0])
    assert Table.from_rows(NODES, [node("D", divisions="1.1| 1.3|1.1")]).rows()[0].divisions == ("1.1", "1.3")


def test_codes_are_positions_and_unknown_is_minus_one() -> None:
    theatre, scenario = build(nodes=[node("A"), node("D", "depot"), node("S", "sector")])
    assert theatre.links.codes("head", theatre.nodes).tolist() == [2]
    plan = Plan.of({"releases": {"lot": ["L1", "L9"], "day": [0, 0], "quantity": [1, 1]}})
    assert plan.releases.codes("lot", theatre.stocks).tolist() == [0, -1]
    assert scenario.needs.codes("sector", theatre.nodes).tolist() == [2]


def test_numbers_keep_nine_decimals() -> None:
    assert Table.from_rows(ITEMS, [item(mass=0.1 + 0.2)])["mass"][0] == 0.3


def test_a_theatre_survives_being_sent_to_another_process() -> None:
    theatre, scenario = build()
    assert len(theatre.stocks.rows()) == 1  # rows are kept once made, and are not sent
    assert pickle.loads(pickle.dumps(theatre)) == theatre
    again: Scenario = pickle.loads(pickle.dumps(scenario))
    assert again == scenario and again.horizon == 10
    with pytest.raises(ValueError, match="read-only"):
        again.needs["quantity"][0] = 1


def test_needs_of_forces_stand_beside_the_given_ones_and_are_made_anew_by_every_change() -> None:
    theatre, scenario = build(factors=[CREW], forces=[force(to_day=5)])
    assert [(row.need, row.quantity, row.rdd) for row in scenario.needs.rows()] == [
        ("F1/box/01", 50, 0), ("F1/box/02", 10, 5), ("N1", 60, 3),
    ]  # fmt: skip
    assert [row.need for row in scenario.tables["needs"].rows()] == ["N1"]
    _, twice = apply(theatre, scenario, ["forces[force=F1].elements *= 2", "needs[need=N1].quantity += 1"])
    assert [row.quantity for row in twice.needs.rows()] == [100, 20, 61]
    assert twice.digest != scenario.digest


def test_a_force_after_the_horizon_is_a_warning() -> None:
    _, scenario = build(factors=[CREW], forces=[force(from_day=12)])
    assert "the force comes after the horizon at 'F1'" in str(scenario.warnings[0])


def test_a_movable_fund_that_is_no_budget_support_is_a_warning() -> None:
    theatre, _ = build(funds=[fund(movable=True)])
    assert "only budget support is moved to procurement at 'G1'" in str(theatre.warnings[0])


def test_tables_without_rows_do_not_enter_the_digest() -> None:
    (with_none, asked), (without, same) = build(factors=[], forces=[]), build()
    assert (with_none.digest, asked.digest) == (without.digest, same.digest)


def test_levels_hold_until_the_next_trigger() -> None:
    _, scenario = build(
        horizon=6, triggers=[{"day": 1, "level": 1}, {"day": 3, "level": 3}, {"day": 9, "level": 3}]
    )
    assert scenario.levels() == [0, 1, 1, 3, 3, 3]


@pytest.mark.parametrize(
    "contract", [*THEATRE.values(), *SCENARIO.values(), *PLAN.values()], ids=lambda c: c.name
)
def test_every_column_says_what_it_holds(contract: Any) -> None:
    assert contract.key and contract.meaning
    known = {**THEATRE, **SCENARIO, **PLAN}
    for column in contract.columns:
        assert column.meaning
        assert not column.refers_to or set(column.refers_to.split("|")) <= set(known)
        if column.kind in (Kind.NUMBER, Kind.INTEGER):
            assert column.unit or column.name in ("value", "sequence"), column.name
            assert column.minimum is not None, column.name
