"""What the briefing states: what was asked, what is short and why, who must decide, who gives what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from api.briefing.words import (
    Calendar,
    amount,
    count,
    enumeration,
    euros,
    goal_value,
    label,
    number,
    percent,
    stopped,
)
from data.goal_names import goal_name, in_sentence
from data.plan import Plan
from data.relax import in_units
from data.score import SPECK, Score
from data.theatre import Scenario, Theatre
from data.works import due_days, end_days

LEVELS = ("monitoring", "warning", "violation determined", "renewed attack")
WORST = 5
CLOSE = 5e-5  # a bound this near the value is written as the value, one this near 0 says nothing
SMALL = 1e-3  # of its scale: a goal this near 0 is as good as at its best
NOTHING = "nothing proven"


def asked(theatre: Theatre, scenario: Scenario, calendar: Calendar) -> dict[str, Any]:
    """Return what was asked: needs, tonnes, places, days and the trigger levels with their dates."""
    needs = scenario.needs
    mass = theatre.items["mass"][needs.codes("item", theatre.items)]
    last = scenario.horizon - 1
    levels = [
        (calendar.date(row.day), row.day, row.level, row.cause or LEVELS[row.level]) for row in scenario.triggers.rows()
    ]
    return {
        "needs": count(len(needs)),
        "tonnes": number(float(needs["quantity"] @ mass)),
        "items": count(len(set(needs["item"]))),
        "sectors": count(len(set(needs["sector"]))),
        "recipients": enumeration(label(theatre.recipients, r) for r in sorted(set(needs["recipient"]))),
        "from": calendar.full(0),
        "to": calendar.full(last),
        "days": scenario.horizon,
        "levels": levels,
        "disruptions": len(scenario.disruptions),
        "donors": len(theatre.donors),
    }


def tiers(score: Score) -> list[dict[str, Any]]:
    """Return for each tier its tonnes asked, the share in time, and the share and tonnes short."""
    frame, mass = score.by_need, _mass(score)
    out = []
    for tier in sorted(set(frame["tier"].tolist())):
        own = (frame["tier"] == tier).to_numpy()
        total = float((frame["quantity"] * mass)[own].sum())
        short = float(frame["short_tonnes"][own].sum())
        lacking = int((frame["short"][own] > 0).sum())
        out.append(
            {
                "tier": tier,
                "tonnes": number(total),
                "short": number(short),
                "short_share": percent(short / total),
                "in_time": percent(max(0.0, round(1 - short / total, 9))),
                "bar": max(0.0, round(100 * (1 - short / total), 2)),
                "needs": int(own.sum()),
                "lacking": lacking,
            }
        )
    return out


def _mass(score: Score) -> np.ndarray:
    theatre, needs = score.itinerary.theatre, score.itinerary.scenario.needs
    return np.asarray(theatre.items["mass"][needs.codes("item", theatre.items)])


def headline(found: list[dict[str, Any]]) -> str:
    """Return the plan in one sentence: what arrives in time of each tier, in tonnes; the goals count by need."""
    if not any(tier["lacking"] for tier in found):
        return "Everything arrives by its date."
    if all(tier["bar"] < 0.05 for tier in found):
        return "Nothing arrives by its date."
    parts: list[str] = []
    for tier in found:
        word = f"tier {tier['tier']}"
        part = "all" if not tier["lacking"] else "none" if tier["bar"] < 0.05 else tier["in_time"]
        parts.append(f"{part} of {word}" + ("" if parts else " arrives by its date"))
    return "By weight, " + ", ".join(parts) + "."


def of_works_alone(document: Mapping[str, Any]) -> bool:
    """Return whether the plan schedules works and was not asked to move anything to needs."""
    goals = [str(row["goal"]) for row in document["goals"]]
    return any(goal.endswith("_works") for goal in goals) and not any(goal.endswith("_short") for goal in goals)


def works_headline(scenario: Scenario, plan: Plan) -> str:
    """Return a plan of works in one sentence."""
    end, due = end_days(scenario, plan.tables["works"]), due_days(scenario)
    in_time, built, wanted = int((end <= due).sum()), len(plan.tables["works"]), len(scenario.works)
    if in_time == wanted:
        return "Every work is finished by its due day."
    late = f", {built - in_time} later" if built > in_time else ""
    return f"{in_time} of {wanted} works are finished by their due day{late}."


def works_short(document: Mapping[str, Any]) -> list[str]:
    """Return what the plan's notes say of works that are late or not built, and why."""
    return [note for note in document["notes"] if note.startswith(("work ", "and "))] or ["see the list of works"]


