"""What-ifs of a warm session against runs from nothing: seconds, ratios and agreement, by kind of edit.

Edits are drawn by the tonnage the base plan carries, so that they touch what matters: quantities (what a lot holds, a
need, a link, a node's handling), dates (approvals, required days), structure (a donor out, a hub closed). Both sides
solve the theatre with fractions of whole items, and both end in a verified and scored plan. A cold run of every edit
is dear, so a share of each kind is checked: `checked` says how many; ratios and disagreements are of these alone. The
checked quantities are asked of HiGHS with a kept basis too, each right after ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.peers.kept_basis import KeptBasisSession
from data.change import apply
from data.itinerary import Itinerary
from data.problems import CasemateError
from data.relax import relaxed
from data.score import score
from data.synthetic import generate
from data.theatre import Scenario, Theatre
from optimizer import Answer, Limits, Session, plan
from optimizer.outcome import Goal

KINDS = ("quantity", "dates", "structure")
SHARES = {"quantity": 0.5, "dates": 0.25, "structure": 0.25}
RIVAL_S = 60.0  # seconds that the rival may take for a what-if
RIVAL_BASE = 5.0  # times that for its base
TRIES = 20  # draws for one edit that fits the tables
NOISE = 1e-6  # of scales


@dataclass(frozen=True)
class Edit:
    """One question: its changes, and whether the base plan uses what they touch."""

    changes: tuple[str, ...]
    used: bool


class Draw:
    """Draws edits of a base by the tonnage that its plan carries over each row."""

    def __init__(self, theatre: Theatre, scenario: Scenario, base: Answer, rng: np.random.Generator) -> None:
        self.theatre, self.scenario, self.rng = theatre, scenario, rng
        it = Itinerary.of(theatre, scenario, base.plan)
        carried = it.tonnes[it.leg_of]
        own = it.lot < len(theatre.stocks)
        self.by_lot = np.bincount(it.lot[own], it.tonnes[own], len(theatre.stocks))
        self.by_donor = np.bincount(it.donor, it.tonnes, len(theatre.donors))
        self.by_need = np.bincount(it.need[it.need >= 0], it.tonnes[it.need >= 0], len(scenario.needs))
        self.by_link = np.bincount(it.link, carried, len(theatre.links))
        self.by_node = np.bincount(theatre.links.codes("head", theatre.nodes)[it.link], carried, len(theatre.nodes))

    def one(self, kind: str) -> Edit:
        """Return an edit of this kind that fits the tables."""
        for _ in range(TRIES):
            edit = self._drawn(kind)
            try:
                apply(self.theatre, self.scenario, edit.changes)
            except CasemateError:
                continue
            return edit
        raise RuntimeError(f"no edit of kind {kind} fits this theatre")

    def _drawn(self, kind: str) -> Edit:
        return {"quantity": self._quantity, "dates": self._date, "structure": self._structure}[kind]()

    def _pick(self, weight: np.ndarray, allowed: np.ndarray | None = None) -> tuple[int, bool]:
        chance = weight if allowed is None else np.where(allowed, weight, 0.0)
        chance = chance if chance.sum() else np.ones(len(weight))
        i = int(self.rng.choice(len(weight), p=chance / chance.sum()))
        return i, bool(weight[i] > 0)

    def _quantity(self) -> Edit:
        theatre, factor = self.theatre, float(self.rng.choice([0.5, 0.8, 1.25, 2.0]))
        table, column, weight = [
            ("stocks", "on_hand", self.by_lot), ("needs", "quantity", self.by_need),
            ("links", "capacity", self.by_link), ("nodes", "handling", self.by_node),
        ][self.rng.integers(4)]  # fmt: skip
        rows = self.scenario.needs if table == "needs" else theatre.tables[table]
        i, used = self._pick(weight, ~np.isnan(rows[column]))
        key = rows.contract.key[0]
        value = round(float(rows[column][i]) * factor, 3)
        return Edit((f"{table}[{key}={rows[key][i]}].{column} = {value}",), used)

    def _date(self) -> Edit:
        theatre, needs = self.theatre, self.scenario.needs
        later = int(self.rng.integers(1, 4))
        what = self.rng.integers(3)
        if what == 0:
            i, used = self._pick(self.by_lot)
            return Edit((f"stocks[lot={theatre.stocks['lot'][i]}].ready_day += {later}",), used)
        if what == 1:
            i, used = self._pick(self.by_donor)
            return Edit((f"donors[donor={theatre.donors['donor'][i]}].approval_days += {later}",), used)
        i, used = self._pick(self.by_need)
        return Edit((f"needs[need={needs['need'][i]}].rdd -= {later}",), used)

    def _structure(self) -> Edit:
        theatre = self.theatre
        if self.rng.integers(2):
            i, used = self._pick(self.by_node, np.isin(theatre.nodes["kind"], ("hub", "port", "railhead", "airfield")))
            row = f"disruption=CLOSED,table=nodes,key={theatre.nodes['node'][i]},column=handling,factor=0,goods=stay"
            return Edit((f"add disruptions{{{row}}}",), used)
        i, used = self._pick(self.by_donor)
        donor = theatre.donors["donor"][i]
        lots = set(theatre.stocks["lot"][theatre.stocks["donor"] == donor].tolist())
        terms = sorted(lots & set(theatre.terms["lot"].tolist()))
        return Edit((*(f"drop terms[lot={lot}]" for lot in terms), f"drop stocks[donor={donor}]"), used)


def disagreements(one: Answer, other: Answer) -> int:
    """Return in how many goals a plan lies below the proof of the other answer, while it keeps to what they allow."""
    return apart(one.goals, other.goals)


def apart(one: Sequence[Goal], other: Sequence[Goal]) -> int:
    """Return the disagreements of two lists of goals, as of `disagreements`."""
    found = 0
    for a, b in ((one, other), (other, one)):
        values = {goal.goal: goal.value for goal in a}
        for goal in b:
            if goal.goal == "shipments":
                break
            found += values[goal.goal] < goal.bound - NOISE * goal.scale
            if values[goal.goal] > goal.allows:  # beyond what later bounds allow: they say nothing of this plan
                break
    return found


def measure(
    size: str,
    congestion: str,
    edits: int,
    seed: int,
    cold: int,
    report: Callable[[str], None] = print,
    rival_s: float = RIVAL_S,
) -> dict[str, Any]:
    """Return the figures of `edits` what-ifs; of each kind the first `cold` are made from nothing too.

    Those of quantities are also asked of the rival, within `rival_s` seconds each.
    """
    told = compare(*relaxed(*generate(size, congestion, seed)), edits, seed, cold, report, rival_s)
    return {"instance": {"size": size, "congestion": congestion, "seed": seed}, **told}


def compare(
    theatre: Theatre,
    scenario: Scenario,
    edits: int,
    seed: int,
    cold: int,
    report: Callable[[str], None],
    rival_s: float = RIVAL_S,
) -> dict[str, Any]:
    """Return the figures of `edits` what-ifs of this theatre, as of `measure`."""
    session, limits = Session(theatre, scenario), Limits()
    began = time.perf_counter()
    base = session.base(limits)
    cold_s = time.perf_counter() - began
    report(f"base: {cold_s:.2f} s, gap {base.gap:.1e}")
    rival = KeptBasisSession(theatre, scenario, RIVAL_BASE * rival_s) if cold else None
    if rival:
        report(f"base of the rival: {rival.base.timings['solve']:.2f} s, {_ended(rival.base)}")
    draw = Draw(theatre, scenario, base, np.random.default_rng(seed))
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for kind in _turns(edits):
        edit, done = draw.one(kind), rows[kind]
        done.append(_asked(session, edit, limits, len(done) < cold, base))
        if rival and len(done) <= cold and kind == "quantity":
            done[-1] |= _asked_of(rival, *session.apply(edit.changes), rival_s)
        report(f"{kind} {len(done)}: {'; '.join(edit.changes)}: {done[-1]}")
    every = [row for kind in KINDS for row in rows[kind]]
    return {
        "edits": len(every),
        "cold_s": cold_s,
        **{kind: _figures(rows[kind]) for kind in KINDS},
        "rival_kept_basis": _rival_figures(rows["quantity"], rival, rival_s),
        "disagreements": sum(row["apart"] for row in every),
        "binding_share": float(np.mean([row["used"] for row in every])),
        "changed_share": float(np.mean([row["changed"] for row in every])),
        "checked": sum(row["cold_s"] is not None for row in every),
        "unproven": sum(row["unproven"] for row in every),
    }


def _turns(edits: int) -> list[str]:
    """Return the kinds of so many edits, mixed evenly: a run that is broken off has asked some of each."""
    count = {kind: max(1, round(edits * share)) for kind, share in SHARES.items()}
    return [kind for _, kind in sorted(((n + 1) / count[kind], kind) for kind in KINDS for n in range(count[kind]))]


def _asked_of(rival: KeptBasisSession, theatre: Theatre, scenario: Scenario, seconds: float) -> dict[str, Any]:
    took, answer = rival.ask(theatre, scenario, seconds)
    return {"rival_s": took, "rival_ended": _ended(answer)}


def _ended(answer: Answer) -> str:
    """Return how a run of the rival ended: answered, time, or gave up."""
    return str(answer.limit) if answer.limit else "gave up" if answer.notes else "answered"


def _rival_figures(rows: Sequence[Mapping[str, Any]], rival: KeptBasisSession | None, limit: float) -> dict[str, Any]:
    """Return the rival's seconds over ours on quantities; what is out of time counts as the limit."""
    told = [row for row in rows if row.get("rival_ended") in ("answered", "time")]
    ratios = [row["rival_s"] / row["s"] for row in told]
    return {
        "median_ratio": float(np.median(ratios)) if ratios else None,
        "n": len(ratios),
        "timeouts": sum(row["rival_ended"] == "time" for row in told),
        "lost": sum(row.get("rival_ended") == "gave up" for row in rows),
        "limit_s": limit,
        "base": _ended(rival.base) if rival else None,
    }


