"""A database of an earlier version is brought up to this one: nothing is lost, nothing is shown that was not to be."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import api.store
from api.store import COALITION, Scope, open_store, plans, scenarios
from api.store.database import make_engine
from data.formats.archive import pack
from data.plan import Plan
from optimizer import plan
from tests.api.conftest import coalition
from tests.api.databases import ALL

MIGRATIONS = Path(api.store.__file__).parent / "migrations"
OF_PLANS = ("id, compartment, theatre_id, scenario_id, changes, job_id, digest, reason, gap, marking, document, "
            "content, published_at, created_at, created_by")  # fmt: skip


def at_002(url: str) -> tuple[str, Plan]:
    """Make a database as version 002 left it: a scenario with changes, a published plan, a donor's own of each."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    theatre, scenario = coalition()
    made = plan(theatre, scenario).plan
    content = pack({"theatre": theatre.tables, "scenarios/attack": scenario.tables})
    engine = make_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "002")

        def insert(table: str, columns: str, *rows: tuple[object, ...]) -> None:
            names = [name.strip() for name in columns.split(",")]
            values = ", ".join(f":{name}" for name in names)
            for row in rows:
                connection.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({values})"),
                                   dict(zip(names, row, strict=True)))  # fmt: skip

        insert("theatres", "id, compartment, name, marking, created_at", ("t", "", "coalition", "M", 1.0))
        insert("theatre_contents", "theatre_id, compartment, digest, content", ("t", "*", "d", content))
        insert("scenarios", "id, compartment, theatre_id, name, base, changes, created_at",
               ("s", "", "t", "attack", None, "[]", 1.0),
               ("s2", "", "t", "harder", "s", '["stocks[donor=ALDER].floor = 9"]', 1.0),
               ("s3", "BIRCH", "t", "mine", "s", '["stocks[lot=B1].floor = 7"]', 1.0))  # fmt: skip
        packed = pack({"plan": made.tables})
        for name, home, at in (("p", "", 5.0), ("q", "BIRCH", None)):
            insert("plans", OF_PLANS, (name, home, "t", "s2", '["x"]', "job_1", made.digest, "optimal", 0.25, "M",
                                       '{"gap": 0.25}', packed, at, 1.0, "lena"))  # fmt: skip
    engine.dispose()
    return "p", made


def test_plans_and_scenarios_of_version_002_become_parts(database_url: str) -> None:
    plan_id, made = at_002(database_url)
    with open_store(database_url) as store:
        with store.begin(ALL) as tx:
            row = plans.get(tx, plan_id)
            assert (row["compartment"], row["published_at"]) == (COALITION, None), "to be published again"
            assert (row["gap"], row["created_by"], row["document"]) == (0.25, "lena", {"gap": 0.25})
            assert row["changes"] == ["x"]
            assert plans.load(tx, plan_id) == made
            assert scenarios.get(tx, "s2")["changes"] == ["stocks[donor=ALDER].floor = 9"]
            assert scenarios.load(tx, "s2")[0].stocks["floor"].tolist()[:2] == [9.0, 9.0]
            plans.publish(tx, plan_id)
        with store.read(Scope("ben", ("BIRCH",))) as tx:
            assert {row["id"] for row in plans.listed(tx)} == {plan_id, "q"}
            assert plans.get(tx, plan_id)["gap"] is None and plans.get(tx, "q")["gap"] == 0.25
            assert {row["id"] for row in scenarios.listed(tx)} == {"s", "s3"}
            assert scenarios.get(tx, "s3")["changes"] == ["stocks[lot=B1].floor = 7"]
