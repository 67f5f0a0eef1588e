"""fortify: works and the stock they need planned together, with one proven gap. A verified answer."""

from __future__ import annotations

from collections.abc import Mapping

from data.decisions import decisions
from data.plan import Plan
from data.score import Score, score
from data.theatre import Scenario, Theatre
from data.verify import verify
from data.works import due_days, end_days
from optimizer.formulations.fortify import Order
from optimizer.formulations.works import plan_table
from optimizer.formulations.works.reading import VALUE
from optimizer.left_out import left_out
from optimizer.methods import fortify as turns
from optimizer.methods.fortify import Joint
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
from optimizer.solvers import master, solver

METHOD, SOLVER = "fortify", "highs + cp-sat"
SLACK = 1e-7


def fortify(
    theatre: Theatre,
    scenario: Scenario,
    *,
    order: str = "joint",
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Answer:
    """Return a verified plan of transport and works together, with the proven gap of every goal.

    `order` is joint (tier by tier, works after the needs of their tier), or a naive one to compare with: works first,
    stock first. RefusedError if the scenario wants no works; no_plan if mandatory works got no schedule in time.
    """
    limits, on_progress = limits or Limits(), on_progress or silent
    if not len(scenario.works):
        raise RefusedError(f"scenario '{scenario.name}' wants no works; plan it without them")
    clock = Clock(limits, stop)
    on_progress(Progress("building"))
    joint = turns.run(theatre, scenario, master(), solver("highs"), clock, on_progress, Order(order))
    timings = {"build": 0.0, "solve": clock.elapsed}
    found = joint.scheduled
    if found.reason in (Reason.IMPOSSIBLE, Reason.FAILED, Reason.NO_PLAN):
        notes = left_out(scenario, found.instance, {})
        return Answer(joint.plan, Reason.NO_PLAN, found.limit, METHOD, SOLVER, (), timings, notes=notes)
    made = joint.plan.replace(works=plan_table(scenario, found.instance, found.chosen, found.units))
    made = made.replace(decisions=decisions(theatre, scenario, made))
    violations = verify(theatre, scenario, made)
    if violations:
        shown = "; ".join(str(v) for v in violations[:5])
        raise UnlawfulPlanError(f"{len(violations)} rule(s) broken by a joint plan made here: {shown}")
    scored = score(theatre, scenario, made, works=True)
    goals = _goals(scenario, joint, made, scored, clock, on_progress)
    timings["verify"] = clock.elapsed - timings["solve"]
    worst = max((g.gap for g in goals if g.goal != "shipments"), default=0.0)
    reason = Reason.OPTIMAL if worst <= limits.gap else Reason.FEASIBLE
    limit = clock.over() if reason is Reason.FEASIBLE else None
    return Answer(made, reason, limit, METHOD, SOLVER, goals, timings,
                  notes=left_out(scenario, found.instance, found.chosen))  # fmt: skip


def _goals(
    scenario: Scenario, joint: Joint, plan: Plan, scored: Score, clock: Clock, on_progress: OnProgress
) -> tuple[Goal, ...]:
    """Return the goals with the better of two bounds: of transport with relaxed works, and of crews alone."""
    values, scales = scored.objectives, scored.scales
    hopeless, open_works = _unfinished(scenario, joint, plan)
    limits = {}  # what this plan needs of each goal of the relaxed question
    for name, there in joint.asked.goals.items():
        limits[there] = open_works[name] if name.endswith("_works") else values[name]
    limits |= {name: values[name] for name in ("share", "substitution", "cost")}
    allowed = _allowed(joint, limits)
    turns.tighten(joint, allowed, clock.limits.gap, clock, on_progress)
    proven = _proven(joint, allowed)
    out = []
    for name, value in values.items():
        there = joint.asked.goals.get(name, name)
        bound, proof = proven.get(there, 0.0), "claimed" if there in proven else "none"
        if name.endswith("_works"):
            bound = max(bound + hopeless[name], joint.crews.get(name, 0) / VALUE)
        if name == "shipments":
            bound, proof = min(value, 1.0), "claimed"
        bound = min(bound, value) if bound - value <= 1e-6 * max(1.0, scales[name]) else bound
        gap = (value - bound) / scales[name] if scales[name] else 0.0
        out.append(Goal(name, value, bound, scales[name], gap, proof, value + SLACK * scales[name]))
    return tuple(out)


def _allowed(joint: Joint, limits: Mapping[str, float]) -> dict[str, float]:
    """Return what this plan needs of each goal that the relaxed question passed, and the slack of a carried goal."""
    scales = joint.relaxed.incumbent.score.scales
    return {name: limits.get(name, carried) + SLACK * max(1.0, scales.get(name, 1.0))
            for name, carried in joint.relaxed.carried.items()}  # fmt: skip


def _proven(joint: Joint, allowed: Mapping[str, float]) -> dict[str, float]:
    """Return the relaxed question's bounds under what this plan needs of the goals before each."""
    out = {}
    for goal, bounds in joint.relaxed.bounds.items():
        best = max(bound.at(allowed) for bound in bounds)
        out[goal] = max(0.0, best - 1e-12 * abs(best))
    return out


def _unfinished(scenario: Scenario, joint: Joint, plan: Plan) -> tuple[dict[str, float], dict[str, float]]:
    """Return by tier the value of works no plan finishes in time, and of works unfinished that asked for materials."""
    asked, possible = turns.material_works(joint.asked), {
        joint.scheduled.instance.jobs[j].name for j in turns.last_starts(joint.scheduled.instance)
    }  # fmt: skip
    late = end_days(scenario, plan.tables["works"]) > due_days(scenario)
    hopeless: dict[str, float] = {}
    still: dict[str, float] = {}
    for row, is_late in zip(scenario.works.rows(), late, strict=True):
        name = f"tier{row.tier}_works"
        hopeless[name] = hopeless.get(name, 0.0) + row.value * (row.work not in possible)
        still[name] = still.get(name, 0.0) + row.value * bool(is_late and row.work in asked)
    return hopeless, still


