"""Row-level security by compartment and a role that it binds, an audit log only added to, the overview of jobs.

A row is seen if its compartment stands in the transaction's setting `casemate.compartments`: `*` sees everything,
`|BIRCH` the shared rows (the empty part before the bar) and BIRCH's, no setting nothing at all. The same list allows
writing, but for the shared rows, which only `*` writes.
"""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"

ROLE = "casemate_app"
COMPARTED = (
    "theatres", "theatre_contents", "theatre_parts", "scenarios", "plans", "jobs", "job_events", "shards", "artifacts",
    "audit", "idempotency",
)  # fmt: skip
OPEN = ("audit_head", "api_keys")
EVERY = "SELECT, INSERT, UPDATE, DELETE"
SETTING = "current_setting('casemate.compartments', true)"
SEES = f"{SETTING} = '*' OR compartment = ANY (string_to_array({SETTING}, '|'))"
WRITES = f"{SETTING} = '*' OR (compartment <> '' AND compartment = ANY (string_to_array({SETTING}, '|')))"

OVERVIEW = """
CREATE VIEW jobs_overview {options} AS
SELECT j.id, j.compartment, j.kind, j.state, j.phase, j.reason, j.marking, j.attempts, j.created_at, j.created_by,
  j.started_at, j.finished_at,
  (SELECT count(*) FROM shards s WHERE s.job_id = j.id) AS shards,
  (SELECT count(*) FROM shards s WHERE s.job_id = j.id AND s.state = 'done') AS shards_done,
  (SELECT count(*) FROM shards s WHERE s.job_id = j.id AND s.state = 'failed') AS shards_failed
FROM jobs j
"""


def upgrade() -> None:
    """Guard the tables."""
    op.execute("INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '')")
    if op.get_bind().dialect.name == "postgresql":
        _role()
        _policies()
        _append_only_postgresql()
        op.execute(OVERVIEW.format(options="WITH (security_invoker = true)"))
        op.execute(f"GRANT SELECT ON jobs_overview TO {ROLE}")
    else:
        _append_only_sqlite()
        op.execute(OVERVIEW.format(options=""))


def _role() -> None:
    """Make the role if it is not there, and let the one who connects take it."""
    found = op.get_bind().execute(sa.text(f"SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = '{ROLE}'"))
    bypasses = found.scalar()
    if bypasses is None:
        op.execute(f"CREATE ROLE {ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS")
    elif bypasses:
        raise sa.exc.DBAPIError(None, None, Exception(f"role {ROLE} bypasses row-level security; take that from it"))
    op.execute(f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') "
               f"THEN EXECUTE format('GRANT {ROLE} TO %I', current_user); END IF; END $$")  # fmt: skip
    op.execute(f"DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO {ROLE}', current_schema()); END $$")


def guard(table: str, rights: str = EVERY) -> None:
    """Let the role see and write the rows of a table of PostgreSQL by compartment; later migrations call it too."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sees ON {table} FOR SELECT USING ({SEES})")
    op.execute(f"CREATE POLICY adds ON {table} FOR INSERT WITH CHECK ({WRITES})")
    op.execute(f"CREATE POLICY edits ON {table} FOR UPDATE USING ({WRITES}) WITH CHECK ({WRITES})")
    op.execute(f"CREATE POLICY drops ON {table} FOR DELETE USING ({WRITES})")
    op.execute(f"GRANT {rights} ON {table} TO {ROLE}")


def _policies() -> None:
    for table in COMPARTED:
        guard(table, "SELECT, INSERT" if table == "audit" else EVERY)
    for table in OPEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {ROLE}")


def _append_only_postgresql() -> None:
    op.execute("CREATE FUNCTION casemate_append_only() RETURNS trigger LANGUAGE plpgsql AS "
               "$$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$")  # fmt: skip
    op.execute("CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
               "FOR EACH STATEMENT EXECUTE FUNCTION casemate_append_only()")  # fmt: skip


def _append_only_sqlite() -> None:
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
                   "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END")  # fmt: skip
