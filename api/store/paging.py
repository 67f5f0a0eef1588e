"""Pages of a list: newest first, each page begun after the last id of the one before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from api.store.database import Transaction

LARGE = ("content", "document", "request", "result", "spec")


def page(
    tx: Transaction, table: sa.Table, limit: int, after: str = "", *conditions: sa.ColumnElement[bool]
) -> list[dict[str, Any]]:
    """Return at most `limit` rows that the scope sees, newest first, without their large columns.

    `after` is the last id of the page before: rows that come or go meanwhile move no other row between pages.
    """
    columns = [column for column in table.c if column.name not in LARGE]
    return tx.rows(turned(sa.select(*columns).where(tx.visible(table), *conditions), table, limit, after))


def turned(seen: sa.Select[Any], table: sa.Table, limit: int, after: str) -> sa.Select[Any]:
    """Return the page of a selection of this table that begins after that id."""
    begun = seen.where(table.c.id < after) if after else seen
    return begun.order_by(table.c.id.desc()).limit(limit)
