"""What a job of each kind does. A kind is a function from a claim to how the job ends, and a line in KINDS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.jobs import batch
from api.jobs.claims import Claim, ShardClaim
from api.jobs.solving import Bench, Question, scope_of
from api.jobs.states import State
from api.store import Transaction, plans, scenarios
from data.units import in_given_units
from optimizer import Stop
from optimizer.outcome import OnProgress, Progress, Reason

Write = Callable[[Transaction], Mapping[str, Any]]


@dataclass(frozen=True)
class Ending:
    """How a job ends: its state and reason, and what writes in the transaction that ends it, and returns the result."""

    state: State
    reason: str
    write: Write


@dataclass
class Work:
    """What a kind is given: the tables at hand, the claim, whom to tell, and whether to stop."""

    bench: Bench
    claim: Claim
    tell: OnProgress
    stop: Stop = field(default_factory=Stop)


def run_plan(work: Work) -> Ending:
    """Answer one question and keep the plan; stopped, it is the best so far. Works too, alone or with stock."""
    claim = work.claim
    question = Question.of({**claim.request, "way": claim.kind})
    scope = scope_of(claim.compartment, claim.created_by)
    solved = work.bench.solve(question, scope, work.tell, work.stop)
    told, made = solved.document(), solved.answer.plan
    if solved.answer.reason in (Reason.IMPOSSIBLE, Reason.NO_PLAN):
        return Ending(State.SUCCEEDED, str(solved.answer.reason), lambda tx: {"plan": None, "notes": told["notes"]})
    work.tell(Progress("writing"))

    def write(tx: Transaction) -> Mapping[str, Any]:
        theatre_id = scenarios.get(tx, question.scenario)["theatre_id"]
        plan_id = plans.add(
            tx, theatre_id, question.scenario, made, told, changes=question.changes, job_id=claim.job_id,
            marking=str(solved.scenario.settings.marking), compartment=claim.compartment,
            certificate=solved.answer.certificate, told=in_given_units(solved.theatre, solved.scenario, made),
        )  # fmt: skip
        return {"plan": plan_id, "gap": solved.answer.gap, "objectives": told["objectives"]}

    state = State.STOPPED if work.stop.asked else State.SUCCEEDED
    return Ending(state, str(solved.answer.reason), write)


def close_batch(work: Work) -> Ending:
    """Make the table of a batch's results once no shard is left to run."""
    return Ending(*batch.close(work.bench.store, work.claim))


KINDS: dict[str, Callable[[Work], Ending]] = {
    "plan": run_plan, "works": run_plan, "fortify": run_plan, "batch": close_batch,
}  # fmt: skip

# Of kinds that are divided: what runs one shard, and returns its row of results.
SHARDS: dict[str, Callable[[Bench, ShardClaim, Stop], Mapping[str, Any]]] = {"batch": batch.run_shard}
