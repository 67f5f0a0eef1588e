"""The commands about the audit log."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from api.store import audit, open_store
from tests.api.conftest import Run
from tests.api.databases import ALL

URL = "sqlite:///a.db"


def logged() -> None:
    with open_store(URL) as store:
        for i in range(3):
            with store.begin(ALL) as tx:
                audit.record(tx, "plan.publish", f"plan_{i}")


def altered(statement: str) -> None:
    with open_store(URL) as store, store.engine.begin() as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(sa.text(f"DROP TRIGGER {trigger}"))
        connection.execute(sa.text(statement))


def test_the_altered_row_is_named(run: Run) -> None:
    logged()
    assert run("audit", "verify", "--database", URL).code == 0
    altered("UPDATE audit SET actor = 'eve' WHERE seq = 2")
    ran = run("audit", "verify", "--database", URL, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "audit-broken")
    assert "row 2 of the audit log (plan.publish plan_1) was altered" in ran.json["error"]["message"]


def test_a_log_written_anew_is_seen_against_the_signed_head(run: Run) -> None:
    logged()
    assert run("audit", "key", "--out", "k").code == 0
    assert Path("k").stat().st_mode & 0o077 == 0
    assert run("audit", "head", "--database", URL, "--key", "k", "--out", "head").code == 0
    assert run("audit", "verify", "--database", URL, "--head", "head", "--key", "k.pub").code == 0
    Path("a.db").unlink()
    logged()
    ran = run("audit", "verify", "--database", URL, "--head", "head", "--key", "k.pub")
    assert ran.code == 1 and "not the one that was signed" in ran.err


def test_a_head_signed_by_another_key_is_refused(run: Run) -> None:
    logged()
    for name in ("k", "other"):
        run("audit", "key", "--out", name)
    run("audit", "head", "--database", URL, "--key", "k", "--out", "head")
    ran = run("audit", "verify", "--database", URL, "--head", "head", "--key", "other.pub")
    assert ran.code == 1 and "not signed by this key" in ran.err
    assert run("audit", "head", "--database", URL, "--key", "k.pub", "--out", "h2").code == 2
    assert run("audit", "key", "--out", "k").code == 2
    assert run("audit", "verify", "--database", URL, "--head", "head").code == 2
