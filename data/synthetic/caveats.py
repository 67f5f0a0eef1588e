"""National caveats: on stock by country, mode and day of travel and by need; on lift by what it carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
from data.synthetic.pool import Pool
from data.synthetic.sizes import Size, stream

PURPOSES = ("sustainment", "works", "mobility", "medical")
RECIPIENTS = ("HOST", "MNF")
Row = dict[str, Any]


@dataclass(eq=False)
class Conditions:
    """The rows of table caveats, and what the loading needs of them.

    A transit class is what a donor's stock may not pass: (modes, countries); class 0 may pass everywhere.
    """

    rows: list[Row]
    classes: list[tuple[frozenset[str], frozenset[str]]]
    donor_class: np.ndarray
    on_needs: list[Row]  # forbid rows of subject stock whose conditions are all of the need
    on_days: list[Row]  # forbid rows of subject stock for a window of departure days
    lift_donors: list[int]  # donors whose lift stands under caveats
    on_lift: list[Row]


def draw_conditions(size: Size, seed: int, ground: Ground, goods: Goods, pool: Pool) -> Conditions:
    """Return the caveats of a size and seed."""
    rng = stream(seed, size, "caveats")
    classes = _transit_classes(size, ground, rng)
    order = rng.permutation(size.donors)
    donor_class = np.zeros(size.donors, int)
    share = order[: max(len(classes) - 1, (4 * size.donors) // 10)]
    donor_class[share] = 1 + np.arange(len(share)) % (len(classes) - 1)
    travel = [row for d in sorted(share) for row in _travel(pool.donors[d], classes[donor_class[d]])]
    on_needs = _on_needs(size, ground, goods, pool, rng)
    lift_donors = [int(d) for d in order[-2:]]
    on_lift = _on_lift(ground, goods, [pool.donors[d] for d in lift_donors])
    days = _on_days(size, pool, rng)
    rows = [*travel, *on_needs, *on_lift, *days]
    width = len(str(len(rows)))
    rows = [{"caveat": f"C{i + 1:0{width}d}", **row} for i, row in enumerate(rows)]
    return Conditions(rows, classes, donor_class, on_needs, days, lift_donors, on_lift)


def _transit_classes(
    size: Size, ground: Ground, rng: np.random.Generator
) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return the transit classes: none, not through a country in the middle, not by sea or air, by land only."""
    hub_countries = sorted({ground.country[i] for i in range(ground.depots, ground.first_sector)})
    closed = [str(c) for c in rng.permutation(np.array(hub_countries, object))]
    none: frozenset[str] = frozenset()
    out = [(none, none), (none, frozenset(closed[:1])), (frozenset(["sea", "air"]), none)]
    if size.name != "S":
        out.append((none, frozenset(closed[1:2])))
    return out


def _travel(donor: str, transit: tuple[frozenset[str], frozenset[str]]) -> list[Row]:
    modes, countries = transit
    out: list[Row] = []
    for country in sorted(countries):
        out.append({"donor": donor, "subject": "stock", "effect": "forbid", "transit_country": country,
                    "text": f"not through {country}"})  # fmt: skip
    if "sea" in modes:
        for mode in ("road", "rail"):
            out.append({"donor": donor, "subject": "stock", "effect": "only", "mode": mode, "text": "by land only"})
    elif modes:
        out += [{"donor": donor, "subject": "stock", "effect": "forbid", "mode": mode, "text": f"not by {mode}"}
                for mode in sorted(modes)]  # fmt: skip
    return out


def _on_needs(size: Size, ground: Ground, goods: Goods, pool: Pool, rng: np.random.Generator) -> list[Row]:
    """Return forbid rows by recipient, sector, country and purpose, each for an item or a supply class."""
    sectors = ground.names[ground.first_sector :]
    lands = sorted(set(ground.country[ground.first_sector :]))
    out: list[Row] = []
    for k in range(size.caveats // 2):
        row: Row = {
            "donor": pool.donors[int(rng.integers(size.donors))],
            "subject": "stock",
            "effect": "forbid",
        }
        item = int(rng.integers(size.items))
        if k % 4 == 0:
            row |= {
                "supply_class": "V",
                "recipient": "MNF",
                "text": "no ammunition to the multinational force",
            }
        elif k % 4 == 1:
            sector = str(rng.choice(sectors))
            row |= {"item": goods.names[item], "sector": sector, "text": f"none to {sector}"}
        elif k % 4 == 2:
            row |= {
                "supply_class": goods.supply_class[item],
                "purpose": "mobility",
                "text": "not for mobility",
            }
        else:
            row |= {
                "item": goods.names[item],
                "country": str(rng.choice(lands)),
                "text": "not in that country",
            }
        out.append(row)
    return out


def _on_days(size: Size, pool: Pool, rng: np.random.Generator) -> list[Row]:
    """Return forbid rows for a window of departure days: none of a supply class leaves on those days."""
    out: list[Row] = []
    for _ in range(2 if size.name == "S" else 4):
        first = int(rng.integers(3, size.days // 2))
        out.append({"donor": pool.donors[int(rng.integers(size.donors))], "subject": "stock", "effect": "forbid",
                    "supply_class": str(rng.choice(["I", "II", "III", "IV"])),
                    "mode": str(rng.choice(["road", "rail"])), "from_day": first, "to_day": first + 1,
                    "text": "no movement on these days"})  # fmt: skip
    return out


def _on_lift(ground: Ground, goods: Goods, donors: list[str]) -> list[Row]:
    """Return caveats on lift: one donor carries no ammunition, one nothing into a country, one within dates."""
    lands = sorted(set(ground.country[ground.first_sector :]))
    words: list[Row] = [
        {"effect": "forbid", "supply_class": "V", "text": "our lift carries no ammunition"},
        {"effect": "forbid", "country": lands[-1], "text": "our lift does not serve that country"},
    ]
    return [{"donor": donor, "subject": "lift", **word} for donor, word in zip(donors, words, strict=False)]