def _asked(session: Session, edit: Edit, limits: Limits, check: bool, base: Answer) -> dict[str, Any]:
    began = time.perf_counter()
    answer = session.ask(edit.changes, limits)
    took, cold_s, apart = time.perf_counter() - began, None, 0
    if check:
        began = time.perf_counter()
        theatre, scenario = session.apply(edit.changes)
        fresh = plan(theatre, scenario, limits=limits)
        score(theatre, scenario, fresh.plan).kpis  # noqa: B018 - both sides end in figures
        cold_s = time.perf_counter() - began
        apart = disagreements(answer, fresh)
    scales = {goal.goal: goal.scale for goal in base.goals if goal.goal != "shipments"}
    moved = any(abs(answer.deltas["objectives"].get(g, 0.0)) > limits.gap * s for g, s in scales.items())
    return {
        "s": took, "cold_s": cold_s, "apart": apart, "used": edit.used, "changed": moved, "started": answer.started,
        "unproven": answer.gap > limits.gap,
    }  # fmt: skip


def _figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    took = np.array([row["s"] for row in rows])
    ratios = np.array([row["s"] / row["cold_s"] for row in rows if row["cold_s"] is not None])
    return {
        "n": len(rows),
        "median_s": float(np.median(took)),
        "p95_s": float(np.percentile(took, 95)),
        "median_ratio": float(np.median(ratios)) if len(ratios) else None,
        "p95_ratio": float(np.percentile(ratios, 95)) if len(ratios) else None,
        "max_ratio": float(ratios.max()) if len(ratios) else None,
        "checked": len(ratios),
        "went_cold": sum(row["started"] == "cold after warm" for row in rows),
    }
