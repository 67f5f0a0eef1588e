"""Turns of a joint plan on the days that all prices known like best, where a deadline presses and the gap is coarse.

Goals of needs after the first tier may be as far above what is proven of them as the gap asked for leaves room; within
that room no plan is better than another, and share decides; once share is near what is proven of it, substitution does.
Another process, if there is one, looks for further cuts meanwhile (optimizer/methods/beside.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optimizer.formulations.fortify import Ask
from optimizer.methods.after_tiers import pass_rest
from optimizer.methods.beside import task_of
from optimizer.methods.incumbent import LOSS, SLACK
from optimizer.methods.late import near
from optimizer.methods.ledger import LAST
from optimizer.methods.schedule import Scheduled, goal_values
from optimizer.methods.turn import LEFT_OUT, TURN, Transport, Turn, dates
from optimizer.outcome import Clock

if TYPE_CHECKING:
    from optimizer.methods.fortify import Turns

UNTIL = 0.77  # share of a deadline by which a turn is to end, if it takes as long as the last one
WHOLE = 0.17  # share of a deadline less, where whole units are searched at the end
LAYING = 0.02  # s a work, for a schedule that crews can keep near the days that prices like
ROOM = 0.85  # of the gap asked for: how far above what is proven goals may be
BESIDE = 0.15  # share of a deadline that a turn beside may take
FIRST, TURNS = 3, 9  # turns whose days are chosen for share, then for substitution with share near what is proven of it


def by_prices(turns: Turns, parts: Transport, ready: Mapping[str, int]) -> Turn | None:
    """Return the best turn on days that prices like, the first by prices of works in parts; None if there is none."""
    best: Turn | None = None
    laid: Scheduled | None = None
    last, ledger, whole, taken = parts, turns.ledger, turns.clock.limits.seconds or np.inf, 0.0
    until = UNTIL - (WHOLE if turns.theatre.items["whole"].any() else 0.0)
    rest(turns, parts, {}, "share", turns.within(TURN))
    for number in range(TURNS):
        begun = turns.clock.elapsed
        if turns.passed(until - taken / whole) or turns.clock.over() is not None:
            break
        ledger.take_all(last.engine, last.passes)
        ledger.add(turns.beside.take())
        sizes = {name: max(1.0, scale) for name, scale in last.passes.incumbent.score.scales.items()}
        limits = _allowed(turns, last, sizes)
        aims = LAST[:1] if number < FIRST else (LAST[1], LAST[0])
        aim = next((goal for goal in aims if ledger.cuts[goal]), ledger.asked.of_needs[-1])
        beside = partial(_ask_beside, turns, last, limits, sizes, LAST[1])
        beside()
        liked = ledger.schedule(aim, limits, sizes)
        if liked is None:
            break
        seconds = min(LAYING * len(turns.instance.jobs), 0.08 * turns.clock.left)
        laid = near(turns.instance, liked, ready, seconds, turns.clock.limits.seed, laid)
        beside()
        found = _turn(turns, laid, ready, last, limits, beside)
        if best is None or _better(found, best, limits):
            best = found
        last, taken = found.transport, turns.clock.elapsed - begun
    if best is not None:
        ledger.take_all(last.engine, last.passes)
        passes = best.transport.passes
        goals = limits | {goal: passes.carried[goal] for goal in LAST if goal in passes.carried}
        _ask_beside(turns, best.transport, goals, sizes, LAST[2])
    return best


def _ask_beside(
    turns: Turns, last: Transport, limits: Mapping[str, float], sizes: Mapping[str, float], until: str
) -> None:
    """Take what has come from the process beside, if there is one, and ask it for more if it waits."""
    beside, ledger = turns.beside, turns.ledger
    ledger.add(beside.take())
    if beside.free:
        aims = [goal for goal in LAST[:2] if ledger.cuts[goal]] or [ledger.asked.of_needs[-1]]
        aim = min(aims, key=beside.asked.count)
        seconds = turns.within(BESIDE).left
        beside.begin(task_of(turns, last.engine, last.asked, limits, sizes, aim, until, seconds))


def rest(turns: Turns, found: Transport, limits: Mapping[str, float], until: str, clock: Clock) -> None:
    """Pass the goals after the tiers until one of them, on transport that has passed the tiers."""
    if found.passes.finished:
        works, gap = found.asked.of_works, turns.clock.limits.gap
        pass_rest(found.engine, found.passes, works, gap, clock, turns.on_progress, until, limits)


def asks_of(turns: Turns, days: Mapping[str, int], ready: Mapping[str, int]) -> dict[str, Ask]:
    """Return what works ask on these days; those without one ask for what is left over, on last days."""
    asks = {work: Ask(day, turns.value[work]) for work, day in days.items()}
    for work, ask in turns.at_latest().items():
        if work not in asks and ready.get(work, 0) <= ask.by:
            asks[work] = Ask(ask.by, LEFT_OUT * ask.weight)
    return asks


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
    if turns.ledger.cuts["share"]:
        proven = turns.ledger.least("share", out, sizes)
        out["share"] = proven + ROOM * turns.clock.limits.gap * max(1.0, proven)
    return out


def _turn(
    turns: Turns, laid: Scheduled, ready: Mapping[str, int], before: Transport, limits: Mapping[str, float],
    beside: Callable[[], None],
) -> Turn:  # fmt: skip
    """Return transport for the works of a schedule; those not in it ask for what is left over, on last days."""
    found = turns.transport(asks_of(turns, dates(laid), ready), turns.within(TURN), before.engine, limits)
    beside()
    rest(turns, found, limits, LAST[1], turns.within(TURN))
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
    if "substitution" not in new.transport.passes.bounds:
        return False
    apart = max(limits["share"], one.objectives["share"]) - max(limits["share"], other.objectives["share"])
    if abs(apart) > 1e-6 * limits["share"]:
        return apart < 0
    return one.objectives["substitution"] < other.objectives["substitution"]
