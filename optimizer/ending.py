"""How an answer ends: by its gap. One that falls short of the gap asked for has a limit that ended it, or says why."""

from __future__ import annotations

from dataclasses import replace

from data.goal_names import in_sentence
from optimizer.outcome import Answer, Reason

SHORT = "not proven to the gap asked for, "  # how the note begins that names the goals


def ended(answer: Answer, asked: float) -> Answer:
    """Return the answer with its reason and limit by its gap, and a note if no limit explains what is left.

    `asked` is the gap asked for, in shares of scales.
    """
    notes = tuple(note for note in answer.notes if not note.startswith(SHORT))
    if answer.gap <= asked:
        return replace(answer, reason=Reason.OPTIMAL, limit=None, notes=notes)
    if answer.limit is None:
        wide = [goal for goal in answer.goals if goal.gap > asked and goal.goal != "shipments"]
        named = ", ".join(f"{in_sentence(goal.goal)} to {above(goal.gap, asked)}" for goal in wide)
        notes = (*notes, f"{SHORT}{asked:.6g} of the scale of a goal: {named}; "
                         "no limit ended the run, asking again with more time would bring the same")  # fmt: skip
    return replace(answer, reason=Reason.FEASIBLE, notes=notes)


def above(gap: float, asked: float) -> str:
    """Return a gap in two digits, or in as many as it takes to be read as more than what was asked."""
    texts = (f"{gap:.{digits}g}" for digits in range(2, 17))
    return next((text for text in texts if float(text) > asked), f"{gap!r}")
