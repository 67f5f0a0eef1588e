"""A project of PSPLIB as a plain model of CP-SAT, as its documentation shows: the rival of the works program."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

WORDS = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "feasible", cp_model.INFEASIBLE: "infeasible"}


def solve(project: Any, deadline: float, threads: int) -> tuple[int | None, str]:
    """Return makespan and status of a parsed project (psplib.ProjectInstance)."""
    model = cp_model.CpModel()
    horizon = sum(max(mode.duration for mode in activity.modes) for activity in project.activities)
    uses: list[list[tuple[Any, Any, int]]] = [[] for _ in project.resources]
    starts, ends = [], []
    for activity in project.activities:
        start, end = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
        picks = [model.new_bool_var("") for _ in activity.modes]
        model.add_exactly_one(picks)
        for mode, pick in zip(activity.modes, picks, strict=True):
            interval = model.new_optional_interval_var(start, mode.duration, end, pick, "")
            for resource, demand in enumerate(mode.demands):
                if demand:
                    uses[resource].append((interval, pick, demand))
        starts.append(start)
        ends.append(end)
    for i, activity in enumerate(project.activities):
        for j in activity.successors:
            model.add(starts[j] >= ends[i])
    for resource, own in zip(project.resources, uses, strict=True):
        if resource.renewable:
            model.add_cumulative([i for i, _, _ in own], [d for _, _, d in own], resource.capacity)
        else:
            model.add(sum(pick * d for _, pick, d in own) <= resource.capacity)
    makespan = model.new_int_var(0, horizon, "")
    model.add_max_equality(makespan, ends)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = threads
    solver.parameters.max_time_in_seconds = deadline
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return int(solver.objective_value) if found else None, WORDS.get(status, "none")
