"""Turns of a joint plan on the days that all prices known like best, where a deadline presses and the gap is coarse.

Goals of needs after the first tier may be as far above what is proven of them as the gap asked for leaves room; within
that room no plan is better than another, and share decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from optimizer.formulations.fortify import Ask
from optimizer.methods.after_tiers import pass_rest
from optimizer.methods.incumbent import LOSS, SLACK
from optimizer.methods.late import near
from optimizer.methods.schedule import Scheduled, goal_values
from optimizer.methods.turn import LEFT_OUT, TURN, TURNS, Transport, Turn, dates

if TYPE_CHECKING:
    from optimizer.methods.fortify import Turns

UNTIL = 0.42  # share of a deadline after which no more turn begins
LAYING = 0.05  # s a work, for a schedule that crews can keep near the days that prices like
ROOM = 0.85  # of the gap asked for: how far above what is proven goals of needs may be
AIM = "share"  # the goal after the tiers that days are chosen for


def by_prices(turns: Turns, parts: Transport, ready: Mapping[str, int]) -> Turn | None:
    """Return the best turn on days that prices like, the first by prices of works in parts; None if there is none."""
    best: Turn | None = None
    laid: Scheduled | None = None
    last, ledger = parts, turns.ledger
    _rest(turns, parts, {})
    for _ in range(TURNS):
        if turns.passed(UNTIL) or turns.clock.over() is not None:
            break
        ledger.take_all(last.engine, last.passes)
        sizes = {name: max(1.0, scale) for name, scale in last.passes.incumbent.score.scales.items()}
        limits = _allowed(turns, last, sizes)
        liked = ledger.schedule(AIM if ledger.cuts[AIM] else ledger.asked.of_needs[-1], limits, sizes)
        if liked is None:
            break
        seconds = min(LAYING * len(turns.instance.jobs), 0.08 * turns.clock.left)
        laid = near(turns.instance, liked, ready, seconds, turns.clock.limits.seed, laid)
        found = _turn(turns, laid, ready, last, limits)
        if best is None or _better(found, best, limits):
            best = found
        last = found.transport
    return best


def _rest(turns: Turns, found: Transport, limits: Mapping[str, float]) -> None:
    """Pass the goals after the tiers that days decide, on transport that has passed the tiers."""
    if found.passes.finished:
        works, gap = found.asked.of_works, turns.clock.limits.gap
        pass_rest(found.engine, found.passes, works, gap, turns.within(TURN), turns.on_progress, AIM, limits)


def _allowed(turns: Turns, last: Transport, sizes: Mapping[str, float]) -> dict[str, float]:
    """Return how large goals of tiers may be: what is proven of them, and for needs after the first tier some room."""
    out: dict[str, float] = {}
    for name, goal in last.asked.goals.items():
        tier, _, kind = name.partition("_")
        proven = max(0.0, turns.ledger.least(goal, out, sizes))
        room = SLACK if kind == "works" or tier == "tier1" else ROOM * turns.clock.limits.gap
        out[goal] = proven + room * sizes[goal]
        if tier == "tier1" and kind != "works":
            out[goal] = max(out[goal], last.passes.limits().get(goal, 0.0))
    return out


def _turn(
    turns: Turns, laid: Scheduled, ready: Mapping[str, int], before: Transport, limits: Mapping[str, float]
) -> Turn:
    """Return transport for the works of a schedule; those not in it ask for what is left over, on last days."""
    asks = {work: Ask(day, turns.value[work]) for work, day in dates(laid).items()}
    for work, ask in turns.at_latest().items():
        if work not in asks and ready.get(work, 0) <= ask.by:
            asks[work] = Ask(ask.by, LEFT_OUT * ask.weight)
    found = turns.transport(asks, turns.within(TURN), before.engine, limits)
    _rest(turns, found, limits)
    kept, instance = found.kept() | turns.unasking(found.asked), laid.instance
    chosen = {j: choice for j, choice in laid.chosen.items() if instance.jobs[j].name in kept}
    units = {j: laid.units[j] for j in chosen}
    return Turn(found, Scheduled(instance, chosen, units, goal_values(instance, chosen)), laid)


def _better(new: Turn, old: Turn, limits: Mapping[str, float]) -> bool:
    """Return whether a turn is better in works, and in needs as far as they are above their limits; then in share."""
    one, other = (turn.transport.passes.incumbent.score for turn in (new, old))
    for name, goal in new.transport.asked.goals.items():
        if name.endswith("_works"):
            apart = float(new.scheduled.values[name] - old.scheduled.values[name])
        else:
            least = limits[goal] + LOSS * one.scales[goal]
            apart = max(least, one.objectives[goal]) - max(least, other.objectives[goal])
        if apart:
            return apart < 0
    return one.objectives[AIM] < other.objectives[AIM]
