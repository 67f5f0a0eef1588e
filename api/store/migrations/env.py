"""How Alembic runs the migrations: on the connection, and in the transaction, that `upgrade` hands over."""

from alembic import context

from api.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
