"""The briefing of a plan that was kept: its answer read back from its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.briefing.page import render
from data.plan import Plan
from data.score import score
from data.theatre import Scenario, Theatre
from optimizer.outcome import Answer, AtLimit, Goal, Limit, Reason


def page_of(theatre: Theatre, scenario: Scenario, plan: Plan, document: Mapping[str, Any]) -> str:
    """Return the briefing of a stored plan."""
    allows = document.get("allows", {})
    goals = tuple(Goal(**{**row, "allows": allows.get(row["goal"], float("inf"))}) for row in document["goals"])
    short = tuple(AtLimit(**{**row, "reasons": tuple(row["reasons"])}) for row in document["shortfalls"])
    limit = document.get("limit")
    answer = Answer(plan, Reason(document["reason"]), Limit(limit) if limit else None, document["method"],
                    document["solver"], goals, document["timings"], short, tuple(document["notes"]))  # fmt: skip
    return render(theatre, scenario, answer, score(theatre, scenario, plan), document)
