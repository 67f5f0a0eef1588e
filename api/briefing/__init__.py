"""The briefing: one self-contained page, and slides, of what was asked, what is short and why, and who must decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.briefing.page import render
from api.plan_folder import PAGE, SLIDES
from data.plan import Plan
from data.score import Score
from data.theatre import Scenario, Theatre

__all__ = ["briefings", "render"]


def briefings(
    theatre: Theatre, scenario: Scenario, plan: Plan, score: Score, document: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return the briefing as a page and as slides, by the names of their files."""
    from api.briefing.slides import slides

    asked = theatre, scenario, plan, score, document
    return {PAGE: render(*asked).encode(), SLIDES: slides(*asked)}
