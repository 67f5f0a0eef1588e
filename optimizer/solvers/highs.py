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
from collections.abc import Iterator, Mapping, Sequence

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
Options = Mapping[str, bool | float | int | str]
LOOSE: Options = {"primal_feasibility_tolerance": 1e-6, "dual_feasibility_tolerance": 1e-6}
ONWARD: Options = {  # from one program of a master to the next
    "presolve": "off",
    "simplex_strategy": 4,  # primal
    "primal_simplex_bound_perturbation_multiplier": 0.0,
    "simplex_iteration_limit": 10_000,  # a run that needs more goes round in circles
    "primal_feasibility_tolerance": 1e-9,  # of costs 1e-7: at prices of earlier goals noise alone is more than 1e-9
}
INTERIOR: Options = {"solver": "ipx", "run_crossover": "off"}
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
    """Keeps the basis of the last run that came through, by the keys of rows and columns.

    New columns stand at their lower bound and new rows are basic: the plan of the last run keeps every row, and the
    primal simplex method goes on from it. Presolve would forget the basis and is off, and bounds are not perturbed:
    under the rows of earlier goals there is no room for it.
    """

    def __init__(self) -> None:
        self._highs: highspy.Highs | None = None
        self._program: Program | None = None
        self._keys: tuple[Sequence[Key], Sequence[Key]] = (), ()
        self._basis: Basis | None = None
        self._values: Mapping[Key, float] = {}

    def basis(self) -> Basis | None:
        """Return the basis of the last run that came through; None if there is none."""
        return self._basis

    def begin_at(self, basis: Basis) -> None:
        """Take a basis for the next program loaded, in place of that of the last one."""
        self._basis, self._values = basis, {}

    def load(self, program: Program, row_keys: Sequence[Key], column_keys: Sequence[Key]) -> None:
        """Take the program; rows and columns whose keys were there before keep their part of the basis."""
        if self._highs is None:
            self._highs = Quiet()
            _set(self._highs, ONWARD)
        self._highs.passModel(_model(program))
        if self._basis is not None:
            self._highs.setBasis(self._begun(self._basis, program, row_keys, column_keys))
        self._program, self._keys = program, (list(row_keys), list(column_keys))

    def _begun(
        self, kept: Basis, program: Program, row_keys: Sequence[Key], column_keys: Sequence[Key]
    ) -> highspy.HighsBasis:
        """Return a basis as one of a program: a new row that its plan breaks is met by a new column that can."""
        status, basis = highspy.HighsBasisStatus, highspy.HighsBasis()
        rows = [kept.rows.get(key, status.kBasic) for key in row_keys]
        columns = [kept.columns.get(key, status.kLower) for key in column_keys]
        for i, j in self._relieved(kept, program, row_keys, column_keys):
            if columns[j] != status.kBasic:
                rows[i], columns[j] = status.kUpper, status.kBasic
        basis.row_status, basis.col_status, basis.valid = rows, columns, True
        return basis

    def _relieved(
        self, kept: Basis, program: Program, row_keys: Sequence[Key], column_keys: Sequence[Key]
    ) -> Iterator[tuple[int, int]]:
        """Yield the new rows that the last plan breaks, worst first, each with a new column that can meet it."""
        if not self._values:
            return
        values = np.array([self._values.get(key, 0.0) for key in column_keys])
        over = program.matrix @ values - program.row_upper
        broken = [i for i in np.flatnonzero(over > 0).tolist() if row_keys[i] not in kept.rows]
        if not broken:
            return
        lines = program.matrix.tocsr()
        for i in sorted(broken, key=lambda i: -over[i]):
            span = slice(lines.indptr[i], lines.indptr[i + 1])
            relief = lines.indices[span][lines.data[span] < 0].tolist()
            new = next((j for j in relief if column_keys[j] not in kept.columns), None)
            if new is not None:
                yield i, new

    def afresh(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of a program solved from nothing by the simplex method, presolve included."""
        return Highs(solver="simplex").solve(program, clock)

    def interior(self, program: Program, accuracy: float, clock: Clock, vertex: bool = False) -> Outcome:
        """Return the outcome of a program by the interior point method IPX, crossed over to a vertex if asked to."""
        accuracy = min(1e-6, max(1e-12, accuracy))  # NB: what is looser than 1e-6 ends "Unknown"
        options = {**INTERIOR, "run_crossover": "on" if vertex else "off", "ipm_optimality_tolerance": accuracy}
        return Highs(**options).solve(program, clock)

    def run(self, clock: Clock) -> Outcome:
        """Return the outcome of what is loaded."""
        if self._highs is None or self._program is None:
            raise ValueError("nothing is loaded; call load first")
        _set(self._highs, {"threads": clock.limits.threads, "random_seed": clock.limits.seed})
        return self._tried(self._highs, clock)

    def _tried(self, highs: highspy.Highs, clock: Clock) -> Outcome:
        """Return the outcome of a run, and keep its basis if it is an optimum; one without prices is none."""
        assert self._program is not None  # `run` has seen to it
        outcome = _run(highs, self._program, clock)
        if outcome.reason is Reason.OPTIMAL and not outcome.has_prices:
            return Outcome(Reason.FAILED, detail=f"{outcome.detail}, without prices")
        if outcome.limit is Limit.ROUNDS:
            return Outcome(Reason.FAILED, detail=outcome.detail)
        basis = highs.getBasis()
        if outcome.reason is Reason.OPTIMAL and basis.valid:
            rows, columns = self._keys
            by_row = dict(zip(rows, basis.row_status, strict=True))
            by_column = dict(zip(columns, basis.col_status, strict=True))
            self._basis = Basis(by_row, by_column)
            self._values = dict(zip(columns, outcome.values.tolist(), strict=True))
        return outcome


def _instance(clock: Clock, options: Options) -> highspy.Highs:
    highs = Quiet()
    _set(highs, {"threads": clock.limits.threads, "random_seed": clock.limits.seed, **options})
    return highs


def _set(highs: highspy.Highs, options: Options) -> None:
    """Set options; ValueError for one that this build of HiGHS refuses, which would run with its default instead."""
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS {highs.version()} refuses the option {name} = {value!r}; name one that it has")


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
