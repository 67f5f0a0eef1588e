"""The command `baseline`: the plan a staff would make by hand, written, verified and scored like any other."""

from __future__ import annotations

from api.commands.console import progress_line
from api.commands.planning import Asked, answered_with, hand_over, out_folder
from api.commands.questions import Stopwatch, interruptible, read_question
from api.errors import ANSWERED
from optimizer import baseline, relaxed


def run_baseline(asked: Asked, strategy: str) -> int:
    """Plan by the strategy, print and write the answer; return 0, as a lawful plan is what was asked for."""
    out = out_folder(asked, f"baseline-{strategy}")
    watch = Stopwatch()
    theatre, scenario = read_question(asked.theatre, asked.scenario)
    if asked.relax:
        theatre, scenario = relaxed(theatre, scenario)
    watch.mark("load")
    with interruptible() as stop, progress_line(asked.json) as report:
        answer = baseline(theatre, scenario, strategy, on_progress=report, stop=stop)
    hand_over(asked, answered_with(theatre, scenario, answer, watch), out)
    return ANSWERED
