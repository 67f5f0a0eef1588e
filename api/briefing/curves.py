"""Arrival curves: what is needed by each day, and what has arrived of it, as paths of an inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from api.briefing.words import Calendar, label, percent
from data.plan import Plan
from data.theatre import Scenario, Theatre


@dataclass(frozen=True)
class Curve:
    """Tonnes of the needed items by day, summed up: needed by its date, and arrived."""

    name: str
    needed: np.ndarray
    arrived: np.ndarray
    short: float

    @property
    def total(self) -> float:
        """Return the tonnes needed in all."""
        return float(self.needed[-1])


def curves(theatre: Theatre, scenario: Scenario, plan: Plan, short: np.ndarray, by: str) -> list[Curve]:
    """Return a curve for each value of the needs' column `by`; `short` is each need's own, in units."""
    needs, horizon = scenario.needs, scenario.horizon
    mass = theatre.items["mass"][needs.codes("item", theatre.items)]
    asked, lacking = needs["quantity"] * mass, short * mass
    of = plan.deliveries.codes("need", needs)
    credited = plan.deliveries["credited"] * mass[of]
    out = []
    for value in sorted(set(needs[by].tolist())):
        own = needs[by] == value
        needed = np.bincount(needs["rdd"][own], asked[own], horizon).cumsum()
        here = own[of] & (of >= 0)
        arrived = np.bincount(plan.deliveries["day"][here], credited[here], horizon).cumsum()
        out.append(Curve(str(value), needed, arrived[:horizon], float(lacking[own].sum())))
    return out


def tier_panels(found: list[Curve], calendar: Calendar) -> list[dict[str, Any]]:
    """Return a large panel for each tier, its height in tonnes."""
    return [_panel(c, f"Tier {c.name}", calendar, 220, 140, 3) for c in found]


def sector_panels(found: list[Curve], theatre: Theatre, calendar: Calendar) -> list[dict[str, Any]]:
    """Return a small panel for each sector, the worst served first."""
    worst = sorted(found, key=lambda c: (-c.short / c.total, c.name))
    return [_panel(c, label(theatre.nodes, c.name), calendar, 200, 84, 2) for c in worst]


def _panel(curve: Curve, title: str, calendar: Calendar, width: float, height: float, ticks: int) -> dict[str, Any]:
    days = len(curve.needed)
    top = max(curve.total, float(curve.arrived[-1])) or 1.0
    xs = np.arange(days + 1) * width / days

    def steps(values: np.ndarray) -> list[str]:
        ys = height - values / top * height
        points = [f"0 {height:.1f}"]
        for day in range(days):
            points += [f"{xs[day]:.1f} {ys[day]:.1f}", f"{xs[day + 1]:.1f} {ys[day]:.1f}"]
        return points

    needed, arrived = steps(curve.needed), steps(curve.arrived)
    lower = steps(np.minimum(curve.needed, curve.arrived))
    return {
        "title": title,
        "width": width,
        "height": height,
        "needed": "M" + "L".join(needed),
        "arrived": "M" + "L".join(arrived),
        "under": "M" + "L".join([*arrived, f"{width:.1f} {height:.1f}"]) + "Z",
        "gap": "M" + "L".join([*needed, *reversed(lower)]) + "Z",
        "total": curve.total,
        "in_time": percent(max(0.0, round(1 - curve.short / curve.total, 9))) if curve.total else "–",
        "arrived_end": float(curve.arrived[-1]),
        "needed_y": round(height - curve.total / top * height, 1),
        "arrived_y": round(height - float(curve.arrived[-1]) / top * height, 1),
        "ticks": [_tick(d, days, width, calendar) for d in _tick_days(days, ticks)],
    }


def _tick_days(days: int, ticks: int) -> list[int]:
    step = max(1, (days - 1) // ticks)
    return list(range(0, days - step // 2, step))


def _tick(day: int, days: int, width: float, calendar: Calendar) -> dict[str, Any]:
    return {"x": round(day * width / days, 1), "text": calendar.short(day), "day": day}
