"""A table as it was read: cells of any kind, and where they stand in a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from data.problems import Problem


@dataclass(frozen=True, eq=False)
class RawTable:
    """The cells of one table before any check. `sheet` is empty where the table is a file of its own."""

    frame: pd.DataFrame
    sheet: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)  # of each named column
    header: int = 1  # row of the sheet that holds the names
    rows: Sequence[int] = ()  # row of the sheet for each row of the frame

    def place(self, problem: Problem) -> Problem:
        """Return the problem with sheet and cell, where the table stands in a sheet."""
        if not self.sheet or problem.sheet:
            return problem
        letter = self.letters.get(problem.column.split("+")[0], "")
        if problem.row is not None:
            return problem.at(self.sheet, f"{letter or 'A'}{self.rows[problem.row - 1]}")
        return problem.at(self.sheet, f"{letter}{self.header}" if letter else "")


def cells_frame(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return a frame of these cells as they are: pandas would guess at their kinds, at the price of reading."""
    held = {}
    for name, cells in columns.items():
        held[name] = np.empty(len(cells), object)
        held[name][:] = cells
    return pd.DataFrame(held, dtype=object, copy=False)


RawTables: TypeAlias = Mapping[str, RawTable]


def placed(problems: Iterable[Problem], tables: RawTables) -> list[Problem]:
    """Return the problems, each with its sheet and cell; of two in one cell found by different checks the first."""
    out: list[Problem] = []
    taken: set[tuple[str, str]] = set()
    for problem in problems:
        found = tables[problem.table].place(problem) if problem.table in tables else problem
        if problem.sheet and problem.cell:
            taken.add((problem.sheet, problem.cell))
        elif found.cell and (found.sheet, found.cell) in taken:
            continue  # an uncalculated formula is also an empty cell: said once
        out.append(found)
    return out
