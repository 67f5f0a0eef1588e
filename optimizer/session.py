"""Session: a base theatre and scenario with its answer, and what-ifs asked of it.

Each question is a list of changes to the base, never to the question before. Its answer is that of a run over the
changed theatre: every goal is proven anew. The session only gives that run a start: the base's paths that are open
still, its plan, the prices that proved it, and the bases of its masters (`methods/warm.py`, `warm_prices.py`). A run
so started that takes too long is broken off and made again without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from data.change import AnyChange, apply
from data.relax import relaxed
from data.score import Score, score
from data.theatre import Scenario, Theatre
from optimizer.certifying import certified
from optimizer.comparison import Binding, ShipmentChange, binding, goal_deltas, shipments_changed
from optimizer.methods.columns import Columns
from optimizer.methods.engine import Start
from optimizer.methods.warm import carried_over
from optimizer.methods.warm_prices import Renamed
from optimizer.outcome import Answer, Clock, Limit, Limits, OnProgress, Progress, Stop, silent
from optimizer.planning import answered, answered_from, engine_for

PATIENCE = 1.0  # of the base's own seconds: what a run with a warm start may take before it is made afresh
LEAST = 2.0  # seconds it may always take


@dataclass(frozen=True)
class WhatIf(Answer):
    """The answer to a question of a session; picklable, plain values only.

    `deltas` are changed − base of every goal and figure that both have. `binding` names what stands at its limit in
    the plan, in table words, and whether it did for the base. `digests` are of theatre, scenario and plan, `base`
    holds those of the base. `started` says how the run began: base, warm, cold, or cold after warm.
    """

    changes: tuple[str, ...] = ()
    objectives: Mapping[str, float] = field(default_factory=dict)
    kpis: Mapping[str, float] = field(default_factory=dict)
    deltas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    binding: tuple[Binding, ...] = ()
    shipments_changed: tuple[ShipmentChange, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, str] = field(default_factory=dict)
    started: str = "cold"


class Session:
    """A base that questions are asked of; one thread at a time."""

    def __init__(
        self,
        theatre: Theatre,
        scenario: Scenario,
        *,
        method: str = "auto",
        solver: str = "highs",
        relax: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        """Take a base. `patience`: how long a warm start may take, in times of the base; with infinity an answer
        hangs on nothing but the question, however busy the machine."""
        self._patience = patience
        self.theatre, self.scenario = relaxed(theatre, scenario) if relax else (theatre, scenario)
        self._given, self._relax = (theatre, scenario), relax
        self._method, self._solver = method, solver
        self._base: tuple[WhatIf, Score] | None = None
        self._engine: Columns | None = None
        self._reached: Start | None = None

    def apply(self, changes: Sequence[AnyChange | str]) -> tuple[Theatre, Scenario]:
        """Return the base with the changes applied, as it is solved; ChangeError or TableError if they do not fit."""
        theatre, scenario = apply(*self._given, changes)
        return relaxed(theatre, scenario) if self._relax else (theatre, scenario)

    def base(
        self, limits: Limits | None = None, on_progress: OnProgress | None = None, stop: Stop | None = None
    ) -> WhatIf:
        """Return the answer to the base itself; solved once, and again only if a limit cut it short."""
        return self._solved_base(limits or Limits(), on_progress or silent, stop)[0]

    def ask(
        self,
        changes: Sequence[AnyChange | str],
        limits: Limits | None = None,
        on_progress: OnProgress | None = None,
        stop: Stop | None = None,
    ) -> WhatIf:
        """Return the answer for the base with these changes, compared with the base.

        `limits` hold for the whole call: where the base is not solved yet, half of the seconds may go to it.
        ChangeError if a change names what is not there, TableError if the result breaks a contract; RefusedError
        and UnlawfulPlanError as of `plan`.
        """
        limits, on_progress = limits or Limits(), on_progress or silent
        clock = Clock(limits, stop)
        theatre, scenario = self.apply(changes)
        first = limits if limits.seconds is None else replace(limits, seconds=limits.seconds / 2)
        base, base_score = self._base or self._solved_base(first, on_progress, stop)
        answer, how = self._solve(theatre, scenario, clock, on_progress)
        scored = score(theatre, scenario, answer.plan)
        return _what_if(
            answer,
            scored,
            changes=tuple(str(c) for c in changes),
            deltas=goal_deltas(base_score, scored),
            binding=binding(theatre, scenario, answer.plan, base.binding),
            shipments_changed=shipments_changed((self.theatre, base.plan), (theatre, answer.plan)),
            digests=_digests(theatre, scenario, answer),
            base=base.digests,
            started=how,
        )

    def certified(self, answer: WhatIf, limits: Limits | None = None) -> WhatIf:
        """Return an answer of this session with its bounds checked by `data.certify`; until then they are claims."""
        theatre, scenario = self.apply(answer.changes)
        checked = certified(theatre, scenario, answer, limits or Limits())
        assert isinstance(checked, WhatIf)  # it is the answer with other goals
        return checked

    def _solved_base(self, limits: Limits, on_progress: OnProgress, stop: Stop | None) -> tuple[WhatIf, Score]:
        if self._base is not None and (self._base[0].limit is None or self._base[0].gap <= limits.gap):
            return self._base
        clock = Clock(limits, stop)
        engine = engine_for(self.theatre, self.scenario, self._method, self._solver)
        answer, self._reached = answered_from(None, engine, self._solver, clock, on_progress)
        self._engine = engine if isinstance(engine, Columns) else None
        scored = score(self.theatre, self.scenario, answer.plan)
        digests = _digests(self.theatre, self.scenario, answer)
        held = binding(self.theatre, self.scenario, answer.plan, None)
        base = _what_if(answer, scored, binding=held, digests=digests, base=digests, started="base")
        self._base = base, scored
        return self._base

    def _solve(self, theatre: Theatre, scenario: Scenario, clock: Clock, on_progress: OnProgress) -> tuple[Answer, str]:
        """Return the answer of the changed world, started from what the base met where that helps."""
        on_progress(Progress("building"))
        engine = engine_for(theatre, scenario, self._method, self._solver)
        if not isinstance(engine, Columns) or self._engine is None or self._base is None:
            return answered(engine, self._solver, clock, on_progress), "cold"
        start = self._start(engine)
        own = sum(self._base[0].timings.get(name, 0.0) for name in ("build", "solve", "verify"))
        budget = min(clock.left, max(LEAST, self._patience * own))
        within = Clock(replace(clock.limits, seconds=budget), clock.stop)
        tried, _ = answered_from(start, engine, self._solver, within, on_progress)
        if tried.limit is not Limit.TIME or clock.over() is not None:
            return tried, "warm"
        engine = engine_for(theatre, scenario, self._method, self._solver)
        left = replace(clock.limits, seconds=None if clock.limits.seconds is None else clock.left)
        return answered(engine, self._solver, Clock(left, clock.stop), on_progress), "cold after warm"

    def _start(self, engine: Columns) -> Start | None:
        """Return what the base reached, in the setting of another engine; its columns enter the engine's pool."""
        if self._engine is None or self._reached is None:
            return None
        old, new, reached = self._engine.setting, engine.setting, self._reached
        known = carried_over(old, self._engine.pool.numbered(), new)
        place = np.full(len(self._engine.pool), -1)
        place[known.quantity.astype(int)] = engine.pool.place_of(known)
        renamed = Renamed(old, new)
        engine.bases = {goal: renamed.basis(basis, place) for goal, basis in self._engine.bases.items()}
        return Start(
            carried_over(old, reached.paths, new),
            carried_over(old, reached.met, new),
            {goal: renamed.dual(dual) for goal, dual in reached.duals.items()},
            None if reached.whole is None else carried_over(old, reached.whole, new),
        )


def _digests(theatre: Theatre, scenario: Scenario, answer: Answer) -> dict[str, str]:
    return {"theatre": theatre.digest, "scenario": scenario.digest, "plan": answer.plan.digest}


def _what_if(answer: Answer, scored: Score, **more: object) -> WhatIf:
    own = {f.name: getattr(answer, f.name) for f in fields(Answer)}
    return WhatIf(**own, objectives=dict(scored.objectives), kpis=dict(scored.kpis), **more)  # type: ignore[arg-type]
