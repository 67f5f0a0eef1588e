"""baseline: a plan made load by load by a rule of thumb, as a staff would with tables and a telephone.

Needs are served one after the other: by tier, then by RDD. For each the sources are asked in the order of the
strategy, the needed item before its substitutes, stock before purchases; each sends what it may and what is still
lacking on its best way that has room, first what arrives in time, then what arrives late. Nothing is taken back.
Every condition is kept: the plan is verified and scored like any other. It proves nothing about other plans.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from data.decisions import decisions
from data.plan_tables import complete
from data.relax import relaxed
from data.score import score
from data.theatre import Scenario, Theatre
from data.verify import verify
from optimizer.baselines.room import Room
from optimizer.baselines.ways import DAYS, KM, Ways, shortest_km
from optimizer.formulations.reinforce import Setting, prepare
from optimizer.formulations.reinforce.paths import Paths, tables
from optimizer.methods.repair import STEP
from optimizer.outcome import (
    Answer,
    Clock,
    Goal,
    Limits,
    OnProgress,
    Progress,
    Reason,
    RefusedError,
    Stop,
    UnlawfulPlanError,
    silent,
)
from optimizer.shortfalls import worst_shortfalls

STRATEGIES = {
    "nearest": "who is nearest by road, rail, sea and air gives first, over the shortest way",
    "pledge-order": "what is releasable first is sent first, over the quickest way",
    "proportional": "donors give each need in proportion to their agreed shares, over the quickest way",
}
PARCEL = 1.0  # t; less is sent only where no more is lacking


@dataclass(frozen=True)
class Offer:
    """One slice of a source that may serve a need."""

    k: int
    slice_: int
    source: int
    item: int


@dataclass
class Greedy:
    """A plan in the making."""

    setting: Setting
    strategy: str
    rows: list[tuple[int, int, int, tuple[int, ...], float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room = Room(self.setting)
        self._ways: dict[int, Ways] = {}
        self._km: dict[tuple[int, int], np.ndarray] = {}
        whole = self.setting.theatre.items["whole"]
        self.step = np.where(whole, 1.0, STEP)

    def ways(self, k: int) -> Ways:
        """Return the ways of a commodity."""
        if k not in self._ways:
            self._ways[k] = Ways(self.setting, k, KM if self.strategy == "nearest" else DAYS)
        return self._ways[k]

    def km(self, k: int, need: int, node: int) -> float:
        """Return the km from a node to a need's sector by the shortest way of a commodity."""
        key = (k, int(self.setting.needs.sector[need]))
        if key not in self._km:
            self._km[key] = shortest_km(self.setting, *key)
        return float(self._km[key][node])

    @cached_property
    def _by_need(self) -> dict[int, list[Offer]]:
        out: dict[int, list[Offer]] = {}
        for k, commodity in enumerate(self.setting.commodities):
            offers = [Offer(k, z, self.setting.slices[z].lot, commodity.item) for z in commodity.slices]
            for need in commodity.needs:
                out.setdefault(need, []).extend(offers)
        return out

    def order(self) -> list[int]:
        """Return the needs in the order in which they are served."""
        needs = self.setting.needs
        return np.lexsort((np.arange(len(needs.rdd)), needs.rdd, needs.tier)).tolist()

    def offers(self, need: int) -> list[Offer]:
        """Return who may serve a need, in the order of the strategy."""
        setting, sources = self.setting, self.setting.sources

        def key(offer: Offer) -> tuple[float, ...]:
            pair = np.array([need]), np.array([offer.item])
            own = offer.item == setting.needs.item[need]
            penalty = float(setting.needs.penalty(*pair)[0])
            first = setting.slices[offer.slice_].first
            near = self.km(offer.k, need, int(sources.node[offer.source])) if self.strategy == "nearest" else 0.0
            return (offer.source >= sources.lots, not own, penalty, near, first, offer.source, offer.k)

        return sorted(self._by_need.get(need, []), key=key)

    def serve(self, need: int) -> None:
        """Send what a need lacks, as far as there is any and it can come."""
        needs = self.setting.needs
        wanted = float(needs.size[need] / needs.unit[need])
        offers = self.offers(need)
        lacking = wanted
        if self.strategy == "proportional":
            for donor, quota in self._quotas(offers, wanted):
                own = [o for o in offers if self.setting.sources.donor[o.source] == donor]
                lacking -= self._ask(need, own, min(quota, lacking), late=False)
        lacking -= self._ask(need, offers, lacking, late=False)
        self._ask(need, offers, lacking, late=True)

    def _quotas(self, offers: list[Offer], wanted: float) -> Iterator[tuple[int, float]]:
        """Yield each donor that has the item in stock with its part of what is wanted."""
        sources, donors = self.setting.sources, self.setting.theatre.donors
        held = [o for o in offers if o.source < sources.lots]
        having = sorted({int(sources.donor[o.source]) for o in held if self._left(o) > 0})
        share = donors["burden_share"][having] if having else np.zeros(0)
        share = share if share.any() else np.ones(len(having))
        for donor, part in zip(having, share / (share.sum() or 1.0), strict=True):
            yield donor, wanted * float(part)

    def _left(self, offer: Offer) -> float:
        return self.room.units([self.room.of_slice(offer.slice_)], float(self.step[offer.item]))

    def _ask(self, need: int, offers: list[Offer], lacking: float, late: bool) -> float:
        """Send up to `lacking` units of the need from these offers in their order; return what is credited."""
        if late and self.setting.needs.lad[need] <= self.setting.needs.rdd[need]:
            return 0.0
        sent = 0.0
        for offer in offers:
            while sent < lacking and (more := self._send(need, offer, lacking - sent, late)) > 0:
                sent += more
        return sent

    def _send(self, need: int, offer: Offer, lacking: float, late: bool) -> float:
        """Send one load; return what it is credited, 0 if none can go."""
        items, step = self.setting.theatre.items, float(self.step[offer.item])
        ratio = float(self.setting.needs.ratio(np.array([need]), np.array([offer.item]))[0])
        wanted = math.floor(lacking * ratio / step + 1e-6) * step
        most = min(wanted, self._left(offer))
        if most < step / 2:
            return 0.0
        parcel = PARCEL / float(items["mass"][offer.item]) if items["mass"][offer.item] else step
        least = max(step, math.floor(min(most, parcel) / step + 1e-6) * step)
        way = self.ways(offer.k).find(self.room, offer.slice_, need, late, least)
        if way is None:
            return 0.0
        uses = (self.room.of_slice(offer.slice_), way.use)
        units = min(wanted, self.room.units(uses, step))
        if units < step / 2:
            return 0.0
        self.room.take(uses, units)
        self.rows.append((offer.source, need, offer.item, way.moves, units))
        return units / ratio

    def paths(self) -> Paths:
        """Return what is sent, equal ways together, on the grid of plans."""
        paths = Paths.of(self.rows)
        parts = np.round(1.0 / self.step[paths.item])
        return paths.carrying(np.rint(paths.quantity * parts) / parts)


