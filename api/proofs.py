"""How far the goals of a stored answer are proven: its document held against the bounds that its certificate proves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.certify import proven_bounds
from data.score import Score
from data.tables import Table
from data.theatre import Scenario, Theatre

CLOSE = 1e-9  # of a goal's scale: only the order of sums may differ between machines


def proofs(
    theatre: Theatre, scenario: Scenario, document: Mapping[str, Any], scored: Score, certificate: Table | None
) -> list[dict[str, Any]]:
    """Return a row a goal: value, bound and gap as stated, `proven` as found, how (`proof`), and what is `wrong`.

    `proof` is certified where the certificate proves the stated bound, claimed where somebody else says so, none where
    nobody does. `wrong` is empty, or says what the document states and the certificate or the tables do not bear out.
    """
    goals = [goal for goal in document["goals"] if isinstance(goal, dict)]
    names, values = [str(goal.get("goal")) for goal in goals], scored.objectives
    allows = {name: float(limit) for name, limit in (document.get("allows") or {}).items() if _number(limit)}
    grudging = [name for name in allows if name in values and allows[name] < values[name] - CLOSE * scored.scales[name]]
    found = dict.fromkeys(names, 0.0)
    if certificate is not None:
        found |= proven_bounds(theatre, scenario, certificate, allows, names)
    return [_proof(goal, found[name], scored, grudging) for goal, name in zip(goals, names, strict=True)]


def _proof(goal: Mapping[str, Any], proven: float, scored: Score, grudging: list[str]) -> dict[str, Any]:
    name, stated = str(goal.get("goal")), goal.get("proof")
    figures = {key: goal.get(key) for key in ("value", "bound", "gap")}
    row = {"goal": name, **figures, "proven": proven}
    if not all(_number(figure) for figure in figures.values()):
        return {**row, "proof": "none", "wrong": "value, bound and gap must be numbers"}
    value, bound, gap = (float(goal[key]) for key in figures)
    scale, wrong = scored.scales.get(name, 1.0), ""
    short = bound > proven + CLOSE * scale
    if stated == "certified" and short:
        wrong = f"the certificate proves {proven:.9g}, not {bound:.9g}"
    elif stated == "certified" and grudging:
        wrong = f"the bound allows {', '.join(grudging)} less than the plan takes"
    elif scale and abs((value - bound) / scale - gap) > CLOSE * max(1.0, abs(gap)):
        wrong = f"value and bound are {(value - bound) / scale:.3g} of the scale apart, not {gap:.3g}"
    if stated not in ("certified", "claimed"):
        return {**row, "proof": "none", "wrong": wrong}
    return {**row, "proof": "claimed" if short or grudging or wrong else "certified", "wrong": wrong}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
