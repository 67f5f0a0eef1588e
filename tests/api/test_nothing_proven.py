"""Goals that a limit left unproven are told so on terminal, page and slides; no bound of 0 is told as a proof."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from pptx import Presentation
from rich.console import Console

from api.briefing import facts, render
from api.briefing.slides import slides
from api.commands.summary import print_summary
from api.report import document
from data.score import Score, score
from optimizer import plan
from optimizer.outcome import Answer, Goal, Limit, Reason
from tests.api.conftest import buying

SENTENCE = (
    "Nothing is proven yet of substitution and cost of transport and purchases: the search was stopped by its deadline "
    "first. How far from best the plan is in that is not known."
)
LARGEST = "argest gap 24 %; nothing proven of 2 goals"
ROW = "Transport and purchases EUR 50 nothing proven – none"


def cut_short() -> tuple[Answer, Score, dict[str, Any]]:
    """A plan whose deadline came while substitution was asked, before cost; its tier is proven to 24 %."""
    theatre, scenario = buying()
    answer = plan(theatre, scenario)
    scored = score(theatre, scenario, answer.plan)
    goals = tuple(_left(goal) for goal in answer.goals)
    answer = replace(answer, goals=goals, reason=Reason.FEASIBLE, limit=Limit.TIME)
    return answer, scored, document(theatre, scenario, answer, scored.objectives, scored.kpis, (), {})


def _left(goal: Goal) -> Goal:
    if goal.goal == "tier1_short":
        return replace(goal, value=0.5, bound=0.5 - 0.24 * goal.scale, gap=0.24)
    if goal.goal == "substitution":
        return replace(goal, value=7.0, bound=1e-12, scale=7.0, gap=1.0, proof="certified")
    if goal.goal == "cost":
        return replace(goal, bound=0.0, gap=1.0, proof="none", allows=float("inf"))
    return goal


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u202f", " ").split())


def on_terminal() -> str:
    theatre, scenario = buying()
    answer, scored, told = cut_short()
    out = io.StringIO()
    print_summary(Console(file=out, width=400), theatre, scenario, answer, scored, told, None)
    return out.getvalue()


def on_page() -> str:
    answer, scored, told = cut_short()
    return render(*buying(), answer.plan, scored, told)


def on_slides() -> str:
    answer, scored, told = cut_short()
    held = []
    for slide in Presentation(io.BytesIO(slides(*buying(), answer.plan, scored, told))).slides:
        for shape in slide.shapes:
            held += [shape.text_frame.text] if shape.has_text_frame else []
            held += [cell.text for row in shape.table.rows for cell in row.cells] if shape.has_table else []
    return " ".join(held)


@pytest.mark.parametrize("made", [on_terminal, on_page, on_slides])
def test_goals_of_which_nothing_is_proven_are_told_so(made: Any) -> None:
    text = plain(made())
    assert SENTENCE in text and LARGEST in text and ROW in text
    assert "EUR 0 100 %" not in text


def test_a_goal_proven_to_be_0_at_best_keeps_its_bound() -> None:
    """Asked in full, with 0 as its true bound: no limit ended the run."""
    answer, _, told = cut_short()
    goals = [{**row, "proof": "certified"} for row in told["goals"]]
    asked = {**told, "goals": goals, "limit": None, "allows": {row["goal"]: 1.0 for row in goals}}
    (cost,) = [row for row in facts.goals(asked) if row["name"] == "Transport and purchases"]
    assert (plain(cost["bound"]), plain(cost["gap"]), cost["proof"]) == ("EUR 0", "100 %", "certified")
    assert facts.how_good(asked)[1] == ""


def test_a_plan_that_proves_nothing_names_no_gap() -> None:
    _, _, told = cut_short()
    goals = [{**row, "bound": 0.0, "gap": 1.0, "proof": "none"} for row in told["goals"]]
    gap, sentence = facts.how_good({**told, "goals": goals, "limit": None, "allows": {}})
    assert gap == "nothing proven" and "shortfall of tier 1" in sentence and "stopped" not in sentence
