"""Says which caveats of a theatre bind: those that, dropped alone, open a column at the final prices of a tier.

    python -m benchmarks.caveats europe --scenario renewed_attack [--only C01,C02] [--passes 5]

The tiers are solved once, relaxed. Then each caveat on stock is dropped alone and all columns are priced anew at the
final prices of each short goal. The caveat binds there if a need now has a column whose reduced cost is negative, and
below its least one before by WORTH of what a credit to it is worth: to use it a little betters the goal, as far as the
prices hold (a goal can have several sets of prices, and how far it would move is not said). Caveats on lift make
groups of lift, and with them other rows; they are left out.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from data import Scenario, Theatre, apply, load
from data.change import parse_change
from data.formats import load_scenario
from data.relax import relaxed
from optimizer.formulations.reinforce.pricing import Labels
from optimizer.formulations.reinforce.setting import prepare
from optimizer.methods.columns import Columns
from optimizer.methods.lexicographic import run
from optimizer.methods.questions import MasterProgram, Question
from optimizer.outcome import Clock, Limits, silent
from optimizer.planning import master

WORTH = 1e-3  # of what a credit to the need is worth in the goal


@dataclass(frozen=True)
class Final:
    """The last prices of a goal: its question, its master, and the price of each row of it."""

    question: Question
    master: MasterProgram
    prices: np.ndarray


class Recorded(Columns):
    """The column method, with the prices behind the best bound of every goal kept."""

    def price(self, question: Question, master: MasterProgram, y: np.ndarray) -> tuple[float, np.ndarray, Labels]:
        """Return what pricing returns, and keep the prices if they prove the most."""
        found = super().price(question, master, y)
        kept = self.__dict__.setdefault("best", {})
        if question.goal.name not in kept or found[0] > kept[question.goal.name][0]:
            kept[question.goal.name] = found[0], Final(question, master, y.copy())
        return found


def least(engine: Columns, final: Final) -> np.ndarray:
    """Return the least reduced cost of a credit to each need at these prices, 0 if none is negative."""
    _, reduced, _ = engine.price(final.question, final.master, final.prices)
    load, rows = engine.deliveries, len(final.master.active)
    paid = final.prices[rows : rows + final.master.need_rows]
    worth = reduced / load.credit + (paid[load.need] if len(paid) else 0.0)
    out = np.zeros(len(engine.setting.needs.size))
    np.minimum.at(out, load.need, np.where(np.isfinite(worth), worth, 0.0))
    return out


def solved(theatre: Theatre, scenario: Scenario, passes: int) -> tuple[Recorded, dict[str, Final]]:
    """Return the engine after these passes, and the final prices of each short goal."""
    engine = Recorded(prepare(theatre, scenario), master())
    run(engine, Clock(Limits(rounds=passes)), silent)
    found = {name: final for name, (_, final) in engine.__dict__["best"].items() if name.endswith("_short")}
    return engine, found


def opened(engine: Columns, other: Columns, final: Final) -> int:
    """Return how many needs have a new column of negative reduced cost at these prices."""
    before, now = least(engine, final), least(other, final)
    load, worth = engine.deliveries, np.zeros(len(now))
    credit = np.abs(engine.terms.on(final.question.goal, load)) * final.question.factor / load.credit
    np.maximum.at(worth, load.need, credit)
    new = (worth > 0) & (now < np.minimum(before, 0.0) - WORTH * worth)
    return int(new.sum())


def main() -> int:
    """Print a line a caveat, and how many bind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theatre")
    parser.add_argument("--scenario", default="renewed_attack")
    parser.add_argument("--only", default="", help="caveats, joined by commas")
    parser.add_argument("--passes", type=int, default=5)
    options = parser.parse_args()
    theatre = load(options.theatre)
    theatre, scenario = relaxed(theatre, load_scenario(options.theatre, theatre, options.scenario))
    engine, finals = solved(theatre, scenario, options.passes)
    only = options.only.split(",") if options.only else [c.caveat for c in theatre.caveats.rows()]
    asked = [c for c in theatre.caveats.rows() if c.subject == "stock" and c.caveat in only]
    print(f"{len(asked)} caveats on stock, prices of {', '.join(finals)}", flush=True)
    count = 0
    for caveat in asked:
        change = parse_change(f"drop caveats[caveat={caveat.caveat}]")
        other, says = Columns(prepare(*apply(theatre, scenario, [change])), master()), "does not bind"
        for name, final in finals.items():
            if needs := opened(engine, other, final):
                says, count = f"{name:12} {needs:3} needs", count + 1
                break
        print(f"{caveat.caveat:5} {caveat.donor or '':11} {caveat.item or '':18} {says}", flush=True)
    print(f"{count} bind")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
