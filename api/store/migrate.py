"""Bring a database up to the tables of this version, or refuse it in clear words."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.store.errors import SchemaError

LOCK = 0x0CA5E3A7E  # of PostgreSQL's advisory locks: one service migrates, the others wait


def upgrade(engine: sa.Engine) -> None:
    """Run every migration that is missing, all or none; SchemaError if the database is newer than this version."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            found = set(MigrationContext.configure(connection).get_current_heads())
            if unknown := sorted(found - known):
                raise SchemaError(
                    f"the database was made by a newer version (schema {', '.join(unknown)}; known here up to "
                    f"{max(known)}): install that version, or restore a copy of the database from before"
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.DBAPIError as error:
        said = str(error.orig).strip().split("\n")[0]
        raise SchemaError(f"the database cannot be opened or brought up to date: {said}") from error
