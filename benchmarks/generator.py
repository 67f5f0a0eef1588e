"""Measures generated theatres with the optimizer: congestion, rows that bind, whole items, pricing groups.

    python -m benchmarks.generator --size S --seeds 1-5 [--congestion loose,tight,choked]

Congestion is what docs/generator.md says it is: Σ over tiers of short, over Σ of the goals' scales, when short and
delay of every tier are minimised in order, with fractions of whole items allowed. A row binds when its price is not
zero in one of these questions. Prints one line a theatre and a summary; exit 1 if one is off by more than 3 points.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass

import numpy as np

from data.relax import relaxed
from data.synthetic import SIZES, TARGETS, describe, generate
from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce import prepare
from optimizer.formulations.reinforce.network import KINDS
from optimizer.formulations.reinforce.pricing import Labels
from optimizer.formulations.reinforce.sources import BEGIN_KINDS
from optimizer.methods.columns import Columns
from optimizer.methods.questions import MasterProgram, Question
from optimizer.outcome import Clock, Limits, silent
from optimizer.solvers import master

GAP = 1e-3  # of a goal's scale
SLACK = 1e-7  # of a goal's scale: what later goals may use of earlier ones
PRICED = 1e-6  # in the questions' scaled costs: ten times the solver's own tolerance
WITHIN = 0.03


class Priced(Columns):
    """The column method, remembering the prices of the binding rows in the last round."""

    prices: np.ndarray

    def price(self, question: Question, master: MasterProgram, y: np.ndarray) -> tuple[float, np.ndarray, Labels]:
        self.prices = np.zeros(len(self.active))
        self.prices[master.active] = y[: len(master.active)]
        return super().price(question, master, y)


@dataclass(frozen=True)
class Measured:
    """Shares short by tier and over all; by kind of row (places, days, rows) with a price."""

    short: float
    bound: float
    tiers: dict[str, float]
    binding: dict[str, tuple[int, int, int]]


def measure(theatre: Theatre, scenario: Scenario, gap: float = GAP) -> Measured:
    """Return what the optimizer finds; RuntimeError if it does not prove a goal within the gap."""
    engine = Priced(prepare(*relaxed(theatre, scenario)), master())
    setting, clock = engine.setting, Clock(Limits())
    tiers = sorted({int(t) for t in setting.needs.tier})
    found_at, scales, bounds, carried = {}, {}, {}, {}
    priced = np.zeros(len(engine.active), bool)
    for goal in [f"tier{t}_{what}" for t in tiers for what in ("short", "delay")][:-1]:
        scale = _scale(engine, goal)
        found = engine.minimise(goal, carried, gap * scale, clock, silent)
        if found.reason != "optimal" or found.value is None:
            raise RuntimeError(f"{theatre.name}: {goal} ended {found.reason} {found.detail}")
        carried[goal] = found.value + SLACK * scale
        if goal.endswith("short"):
            found_at[goal], scales[goal] = found.value, scale
            bounds[goal] = max(0.0, *(b.at(carried) for b in found.bounds))
        priced |= engine.prices > PRICED
    total = sum(scales.values())
    return Measured(
        sum(found_at.values()) / total, sum(bounds.values()) / total,
        {g: found_at[g] / scales[g] for g in found_at}, _binding(engine, priced),
    )  # fmt: skip


def _scale(engine: Columns, goal: str) -> float:
    """Return the goal's value if nothing moves."""
    return float(engine.terms.goal(goal).const)


def _binding(engine: Columns, priced: np.ndarray) -> dict[str, tuple[int, int, int]]:
    """Return places, days and rows that bind, by kind.

    The places of stock are lots, their days those of release; a total's and a fund's day is the first of its orders.
    """
    setting, rows = engine.setting, engine.pool.rows
    begin, source = setting.begin, setting.slice_source
    first = np.array([source[begin.use.indices[a]] if b > a else -1
                      for a, b in zip(begin.use.indptr[:-1], begin.use.indptr[1:], strict=True)])  # fmt: skip
    out = {}
    for kind in BEGIN_KINDS:
        own = np.flatnonzero(priced[: rows.stock] & (begin.kind == kind))
        if kind == "stock":
            days = {setting.slices[setting.stock_rows[i].slices[0]].first for i in own}
        elif kind == "produce":
            days = set(begin.day[own].tolist())
        else:
            days = set(setting.sources.order[first[own]].tolist())
        out[kind] = (len(set(begin.key[own].tolist())), len(days), len(own))
    own = rows.capacity[priced[rows.stock :]]
    for number, kind in enumerate(KINDS):
        here = own[setting.network.kind[own] == number]
        out[kind] = (len(set(setting.network.key[here])), len(set(setting.network.day[here].tolist())), len(here))
    return out


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="S", choices=list(SIZES))
    parser.add_argument("--seeds", default="1-5", help="one seed or the first and last, as 1-5")
    parser.add_argument("--congestion", default=",".join(TARGETS))
    args = parser.parse_args()
    first, _, last = args.seeds.partition("-")
    off: dict[str, list[float]] = {name: [] for name in args.congestion.split(",")}
    print("size congestion seed | short bound | by tier | whole groups | places/days/rows priced | CPU s: draw, plan")
    for seed in range(int(first), int(last or first) + 1):
        for congestion in off:
            off[congestion].append(_line(args.size, congestion, seed))
    for congestion, values in off.items():
        deviation = np.abs(values)
        print(
            f"{args.size} {congestion}: mean {100 * (TARGETS[congestion] + np.mean(values)):.2f} %, "
            f"worst {100 * deviation.max():.2f} points off, {(deviation <= WITHIN).sum()} of {len(values)} within 3"
        )
    return int(any(abs(v) > WITHIN for values in off.values() for v in values))


def _line(size: str, congestion: str, seed: int) -> float:
    """Print one theatre's line and return how far its congestion is from the target."""
    began = time.process_time()
    theatre, scenario = generate(size, congestion, seed)
    drawn = time.process_time()
    about, found = describe(theatre, scenario), measure(theatre, scenario)
    tiers = " ".join(f"{100 * v:.1f}" for v in found.tiers.values())
    binding = " ".join(f"{kind} {'/'.join(map(str, n))}" for kind, n in found.binding.items())
    print(
        f"{size} {congestion} {seed} | {100 * found.short:.2f} {100 * found.bound:.2f} | {tiers} | "
        f"{about['whole_share']:.2f} {about['pricing_groups']} | {binding} | "
        f"{drawn - began:.1f} {time.process_time() - drawn:.1f}",
        flush=True,
    )
    return found.short - TARGETS[congestion]


if __name__ == "__main__":
    sys.exit(main())
