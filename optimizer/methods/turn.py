"""One turn of a joint plan: transport for works on some days, and the works that what comes for them allows."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.formulations.fortify import SEPARATOR, Question
from optimizer.methods import lexicographic
from optimizer.methods.parcels import ColumnsOfParcels
from optimizer.methods.schedule import Scheduled

TURNS = 3  # at most
TURN = 0.3  # share of a deadline, for one of them
LEFT_OUT = 1e-3  # weight of works left out, beside those of the schedule


@dataclass
class Transport:
    """What was asked of transport, and how far it was passed."""

    asked: Question
    engine: ColumnsOfParcels
    passes: lexicographic.Passes

    def kept(self) -> set[str]:
        """Return the works that asked for something and were not given up."""
        given_up = set(self.engine.parcels) - self.engine.kept()
        return {name.partition(SEPARATOR)[0] for name in self.asked.names} - given_up


@dataclass
class Turn:
    """One turn: transport, the works scheduled on what comes, and the schedule whose days it came for."""

    transport: Transport
    scheduled: Scheduled
    laid: Scheduled | None = None


def dates(found: Scheduled) -> dict[str, int]:
    """Return the first day of each work of a schedule."""
    return {found.instance.jobs[j].name: choice.start for j, choice in found.chosen.items()}


def finished(found: Scheduled) -> bool:
    """Return whether every work is in time."""
    return not any(value for goal, value in found.values.items() if goal.endswith("_works"))


def better(new: Turn, old: Turn) -> bool:
    """Return whether a turn is better goal by goal, tier by tier."""

    def goals(turn: Turn) -> list[tuple[str, float, float]]:
        scored = turn.transport.passes.incumbent.score
        values, scales = scored.objectives, scored.scales
        out = []
        for name, there in turn.transport.asked.goals.items():
            if name.endswith("_works"):
                out.append((name, float(turn.scheduled.values[name]), 1.0))
            else:
                out.append((name, values[there], scales[there]))
        return out

    for (_, one, scale), (_, other, _) in zip(goals(new), goals(old), strict=True):
        if abs(one - other) > lexicographic.LOSS * 0.1 * max(scale, 1e-9):
            return one < other
    return False
