"""What a planner reads on the terminal after a plan: what arrives, what is short, what is due."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from api.briefing import due, facts
from api.briefing.words import Calendar, stopped
from data.score import Score
from data.theatre import Scenario, Theatre
from optimizer.outcome import Answer

REASONS = {
    "optimal": "every goal is proven within the gap asked for",
    "feasible": "a lawful plan; how far from best it can be is the gap",
    "no_plan": "no plan was found in time",
    "impossible": "the program has no solution",
    "failed": "the solver failed",
}


def print_summary(
    out: Console,
    theatre: Theatre,
    scenario: Scenario,
    answer: Answer,
    score: Score,
    document: Mapping[str, Any],
    briefing: Path | None,
) -> None:
    """Print the answer in a screenful."""
    calendar = Calendar(scenario.settings.start_date)
    reason = str(answer.reason)
    out.print(Text(scenario.settings.marking, style="bold"), justify="center")
    out.print(Text(f"{theatre.name}, {scenario.name}", style="bold"))
    gap, nothing = facts.how_good(document)
    out.print(Text(f"{reason}: {REASONS[reason]} ({gap}{stopped(answer.limit)})"))
    if reason not in ("optimal", "feasible"):
        return
    found = facts.tiers(score)
    out.print(Text(facts.headline(found)))
    out.print(_goals(document))
    if nothing:
        out.print(Text(nothing))
    _print_shortfalls(out, facts.shortfalls(theatre, scenario, document, score, calendar))
    _print_decisions(out, due.decisions(theatre, scenario, answer.plan.decisions.frame(), calendar))
    if told := due.differences(document):
        _print_differences(out, told)
    for note in document["notes"]:
        out.print(Text(f"Note: {note}"))
    if briefing is not None:
        out.print(Text(f"\nBriefing: {_near(briefing)}"))


def _near(path: Path) -> str:
    here = Path.cwd().resolve()
    return f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path)


def grid(*columns: str, right: tuple[int, ...] = ()) -> Grid:
    """Return an empty table of the summary, its columns at `right` aligned to the right."""
    table = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i in right else "left")
    return table


def _goals(document: Mapping[str, Any]) -> Grid:
    table = grid("Goal", "This plan", "At best", "Gap", "Proof", right=(1, 2, 3))
    for row in facts.goals(document):
        table.add_row(*(Text(row[name]) for name in ("name", "value", "bound", "gap", "proof")))
    return table


def _print_shortfalls(out: Console, rows: list[dict[str, Any]]) -> None:
    if not rows:
        out.print(Text("Every need is met in full by its date."))
        return
    out.print(Text("The worst shortfalls, and what stands at its limit", style="bold"))
    for row in rows:
        why = f": {'; '.join(row['reasons'])}" if row["reasons"] else ""
        place = f"{row['item']} at {row['sector']} by {row['date']} (tier {row['tier']})"
        out.print(Text(f"  {row['short']} of {row['asked']} {place}{why}"))


def _print_decisions(out: Console, told: Mapping[str, Any]) -> None:
    if not told["first"]:
        out.print(Text("\nThis plan needs no approval."))
        return
    out.print(Text(f"\nDue first, of {told['count']} approvals by {told['donors']} donors", style="bold"))
    for row in told["first"]:
        out.print(Text(f"  by {row['date']} (D+{row['day']})  {row['donor']}: {row['what']}"))


def _print_differences(out: Console, told: Mapping[str, Any]) -> None:
    out.print(Text("\nWhat the changes do", style="bold"))
    for change in told["changes"]:
        out.print(Text(f"  {change}"))
    table = grid("Goal or figure", "Without", "With", "Difference", right=(1, 2, 3))
    for row in told["rows"]:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)
