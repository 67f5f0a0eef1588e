"""What may go together: groups of loads that may make the same moves to the same needs (rules 8, 11, 12, 18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from data.certify.ground import Ground
from data.certify.sources import Sources
from data.effect import lift_groups
from data.tables import EMPTY

NeedClass = tuple[str, str, str, str]  # sector, its country, recipient, purpose
LiftKey = tuple[str, tuple[tuple[int, bytes], ...]]  # cargo class, the arcs of each lift group under caveats


@dataclass(frozen=True)
class Group:
    """Sources of one item whose loads may make the same moves, by the same lift, to the same needs.

    `payer` is the donor whose transport funds pay; -1 where none binds.
    """

    item: int
    payer: int
    mask: bytes
    lift: LiftKey
    sources: tuple[int, ...]
    needs: tuple[int, ...]


class Rights:
    """Which arcs a load may take: by its item, its source's days, the caveats on it, and its need."""

    def __init__(self, ground: Ground, sources: Sources) -> None:
        self.ground, self.sources = ground, sources
        self.theatre, self.scenario, self.arcs = ground.theatre, ground.scenario, ground.arcs
        self.caveats, self.items = self.theatre.caveats.rows(), self.theatre.items.rows()
        self.lift = lift_groups(self.theatre, self.scenario)
        self.masks: dict[bytes, np.ndarray] = {}
        self._legs: dict[Any, np.ndarray] = {}
        self._open: dict[Any, np.ndarray] = {}

    @cached_property
    def lift_mode(self) -> list[str]:
        """Return the mode of each lift group."""
        return [name.split("/")[0] for name in self.lift.names]

    @cached_property
    def lift_cargo(self) -> list[str]:
        """Return the cargo class of each lift group."""
        return [name.split("/")[1] for name in self.lift.names]

    @cached_property
    def _lift_caveats(self) -> list[list[int]]:
        """Return the caveats on each lift group: those on its first donor, as on each of its donors."""
        donors = [name.split("/", 2)[2] for name in self.lift.names]
        return [
            [i for i, c in enumerate(self.caveats) if c.subject == "lift" and c.donor in (None, donor)]
            for donor in donors
        ]

    @cached_property
    def _counted(self) -> dict[str, np.ndarray]:
        return {d: counted_as(self.ground, d) for d in {i.hazard_division for i in self.items if i.hazard_division}}

    @cached_property
    def _cleared(self) -> np.ndarray | None:
        """Return by arc the days from release to clearance; None if every link is clear at once."""
        clearance = self.theatre.links["clearance"]
        return clearance[self.arcs.link] if clearance.any() else None

    def groups(self) -> list[Group]:
        """Return all groups, item after item; a source under caveats that hang on the need is in several."""
        paying = set(self.theatre.funds["donor"][self.theatre.funds["purpose"] == "transport"].tolist())
        donors = self.theatre.donors["donor"]
        payer = np.array([d if donors[d] in paying else -1 for d in self.sources.donor], int)
        out: list[Group] = []
        for item, sources, classes in self._wanted():
            cells: dict[tuple[int, bytes, LiftKey], dict[NeedClass, list[int]]] = {}
            for need in classes:
                lift = self._lift_of(item, need)
                by_terms: dict[Any, bytes] = {}
                for s in sources:
                    terms = self._terms(item, s)
                    if terms not in by_terms:
                        by_terms[terms] = self._mask(item, terms, need)
                    if by_terms[terms]:
                        cells.setdefault((int(payer[s]), by_terms[terms], lift), {}).setdefault(need, []).append(s)
            for (pays, mask, lift), by_need in cells.items():
                alike: dict[tuple[int, ...], list[int]] = {}
                for need, members in by_need.items():
                    alike.setdefault(tuple(members), []).extend(classes[need])
                out += [Group(item, pays, mask, lift, m, tuple(needs)) for m, needs in alike.items()]
        return out

    def _wanted(self) -> Iterator[tuple[int, list[int], dict[NeedClass, list[int]]]]:
        """Yield each item that something holds and a need accepts: its sources, and its needs by class."""
        holds: dict[int, list[int]] = {}
        for s, item in enumerate(self.sources.item.tolist()):
            if self.sources.release[s] < self.scenario.horizon:
                holds.setdefault(item, []).append(s)
        accepts: dict[str, list[str]] = {}
        for row in self.theatre.substitutes.rows():
            accepts.setdefault(row.item, []).append(row.substitute)
        position, nodes = self.theatre.items.position(), {n.node: n for n in self.theatre.nodes.rows()}
        wanted: dict[int, dict[NeedClass, list[int]]] = {}
        for n, row in enumerate(self.scenario.needs.rows()):
            key = (row.sector, nodes[row.sector].country or "", row.recipient, row.purpose or "")
            for item in (row.item, *accepts.get(row.item, ())):
                wanted.setdefault(position[item], {}).setdefault(key, []).append(n)
        for item in sorted(holds.keys() & wanted.keys()):
            yield item, holds[item], wanted[item]

    def _terms(self, item: int, source: int) -> tuple[Any, ...]:
        """Return what decides the moves of a source's loads: caveats on it, days, and the sector its money is for."""
        s, row = self.sources, self.items[item]
        bought = bool(s.fund[source] >= 0)
        donor = self.theatre.donors["donor"][s.donor[source]]
        bound = tuple(
            i
            for i, c in enumerate(self.caveats)
            if c.subject == ("fund" if bought else "stock") and c.donor in (None, donor) and _binds(c, row)
        )
        release = 0 if self._cleared is None else int(s.release[source])
        sector = str(self.theatre.funds["sector"][s.fund[source]]) if bought else ""
        return bound, release, int(s.expiry[source]), sector

    def _mask(self, item: int, terms: tuple[Any, ...], need: NeedClass) -> bytes:
        """Return the key of the arcs open to loads on these terms for this need; empty if there are none."""
        bound, release, expiry, sector = terms
        if sector and sector != need[0]:
            return b""
        arcs, open_ = self.arcs, self._of_item(item)
        if self._cleared is not None:
            open_ = open_ & (arcs.depart >= release + self._cleared)
        if expiry != EMPTY:
            open_ = open_ & (~arcs.to_end | (arcs.arrive <= expiry))
        under = self._under(bound, need)
        return self._named(open_ if under is None else open_ & under)

    def _named(self, mask: np.ndarray) -> bytes:
        if not mask.any():
            return b""
        key = np.packbits(mask).tobytes()
        self.masks.setdefault(key, mask)
        return key

    def _of_item(self, item: int) -> np.ndarray:
        """Return the arcs that bear the item: load class of the link, and licences of what is explosive."""
        row, links, arcs = self.items[item], self.theatre.links, self.arcs
        key = (row.mlc, row.hazard_division)
        if key not in self._open:
            open_ = np.ones(len(arcs), bool)
            if row.mlc is not None:
                open_ &= (np.isnan(links["mlc"]) | (links["mlc"] >= row.mlc))[arcs.link]
            if row.hazard_division:
                licensed = self._counted[row.hazard_division] >= 0
                open_ &= links["hazardous"][arcs.link] & licensed[self.ground.head[arcs.link]]
                open_ &= licensed[self.ground.tail[arcs.link]] | ~arcs.from_home
            self._open[key] = open_
        return self._open[key]

    def _lift_of(self, item: int, need: NeedClass) -> LiftKey:
        """Return which lift carries the item to this need, and over which arcs."""
        row, out = self.items[item], []
        for g, cargo in enumerate(self.lift_cargo):
            if cargo == row.cargo:
                bound = tuple(i for i in self._lift_caveats[g] if _binds(self.caveats[i], row))
                under = self._under(bound, need)
                out.append((g, b"" if under is None else np.packbits(under).tobytes()))
                if under is not None:
                    self.masks.setdefault(out[-1][1], under)
        return row.cargo, tuple(out)

    def _under(self, bound: tuple[int, ...], need: NeedClass) -> np.ndarray | None:
        """Return the arcs that these caveats leave open for a need; None if they close nothing."""
        met = tuple(i for i in bound if _meets(self.caveats[i], need))
        only = any(self.caveats[i].effect == "only" for i in bound)
        if not only and not met:
            return None
        if (met, only) not in self._open:
            open_ = np.full(len(self.arcs), not only)
            for i in met:
                if self.caveats[i].effect == "only":
                    open_ |= self._leg(self.caveats[i])
            for i in met:
                if self.caveats[i].effect == "forbid":
                    open_ &= ~self._leg(self.caveats[i])
            self._open[met, only] = open_
        return self._open[met, only]

    def _leg(self, caveat: Any) -> np.ndarray:
        """Return the arcs that meet a caveat's conditions on legs: mode, country of transit, days."""
        key = (caveat.mode, caveat.transit_country, caveat.from_day, caveat.to_day)
        if key not in self._legs:
            arcs, links, country = self.arcs, self.theatre.links, self.theatre.nodes["country"]
            meets = np.ones(len(arcs), bool)
            if caveat.mode is not None:
                meets &= (links["mode"] == caveat.mode)[arcs.link]
            if caveat.transit_country is not None:
                crossed = np.array([caveat.transit_country in row.countries for row in links.rows()], bool)[arcs.link]
                here = country == caveat.transit_country
                crossed |= here[self.ground.tail[arcs.link]] & ~arcs.from_home
                crossed |= here[self.ground.head[arcs.link]] & ~arcs.to_end
                meets &= crossed
            if caveat.from_day is not None:
                meets &= arcs.depart >= caveat.from_day
            if caveat.to_day is not None:
                meets &= arcs.depart <= caveat.to_day
            self._legs[key] = meets
        return self._legs[key]


def counted_as(ground: Ground, division: str) -> np.ndarray:
    """Return as which division (1.1 is 0) one counts at each node; -1 where it is not licensed."""
    rules = {(r.hazard_division, r.with_division): r.counts_as for r in ground.theatre.storage_rules.rows()}
    out = []
    for row in ground.theatre.nodes.rows():
        worst = min([division, *(rules.get((division, d), division) for d in row.divisions)])
        out.append(int(worst[2]) - 1 if division in row.divisions else -1)
    return np.array(out, int)


def _binds(caveat: Any, item: Any) -> bool:
    return caveat.item in (None, item.item) and caveat.supply_class in (None, item.supply_class)


def _meets(caveat: Any, need: NeedClass) -> bool:
    sector, country, recipient, purpose = need
    return (
        caveat.sector in (None, sector)
        and caveat.country in (None, country)
        and caveat.recipient in (None, recipient)
        and caveat.purpose in (None, purpose)
    )
