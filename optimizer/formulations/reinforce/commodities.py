"""Commodities: what may flow together without any two loads differing in where they may go.

A commodity is an item with the set of moves it may make, the slices of stock that feed it and the needs it
may serve, such that every one of its slices may serve every one of its needs over every one of its moves.
Slices with equal rights merge first, exactly; a lot under caveats that depend on the need feeds several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.tables import EMPTY
from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.network import Network, counted_division
from optimizer.formulations.reinforce.sources import Sources
from optimizer.formulations.reinforce.stock import Slice


@dataclass(frozen=True, eq=False)
class Commodity:
    """An item with its moves (positions in `network.moves`), slices and needs (positions).

    `payer` is the donor whose transport funds pay for its moves; -1 where no fund binds.
    """

    item: int
    moves: np.ndarray
    slices: tuple[int, ...]
    needs: tuple[int, ...]
    payer: int = -1


NeedClass = tuple[str, str, str, str]  # sector, its country, recipient, purpose


class Rights:
    """Which moves a load may make: by its item, its lot's days, its donor's caveats and its need."""

    def __init__(self, theatre: Theatre, scenario: Scenario, network: Network) -> None:
        self.theatre, self.scenario, self.moves = theatre, scenario, network.moves
        self.groups = network.groups
        self.caveats = theatre.caveats.rows()
        self.items = theatre.items.rows()
        self._leg_masks: dict[tuple[Any, ...], np.ndarray] = {}
        self._item_masks: dict[tuple[Any, ...], np.ndarray] = {}
        country = theatre.nodes["country"]
        self._tail_country = np.where(self.moves.from_home, "", country[self.moves.tail])
        self._head_country = np.where(self.moves.to_final, "", country[self.moves.head])

    def item_mask(self, item: int) -> np.ndarray:
        """Return the moves open to an item: cargo class, MLC, hazardous links, licensed nodes."""
        row, links, moves = self.items[item], self.theatre.links, self.moves
        key = (row.cargo, row.mlc, row.hazard_division)
        if key not in self._item_masks:
            mask = np.array([g.cargo == row.cargo for g in self.groups], bool)[moves.group]
            if row.mlc is not None:
                bears = np.isnan(links["mlc"]) | (links["mlc"] >= row.mlc)
                mask = mask & bears[moves.link]
            if row.hazard_division is not None:
                licensed = counted_division(self.theatre, row.hazard_division) >= 0
                mask = mask & links["hazardous"][moves.link] & licensed[moves.head]
                mask &= licensed[moves.tail] | ~moves.from_home
            self._item_masks[key] = mask
        return self._item_masks[key]

    def lot_mask(self, release: int, last: int, expiry: int) -> np.ndarray | None:
        """Return the moves open by a slice's days: clearance, last day to leave, expiry; None if all are."""
        moves, mask = self.moves, None
        clearance = self.theatre.links["clearance"]
        if clearance.any():
            mask = moves.depart >= release + clearance[moves.link]
        if last < self.scenario.horizon - 1:
            leaves = ~moves.from_home | (moves.depart <= last)
            mask = leaves if mask is None else mask & leaves
        if expiry != EMPTY:
            fresh = ~moves.to_final | (moves.arrive <= expiry)
            mask = fresh if mask is None else mask & fresh
        return mask

    def caveats_on(self, item: int, donor: str, subject: str) -> tuple[int, ...]:
        """Return the caveats that bind a donor's lots of an item (subject stock) or what its money buys (fund)."""
        row = self.items[item]
        return tuple(
            i
            for i, c in enumerate(self.caveats)
            if c.subject == subject and c.donor in (None, donor) and self._binds_item(c, row)
        )

    @staticmethod
    def _binds_item(caveat: Any, item: Any) -> bool:
        return caveat.item in (None, item.item) and caveat.supply_class in (None, item.supply_class)

    def caveat_mask(self, item: int, stock_caveats: tuple[int, ...], need: NeedClass) -> np.ndarray | None:
        """Return the moves the caveats leave open for a need of this class; None if they close nothing."""
        mask = self._under(stock_caveats, need, None)
        row = self.items[item]
        for g, group in enumerate(self.groups):
            if group.cargo != row.cargo:
                continue
            binding = tuple(i for i in group.caveats if self._binds_item(self.caveats[i], row))
            if binding:
                under = self._under(binding, need, g)
                if under is not None:
                    mask = under if mask is None else mask & under
        return mask

    def _under(self, binding: tuple[int, ...], need: NeedClass, group: int | None) -> np.ndarray | None:
        """Return the moves (of one lift group, if given) that stay open under these caveats."""
        forbidden, only, bound = None, None, False
        for i in binding:
            caveat = self.caveats[i]
            if caveat.effect == "only":
                bound = True
            if not _meets(caveat, need):
                continue
            legs = self._leg_mask(caveat)
            if caveat.effect == "forbid":
                forbidden = legs if forbidden is None else forbidden | legs
            else:
                only = legs if only is None else only | legs
        if forbidden is None and not bound:
            return None
        open_ = np.ones(len(self.moves), bool) if not bound else np.zeros(len(self.moves), bool)
        if only is not None:
            open_ = only
        if forbidden is not None:
            open_ = open_ & ~forbidden
        return open_ if group is None else open_ | (self.moves.group != group)

    def _leg_mask(self, caveat: Any) -> np.ndarray:
        """Return the moves that meet the leg conditions of a caveat: mode, country of transit, days."""
        key = (caveat.mode, caveat.transit_country, caveat.from_day, caveat.to_day)
        if key not in self._leg_masks:
            moves, links = self.moves, self.theatre.links
            mask = np.ones(len(moves), bool)
            if caveat.mode is not None:
                mask &= (links["mode"] == caveat.mode)[moves.link]
            if caveat.transit_country is not None:
                crosses = np.array([caveat.transit_country in c.split("|") for c in links["countries"]], bool)
                through = (self._tail_country == caveat.transit_country) | (
                    self._head_country == caveat.transit_country
                )
                mask &= crosses[moves.link] | through
            if caveat.from_day is not None:
                mask &= moves.depart >= caveat.from_day
            if caveat.to_day is not None:
                mask &= moves.depart <= caveat.to_day
            self._leg_masks[key] = mask
        return self._leg_masks[key]


