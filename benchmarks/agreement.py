"""Do the solvers agree with our answers, goal by goal? Each goal is one program, each program one line of a file.

    python -m benchmarks.agreement S [--out FOLDER] [--paths cbc,glop] [--goals share] [--again]
    python -m benchmarks.agreement S --table

The instances, solver paths and time-outs are those of `protocol.toml`. An answer of the column method is made of every
instance; of each goal the whole arc-flow program is then minimised by each path, with the earlier goals held at most
at what the answer allows (docs/formulations/reinforce.md, tests/agreement.py). The optimum has to lie between the
answer's bound and its value. Answers and lines are kept in the folder, and a run goes on where the last one ended; with
`--again` what was lost is asked once more. Exit 1 if any goal disagrees.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import Mark
from benchmarks.protocol import instance, label, library, protocol, solver_of, theatres
from benchmarks.run import ROOT, Status, run
from optimizer import Answer, Limits, plan
from optimizer.formulations.reinforce import build
from optimizer.formulations.reinforce.goals import GoalRow
from optimizer.methods.incumbent import SLACK
from optimizer.methods.whole import Whole, cost_factor
from optimizer.outcome import Clock, Goal, Limit, Outcome, Reason
from optimizer.solvers import SOLVERS
from tests.agreement import ROW_TOLERANCE, Compared

GRACE = 1.25, 20.0  # times and seconds beyond a solver's own time-out until its process is killed
LAST = ("share", "substitution", "cost")  # the hardest programs of all paths come last


def answer(arguments: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Make our answer of an instance, keep both in a file, and return what is known of the goals."""
    theatre, scenario = instance(arguments["theatre"])
    mark("begin")
    found = plan(theatre, scenario, limits=Limits(seconds=arguments["seconds"]))
    mark("end")
    Path(arguments["file"]).write_bytes(pickle.dumps((theatre, scenario, found)))
    asked = [row.name for row in build(theatre, scenario).goals if row.cost.any()]
    return {"gap": found.gap, "reason": found.reason, "goals": asked}


def programs(arguments: Mapping[str, Any], mark: Mark) -> None:
    """Solve the programs of some goals by one path, and send what each came to."""
    theatre, scenario, found = pickle.loads(Path(arguments["file"]).read_bytes())
    whole = Whole(build(theatre, scenario), solver_of(arguments["path"]))
    rows = {row.name: row for row in whole.arcflow.goals}
    mark("begin")
    for goal in arguments["goals"]:
        outcome, compared = judged(whole, found, rows[goal], arguments["path"], arguments["seconds"])
        mark(_part(outcome, compared))


def judged(whole: Whole, found: Answer, row: GoalRow, path: str, seconds: float) -> tuple[Outcome, Compared]:
    """Return the outcome of a goal's program, and how its optimum lies to the answer's bound and value."""
    carried: dict[str, float] = {}
    goals = {goal.goal: goal for goal in found.goals}
    for earlier in whole.arcflow.goals:
        if earlier.name == row.name:
            break
        if earlier.cost.any():
            carried[earlier.name] = _allowed(goals[earlier.name])
    asked = whole.program(row, carried)
    clock = Clock(Limits(seconds=seconds))
    outcome = whole.solver.solve(asked, clock)
    ours, optimum, noise = goals[row.name], np.nan, 0.0
    if outcome.reason is Reason.OPTIMAL:
        optimum = float(row.cost @ outcome.values)
        held = [block.start for block in asked.rows if block.name.startswith("carry ")]
        noise = ROW_TOLERANCE * float(np.abs(outcome.prices[held]).sum()) / cost_factor(row.cost)
    tol = max(SOLVERS[name].accuracy for name in (library(path), found.solver))
    low, high = ours.bound - tol * ours.scale - noise, ours.value + tol * ours.scale
    return outcome, Compared(row.name, path, optimum, low, high, ours.scale, clock.elapsed, outcome.detail)


def _allowed(goal: Goal) -> float:
    return goal.allows if np.isfinite(goal.allows) else goal.value + SLACK * goal.scale


def _part(outcome: Outcome, compared: Compared) -> dict[str, Any]:
    if outcome.reason is not Reason.OPTIMAL:
        status = "timeout" if outcome.limit is Limit.TIME else str(outcome.reason)
        return {"goal": compared.goal, "status": status, "solve_s": compared.seconds, "detail": outcome.detail}
    return {
        "goal": compared.goal, "status": "agrees" if compared.agrees else "disagrees",
        "optimum": compared.optimum, "low": compared.low, "high": compared.high, "scale": compared.scale,
        "apart": compared.apart, "solve_s": compared.seconds,
    }  # fmt: skip


