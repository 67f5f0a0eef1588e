"""From tables to a verified plan, by ours or by a solver on the whole program; each call has a process of its own.

The rivals solve what we solve: the same theatre with fractions of whole items, the same commodities (equal signatures
merged first), the same goals one after the other with the same carried values; in the pass of a tier the columns of
later tiers are closed for them too. Their flows become paths, are rounded down, verified and scored like ours.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.child import Mark
from benchmarks.protocol import instance, library, solver_of
from data.score import score
from data.verify import verify
from optimizer import Answer, Limits, plan
from optimizer.formulations.reinforce import build
from optimizer.methods.whole import Whole
from optimizer.outcome import Clock, Limit, Progress
from optimizer.planning import answered


def draw(arguments: Mapping[str, Any], mark: Mark) -> dict[str, int]:
    """Write an instance to a file, and return the size of its whole program."""
    theatre, scenario = instance(arguments["instance"])
    Path(arguments["file"]).write_bytes(pickle.dumps((theatre, scenario)))
    return build(theatre, scenario).size


def ours(arguments: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Plan by the column method."""
    theatre, scenario = _read(arguments)
    passes = set[str]()
    mark("begin")
    answer = plan(
        theatre, scenario, limits=Limits(seconds=arguments["seconds"]), on_progress=lambda p: _count(passes, p)
    )
    mark("end")
    return _told(theatre, scenario, answer, passes)


def rival(arguments: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Plan by one solver on the whole program."""
    theatre, scenario = _read(arguments)
    solver = solver_of(arguments["path"])  # its library is read here, as ours was above
    passes = set[str]()
    mark("begin")
    clock = Clock(Limits(seconds=arguments["seconds"]))
    engine = Whole(build(theatre, scenario), solver)
    answer = answered(engine, library(arguments["path"]), clock, lambda p: _count(passes, p))
    mark("end")
    return _told(theatre, scenario, answer, passes)


def _read(arguments: Mapping[str, Any]) -> Any:
    return pickle.loads(Path(arguments["file"]).read_bytes())


def _count(passes: set[str], progress: Progress) -> None:
    if progress.phase == "solving" and progress.goal:
        passes.add(progress.goal)


def _told(theatre: Any, scenario: Any, answer: Answer, passes: set[str]) -> dict[str, Any]:
    """Return what there is to say of an answer; its plan is verified and scored once more, outside of its time."""
    return {
        "status": _status(answer),
        "gap": answer.gap,
        "objectives": dict(score(theatre, scenario, answer.plan).objectives),
        "goals": [asdict(goal) for goal in answer.goals],
        "verified": not verify(theatre, scenario, answer.plan),
        "passes": len(passes),
        "notes": list(answer.notes),
    }


def _status(answer: Answer) -> str:
    """Return optimal (within the gap asked), feasible (all goals passed, but not so near), timeout or gave up."""
    if answer.limit is Limit.TIME:
        return "timeout"
    return "gave up" if answer.notes else str(answer.reason)
