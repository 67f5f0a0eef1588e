"""The commands `bench …`: published instances, solved here and reported one by one."""

from __future__ import annotations

import sys
from pathlib import Path

from api.commands.console import print_json, screen
from api.commands.questions import Asked
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
