"""Rules about what shipments share: links, lift, handling, storage, explosives."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from data.verify.case import Case
from data.verify.rows import GRID, Consignment, Violation, exact

LOAD = GRID**2  # loads are products of two cells
WORK = GRID**4  # tonne-kilometres are products of four

Used = Mapping[tuple[Any, int], int | Fraction]


def _over(
    rule: str,
    unit: str,
    names: tuple[str, str],
    used: Used,
    scale: int,
    limit: Callable[[Any, int], Fraction | None],
) -> Iterator[Violation]:
    """Yield where more is used than the limit of that key and day allows; a limit of None allows all."""
    for key, day in sorted(used):
        allowed = limit(key, day)
        if allowed is not None and used[key, day] > allowed * scale:
            excess = float((used[key, day] - allowed * scale) / scale)
            yield Violation(rule, ((names[0], key), (names[1], day)), excess, unit)


def link_capacity(case: Case) -> Iterator[Violation]:
    """Yield links and departure days with more tonnes than the link's capacity."""
    used: dict[tuple[str, int], int] = defaultdict(int)
    for c in case.consignments:
        for leg in c.legs:
            used[leg.link, leg.depart] += c.tonnes

    def limit(link: str, day: int) -> Fraction | None:
        return case.in_effect("links", (link,), "capacity", case.links[link].capacity, day)

    yield from _over("link capacity", "t", ("link", "day"), used, LOAD, limit)


def link_volume(case: Case) -> Iterator[Violation]:
    """Yield links and departure days with more cubic metres than the link's capacity."""
    used: dict[tuple[str, int], int] = defaultdict(int)
    for c in case.consignments:
        for leg in c.legs:
            used[leg.link, leg.depart] += c.volume

    def limit(link: str, day: int) -> Fraction | None:
        return case.in_effect("links", (link,), "capacity_volume", case.links[link].capacity_volume, day)

    yield from _over("link volume", "m³", ("link", "day"), used, LOAD, limit)


def lift_capacity(case: Case) -> Iterator[Violation]:
    """Yield lift groups and days with more tonne-kilometres than they offer.

    A leg binds mass · distance · return factor, in equal parts over ⌈transit · return factor⌉ days from its
    departure (all on that day if transit is 0), and one part more on each day by which a closure delays it.
    """
    used: dict[tuple[str, int], int | Fraction] = defaultdict(int)
    for c in case.consignments:
        for leg, link in zip(c.legs, c.links, strict=True):
            factor = case.return_factors[link.mode]
            days = max(1, math.ceil(link.transit * factor))
            daily = Fraction(c.tonnes * exact(link.distance) * int(factor * GRID), days)
            held_up = max(0, leg.arrive - leg.depart - link.transit)
            for day in range(leg.depart, min(leg.depart + days + held_up, case.horizon)):
                used[leg.lift_group, day] += daily

    def limit(group: str, day: int) -> Fraction | None:
        known = case.lift_groups.get(group)  # an unknown group is reported by `lift_group`
        return case.lift_in_effect(known, day) if known else None

    yield from _over("lift capacity", "t·km", ("lift group", "day"), used, WORK, limit)


def _handled(c: Consignment) -> Iterator[tuple[str, int]]:
    """Yield node and day of each handling: the origin at the first departure, every other node on arrival."""
    if c.legs:
        yield c.links[0].tail, c.legs[0].depart
    for leg, link in zip(c.legs, c.links, strict=True):
        yield link.head, leg.arrive


def handling(case: Case) -> Iterator[Violation]:
    """Yield nodes and days with more tonnes loaded and unloaded than the node handles."""
    used: dict[tuple[str, int], int] = defaultdict(int)
    for c in case.consignments:
        for node, day in _handled(c):
            used[node, day] += c.tonnes

    def limit(node: str, day: int) -> Fraction | None:
        return case.in_effect("nodes", (node,), "handling", case.nodes[node].handling, day)

    yield from _over("handling", "t", ("node", "day"), used, LOAD, limit)


def storage(case: Case) -> Iterator[Violation]:
    """Yield nodes and nights with more tonnes held than the node stores."""
    used: dict[tuple[str, int], int] = defaultdict(int)
    for c in case.consignments:
        for node, first, last in case.held(c):
            for night in range(first, last + 1):
                used[node, night] += c.tonnes

    def limit(node: str, night: int) -> Fraction | None:
        return case.in_effect("nodes", (node,), "storage", case.nodes[node].storage, night)

    yield from _over("storage", "t", ("node", "night"), used, LOAD, limit)


def storage_volume(case: Case) -> Iterator[Violation]:
    """Yield nodes and nights with more cubic metres held than the node stores."""
    used: dict[tuple[str, int], int] = defaultdict(int)
    for c in case.consignments:
        for node, first, last in case.held(c):
            for night in range(first, last + 1):
                used[node, night] += c.volume

    def limit(node: str, night: int) -> Fraction | None:
        return case.in_effect("nodes", (node,), "storage_volume", case.nodes[node].storage_volume, night)

    yield from _over("storage volume", "m³", ("node", "night"), used, LOAD, limit)


def _present(case: Case, c: Consignment) -> set[tuple[str, int]]:
    """Return node and day of the shipment's presence: handled that day, or held over the night before."""
    present = set(_handled(c))
    for node, first, last in case.held(c):
        present |= {(node, night + 1) for night in range(first, last + 1) if night + 1 < case.horizon}
    return present


def explosives_licence(case: Case) -> Iterator[Violation]:
    """Yield explosives at a node that is not licensed for their division."""
    for c in case.consignments:
        if c.item.hazard_division is None:
            continue
        for node in sorted({node for node, _ in _present(case, c)}):
            if c.item.hazard_division not in case.nodes[node].divisions:
                where = (*c.place(), ("node", node), ("division", c.item.hazard_division))
                yield Violation("explosives licence", where)


def explosives_limit(case: Case) -> Iterator[Violation]:
    """Yield nodes, divisions and days with more net explosive quantity than the node may hold.

    An item counts as the worst (smallest) division among its own and those it counts as beside each
    division licensed there.
    """
    rules = {
        (row.hazard_division, row.with_division): row.counts_as for row in case.theatre.storage_rules.rows()
    }
    limits = {(row.node, row.hazard_division): row.limit for row in case.theatre.explosive_limits.rows()}
    used: dict[tuple[str, int], int] = defaultdict(int)
    for c in case.consignments:
        own = c.item.hazard_division
        for node, day in _present(case, c) if own else ():
            counted = min([own, *(rules.get((own, other), own) for other in case.nodes[node].divisions)])
            used[f"{node}/{counted}", day] += c.neq

    def limit(key: str, day: int) -> Fraction:
        node, division = key.rsplit("/", 1)
        return Fraction(exact(limits.get((node, division), 0.0)), GRID)

    yield from _over("explosives limit", "kg", ("node/division", "day"), used, LOAD, limit)
