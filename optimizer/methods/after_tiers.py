"""The goals after the tiers of a joint plan: share, substitution, cost, each under what is carried of those before.

Where the gap asked for is coarse, each takes a little of those before it: with no room left at all masters have no
inside, and the simplex method takes ten times as long for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from optimizer.methods import lexicographic
from optimizer.methods.incumbent import Incumbent
from optimizer.methods.parcels import ColumnsOfParcels
from optimizer.outcome import Clock, OnProgress

COARSE = 1e-2  # gap of goals, where a deadline presses
INSIDE = 2e-3  # of the gap asked for, if that is coarse: what goals after the tiers may take from needs
AFTER, LEAST = 0.2, 0.05  # of the same: what they may take from share, from substitution
CLOSER = 0.25  # of the same: how well share and substitution are solved


def pass_rest(
    engine: ColumnsOfParcels, passes: lexicographic.Passes, works: Collection[str], gap: float, clock: Clock,
    on_progress: OnProgress, until: str | None = None, limits: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Pass the goals after the tiers that are not passed, the last `until`, or to a limit; `gap` is what was asked for.

    The goals of `works` give no room: they come whole or not at all. Others may be as large as `limits` for what comes
    after them, where those are given.
    """
    engine.inside = gap >= COARSE
    # NB: the scale of share is that of a plan that took no notice of it, often twice what it is afterwards
    closer = Clock(replace(clock.limits, seconds=clock.left, gap=CLOSER * clock.limits.gap), clock.stop)
    for goal in [goal for goal in passes.incumbent.score.objectives if not goal.startswith("tier")]:
        if goal in passes.bounds:
            continue
        before = passes.incumbent
        lexicographic.go_on(engine, passes, [goal], closer if engine.inside and goal != "cost" else clock, on_progress)
        if not keep_whole(engine, passes, before) and passes.finished:
            lexicographic.settle(engine, passes, clock)  # of fewer paths rounding takes less
            keep_whole(engine, passes, before)
        if not passes.finished:
            return
        scored = passes.incumbent.score
        for name in passes.carried if engine.inside and goal in passes.carried else ():
            if name == goal:
                reached = min(passes.carried[name], scored.objectives[name])
                part = (AFTER if goal == "share" else LEAST) * gap
                most = max(reached + part * max(1.0, reached), (limits or {}).get(name, 0.0))
                passes.carried[name] = max(passes.carried[name], most)
            elif goal == "share" and name not in works:
                passes.carried[name] += INSIDE * gap * scored.scales[name]
        if goal == until:
            return
    before = passes.incumbent
    lexicographic.settle(engine, passes, clock)
    keep_whole(engine, passes, before)


def keep_whole(engine: ColumnsOfParcels, passes: lexicographic.Passes, before: Incumbent) -> bool:
    """Go back to the plan before, if the new one has a parcel in parts that was whole: by so little a work is lost.

    Return whether the new one is kept.
    """
    kept = engine.kept()
    if set(engine.broken(passes.incumbent.paths, kept)) - set(engine.broken(before.paths, kept)):
        passes.incumbent = replace(before, met=passes.incumbent.met)
        return False
    return True
