"""Takes one limit or table of a theatre away at a time, and says which goal of tiers 1 to 3 that provably moves.

    python -m benchmarks.binding europe --scenario renewed_attack [--only stocks,lift] [--passes 5]

With the limit gone, the goals are asked again, relaxed, pass after pass. A goal moved when its two proven
intervals [bound, value] lie apart: what lies between them is the movement, whatever the gaps. A check stops at the
first goal that moved by 0.1 % of its scale. Prints one line a check; exit 1 if one moved nothing.
"""

from __future__ import annotations

import argparse
import sys
import time

from data import Scenario, Theatre, apply, load
from data.change import parse_change
from data.formats import load_scenario
from data.problems import CasemateError
from optimizer import Limits, plan
from optimizer.outcome import Goal, Progress, Stop

MOVED = 1e-3  # of the goal's scale
Movement = tuple[str, float]  # a goal and how far it moved, in parts of its scale: + gains, - costs
TIERS = ("tier1", "tier2", "tier3")

# what is taken away → the changes that do it: a row kind by a limit that nothing reaches, a table by all its rows
CHECKS: dict[str, tuple[str, ...]] = {
    "stock": ("stocks[].on_hand *= 1000",),
    "lift": ("lift[].capacity *= 1000",),
    "link": ("links[].capacity = empty",),
    "link_volume": ("links[].capacity_volume = empty",),
    "handling": ("nodes[].handling = empty",),
    "storage": ("nodes[].storage = empty",),
    "storage_volume": ("nodes[].storage_volume = empty",),
    "explosive": ("explosive_limits[].limit *= 1000",),
    "produce": ("production[].rate *= 1000",),
    "total": ("production[].total = empty",),
    "fund": ("funds[purpose=procurement].amount *= 1000",),
    "transport": ("funds[purpose=transport].amount *= 1000",),
    "caveats": ("drop caveats[]",),
    "terms": ("drop terms[]",),
    "approvals": (
        "donors[].approval_days = 0",
        "stocks[].approval_days = empty",
        "lift[].approval_days = 0",
        "production[].approval_days = 0",
    ),
    "substitutes": ("drop substitutes[]",),
    "holdings": ("drop holdings[]",),
    "storage_rules": ("drop storage_rules[]",),
    "production": ("drop production[]",),
    "disruptions": ("drop disruptions[]",),
    "triggers": ("drop triggers[]",),
    "funds": ("drop funds[]",),
    "lift table": ("drop lift[]",),
    "explosive_limits": ("drop explosive_limits[]", "nodes[].divisions = empty"),
    "floor": ("stocks[].floor = 0", "terms[].floor = 0"),
    "expiry": ("stocks[].expiry_day = empty",),
    "mlc": ("links[].mlc = empty",),
    "hazardous": ("links[].hazardous = yes",),
    "clearance": ("links[].clearance = 0",),
    "dwell": ("nodes[].dwell = 0",),
    "gauge": ("links[mode=rail].gauge = 1435",),
}  # fmt: skip


def asked(theatre: Theatre, scenario: Scenario, passes: int, base: dict[str, Goal] | None = None) -> dict[str, Goal]:
    """Return the goals of tiers 1 to 3 that the first passes prove, relaxed; with a base, only until one moved."""
    stop = Stop()

    def look(said: Progress) -> None:
        before = (base or {}).get(said.goal)
        if before is None or said.phase != "solving" or said.value is None or said.bound is None:
            return
        if abs(apart(before, said.value, said.bound)) >= MOVED:
            stop.set()

    answer = plan(theatre, scenario, relax=True, limits=Limits(rounds=passes), stop=stop, on_progress=look)
    return {g.goal: g for g in answer.goals if g.goal.startswith(TIERS) and g.proof != "none"}


def apart(before: Goal, value: float, bound: float) -> float:
    """Return how far [bound, value] lies from the interval before, of the scale: + gains, - costs, 0 if they touch."""
    lower, higher = max(0.0, before.bound - value), max(0.0, bound - before.value)
    return (lower - higher) / before.scale if before.scale else 0.0


def movement(base: dict[str, Goal], other: dict[str, Goal]) -> Movement | None:
    """Return the first goal that moved by MOVED of its scale, else the goal that moved most; None if all touch."""
    moved = [(name, apart(before, other[name].value, other[name].bound))
             for name, before in base.items() if name in other]  # fmt: skip
    enough = [found for found in moved if abs(found[1]) >= MOVED]
    most = max(moved, key=lambda found: abs(found[1]), default=None)
    return enough[0] if enough else most if most and most[1] else None


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theatre")
    parser.add_argument("--scenario", default="renewed_attack")
    parser.add_argument("--only", default="", help="names of checks, joined by commas")
    parser.add_argument("--passes", type=int, default=5, help="how many passes to ask")
    options = parser.parse_args()
    theatre = load(options.theatre)
    scenario = load_scenario(options.theatre, theatre, options.scenario)
    base = asked(theatre, scenario, options.passes)
    print(*(f"{g.goal} {g.value / g.scale:.2%}" for g in base.values() if g.scale), sep=", ", flush=True)
    missed = 0
    for name in options.only.split(",") if options.only else CHECKS:
        began = time.process_time()
        try:
            changed = apply(theatre, scenario, [parse_change(c) for c in CHECKS[name]])
            found = movement(base, asked(*changed, options.passes, base))
            says = f"{found[0]:14} {found[1]:+.4%}" if found else "nothing moved"
            missed += not found or abs(found[1]) < MOVED
        except CasemateError as error:
            says, missed = f"not asked: {error}", missed + 1
        print(f"{name:16} {says}  ({time.process_time() - began:.0f} s CPU)", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
