"""schedule: which works are built when and by whom, with what is on site. A verified answer, like that of a plan."""

from __future__ import annotations

from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.verify import verify
from data.works import crew_days, on_site, tardiness, unfinished, wanted
from optimizer.ending import ended
from optimizer.formulations.works import instance_of, plan_table
from optimizer.formulations.works.reading import VALUE
from optimizer.left_out import left_out
from optimizer.methods.schedule import Scheduled, run
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

METHOD, SOLVER = "works", "cp-sat"


def schedule(
    theatre: Theatre,
    scenario: Scenario,
    plan: Plan | None = None,
    *,
    limits: Limits | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Answer:
    """Return the plan with its works scheduled anew, verified, with the proven gap of every goal of works.

    Materials are what the nation holds for works, and what `plan` (by default an empty one) brings without a need.
    The reason is impossible where the mandatory works cannot all be built, and then the answer says which; RefusedError
    if the scenario wants no works.
    """
    limits, on_progress, plan = limits or Limits(), on_progress or silent, plan or Plan.empty()
    if not len(scenario.works):
        raise RefusedError(f"scenario '{scenario.name}' wants no works; give it tables works and work_modes")
    clock = Clock(limits, stop)
    on_progress(Progress("building"))
    instance = instance_of(theatre, scenario, on_site(theatre, scenario, plan))
    built = clock.elapsed
    found = run(instance, clock, on_progress)
    made = plan.replace(works=plan_table(scenario, instance, found.chosen, found.units))
    timings = {"build": built, "solve": clock.elapsed - built}
    if found.reason in (Reason.IMPOSSIBLE, Reason.NO_PLAN, Reason.FAILED):
        notes = left_out(theatre, scenario, instance, {}) if found.reason is Reason.IMPOSSIBLE else ()
        return Answer(plan, found.reason, found.limit, METHOD, SOLVER, (), timings, notes=notes)
    violations = verify(theatre, scenario, made, works=True)
    if violations:
        raise UnlawfulPlanError(f"{len(violations)} rule(s) broken by a schedule made here: {violations[0]}")
    goals = goals_of(scenario, made, found)
    timings["verify"] = clock.elapsed - built - timings["solve"]
    notes = (*left_out(theatre, scenario, instance, found.chosen),
             f"CP-SAT with {limits.threads} thread(s), seed {limits.seed}")  # fmt: skip
    answer = Answer(made, Reason.FEASIBLE, found.limit, METHOD, SOLVER, goals, timings, notes=notes)
    return ended(answer, limits.gap)


def goals_of(scenario: Scenario, plan: Plan, found: Scheduled) -> tuple[Goal, ...]:
    """Return the goals of works in order, counted from the plan; one that was not asked is bounded by 0."""
    table = plan.tables["works"]
    values = unfinished(scenario, table) | {"tardiness": tardiness(scenario, table), "crew_days": crew_days(table)}
    scales = wanted(scenario) | {name: max(1.0, values[name]) for name in ("tardiness", "crew_days")}
    out = []
    for name, value in values.items():
        unit = 1 if name == "crew_days" else VALUE
        bound = min(value, found.bounds.get(name, 0) / unit)
        proof = "claimed" if name in found.bounds else "none"
        out.append(Goal(name, value, bound, scales[name], (value - bound) / scales[name], proof,
                        found.values[name] / unit))  # fmt: skip
    return tuple(out)
