"""Ours against the solvers on the whole program: seconds, memory and goals, each run in a process of its own.

    python -m benchmarks.rivals S [--out FOLDER] [--nice 10]       the instances of protocol.toml, a line each
    python -m benchmarks.rivals S --table                          what is known of them as a table
    casemate bench rivals --size S --congestion tight --seed 7     one instance

Ours runs before every rival, so that a busy machine hits both; our seconds are the median of these runs. All times are
from tables in memory to a verified plan. What does not end in time counts as its limit; what ends without a whole
answer has no ratio. The ratio of CPU seconds says the same with less noise, but a time-out has only used so many.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

from benchmarks.agreement import Book
from benchmarks.protocol import label, protocol, theatres
from benchmarks.run import ROOT, Ran, Status, run
from benchmarks.what_if import apart
from optimizer.outcome import Goal

PEERS = "benchmarks.peers.whole_program:"
GRACE = 1.2, 30.0  # times and seconds beyond the limit that a plan may take to be rounded and verified
WHOLE = ("optimal", "feasible")  # all goals passed
SIZE = ("columns", "rows", "coefficients", "commodities")
OURS = ("wall_s", "cpu_s", "peak_mb", "status", "gap", "objectives", "verified", "detail")


class UnknownPathError(ValueError):
    """A rival is asked for that the protocol does not have."""


def known(paths: Sequence[str]) -> list[str]:
    """Return the paths; UnknownPathError for one that the protocol does not have."""
    have = protocol()["rivals"]["paths"]
    for path in paths:
        if path not in have:
            raise UnknownPathError(f"no rival '{path}'; use some of: {', '.join(have)}")
    return list(paths)


def measure(
    said: Mapping[str, Any],
    paths: Sequence[str],
    seconds: float,
    report: Callable[[str], None] = print,
    nice: int = 0,
    book: Book | None = None,
) -> dict[str, Any]:
    """Return the comparison on one instance of the protocol's kinds; docs/cli.md names its keys.

    With a book every run is kept as it ends, and is not made again.
    """
    paths = known(paths)
    with tempfile.TemporaryDirectory() as folder:
        book = book or Book(Path(folder) / "lines.jsonl")
        file = str((book.file.parent / f"{label(said)}.pickle").resolve())
        drawn = _drawn(said, file, book, nice)
        report(f"{label(said)}: {drawn['columns']} columns, {drawn['rows']} rows")
        runs: list[dict[str, Any]] = []
        rivals: dict[str, dict[str, Any]] = {}
        for path in paths:
            runs.append(_run("ours", f"ours before {path}", said, {"file": file, "seconds": seconds}, book, nice))
            report(f"ours: {_words(runs[-1])}")
            rivals[path] = _run("rival", path, said, {"file": file, "seconds": seconds, "path": path}, book, nice)
            report(f"{path}: {_words(rivals[path])}")
    size = {name: drawn[name] for name in SIZE}
    return _compared({**said, **size}, runs, rivals, seconds)


def _drawn(said: Mapping[str, Any], file: str, book: Book, nice: int) -> dict[str, Any]:
    row = book.get(label(said), "draw", "every")
    if row is not None and Path(file).exists():
        return row
    ran = run(PEERS + "draw", {"instance": dict(said), "file": file}, seconds=3600.0, nice=nice)
    if ran.status is not Status.DONE:
        raise RuntimeError(f"{label(said)} cannot be drawn: {ran.detail}")
    return book.put(label(said), "draw", "every", status="done", **ran.result)


def _run(
    function: str, path: str, said: Mapping[str, Any], arguments: Mapping[str, Any], book: Book, nice: int
) -> dict[str, Any]:
    row, seconds = book.get(label(said), path, "every"), arguments["seconds"]
    if row is not None:
        return row
    ran = run(PEERS + function, arguments, seconds * GRACE[0] + GRACE[1], nice=nice)
    return book.put(label(said), path, "every", **{**_lost(ran), **(ran.result or {}), **_took(ran, seconds)})


def _lost(ran: Ran) -> dict[str, Any]:
    return {"status": str(ran.status), "gap": None, "objectives": None, "goals": [], "verified": False, "passes": 0}


def _took(ran: Ran, seconds: float) -> dict[str, Any]:
    late = ran.status is Status.TIMEOUT or (ran.result or {}).get("status") == "timeout"
    notes = "; ".join((ran.result or {}).get("notes", []))
    wall = seconds if late else ran.wall_s
    return {"wall_s": wall, "cpu_s": ran.cpu_s, "peak_mb": ran.peak_mb, "detail": ran.detail or notes}


def _compared(
    about: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], rivals: Mapping[str, Mapping[str, Any]], seconds: float
) -> dict[str, Any]:
    whole = [r for r in runs if r["status"] in (*WHOLE, "timeout")]
    answered, whole = bool(whole), whole or list(runs)
    wall = median(r["wall_s"] for r in whole)
    best = min(whole, key=lambda r: abs(r["wall_s"] - wall))
    ours = {key: best[key] for key in OURS} | {"wall_s": wall, "walls_s": [r["wall_s"] for r in runs]}
    told = {}
    for path, row in rivals.items():
        counts = answered and row["status"] in (*WHOLE, "timeout")
        told[path] = {
            **{key: row[key] for key in OURS},
            "ratio": row["wall_s"] / wall if counts else None,
            "cpu_ratio": row["cpu_s"] / best["cpu_s"] if counts and best["cpu_s"] else None,
            "disagreements": _apart(best["goals"], row["goals"]),
        }
    passes = max((r["passes"] for r in (*runs, *rivals.values())), default=0)
    return {"instance": dict(about), "timeout_s": seconds, "passes": passes, "ours": ours, "rivals": told}


def _apart(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> int | None:
    """Return in how many goals one plan lies below what the other answer proves; None if there is no other answer."""
    if not one or not other:
        return None
    return apart([Goal(**g) for g in one], [Goal(**g) for g in other])


def _words(row: Mapping[str, Any]) -> str:
    gap = "" if row["gap"] is None else f", gap {row['gap']:.1e}"
    detail = f" ({row['detail']})" if row["detail"] else ""
    return f"{row['status']} after {row['wall_s']:.1f} s, {row['peak_mb']:.0f} MiB{gap}{detail}"


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return comparisons as a table, a line each, with the geometric mean of the ratios that there are."""
    paths = list(dict.fromkeys(path for row in rows for path in row["rivals"]))
    out = [f"| instance | columns | ours | {' | '.join(paths)} |", f"|---|--:|--:|{'--:|' * len(paths)}"]
    for row in rows:
        ours, about = row["ours"], row["instance"]
        mine = _facts(ours)
        cells = [_cell(row["rivals"].get(path)) for path in paths]
        name = about.get("name") or f"{about['size']} {about['congestion']} {about['seed']}"
        out.append(f"| {name} | {about['columns']} | {mine} | {' | '.join(cells)} |")
    means = []
    for path in paths:
        ratios = [r["rivals"][path]["ratio"] for r in rows if path in r["rivals"] and r["rivals"][path]["ratio"]]
        means.append(f"{geometric_mean(ratios):.1f}× of {len(ratios)}" if ratios else "none")
    out.append(f"| geometric mean | | | {' | '.join(means)} |")
    return "\n".join(out)


