"""What-ifs: read, printed, applied, and refused with clear words."""

from __future__ import annotations

import pytest

from data import Change, TableError, apply
from data.change import Add, Drop, parse_change
from data.problems import ChangeError
from tests.worlds import build, caveat, lot, need

READ = {
    "stocks[donor=BIRCH].floor *= 2": Change("stocks", (("donor", "BIRCH"),), "floor", "scale", "2"),
    "links[link=D-S].capacity = 0": Change("links", (("link", "D-S"),), "capacity", "set", "0"),
    "needs[tier=1,sector=S].rdd -= 1": Change(
        "needs", (("tier", "1"), ("sector", "S")), "rdd", "subtract", "1"
    ),
    "stocks[].on_hand += 5": Change("stocks", (), "on_hand", "add", "5"),
    "stocks[lot=L1].earmarked = empty": Change("stocks", (("lot", "L1"),), "earmarked", "set", ""),
    "drop caveats[donor=ALDER]": Drop("caveats", (("donor", "ALDER"),)),
    "add needs{need=N9,sector=S}": Add("needs", (("need", "N9"), ("sector", "S"))),
    'donors[donor="A, B"].authority = "the \\"upper\\" house"': Change(
        "donors", (("donor", "A, B"),), "authority", "set", 'the "upper" house'
    ),
}


@pytest.mark.parametrize("text", READ)
def test_a_change_is_read_and_prints_itself(text: str) -> None:
    change = parse_change(text)
    assert change == READ[text]
    assert str(change) == text
    assert Change.parse(str(change)) == change


def test_spaces_do_not_matter() -> None:
    assert parse_change("  stocks [ donor = BIRCH ] . floor*=2 ") == READ["stocks[donor=BIRCH].floor *= 2"]


@pytest.mark.parametrize(
    "text", ["", "stocks", "stocks.floor = 2", "stocks[donor=BIRCH]", "raise stocks[lot=L1]"]
)
def test_what_does_not_read_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ChangeError) as refused:
        parse_change(text)
    assert str(refused.value) == (
        f"cannot read the change {text!r}; write table[column=value].column *= 2, "
        "drop table[column=value] or add table{column=value,…}"
    )


def test_a_condition_that_does_not_read_is_shown() -> None:
    with pytest.raises(ChangeError, match=r"cannot read 'BIRCH' in the change .*; write column=value, …"):
        parse_change("stocks[BIRCH].floor = 2")


def test_changes_apply_in_order_and_leave_the_base_as_it_is() -> None:
    theatre, scenario = build()
    changed, asked = apply(theatre, scenario, ["stocks[lot=L1].on_hand = 50", "stocks[].on_hand *= 2.5",
                                               "needs[need=N1].rdd += 2"])  # fmt: skip
    assert (changed.stocks["on_hand"][0], asked.needs["rdd"][0]) == (125, 5)
    assert (theatre.stocks["on_hand"][0], scenario.needs["rdd"][0]) == (100, 3)
    assert changed.links is theatre.links


def test_rows_are_added_and_dropped() -> None:
    theatre, scenario = build(caveats=[caveat()])
    add = "add stocks{lot=L2,donor=ALDER,node=D,item=box,on_hand=7}"
    changed, _ = apply(theatre, scenario, [add, "drop caveats[donor=ALDER]"])
    assert changed.stocks["lot"].tolist() == ["L1", "L2"] and not len(changed.caveats)
    again, _ = apply(
        changed,
        scenario,
        ["drop stocks[lot=L2]", "add caveats{caveat=C1,donor=ALDER,subject=stock,effect=forbid}"],
    )
    assert again == theatre


def test_a_scenario_is_checked_against_the_changed_theatre() -> None:
    theatre, scenario = build()
    with pytest.raises(TableError, match="no such row in table 'recipients'"):
        apply(theatre, scenario, ["recipients[].name = x", "needs[].recipient = MISSION"])


def test_an_empty_cell_is_matched_and_set() -> None:
    theatre, scenario = build(stocks=[lot(), lot("L2", earmarked=5)])
    changed, _ = apply(
        theatre, scenario, ["stocks[earmarked=empty].earmarked = 9", "stocks[lot=L2].earmarked = empty"]
    )
    assert [row.earmarked for row in changed.stocks.rows()] == [9, None]


def test_flags_and_numbers_match_as_they_are_written() -> None:
    theatre, scenario = build()
    for text in (
        "links[hazardous=yes].cost = 3",
        "links[transit=1.0].cost = 3",
        "links[distance=100].cost = 3",
    ):
        assert apply(theatre, scenario, [text])[0].links["cost"][0] == 3


REFUSED = {
    "stokcs[lot=L1].floor = 2": "no table 'stokcs'; known: donors, recipients, items, ",
    "stocks[lot=L1].flor = 2": "table 'stocks' has no column 'flor'; known: lot, donor, ",
    "stocks[lto=L1].floor = 2": "table 'stocks' has no column 'lto'; known: lot, donor, ",
    "stocks[lot=L9].floor = 2": "no such row in table 'stocks'; check the names and values in [ ]",
    "stocks[lot=L1].lot = L2": "'lot' is the key of table 'stocks'; drop the row and add one",
    "stocks[lot=L1].donor *= 2": "*= needs a number column and a finite number",
    "stocks[lot=L1].floor *= two": "*= needs a number column and a finite number",
    "stocks[lot=L1].earmarked *= 2": "the cell is empty, so there is nothing to scale; set it with =",
    "needs[need=N1].rdd *= 0.5": "gives 1.5, but 'rdd' holds whole numbers",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_applied_is_refused(text: str) -> None:
    theatre, scenario = build()
    with pytest.raises(ChangeError) as refused:
        apply(theatre, scenario, [text])
    assert str(refused.value).startswith(f"{text}: {REFUSED[text]}")


def test_what_was_set_or_added_is_matched_and_edited_by_later_changes() -> None:
    theatre, scenario = build()
    changed, _ = apply(
        theatre,
        scenario,
        [
            "add links{link=new,tail=D,head=S,mode=road,distance=10,transit=1,hazardous=no,countries=A|B}",
            "links[distance=10,hazardous=no,countries=B].transit += 1",
            "links[link=new].hazardous = yes",
            "links[hazardous=yes].cost = 4",
        ],
    )
    assert [(row.link, row.transit, row.cost) for row in changed.links.rows()] == [
        ("D-S", 1, 4),
        ("new", 2, 4),
    ]


def test_a_number_that_does_not_read_is_told_at_the_next_change() -> None:
    theatre, scenario = build()
    with pytest.raises(ChangeError, match="needs a number column"):
        apply(theatre, scenario, ["stocks[].floor = many", "stocks[].floor *= 2"])


def test_a_change_that_breaks_a_contract_is_a_table_error() -> None:
    theatre, scenario = build(needs=[need("N1")])
    with pytest.raises(TableError, match="must be at least 0 units"):
        apply(theatre, scenario, ["stocks[lot=L1].on_hand = -5"])
