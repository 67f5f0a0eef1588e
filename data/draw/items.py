"""The item catalogue of the drawn theatre: common goods with plausible masses, invented for exercises."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

_COLUMNS = (
    "item", "name", "supply_class", "unit", "mass", "volume", "value", "cargo", "mlc", "neq",
    "hazard_division",
)  # fmt: skip

_CATALOGUE: tuple[tuple[Any, ...], ...] = (
    # I: subsistence
    ("ration_pack", "Ration packs", "I", "pallet", 0.6, 1.2, 4800, "general"),
    ("bottled_water", "Bottled drinking water", "I", "pallet", 1.0, 1.3, 350, "general"),
    ("fresh_food", "Fresh food", "I", "pallet", 0.7, 1.6, 1900, "chilled"),
    # II: equipment, medical, repair parts, power, water
    ("cold_weather_kit", "Cold weather clothing", "II", "pallet", 0.35, 2.2, 24000, "general"),
    ("tent_camp", "Tented camp", "II", "set", 2.0, 7.0, 60000, "general"),
    ("radio_set", "Radio sets", "II", "crate", 0.25, 0.9, 90000, "general"),
    ("field_dressing", "Field dressings", "II", "pallet", 0.3, 1.5, 15000, "general"),
    ("surgical_set", "Surgical sets", "II", "set", 0.8, 2.4, 85000, "general"),
    ("blood_product", "Blood products", "II", "box", 0.05, 0.12, 2600, "chilled"),
    ("antibiotic", "Antibiotics and vaccines", "II", "pallet", 0.3, 0.9, 52000, "chilled"),
    ("engine_pack", "Engine packs", "II", "each", 1.4, 2.5, 110000, "general"),
    ("track_set", "Track sets", "II", "set", 3.2, 2.6, 64000, "general"),
    ("tyre_set", "Tyre sets", "II", "set", 0.9, 3.4, 9000, "general"),
    ("bearing_kit", "Bearings and seals", "II", "pallet", 0.7, 0.8, 30000, "general"),
    ("generator_20kw", "Generators, 20 kW", "II", "each", 1.1, 2.8, 16000, "general"),
    ("generator_100kw", "Generators, 100 kW", "II", "each", 2.9, 8.0, 48000, "general"),
    ("transformer_mobile", "Mobile transformers", "II", "each", 26.0, 60.0, 900000, "outsize", 50),
    ("water_purifier", "Water purification units", "II", "set", 2.4, 9.0, 130000, "general"),
    ("excavator", "Excavators", "II", "each", 22.0, 70.0, 210000, "outsize", 30),
    ("bulldozer", "Bulldozers", "II", "each", 34.0, 80.0, 420000, "outsize", 60),
    ("bridging_set", "Bridging sets", "II", "each", 42.0, 110.0, 1500000, "outsize", 70),
    ("recovery_tractor", "Recovery tractors", "II", "each", 30.0, 75.0, 650000, "outsize", 50),
    # III: fuel and lubricants
    ("diesel", "Diesel", "III", "m³", 0.84, 1.0, 950, "liquid"),
    ("petrol", "Petrol", "III", "m³", 0.75, 1.0, 980, "liquid"),
    ("jet_fuel", "Jet fuel", "III", "m³", 0.8, 1.0, 900, "liquid"),
    ("lubricant", "Lubricants", "III", "pallet", 0.9, 1.1, 3600, "general"),
    # IV: construction and barrier material
    ("barbed_wire", "Barbed wire", "IV", "pallet", 0.9, 1.5, 1800, "general"),
    ("gabion", "Earth-filled gabions", "IV", "pallet", 0.8, 2.4, 2400, "general"),
    ("sandbag", "Sandbags", "IV", "pallet", 0.5, 1.1, 700, "general"),
    ("timber", "Construction timber", "IV", "m³", 0.6, 1.0, 420, "general"),
    ("cement", "Cement", "IV", "pallet", 1.5, 1.2, 260, "general"),
    ("concrete_block", "Concrete barrier blocks", "IV", "each", 1.6, 0.9, 310, "general"),
    ("steel_beam", "Steel beams", "IV", "bundle", 2.2, 1.4, 2900, "general"),
    # V: ammunition and explosives
    ("artillery_round", "Artillery rounds", "V", "pallet", 0.45, 0.5, 22000, "general", None, 55.0, "1.1"),
    ("propellant", "Propelling charges", "V", "pallet", 0.4, 0.7, 9000, "general", None, 140.0, "1.3"),
    ("mortar_round", "Mortar rounds", "V", "pallet", 0.6, 0.7, 12000, "general", None, 60.0, "1.2"),
    ("small_arms", "Small arms ammunition", "V", "pallet", 0.9, 0.6, 11000, "general", None, 40.0, "1.4"),
    ("demolition_store", "Demolition stores", "V", "pallet", 0.5, 0.6, 7000, "general", None, 300.0, "1.1"),
    (
        "air_defence_missile",
        "Air defence missiles",
        "V",
        "canister",
        0.5,
        1.8,
        380000,
        "general",
        None,
        45.0,
        "1.2",
    ),
    ("smoke_store", "Smoke and illumination", "V", "pallet", 0.5, 0.8, 5200, "general", None, 70.0, "1.3"),
    # II, bought only; last, so that what is drawn for the items before stays as it is
    ("field_heater", "Field heaters", "II", "each", 0.5, 1.6, 9000, "general"),
    ("floodlight_set", "Floodlight sets", "II", "set", 0.8, 2.4, 12000, "general"),
)

WHOLE = {
    "generator_100kw", "transformer_mobile", "excavator", "bulldozer", "bridging_set", "recovery_tractor",
    "water_purifier", "engine_pack",
}  # fmt: skip

# item, what may stand in for it, units of it for one unit, penalty points a unit
SUBSTITUTES = (
    ("generator_100kw", "generator_20kw", 5.0, 2.0),
    ("bottled_water", "water_purifier", 0.02, 0.2),
    ("fresh_food", "ration_pack", 1.0, 1.0),
    ("gabion", "sandbag", 3.0, 1.0),
    ("concrete_block", "gabion", 1.5, 1.0),
    ("steel_beam", "timber", 4.0, 2.0),
    ("bulldozer", "excavator", 1.5, 5.0),
    ("mortar_round", "artillery_round", 1.0, 3.0),
    ("petrol", "diesel", 1.1, 2.0),
    ("surgical_set", "field_dressing", 6.0, 3.0),
)

# division, beside which licensed division, counts as
STORAGE_RULES = (
    ("1.2", "1.1", "1.1"),
    ("1.3", "1.1", "1.1"),
    ("1.3", "1.2", "1.2"),
    ("1.4", "1.1", "1.4"),
)

# tonnes asked for in a renewed attack, over all sectors
DEMAND = {
    "ration_pack": 1900, "bottled_water": 2600, "fresh_food": 900, "cold_weather_kit": 420, "tent_camp": 700,
    "radio_set": 120, "field_dressing": 220, "surgical_set": 260, "blood_product": 90, "antibiotic": 110,
    "engine_pack": 520, "track_set": 760, "tyre_set": 480, "bearing_kit": 260, "generator_20kw": 520,
    "generator_100kw": 700, "transformer_mobile": 1300, "water_purifier": 620, "excavator": 1100,
    "bulldozer": 1400,
    "bridging_set": 1500, "recovery_tractor": 900, "diesel": 4200, "petrol": 1500, "jet_fuel": 1700,
    "lubricant": 520, "barbed_wire": 900, "gabion": 1500, "sandbag": 1100, "timber": 1700, "cement": 2100,
    "concrete_block": 2300, "steel_beam": 1300, "artillery_round": 1700, "propellant": 900,
    "mortar_round": 900,
    "small_arms": 800, "demolition_store": 500, "air_defence_missile": 420, "smoke_store": 420,
    "field_heater": 160, "floodlight_set": 200,
}  # fmt: skip


def item_rows() -> list[Row]:
    """Return the rows of table `items`; stock numbers are left empty."""
    rows = []
    for cells in _CATALOGUE:
        row = dict(zip(_COLUMNS, cells, strict=False))
        rows.append({"scheme": "NATO-5", "whole": row["item"] in WHOLE, **row})
    return rows


def item_tables() -> dict[str, list[Row]]:
    """Return tables items, substitutes and storage_rules."""
    return {
        "items": item_rows(),
        "substitutes": [dict(zip(("item", "substitute", "ratio", "penalty"), row, strict=True)) for row in SUBSTITUTES],
        "storage_rules": [
            dict(zip(("hazard_division", "with_division", "counts_as"), row, strict=True)) for row in STORAGE_RULES
        ],
    }
