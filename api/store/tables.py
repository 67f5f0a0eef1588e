"""The tables of the database. Alembic's migrations make them; a test holds both together.

`compartment` says whose a row is: "" is shared by all, "*" is the coalition's own (only a scope that sees everything),
any other word is a donor. Times are seconds since 1970 on the database's clock.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SHARED, COALITION = "", "*"

metadata = sa.MetaData()


class now(FunctionElement[float]):  # noqa: N801 - it is written as a function of SQL
    """The database's own clock, in seconds since 1970."""

    type = sa.Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: Any, **kw: Any) -> str:
    # NB: now() stands still within a transaction, which would make a lease shorter than it says
    return "(extract(epoch from clock_timestamp())::double precision)"


def new_id(kind: str) -> str:
    """Return a new name for a row; later names sort after earlier ones."""
    return f"{kind}_{time.time_ns():016x}{secrets.token_hex(5)}"


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(40), primary_key=True)


def _text(name: str, **cells: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, **{"server_default": "", **cells})


def _time(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=True)


def _whole(name: str, **cells: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, **{"server_default": "0", **cells})


def _made() -> tuple[sa.Column[Any], ...]:
    return sa.Column("created_at", sa.Double, nullable=False), _text("created_by")


def _of(table: str, name: str, **cells: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(40), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **cells)


# A theatre: one immutable version. Whole content and each compartment's part are rows of their own, so that a
# donor's session cannot read what is another's even by mistake.
theatres = sa.Table(
    "theatres", metadata, _id(), _text("compartment"), _text("name"), _text("marking"), *_made(),
)  # fmt: skip
contents = sa.Table(
    "theatre_contents", metadata, _of("theatres", "theatre_id", primary_key=True), _text("compartment"),
    _text("digest"), sa.Column("content", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("compartment", "digest", name="uq_theatre_contents_digest"),
)  # fmt: skip
parts = sa.Table(
    "theatre_parts", metadata, _of("theatres", "theatre_id", primary_key=True),
    _text("compartment", primary_key=True), sa.Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip

# A scenario: one of the theatre's content (`base` empty), or a base and its changes. The changes are a part (without
# content) of whose they are. Of the coalition's, what others may see of the changed tables are parts of their own.
scenarios = sa.Table(
    "scenarios", metadata, _id(), _text("compartment"), _of("theatres", "theatre_id", nullable=False), _text("name"),
    _of("scenarios", "base", nullable=True), _text("marking"), *_made(),
    sa.UniqueConstraint("compartment", "theatre_id", "name", name="uq_scenarios_name"),
)  # fmt: skip
scenario_parts = sa.Table(
    "scenario_parts", metadata, _of("scenarios", "scenario_id", primary_key=True),
    _text("compartment", primary_key=True), sa.Column("changes", sa.JSON, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=True),
)  # fmt: skip

# A plan: the coalition's until it is published, which makes it shared. The whole is one part; what others see of a
# published plan are parts of their own.
plans = sa.Table(
    "plans", metadata, _id(), _text("compartment"), _of("theatres", "theatre_id", nullable=False),
    _of("scenarios", "scenario_id", nullable=True), _text("marking"), _time("published_at"),
    sa.Column("created_at", sa.Double, nullable=False),
)  # fmt: skip
plan_parts = sa.Table(
    "plan_parts", metadata, _of("plans", "plan_id", primary_key=True), _text("compartment", primary_key=True),
    _whole("whole"), sa.Column("changes", sa.JSON, nullable=False), _text("job_id"), _text("digest"), _text("reason"),
    sa.Column("gap", sa.Double, nullable=True), sa.Column("document", sa.JSON, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False), _text("created_by"),
)  # fmt: skip

jobs = sa.Table(
    "jobs", metadata, _id(), _text("compartment"), _text("kind"), _text("state"), _text("phase"), _text("reason"),
    _text("marking"), sa.Column("request", sa.JSON, nullable=False), sa.Column("result", sa.JSON, nullable=True),
    sa.Column("error", sa.JSON, nullable=True), _text("stop"), _whole("priority"), _whole("attempts"),
    _whole("most_attempts", server_default="3"), _text("owner"), _time("lease_until"), _time("expires_at"),
    _time("started_at"), _time("finished_at"), _whole("events"), _whole("spread"), *_made(),
    sa.Index("ix_jobs_state", "state", "priority", "id"),
)  # fmt: skip
events = sa.Table(
    "job_events", metadata, _of("jobs", "job_id", primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False), _text("compartment"),
    sa.Column("at", sa.Double, nullable=False), _text("event"), sa.Column("data", sa.JSON, nullable=False),
)  # fmt: skip
shards = sa.Table(
    "shards", metadata, _of("jobs", "job_id", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False), _text("compartment"), _text("state"),
    sa.Column("spec", sa.JSON, nullable=False), sa.Column("result", sa.JSON, nullable=True),
    sa.Column("error", sa.JSON, nullable=True), _whole("attempts"), _text("owner"), _time("lease_until"),
    _time("finished_at"), sa.Index("ix_shards_state", "job_id", "state", "number"),
)  # fmt: skip
artifacts = sa.Table(
    "artifacts", metadata, _of("jobs", "job_id", primary_key=True), _text("name", primary_key=True),
    _text("compartment"), _text("marking"), _text("media"), _text("digest"),
    sa.Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip

audit = sa.Table(
    "audit", metadata, sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False), _text("compartment"),
    sa.Column("at", sa.Double, nullable=False), _text("actor"), _text("action"), _text("subject"),
    _text("detail"), _text("previous"), _text("hash"),
)  # fmt: skip
audit_head = sa.Table(
    "audit_head", metadata, sa.Column("one", sa.Integer, primary_key=True, autoincrement=False), _whole("seq"),
    _text("hash"),
)  # fmt: skip

api_keys = sa.Table(
    "api_keys", metadata, _id(), _text("hash", unique=True), _text("name"), sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("compartments", sa.JSON, nullable=False), _time("expires_at"), _time("revoked_at"), *_made(),
)  # fmt: skip
idempotency = sa.Table(
    "idempotency", metadata, _text("compartment", primary_key=True), _text("principal", primary_key=True),
    _text("key", primary_key=True), _text("request_digest"), sa.Column("status", sa.Integer, nullable=True),
    sa.Column("response", sa.JSON, nullable=True), sa.Column("created_at", sa.Double, nullable=False),
)  # fmt: skip

# Tables whose rows belong to compartments: the same list guards PostgreSQL's policies.
COMPARTED = (
    "theatres", "theatre_contents", "theatre_parts", "scenarios", "scenario_parts", "plans", "plan_parts", "jobs",
    "job_events", "shards", "artifacts", "audit", "idempotency",
)  # fmt: skip
