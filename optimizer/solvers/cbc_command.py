"""The command of CBC, whose answer is read in full: its text file holds eight digits of every number.

NB: eight digits of 1 000 t are 1e-5 t. A point that CBC has right to 1e-12 breaks rows by that once it went through
the text. So CBC is asked for both: the text tells the status, the binary file (`saveSolution`) every number.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pulp

DIGITS = 1e-6  # relative: how far the text's numbers may be from those of the binary file, which are to be the same
GRACE, PATIENCE = 0.2, 5.0  # of its seconds, and seconds, that CBC may overrun them before it is ended
INTS = np.dtype("<i4")
DOUBLES = np.dtype("<f8")


class ExactCbc(pulp.COIN_CMD):
    """PuLP's command of CBC; values and prices come with all their digits."""

    def actualSolve(self, lp: pulp.LpProblem, **_: Any) -> int:  # noqa: N802 - named by PuLP
        """Have CBC minimise the problem in a process of its own; PulpSolverError if that fails.

        NB: between two looks at the clock a linear program took it a minute: what overruns its seconds is ended.
        """
        with tempfile.TemporaryDirectory(prefix="casemate-cbc-") as folder:
            model, told, exact = (Path(folder) / name for name in ("model.mps", "told.sol", "exact.bin"))
            columns, column_names, row_names, _objective = lp.writeMPS(str(model), rename=1)
            limit = [] if self.timeLimit is None else ["-sec", str(self.timeLimit)]
            options = [word for option in (*self.options, *self.getOptions()) for word in f"-{option}".split()]
            after = ["-solve", "-printingOptions", "all", "-solution", str(told), "-saveSolution", str(exact)]
            quiet = subprocess.DEVNULL
            most = None if self.timeLimit is None else (1 + GRACE) * self.timeLimit + PATIENCE
            try:
                done = subprocess.run([self.path, str(model), *limit, *options, *after], stdin=quiet, stdout=quiet,
                                      stderr=quiet, check=False, timeout=most)  # fmt: skip
            except subprocess.TimeoutExpired:
                lp.assignStatus(pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound)
                return int(pulp.LpStatusNotSolved)
            if done.returncode or not told.exists():
                raise pulp.PulpSolverError(f"CBC ended with exit code {done.returncode} and without an answer")
            status, values, reduced, prices, slacks, solution = self.readsol_MPS(
                str(told), lp, columns, column_names, row_names
            )
            held = exact.read_bytes() if exact.exists() else b""
        lp.assignVarsVals(in_full(values, [column.name for column in columns], held, 2))
        lp.assignVarsDj(reduced)
        lp.assignConsPi(in_full(prices, list(row_names), held, 1))
        lp.assignConsSlack(slacks, activity=True)
        lp.assignStatus(status, solution)
        return int(status)


def in_full(read: dict[str, float], names: list[str], held: bytes, part: int) -> dict[str, float]:
    """Return the numbers read from the text with all the digits that the binary file holds, in the order of `names`.

    The file: number of rows, of columns, objective; then of rows values (part 0) and prices (1), of columns values (2).
    What the two do not agree on stays as it was read.
    """
    if len(held) < 2 * INTS.itemsize:
        return read
    rows, columns = (int(n) for n in np.frombuffer(held, INTS, 2))
    begin, size = {0: (0, rows), 1: (rows, rows), 2: (2 * rows, columns)}[part]
    offset = 2 * INTS.itemsize + DOUBLES.itemsize * (1 + begin)
    if size != len(names) or len(held) < offset + size * DOUBLES.itemsize:
        return read
    exact = np.frombuffer(held, DOUBLES, size, offset)
    text = np.array([read.get(name, 0.0) for name in names])
    same = np.abs(exact - text) <= DIGITS * (1.0 + np.abs(text))
    return {**read, **{name: float(exact[i]) for i, name in enumerate(names) if same[i]}}
