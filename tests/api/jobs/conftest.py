"""Both databases, for every test that asks for `store`."""

from tests.api.databases import database_url, postgresql_url, store

__all__ = ["database_url", "postgresql_url", "store"]
