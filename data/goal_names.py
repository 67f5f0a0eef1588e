"""Names of goals for people; scripts read their keys (`tier1_short`), which stay as they are."""

from __future__ import annotations

OF_TIER = {  # kind: as the heading of a row, within a sentence
    "balance": ("worst-served sector", "shortfall of the worst-served sector"),
    "short": ("short at its date", "shortfall"),
    "delay": ("delay", "delay"),
    "works": ("value of works unfinished", "value of works unfinished"),
}
LAST = {  # goal: as the heading of a row, within a sentence, unit
    "tardiness": ("Value-days late", "value-days late", ""),
    "crew_days": ("Crew-days", "crew-days", ""),
    "share": ("Burden outside the agreed bands", "burden outside the agreed bands", "EUR"),
    "substitution": ("Substitution", "substitution", "points"),
    "cost": ("Transport and purchases", "cost of transport and purchases", "EUR"),
    "shipments": ("Shipments", "number of shipments", ""),
}


def goal_name(goal: str) -> tuple[str, str]:
    """Return a goal in words, and the unit its value is shown in; goals of tiers are shown as shares."""
    if goal in LAST:
        heading, _, unit = LAST[goal]
        return heading, unit
    tier, kind = _parts(goal)
    return f"Tier {tier}: {OF_TIER[kind][0] if kind in OF_TIER else kind}", "share"


def in_sentence(goal: str) -> str:
    """Return a goal as it reads within a sentence: "shortfall of tier 3"."""
    if goal in LAST:
        return LAST[goal][1]
    tier, kind = _parts(goal)
    return f"{OF_TIER[kind][1] if kind in OF_TIER else kind} of tier {tier}"


def _parts(goal: str) -> tuple[str, str]:
    tier, _, kind = goal.partition("_")
    return tier.removeprefix("tier"), kind
