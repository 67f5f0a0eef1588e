"""HiGHS from arrays: the default.

| HiGHS model status                        | reason     | limit       |
|-------------------------------------------|------------|-------------|
| kOptimal                                  | optimal    |             |
| kTimeLimit, feasible point                | feasible   | time        |
| kTimeLimit, none                          | no_plan    | time        |
| kIterationLimit, kSolutionLimit           | as above   | rounds      |
| kInterrupt                                | as above   | interrupted |
| kMemoryLimit                              | as above   | memory      |
| kInfeasible, kUnboundedOrInfeasible       | impossible |             |
| anything else                             | failed     |             |

NB: HiGHS reports objective 0.0 for an infeasible model; the primal status is asked first. Its time limit
counts from the birth of the instance, so the run clock is added before every run.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import highspy
import numpy as np

from optimizer.outcome import Clock, Limit, Outcome, Reason
from optimizer.program import Basis, Key, Program

_LIMITS = {
    highspy.HighsModelStatus.kTimeLimit: Limit.TIME,
    highspy.HighsModelStatus.kIterationLimit: Limit.ROUNDS,
    highspy.HighsModelStatus.kSolutionLimit: Limit.ROUNDS,
    highspy.HighsModelStatus.kInterrupt: Limit.INTERRUPTED,
    highspy.HighsModelStatus.kMemoryLimit: Limit.MEMORY,
}
_IMPOSSIBLE = {
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
}
Options = Mapping[str, bool | float | str]
LOOSE: Options = {"primal_feasibility_tolerance": 1e-6, "dual_feasibility_tolerance": 1e-6}
SLIGHT = 1e-5
_FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible


class Quiet(highspy.Highs):
    """HiGHS that prints nothing: its banner comes with the callbacks, set before any option can be."""

    def enableCallbacks(self) -> None:  # noqa: N802 - named by highspy
        """Silence the instance before its callbacks are set."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class Highs:
    """Solves each program afresh, presolve included.

    NB: going on from the basis of the pass before turns presolve off and was measured to be more than 25
    times slower on the second goal of theatre europe (docs/decisions/003).
    """

    def __init__(self, **options: bool | float | str) -> None:
        self._options = options

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of minimising the program within what the clock leaves.

        NB: presolve has called programs infeasible whose rows a plan keeps but for less than the tolerance, so
        that is believed only if it is found without presolve and with looser tolerances too.
        """
        attempts: tuple[Options, ...] = ({}, {"presolve": "off"}, LOOSE)
        for again in attempts:
            highs = _instance(clock, {**self._options, **again})
            highs.passModel(_model(program))
            if program.start is not None:
                point = highspy.HighsSolution()
                point.col_value = program.start
                highs.setSolution(point)
            outcome = _run(highs, program, clock)
            if outcome.reason not in (Reason.FAILED, Reason.IMPOSSIBLE):
                break
        return outcome


class HighsMaster:
    """Keeps one instance and its basis from load to load, by the keys of rows and columns.

    New columns stand at their lower bound and new rows are basic, so that the simplex method goes on from
    where it was; presolve would forget the basis and is off.
    """

    def __init__(self) -> None:
        self._highs: highspy.Highs | None = None
        self._program: Program | None = None
        self._rows: Sequence[Key] = ()
        self._columns: Sequence[Key] = ()
        self._begin: Basis | None = None

    def basis(self) -> Basis | None:
        """Return the basis of what was last run; None if there is none."""
        held = None if self._highs is None else self._highs.getBasis()
        if held is None or not held.valid:
            return None
        rows = dict(zip(self._rows, held.row_status, strict=True))
        return Basis(rows, dict(zip(self._columns, held.col_status, strict=True)))

    def begin_at(self, basis: Basis) -> None:
        """Take a basis for the next program loaded, in place of that of the last one."""
        self._begin = basis

    def load(self, program: Program, row_keys: Sequence[Key], column_keys: Sequence[Key]) -> None:
        """Take the program; rows and columns whose keys were there before keep their part of the basis."""
        held, self._begin = self._begin or self.basis(), None
        if self._highs is None:
            self._highs = Quiet()
            self._highs.setOptionValue("presolve", "off")
        self._highs.passModel(_model(program))
        if held is not None:
            status = highspy.HighsBasisStatus
            basis = highspy.HighsBasis()
            basis.row_status = [held.rows.get(key, status.kBasic) for key in row_keys]
            basis.col_status = [held.columns.get(key, status.kLower) for key in column_keys]
            basis.valid = True
            self._highs.setBasis(basis)
        self._program, self._rows, self._columns = program, list(row_keys), list(column_keys)

    def afresh(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of a program solved from nothing by the simplex method, presolve included."""
        return Highs(solver="simplex").solve(program, clock)

    def run(self, clock: Clock) -> Outcome:
        """Return the outcome of what is loaded."""
        if self._highs is None or self._program is None:
            raise ValueError("nothing is loaded; call load first")
        self._highs.setOptionValue("threads", clock.limits.threads)
        self._highs.setOptionValue("random_seed", clock.limits.seed)
        outcome = _run(self._highs, self._program, clock)
        if outcome.reason not in (Reason.FAILED, Reason.IMPOSSIBLE):
            return outcome
        # a basis carried through many changes may have become singular: once more from nothing, with presolve,
        # then with tolerances that the repair of a plan can mend, then by the interior point method
        attempts: tuple[Options, ...] = ({}, LOOSE, {**LOOSE, "solver": "ipm"})
        for options in attempts:
            self._highs = _instance(clock, options)
            self._highs.passModel(_model(self._program))
            outcome = _run(self._highs, self._program, clock)
            if outcome.reason not in (Reason.FAILED, Reason.IMPOSSIBLE):
                break
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("solver", "choose")
        for name in LOOSE:
            self._highs.setOptionValue(name, 1e-7)
        return outcome


