"""plan: from a theatre and a scenario to a verified answer. The one function of the optimizer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from data.certify import certificate_table
from data.decisions import decisions
from data.relax import relaxed
from data.score import score
from data.theatre import Scenario, Theatre
from data.verify import verify
from optimizer.certifying import certified
from optimizer.ending import ended
from optimizer.formulations.reinforce import build, prepare
from optimizer.methods import lexicographic, whole_units
from optimizer.methods.columns import Columns
from optimizer.methods.engine import Engine, Start
from optimizer.methods.incumbent import ever_safer
from optimizer.methods.whole import Whole
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
from optimizer.solvers import SOLVERS, master
from optimizer.solvers import solver as solver_named

METHODS = ("auto", "columns", "whole")


def plan(
    theatre: Theatre,
    scenario: Scenario,
    *,
    method: str = "auto",
    solver: str = "highs",
    relax: bool = False,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Answer:
    """Return a verified plan with the proven gap of every goal.

    `method` is columns (paths enter a master program), whole (the whole arc-flow program, by `solver`) or
    auto: columns, unless another solver than the default is asked for. With `relax` quantities of whole items may be
    fractions: the plan is then one of `relaxed(theatre, scenario)`. A deadline or a stop returns the best
    lawful plan so far. RefusedError for an unknown method or solver, and for whole items with a solver that has
    none (glop, pdlp) unless relaxed; UnlawfulPlanError if the plan made is not lawful, which is an error of ours.
    """
    limits, on_progress = limits or Limits(), on_progress or silent
    solver_named(solver)  # refused before anything is built
    clock = Clock(limits, stop)
    if relax:
        theatre, scenario = relaxed(theatre, scenario)
    on_progress(Progress("building"))
    answer = answered(engine_for(theatre, scenario, method, solver), solver, clock, on_progress)
    on_progress(Progress("checking the proof", seconds=clock.elapsed))
    return certified(theatre, scenario, answer, limits)


def answered(engine: Engine, solver: str, clock: Clock, on_progress: OnProgress) -> Answer:
    """Return the verified answer of an engine, its bounds claimed; its seconds count from the clock's beginning."""
    return answered_from(None, engine, solver, clock, on_progress)[0]


def answered_from(
    start: Start | None,
    engine: Engine,
    solver: str,
    clock: Clock,
    on_progress: OnProgress,
) -> tuple[Answer, Start]:
    """Return an answer that may begin where another ended, and where the next may begin, in this engine's setting."""
    timings = {"build": clock.elapsed}
    whole = bool(engine.setting.theatre.items["whole"].any())
    passes = lexicographic.run(engine, whole_units.passes_clock(clock) if whole else clock, on_progress, start)
    if passes.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
        raise UnlawfulPlanError(
            f"the solver ended '{passes.reason}' on a program that has a solution: {passes.detail}"
        )
    if whole:
        whole_units.polish(engine.setting, passes, solver_named(solver), clock, on_progress)
        whole_units.tighten(engine, passes, clock, on_progress)
    timings["solve"] = clock.elapsed - timings["build"]
    answer, kept = _answer(engine, passes, clock.limits, solver, timings), passes.incumbent
    divided = kept.paths if passes.divided is None else passes.divided
    return answer, Start(divided, kept.met, passes.duals(), kept.paths if whole else None)


def _refuse_whole_items(theatre: Theatre, solver: str) -> None:
    if not SOLVERS[solver].whole and theatre.items["whole"].any():
        able = ", ".join(name for name, can in SOLVERS.items() if can.whole)
        raise RefusedError(
            f"solver {solver} knows no whole items, and theatre '{theatre.name}' has some; "
            f"allow fractions with --relax, or use one of: {able}"
        )


def engine_for(theatre: Theatre, scenario: Scenario, method: str, solver: str) -> Engine:
    """Return the engine of a method (see `plan`) for a theatre under a scenario."""
    if method not in METHODS:
        raise RefusedError(f"no method '{method}'; use one of: {', '.join(METHODS)}")
    _refuse_whole_items(theatre, solver)
    if method == "whole" or (method == "auto" and solver != "highs"):
        return Whole(build(theatre, scenario), solver_named(solver))
    if solver != "highs":
        raise RefusedError(
            f"method columns has a master of its own; --solver {solver} goes with --method whole"
        )
    return Columns(prepare(theatre, scenario), master())


def _answer(
    engine: Engine,
    passes: lexicographic.Passes,
    limits: Limits,
    solver: str,
    timings: dict[str, float],
) -> Answer:
    began = time.monotonic()
    theatre, scenario = engine.setting.theatre, engine.setting.scenario
    for tried in ever_safer(engine.setting, passes.incumbent):
        passes.incumbent = tried
        made = tried.plan.replace(decisions=decisions(theatre, scenario, tried.plan))
        violations = verify(theatre, scenario, made)
        if not violations:
            break
    if violations:
        shown = "; ".join(str(v) for v in violations[:5])
        raise UnlawfulPlanError(f"{len(violations)} rule(s) broken by a plan made here: {shown}")
    scored = score(theatre, scenario, made)
    goals = goal_list(scored.objectives, scored.scales, passes)
    timings["verify"] = time.monotonic() - began
    worst_short = worst_shortfalls(engine.setting, made, scored)
    gave_up = (f"the solver gave up and later goals were not asked: {passes.detail}",) if passes.detail else ()
    certificate = certificate_table({goal: engine.prices(dual) for goal, dual in passes.duals().items()})
    notes = (*gave_up, *passes.notes)
    answer = Answer(
        made, Reason.FEASIBLE, passes.limit, engine.name, solver, goals, timings, worst_short, notes, certificate
    )
    return ended(answer, limits.gap)


def goal_list(
    objectives: Mapping[str, float], scales: Mapping[str, float], passes: lexicographic.Passes
) -> tuple[Goal, ...]:
    """Return the goals in order; a goal that was not passed is bounded by 0 and says proof none."""
    proven, limits, out = passes.proven(), passes.limits(), []
    for name, value in objectives.items():
        bound = proven.get(name, 0.0)
        if name == "shipments":
            bound = min(value, 1.0)  # something moves; no more is proven of a count
        # a bound above the value by float noise is the value
        bound = min(bound, value) if bound - value <= 1e-9 * max(1.0, abs(value)) else bound
        gap = (value - bound) / scales[name] if scales[name] else 0.0
        proof = "claimed" if name in proven or name == "shipments" else "none"
        out.append(Goal(name, value, bound, scales[name], gap, proof, limits.get(name, float("inf"))))
    return tuple(out)
