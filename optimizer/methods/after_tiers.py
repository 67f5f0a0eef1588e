"""The goals after the tiers of a joint plan: share, substitution, cost, each under what is carried of those before.

Where the gap asked for is coarse, each takes a little of those before it: with no room left at all masters have no
inside, and the simplex method takes ten times as long for them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from optimizer.methods import lexicographic
from optimizer.methods.incumbent import Incumbent
from optimizer.methods.parcels import ColumnsOfParcels
from optimizer.outcome import Clock, OnProgress

COARSE = 1e-2  # gap of goals, where a deadline presses
INSIDE = 2e-3  # of the gap asked for, if that is coarse: what goals after the tiers may take from needs
AFTER = 0.2  # of the same: what they may take from each other


def pass_rest(
    engine: ColumnsOfParcels, passes: lexicographic.Passes, works: Collection[str], gap: float, clock: Clock,
    on_progress: OnProgress,
) -> None:  # fmt: skip
    """Pass the goals after the tiers until a limit; `gap` is what was asked for.

    The goals of `works` give no room: they come whole or not at all.
    """
    engine.inside = gap >= COARSE
    for goal in [goal for goal in passes.incumbent.score.objectives if not goal.startswith("tier")]:
        before = passes.incumbent
        lexicographic.go_on(engine, passes, [goal], clock, on_progress)
        keep_whole(engine, passes, before)
        if not passes.finished:
            return
        scored = passes.incumbent.score
        for name in passes.carried if engine.inside and goal in passes.carried else ():
            if name == goal:
                room = AFTER * gap * scored.scales[name]
                passes.carried[name] = max(passes.carried[name], scored.objectives[name] + room)
            elif goal == "share" and name not in works:
                passes.carried[name] += INSIDE * gap * scored.scales[name]
    before = passes.incumbent
    lexicographic.settle(engine, passes, clock)
    keep_whole(engine, passes, before)


def keep_whole(engine: ColumnsOfParcels, passes: lexicographic.Passes, before: Incumbent) -> None:
    """Go back to the plan before, if the new one has a parcel in parts that was whole: by so little a work is lost."""
    kept = engine.kept()
    if set(engine.broken(passes.incumbent.paths, kept)) - set(engine.broken(before.paths, kept)):
        passes.incumbent = replace(before, met=passes.incumbent.met)
