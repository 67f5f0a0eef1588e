"""Joint planning of works and stock against the two naive orders, on drawn theatres whose lift binds.

python -m benchmarks.fortify [--seeds 20] [--keep FILE]    prints three rows a seed, and who is better by goal order

With `--keep` each seed's rows are kept in the file, one JSON document a line; seeds that are there are not run again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from data.theatre import Scenario, Theatre
from optimizer.formulations.fortify import Order
from optimizer.fortifying import CLOSE, fortify
from optimizer.outcome import Answer, Limits

HORIZON, SECTORS, WORKS = 18, 6, 42
MATERIALS = {"timber": 0.6, "cement": 1.5, "wire": 0.9}
SUPPLIES = {"rations": 1.0, "rounds": 1.2}
LIFT = 0.3  # of what all needs and works together would take

Row = dict[str, Any]


def drawn(seed: int) -> tuple[Theatre, Scenario]:
    """Return a theatre of three depots and six sectors, 42 works in three tiers, and lift for a third of it all."""
    rng = Random(f"fortify {seed}")
    sectors = [f"S{k}" for k in range(1, SECTORS + 1)]
    works, modes, materials, order = [], [], [], []
    for number in range(WORKS):
        name, sector = f"W{number:02}", sectors[number % SECTORS]
        works.append({"work": name, "sector": sector, "kind": "trench", "value": float(rng.randint(2, 10)),
                      "tier": rng.randint(1, 3), "earliest": rng.randint(0, 4),
                      "due": rng.randint(10, 16)})  # fmt: skip
        days = rng.randint(1, 4)
        trade = rng.choice(("earth", "stone"))
        modes.append({"work": name, "mode": "usual", "duration": days, "trade": trade, "crews": 1})
        if days > 2:
            modes.append({"work": name, "mode": "fast", "duration": 2, "trade": trade, "crews": 2})
        for item in rng.sample(sorted(MATERIALS), rng.randint(1, 2)):
            materials.append({"work": name, "item": item, "quantity": float(rng.randint(10, 40))})
        if number >= SECTORS and rng.random() < 0.2:
            order.append({"before": f"W{number - SECTORS:02}", "after": name, "lag": 0})
    needs = [
        {"need": f"{sector}/{item}/{tier}", "sector": sector, "recipient": "HOST", "item": item,
         "quantity": float(rng.randint(30, 90)), "rdd": rng.randint(5, 14), "tier": tier,
         "lad": 16, "weight": float(rng.choice((1, 2)))}
        for sector in sectors for item in SUPPLIES for tier in (1, 2, 3)
    ]  # fmt: skip
    return _theatre(rng, sectors, works, modes, materials, order, needs)


def _theatre(rng: Random, sectors: list[str], works: list[Row], modes: list[Row], materials: list[Row],
             order: list[Row], needs: list[Row]) -> tuple[Theatre, Scenario]:  # fmt: skip
    mass = MATERIALS | SUPPLIES
    depots = ("D1", "D2", "D3")
    links = [
        {"link": f"{d}-{s}", "tail": d, "head": s, "mode": "road", "distance": float(rng.randint(150, 450)),
         "transit": rng.randint(1, 2)}
        for d in depots for s in sectors
    ]  # fmt: skip
    asked: dict[str, float] = dict.fromkeys(mass, 0.0)
    for row in [*needs, *materials]:
        asked[row["item"]] += row["quantity"]
    tonnes = sum(mass[item] * quantity for item, quantity in asked.items())
    stocks = [
        {"lot": f"{d}/{item}", "donor": "ALDER", "node": d, "item": item, "on_hand": round(asked[item] * 0.45)}
        for d in depots for item in mass
    ]  # fmt: skip
    nodes = [{"node": n, "kind": "depot" if n in depots else "sector", "latitude": 50.0, "longitude": 20.0}
             for n in (*depots, *sectors)]  # fmt: skip
    tables = {
        "donors": [{"donor": "ALDER"}, {"donor": "BIRCH"}],
        "recipients": [{"recipient": "HOST"}],
        "items": [{"item": i, "supply_class": "IV", "unit": "t", "mass": m, "value": 100.0} for i, m in mass.items()],
        "nodes": nodes, "links": links, "modes": [{"mode": "road", "return_factor": 1.5}],
        "lift": [{"donor": "ALDER", "mode": "road", "cargo": "general",
                  "capacity": round(LIFT * tonnes * 300 * 1.5 / 12)}],
        "stocks": stocks,
        "crews": [
            {"crew": f"{donor}_{trade}", "donor": donor, "node": "D1", "trade": trade, "size": 5, "move_days": 1}
            for donor in ("ALDER", "BIRCH") for trade in ("earth", "stone")
        ],
    }  # fmt: skip
    theatre = Theatre.of("fortify", {name: _columns(rows) for name, rows in tables.items()})
    scenario = {"scenario": [{"name": "drawn", "horizon": HORIZON}], "needs": needs, "works": works,
                "work_modes": modes, "work_materials": materials, "precedences": order}  # fmt: skip
    return theatre, Scenario.of(theatre, {name: _columns(rows) for name, rows in scenario.items()})


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def compare(one: Answer, other: Answer) -> int:
    """Return 1 if the first is better by goal order, -1 if the second is, 0 if neither; shipments do not count."""
    theirs = {goal.goal: goal for goal in other.goals}
    for goal in one.goals:
        apart = (theirs[goal.goal].value - goal.value) / max(1e-9, goal.scale)
        if goal.goal != "shipments" and abs(apart) > CLOSE:
            return 1 if apart > 0 else -1
    return 0


def answers_of(seed: int, gap: float = 1e-3) -> dict[str, Answer]:
    """Return the answers of the three orders to a seed's question; the joint one is chosen among naive ones too."""
    theatre, scenario = drawn(seed)
    limits = Limits(gap=gap)
    naive = {str(o): fortify(theatre, scenario, order=str(o), limits=limits) for o in Order if o is not Order.JOINT}
    plans = tuple(answer.plan for answer in naive.values())
    return {str(Order.JOINT): fortify(theatre, scenario, among=plans, limits=limits)} | naive