def _facts(row: Mapping[str, Any]) -> str:
    """Return how a run ended if not well, wall and CPU seconds, MiB, and the gap of its plan."""
    how = "" if row["status"] == "optimal" else f"{row['status']}, "
    gap = "no plan" if row["gap"] is None else f"gap {row['gap']:.0e}"
    return f"{how}{row['wall_s']:.0f} s ({row['cpu_s']:.0f} CPU), {row['peak_mb']:.0f} MiB, {gap}"


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    least = "≥ " if row["status"] == "timeout" else ""
    ratio = f"**{least}{row['ratio']:.1f}×** ({least}{row['cpu_ratio']:.1f}× CPU), " if row["ratio"] else ""
    return ratio + _facts(row)


def main() -> int:
    """Measure the instances of a table of the protocol, or print what is known of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=[name for name in protocol()["rivals"] if name != "paths"])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "rivals")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--table", action="store_true", dest="shown", help="print what is known, and run nothing")
    args = parser.parse_args()
    said = protocol()["rivals"]
    args.out.mkdir(parents=True, exist_ok=True)
    book, rows = Book(args.out / f"{args.size}.jsonl"), []
    for one in theatres({"size": args.size, **said[args.size]}):
        paths = said[args.size].get("paths", said["paths"])
        if not args.shown or all(book.get(label(one), path, "every") for path in paths):
            rows.append(measure(one, paths, said[args.size]["timeout_s"], nice=args.nice, book=book))
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
