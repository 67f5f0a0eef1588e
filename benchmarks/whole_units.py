"""Whole items by two solvers on the whole program: is any plan better than what the other answer proves possible?

    python -m benchmarks.whole_units S [--out FOLDER] [--nice 10] [--table]

Both make a lawful plan without fractions within the seconds of `protocol.toml`. Bounds are of the relaxed program and
hold for whole units too. Goal by goal, in order and as long as the earlier goals are kept, no plan may lie below the
other's bound. Each run has a process of its own; lines are kept in the folder, and a run goes on where the last ended.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.agreement import Book
from benchmarks.child import Mark
from benchmarks.protocol import label, protocol, theatres, whole_instance
from benchmarks.run import ROOT, run
from benchmarks.what_if import apart
from optimizer import Limits, plan
from optimizer.outcome import Goal

GRACE = 2.0, 60.0  # times and seconds beyond the deadline that the last solve and the rounding may take


def answer(arguments: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Plan an instance with whole items by one solver on the whole program."""
    theatre, scenario = whole_instance(arguments["theatre"])
    mark("begin")
    limits = Limits(seconds=arguments["seconds"])
    found = plan(theatre, scenario, method="whole", solver=arguments["solver"], limits=limits)
    mark("end")
    return {"goals": [asdict(goal) for goal in found.goals], "notes": list(found.notes)}


def measure(said: Mapping[str, Any], book: Book, nice: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the line of every instance and solver; known lines are not made again."""
    book.file.parent.mkdir(parents=True, exist_ok=True)
    for theatre in theatres(said["theatres"]):
        for solver in said["solvers"]:
            if book.get(label(theatre), solver, "every") is None:
                asked = {"theatre": theatre, "solver": solver, "seconds": said["plan_s"]}
                ran = run("benchmarks.whole_units:answer", asked, said["plan_s"] * GRACE[0] + GRACE[1], nice=nice)
                told = {"status": str(ran.status), "wall_s": ran.wall_s, "peak_mb": ran.peak_mb, "detail": ran.detail}
                yield book.put(label(theatre), solver, "every", **told, **(ran.result or {"goals": []}))


def contradictions(rows: Sequence[Mapping[str, Any]]) -> int:
    """Return in how many goals a plan lies below the bound of another answer to the same instance."""
    goals = [[Goal(**goal) for goal in row["goals"]] for row in rows if row["goals"]]
    return sum(apart(one, other) for i, one in enumerate(goals) for other in goals[:i])


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the lines as a table: of every tier what is short at most and at least, by solver."""
    out = ["| instance | solver | s | short by tier: value (at least) | contradictions |", "|---|---|--:|---|--:|"]
    by: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by.setdefault(row["theatre"], []).append(row)
    for theatre, mine in by.items():
        for row in mine:
            short = [g for g in row["goals"] if g["goal"].endswith("_short")]
            cells = ", ".join(f"{g['value']:.2f} ({g['bound']:.2f})" for g in short) or row["status"]
            out.append(f"| {theatre} | {row['path']} | {row['wall_s']:.0f} | {cells} | {contradictions(mine)} |")
    return "\n".join(out)


def main() -> int:
    """Measure a table of the protocol, or print it; 1 if there is any contradiction."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=list(protocol()["whole_units"]))
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "whole_units")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--table", action="store_true", dest="shown", help="print what is known, and solve nothing")
    args = parser.parse_args()
    book = Book(args.out / f"{args.table}.jsonl")
    if not args.shown:
        for row in measure(protocol()["whole_units"][args.table], book, args.nice):
            print(json.dumps(row), flush=True)
    print(table(book.rows()))
    theatres_known = {row["theatre"] for row in book.rows()}
    return int(any(contradictions([r for r in book.rows() if r["theatre"] == t]) for t in theatres_known))


if __name__ == "__main__":
    sys.exit(main())