def row_of(seed: int) -> Row:
    """Return how joint planning compares with each naive order, and the goals of all three with their gaps."""
    answers = answers_of(seed)
    joint = answers[str(Order.JOINT)]
    goals = {order: {g.goal: (round(g.value, 6), round(g.gap, 6)) for g in a.goals} for order, a in answers.items()}
    verdicts = {order: compare(joint, answer) for order, answer in answers.items() if answer is not joint}
    return {"seed": seed, "goals": goals, "joint against": verdicts}


def rows(seeds: range, keep: Path | None) -> Iterator[Row]:
    """Yield the row of each seed, from the file where it is kept."""
    known = {}
    if keep is not None and keep.exists():
        known = {row["seed"]: row for row in map(json.loads, keep.read_text().splitlines())}
    for seed in seeds:
        row = known.get(seed) or row_of(seed)
        if keep is not None and seed not in known:
            with keep.open("a") as file:
                file.write(json.dumps(row) + "\n")
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    both: list[int] = []
    print("| seed | order | tier 1 short, works | tier 2 short, works | tier 3 short, works | gap | joint is |")
    print("|--:|---|---|---|---|--:|---|")
    for row in rows(range(asked.first, asked.first + asked.seeds), asked.keep):
        both.append(min(row["joint against"].values()))
        for order, goals in row["goals"].items():
            cells = [f"{goals[f'tier{k}_short'][0]:.3f}, {goals[f'tier{k}_works'][0]:g}" for k in (1, 2, 3)]
            gap = max(gap for goal, (_, gap) in goals.items() if goal != "shipments")
            words = {1: "better", 0: "alike", -1: "worse", None: ""}[row["joint against"].get(order)]
            print(" | ".join((f"| {row['seed']}", order, *cells, f"{gap:.1%}", f"{words} |")), flush=True)
    print(f"joint is better than both in {both.count(1)} of {len(both)}, worse than one in {both.count(-1)}")


if __name__ == "__main__":
    main()
