"""What arrives is credited to needs: how much, on which day, and what is left short, unmet and late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.itinerary import Itinerary
from data.theatre import Scenario, Theatre

NOISE = 9  # decimals of a sum that mean something


@dataclass(frozen=True, eq=False)
class Credit:
    """Credit by shipment (in units of the needed item, with its day and penalty points) and lack by need."""

    credited: np.ndarray
    day: np.ndarray
    points: np.ndarray
    short: np.ndarray
    unmet: np.ndarray
    delay: np.ndarray


def latest_days(scenario: Scenario) -> np.ndarray:
    """Return the last day on which each need is credited: its LAD, cut to the horizon, or its RDD."""
    lad = scenario.needs["lad"]
    return np.minimum(np.where(lad < 0, scenario.needs["rdd"], lad), scenario.horizon - 1)


def exchange(theatre: Theatre, needed: np.ndarray, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ratio and penalty of each item for each needed one; the ratio is infinite where not accepted."""
    table, count = theatre.substitutes, len(theatre.items)
    pairs = table.codes("item", theatre.items).astype(np.int64) * count + table.codes(
        "substitute", theatre.items
    )
    order = np.argsort(pairs)
    pairs = np.append(pairs[order], -1)  # an entry that no pair equals
    wanted = needed.astype(np.int64) * count + item
    found = np.searchsorted(pairs[:-1], wanted)
    same = needed == item
    known = (pairs[found] == wanted) & ~same
    ratio = np.where(same, 1.0, np.where(known, np.append(table["ratio"][order], 0.0)[found], np.inf))
    penalty = np.where(known, np.append(table["penalty"][order], 0.0)[found], 0.0)
    return ratio, penalty


def credit(itinerary: Itinerary) -> Credit:
    """Return the credit of every shipment and the lack of every need of the itinerary's scenario."""
    theatre, scenario = itinerary.theatre, itinerary.scenario
    needs, latest = scenario.needs, latest_days(scenario)
    serving = np.flatnonzero(itinerary.need >= 0)
    need, arrive = itinerary.need[serving], itinerary.arrive[serving]
    needed = needs.codes("item", theatre.items)[need]
    ratio, penalty = exchange(theatre, needed, itinerary.item[serving])
    worth = np.where(arrive <= latest[need], itinerary.quantity[serving] / ratio, 0.0)
    credited = np.zeros(len(itinerary.shipment))
    points, day = np.zeros(len(credited)), itinerary.arrive.copy()
    credited[serving] = _capped(need, arrive, worth, needs["quantity"])
    points[serving] = penalty * credited[serving]
    day[serving] = np.maximum(arrive, needs["ead"][need])
    late = np.maximum(0, day[serving] - needs["rdd"][need])
    count, given = len(needs), credited[serving]
    unmet = np.maximum(0.0, np.round(needs["quantity"] - np.bincount(need, given, count), NOISE))
    short = unmet + np.bincount(need, given * (late > 0), count)
    delay = np.bincount(need, given * late, count) + unmet * (latest - needs["rdd"] + 1)
    return Credit(credited, day, points, np.round(short, NOISE), unmet, np.round(delay, NOISE))


def _capped(need: np.ndarray, arrive: np.ndarray, worth: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Return what of each arrival is credited: earliest first, in all at most the need's quantity."""
    order = np.lexsort((np.arange(len(need)), arrive, need))
    by_need = pd.Series(worth[order]).groupby(need[order]).cumsum().to_numpy()
    before = by_need - worth[order]
    out = np.empty(len(need))
    out[order] = np.clip(quantity[need[order]] - before, 0.0, worth[order])
    return out
