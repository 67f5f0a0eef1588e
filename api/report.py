"""The JSON document of an answer: the contract that scripts rely on (docs/cli.md), and plan.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from data.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from data.theatre import Scenario, Theatre
    from data.verify import Violation
    from optimizer.outcome import Answer, Goal

TIMINGS = ("load", "build", "solve", "verify", "certify", "total")


def document(
    theatre: Theatre,
    scenario: Scenario,
    answer: Answer,
    objectives: Mapping[str, float],
    kpis: Mapping[str, Any],
    violations: Iterable[Violation],
    timings: Mapping[str, float],
) -> dict[str, Any]:
    """Return the document of one answer, in plain values; `objectives` are the scorer's, not the solver's."""
    return {
        "schema": SCHEMA_VERSION,
        "theatre": theatre.name,
        "scenario": scenario.name,
        "reason": str(answer.reason),
        "limit": None if answer.limit is None else str(answer.limit),
        "method": answer.method,
        "solver": answer.solver,
        "gap": answer.gap,
        "goals": [goal_row(goal) for goal in answer.goals],
        "allows": {goal.goal: goal.allows for goal in answer.goals if isfinite(goal.allows)},
        "objectives": dict(objectives),
        "kpis": dict(kpis),
        "violations": [violation_row(v) for v in violations],
        "timings": {name: round(float(timings.get(name, 0.0)), 3) for name in TIMINGS},
        "digest": _digests(theatre, scenario, answer),
        "shortfalls": [asdict(row) for row in answer.shortfalls],
        "notes": list(answer.notes),
    }


def _digests(theatre: Theatre, scenario: Scenario, answer: Answer) -> dict[str, str]:
    own = {"theatre": theatre.digest, "scenario": scenario.digest, "plan": answer.plan.digest}
    return own if answer.certificate is None else own | {"certificate": answer.certificate.digest}


def goal_row(goal: Goal) -> dict[str, Any]:
    """Return a goal with its value, bound, scale, gap and proof."""
    return {name: getattr(goal, name) for name in ("goal", "value", "bound", "scale", "gap", "proof")}


def violation_row(violation: Violation) -> dict[str, Any]:
    """Return a violation with its rule, place, excess and unit, and as one line of text."""
    row = asdict(violation) if is_dataclass(violation) else {}
    row["where"] = dict(violation.where)
    return {**row, "text": str(violation)}


def with_changes(changed: Mapping[str, Any], base: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Return the document of a what-if: that of the changed plan, its changes, its base and the deltas."""
    kept = ("reason", "limit", "gap", "goals", "objectives", "kpis", "timings", "digest")
    open_gap = max(base["gap"], changed["gap"])
    proven = base["reason"] == changed["reason"] == "optimal"
    note = f"a difference within the gap of the two plans ({open_gap:.2g} of a goal's scale) proves nothing"
    return {
        **changed,
        "notes": [*changed["notes"], *([] if proven else [note])],
        "changes": list(changes),
        "base": {name: base[name] for name in kept},
        "deltas": {name: deltas(base[name], changed[name]) for name in ("objectives", "kpis")},
    }


def deltas(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return after − before for every number that both have, nested as they are."""
    out: dict[str, Any] = {}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            out[name] = deltas(old, value)
        elif _is_number(value) and _is_number(old):
            out[name] = value - old
    return out


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def plain(value: Any) -> Any:
    """Return the value in what JSON knows: numpy numbers as numbers, what is not finite as null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def to_json(document: Any) -> str:
    """Return the document as JSON text, readable by a person too."""
    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False)
