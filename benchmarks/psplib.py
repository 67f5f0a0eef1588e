"""Projects of PSPLIB (.sm single-mode, .mm multi-mode) as instances of works, and their runner.

python -m benchmarks.psplib FILE|DIR [--deadline S]    compares with a plain model, instance by instance, interleaved
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.plain_rcpsp import solve as solve_plain
from optimizer.outcome import Limits
from optimizer.projects import files_of, read_project, solve_project

SHIFT = 0.1  # s, of the shifted geometric mean


def paired(path: Path, deadline: float, threads: int) -> Iterator[dict[str, Any]]:
    """Yield a row an instance: makespan, status and seconds here and by the plain model, one after the other."""
    for number, file in enumerate(files_of(path)):
        row: dict[str, Any] = {"instance": file.stem}
        turns = ["works", "plain"] if number % 2 == 0 else ["plain", "works"]
        for who in turns:
            began = time.perf_counter()
            if who == "works":
                limits = Limits(seconds=deadline, threads=threads)
                found = solve_project(file, limits)
                row["works"] = (found["makespan"], found["status"])
            else:
                row["plain"] = solve_plain(read_project(file), deadline, threads)
            row[f"{who}_s"] = time.perf_counter() - began
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--deadline", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    rows = []
    for row in paired(asked.path, asked.deadline, asked.threads):
        rows.append(row)
        print(f"{row['instance']:10} works {row['works']} {row['works_s']:.2f} s   "
              f"plain {row['plain']} {row['plain_s']:.2f} s", flush=True)  # fmt: skip
    for who in ("works", "plain"):
        proven = sum(row[who][1] == "optimal" for row in rows)
        mean = math.exp(sum(math.log(row[f"{who}_s"] + SHIFT) for row in rows) / len(rows)) - SHIFT
        longest = max(row[f"{who}_s"] for row in rows)
        print(f"{who}: {proven} of {len(rows)} proven, shifted geometric mean {mean:.3f} s, longest {longest:.2f} s")


if __name__ == "__main__":
    main()
