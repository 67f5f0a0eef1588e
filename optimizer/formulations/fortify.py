"""fortify — works and the stock they need as one question: materials are needs of their own, between the tiers.

Sets        works w with materials i, tiers k; n the needs of the scenario
Data        q_wi what must still come (work_materials.quantity less what the nation holds), v_w value, I_w its materials
            that must come, L_w the last day it may start and still be on time, s_w the day it starts in a schedule

Bound       every plan that builds w on time has brought q_wi by L_w. With needs (w, i) of quantity q_wi due on L_w,
            weight v_w / |I_w|, their short Σ_w v_w/|I_w| Σ_i short_wi/q_wi is at most the value of works unfinished:
            the program of reinforce, passed tier by tier, bounds every goal of the joint question
            (works in a relaxed form: parts of a work, on the last day that serves).
Schedule    the program of works with what is on site by each day bounds it too, by its crews alone.
Dated       needs (w, i) of the works of a schedule, due on s_w: what transport must bring for it.

Order of passes: short and delay of tier 1, works of tier 1, short and delay of tier 2, … Mandatory works come first:
without them no plan is lawful. A need (w, i) has a recipient of its own, so that it is measured on its own; no caveat
names it, and its material has no substitutes. What comes for works takes storage of the sector to the horizon: its
paths use the nights after they arrive (`staying` in reinforce's `prepare`), in the bound too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.plan import Plan
from data.plan_tables import complete
from data.theatre import Scenario, Theatre
from data.works import holdings_for_works
from optimizer.formulations.works import Instance
from optimizer.outcome import RefusedError

MOST_TIERS = 9  # of a table of needs
MARGIN = 0.01  # units asked for beyond what a work takes, for rounding loses up to a thousandth of each path,
MORE = 2e-3  # and this share of it, for what is proven to be whole is so but for a small gap
SEPARATOR = "␟"  # between work and item in the name of a need: no name of a table holds it


class Order(StrEnum):
    """Who goes first where works and needs compete."""

    JOINT = "joint"  # tier by tier
    WORKS_FIRST = "works first"
    STOCK_FIRST = "stock first"


@dataclass(frozen=True)
class Ask:
    """What transport is asked to bring for a work: by which day, and how much it counts (its value)."""

    by: int
    weight: float


@dataclass(frozen=True)
class Question:
    """The question of reinforce that stands for the joint one, with the names of its goals there and here."""

    theatre: Theatre
    scenario: Scenario
    goals: Mapping[str, str]  # goal of the joint question → goal of this one
    names: frozenset[str]  # of the needs that are materials

    @property
    def of_works(self) -> frozenset[str]:
        """Return the goals of this question that stand for works."""
        return frozenset(there for name, there in self.goals.items() if name.endswith("_works"))

    @property
    def of_needs(self) -> tuple[str, ...]:
        """Return the other goals of this question that have a tier, in their order."""
        works = self.of_works
        return tuple(there for there in self.goals.values() if there not in works)


def last_starts(instance: Instance) -> dict[int, int]:
    """Return for each job the last day it may start and be on time; jobs that cannot be are left out."""
    out: dict[int, int] = {}
    for j, job in enumerate(instance.jobs):
        days = [start for _, start, end in instance.starts(j) if end <= job.due]
        if days:
            out[j] = max(days)
    return out


def to_bring(theatre: Theatre, scenario: Scenario, dates: Mapping[str, int] | None) -> dict[str, dict[str, float]]:
    """Return what must come for each work, by item, beyond what the nation holds at its sector.

    With dates, works draw on what is held in the order of their starts; without, each may have it all.
    """
    held = holdings_for_works(theatre, scenario)
    sector = dict(zip(scenario.works["work"], scenario.works["sector"], strict=True))
    asked: dict[str, dict[str, float]] = {}
    rows = scenario.work_materials.rows()
    if dates is not None:
        rows = tuple(sorted((r for r in rows if r.work in dates), key=lambda r: (dates[r.work], r.work)))
    for row in rows:
        key = sector[row.work], row.item
        taken = min(held.get(key, 0.0), row.quantity)
        if dates is not None and key in held:
            held[key] -= taken
        if row.quantity - taken > 1e-9:
            asked.setdefault(row.work, {})[row.item] = round(row.quantity - taken, 6)
    return asked


def question(
    theatre: Theatre, scenario: Scenario, asks: Mapping[str, Ask], order: Order = Order.JOINT, *, dated: bool
) -> Question:  # fmt: skip
    """Return the question with the materials of these works as needs; RefusedError for what it cannot say.

    `dated` asks for a plan, with a margin; else it asks for a bound.
    """
    if scenario.settings.balance != "none":
        raise RefusedError("works are not planned together with a balance of sectors; set scenario.balance = none")
    works = {row.work: row for row in scenario.works.rows()}
    bring = to_bring(theatre, scenario, {w: a.by for w, a in asks.items()} if dated else None)
    level, goals = _levels(scenario, order)
    needs = scenario.tables["needs"].raw()
    forces = scenario.forces.raw()
    for raw in (needs, forces):
        raw["tier"] = [level["needs", tier] for tier in raw["tier"]]
    rows, recipients, caveats = [], [], []
    mass = dict(zip(theatre.items["item"], theatre.items["mass"], strict=True))
    whole = dict(zip(theatre.items["item"], theatre.items["whole"], strict=True))
    for name, ask in sorted(asks.items()):
        work, items = works[name], bring.get(name, {})
        for item, quantity in sorted(items.items()):
            need = f"{name}{SEPARATOR}{item}"
            weight = ask.weight / len(items)
            if scenario.settings.measure == "tonnes":
                weight /= mass[item] * quantity
            more = MARGIN + MORE * quantity if dated and not whole[item] else 0.0
            tier = level["mandatory", 0] if work.mandatory else level["works", work.tier]
            rows.append({
                "need": need, "sector": work.sector, "recipient": need, "item": item,
                "quantity": round(quantity + more, 6), "ead": 0, "rdd": ask.by, "lad": ask.by, "tier": tier,
                "weight": float(f"{weight:.9g}"), "purpose": None,
            })  # fmt: skip
            recipients.append(need)
            stand_ins = [r.substitute for r in theatre.substitutes.rows() if r.item == item]
            caveats += [(need, other, subject) for other in stand_ins for subject in ("stock", "fund")]
    new = _theatre(theatre, recipients, caveats)
    more_needs = {c: [*values, *(row[c] for row in rows)] for c, values in needs.items()}
    asked = Scenario.of(new, {**scenario.tables, "needs": more_needs, "forces": forces})
    return Question(new, asked, goals, frozenset(row["need"] for row in rows))


def _levels(scenario: Scenario, order: Order) -> tuple[dict[tuple[str, int], int], dict[str, str]]:
    """Return the tier of needs and works in the question, and the names of goals here and there."""
    tiers = sorted({("needs", t) for t in scenario.needs["tier"].tolist()}
                   | {("works", t) for t in scenario.works["tier"].tolist()})  # fmt: skip
    place = {"needs": 0, "works": 1} if order is not Order.WORKS_FIRST else {"needs": 1, "works": 0}
    if order is Order.JOINT:
        tiers.sort(key=lambda kt: (kt[1], place[kt[0]]))
    else:
        tiers.sort(key=lambda kt: (place[kt[0]], kt[1]))
    if scenario.works["mandatory"].any():
        tiers.insert(0, ("mandatory", 0))
    if len(tiers) > MOST_TIERS:
        raise RefusedError(f"needs and works have {len(tiers)} tiers together; at most {MOST_TIERS} are planned")
    level = {kt: number for number, kt in enumerate(tiers, 1)}
    goals: dict[str, str] = {}
    for (kind, tier), number in level.items():
        if kind == "needs":
            goals |= {f"tier{tier}_{goal}": f"tier{number}_{goal}" for goal in ("short", "delay")}
        elif kind == "works":
            goals[f"tier{tier}_works"] = f"tier{number}_short"
    return level, goals


def _theatre(theatre: Theatre, recipients: list[str], caveats: list[tuple[str, str, str]]) -> Theatre:
    tables: dict[str, Any] = {"recipients": theatre.recipients.raw()}
    tables["recipients"]["recipient"] = [*tables["recipients"]["recipient"], *recipients]
    tables["recipients"]["name"] = [*tables["recipients"]["name"], *([None] * len(recipients))]
    if caveats:
        raw = theatre.caveats.raw()
        for number, (recipient, item, subject) in enumerate(caveats):
            row = {"caveat": f"{SEPARATOR}{number}", "subject": subject, "effect": "forbid", "item": item,
                   "recipient": recipient}  # fmt: skip
            raw = {c: [*values, row.get(c)] for c, values in raw.items()}
        tables["caveats"] = raw
    return theatre.replace(**tables)


def plan_back(theatre: Theatre, scenario: Scenario, asked: Question, plan: Plan, keep: set[str] | None = None) -> Plan:
    """Return the plan in the joint question's own words: what comes for works comes without a need.

    `keep` names the works whose materials are brought; what would come for others stays where it is.
    """
    shipments, legs = plan.shipments.raw(), plan.legs.raw()
    materials = [need in asked.names for need in shipments["need"]]
    dropped = {
        name
        for name, need, material in zip(shipments["shipment"], shipments["need"], materials, strict=True)
        if material and keep is not None and need.partition(SEPARATOR)[0] not in keep
    }
    shipments["need"] = [None if m else n for m, n in zip(materials, shipments["need"], strict=True)]
    rows = [i for i, name in enumerate(shipments["shipment"]) if name not in dropped]
    kept = {c: [values[i] for i in rows] for c, values in shipments.items()}
    rows = [i for i, name in enumerate(legs["shipment"]) if name not in dropped]
    return complete(theatre, scenario, kept, {c: [v[i] for i in rows] for c, v in legs.items()},
                    plan.purchases.raw(), plan.name)  # fmt: skip
