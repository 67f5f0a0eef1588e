"""Measures generated theatres with the optimizer: congestion, rows that bind, whole items, pricing groups.

    python -m benchmarks.generator --size S --seeds 1-5 [--congestion loose,tight,choked]
    python -m benchmarks.generator --size M --seeds 1 --passes 5 --gap 1e-2

Congestion is what docs/generator.md says it is: Σ over tiers of short, over Σ of the goals' scales, when the goals are
minimised in order, with fractions of whole items allowed; a proven bound of it stands beside it. A row binds when its
price in the proof of one of the goals, times its limit, is worth at least 1e-5 of that goal's scale. With `--passes 5`
only the first five goals are asked, up to short of the third tier. Prints one line a theatre and a summary; exit 1 if
the congestion of one is not proven to be within 3 points.
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
from optimizer.formulations.reinforce.sources import BEGIN_KINDS
from optimizer.methods import lexicographic
from optimizer.methods.columns import Columns
from optimizer.outcome import Clock, Limits, silent
from optimizer.solvers import master

PRICED = 1e-5  # of a goal's scale: what a row that binds is worth at least
WITHIN = 0.03
USUAL = Limits(seconds=120.0)


@dataclass(frozen=True)
class Measured:
    """Shares short by tier and over all, the largest gap of a goal asked, and how many goals were asked.

    By kind of row the (places, days, rows) that bind.
    """

    short: float
    bound: float
    tiers: dict[str, float]
    gap: float
    asked: int
    binding: dict[str, tuple[int, int, int]]


def measure(theatre: Theatre, scenario: Scenario, limits: Limits = USUAL) -> Measured:
    """Return what the optimizer finds within the limits; RuntimeError if a tier's short was not asked."""
    engine, clock = Columns(prepare(*relaxed(theatre, scenario)), master()), Clock(limits)
    passes = lexicographic.run(engine, clock, silent)
    score, proven = passes.incumbent.score, passes.proven()
    short = [name for name in score.objectives if name.endswith("_short")]
    if missing := [name for name in short if name not in proven]:
        raise RuntimeError(f"{theatre.name}: {missing[0]} was not asked: {passes.limit} {passes.detail}")
    total = sum(score.scales[name] for name in short)
    limit, priced = engine.pool.rows.limit, np.zeros(len(engine.active), bool)
    for goal, dual in passes.duals().items():
        priced[dual.rows] |= dual.price * limit[dual.rows] >= PRICED * score.scales[goal]
    return Measured(
        sum(score.objectives[name] for name in short) / total, sum(proven[name] for name in short) / total,
        {name: score.objectives[name] / score.scales[name] for name in short},
        passes.gap(), len(proven), _binding(engine, priced),
    )  # fmt: skip


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
    parser.add_argument("--gap", type=float, default=USUAL.gap, help="of a goal's scale, that is good enough")
    parser.add_argument("--passes", type=int, help="ask only so many goals, in their order")
    parser.add_argument("--seconds", type=float, default=USUAL.seconds, help="for a theatre")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("-")
    limits = Limits(seconds=args.seconds, gap=args.gap, rounds=args.passes)
    off: dict[str, list[float]] = {name: [] for name in args.congestion.split(",")}
    print("size congestion seed | short bound | by tier | whole groups | goals gap | binding | CPU s: draw, plan")
    for seed in range(int(first), int(last or first) + 1):
        for congestion in off:
            off[congestion].append(_line(args.size, congestion, seed, limits))
    for congestion, values in off.items():
        deviation = np.abs(values)
        print(
            f"{args.size} {congestion}: mean {100 * (TARGETS[congestion] + np.mean(values)):.2f} %, "
            f"worst {100 * deviation.max():.2f} points off, {(deviation <= WITHIN).sum()} of {len(values)} within 3"
        )
    return int(any(abs(v) > WITHIN for values in off.values() for v in values))


def _line(size: str, congestion: str, seed: int, limits: Limits) -> float:
    """Print one theatre's line and return how far its congestion may be from the target, above it or below."""
    began = time.process_time()
    theatre, scenario = generate(size, congestion, seed)
    drawn = time.process_time()
    about, found = describe(theatre, scenario), measure(theatre, scenario, limits)
    tiers = " ".join(f"{100 * v:.1f}" for v in found.tiers.values())
    binding = " ".join(f"{kind} {'/'.join(map(str, n))}" for kind, n in found.binding.items())
    print(
        f"{size} {congestion} {seed} | {100 * found.short:.2f} {100 * found.bound:.2f} | {tiers} | "
        f"{about['whole_share']:.2f} {about['pricing_groups']} | {found.asked} {found.gap:.1e} | {binding} | "
        f"{drawn - began:.1f} {time.process_time() - drawn:.1f}",
        flush=True,
    )
    return max((found.short - TARGETS[congestion], found.bound - TARGETS[congestion]), key=abs)


if __name__ == "__main__":
    sys.exit(main())