def goals(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the goals in their order with value, bound, gap and proof in words."""
    out = []
    for row in document["goals"]:
        name, scale = row["goal"], row["scale"]
        told = {"name": goal_name(name)[0], "value": goal_value(name, row["value"], scale)}
        if open_to_0(document, row):
            out.append({**told, "bound": NOTHING, "gap": "–", "proof": "none"})
            continue
        bound = goal_value(name, row["value" if row["gap"] < CLOSE else "bound"], scale)
        out.append({**told, "bound": bound, "gap": gap_text(row["gap"]), "proof": row["proof"]})
    return out


def open_to_0(document: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Return whether nothing is proven of a goal: no bound but 0, where it was not asked or its search was ended.

    Of shipments no more is ever proven than that something moves.
    """
    if row["goal"] == "shipments":
        return bool(row["gap"] > SMALL)
    if document["reason"] == "optimal" or row["gap"] <= SMALL:
        return False
    unasked = row["proof"] == "none" or row["goal"] not in document.get("allows", {})
    return row["bound"] <= CLOSE * row["scale"] and (unasked or document["limit"] is not None)


def how_good(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the largest gap in words, and a sentence on the goals of which nothing is proven, or an empty one."""
    asked = [row for row in document["goals"] if row["goal"] != "shipments"]
    left = [row for row in asked if open_to_0(document, row)]
    if not left:
        return f"largest gap {gap_text(document['gap'])}", ""
    ended = "" if document["limit"] is None else f": the search was{stopped(document['limit'])[1:]} first"
    names = enumeration((in_sentence(row["goal"]) for row in left), len(left))
    sentence = f"Nothing is proven yet of {names}{ended}. How far from best the plan is in that is not known."
    if len(left) == len(asked):
        return "nothing proven", sentence
    gap = max(row["gap"] for row in asked if row not in left)
    return f"largest gap {gap_text(gap)}; nothing proven of {len(left)} goal{'s' if len(left) > 1 else ''}", sentence


def gap_text(gap: float) -> str:
    """Return a gap in per cent of its scale."""
    if gap >= 1e-3:
        return percent(gap)
    return "0" if gap <= 0 else f"{100 * gap:.2g}\u202f%" if gap >= 1e-6 else "< 0.0001\u202f%"


def shortfalls(
    theatre: Theatre, scenario: Scenario, document: Mapping[str, Any], score: Score, calendar: Calendar
) -> list[dict[str, Any]]:
    """Return the five worst shortfalls, each with its day and what stands at its limit on its best paths."""
    frame = score.by_need.set_index("need")
    told = {row["need"]: row for row in document["shortfalls"][:WORST] if row["need"] in frame.index}
    if not told:
        worst = frame[frame["short"] > 0].copy()
        worst["part"] = worst["short"] / worst["quantity"]
        worst["speck"] = worst["part"] < SPECK
        by = ["speck", "tier", "short_tonnes", "part"]
        worst = worst.sort_values(by, ascending=[True, True, False, False])[:WORST]
        told = {str(need): {"day": int(row["rdd"]), "reasons": ()} for need, row in worst.iterrows()}
    out = []
    for need, at in told.items():
        row = frame.loc[need]
        unit = str(theatre.items["unit"][theatre.items.position()[row["item"]]])
        short, quantity = float(row["short"]), float(row["quantity"])
        late, (parts, whole) = short - float(row["unmet"]), in_units(unit)
        out.append(
            {
                "need": need,
                "item": label(theatre.items, str(row["item"])),
                "sector": label(theatre.nodes, str(row["sector"])),
                "recipient": label(theatre.recipients, str(row["recipient"])),
                "tier": int(row["tier"]),
                "asked": amount(quantity, unit),
                "short": number(short / parts),
                "unit": whole,
                "late": amount(late, unit) if late > 1e-6 * parts else "",
                "share": percent(short / quantity),
                "bar": round(100 * (1 - short / quantity), 1),
                "date": calendar.date(int(at["day"])),
                "day": int(at["day"]),
                "reasons": list(at["reasons"]),
            }
        )
    return out


def burden(theatre: Theatre, score: Score) -> dict[str, Any]:
    """Return who gives how much: donors by value given, with the agreed band, and those that give nothing."""
    frame = score.burden.sort_values(["value", "donor"], ascending=[False, True])
    agreed = bool(theatre.donors["burden_share"].any())
    top = float(max(frame["share"].max(), frame["share_high"].max(), 1e-9))
    rows = []
    for row in frame[frame["value"] > 0].itertuples():
        outside = "above" if row.share > row.share_high + 1e-9 else "below" if row.share < row.share_low - 1e-9 else ""
        rows.append(
            {
                "donor": label(theatre.donors, row.donor),
                "value": euros(row.value),
                "tonnes": number(row.tonnes),
                "share": percent(row.share),
                "band": f"{percent(row.share_low)} – {percent(row.share_high)}" if agreed else "none agreed",
                "outside": outside if agreed else "",
                "bar": round(100 * row.share / top, 2),
                "low": round(100 * row.share_low / top, 2),
                "high": round(100 * row.share_high / top, 2),
            }
        )
    idle = [label(theatre.donors, d) for d in frame["donor"][frame["value"] <= 0]]
    total = float(frame["value"].sum())
    return {"rows": rows, "idle": enumeration(sorted(idle), 12), "total": euros(total), "agreed": agreed}
