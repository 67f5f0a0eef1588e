"""Every test of the database runs on SQLite and, in a schema of its own, on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.store import Scope, Store, open_store

SERVER = os.environ.get("CASEMATE_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/test")
ALL = Scope("tester")


def _server() -> sa.Engine:
    engine = sa.create_engine(SERVER, connect_args={"connect_timeout": 2})
    try:
        engine.connect().close()
    except sa.exc.OperationalError as error:
        engine.dispose()
        pytest.skip(f"no PostgreSQL at {engine.url}: {str(error.orig).splitlines()[0]}")
    return engine


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """Return the address of a schema of its own on a real PostgreSQL."""
    engine, name = _server(), f"t_{uuid.uuid4().hex[:12]}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    yield f"{SERVER}?options=-csearch_path%3D{name}&application_name={name}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database of each kind, one after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'casemate.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an open database of each kind, one after the other."""
    with open_store(database_url) as opened:
        yield opened
