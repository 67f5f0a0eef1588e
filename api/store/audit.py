"""The audit log: who did what, when; only added to, each row's hash over its content and the hash of the row before.

hash = sha256 of the JSON text [seq, at, compartment, actor, action, subject, detail, previous]. A row that is changed,
taken out or put in breaks the chain at its place; rows taken off the end are seen against a head that was signed and
kept elsewhere. Details are facts, never quantities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from api.store.database import Transaction, to_text
from api.store.errors import AuditError
from api.store.tables import audit, audit_head, now

PAGE = 5000
FIELDS = ("seq", "at", "compartment", "actor", "action", "subject", "detail", "previous")


@dataclass(frozen=True)
class Head:
    """The end of the log: its last row's number and hash, and when it was read (the database's clock)."""

    seq: int
    hash: str
    at: float


def record(tx: Transaction, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> int:
    """Return the number of the row added, in the transaction of what it tells of: both stand, or neither."""
    (head,) = tx.rows(sa.select(audit_head).where(audit_head.c.one == 1).with_for_update())
    row: dict[str, Any] = {
        "seq": head["seq"] + 1, "at": tx.connection.execute(sa.select(now())).scalar_one(),
        "compartment": tx.scope.home, "actor": tx.scope.actor, "action": action, "subject": subject,
        "detail": to_text(dict(detail or {})), "previous": head["hash"],
    }  # fmt: skip
    row["hash"] = row_hash(row)
    tx.connection.execute(sa.insert(audit).values(row))
    moved = sa.update(audit_head).where(audit_head.c.one == 1)
    tx.connection.execute(moved.values(seq=row["seq"], hash=row["hash"]))
    return int(row["seq"])


def row_hash(row: Mapping[str, Any]) -> str:
    """Return the hash that a row must have."""
    return hashlib.sha256(to_text([row[name] for name in FIELDS]).encode()).hexdigest()


def listed(tx: Transaction, limit: int = 50, before: int | None = None) -> list[dict[str, Any]]:
    """Return the rows that the scope sees, newest first; `before` is the last number of the page before."""
    seen = sa.select(audit).where(tx.visible(audit))
    if before is not None:
        seen = seen.where(audit.c.seq < before)
    return tx.rows(seen.order_by(audit.c.seq.desc()).limit(limit))


def verify(tx: Transaction, signed: Head | None = None) -> Head:
    """Return the head of an unbroken log; AuditError names the first row that is altered, missing or put in.

    The whole chain is read, so the scope must see everything. `signed` is a head kept elsewhere, which must be in it.
    """
    if not tx.scope.everything:
        raise AuditError("the audit log is one chain over all compartments; verify it as auditor of the coalition")
    seq, previous = 0, ""
    for row in _rows(tx):
        seq += 1
        if row["seq"] != seq:
            raise AuditError(f"row {seq} of the audit log is missing: row {row['seq']} follows row {seq - 1}")
        if row["previous"] != previous or row_hash(row) != row["hash"]:
            raise AuditError(f"row {seq} of the audit log ({row['action']} {row['subject']}) was altered after it was "
                             "written: its hash does not follow from what it holds")  # fmt: skip
        previous = row["hash"]
        if signed is not None and signed.seq == seq and signed.hash != previous:
            raise AuditError(f"row {seq} of the audit log is not the one that was signed: the log was written anew")
    (head,) = tx.rows(sa.select(audit_head))
    if (head["seq"], head["hash"]) != (seq, previous):
        raise AuditError(f"rows after {seq} of the audit log are missing: its head says {head['seq']}")
    if signed is not None and signed.seq > seq:
        raise AuditError(f"rows after {seq} of the audit log are missing: the signed head says {signed.seq}")
    return Head(seq, previous, float(tx.connection.execute(sa.select(now())).scalar_one()))


def _rows(tx: Transaction) -> Iterator[dict[str, Any]]:
    last = 0
    while rows := tx.rows(sa.select(audit).where(audit.c.seq > last).order_by(audit.c.seq).limit(PAGE)):
        yield from rows
        last = rows[-1]["seq"]
