"""The page itself: facts, map and curves put into the template; all text of the user is escaped there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.briefing import due, facts
from api.briefing.accounts import accounts
from api.briefing.curves import curves, sector_panels, tier_panels
from api.briefing.gantt import works_section
from api.briefing.plan_map import plan_map
from api.briefing.words import Calendar, kpi_name, number, stopped
from data.plan import Plan
from data.score import Score
from data.theatre import Scenario, Theatre

HERE = Path(__file__).parent
KEY_FIGURES = ("tonnes_moved", "shipments", "share_over_gauge_breaks", "cost", "donors_giving")


def render(theatre: Theatre, scenario: Scenario, plan: Plan, score: Score, document: Mapping[str, Any]) -> str:
    """Return the briefing as HTML without any reference to the outside."""
    calendar = Calendar(scenario.settings.start_date)
    short = score.credit.short
    by_tier = curves(theatre, scenario, plan, short, "tier")
    by_sector = curves(theatre, scenario, plan, short, "sector")
    found = facts.tiers(score)
    works_alone = facts.of_works_alone(document)
    page = {
        "marking": scenario.settings.marking,
        "synthetic": scenario.settings.marking.upper().startswith("SYNTHETIC"),
        "title": f"{_spaced(theatre.name)} – {_spaced(scenario.name)}",
        "theatre": _spaced(theatre.name),
        "scenario": _spaced(scenario.name),
        "document": document,
        "headline": facts.works_headline(scenario, plan) if works_alone else facts.headline(found),
        "works_alone": works_alone,
        "works_short": facts.works_short(document),
        "asked": facts.asked(theatre, scenario, calendar),
        "tiers": found,
        "measure": scenario.settings.measure,
        "goals": facts.goals(document),
        "how_good": facts.how_good(document),
        "stopped": stopped(document["limit"]),
        "figures": _figures(document["kpis"]),
        "shortfalls": facts.shortfalls(theatre, scenario, document, score, calendar),
        "lacking": sum(t["lacking"] for t in found),
        "burden": facts.burden(theatre, score),
        "decisions": due.decisions(theatre, scenario, plan.decisions.frame(), calendar),
        **accounts(theatre, plan, score, calendar),
        "differences": due.differences(document),
        "works": works_section(theatre, scenario, plan, calendar),
        "map": plan_map(theatre, score.itinerary),
        "tier_panels": tier_panels(by_tier, calendar),
        "sector_panels": sector_panels(by_sector, theatre, calendar),
    }
    return environment().get_template("briefing.html.j2").render(page)


def environment() -> Environment:
    """Return what renders the templates of this folder; all text of the user is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = Markup((HERE / "style.css").read_text(encoding="utf-8"))
    environment.filters["number"] = number
    return environment


def _figures(kpis: Mapping[str, Any]) -> list[tuple[str, str]]:
    from api.briefing.words import amount

    return [(kpi_name(k)[0], amount(kpis[k], kpi_name(k)[1])) for k in KEY_FIGURES if k in kpis]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
