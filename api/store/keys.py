"""API keys, kept as hashes, and idempotency keys, kept with what was answered."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from api.store.database import Transaction
from api.store.errors import ConflictError, MissingError
from api.store.paging import turned
from api.store.tables import api_keys, idempotency, new_id, now

PREFIX = "cm_"
SHOWN = [c for c in api_keys.c if c.name != "hash"]


def add(tx: Transaction, name: str, roles: Sequence[str], donors: Sequence[str], days: float | None = None) -> str:
    """Return a new key, which is shown this once: only its hash is kept. `days` until it ends; None: never."""
    key = PREFIX + secrets.token_urlsafe(32)
    ends = None if days is None else now() + days * 86400.0
    row = {"id": new_id("key"), "hash": _hash(key), "name": name, "roles": list(roles), "compartments": list(donors)}
    tx.connection.execute(
        sa.insert(api_keys).values(**row, expires_at=ends, created_at=now(), created_by=tx.scope.actor)
    )
    return key


def find(tx: Transaction, key: str) -> dict[str, Any] | None:
    """Return the row of a key that is neither revoked nor over, or None."""
    good = (api_keys.c.hash == _hash(key), api_keys.c.revoked_at.is_(None),
            sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now()))  # fmt: skip
    found = tx.rows(sa.select(*SHOWN).where(*good))
    return found[0] if found else None


def row_of(tx: Transaction, key: str) -> dict[str, Any]:
    """Return the row of a key that there is, be it revoked or over."""
    (row,) = tx.rows(sa.select(*SHOWN).where(api_keys.c.hash == _hash(key)))
    return row


def revoke(tx: Transaction, key_id: str) -> None:
    """Make a key worthless from now on; MissingError if there is none of this id."""
    ended = sa.update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=now())
    if tx.connection.execute(ended).rowcount == 0:
        raise MissingError(f"no key '{key_id}'; GET /v1/keys lists them")


def listed(tx: Transaction, limit: int = 50, after: str = "") -> list[dict[str, Any]]:
    """Return rows of keys without their hashes, newest first; `after`: the last id of the page before."""
    return tx.rows(turned(sa.select(*SHOWN), api_keys, limit, after))


def _hash(key: str) -> str:
    # NB: a key holds 256 random bits, so that a plain hash cannot be guessed back: no salt, no slow hash
    return hashlib.sha256(key.encode()).hexdigest()


def remember(tx: Transaction, key: str, request_digest: str) -> dict[str, Any] | None:
    """Return the earlier answer to this idempotency key, or None and take the key for this request.

    ConflictError if the key was used for another request, or if the first one is still being answered. Call it in the
    transaction that does the work: if that is rolled back, so is the key.
    """
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[tx.dialect]
    own = {"compartment": tx.scope.home, "principal": tx.scope.actor, "key": key}
    row = {**own, "request_digest": request_digest, "created_at": now()}
    taken = insert(idempotency).values(row).on_conflict_do_nothing().returning(idempotency.c.key)
    if tx.connection.execute(taken).first() is not None:
        return None
    (found,) = tx.rows(sa.select(idempotency).filter_by(**own))
    if found["request_digest"] != request_digest:
        raise ConflictError(f"Idempotency-Key '{key}' was used for another request; send a new one")
    if found["status"] is None:
        raise ConflictError(f"the first request with Idempotency-Key '{key}' is still being answered; ask again soon")
    return {"status": found["status"], "response": found["response"]}


def answered(tx: Transaction, key: str, status: int, response: Any) -> None:
    """Keep what was answered to this idempotency key."""
    own = {"compartment": tx.scope.home, "principal": tx.scope.actor, "key": key}
    tx.connection.execute(sa.update(idempotency).filter_by(**own).values(status=status, response=response))
