"""How an answer ends: by its gap. One that falls short of the gap asked for has a limit that ended it, or says why."""

from __future__ import annotations

from dataclasses import replace

from optimizer.outcome import Answer, Reason

SHORT = "not proven to the gap asked for: "  # how the note begins that names the goals


def ended(answer: Answer, asked: float) -> Answer:
    """Return the answer with its reason and limit by its gap, and a note if no limit explains what is left.

    `asked` is the gap asked for, in shares of scales.
    """
    notes = tuple(note for note in answer.notes if not note.startswith(SHORT))
    if answer.gap <= asked:
        return replace(answer, reason=Reason.OPTIMAL, limit=None, notes=notes)
    if answer.limit is None:
        wide = [goal for goal in answer.goals if goal.gap > asked and goal.goal != "shipments"]
        named = ", ".join(f"{goal.goal} to {goal.gap:.1g} of its scale" for goal in wide)
        notes = (*notes, f"{SHORT}{named}; no limit ended the run, asking again with more time would bring the same")
    return replace(answer, reason=Reason.FEASIBLE, notes=notes)
