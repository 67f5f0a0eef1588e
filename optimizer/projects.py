"""Published projects (PSPLIB .sm and .mm) as works: mandatory, at one place, the shortest schedule asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optimizer.formulations.works import Group, Instance, Job, Pool, Store, Way
from optimizer.methods.makespan import makespan
from optimizer.outcome import Clock, Limits, OnProgress, Reason, RefusedError, Stop, silent

ENDINGS = (".sm", ".mm")
WORDS = {Reason.OPTIMAL: "optimal", Reason.FEASIBLE: "feasible", Reason.IMPOSSIBLE: "infeasible"}


def files_of(path: Path) -> list[Path]:
    """Return the project files of a folder, or the file itself; RefusedError if there is none."""
    found = sorted(p for p in path.rglob("*") if p.suffix in ENDINGS) if path.is_dir() else [path]
    if not found or not all(p.is_file() and p.suffix in ENDINGS for p in found):
        raise RefusedError(f"no project in '{path}'; give a file or a folder of files ending in .sm or .mm")
    return found


def read_project(path: Path) -> Any:
    """Return the parsed project (psplib.ProjectInstance); RefusedError if it does not read."""
    import psplib

    try:
        return psplib.parse(path, instance_format="psplib")
    except Exception as error:  # the library raises whatever its string handling meets
        raise RefusedError(f"'{path.name}' does not read as a project of PSPLIB ({error}); check the file") from error


def instance_of_project(project: Any) -> Instance:
    """Return a parsed project as an instance of works."""
    renewable = [r for r, resource in enumerate(project.resources) if resource.renewable]
    spent = [r for r, resource in enumerate(project.resources) if not resource.renewable]
    pools = tuple(Pool(f"R{r + 1}", (Group(f"R{r + 1}", project.resources[r].capacity),)) for r in renewable)
    stores = tuple(Store(("", f"N{r + 1}"), (project.resources[r].capacity,)) for r in spent)

    def way(number: int, mode: Any) -> Way:
        takes = tuple((p, mode.demands[r]) for p, r in enumerate(renewable) if mode.demands[r])
        draws = tuple((k, mode.demands[r]) for k, r in enumerate(spent) if mode.demands[r])
        return Way(str(number), mode.duration, takes, draws)

    jobs = tuple(
        Job(str(j), _fitting([way(n, mode) for n, mode in enumerate(activity.modes, 1)], pools))
        for j, activity in enumerate(project.activities)
    )
    order = tuple((i, j, 0) for i, activity in enumerate(project.activities) for j in activity.successors)
    horizon = sum(max(w.duration for w in job.ways) for job in jobs)
    return Instance(horizon, jobs, pools, stores, order)


def _fitting(ways: list[Way], pools: tuple[Pool, ...]) -> tuple[Way, ...]:
    """Return the ways without those that another one beats: as short, taking and drawing no more."""
    possible = [w for w in ways if all(n <= pools[p].size for p, n in w.takes)] or ways
    kept: list[Way] = []
    for way in sorted(possible, key=lambda w: (w.duration, sum(n for _, n in w.takes + w.draws))):
        if not any(_beats(other, way) for other in kept):
            kept.append(way)
    return tuple(sorted(kept, key=lambda w: w.name))


def _beats(one: Way, other: Way) -> bool:
    takes, draws = dict(other.takes), dict(other.draws)
    return (
        one.duration <= other.duration
        and all(n <= takes.get(p, 0) for p, n in one.takes)
        and all(n <= draws.get(k, 0) for k, n in one.draws)
    )


def solve_project(
    path: Path, limits: Limits, on_progress: OnProgress = silent, stop: Stop | None = None
) -> dict[str, Any]:
    """Return instance, makespan, bound, status (optimal, feasible, infeasible, none) and wall seconds of a project."""
    clock = Clock(limits, stop)
    found = makespan(instance_of_project(read_project(path)), clock, on_progress)
    return {
        "instance": path.stem,
        "makespan": found.values.get("makespan"),
        "bound": found.bounds.get("makespan"),
        "status": WORDS.get(found.reason, "none"),
        "wall_s": round(clock.elapsed, 3),
    }


def solve_projects(path: Path, limits: Limits, on_progress: OnProgress = silent) -> list[dict[str, Any]]:
    """Return a row a project of a file or folder, each within the limits (see `solve_project`)."""
    return [solve_project(file, limits, on_progress) for file in files_of(path)]
