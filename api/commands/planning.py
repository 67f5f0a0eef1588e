"""The commands `demo`, `plan` and `whatif`: solve, score, write the plan folder, say what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from api.commands.console import print_json, screen
from api.commands.questions import Asked, Stopwatch, ask, interruptible, read_question, solve
from api.commands.summary import print_summary
from api.errors import ANSWERED, NO_PLAN, UNLAWFUL
from api.plan_folder import PAGE, check_out, write_plan_folder
from api.report import document, with_changes
from data.change import parse_change
from data.decisions import decisions
from data.score import Score, score
from data.theatre import Scenario, Theatre
from optimizer import relaxed
from optimizer.outcome import Answer, Reason, Stop
from optimizer.session import Session

__all__ = ["Asked", "run_plan", "run_whatif"]


@dataclass(frozen=True)
class Answered:
    """A question with its answer, its score and its document."""

    theatre: Theatre
    scenario: Scenario
    answer: Answer
    score: Score
    document: dict[str, Any]


def run_plan(asked: Asked) -> int:
    """Plan, print and write the answer; return the exit code."""
    asked.check()
    out = out_folder(asked)
    watch = Stopwatch()
    theatre, scenario = _as_solved(asked, *read_question(asked.theatre, asked.scenario))
    watch.mark("load")
    with interruptible() as stop:
        answered = _answer(asked, theatre, scenario, watch, asked.deadline, stop)
    hand_over(asked, answered, out)
    return plan_exit_code(asked, answered.document)


def run_whatif(asked: Asked, texts: Sequence[str]) -> int:
    """Plan with and without the changes, print and write the difference; return the exit code."""
    asked.check()
    changes = [parse_change(text) for text in texts]
    out = out_folder(asked)
    watch = Stopwatch()
    session = Session(
        *read_question(asked.theatre, asked.scenario), method=asked.method, solver=asked.solver, relax=asked.relax
    )
    new_theatre, new_scenario = session.apply(changes)
    watch.mark("load")
    with interruptible() as stop:
        half = None if asked.deadline is None else asked.deadline / 2
        base = answered_with(session.theatre, session.scenario, ask(asked, session, None, half, stop), watch)
        left = None if asked.deadline is None else max(1.0, asked.deadline - watch.total)
        answer = ask(asked, session, changes, left, stop)
        changed = answered_with(new_theatre, new_scenario, answer, watch)
    told = with_changes(changed.document, base.document, [str(c) for c in changes]) | {
        "started": answer.started,
        "binding": [asdict(row) for row in answer.binding],
        "shipments_changed": [asdict(row) for row in answer.shipments_changed],
    }
    hand_over(asked, replace(changed, document=told), out)
    return plan_exit_code(asked, told)


def out_folder(asked: Asked, kind: str = "plan") -> Path | None:
    """Return the folder to write to: --out, else ./KIND-THEATRE; none with --json alone."""
    out = asked.out
    if out is None and not asked.json:
        given = Path(asked.theatre)
        out = Path(f"{kind}-{given.stem if given.is_file() else given.resolve().name}")
    return None if out is None else check_out(out)


def _as_solved(asked: Asked, theatre: Theatre, scenario: Scenario) -> tuple[Theatre, Scenario]:
    """Return theatre and scenario as they are solved and kept: with --relax no item is whole."""
    return relaxed(theatre, scenario) if asked.relax else (theatre, scenario)


def _answer(
    asked: Asked, theatre: Theatre, scenario: Scenario, watch: Stopwatch, seconds: float | None, stop: Stop
) -> Answered:
    answer = solve(asked, theatre, scenario, seconds, stop)
    return answered_with(theatre, scenario, answer, watch)


def answered_with(theatre: Theatre, scenario: Scenario, answer: Answer, watch: Stopwatch) -> Answered:
    """Return an answer with its decisions, its score and its document."""
    if not len(answer.plan.decisions):
        due = decisions(theatre, scenario, answer.plan)
        answer = replace(answer, plan=answer.plan.replace(decisions=due))
    works = any(goal.goal.endswith("_works") for goal in answer.goals)
    scored = score(theatre, scenario, answer.plan, works=works or None)
    timings = {**watch.spans, **answer.timings, "total": watch.total}
    # NB: the optimizer hands out no plan that data.verify refuses, so there is no violation to list here
    told = document(theatre, scenario, answer, scored.objectives, scored.kpis, (), timings)
    return Answered(theatre, scenario, answer, scored, told)


def hand_over(asked: Asked, answered: Answered, out: Path | None) -> None:
    """Write the plan folder, if there is a plan and a place for it, and print the answer."""
    briefing = None
    if out is not None and answered.answer.reason in (Reason.OPTIMAL, Reason.FEASIBLE):
        from api.briefing import briefings

        theatre, scenario, plan = answered.theatre, answered.scenario, answered.answer.plan
        pages = briefings(theatre, scenario, plan, answered.score, answered.document)
        write_plan_folder(out, theatre, scenario, plan, answered.document, pages, answered.answer.certificate)
        briefing = out / PAGE
    if asked.json:
        print_json(answered.document)
    else:
        print_summary(screen(), answered.theatre, answered.scenario, answered.answer, answered.score,
                      answered.document, briefing)  # fmt: skip


def plan_exit_code(asked: Asked, told: Mapping[str, Any]) -> int:
    """Return 0 for a plan within the gap or cut short as asked, 3 for no plan in time, else 1."""
    if "base" in told and (code := plan_exit_code(asked, {**told["base"], "violations": ()})):
        return code
    reason = told["reason"]
    if reason == Reason.NO_PLAN:
        return NO_PLAN
    if reason == Reason.OPTIMAL and not told["violations"]:
        return ANSWERED
    cut_short = asked.deadline is not None or told["limit"] == "interrupted"
    if reason == Reason.FEASIBLE and not told["violations"] and (cut_short or told["gap"] <= asked.gap):
        return ANSWERED
    return UNLAWFUL
