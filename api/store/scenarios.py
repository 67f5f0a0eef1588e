"""Scenarios in the database: one of the theatre's own, or a base and the changes to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from api.store import theatres as theatre_rows
from api.store.database import Transaction
from api.store.errors import ConflictError, MissingError
from api.store.paging import page
from api.store.tables import SHARED, new_id, now, scenarios
from data.change import apply, parse_change
from data.problems import ChangeError, TableError
from data.theatre import Scenario, Theatre

DEEPEST = 50  # bases below each other


def add(tx: Transaction, base: str, name: str, changes: Sequence[str]) -> str:
    """Return the id of a new scenario: the base with changes, as text, applied in order.

    ChangeError or TableError if they do not apply, ConflictError if the name is taken, MissingError without the base.
    """
    parent = get(tx, base)
    theatre, scenario = load(tx, base)
    apply(theatre, scenario, changes)
    home = SHARED if tx.scope.everything else tx.scope.home
    taken = sa.select(scenarios.c.id).where(
        scenarios.c.theatre_id == parent["theatre_id"], scenarios.c.name == name, tx.visible(scenarios)
    )
    if tx.connection.execute(taken).scalar() is not None:
        raise ConflictError(f"a scenario '{name}' of this theatre is there already; choose another name")
    made = new_id("scenario")
    row = {"id": made, "compartment": home, "theatre_id": parent["theatre_id"], "name": name, "base": base,
           "changes": list(changes), "marking": parent["marking"], "created_by": tx.scope.actor}  # fmt: skip
    tx.connection.execute(sa.insert(scenarios).values(**row, created_at=now()))
    return made


def get(tx: Transaction, scenario_id: str) -> dict[str, Any]:
    """Return the row of a scenario; MissingError if there is none that the scope sees."""
    row = _row(tx, scenario_id)
    if _anothers(tx, row):
        row["changes"] = [text for text in row["changes"] if not theatre_rows.is_owned(parse_change(text))]
    return row


def _row(tx: Transaction, scenario_id: str) -> dict[str, Any]:
    found = tx.rows(sa.select(scenarios).where(scenarios.c.id == scenario_id, tx.visible(scenarios)))
    if not found:
        raise MissingError(f"no scenario '{scenario_id}'; GET /v1/scenarios lists them")
    return found[0]


def _anothers(tx: Transaction, row: dict[str, Any]) -> bool:
    """Return whether the changes of a row may hold what the scope must not see: another's floors stand in them."""
    return not tx.scope.everything and row["compartment"] not in (tx.scope.donors or ())


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
    """Return theatre and scenario with the changes of every base applied, as far as the scope sees the theatre.

    Of the coalition's changes to rows of donors, those that find rows which the scope sees apply to these.
    """
    row = _row(tx, scenario_id)
    texts: list[tuple[str, bool]] = []
    for _ in range(DEEPEST):
        texts = [*((text, _anothers(tx, row)) for text in row["changes"]), *texts]
        if row["base"] is None:
            theatre, own = theatre_rows.load(tx, row["theatre_id"])
            return _applied(theatre, own[row["name"]], texts)
        row = _row(tx, row["base"])
    raise ConflictError(f"scenario '{scenario_id}' stands on more than {DEEPEST} others; begin nearer its root")


def _applied(theatre: Theatre, scenario: Scenario, texts: Sequence[tuple[str, bool]]) -> tuple[Theatre, Scenario]:
    if not any(anothers for _, anothers in texts):
        return apply(theatre, scenario, [text for text, _ in texts])
    for text, anothers in texts:
        change = parse_change(text)
        try:
            theatre, scenario = apply(theatre, scenario, [change])
        except (ChangeError, TableError):
            if not (anothers and theatre_rows.is_owned(change)):
                raise  # else it is about rows of others, which are not here
    return theatre, scenario
