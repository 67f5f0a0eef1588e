"""The commands `bench …`: published instances, solved here and reported one by one."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path
from typing import Any

from api.commands.console import print_json, screen
from api.commands.questions import Asked
from api.errors import UseError
from optimizer.outcome import Limits
from optimizer.projects import solve_projects


def run_psplib(path: Path, deadline: float, threads: int, json: bool) -> int:
    """Solve the projects of a file or folder, print a row each, and return the exit code."""
    Asked("", deadline=deadline, json=json).check()
    rows = solve_projects(path, Limits(seconds=deadline, threads=threads))
    if json:
        print_json(rows)
    else:
        for row in rows:
            screen().print("{instance:12} {status:10} makespan {makespan}, bound {bound}, {wall_s} s".format(**row))
        proven = sum(row["status"] == "optimal" for row in rows)
        screen().print(f"{proven} of {len(rows)} proven")
    sys.stdout.flush()
    return 0


def benchmark(name: str) -> Any:
    """Return a module of the benchmarks; UseError where they are not there."""
    try:
        return importlib.import_module(f"benchmarks.{name}")  # stands beside the packages, and is not shipped
    except ModuleNotFoundError:
        raise UseError("the benchmarks are not installed; run this in a checkout of Casemate") from None


def _check_seconds(option: str, seconds: float) -> None:
    if not math.isfinite(seconds) or seconds <= 0:
        raise UseError(f"{option} {seconds:g} makes no sense; give seconds above 0")


def run_rivals(size: str, congestion: str, seed: int, rivals: str | None, timeout: float, json: bool) -> int:
    """Print ours beside the rivals on a generated theatre; return 0, or 1 if an answer contradicts another."""
    _check_seconds("--timeout", timeout)
    bench = benchmark("rivals")
    asked = [name.strip() for name in rivals.split(",")] if rivals else bench.protocol()["rivals"]["paths"]
    instance = {"size": size, "congestion": congestion, "seed": seed}
    try:
        told = bench.measure(instance, asked, timeout, report=(lambda _: None) if json else screen().print)
    except bench.UnknownPathError as error:
        raise UseError(str(error)) from None
    if json:
        print_json(told)
    else:
        screen().print(bench.table([told]), markup=False)
    return 1 if any(row["disagreements"] for row in told["rivals"].values()) else 0


def run_what_if(size: str, congestion: str, edits: int, seed: int, cold: int, rival_timeout: float, json: bool) -> int:
    """Print seconds, ratios and agreement of what-ifs of a generated theatre; return 0, or 1 if any differ."""
    _check_seconds("--rival-timeout", rival_timeout)
    bench = benchmark("what_if")
    report = (lambda _: None) if json else lambda line: screen().print(line, markup=False)
    told = bench.measure(size, congestion, edits, seed, cold, report, rival_timeout)
    if json:
        print_json(told)
    else:
        shares = f"{told['binding_share']:.0%} touch what is used, {told['changed_share']:.0%} change a goal"
        screen().print(f"{told['checked']} of {told['edits']} checked against cold runs, "
                       f"{told['disagreements']} disagreement(s); {shares}")  # fmt: skip
    return 1 if told["disagreements"] else 0


def run_sizes(names: str, congestion: str, seed: int, json: bool) -> int:
    """Print what theatres of some sizes hold and what they take; return 0, or 1 if a step was not done."""
    from data.synthetic import SIZES

    asked = [name.strip() for name in names.split(",")]
    unknown = [name for name in asked if name not in SIZES]
    if unknown:
        raise UseError(f"--size {names}: no size {unknown[0]!r}; give some of {', '.join(SIZES)}")
    bench = benchmark("sizes")
    report = (lambda _: None) if json else lambda line: screen().print(line, markup=False)
    rows = bench.measure(asked, congestion, seed, report)
    if json:
        print_json(rows)
    else:
        screen().print(bench.table(rows), markup=False, soft_wrap=True)
    return 1 if any(step["status"] != "done" for row in rows for step in row["steps"].values()) else 0