def baseline(
    theatre: Theatre,
    scenario: Scenario,
    strategy: str,
    *,
    relax: bool = False,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Answer:
    """Return the verified plan of a strategy; it proves no bound, so its reason is feasible.

    A stop returns what was planned until then. RefusedError for an unknown strategy, UnlawfulPlanError if the plan
    made is not lawful, which is an error of ours.
    """
    if strategy not in STRATEGIES:
        raise RefusedError(f"no strategy '{strategy}'; use one of: {', '.join(STRATEGIES)}")
    on_progress, clock = on_progress or silent, Clock(Limits(), stop)
    if relax:
        theatre, scenario = relaxed(theatre, scenario)
    on_progress(Progress("building"))
    greedy = Greedy(prepare(theatre, scenario), strategy)
    timings, limit = {"build": clock.elapsed}, None
    order = greedy.order()
    for i, need in enumerate(order):
        if (limit := clock.over()) is not None:
            break
        on_progress(Progress(f"{strategy}: need {i + 1} of {len(order)}", seconds=clock.elapsed))
        greedy.serve(need)
    timings["solve"] = clock.elapsed - timings["build"]
    made = complete(theatre, scenario, *tables(greedy.setting, greedy.paths()))
    made = made.replace(decisions=decisions(theatre, scenario, made))
    violations = verify(theatre, scenario, made)
    if violations:
        shown = "; ".join(str(v) for v in violations[:5])
        raise UnlawfulPlanError(f"{len(violations)} rule(s) broken by a plan made here: {shown}")
    scored = score(theatre, scenario, made)
    timings["verify"] = clock.elapsed - timings["solve"] - timings["build"]
    goals = tuple(
        Goal(name, value, 0.0, scored.scales[name], value / scored.scales[name] if scored.scales[name] else 0.0, "none")
        for name, value in scored.objectives.items()
    )
    short = worst_shortfalls(greedy.setting, made, scored)
    note = f"made by the rule '{strategy}': {STRATEGIES[strategy]}; nothing is proven about better plans"
    return Answer(made, Reason.FEASIBLE, limit, f"baseline {strategy}", "none", goals, timings, short, (note,))
