"""Theatres, scenarios, plans, keys and the schema, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.store import ConflictError, MissingError, SchemaError, Scope, Store, keys, open_store, plans, scenarios
from api.store import theatres as theatre_rows
from api.store.tables import metadata
from data.problems import ChangeError
from optimizer import plan
from tests.api.conftest import coalition
from tests.api.databases import ALL


def added(store: Store) -> tuple[str, str]:
    theatre, scenario = coalition()
    with store.begin(ALL) as tx:
        theatre_id = theatre_rows.add(tx, theatre, [scenario])
        return theatre_id, scenarios.named(tx, theatre_id, "attack")["id"]


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.engine.connect() as connection:
        differing = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differing == []


def test_a_database_opened_again_is_left_as_it_is(store: Store) -> None:
    theatre_id, _ = added(store)
    with open_store(store.url) as again, again.read(ALL) as tx:
        assert [row["id"] for row in theatre_rows.listed(tx)] == [theatre_id]


def test_a_database_of_a_newer_version_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '999'"))
    with pytest.raises(SchemaError, match="made by a newer version .schema 999; known here up to 003"):
        open_store(store.url)


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "nonsense"])
def test_a_database_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(SchemaError):
        open_store(url)


def test_a_server_that_is_not_there_is_named_as_such() -> None:
    with pytest.raises(SchemaError, match="cannot be opened"):
        open_store("postgresql+psycopg://127.0.0.1:1/none")


def test_a_theatre_comes_back_as_it_was_added(store: Store) -> None:
    theatre, scenario = coalition()
    theatre_id, _ = added(store)
    with store.read(ALL) as tx:
        again, own = theatre_rows.load(tx, theatre_id)
    assert (again, own) == (theatre, {"attack": scenario})


def test_the_same_tables_are_one_version(store: Store) -> None:
    assert added(store) == added(store)


def test_a_scenario_is_its_base_and_changes(store: Store) -> None:
    _, attack = added(store)
    with store.begin(ALL) as tx:
        half = scenarios.add(tx, attack, "half", ["links[link=H-S].capacity *= 0.5"])
        quarter = scenarios.add(tx, half, "quarter", ["links[link=H-S].capacity *= 0.5"])
        theatre, _ = scenarios.load(tx, quarter)
        assert dict(zip(theatre.links["link"], theatre.links["capacity"], strict=True))["H-S"] == 6.25
        with pytest.raises(ConflictError, match="'half' of this theatre is there already"):
            scenarios.add(tx, attack, "half", [])
        with pytest.raises(ChangeError):
            scenarios.add(tx, attack, "wrong", ["links[link=none].capacity = 0"])


def test_lists_go_on_after_the_last_row_seen(store: Store) -> None:
    _, attack = added(store)
    with store.begin(ALL) as tx:
        made = [scenarios.add(tx, attack, f"s{i}", []) for i in range(4)][::-1]
        first = scenarios.listed(tx, limit=2)
        scenarios.add(tx, attack, "meanwhile", [])
        rest = scenarios.listed(tx, limit=10, after=first[-1]["id"])
    assert [row["id"] for row in [*first, *rest]] == [*made, attack]


def test_a_plan_comes_back_as_it_was_added(store: Store) -> None:
    theatre_id, attack = added(store)
    theatre, scenario = coalition()
    made = plan(theatre, scenario).plan
    with store.begin(ALL) as tx:
        plan_id = plans.add(tx, theatre_id, attack, made, {"reason": "optimal", "gap": 0.0}, marking="EXERCISE")
        assert plans.load(tx, plan_id) == made
        assert plans.get(tx, plan_id)["reason"] == "optimal"
        assert plans.published(tx, theatre_id) is None
        plans.publish(tx, plan_id)
        assert plans.published(tx, theatre_id)["id"] == plan_id  # type: ignore[index]


def test_what_is_not_there_is_missing(store: Store) -> None:
    with store.read(ALL) as tx:
        for read in (theatre_rows.load, scenarios.load, plans.load, plans.get):
            with pytest.raises(MissingError):
                read(tx, "none")


def test_a_key_is_kept_as_a_hash_and_ends_when_revoked(store: Store) -> None:
    with store.begin(ALL) as tx:
        key = keys.add(tx, "desk", ["planner"], [])
        over = keys.add(tx, "old", ["viewer"], [], days=-1)
    with store.begin(ALL) as tx:
        found = keys.find(tx, key)
        assert found is not None and found["roles"] == ["planner"]
        assert keys.find(tx, over) is None and keys.find(tx, key + "x") is None
        keys.revoke(tx, found["id"])
        assert keys.find(tx, key) is None
        assert key not in str(tx.rows(sa.select(metadata.tables["api_keys"])))


def test_an_idempotency_key_gives_the_first_answer_again(store: Store) -> None:
    with store.begin(ALL) as tx:
        assert keys.remember(tx, "k", "digest") is None
        with pytest.raises(ConflictError, match="still being answered"):
            keys.remember(tx, "k", "digest")
        keys.answered(tx, "k", 201, {"id": "x"})
    with store.begin(ALL) as tx:
        assert keys.remember(tx, "k", "digest") == {"status": 201, "response": {"id": "x"}}
        with pytest.raises(ConflictError, match="used for another request"):
            keys.remember(tx, "k", "other")
    with store.begin(Scope("another")) as tx:
        assert keys.remember(tx, "k", "other") is None


def test_only_sqlite_says_that_it_is_of_a_single_compartment(store: Store) -> None:
    assert store.single_compartment == store.url.startswith("sqlite")
