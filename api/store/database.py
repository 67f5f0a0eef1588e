"""The database: SQLite in one file with nothing to install, PostgreSQL for teams. The same code, the same tables.

Every access is a transaction under a scope. On PostgreSQL the scope is also set in the transaction, and row-level
security holds whatever a query forgets; the transaction takes the role `casemate_app`, which cannot bypass it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from api.store.errors import SchemaError
from api.store.tables import COALITION, SHARED

APP_ROLE = "casemate_app"
BUSY_SECONDS = 30
POOL = 10  # connections a process keeps to PostgreSQL


@dataclass(frozen=True)
class Scope:
    """Who acts, and whose rows are seen: all (`donors` is None), or the shared ones and those of these donors."""

    actor: str = "local"
    donors: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for donor in self.donors or ():
            if donor in (SHARED, COALITION) or "|" in donor:
                raise ValueError(f"{donor!r} cannot be a compartment: the name must be filled and without * and |")

    @property
    def everything(self) -> bool:
        """Return whether every compartment is seen."""
        return self.donors is None

    @property
    def home(self) -> str:
        """Return the compartment of what this scope writes: the coalition's, or that of its first donor."""
        return COALITION if self.donors is None else (self.donors or ("",))[0]

    def setting(self) -> str:
        """Return the scope as PostgreSQL's policies read it: * or |DONOR|DONOR, whose first part is the shared one."""
        return COALITION if self.donors is None else "|" + "|".join(self.donors)


@dataclass(frozen=True)
class Transaction:
    """An open transaction and the scope it is under."""

    connection: sa.Connection
    scope: Scope

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return self.connection.dialect.name

    def rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        """Return the rows of a query as plain values by column."""
        return [dict(row) for row in self.connection.execute(statement).mappings()]

    def visible(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition on rows that the scope may see."""
        if self.scope.everything:
            return sa.true()
        return table.c.compartment.in_([SHARED, *(self.scope.donors or ())])

    def writable(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition on rows that the scope may change: a donor's own, never the shared ones."""
        if self.scope.everything:
            return sa.true()
        return table.c.compartment.in_(list(self.scope.donors or ()))


class Store:
    """An open database whose tables are those of this version."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @property
    def url(self) -> str:
        """Return the address, its password in clear: for processes of this service only, never for a log."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def single_compartment(self) -> bool:
        """Return whether whoever can read the database can read all of it: true of SQLite, which is one file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self, scope: Scope) -> Iterator[Transaction]:
        """Yield a transaction that may write; it is committed at the end, rolled back on an error."""
        with self.engine.begin() as connection:
            yield _scoped(connection, scope)

    @contextmanager
    def read(self, scope: Scope) -> Iterator[Transaction]:
        """Yield a transaction for reading: on SQLite it does not wait for writers; what it writes is dropped."""
        options: dict[str, Any] = {"reading": True}
        with self.engine.connect().execution_options(**options) as connection:
            yield _scoped(connection, scope)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _scoped(connection: sa.Connection, scope: Scope) -> Transaction:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SET LOCAL ROLE {APP_ROLE}"))
        connection.execute(sa.select(sa.func.set_config("casemate.compartments", scope.setting(), True)))
    return Transaction(connection, scope)


def open_store(url: str) -> Store:
    """Return the database at this address with its tables brought up to this version.

    `sqlite:///file.db` is made if it is not there; `postgresql+psycopg://…` must be there. SchemaError if it cannot be
    reached, was made by a newer version, or has no role that row-level security binds.
    """
    from api.store.migrate import upgrade

    engine = make_engine(url)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def make_engine(url: str) -> sa.Engine:
    """Return the engine of an address; SchemaError for a database of another kind."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise SchemaError("the address of the database does not read; write sqlite:///FILE or "
                          "postgresql+psycopg://USER@HOST/NAME") from None  # fmt: skip
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=POOL, json_serializer=to_text
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _sqlite(parsed)
    shown = parsed.get_backend_name()
    raise SchemaError(f"no database of kind '{shown}' is known here; use sqlite:///FILE or postgresql+psycopg://…")


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, json_serializer=to_text, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # NB: a transaction that reads first and writes later fails at once when another wrote between; an
        # immediate one waits its turn
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def to_text(value: Any) -> str:
    """Return the JSON text of a value, keys sorted; a number that is no number is an error, never null."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
