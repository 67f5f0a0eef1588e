"""fortify: works and the stock they need planned together, with one proven gap. A verified answer."""

from __future__ import annotations

from collections.abc import Sequence

from data.decisions import decisions
from data.plan import Plan
from data.score import Score, score
from data.theatre import Scenario, Theatre
from data.verify import verify
from data.works import on_site
from optimizer.ending import ended
from optimizer.formulations.fortify import Order
from optimizer.formulations.works import chosen_of, instance_of
from optimizer.left_out import left_out
from optimizer.methods.executor import Executor
from optimizer.methods.fortify import Turns, run
from optimizer.methods.incumbent import SLACK
from optimizer.methods.joint_bounds import prove
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
CLOSE = 1e-5  # of a goal's scale: what rounding to thousandths of a unit takes; a smaller difference is none


def fortify(
    theatre: Theatre,
    scenario: Scenario,
    *,
    order: str = "joint",
    among: Sequence[Plan] = (),
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
    executor: Executor | None = None,
) -> Answer:
    """Return a verified plan of transport and works together, with the proven gap of every goal.

    `order` is joint (tier by tier, works after the needs of their tier), or a naive one to compare with: works first,
    stock first. The joint plan is never worse than the lawful plans it is to be `among`; without any, and without a
    deadline, than those of the naive orders. RefusedError if the scenario wants no works; no_plan if mandatory works
    got no schedule in time.
    """
    limits, on_progress = limits or Limits(), on_progress or silent
    if not len(scenario.works):
        raise RefusedError(f"scenario '{scenario.name}' wants no works; plan it without them")
    clock = Clock(limits, stop)
    on_progress(Progress("building"))
    turns = Turns(theatre, scenario, master(), solver("highs"), clock, on_progress, Order(order), executor)
    plan, reason = run(turns)
    built = reason in (Reason.OPTIMAL, Reason.FEASIBLE)
    if not built and not among:
        notes = left_out(theatre, scenario, turns.build(plan).instance, {})
        return Answer(plan, Reason.NO_PLAN, clock.over(), METHOD, SOLVER, (), {"solve": clock.elapsed}, notes=notes)
    made = _best_of(theatre, scenario, [*([plan] if built else []), *(among or _naive(turns))])
    timings = {"build": 0.0, "solve": clock.elapsed}
    made = made.replace(decisions=decisions(theatre, scenario, made))
    violations = verify(theatre, scenario, made, works=True)
    if violations:
        shown = "; ".join(str(v) for v in violations[:5])
        raise UnlawfulPlanError(f"{len(violations)} rule(s) broken by a joint plan made here: {shown}")
    timings["verify"] = clock.elapsed - timings["solve"]
    goals = _goals(turns, made, score(theatre, scenario, made, works=True))
    timings["bounds"] = clock.elapsed - timings["verify"] - timings["solve"]
    instance = instance_of(theatre, scenario, on_site(theatre, scenario, made))
    notes = left_out(theatre, scenario, instance, chosen_of(instance, made.tables["works"]))
    answer = Answer(made, Reason.FEASIBLE, clock.over(), METHOD, SOLVER, goals, timings, notes=notes)
    return ended(answer, limits.gap)


def _naive(turns: Turns) -> list[Plan]:
    """Return the plans of the naive orders, which a joint one without a deadline is never worse than."""
    if turns.order is not Order.JOINT or turns.clock.limits.seconds is not None or turns.clock.over() is not None:
        return []
    out = []
    for order in (Order.WORKS_FIRST, Order.STOCK_FIRST):
        other = Turns(turns.theatre, turns.scenario, turns.master, turns.solver, turns.clock, silent, order)
        plan, reason = run(other)
        if reason in (Reason.OPTIMAL, Reason.FEASIBLE):
            out.append(plan)
    return out


def _best_of(theatre: Theatre, scenario: Scenario, plans: Sequence[Plan]) -> Plan:
    """Return the plan that is best by goal order; the first of equals."""
    best, best_score = plans[0], score(theatre, scenario, plans[0], works=True)
    for plan in plans[1:]:
        scored = score(theatre, scenario, plan, works=True)
        if better(scored, best_score):
            best, best_score = plan, scored
    return best


def better(one: Score, other: Score) -> bool:
    """Return whether one is better by goal order; what rounding takes from a goal makes no difference."""
    for goal, value in one.objectives.items():
        apart = (other.objectives[goal] - value) / max(one.scales[goal], 1e-9)
        if goal != "shipments" and abs(apart) > CLOSE:
            return apart > 0
    return False


def _goals(turns: Turns, plan: Plan, scored: Score) -> tuple[Goal, ...]:
    """Return the goals, each with the better of two bounds: of transport with relaxed works, and of crews alone."""
    values, scales, out = scored.objectives, scored.scales, []
    proven = prove(turns, plan, values, scales)
    for name, value in values.items():
        bound, proof = proven.get(name, 0.0), "claimed" if name in proven else "none"
        if name == "shipments":
            bound, proof = min(value, 1.0), "claimed"
        bound = min(bound, value) if bound - value <= 1e-6 * max(1.0, scales[name]) else bound
        gap = (value - bound) / scales[name] if scales[name] else 0.0
        out.append(Goal(name, value, bound, scales[name], gap, proof, value + SLACK * scales[name]))
    return tuple(out)
