"""From a stored question to an answer: which theatre and scenario, which changes, under which limits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from api.jobs.reconnecting import patiently
from api.report import document
from api.store import Scope, Store, projection
from api.store.tables import COALITION
from data.change import apply, parse_change
from data.score import Score, score
from data.theatre import Scenario, Theatre
from optimizer import Answer, Limits, Stop, plan, relaxed, schedule
from optimizer.fortifying import fortify
from optimizer.outcome import OnProgress, silent

KEPT = 8  # questions' theatres that a process keeps at hand


@dataclass(frozen=True)
class Question:
    """What is asked: a stored scenario, changes to it as text, and how to solve it."""

    scenario: str
    changes: tuple[str, ...] = ()
    gap: float = 1e-4
    deadline: float | None = None
    seed: int = 0
    method: str = "auto"
    relax: bool = False
    way: str = "plan"  # what is planned: stock (plan), works, or both at once (fortify)

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Question:
        """Return the question in a request; what is not given is usual."""
        given = {name: request[name] for name in cls.__dataclass_fields__ if request.get(name) is not None}
        return cls(**{**given, "changes": tuple(given.get("changes", ()))})


@dataclass(frozen=True)
class Solved:
    """A question's tables as they were solved, the answer, its score."""

    theatre: Theatre
    scenario: Scenario
    answer: Answer
    score: Score

    def document(self) -> dict[str, Any]:
        """Return the document of the answer (docs/cli.md)."""
        objectives, kpis = self.score.objectives, self.score.kpis
        return document(self.theatre, self.scenario, self.answer, objectives, kpis, (), self.answer.timings)


OF_WORKS: dict[str, Callable[..., Answer]] = {"works": schedule, "fortify": fortify}


@dataclass
class Bench:
    """The stored questions that a process has at hand, read once: theatres and scenarios never change."""

    store: Store
    _read: OrderedDict[tuple[str, Scope], tuple[Theatre, Scenario]] = field(default_factory=OrderedDict)

    def tables(self, scenario_id: str, scope: Scope) -> tuple[Theatre, Scenario]:
        """Return theatre and scenario as far as the scope sees them; MissingError."""
        key = (scenario_id, scope)
        if key not in self._read:
            theatre, scenario, projected = patiently(lambda: projection.question(self.store, scope, scenario_id))
            if projected:  # on the plan published last: another may follow
                return theatre, scenario
            self._read[key] = theatre, scenario
            while len(self._read) > KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return self._read[key]

    def solve(
        self, question: Question, scope: Scope, on_progress: OnProgress = silent, stop: Stop | None = None
    ) -> Solved:
        """Return the answer to a question; ChangeError and TableError if its changes do not apply."""
        theatre, scenario = self.tables(question.scenario, scope)
        if question.changes:
            theatre, scenario = apply(theatre, scenario, [parse_change(text) for text in question.changes])
        if question.relax:
            theatre, scenario = relaxed(theatre, scenario)
        limits = Limits(seconds=question.deadline, gap=question.gap, seed=question.seed)
        if question.way == "plan":
            answer = plan(theatre, scenario, method=question.method, relax=question.relax, limits=limits,
                          on_progress=on_progress, stop=stop)  # fmt: skip
            return Solved(theatre, scenario, answer, score(theatre, scenario, answer.plan))
        answer = OF_WORKS[question.way](theatre, scenario, limits=limits, on_progress=on_progress, stop=stop)
        scored = score(theatre, scenario, answer.plan, works=True)
        objectives = scored.objectives | {g.goal: g.value for g in answer.goals}
        return Solved(theatre, scenario, answer, replace(scored, objectives=objectives))


def scope_of(compartment: str, created_by: str) -> Scope:
    """Return the scope under which a job is worked on: that of whose it is, so that no job sees more than its owner."""
    return Scope(created_by) if compartment == COALITION else Scope(created_by, (compartment,) if compartment else ())

