"""The commands `check` and `verify`: is the input right, is the plan lawful and worth what it says?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from api.commands.console import print_json, problem_row, screen
from api.errors import ANSWERED, BAD_USE, UNLAWFUL
from api.plan_folder import PlanFolder, read_plan_folder
from api.proofs import proofs
from api.report import violation_row
from data.formats import open_source
from data.formats.source import read_scenario, read_theatre
from data.problems import Problem, TableError
from data.score import Score, score
from data.verify import Violation, verify
from data.works import crew_days, tardiness

CLOSE = 1e-9  # relative: the scorer is the same code, only the order of sums may differ between machines


def run_verify(folder: Path, as_json: bool) -> int:
    """Say whether the plan in the folder is lawful and worth what plan.json says; return 0 or 1."""
    held = read_plan_folder(folder)
    changed = held.changed()
    works = of_works(held) or None
    violations = verify(held.theatre, held.scenario, held.plan, works=works) if changed in ([], ["plan"]) else []
    if changed:
        _say_each([] if as_json else violations)
        held.check_digests()
    scored, objectives = _counted_again(held)
    differing = differing_goals(held.document, objectives)
    shown = proofs(held.theatre, held.scenario, held.document, scored, held.certificate)
    lawful = not violations and not differing
    borne_out = lawful and not any(row["wrong"] for row in shown)
    if as_json:
        rows = [violation_row(v) for v in violations]
        told = {"lawful": lawful, "violations": rows, "differing": differing, "objectives": objectives, "proofs": shown}
        print_json(told)
        return ANSWERED if borne_out else UNLAWFUL
    _say_each(violations)
    out = screen()
    for row in differing:
        out.print(f"goal {row['goal']}: plan.json says {row['said']}, the tables say {row['found']}", markup=False)
    if lawful:
        out.print(f"lawful: every rule holds, {len(objectives)} goals as stated", markup=False)
    else:
        out.print(
            f"not lawful: {len(violations)} violation(s), {len(differing)} goal(s) not as stated",
            markup=False,
        )
    print_proofs(out, shown)
    return ANSWERED if borne_out else UNLAWFUL


def print_proofs(out: Console, shown: list[dict[str, Any]]) -> None:
    """Print how far each goal is proven, and how."""
    table = Grid("goal", "gap", "bound", "how", box=None)
    for row in shown:
        gap, bound = (f"{row[name]:.3g}" if isinstance(row[name], int | float) else "?" for name in ("gap", "bound"))
        table.add_row(row["goal"], gap, bound, row["proof"])
    out.print(table)
    for row in shown:
        if row["wrong"]:
            out.print(f"goal {row['goal']}: {row['wrong']}", markup=False)


def _say_each(violations: Sequence[Violation]) -> None:
    out = screen()
    for violation in violations:
        out.print(str(violation), markup=False)


def of_works(held: PlanFolder) -> bool:
    """Return whether the goals that plan.json states count works, whether it builds any or not."""
    return any(name.endswith("_works") for name in held.document["objectives"])


def _counted_again(held: PlanFolder) -> tuple[Score, dict[str, float]]:
    """Return the score, and the goals that plan.json states counted from the tables, works included."""
    stated = held.document["objectives"]
    counted = score(held.theatre, held.scenario, held.plan, works=of_works(held))
    built = held.plan.tables["works"]
    effort = {"tardiness": tardiness(held.scenario, built), "crew_days": crew_days(built)}
    return counted, counted.objectives | {name: value for name, value in effort.items() if name in stated}


def differing_goals(document: Mapping[str, Any], objectives: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the goals whose value in plan.json is not the re-computed one, with both values."""
    said: list[tuple[str, Any]] = [
        (str(g.get("goal")), g.get("value")) for g in document["goals"] if isinstance(g, dict)
    ]
    said += list(document["objectives"].items())
    missing = [(name, None) for name in objectives if name not in document["objectives"]]
    return [
        {"goal": goal, "said": value, "found": objectives.get(goal)}
        for goal, value in [*said, *missing]
        if not _same(value, objectives.get(goal))
    ]


def _same(said: Any, found: float | None) -> bool:
    if found is None or not isinstance(said, int | float):
        return False
    return math.isclose(said, found, rel_tol=CLOSE, abs_tol=CLOSE)


def run_check(name: str, as_json: bool) -> int:
    """List every problem and warning of the theatre and its scenarios; return 2 if there is a problem."""
    problems, warnings, count = findings(name)
    if as_json:
        told = {"problems": problems, "warnings": warnings}
        print_json({kind: [{**problem_row(p), "scenario": s} for s, p in rows] for kind, rows in told.items()})
        return BAD_USE if problems else ANSWERED
    out = screen()
    for word, rows in (("problem", problems), ("warning", warnings)):
        for scenario, problem in rows:
            place = f"scenario {scenario}, " if scenario else ""
            out.print(f"{word}: {place}{problem}", markup=False)
    verdict = f"{len(problems)} problem(s)" if problems else "no problems"
    out.print(f"{verdict}, {len(warnings)} warning(s) in the theatre and {count} scenario(s)", markup=False)
    return BAD_USE if problems else ANSWERED


Found = list[tuple[str, Problem]]


def findings(name: str) -> tuple[Found, Found, int]:
    """Return problems and warnings, each with its scenario ('' for the theatre's own), and the number of scenarios."""
    try:
        source = open_source(name)
    except TableError as error:
        return [("", p) for p in error.problems], [], 0
    theatre, found = read_theatre(source)
    problems: Found = [("", p) for p in found]
    warnings: Found = [("", p) for p in theatre.warnings]
    broken = {p.table for p in found}
    for scenario_name in source.scenarios():
        scenario, found = read_scenario(source, theatre, scenario_name, broken)
        problems += [(scenario_name, p) for p in found]
        warnings += [(scenario_name, p) for p in scenario.warnings] if scenario else []
    return problems, warnings, len(source.scenarios())