class Book:
    """The lines of a table that are there already, and the file that takes new ones."""

    def __init__(self, file: Path, again: bool = False) -> None:
        self.file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._lines = {self._key(row): row for row in map(json.loads, lines)}
        self._again = again

    @staticmethod
    def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
        return row["theatre"], row["path"], row["goal"]

    def rows(self) -> list[dict[str, Any]]:
        """Return the newest line of every program and answer."""
        return list(self._lines.values())

    def get(self, theatre: str, path: str, goal: str) -> dict[str, Any] | None:
        """Return the line of a program, or None if it has to be solved still."""
        row = self._lines.get((theatre, path, goal))
        known = ("done", "agrees", "disagrees")
        return None if row is None or self._again and row["status"] not in known else row

    def put(self, theatre: str, path: str, goal: str, **told: Any) -> dict[str, Any]:
        """Write a line and return it."""
        row = {"theatre": theatre, "path": path, "goal": goal, **told}
        self._lines[self._key(row)] = row
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        return row


def measure(said: Mapping[str, Any], book: Book, nice: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the line of every program of a table of the protocol as it comes; known lines are not made again."""
    asked: dict[str, tuple[Path, list[str]]] = {}
    book.file.parent.mkdir(parents=True, exist_ok=True)
    for theatre in theatres(said["theatres"]):
        name, file = label(theatre), book.file.parent / f"{label(theatre)}.pickle"
        row = book.get(name, "columns", "every")
        if row is None or not file.exists():
            ran = run("benchmarks.agreement:answer", {"theatre": theatre, "seconds": said["answer_s"],
                      "file": str(file.resolve())}, 2 * said["answer_s"], nice=nice)  # fmt: skip
            took = {"status": str(ran.status), "wall_s": ran.wall_s, "peak_mb": ran.peak_mb, "detail": ran.detail}
            row = book.put(name, "columns", "every", **took, **(ran.result or {}))
        yield row
        if row["status"] == "done":
            wanted = said.get("goals", row["goals"])
            asked[name] = file, [goal for goal in row["goals"] if goal in wanted]
    for last in (False, True):
        for name, (file, goals) in asked.items():
            for path in said["paths"]:
                todo = [g for g in goals if (g in LAST) == last and book.get(name, path, g) is None]
                yield from solved(name, file, path, todo, said["program_s"], book, nice)


def solved(
    name: str, file: Path, path: str, goals: Sequence[str], seconds: float, book: Book, nice: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield the lines of these goals; a goal that hangs or crashes is lost, and the next ones are asked afresh."""
    todo = list(goals)
    while todo:
        arguments = {"file": str(file.resolve()), "path": path, "goals": todo, "seconds": seconds}
        limit = seconds * GRACE[0] + GRACE[1]
        found: list[dict[str, Any]] = []
        ran = run(
            "benchmarks.agreement:programs", arguments, limit, nice=nice,
            on_part=lambda part: found.append(book.put(name, path, **part)),  # noqa: B023 - used in this round
        )  # fmt: skip
        yield from found
        todo = todo[len(ran.parts) :]
        if todo and ran.status is not Status.DONE:
            yield book.put(name, path, todo.pop(0), status=str(ran.status), detail=ran.detail, peak_mb=ran.peak_mb)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return lines as a table: by kind of instance and path, how many agree, how far apart, and every lost one."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["path"] != "columns":
            groups.setdefault((_kind(row["theatre"]), row["path"]), []).append(row)
    out = [
        "| theatres | path | programs | agree | disagree | lost | apart | median s | most s | lost ones |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for (kind, path), mine in groups.items():
        done = [r for r in mine if r["status"] in ("agrees", "disagrees")]
        took = [r["solve_s"] for r in done] or [np.nan]
        apart = max((r["apart"] for r in done), default=np.nan)
        agree = sum(r["status"] == "agrees" for r in done)
        out.append(
            f"| {kind} | {path} | {len(mine)} | {agree} | {len(done) - agree} | {len(mine) - len(done)} | "
            f"{apart:.0e} | {np.median(took):.1f} | {max(took):.0f} | {_lost(mine)} |"
        )
    return "\n".join(out)


def _kind(theatre: str) -> str:
    size, _, rest = theatre.partition("-")
    return f"{size} {rest.rpartition('-')[0]}" if rest.rpartition("-")[2].isdigit() else theatre


def _lost(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the lost programs by goal and way, with the seeds of the instances."""
    lost: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["status"] not in ("agrees", "disagrees"):
            lost.setdefault((row["goal"], row["status"]), []).append(row["theatre"].rpartition("-")[2])
    return "; ".join(f"{goal} {how} ({', '.join(seeds)})" for (goal, how), seeds in lost.items())


def main() -> int:
    """Measure a table of the protocol, or print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=list(protocol()["agreement"]))
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "agreement")
    parser.add_argument("--paths", help="only these, as cbc,glop")
    parser.add_argument("--goals", help="only these, as tier1_short,share")
    parser.add_argument("--again", action="store_true", help="ask once more for what was lost")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--table", action="store_true", dest="shown", help="print what is known, and solve nothing")
    args = parser.parse_args()
    said = dict(protocol()["agreement"][args.table])
    for name in ("paths", "goals"):
        if getattr(args, name):
            said[name] = getattr(args, name).split(",")
    book = Book(args.out / f"{args.table}.jsonl", args.again)
    if not args.shown:
        for row in measure(said, book, args.nice):
            print(json.dumps(row), flush=True)
    print(table(book.rows()))
    return int(any(row["status"] == "disagrees" for row in book.rows()))


if __name__ == "__main__":
    sys.exit(main())
