"""The briefing of a plan that was kept: made anew from its tables and its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.briefing.page import render
from data.plan import Plan
from data.score import score
from data.theatre import Scenario, Theatre


def page_of(theatre: Theatre, scenario: Scenario, plan: Plan, document: Mapping[str, Any]) -> bytes:
    """Return the briefing of a stored plan as one page of HTML."""
    return render(theatre, scenario, plan, score(theatre, scenario, plan), document).encode()


def slides_of(theatre: Theatre, scenario: Scenario, plan: Plan, document: Mapping[str, Any]) -> bytes:
    """Return the briefing of a stored plan as slides (PPTX)."""
    from api.briefing.slides import slides

    return slides(theatre, scenario, plan, score(theatre, scenario, plan), document)
