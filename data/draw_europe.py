"""Draws the exercise theatre `europe`: `python -m data.draw_europe` writes the folder bit by bit alike.

Geography is real (distances only). Donors, stocks, policies, sectors and scenarios are invented and drawn by
seed: SYNTHETIC – EXERCISE, no statement about any nation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data.contracts import SCENARIO, THEATRE
from data.draw.asks import MARKING, scenarios
from data.draw.forces import factor_rows
from data.draw.items import item_tables
from data.draw.limits import limited, node_tables
from data.draw.money import fund_rows, site_rows, use_rows
from data.draw.network import Distances, link_rows
from data.draw.places import Place, other_places, place_of
from data.draw.policies import caveat_rows
from data.draw.pool import donor_rows, holding_rows, lift_rows, lot_rows, term_rows
from data.draw.works import builder_tables
from data.formats.csv_file import to_csv
from data.formats.folder import MANIFEST
from data.formats.source import SHIPPED
from data.tables import SCHEMA_VERSION, Contract, Table

SEED = 20261
FOLDER = SHIPPED / "europe"
RETURN_FACTORS = {"road": 1.6, "rail": 1.5, "sea": 1.5, "air": 2.0}
RECIPIENTS = {"HOST": "Forces of the host", "MNF": "Multinational force"}

Row = dict[str, Any]


def places(geography: Path, seed: int = SEED) -> dict[str, Place]:
    """Return every place of the theatre by its id in the geography, or its own code."""
    return {**place_of(geography, seed), **other_places(geography)}


def draw(geography: Path, seed: int = SEED) -> tuple[dict[str, list[Row]], dict[str, dict[str, list[Row]]]]:
    """Return the rows of the theatre's tables, and of each scenario's."""
    found = places(geography, seed)
    tables: dict[str, list[Row]] = {**item_tables(), **node_tables(found, seed)}
    tables["donors"] = donor_rows(seed)
    tables["recipients"] = [{"recipient": code, "name": name} for code, name in RECIPIENTS.items()]
    tables["links"] = limited(link_rows(found, Distances(geography), seed), found, seed)
    tables["modes"] = [{"mode": mode, "return_factor": factor} for mode, factor in RETURN_FACTORS.items()]
    tables["lift"] = lift_rows(seed)
    tables["stocks"] = lot_rows(tables["items"], tables["nodes"], seed)
    tables["terms"] = term_rows(tables["stocks"], tables["donors"], seed)
    tables["holdings"] = holding_rows(tables["nodes"], tables["items"], seed)
    tables["factors"] = factor_rows()
    tables["production"] = site_rows(tables["items"])
    tables["funds"] = fund_rows()
    tables["donor_use"] = use_rows(tables["stocks"], seed)
    tables["caveats"] = caveat_rows(tables, seed)
    tables |= builder_tables(tables["nodes"], seed)
    return tables, scenarios(tables, seed)


def write(folder: Path, geography: Path, seed: int = SEED) -> None:
    """Write the manifest, the tables and the scenarios; notes and geography beside them are left alone."""
    tables, asked = draw(geography, seed)
    manifest = {"marking": MARKING, "schema_version": SCHEMA_VERSION, "seed": seed}
    _write(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False) + "\n")
    for name, rows in tables.items():
        _write(folder / f"{name}.csv", _text(THEATRE[name], rows))
    for scenario, parts in asked.items():
        for name, rows in parts.items():
            _write(folder / "scenarios" / scenario / f"{name}.csv", _text(SCENARIO[name], rows))


def _text(contract: Contract, rows: list[Row]) -> str:
    return to_csv(Table.from_rows(contract, rows))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Rewrite the shipped folder."""
    write(FOLDER, FOLDER / "geography")


if __name__ == "__main__":
    main()
