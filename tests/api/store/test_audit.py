"""The audit log names the row that was altered, whoever altered it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from api.store import AuditError, Scope, Store, audit
from api.store.audit import Head
from tests.api.databases import ALL


@pytest.fixture
def head(store: Store) -> Head:
    """Return the head of a log of five rows."""
    for i in range(5):
        with store.begin(ALL if i % 2 else Scope("ben", ("BIRCH",))) as tx:
            audit.record(tx, "plan.publish", f"plan_{i}", {"kind": "x"})
    with store.read(ALL) as tx:
        return audit.verify(tx)


def tamper(store: Store, statement: str) -> None:
    """Alter rows as one with the keys of the whole database could."""
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            connection.execute(sa.text("DROP TRIGGER audit_no_update"))
            connection.execute(sa.text("DROP TRIGGER audit_no_delete"))
        connection.execute(sa.text(statement))


def test_an_untouched_log_verifies(store: Store, head: Head) -> None:
    assert head.seq == 5
    with store.read(ALL) as tx:
        assert audit.verify(tx, head).hash == head.hash


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE seq = 3", "row 3 of the audit log .plan.publish plan_2. was altered"),
        ("UPDATE audit SET at = at + 1 WHERE seq = 5", "row 5 .* was altered"),
        ("UPDATE audit SET compartment = 'ALDER' WHERE seq = 1", "row 1 .* was altered"),
        ("DELETE FROM audit WHERE seq = 2", "row 2 of the audit log is missing"),
        ("DELETE FROM audit WHERE seq = 5", "rows after 4 of the audit log are missing"),
    ],
)
def test_what_was_altered_is_named(store: Store, head: Head, statement: str, said: str) -> None:
    tamper(store, statement)
    with store.read(ALL) as tx, pytest.raises(AuditError, match=said):
        audit.verify(tx)


def test_a_log_cut_short_with_its_head_is_seen_against_the_signed_head(store: Store, head: Head) -> None:
    tamper(store, "DELETE FROM audit WHERE seq > 3")
    with store.engine.begin() as connection:
        last = connection.execute(sa.text("SELECT hash FROM audit WHERE seq = 3")).scalar()
        connection.execute(sa.text("UPDATE audit_head SET seq = 3, hash = :h"), {"h": last})
    with store.read(ALL) as tx:
        audit.verify(tx)  # the chain itself is whole
        with pytest.raises(AuditError, match="the signed head says 5"):
            audit.verify(tx, head)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"])
def test_the_log_is_only_added_to(store: Store, head: Head, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.begin(ALL) as tx:
        tx.connection.execute(sa.text(statement))
    with pytest.raises(sa.exc.DBAPIError, match="only added to"), store.engine.begin() as owner:
        owner.execute(sa.text(statement))


def test_a_row_stands_or_falls_with_what_it_tells_of(store: Store, head: Head) -> None:
    with pytest.raises(RuntimeError), store.begin(ALL) as tx:
        audit.record(tx, "plan.publish", "plan_9")
        raise RuntimeError
    with store.read(ALL) as tx:
        assert audit.verify(tx).seq == 5


def test_a_donor_reads_its_own_entries_and_cannot_verify_the_chain(store: Store, head: Head) -> None:
    with store.read(Scope("ben", ("BIRCH",))) as tx:
        assert [row["seq"] for row in audit.listed(tx)] == [5, 3, 1]
        with pytest.raises(AuditError, match="as auditor"):
            audit.verify(tx)
