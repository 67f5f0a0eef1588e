"""Scenarios in the database: one of the theatre's own, or a base and the changes to it.

The coalition's changes stand in a part that donors do not see. What they may see of the changed tables is divided as a
theatre is: what no donor owns, and each donor's own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from api.store import theatres as theatre_rows
from api.store.database import Transaction
from api.store.errors import ConflictError, MissingError
from api.store.paging import page
from api.store.tables import SHARED, new_id, now, scenario_parts, scenarios
from data.change import apply, parse_change
from data.formats.archive import pack
from data.theatre import Scenario, Theatre

DEEPEST = 50  # bases below each other


def add(tx: Transaction, base: str, name: str, changes: Sequence[str]) -> str:
    """Return the id of a new scenario: the base with changes, as text, applied in order.

    ChangeError or TableError if they do not apply, ConflictError if the name is taken, MissingError without the base.
    """
    parent = _row(tx, base)
    changed = apply(*load(tx, base), changes)
    theatre_rows.check_donors(changed[0])
    home = SHARED if tx.scope.everything else tx.scope.home
    taken = sa.select(scenarios.c.id).where(
        scenarios.c.theatre_id == parent["theatre_id"], scenarios.c.name == name, tx.visible(scenarios)
    )
    if tx.connection.execute(taken).scalar() is not None:
        raise ConflictError(f"a scenario '{name}' of this theatre is there already; choose another name")
    made = new_id("scenario")
    row = {"id": made, "compartment": home, "theatre_id": parent["theatre_id"], "name": name, "base": base,
           "marking": parent["marking"], "created_by": tx.scope.actor}  # fmt: skip
    tx.connection.execute(sa.insert(scenarios).values(**row, created_at=now()))
    parts: list[dict[str, Any]] = [{"compartment": tx.scope.home, "changes": list(changes), "content": None}]
    if tx.scope.everything:
        free = [text for text in changes if not theatre_rows.is_owned(parse_change(text))]
        parts += [{"compartment": c, "changes": free if c == SHARED else [], "content": pack(sets)}
                  for c, sets in theatre_rows.divide(changed[0], [changed[1]]).items()]  # fmt: skip
    tx.connection.execute(sa.insert(scenario_parts), [{"scenario_id": made, **part} for part in parts])
    return made


def get(tx: Transaction, scenario_id: str) -> dict[str, Any]:
    """Return the row of a scenario with the changes that the scope may see; MissingError if it sees no such."""
    row, parts = _row(tx, scenario_id), _parts(tx, scenario_id)
    return {**row, "changes": next((part["changes"] for part in parts), [])}


def _row(tx: Transaction, scenario_id: str) -> dict[str, Any]:
    found = tx.rows(sa.select(scenarios).where(scenarios.c.id == scenario_id, tx.visible(scenarios)))
    if not found:
        raise MissingError(f"no scenario '{scenario_id}'; GET /v1/scenarios lists them")
    return found[0]


def _parts(tx: Transaction, scenario_id: str) -> list[dict[str, Any]]:
    """Return the parts that the scope sees: the changes of whose it is first, then the shared part, then own ones."""
    seen = sa.select(scenario_parts).where(scenario_parts.c.scenario_id == scenario_id, tx.visible(scenario_parts))
    return tx.rows(seen.order_by(scenario_parts.c.content.is_not(None), scenario_parts.c.compartment))


def named(tx: Transaction, theatre_id: str, name: str) -> dict[str, Any]:
    """Return the row of a theatre's scenario by name; MissingError names the ones there are."""
    seen = (scenarios.c.theatre_id == theatre_id, tx.visible(scenarios))
    found = tx.rows(sa.select(scenarios).where(*seen, scenarios.c.name == name))
    if not found:
        names = tx.connection.execute(sa.select(scenarios.c.name).where(*seen).order_by(scenarios.c.name)).scalars()
        raise MissingError(f"theatre '{theatre_id}' has no scenario '{name}'; known: {', '.join(names) or 'none'}")
    return found[0]


def listed(tx: Transaction, limit: int = 50, after: str = "", theatre_id: str = "") -> list[dict[str, Any]]:
    """Return the scenarios that the scope sees, newest first."""
    conditions = [scenarios.c.theatre_id == theatre_id] if theatre_id else []
    return page(tx, scenarios, limit, after, *conditions)


def load(tx: Transaction, scenario_id: str) -> tuple[Theatre, Scenario]:
    """Return theatre and scenario with the changes of every base applied, as far as the scope sees the theatre."""
    row = _row(tx, scenario_id)
    texts: list[str] = []
    for _ in range(DEEPEST):
        parts = _parts(tx, row["id"])
        if row["base"] is None:
            theatre, own = theatre_rows.load(tx, row["theatre_id"])
            return apply(theatre, own[row["name"]], texts)
        if not parts or parts[0]["content"] is not None:  # another's changes: what is seen of what they make
            name = theatre_rows.get(tx, row["theatre_id"])["name"]
            theatre, own = theatre_rows.of_parts(name, [part["content"] for part in parts])
            return apply(theatre, next(iter(own.values())), texts)
        texts = [*parts[0]["changes"], *texts]
        row = _row(tx, row["base"])
    raise ConflictError(f"scenario '{scenario_id}' stands on more than {DEEPEST} others; begin nearer its root")
