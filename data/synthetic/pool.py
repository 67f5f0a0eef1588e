"""The pool: donors, their lots and lift. Quantities come later, when the needs are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
from data.synthetic.sizes import DONORS, Size, stream

AUTHORITIES = ("parliament", "ministry of defence", "cabinet", "chief of defence")
NEVER = 10**6
HELD_BACK = 0.3  # part of a lot that a higher floor keeps until the level that eases it


@dataclass(eq=False)
class Pool:
    """Donors and lots as parallel arrays; days are those on which a lot may first leave."""

    donors: list[str]
    approval: np.ndarray  # of each donor
    shares: dict[str, Any]
    lot_donor: np.ndarray
    lot_node: np.ndarray
    lot_item: np.ndarray
    trigger: np.ndarray
    own_approval: np.ndarray  # -1: the donor's
    late_approval: np.ndarray  # of level 2 on, by terms; -1: as before
    ready: np.ndarray
    release: np.ndarray
    expiry: np.ndarray  # horizon and later: none
    eased: np.ndarray  # level from which the floor is lower; 4: it never falls


def level_days(size: Size) -> tuple[int, int, int, int]:
    """Return the day on which each trigger level is reached: the whole crisis rises in the first days."""
    return (0, 0, 1, 3) if size.days < 20 else (0, 0, 2, 5)


def draw_pool(size: Size, seed: int, ground: Ground, goods: Goods) -> Pool:
    """Return the donors and lots of a size and seed."""
    rng = stream(seed, size, "pool")
    donors = list(DONORS[: size.donors])
    approval = rng.integers(0, 6, size.donors)
    donor, node, item = _lots(size, rng)
    count = len(donor)
    trigger = rng.choice(4, count, p=[0.3, 0.3, 0.25, 0.15])
    own = np.where(rng.random(count) < 0.15, rng.integers(0, 5, count), -1)
    late = np.where(rng.random(count) < 0.2, rng.integers(0, 2, count), -1)
    ready = np.where(rng.random(count) < 0.12, rng.integers(1, 1 + size.days // 5, count), 0)
    reached = np.array(level_days(size))
    days = np.where(own >= 0, own, approval[donor])
    release = np.full(count, NEVER)
    for level in range(4):
        here = np.where((level >= 2) & (late >= 0), late, days) + reached[level]
        release = np.where(trigger <= level, np.minimum(release, here), release)
    perishable = np.array([c == "chilled" or k == "I" for c, k in zip(goods.cargo, goods.supply_class, strict=True)])
    dated = perishable[item] & (rng.random(count) < 0.5)
    expiry = np.where(dated, rng.integers(2 * size.days // 3, size.days, count), size.days)
    falls = rng.random(count) < 0.35
    eased = np.where(falls, np.where((rng.random(count) < 0.5) & (late < 0), 2, 3), 4)
    return Pool(
        donors, approval, _shares(donors, rng), donor, node, item, trigger, own, late, ready,
        np.maximum(release, ready), expiry, eased,
    )  # fmt: skip


def _lots(size: Size, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return donor, node and item of the lots: a depot holds one donor's stock, large ones two donors'."""
    first = rng.permutation(np.arange(size.depots) % size.donors)
    second = np.where(rng.random(size.depots) < 0.3, rng.integers(0, size.donors, size.depots), first)
    here = rng.random((size.depots, size.items)) < size.lots
    for item in range(size.items):
        fewest = min(size.depots, 4)
        missing = fewest - int(here[:, item].sum())
        if missing > 0:
            here[rng.permutation(np.flatnonzero(~here[:, item]))[:missing], item] = True
    node, kind = np.nonzero(here)
    donor = np.where(rng.random(len(node)) < 0.5, first[node], second[node])
    return donor, node, kind


def _shares(donors: list[str], rng: np.random.Generator) -> dict[str, Any]:
    """Return the columns of the burden shares: agreed shares of 1, bands around most of them."""
    draw = rng.lognormal(0, 0.6, len(donors))
    share = np.round(draw / draw.sum(), 3)
    share[0] = round(share[0] + 1 - share.sum(), 3)
    banded = rng.random(len(donors)) < 0.8
    low = [round(float(s * 0.6), 4) if b else None for s, b in zip(share, banded, strict=True)]
    high = [round(float(min(1, s * 1.5)), 4) if b else None for s, b in zip(share, banded, strict=True)]
    return {"burden_share": share, "share_low": low, "share_high": high,
            "authority": [AUTHORITIES[k] for k in rng.integers(0, len(AUTHORITIES), len(donors))]}  # fmt: skip
