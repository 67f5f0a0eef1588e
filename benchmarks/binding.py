"""Takes one limit or table of a theatre away at a time, and says which goal of tiers 1 to 3 that provably moves.

    python -m benchmarks.binding europe --scenario renewed_attack [--only stocks,lift] [--passes 1,3,5]

With the limit gone, the goals are asked again, relaxed, more passes each time. A goal moved when two proven intervals
[bound, value] lie apart while the intervals of all earlier goals touch: the change then buys or costs at least what
lies between them, whatever the gaps. It stops at the first movement of 0.1 % of the goal's scale. Prints one
line a check; exit 1 if one moved nothing.
"""

from __future__ import annotations

import argparse
import sys
import time

from data import Scenario, Theatre, apply, load
from data.change import AnyChange, parse_change
from data.formats import load_scenario
from data.problems import CasemateError
from optimizer import Limits, plan
from optimizer.outcome import Answer, Goal

MOVED = 1e-3  # of the goal's scale
TIERS = ("tier1", "tier2", "tier3")

# what is taken away → the changes that do it
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
}  # fmt: skip


def asked(theatre: Theatre, scenario: Scenario, passes: int) -> dict[str, Goal]:
    """Return the goals of tiers 1 to 3 that the first passes prove, relaxed."""
    answer: Answer = plan(theatre, scenario, relax=True, limits=Limits(rounds=passes))
    return {g.goal: g for g in answer.goals if g.goal.startswith(TIERS) and g.proof != "none"}


def movement(base: dict[str, Goal], other: dict[str, Goal]) -> tuple[str, float] | None:
    """Return the first goal whose intervals lie apart, and by how much of its scale; None: every one touches."""
    for name, before in base.items():
        if name not in other:
            continue
        now = other[name]
        apart = max(before.bound - now.value, now.bound - before.value) / before.scale if before.scale else 0.0
        if apart > 0:
            return name, apart if now.value < before.bound else -apart
    return None


def checked(
    theatre: Theatre, scenario: Scenario, changes: tuple[AnyChange, ...], bases: dict[int, dict[str, Goal]]
) -> tuple[str, float] | None:
    """Return the first movement of this size, asking one pass more at a time."""
    changed = apply(theatre, scenario, list(changes))
    least = None
    for passes in bases:
        found = movement(bases[passes], asked(*changed, passes))
        if found and abs(found[1]) >= MOVED:
            return found
        least = found or least
    return least


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theatre")
    parser.add_argument("--scenario", default="renewed_attack")
    parser.add_argument("--only", default="", help="names of checks, joined by commas")
    parser.add_argument("--passes", default="1,3,5", help="numbers of passes to ask, one after the other")
    options = parser.parse_args()
    theatre = load(options.theatre)
    scenario = load_scenario(options.theatre, theatre, options.scenario)
    bases = {int(n): asked(theatre, scenario, int(n)) for n in options.passes.split(",")}
    missed = 0
    for name in options.only.split(",") if options.only else CHECKS:
        began = time.process_time()
        try:
            found = checked(theatre, scenario, tuple(parse_change(c) for c in CHECKS[name]), bases)
            says = f"{found[0]:14} {found[1]:+.4%}" if found else "nothing moved"
            missed += not found or abs(found[1]) < MOVED
        except CasemateError as error:
            says, missed = f"not asked: {error}", missed + 1
        print(f"{name:16} {says}  ({time.process_time() - began:.0f} s CPU)", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