def _instance(clock: Clock, options: Options) -> highspy.Highs:
    highs = Quiet()
    highs.setOptionValue("threads", clock.limits.threads)
    highs.setOptionValue("random_seed", clock.limits.seed)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    return highs


def _model(program: Program) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.matrix.indptr, program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    if program.whole.any():
        kinds = [highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger]
        lp.integrality_ = [kinds[int(w)] for w in program.whole]
    return lp


def _run(highs: highspy.Highs, program: Program, clock: Clock) -> Outcome:
    if not program.matrix.shape[1]:  # HiGHS calls a model without columns empty and gives no values
        return Outcome(Reason.OPTIMAL, None, 0.0, np.zeros(0), np.zeros(program.matrix.shape[0]))
    if np.isfinite(clock.left):
        highs.setOptionValue("time_limit", highs.getRunTime() + max(clock.left, 0.01))
    highs.HandleUserInterrupt = True
    with _Watch(highs, clock):
        highs.run()
    return _outcome(highs, program)


class _Watch:
    """Cancels the solve from a thread of its own when a stop is asked."""

    def __init__(self, highs: highspy.Highs, clock: Clock) -> None:
        self._done = threading.Event()
        self._highs, self._clock = highs, clock
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def _wait(self) -> None:
        while not self._done.wait(0.05):
            if self._clock.stop.asked:
                self._highs.cancelSolve()
                return

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def _outcome(highs: highspy.Highs, program: Program) -> Outcome:
    status, info = highs.getModelStatus(), highs.getInfo()
    detail = f"HiGHS: {highs.modelStatusToString(status)}"
    # NB: after unscaling an optimal point may break a row by a little more than the tolerance, and HiGHS then
    # says both optimal and infeasible; what breaks no row by more than 1e-5 is taken, repair mends the rest
    slightly = status == highspy.HighsModelStatus.kOptimal and info.max_primal_infeasibility <= SLIGHT
    feasible = info.primal_solution_status == _FEASIBLE or slightly
    solution = highs.getSolution()
    values = np.array(solution.col_value) if feasible else None
    prices = np.array(solution.row_dual) if solution.dual_valid and not program.whole.any() else None
    if status == highspy.HighsModelStatus.kOptimal and feasible:
        reason, limit = Reason.OPTIMAL, None
    elif status in _LIMITS:
        reason, limit = Reason.FEASIBLE if feasible else Reason.NO_PLAN, _LIMITS[status]
    elif status in _IMPOSSIBLE:
        reason, limit, values = Reason.IMPOSSIBLE, None, None
    else:
        reason, limit, values, prices = Reason.FAILED, None, None, None
    objective = float(program.cost @ values) if values is not None else None
    return Outcome(reason, limit, objective, values, prices, detail, int(info.simplex_iteration_count))
