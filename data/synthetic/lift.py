"""Lift: which donors give which mode and cargo class, when, and as what part of the pool's."""

from __future__ import annotations

from typing import Any

import numpy as np

from data.synthetic.caveats import Conditions
from data.synthetic.pool import Pool, level_days
from data.synthetic.sizes import Size, stream

CARRIES = {
    "road": ("general", "liquid", "outsize", "chilled"),
    "rail": ("general", "liquid", "outsize"),
    "sea": ("liquid", "outsize"),
    "air": ("general", "chilled"),
}
CAVEATED = (
    ("road", "general"),
    ("rail", "general"),
)  # of the first and of the second donor under lift caveats


def draw_lift(size: Size, seed: int, pool: Pool, held: Conditions, modes: list[str]) -> list[dict[str, Any]]:
    """Return the rows of table lift with a `part` of the pool's capacity in place of t·km a day.

    Of every mode and cargo class one row is there from day 0 on; donors under lift caveats own general lift only.
    """
    rng = stream(seed, size, "caveats").spawn(1)[0]
    free = [d for d in range(size.donors) if d not in held.lift_donors]
    rows: list[dict[str, Any]] = []
    for mode in modes:
        for cargo in CARRIES[mode]:
            owners = rng.permutation(free)[: int(rng.integers(2, 4 if size.name == "S" else 6))]
            capped = [d for d, own in zip(held.lift_donors, CAVEATED, strict=True) if own == (mode, cargo)]
            parts = rng.uniform(0.6, 1.4, len(owners) + len(capped))
            parts /= parts.sum()
            for k, donor in enumerate([*owners, *capped]):
                rows += _rows(size, pool.donors[int(donor)], mode, cargo, float(parts[k]), k == 0, rng)
    return rows


def _rows(
    size: Size, donor: str, mode: str, cargo: str, part: float, steady: bool, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Return one donor's lift: steady from day 0, or released by trigger, or in two periods."""
    base = {"donor": donor, "mode": mode, "cargo": cargo, "to_day": None}
    if steady:
        return [{**base, "from_day": 0, "part": part, "trigger": 0, "approval_days": 0}]
    trigger = int(rng.integers(0, 3))
    approval = None if rng.random() < 0.5 else int(rng.integers(0, 4))
    conditions = {"trigger": trigger, "approval_days": approval}
    if rng.random() < 0.3:
        turn = size.days // 2
        return [
            {**base, **conditions, "from_day": 0, "to_day": turn - 1, "part": part},
            {**base, **conditions, "from_day": turn, "part": part * float(rng.choice([0.6, 1.3]))},
        ]
    return [{**base, **conditions, "from_day": 0, "part": part}]


def lift_days_open(size: Size, pool: Pool, row: dict[str, Any]) -> np.ndarray:
    """Return [day] whether the row's capacity counts."""
    approval = row["approval_days"]
    if approval is None:
        approval = int(pool.approval[pool.donors.index(row["donor"])])
    first = max(row["from_day"], level_days(size)[row["trigger"]] + approval)
    last = size.days - 1 if row["to_day"] is None else row["to_day"]
    day = np.arange(size.days)
    return (day >= first) & (day <= last)
