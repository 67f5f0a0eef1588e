"""Import of 200,000 rows: CSV, workbook and Parquet, against calamine alone on the same workbook.

    python benchmarks/importing.py [--rows 200000] [--runs 3] [--keep FOLDER]

Every reading runs in a process of its own. Printed are the CPU seconds of the best and the worst run and the peak
memory (Linux), from reading the first byte to all checks done and digests known. "calamine alone" is what it takes to
get the same workbook's cells into Python lists. Targets: the workbook at most 2 x calamine alone, CSV at most 2 s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from data.formats import save  # noqa: E402
from data.theatre import Scenario, Theatre  # noqa: E402

READ = """
import sys, time
sys.path.insert(0, {root!r})
from data.formats import load, load_scenario, open_source
began = time.process_time()
source = open_source({path!r})
theatre = load(source)
scenario = load_scenario(source, theatre, source.scenarios()[0])
digests = theatre.digest + scenario.digest
"""
CALAMINE = """
import time
from python_calamine import load_workbook
began = time.process_time()
book = load_workbook({path!r})
for name in book.sheet_names:
    book.get_sheet_by_name(name).to_python(skip_empty_area=False)
digests = ""
"""
REPORT = """
import json
spent = time.process_time() - began
peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([spent, peak, digests]))
"""


def world(rows: int) -> tuple[Theatre, Scenario]:
    """Return a theatre and scenario of so many rows in all, as a large coalition's would be spread."""
    draw = np.random.default_rng(1)
    many = {"stocks": rows // 2, "needs": rows // 4, "links": rows * 3 // 20, "terms": rows // 20, "nodes": rows // 50}
    many["caveats"] = rows - sum(many.values()) - 32 - 1 - 500 - 64 - 2 - 1

    def names(letter: str, count: int) -> np.ndarray:
        return np.array([f"{letter}{i:06d}" for i in draw.permutation(count)], object)

    donors = np.array([f"DONOR-{i:02d}" for i in range(32)], object)
    items, nodes = names("I", 500), names("P", many["nodes"])
    kinds = np.where(np.arange(len(nodes)) % 4 == 0, "sector", "depot").astype(object)
    sectors = nodes[kinds == "sector"]
    lots, n = names("L", many["stocks"]), len
    hand = draw.uniform(10, 5000, n(lots)).round(2)
    tail = draw.integers(0, n(nodes), many["links"])
    theatre = Theatre.of("large", {
        "donors": {"donor": donors, "burden_share": np.full(32, 1 / 32), "approval_days": draw.integers(0, 9, 32)},
        "recipients": {"recipient": ["HOST"]},
        "items": {"item": items, "nsn": [f"{i:013d}" for i in range(500)], "supply_class": ["I"] * 500,
                  "unit": ["piece"] * 500, "mass": draw.uniform(0.01, 30, 500).round(3)},
        "nodes": {"node": nodes, "kind": kinds, "latitude": draw.uniform(40, 60, n(nodes)).round(6),
                  "longitude": draw.uniform(0, 40, n(nodes)).round(6), "handling": draw.uniform(1, 900, n(nodes))},
        "links": {"link": names("K", many["links"]), "tail": nodes[tail],
                  "head": nodes[(tail + draw.integers(1, n(nodes), many["links"])) % n(nodes)],
                  "mode": ["road", "rail"] * (many["links"] // 2), "transit": draw.integers(1, 5, many["links"]),
                  "distance": draw.uniform(10, 900, many["links"]).round(1),
                  "capacity": draw.uniform(10, 900, many["links"]).round(), "countries": ["AA|BB"] * many["links"]},
        "modes": {"mode": ["road", "rail"], "return_factor": [2.0, 1.5]},
        "lift": {"donor": np.repeat(donors, 2), "mode": ["road", "rail"] * 32, "cargo": ["general"] * 64,
                 "from_day": [0] * 64, "capacity": draw.uniform(1e3, 1e5, 64)},
        "stocks": {"lot": lots, "donor": draw.choice(donors, n(lots)), "node": draw.choice(nodes, n(lots)),
                   "item": draw.choice(items, n(lots)), "on_hand": hand, "floor": (hand * 0.3).round(1),
                   "trigger": draw.integers(0, 3, n(lots)), "expiry_day": draw.integers(100, 300, n(lots))},
        "terms": {"lot": lots[: many["terms"]], "level": [3] * many["terms"], "floor": [0.0] * many["terms"],
                  "text": ["released in full, under renewed attack"] * many["terms"]},
        "caveats": {"caveat": names("C", many["caveats"]), "donor": draw.choice(donors, many["caveats"]),
                    "subject": ["stock"] * many["caveats"], "effect": ["forbid"] * many["caveats"],
                    "sector": draw.choice(sectors, many["caveats"]), "text": ["not there"] * many["caveats"]},
    })  # fmt: skip
    count = many["needs"]
    rdd = draw.integers(3, 50, count)
    scenario = Scenario.of(theatre, {
        "scenario": {"name": ["large"], "horizon": [60]},
        "needs": {"need": names("N", count), "sector": draw.choice(sectors, count), "recipient": ["HOST"] * count,
                  "item": draw.choice(items, count), "quantity": draw.uniform(1, 99, count).round(1), "rdd": rdd,
                  "lad": rdd + 5, "tier": draw.integers(1, 4, count)},
    })  # fmt: skip
    return theatre, scenario


def measured(program: str, path: Path, runs: int) -> tuple[list[float], float, str]:
    """Return the CPU seconds of each run, the peak memory in MiB and the digests."""
    text = program.format(root=str(ROOT), path=str(path)) + REPORT
    told = [
        json.loads(subprocess.run([sys.executable, "-c", text], capture_output=True, check=True, text=True).stdout)
        for _ in range(runs)
    ]
    return [t[0] for t in told], max(t[1] for t in told), told[0][2]


def main() -> None:
    """Write the theatre in every format, read each again, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder the files are kept in")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = asked.keep or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        theatre, scenario = world(asked.rows)
        rows = sum(len(t) for s in (theatre, scenario) for t in s.tables.values())
        csv = save(place / "csv", theatre, [scenario])
        book = save(place / "large.xlsx", theatre, [scenario])
        parquet = save(place / "parquet", theatre, [scenario], parquet=True)
        found = {
            "calamine alone": measured(CALAMINE, book, asked.runs),
            "workbook": measured(READ, book, asked.runs),
            "CSV": measured(READ, csv, asked.runs),
            "Parquet": measured(READ, parquet, asked.runs),
        }
        if len({digests for _, _, digests in found.values() if digests}) != 1:
            raise SystemExit("the formats do not give one digest")
        print(f"{rows} rows, workbook of {book.stat().st_size / 2**20:.1f} MiB, {asked.runs} runs each")
        print(f"{'':16}{'best s':>8}{'worst s':>9}{'MiB':>7}")
        for name, (seconds, memory, _) in found.items():
            print(f"{name:16}{min(seconds):8.2f}{max(seconds):9.2f}{memory:7.0f}")
        ratio = min(found["workbook"][0]) / min(found["calamine alone"][0])
        print(f"workbook / calamine alone: {ratio:.2f} (target 2); CSV: {min(found['CSV'][0]):.2f} s (target 2)")


if __name__ == "__main__":
    main()
