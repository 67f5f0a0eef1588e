"""Program: a linear program as named families of rows and columns, arrays inside. The seam to every solver.

minimise cost·x  subject to  row_lower ≤ A x ≤ row_upper,  lower ≤ x ≤ upper,  x_j whole where `whole`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp

from data.problems import CasemateError
from optimizer.outcome import Clock, Outcome

LARGEST_COEFFICIENT = 1e9


class ProgramError(CasemateError):
    """A program cannot be solved as numbers: NaN, or coefficients too far apart."""

    code = "bad-program"


@dataclass(frozen=True)
class Block:
    """A named family of rows or columns: its first index, its size and the keys of its members."""

    name: str
    start: int
    size: int
    keys: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def span(self) -> slice:
        """Return the members' positions in the program."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True, eq=False)
class Program:
    """One linear (or mixed-integer) program. A change makes a new value; arrays are shared."""

    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    row_lower: np.ndarray
    row_upper: np.ndarray
    matrix: sp.csc_matrix
    rows: tuple[Block, ...]
    columns: tuple[Block, ...]
    start: np.ndarray | None = None  # a feasible point to begin from, where a solver can

    def row_block(self, name: str) -> Block:
        """Return the family of rows of that name; KeyError if there is none."""
        return _named(self.rows, name)

    def column_block(self, name: str) -> Block:
        """Return the family of columns of that name; KeyError if there is none."""
        return _named(self.columns, name)

    def without(self, names: Iterable[str]) -> Program:
        """Return the program without these families of rows (mutation tests, relaxations)."""
        names = set(names)
        for name in names:
            self.row_block(name)
        keep = np.ones(self.matrix.shape[0], bool)
        blocks, start = [], 0
        for block in self.rows:
            if block.name in names:
                keep[block.span] = False
            else:
                blocks.append(replace(block, start=start))
                start += block.size
        return replace(
            self,
            row_lower=self.row_lower[keep],
            row_upper=self.row_upper[keep],
            matrix=self.matrix.tocsr()[keep].tocsc(),
            rows=tuple(blocks),
        )

    def with_goal(self, cost: np.ndarray, closed: np.ndarray | None = None) -> Program:
        """Return the program that minimises this cost, with the columns in `closed` held at 0."""
        upper = self.upper if closed is None else np.where(closed, 0.0, self.upper)
        return replace(self, cost=cost, upper=upper)

    def relaxed(self) -> Program:
        """Return the program without whole columns."""
        return replace(self, whole=np.zeros_like(self.whole))

    def with_row(self, name: str, coefficients: np.ndarray, upper: float) -> Program:
        """Return the program with one more row coefficients·x ≤ upper, a family of its own."""
        return self.with_rows(name, coefficients[None, :], np.array([upper]))

    def with_columns(self, name: str, upper: np.ndarray, whole: bool = False) -> Program:
        """Return the program with more columns 0 ≤ x ≤ upper, a family of their own, in no row yet and without cost."""
        (height, width), count = self.matrix.shape, len(upper)
        return replace(
            self,
            cost=np.append(self.cost, np.zeros(count)),
            lower=np.append(self.lower, np.zeros(count)),
            upper=np.append(self.upper, upper),
            whole=np.append(self.whole, np.full(count, whole)),
            matrix=sp.hstack([self.matrix, sp.csc_matrix((height, count))], format="csc"),
            columns=(*self.columns, Block(name, width, count)),
        )

    def with_rows(self, name: str, coefficients: np.ndarray | sp.spmatrix, upper: np.ndarray) -> Program:
        """Return the program with more rows coefficients·x ≤ upper, a family of their own."""
        block = Block(name, self.matrix.shape[0], len(upper))
        return replace(
            self,
            row_lower=np.append(self.row_lower, np.full(len(upper), -np.inf)),
            row_upper=np.append(self.row_upper, upper),
            matrix=sp.vstack([self.matrix, sp.csr_matrix(coefficients)], format="csc"),
            rows=(*self.rows, block),
        )

    def checked(self) -> Program:
        """Return the program itself; ProgramError for NaN, crossed bounds or coefficients beyond 1e9."""
        for name in ("cost", "lower", "upper", "row_lower", "row_upper"):
            if np.isnan(getattr(self, name)).any():
                raise ProgramError(f"the program holds NaN in '{name}'")
        size = np.abs(self.matrix.data)
        if not np.isfinite(size).all() or (size.size and size.max() > LARGEST_COEFFICIENT):
            raise ProgramError(f"coefficients reach beyond {LARGEST_COEFFICIENT:g}: {self.ranges()}")
        return self

    def ranges(self) -> str:
        """Return the smallest and largest size of coefficients, costs and right sides, as text."""
        sides = np.concatenate([self.row_lower, self.row_upper])
        parts = {"matrix": self.matrix.data, "cost": self.cost, "sides": sides[np.isfinite(sides)]}
        return ", ".join(f"{name} {_range(values)}" for name, values in parts.items())


