"""The charts of the slides, from the score of a plan: tiers, arrivals, sectors, burden."""

from __future__ import annotations

import datetime

import numpy as np

from api.briefing.curves import Curve, curves
from api.briefing.words import Calendar, label
from data.formats.deck_charts import Chart, Kind, Look, Series
from data.formats.deck_style import BLUE, INK, LIGHT, PALE, RED
from data.plan import Plan
from data.score import Score
from data.theatre import Scenario, Theatre
from data.works import due_days

MOST_SECTORS, MOST_DONORS = 20, 32


def tiers(score: Score, most: int) -> Chart:
    """Return the share of each tier that is in time, late and missing, by mass."""
    frame = score.by_need
    parts = [(f"Tier {tier}", _parts(score, (frame["tier"] == tier).to_numpy())) for tier in sorted(set(frame["tier"]))]
    return _stacked("Share of each tier that arrives in time, late, or not", parts[:most], 1.0, "0%", 11)


def sectors(theatre: Theatre, score: Score) -> Chart:
    """Return the share of each sector's needs that is in time, late and missing, by mass, the worst served first."""
    frame = score.by_need
    parts = [
        (label(theatre.nodes, str(sector)), _parts(score, (frame["sector"] == sector).to_numpy()))
        for sector in sorted(set(frame["sector"]))
    ]
    parts.sort(key=lambda part: part[1][0] / (part[1].sum() or 1.0))
    return _stacked("Share of each sector's needs that arrives in time, late, or not", parts[:MOST_SECTORS], 1.0,
                    "0%", 11)  # fmt: skip


def _parts(score: Score, own: np.ndarray) -> np.ndarray:
    """Return the tonnes of these needs that are in time, late and missing."""
    frame, itinerary = score.by_need[own], score.itinerary
    items = itinerary.theatre.items
    mass = items["mass"][itinerary.scenario.needs.codes("item", items)][own]
    missing = (frame["unmet"] * mass).sum()
    short = frame["short_tonnes"].sum()
    asked = (frame["quantity"] * mass).sum()
    return np.maximum(0.0, np.array([asked - short, short - missing, missing]))


def _stacked(meaning: str, parts: list[tuple[str, np.ndarray]], highest: float, number: str, size: int) -> Chart:
    shares = np.array([values / (values.sum() or 1.0) for _, values in parts])
    names = ("in time", "late", "missing")
    series = [Series(name, shares[:, i].tolist(), colour)
              for i, (name, colour) in enumerate(zip(names, (BLUE, PALE, RED), strict=True))]  # fmt: skip
    return Chart(Kind.BARS, meaning, [name for name, _ in parts], series, number=number, highest=highest, size=size)


def arrivals(theatre: Theatre, scenario: Scenario, plan: Plan, score: Score, calendar: Calendar) -> list[Chart]:
    """Return what is needed by each day and what has arrived of it, a chart a tier."""
    return [_curve(found, calendar) for found in curves(theatre, scenario, plan, score.credit.short, "tier")]


def _curve(curve: Curve, calendar: Calendar) -> Chart:
    days = [calendar.start + datetime.timedelta(days=day) for day in range(len(curve.needed))]
    series = [
        Series("needed by then, t", curve.needed.tolist(), INK, Look.DASHED),
        Series("arrived by then, t", curve.arrived.tolist(), BLUE, Look.THICK),
    ]
    meaning = f"Tier {curve.name}: tonnes needed and arrived by day"
    return Chart(Kind.LINES, meaning, days, series, f"Tier {curve.name}", every=-(-len(days) // 5))


def works(theatre: Theatre, scenario: Scenario, plan: Plan) -> Chart:
    """Return how many works of each sector are built in time, late and not at all, the worst served first."""
    end = {row.work: row.end for row in plan.tables["works"].rows()}
    due = dict(zip(scenario.works["work"], due_days(scenario), strict=True))
    parts: dict[str, np.ndarray] = {}
    for row in scenario.works.rows():
        built = 2 if row.work not in end else 1 if end[row.work] > due[row.work] else 0
        parts.setdefault(label(theatre.nodes, row.sector), np.zeros(3))[built] += 1
    worst = sorted(parts.items(), key=lambda part: (part[1][0] / part[1].sum(), part[0]))[:MOST_SECTORS]
    names = ("built in time", "built late", "not built")
    series = [Series(name, [float(part[1][i]) for part in worst], colour)
              for i, (name, colour) in enumerate(zip(names, (BLUE, PALE, RED), strict=True))]  # fmt: skip
    return Chart(Kind.BARS, "Works of each sector built in time, late, or not", [name for name, _ in worst], series)


def burden(theatre: Theatre, score: Score) -> Chart:
    """Return each donor's share of what is given, over its agreed band where there is one."""
    frame = score.burden.sort_values(["value", "donor"], ascending=[False, True])
    frame = frame[(frame["value"] > 0) | (frame["share_low"] > 0)][:MOST_DONORS]
    names = [label(theatre.donors, donor) for donor in frame["donor"]]
    given = frame["share"].tolist()
    if not theatre.donors["burden_share"].any():
        only = [Series("share given", given, BLUE)]
        return Chart(Kind.COLUMNS, "Share of what is given by donor", names, only, number="0%", legend=False)
    low, high = frame["share_low"].to_numpy(), frame["share_high"].to_numpy()
    width = np.maximum(high - low, 0.0025)  # a band of no width is still seen
    series = [
        Series("band from", low.tolist(), LIGHT, Look.HIDDEN),
        Series("agreed band", width.tolist(), LIGHT),
        Series("share given", given, RED, Look.MARK),
    ]
    return Chart(Kind.COLUMNS, "Share of what is given by donor, and the agreed band", names, series, number="0%")
