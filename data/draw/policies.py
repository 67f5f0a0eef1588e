"""Drawn national caveats: typed restrictions on stock and lift, in invented words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from data.draw.places import ANCHORS

Row = dict[str, Any]

# effect, item, condition, share of the item's stock whose owners say so, words
STOCK: tuple[tuple[str, str, Row, float, str], ...] = (
    ("forbid", "artillery_round", {"country": "OPAL"}, 0.45, "No ammunition for the eastern zone"),
    ("forbid", "small_arms", {"purpose": "defence"}, 0.3, "For barriers and guards, not for the line"),
    ("forbid", "mortar_round", {"recipient": "HOST"}, 0.4, "Ammunition goes to the multinational force alone"),
    ("forbid", "mortar_round", {"transit_country": "SLATE"}, 0.3, "No ammunition through zone Slate"),
    ("forbid", "smoke_store", {"country": "OPAL"}, 0.5, "Stays in the western zone"),
    ("only", "propellant", {"recipient": "MNF"}, 0.4, "Given to the multinational force, to nobody else"),
    ("forbid", "demolition_store", {"to_day": 7}, 0.4, "Nothing leaves before the engineers have counted it"),
    ("forbid", "engine_pack", {"country": "OPAL"}, 0.5, "Not to the eastern zone"),
    ("only", "track_set", {"recipient": "MNF"}, 0.5, "For our contingent's force"),
    ("forbid", "water_purifier", {"country": "OPAL"}, 0.5, "Not to the eastern zone"),
    ("forbid", "transformer_mobile", {"recipient": "HOST"}, 0.3, "Power for the multinational force"),
    ("forbid", "tyre_set", {"sector": "*"}, 0.3, "Not to this sector"),
    ("forbid", "diesel", {"mode": "road"}, 0.5, "Fuel goes by rail"),
    ("forbid", "jet_fuel", {"country": "OPAL"}, 0.5, "No fuel to the eastern zone"),
    ("forbid", "petrol", {"recipient": "HOST"}, 0.4, "Fuel is for the multinational force"),
    ("only", "timber", {"purpose": "shelter"}, 0.45, "To build shelter, not barriers"),
    ("only", "gabion", {"purpose": "shelter"}, 0.6, "To protect shelters, not for barriers"),
    ("forbid", "cement", {"country": "OPAL"}, 0.5, "Building material stays in the western zone"),
    ("forbid", "steel_beam", {"recipient": "HOST"}, 0.4, "For the force's bridges and shelters"),
    ("forbid", "bottled_water", {"country": "OPAL"}, 0.5, "No convoy to the eastern zone"),
    ("only", "ration_pack", {"recipient": "MNF"}, 0.4, "Food for the multinational force"),
)

# mode of the donor, conditions (a row each), words, number of donors
LIFT: tuple[tuple[str, tuple[Row, ...], str, int], ...] = (
    (
        "road",
        ({"transit_country": "ONYX"}, {"transit_country": "OPAL"}),
        "Our drivers do not pass through",
        4,
    ),
    ("road", ({"supply_class": "V"}, {"transit_country": "OPAL"}), "Our lorries are kept from this", 2),
    ("rail", ({"supply_class": "V"}, {"transit_country": "OPAL"}), "Our wagons are kept from this", 3),
    ("sea", ({"supply_class": "V"},), "Our ships carry no ammunition", 2),
    ("air", ({"to_day": 4},), "Our aircraft come in the second week", 1),
)


def caveat_rows(tables: Mapping[str, Sequence[Row]], seed: int) -> list[Row]:
    """Return the rows of table `caveats`; no donor and item is bound by two rows on stock."""
    random = Random(f"caveats {seed}")
    sectors = sorted(n["node"] for n in tables["nodes"] if n["kind"] == "sector")
    taken: set[str] = set()
    rows: list[Row] = []
    for effect, item, condition, share, text in STOCK:
        lots = [x for x in tables["stocks"] if x["item"] == item]
        wanted = share * sum(x["on_hand"] for x in lots)
        cells = {k: random.choice(sectors) if v == "*" else v for k, v in condition.items()}
        for lot in sorted(lots, key=lambda x: (-x["on_hand"], x["lot"])):
            if wanted > 0 and lot["lot"] not in taken:
                taken.add(lot["lot"])
                wanted -= lot["on_hand"]
                cell = {"donor": lot["donor"], "subject": "stock", "effect": effect, "item": item}
                rows.append({**cell, **cells, "text": text})
    rows += _lift_caveats(tables["lift"], random)
    return [{"caveat": f"C{number:02d}", **row} for number, row in enumerate(rows, 1)]


def _lift_caveats(lift: Sequence[Row], random: Random) -> list[Row]:
    rows: list[Row] = []
    free: dict[str, list[str]] = {}
    for row in lift:
        if row["cargo"] == ("chilled" if row["mode"] == "air" else "general") and row["donor"] != "MANGROVE":
            free.setdefault(row["mode"], []).append(row["donor"])
    for mode, conditions, text, count in LIFT:
        for donor in sorted(random.sample(free[mode], min(count, len(free[mode]) - 1))):
            free[mode].remove(donor)
            for condition in conditions:
                rows.append({"donor": donor, "subject": "lift", "effect": "forbid", **condition, "text": text})
    return rows


def zone_codes() -> list[str]:
    """Return the invented transit zones outside the supported side."""
    return sorted(ANCHORS)
