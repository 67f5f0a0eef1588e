"""HiGHS on the whole arc-flow program with its basis kept from question to question: the rival of a warm session.

Every pass keeps the basis in which it ended last. The next question's program of that pass starts from it: as it
stands where rows and columns are the same, else row by row and column by column where their keys are.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import pandas as pd

from data.score import score
from data.theatre import Scenario, Theatre
from optimizer import Answer, Limits
from optimizer.formulations.reinforce import build
from optimizer.methods.whole import Whole
from optimizer.outcome import Clock, Outcome, silent
from optimizer.planning import answered
from optimizer.program import Block, Program
from optimizer.solvers.highs import Quiet, _model, _run

_AT = highspy.HighsBasisStatus


@dataclass
class Kept:
    """Where a pass ended: its program and the basis."""

    program: Program
    basis: highspy.HighsBasis


class KeptBasis:
    """A solver of programs that remembers, by pass, the basis of the last one."""

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of minimising the program, begun where the last one of this pass ended."""
        place = sum(block.name.startswith("carry ") for block in program.rows)
        highs = Quiet()
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("threads", clock.limits.threads)
        highs.passModel(_model(program))
        before = self.kept.get(place)
        if before is not None:
            highs.setBasis(carried_over(before, program))
        outcome = _run(highs, program, clock)
        basis = highs.getBasis()
        if basis.valid:
            self.kept[place] = Kept(program, basis)
        return outcome


def carried_over(before: Kept, program: Program) -> highspy.HighsBasis:
    """Return the basis for another program: new rows are basic, new columns at their lower bound."""
    if _same(before.program.rows, program.rows) and _same(before.program.columns, program.columns):
        return before.basis
    basis = highspy.HighsBasis()
    basis.row_status = _placed(before.program.rows, before.basis.row_status, program.rows, _AT.kBasic)
    basis.col_status = _placed(before.program.columns, before.basis.col_status, program.columns, _AT.kLower)
    basis.valid = True
    return basis


def _same(one: Sequence[Block], other: Sequence[Block]) -> bool:
    if [(b.name, b.size) for b in one] != [(b.name, b.size) for b in other]:
        return False
    return all(np.array_equal(a.keys[k], b.keys[k]) for a, b in zip(one, other, strict=True) for k in a.keys)


def _placed(
    old: Sequence[Block],
    status: Sequence[highspy.HighsBasisStatus],
    new: Sequence[Block],
    unknown: highspy.HighsBasisStatus,
) -> list[highspy.HighsBasisStatus]:
    """Return the status of every member of the new families, by name of family and keys."""
    known = {block.name: block for block in old}
    out = []
    for block in new:
        before = known.get(block.name)
        at = np.full(block.size, -1) if before is None or not block.size else _index(before).get_indexer(_index(block))
        start = 0 if before is None else before.start
        out += [unknown if i < 0 else status[start + i] for i in at.tolist()]
    return out


def _index(block: Block) -> pd.Index:
    keys = {name: values for name, values in block.keys.items() if len(values) == block.size}
    frame = pd.DataFrame(keys or {"position": np.arange(block.size)})
    # equal keys are told apart by their order
    return pd.MultiIndex.from_frame(frame.assign(twin=frame.groupby(list(frame.columns), dropna=False).cumcount()))


class KeptBasisSession:
    """What-ifs of one base by the rival, from tables to a verified and scored plan."""

    def __init__(self, theatre: Theatre, scenario: Scenario, base_s: float) -> None:
        self._solver = KeptBasis()
        self.base = self._plan(theatre, scenario, base_s)

    def ask(self, theatre: Theatre, scenario: Scenario, seconds: float) -> tuple[float, Answer]:
        """Return the seconds taken for a changed theatre, and its answer; a time-out counts as its limit."""
        began = time.perf_counter()
        answer = self._plan(theatre, scenario, seconds)
        took = time.perf_counter() - began
        return (seconds if answer.limit is not None else took), answer

    def _plan(self, theatre: Theatre, scenario: Scenario, seconds: float) -> Answer:
        engine = Whole(build(theatre, scenario), self._solver)
        answer = answered(engine, "highs", Clock(Limits(seconds=seconds)), silent)
        score(theatre, scenario, answer.plan).kpis  # noqa: B018 - both sides end in figures
        return answer