def _named(blocks: tuple[Block, ...], name: str) -> Block:
    for block in blocks:
        if block.name == name:
            return block
    raise KeyError(f"no block '{name}'; known: {', '.join(b.name for b in blocks)}")


def _range(values: np.ndarray) -> str:
    size = np.abs(values[values != 0])
    return f"{size.min():.1e}…{size.max():.1e}" if size.size else "none"


class Assembly:
    """Collects families of columns, rows and coefficients, and puts them together as a Program."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Block, np.ndarray, np.ndarray]] = {}
        self._columns: dict[str, tuple[Block, np.ndarray, np.ndarray]] = {}
        self._entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._height = self._width = 0

    def add_columns(
        self, name: str, upper: np.ndarray, keys: Mapping[str, np.ndarray], whole: np.ndarray | None = None
    ) -> np.ndarray:
        """Add a family of columns 0 ≤ x ≤ upper and return their positions."""
        block = Block(name, self._width, len(upper), dict(keys))
        self._columns[name] = (block, upper, np.zeros(len(upper), bool) if whole is None else whole)
        self._width += block.size
        return np.arange(block.start, self._width)

    def add_rows(
        self, name: str, lower: np.ndarray, upper: np.ndarray, keys: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Add a family of rows lower ≤ … ≤ upper and return their positions."""
        block = Block(name, self._height, len(upper), dict(keys))
        self._rows[name] = (block, lower, upper)
        self._height += block.size
        return np.arange(block.start, self._height)

    def add_entries(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        """Add coefficients; entries at the same place add up."""
        self._entries.append((rows, columns, np.broadcast_to(values, np.shape(rows)).astype(float)))

    def program(self) -> Program:
        """Return the program of all that was added, with cost 0."""
        parts = list(zip(*self._entries, strict=True)) or [(), (), ()]
        rows, columns, values = (np.concatenate(p) if p else np.zeros(0) for p in parts)
        matrix = sp.csc_matrix((values, (rows, columns)), shape=(self._height, self._width))
        matrix.sum_duplicates()
        none = np.zeros(0)  # a program may have no rows
        bounds = [np.concatenate([none, *(np.asarray(b[i], float) for b in self._rows.values())]) for i in (1, 2)]
        return Program(
            cost=np.zeros(self._width),
            lower=np.zeros(self._width),
            upper=np.concatenate([np.asarray(c[1], float) for c in self._columns.values()]),
            whole=np.concatenate([c[2] for c in self._columns.values()]),
            row_lower=bounds[0],
            row_upper=bounds[1],
            matrix=matrix,
            rows=tuple(r[0] for r in self._rows.values()),
            columns=tuple(c[0] for c in self._columns.values()),
        ).checked()


class Solver(Protocol):
    """Solves a program within what the clock leaves, and keeps nothing of it."""

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return why it stopped and, where there are any, values and prices."""
        ...


Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Basis:
    """Which rows and columns of a solved program are basic or at a bound, by their keys, in the solver's own words."""

    rows: Mapping[Key, Any]
    columns: Mapping[Key, Any]


class Master(Protocol):
    """A program that grows: it is loaded again and again with more rows and columns, known by their keys."""

    def load(self, program: Program, row_keys: Sequence[Key], column_keys: Sequence[Key]) -> None:
        """Take the program; rows and columns whose keys were there before keep their part of the basis."""
        ...

    def run(self, clock: Clock) -> Outcome:
        """Return the outcome of what is loaded."""
        ...

    def basis(self) -> Basis | None:
        """Return the basis of what was last run; None if there is none."""
        ...

    def begin_at(self, basis: Basis) -> None:
        """Take a basis for the next program loaded, in place of that of the last one."""
        ...

    def afresh(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of a program solved from nothing, at a vertex; what is loaded stays."""
        ...

    def interior(self, program: Program, accuracy: float, clock: Clock, vertex: bool = False) -> Outcome:
        """Return the outcome of a program by an interior point method, from there to a vertex or not.

        What is loaded stays. `accuracy` is the gap that is good enough, in shares of the objective.
        """
        ...