def _meets(caveat: Any, need: NeedClass) -> bool:
    """Return whether a shipment for a need of this class meets the caveat's conditions on shipments."""
    sector, country, recipient, purpose = need
    return (
        caveat.sector in (None, sector)
        and caveat.country in (None, country)
        and caveat.recipient in (None, recipient)
        and caveat.purpose in (None, purpose)
    )


def build_commodities(
    theatre: Theatre, scenario: Scenario, network: Network, sources: Sources, slices: list[Slice]
) -> list[Commodity]:
    """Return the commodities of a scenario, in order of item, each with the moves its rights leave open."""
    rights = Rights(theatre, scenario, network)
    masks: dict[bytes, np.ndarray] = {}
    merged: dict[tuple[int, bytes, tuple[int, ...], int], list[int]] = {}
    payer = np.where(np.isin(sources.donor, network.payers), sources.donor, -1)
    for item, positions, needs_of in _by_item(theatre, scenario, sources, slices):
        classes = sorted(needs_of)
        alike: dict[tuple[tuple[bytes, ...], int], list[int]] = {}
        for keys, slice_ in _signatures(rights, masks, item, positions, sources, slices, classes):
            alike.setdefault((keys, int(payer[slices[slice_].lot])), []).append(slice_)
        for (signature, pays), members in alike.items():
            for mask in sorted(set(signature) - {b""}):
                served = [
                    n for c, m in zip(classes, signature, strict=True) if m == mask for n in needs_of[c]
                ]
                merged.setdefault((item, mask, tuple(sorted(served)), pays), []).extend(members)
    return [
        Commodity(item, np.flatnonzero(masks[mask]), tuple(sorted(members)), needs, pays)
        for (item, mask, needs, pays), members in merged.items()
    ]


def _by_item(
    theatre: Theatre, scenario: Scenario, sources: Sources, slices: list[Slice]
) -> Iterator[tuple[int, list[int], dict[NeedClass, list[int]]]]:
    """Yield each item that is both stocked or bought, and accepted: its slices, and its needs by class."""
    of_item: dict[int, list[int]] = {}
    for position, slice_ in enumerate(slices):
        of_item.setdefault(int(sources.item[slice_.lot]), []).append(position)
    accepted: dict[str, list[str]] = {}
    for row in theatre.substitutes.rows():
        accepted.setdefault(row.item, []).append(row.substitute)
    code = theatre.items.position()
    country = dict(zip(theatre.nodes["node"], theatre.nodes["country"], strict=True))
    wanted: dict[int, dict[NeedClass, list[int]]] = {}
    for n, row in enumerate(scenario.needs.rows()):
        need_class = (row.sector, country[row.sector], row.recipient, row.purpose or "")
        for item in [row.item, *accepted.get(row.item, [])]:
            wanted.setdefault(code[item], {}).setdefault(need_class, []).append(n)
    for item in sorted(set(of_item) & set(wanted)):
        yield item, of_item[item], wanted[item]


def _signatures(
    rights: Rights,
    masks: dict[bytes, np.ndarray],
    item: int,
    positions: list[int],
    sources: Sources,
    slices: list[Slice],
    classes: list[NeedClass],
) -> Iterator[tuple[tuple[bytes, ...], int]]:
    """Yield each slice with the key of its mask for every class of needs; b'' where it may not serve."""
    theatre = rights.theatre
    donors, reserved_for = theatre.donors["donor"], theatre.funds["sector"]
    clearance = bool(theatre.links["clearance"].any())
    cached: dict[tuple[Any, ...], tuple[bytes, ...]] = {}
    known: dict[tuple[Any, ...], bytes] = {}
    for position in positions:
        lot, last = slices[position].lot, slices[position].last
        bought = lot >= sources.lots
        binding = rights.caveats_on(item, donors[sources.donor[lot]], "fund" if bought else "stock")
        days = (int(sources.release[lot]) if clearance else 0, last, int(sources.expiry[lot]))
        sector = str(reserved_for[sources.fund[lot]]) if bought else ""
        if (binding, days, sector) not in cached:
            keys = []
            for need in classes:
                relevant = tuple(_meets(rights.caveats[i], need) for i in binding)
                lift = tuple(_meets(rights.caveats[i], need) for g in rights.groups for i in g.caveats)
                key = (binding, days, relevant, lift)
                if key not in known:
                    known[key] = _mask(rights, masks, item, binding, days, need)
                keys.append(known[key] if sector in ("", need[0]) else b"")
            cached[binding, days, sector] = tuple(keys)
        yield cached[binding, days, sector], position


def _mask(
    rights: Rights,
    masks: dict[bytes, np.ndarray],
    item: int,
    binding: tuple[int, ...],
    days: tuple[int, int, int],
    need: NeedClass,
) -> bytes:
    mask = rights.item_mask(item)
    for further in (rights.lot_mask(*days), rights.caveat_mask(item, binding, need)):
        if further is not None:
            mask = mask & further
    if not mask.any():
        return b""
    key = np.packbits(mask).tobytes()
    masks.setdefault(key, mask)
    return key
