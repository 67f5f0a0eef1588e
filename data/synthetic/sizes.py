"""The dials of the generator: sizes, congestion, and one random stream a subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MARKING = "SYNTHETIC – EXERCISE"
TARGETS = {"loose": 0.02, "tight": 0.15, "choked": 0.40}  # share of the needed tonnes that cannot be on time


@dataclass(frozen=True)
class Size:
    """How much of everything a theatre of this size has."""

    name: str
    donors: int
    depots: int
    hubs: int
    sectors: int
    items: int
    days: int
    links: int
    needs: int
    lots: float  # share of the depot × item pairs that hold a lot
    width: float  # km from the western to the eastern edge
    caveats: int
    ways: int  # weightings of the links under which routes are sought
    routes: int  # candidate routes kept from a place to a sector for a class of load
    lots_tried: int  # quickest lots of a need that the calibration looks at
    days_tried: int  # days of departure it looks at
    blocks: int  # blocks of steps it may spend
    offers: int  # lots of a class that may offer a new load to a need
    enlargements: int  # blocks that begin with new loads at the prices reached
    steps: int  # in a block
    later: int  # blocks between two enlargements afterwards; 0: none
    wide: bool  # drawn without candidate loads
    fares: bool  # whether new loads look at the price of money for transport, which asks for a sweep a payer


SIZES = {
    "S": Size("S", 10, 12, 6, 6, 8, 14, 120, 100, 0.60, 1000.0, 8, 3, 3, 8, 3, 66, 12, 26, 80, 3, False, True),
    "M": Size("M", 27, 40, 20, 20, 30, 30, 620, 1500, 0.50, 1800.0, 26, 2, 1, 5, 2, 10, 4, 4, 80, 0, False, False),
    "L": Size("L", 27, 60, 40, 40, 40, 30, 1070, 4000, 0.45, 1800.0, 26, 1, 3, 5, 3, 6, 1, 0, 80, 0, True, False),
    "XL": Size(
        "XL", 32, 200, 100, 100, 200, 60, 5000, 50000, 0.20, 2400.0, 32, 1, 2, 3, 3, 4, 1, 0, 80, 0, True, False
    ),
}

DONORS = [
    "ALDER",
    "ASPEN",
    "BEECH",
    "BIRCH",
    "BROOM",
    "CEDAR",
    "ELDER",
    "FERN",
    "FURZE",
    "GORSE",
    "HAZEL",
    "HEATH",
    "HOLLY",
    "IVY",
    "JUNIPER",
    "LARCH",
    "LINDEN",
    "MAPLE",
    "MYRTLE",
    "OAK",
    "OLIVE",
    "OSIER",
    "PINE",
    "POPLAR",
    "ROWAN",
    "RUSH",
    "SEDGE",
    "SORREL",
    "SPRUCE",
    "TEASEL",
    "WILLOW",
    "YARROW",
]
SUBJECTS = ("ground", "goods", "pool", "caveats", "asks", "limits", "routes", "loading", "market", "forces", "pinch")


def stream(seed: int, size: Size, subject: str) -> np.random.Generator:
    """Return the random numbers of one subject, so that a new draw in one does not move the others."""
    return np.random.default_rng([seed, list(SIZES).index(size.name), SUBJECTS.index(subject)])
