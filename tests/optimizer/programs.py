"""Programs of the reinforce formulation for tests: as text with words, and as a solver was asked them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.formulations.reinforce import ArcFlow
from optimizer.methods import lexicographic
from optimizer.methods.whole import Whole
from optimizer.outcome import Clock, Limits, Outcome, silent
from optimizer.program import Program, Solver
from optimizer.solvers import SOLVERS
from optimizer.solvers import solver as solver_named


class Recorder:
    """A solver that keeps every program it is asked, and may change it first."""

    def __init__(self, name: str = "", change: Callable[[Program], Program] | None = None) -> None:
        self._solver: Solver = solver_named(name or next(iter(SOLVERS)))
        self._change = change or (lambda program: program)
        self.asked: list[Program] = []

    def solve(self, program: Program, clock: Clock) -> Outcome:
        """Return the outcome of the changed program."""
        self.asked.append(self._change(program))
        return self._solver.solve(self.asked[-1], clock)


def passes_asked(arcflow: ArcFlow) -> list[Program]:
    """Return the programs of the passes over an arc-flow program, in order."""
    recorder = Recorder()
    lexicographic.run(Whole(arcflow, recorder), Clock(Limits()), silent)
    return recorder.asked


def words_of(arcflow: ArcFlow) -> dict[str, np.ndarray]:
    """Return the words that the keys of an arc-flow program's rows and columns stand for."""
    theatre, scenario, moves = arcflow.theatre, arcflow.scenario, arcflow.network.moves
    nodes = theatre.nodes["node"].tolist()
    state = [f"{n}.home" for n in nodes] + [f"{n}.final" for n in nodes]
    state += [f"{nodes[s]}.ready" for s in _ready_nodes(arcflow)]
    arcs = [
        f"{theatre.links['link'][a]}@{t}{'' if home else '.on'}{'.end' if end else ''}"
        for a, t, home, end in zip(moves.link, moves.depart, moves.from_home, moves.to_final, strict=True)
    ]
    lots = theatre.stocks["lot"]
    return {
        "state": np.array(state, object),
        "arc": np.array(arcs, object),
        "slice": np.array([_slice(arcflow, s.lot, s.first) for s in arcflow.slices], object),
        "lot": lots,
        "site": theatre.production["site"],
        "fund": theatre.funds["fund"],
        "need": scenario.needs["need"],
        "item": theatre.items["item"],
        "donor": theatre.donors["donor"],
        "sector": theatre.nodes["node"],
    }


def _slice(arcflow: ArcFlow, source: int, first: int) -> str:
    """Return a slice as lot.day, or as site.fund.order day."""
    sources, theatre = arcflow.sources, arcflow.theatre
    if source < sources.lots:
        return f"{theatre.stocks['lot'][source]}.{first}"
    site, fund = theatre.production["site"][sources.site[source]], theatre.funds["fund"][sources.fund[source]]
    return f"{site}.{fund}.{sources.order[source]}"


def _ready_nodes(arcflow: ArcFlow) -> list[int]:
    from optimizer.formulations.reinforce.arcs import number_states

    states = number_states(arcflow.theatre)
    return states.node[2 * len(arcflow.theatre.nodes) :].tolist()
