"""A batch: many questions, a shard each; at the end one table of results, one verdict by rule."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from api.jobs import records
from api.jobs.acceptance import Rule, verdicts
from api.jobs.batch_spec import BatchSpec, Case
from api.jobs.claims import Claim, ShardClaim, keep
from api.jobs.solving import Bench, Question, scope_of
from api.jobs.states import Shard, State
from api.store import Scope, Store, Transaction, scenarios
from data.formats.archive import frame_of_parquet, frame_to_parquet
from optimizer import Stop

TABLE, MEDIA = "results.parquet", "application/vnd.apache.parquet"
OWN = ("case", "scenario", "changes", "seed", "state", "reason", "limit", "gap", "plan", "seconds", "error")


def submit(tx: Transaction, theatre_id: str, spec: BatchSpec, most_attempts: int = 3) -> str:
    """Return the id of the job that answers every case of the spec; MissingError names a scenario that is not there."""
    found = {name: scenarios.named(tx, theatre_id, name) for name in dict.fromkeys(c.scenario for c in spec.cases)}
    shards = [_shard(case, found[case.scenario]["id"], spec) for case in spec.cases]
    marking = "; ".join(sorted({row["marking"] for row in found.values() if row["marking"]}))
    request = {"theatre": theatre_id, "name": spec.name, "expect": [str(rule) for rule in spec.expect]}
    return records.submit(tx, "batch", request, shards, marking=marking, most_attempts=most_attempts)


def _shard(case: Case, scenario_id: str, spec: BatchSpec) -> dict[str, Any]:
    return {
        "case": case.name, "name": case.scenario, "scenario": scenario_id, "changes": list(case.changes),
        "seed": case.seed, "gap": spec.gap, "deadline": spec.deadline, "method": spec.method, "relax": spec.relax,
    }  # fmt: skip


def run_shard(bench: Bench, claim: ShardClaim, stop: Stop) -> Mapping[str, Any]:
    """Return the row of results of one case: reason, gap, every objective and figure, the plan's digest, seconds."""
    began = time.perf_counter()
    solved = bench.solve(Question.of(claim.spec), scope_of(claim.compartment, claim.created_by), stop=stop)
    answer = solved.answer
    return {
        "reason": str(answer.reason),
        "limit": None if answer.limit is None else str(answer.limit),
        "gap": answer.gap,
        "plan": answer.plan.digest,
        "figures": {**solved.score.kpis, **solved.score.objectives},
        "seconds": time.perf_counter() - began,
    }


def close(store: Store, claim: Claim) -> tuple[State, str, Callable[[Transaction], Mapping[str, Any]]]:
    """Return how a batch ends, and what writes its table: one row a case, failed and unanswered ones too."""
    with store.read(Scope(claim.owner)) as tx:
        stopped = records.get(tx, claim.job_id)["stop"] != ""
        frame = results(tx, claim.job_id)
    content = frame_to_parquet(frame, {"casemate.marking": claim.marking, "casemate.job": claim.job_id})
    rules = verdicts([Rule.parse(text) for text in claim.request["expect"]], frame)
    passed = all(rule["passed"] for rule in rules)
    counts = {str(state): int((frame["state"] == state).sum()) for state in Shard}

    def write(tx: Transaction) -> Mapping[str, Any]:
        keep(tx, claim, TABLE, MEDIA, content, hashlib.sha256(content).hexdigest())
        return {"cases": len(frame), **counts, "table": TABLE, "rules": rules, "passed": passed}

    failed = counts[Shard.FAILED] == len(frame)
    state = State.STOPPED if stopped else State.FAILED if failed else State.SUCCEEDED
    return state, "stopped" if stopped else "complete" if counts[Shard.DONE] == len(frame) else "with failures", write


def results(tx: Transaction, job_id: str) -> pd.DataFrame:
    """Return the table of a batch as far as it is: own columns first, then every figure by name."""
    rows: list[dict[str, Any]] = []
    after = -1
    while found := records.shard_rows(tx, job_id, after=after):
        rows += [_row(shard) for shard in found]
        after = found[-1]["number"]
    frame = pd.DataFrame(rows)
    figures = sorted(column for column in frame.columns if column not in OWN)
    return frame.reindex(columns=[*OWN, *figures]).astype(dict.fromkeys(("gap", "seconds", *figures), float))


def _row(shard: Mapping[str, Any]) -> dict[str, Any]:
    spec, result, error = shard["spec"], shard["result"] or {}, shard["error"] or {}
    own = {
        "case": spec["case"], "scenario": spec["name"], "changes": "; ".join(spec["changes"]), "seed": spec["seed"],
        "state": shard["state"], "error": f"{error['code']}: {error['message']}" if error else None,
    }  # fmt: skip
    return {**own, **{name: result.get(name) for name in ("reason", "limit", "gap", "plan", "seconds")},
            **result.get("figures", {})}  # fmt: skip


def table(tx: Transaction, job_id: str) -> pd.DataFrame:
    """Return the table that a batch left; MissingError while it has left none."""
    return frame_of_parquet(records.artifact(tx, job_id, TABLE)["content"])


def failures(frame: pd.DataFrame) -> Sequence[Mapping[str, Any]]:
    """Return case and error of every row that failed."""
    return frame.loc[frame["state"] == Shard.FAILED, ["case", "error"]].to_dict("records")
