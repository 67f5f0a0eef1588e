"""Problems found in tables, and the errors that carry them.

CasemateError
├── TableError        bad tables: every problem at once          docs/errors.md#bad-tables
├── ChangeError       a change that cannot be applied            docs/errors.md#change-not-applicable
├── FormatError       a file or folder that cannot be read       docs/errors.md#unreadable-input
└── DigestError       a plan whose inputs are not the named ones docs/errors.md#digest-mismatch
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


class CasemateError(Exception):
    """Base of every error a user may see; `code` is the anchor of its page in docs/errors.md."""

    code = "casemate-error"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the input: where it stands, what stands there, and the mend."""

    table: str
    row: int | None = None  # 1 is the first row below the header
    column: str = ""
    value: str = ""
    problem: str = ""
    mend: str = ""
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        where = f"table '{self.table}'"
        if self.sheet:
            where = f"{self.sheet}!{self.cell}" if self.cell else f"sheet '{self.sheet}'"
        elif self.row is not None:
            where += f" row {self.row}"
        if self.column:
            where += f", column '{self.column}'"
        shown = f" (found {self.value!r})" if self.value else ""
        return f"{where}: {self.problem}{shown}; {self.mend}" if self.mend else f"{where}: {self.problem}{shown}"

    def at(self, sheet: str, cell: str) -> Problem:
        """Return the same problem, placed in a cell of a workbook."""
        return replace(self, sheet=sheet, cell=cell)


class TableError(CasemateError):
    """Tables break their contracts; `problems` lists every one of them."""

    code = "bad-tables"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"{len(self.problems)} problem(s) in the tables:"] + [f"  - {p}" for p in self.problems]
        super().__init__("\n".join(lines))


class ChangeError(CasemateError):
    """A change names a table, row or column that is not there, or a value that does not fit."""

    code = "change-not-applicable"


class FormatError(CasemateError):
    """A file or folder cannot be read as tables at all."""

    code = "unreadable-input"


class DigestError(CasemateError):
    """The inputs kept with a plan are not the ones the plan names."""

    code = "digest-mismatch"
