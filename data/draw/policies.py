"""Drawn national caveats: typed restrictions on stock and lift, in invented words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from data.draw.places import ANCHORS

Row = dict[str, Any]

# effect, what it binds (supply class), condition, words; the donor is drawn among those who hold such lots
STOCK: tuple[tuple[str, str, Row, str], ...] = (
    ("forbid", "V", {"recipient": "MNF"}, "Ammunition is for the host's forces alone"),
    ("forbid", "V", {"recipient": "MNF"}, "No ammunition for the multinational force"),
    ("forbid", "V", {"country": "OPAL"}, "No ammunition for the eastern zone"),
    ("forbid", "V", {"country": "OPAL"}, "Ammunition stays in the western zone"),
    ("forbid", "V", {"purpose": "barrier"}, "Not for laying barriers"),
    ("only", "V", {"purpose": "air_defence"}, "Only for the protection of the air space"),
    ("only", "V", {"recipient": "HOST"}, "Only for the host's own forces"),
    ("forbid", "V", {"transit_country": "SLATE"}, "No ammunition through zone Slate"),
    ("forbid", "V", {"transit_country": "MARBLE"}, "No ammunition through zone Marble"),
    ("forbid", "V", {"mode": "sea"}, "No ammunition by sea"),
    ("forbid", "V", {"to_day": 6}, "Nothing leaves in the first week"),
    ("forbid", "II", {"recipient": "MNF"}, "Equipment is for the host's forces"),
    ("forbid", "II", {"recipient": "HOST"}, "Equipment is for our contingent's force"),
    ("only", "II", {"recipient": "HOST"}, "Given to the host, not to the force"),
    ("forbid", "II", {"country": "OPAL"}, "Not to the eastern zone"),
    ("forbid", "II", {"mode": "road"}, "By rail, sea or air, not on the road"),
    ("only", "II", {"purpose": "medical"}, "Only for medical service"),
    ("only", "II", {"purpose": "power"}, "Only to restore power"),
    ("forbid", "II", {"transit_country": "TUFF"}, "Not through zone Tuff"),
    ("forbid", "II", {"sector": "*"}, "Not to this sector"),
    ("forbid", "III", {"recipient": "MNF"}, "Fuel is for the host"),
    ("forbid", "III", {"mode": "road"}, "Fuel goes by rail"),
    ("forbid", "III", {"country": "OPAL"}, "No fuel to the eastern zone"),
    ("forbid", "III", {"sector": "*"}, "No fuel to this sector"),
    ("forbid", "III", {"to_day": 5}, "National reserve is held back at first"),
    ("forbid", "IV", {"purpose": "barrier"}, "For shelter, not for barriers"),
    ("only", "IV", {"purpose": "shelter"}, "Only to build shelter"),
    ("forbid", "IV", {"country": "OPAL"}, "Building material stays in the western zone"),
    ("forbid", "IV", {"transit_country": "SLATE"}, "Not through zone Slate"),
    ("forbid", "IV", {"recipient": "MNF"}, "Building material is for the host"),
    ("forbid", "IV", {"sector": "*"}, "Not to this sector"),
    ("forbid", "IV", {"from_day": 9}, "No loading after the second week has begun"),
    ("forbid", "I", {"recipient": "HOST"}, "Food is for the multinational force"),
    ("forbid", "I", {"country": "OPAL"}, "No food convoy to the eastern zone"),
    ("forbid", "I", {"sector": "*"}, "Not to this sector"),
    ("forbid", "I", {"mode": "road"}, "Food goes by rail"),
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
    class_of = {i["item"]: i["supply_class"] for i in tables["items"]}
    mass_of = {i["item"]: i["mass"] for i in tables["items"]}
    sectors = sorted(n["node"] for n in tables["nodes"] if n["kind"] == "sector")
    taken: set[str] = set()
    rows: list[Row] = []
    for effect, supply_class, condition, text in STOCK:
        lots = [x for x in tables["stocks"] if class_of[x["item"]] == supply_class and x["lot"] not in taken]
        lots.sort(key=lambda x: (-x["on_hand"] * mass_of[x["item"]], x["lot"]))
        lot = random.choice(lots[: max(6, len(lots) // 2)])
        taken.add(lot["lot"])
        cells = {k: random.choice(sectors) if v == "*" else v for k, v in condition.items()}
        rows.append({"donor": lot["donor"], "subject": "stock", "effect": effect, "item": lot["item"], **cells})
        rows[-1]["text"] = text
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
