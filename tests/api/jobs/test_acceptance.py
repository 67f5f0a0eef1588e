"""Rules of a batch: read, never run as code."""

from __future__ import annotations

import pandas as pd
import pytest

from api.jobs.acceptance import Rule, RuleError, verdicts

ROW = {"cost": 10.0, "tier1_short": 0.0, "scenario": "attack", "gap": float("nan"), "limit": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("tier1_short == 0", True),
        ("cost < 10", False),
        ("5 < cost <= 10", True),
        ("cost - 2 * 4 == 2 and tier1_short == 0", True),
        ("scenario != 'attack' or tier1_short > 0", False),
        ("not cost > 10", True),
        ("cost / tier1_short > 0", False),  # no number, no pass
        ("gap < 1", False),  # missing
        ("limit == 'time'", False),
        ("scenario < 3", False),  # no comparison, no pass
        ("cost > -1", True),
    ],
)
def test_a_rule_says_of_a_row_what_it_says(text: str, holds: bool) -> None:
    assert Rule.parse(text).holds(ROW) is holds


@pytest.mark.parametrize(
    "text",
    ["", "cost", "cost +", "1 + 1", "__import__('os').system('x') == 0", "cost.real == 0", "[c for c in 'x'] == 0",
     "cost ** 9 == 0", "(lambda: 0)() == 0", "cost == True", "f'{cost}' == ''", "cost in (1, 2)", "cost := 1",
     "-" * 40 + "cost == 0", "cost == " + "1+" * 300 + "1"],
)  # fmt: skip
def test_nothing_else_reads(text: str) -> None:
    with pytest.raises(RuleError):
        Rule.parse(text)


def test_a_case_without_a_result_breaks_every_rule_and_an_unknown_figure_passes_nothing() -> None:
    rows = pd.DataFrame({"case": ["a", "b"], "state": ["done", "failed"], "cost": [1.0, None]})
    known, unknown = verdicts([Rule.parse("cost >= 0"), Rule.parse("costs >= 0")], rows)
    assert (known["passed"], known["cases"]) == (False, ["b"])
    assert not unknown["passed"] and unknown["note"] == "no figure costs; known: case, state, cost"
    assert verdicts([Rule.parse("cost >= 0")], rows[:1])[0]["passed"]
