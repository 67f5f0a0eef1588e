"""Sizes of generated theatres: what they hold, and what it takes to draw, write, load and check them.

    casemate bench sizes [--size S,M,L,XL] [--congestion tight] [--seed 1] [--json]

Every step runs in a process of its own, measured from outside by benchmarks/run.py. Seconds count from the begin of
the step; the peak is of the whole process, imports and, for writing, the drawn theatre included.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.child import Mark
from benchmarks.run import run

LIMIT = 1800.0  # seconds for a step
STEPS = ("draw", "write csv", "write parquet", "load csv", "load parquet", "check")
BUILT = ("S",)  # sizes whose whole program is set up and counted; of the others it is estimated


def measure(
    sizes: Sequence[str], congestion: str, seed: int, report: Callable[[str], object] = print
) -> list[dict[str, Any]]:
    """Return a row a size: its counts, and by step how it ended, wall and CPU seconds and peak MiB."""
    out = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            asked = {"size": size, "congestion": congestion, "seed": seed, "folder": folder}
            steps, counts = {}, {}
            for step in STEPS:
                ran = run(f"benchmarks.sizes:{step.replace(' ', '_')}", asked, LIMIT)
                steps[step] = {k: ran.row()[k] for k in ("status", "wall_s", "cpu_s", "peak_mb", "detail")}
                counts = counts or ran.result or {}
                report(f"{size}: {step}: {ran.status}, {ran.wall_s:.1f} s, {ran.peak_mb:.0f} MiB {ran.detail}".rstrip())
        out.append({"size": size, "congestion": congestion, "seed": seed, **counts, "steps": steps})
    return out


def draw(asked: Mapping[str, Any], mark: Mark) -> dict[str, Any]:
    """Draw the theatre and return what it holds."""
    from data.synthetic import SIZES
    from data.synthetic import draw as drawing

    mark("begin")
    drawn = drawing(asked["size"], asked["congestion"], asked["seed"])
    mark("end")
    theatre, scenario = drawn.theatre, drawn.scenario
    (Path(asked["folder"]) / "drawn").write_bytes(pickle.dumps((theatre, scenario)))
    nodes, links, days = len(theatre.nodes), len(theatre.links), scenario.horizon
    counts = {"donors": len(theatre.donors), "nodes": nodes, "links": links, "needs": len(scenario.needs),
              "lots": len(theatre.stocks), "days": days, "items": len(theatre.items), "short": round(drawn.short, 4),
              "short_is": "supply alone" if SIZES[asked["size"]].wide else "balance"}  # fmt: skip
    if asked["size"] in BUILT:
        from optimizer.formulations.reinforce.arcflow import build

        size = build(theatre, scenario).size
        return {**counts, "columns": size["columns"], "rows": size["rows"], "program": "built"}
    rows = (len(theatre.items) * nodes + 2 * links + 4 * nodes) * days
    return {**counts, "columns": len(theatre.items) * (links + nodes) * days, "rows": rows, "program": "estimated"}


def _write(asked: Mapping[str, Any], mark: Mark, parquet: bool) -> None:
    from data.formats import save

    theatre, scenario = pickle.loads((Path(asked["folder"]) / "drawn").read_bytes())
    mark("begin")
    save(_place(asked, parquet), theatre, [scenario], parquet=parquet)
    mark("end")


def write_csv(asked: Mapping[str, Any], mark: Mark) -> None:
    """Write the theatre as a folder of CSV."""
    _write(asked, mark, False)


def write_parquet(asked: Mapping[str, Any], mark: Mark) -> None:
    """Write the theatre as a folder of Parquet."""
    _write(asked, mark, True)


def _load(asked: Mapping[str, Any], mark: Mark, parquet: bool) -> str:
    from data.formats import load, load_scenario, open_source

    mark("begin")
    source = open_source(_place(asked, parquet))
    theatre = load(source)
    scenario = load_scenario(source, theatre, source.scenarios()[0])
    digests = theatre.digest + scenario.digest
    mark("end")
    return digests


def load_csv(asked: Mapping[str, Any], mark: Mark) -> str:
    """Load the folder of CSV with its scenario, and return the digests."""
    return _load(asked, mark, False)


def load_parquet(asked: Mapping[str, Any], mark: Mark) -> str:
    """Load the folder of Parquet with its scenario, and return the digests."""
    return _load(asked, mark, True)


def check(asked: Mapping[str, Any], mark: Mark) -> int:
    """Check the folder of CSV as the command does; return its exit code."""
    from api.commands.checking import run_check

    mark("begin")
    code = run_check(str(_place(asked, False)), False)
    mark("end")
    if code:
        raise RuntimeError(f"check ended with {code}")
    return code


def _place(asked: Mapping[str, Any], parquet: bool) -> Path:
    return Path(asked["folder"]) / ("parquet" if parquet else "csv")


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the counts, the seconds and the peaks as text."""
    counts = ("donors", "nodes", "links", "needs", "lots", "items", "days", "columns", "rows")
    lines = ["size " + " ".join(f"{name:>9}" for name in counts)]
    for row in rows:
        note = f"  program {row.get('program', '?')}; short {row.get('short', 0):.1%} by {row.get('short_is', '?')}"
        lines.append(f"{row['size']:4} " + " ".join(f"{row.get(name, '?'):>9}" for name in counts) + note)
    lines.append("size " + " ".join(f"{step:>20}" for step in STEPS))
    for row in rows:
        steps = (row["steps"][name] for name in STEPS)
        cells = (f"{s['cpu_s']:.1f} s, {s['peak_mb']:.0f} MiB" if s["status"] == "done" else s["status"] for s in steps)
        lines.append(f"{row['size']:4} " + " ".join(f"{cell:>20}" for cell in cells))
    return "\n".join([*lines, "seconds are of CPU"])
