"""The command `works`: which fortification works are built when and by whom, with the materials on site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from api.briefing.facts import NOTHING
from api.briefing.words import Calendar
from api.commands.console import print_json, progress_line, screen
from api.commands.planning import plan_exit_code
from api.commands.questions import Asked, Stopwatch, beside, interruptible, read_question
from api.commands.summary import REASONS
from api.plan_folder import check_out, read_plan_folder, write_plan_folder
from api.report import document
from data.goal_names import goal_name
from data.plan import Plan
from data.problems import DigestError
from data.score import score
from data.theatre import Scenario, Theatre
from optimizer import Answer, Limits, Stop, schedule
from optimizer.outcome import Reason


@dataclass(frozen=True)
class AskedWorks:
    """What the command was asked."""

    theatre: str
    scenario: str | None
    plan: Path | None
    gap: float
    deadline: float | None
    threads: int
    out: Path | None
    json: bool


def run_works(asked: AskedWorks) -> int:
    """Schedule, print and write the answer; return the exit code."""
    question = Asked(asked.theatre, asked.scenario, gap=asked.gap, deadline=asked.deadline, json=asked.json)
    question.check()
    out = None if asked.out is None else check_out(asked.out)
    watch = Stopwatch()
    theatre, scenario = read_question(asked.theatre, asked.scenario)
    given = _given(asked.plan, theatre, scenario)
    watch.mark("load")
    limits = Limits(seconds=asked.deadline, gap=asked.gap, threads=asked.threads)
    with interruptible() as stop, progress_line(asked.json) as report:
        answer = beside(lambda: _answer(theatre, scenario, given, limits, report, stop))
    told = _told(theatre, scenario, answer, watch)
    if out is not None and answer.reason in (Reason.OPTIMAL, Reason.FEASIBLE):
        from api.briefing import briefings

        pages = briefings(theatre, scenario, answer.plan, score(theatre, scenario, answer.plan), told)
        write_plan_folder(out, theatre, scenario, answer.plan, told, pages)
    if asked.json:
        print_json(told)
    else:
        print_works(screen(), theatre, scenario, answer)
    return plan_exit_code(question, told)


def _answer(theatre: Theatre, scenario: Scenario, plan: Plan, limits: Limits, report: Any, stop: Stop) -> Answer:
    return schedule(theatre, scenario, plan, limits=limits, on_progress=report, stop=stop)


def _given(folder: Path | None, theatre: Theatre, scenario: Scenario) -> Plan:
    """Return the plan whose transport brings materials; DigestError if it is one of another theatre."""
    if folder is None:
        return Plan.empty()
    kept = read_plan_folder(folder)
    if (kept.theatre.digest, kept.scenario.digest) != (theatre.digest, scenario.digest):
        raise DigestError(f"'{folder.name}' is a plan of another theatre or scenario; name the one it was made for")
    return kept.plan


def _told(theatre: Theatre, scenario: Scenario, answer: Answer, watch: Stopwatch) -> dict[str, Any]:
    scored = score(theatre, scenario, answer.plan, works=True)
    objectives = scored.objectives | {g.goal: g.value for g in answer.goals}
    timings = {**watch.spans, **answer.timings, "total": watch.total}
    told = document(theatre, scenario, answer, objectives, scored.kpis, (), timings)
    return told | {"works": [row._asdict() for row in answer.plan.tables["works"].rows()]}


def print_works(out: Console, theatre: Theatre, scenario: Scenario, answer: Answer) -> None:
    """Print the schedule: goals, works by sector and start, and what is left out."""
    calendar = Calendar(scenario.settings.start_date)
    out.print(Text(scenario.settings.marking, style="bold"), justify="center")
    reason = str(answer.reason)
    out.print(Text(f"{theatre.name}, {scenario.name}: {reason}, {REASONS[reason]}", style="bold"))
    if answer.goals:
        out.print(_goals(answer))
        out.print(_schedule(scenario, answer.plan, calendar))
    for note in answer.notes:
        out.print(Text(f"Note: {note}"))


def _goals(answer: Answer) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, name in enumerate(("Goal", "This schedule", "At best", "Gap", "Proof")):
        grid.add_column(name, justify="right" if i in (1, 2, 3) else "left")
    for g in answer.goals:
        nothing = g.proof == "none" and g.gap > 0
        bound, gap = (NOTHING, "–") if nothing else (f"{g.bound:g}", f"{g.gap:.2%}")
        grid.add_row(Text(goal_name(g.goal)[0]), f"{g.value:g}", bound, gap, g.proof)
    return grid


def _schedule(scenario: Scenario, plan: Plan, calendar: Calendar) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("Sector", "Work", "Mode", "From", "To", "Due", "By"):
        grid.add_column(name)
    rows: Mapping[str, Any] = {row.work: row for row in scenario.works.rows()}
    for row in sorted(plan.tables["works"].rows(), key=lambda r: (rows[r.work].sector, r.start, r.work)):
        wanted = rows[row.work]
        late = "" if row.end <= wanted.due else " (late)"
        grid.add_row(wanted.sector, row.work, row.mode, f"D+{row.start}", f"D+{row.end}",
                     f"{calendar.date(wanted.due)}{late}", ", ".join((*row.crews, *row.plant)))  # fmt: skip
    return grid
