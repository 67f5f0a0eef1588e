"""A donor sees its own rows and the shared ones: by the repository on both databases, by PostgreSQL itself too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from api.store import COALITION, MissingError, Scope, Store, audit, open_store, plans, scenarios
from api.store import theatres as theatre_rows
from api.store.tables import COMPARTED, metadata
from data.plan import Plan
from tests.api.conftest import buying, coalition
from tests.api.databases import ALL
from tests.worlds import build, item, lift, lot, node, site

ALDER, BIRCH, NOBODY = Scope("anna", ("ALDER",)), Scope("ben", ("BIRCH",)), Scope("nina", ())


@pytest.fixture
def theatre_id(store: Store) -> str:
    theatre, scenario = coalition()
    with store.begin(ALL) as tx:
        return theatre_rows.add(tx, theatre, [scenario])


@pytest.fixture
def bare(postgresql_url: str) -> Iterator[sa.Connection]:
    """Return a connection under the role of the service, with a theatre in the database and no scope set."""
    with open_store(postgresql_url) as store:
        theatre, scenario = coalition()
        with store.begin(ALL) as tx:
            theatre_id = theatre_rows.add(tx, theatre, [scenario])
            attack = scenarios.named(tx, theatre_id, "attack")["id"]
            plans.add(tx, theatre_id, attack, Plan.empty(), {})
            audit.record(tx, "plan.add", theatre_id)
        with store.begin(BIRCH) as tx:
            plans.add(tx, theatre_id, attack, Plan.empty(), {})
        with store.engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL ROLE casemate_app"))
            yield connection


def test_a_donor_reads_its_own_rows_and_what_no_donor_owns(store: Store, theatre_id: str) -> None:
    theatre, scenario = coalition()
    with store.read(BIRCH) as tx:
        own, asked = theatre_rows.load(tx, theatre_id)
        assert not theatre_rows.sees_whole(tx, theatre_id)
    assert own.stocks["lot"].tolist() == ["B1"]
    assert own.lift["donor"].tolist() == ["BIRCH"]
    assert own.links.digest == theatre.links.digest
    assert asked["attack"].digest == scenario.digest


def test_what_a_donor_reads_is_a_function_of_its_own_rows(store: Store, theatre_id: str) -> None:
    theatre, scenario = coalition()
    raw = theatre.stocks.raw()
    raw["floor"] = [50.0 if donor == "ALDER" else v for donor, v in zip(raw["donor"], raw["floor"], strict=True)]
    with store.begin(ALL) as tx:
        other = theatre_rows.add(tx, theatre.replace(stocks=raw), [scenario])
        assert other != theatre_id
    with store.read(BIRCH) as tx:
        first, second = (theatre_rows.get(tx, name)["digest"] for name in (theatre_id, other))
        assert first == second
        assert theatre_rows.load(tx, theatre_id)[0] == theatre_rows.load(tx, other)[0]
    with store.read(ALDER) as tx:
        assert theatre_rows.get(tx, theatre_id)["digest"] != theatre_rows.get(tx, other)["digest"]


def test_every_table_of_a_donor_is_divided() -> None:
    theatre, scenario = buying()
    out = theatre_rows.divide(theatre, [scenario])
    for donor in ("ALDER", "BIRCH"):
        for table in out[donor]["theatre"].values():
            assert set(table["donor"].tolist()) <= {donor} if table.name != "terms" else True
    for name, table in theatre.tables.items():
        divided = sum(len(own["theatre"].get(name, ())) for own in out.values())
        assert divided == len(table), name


def test_disruptions_of_lots_lift_and_sites_are_their_owners() -> None:
    cut = [("stocks", "L2", "on_hand"), ("lift", "BIRCH", "capacity"), ("production", "M2", "rate"),
           ("links", "D-S", "capacity")]  # fmt: skip
    theatre, scenario = build(
        donors=[{"donor": "ALDER"}, {"donor": "BIRCH"}],
        items=[item()],
        nodes=[node("D", "depot"), node("S", "sector")],
        stocks=[lot(), lot("L2", donor="BIRCH")],
        lift=[lift(), lift("BIRCH")],
        production=[site("M1"), site("M2", donor="BIRCH")],
        disruptions=[{"disruption": f"X{i}", "table": t, "key": k, "column": c, "factor": 0.5}
                     for i, (t, k, c) in enumerate(cut)],
    )  # fmt: skip
    out = theatre_rows.divide(theatre, [scenario])
    seen = {c: own["scenarios/test"]["disruptions"]["disruption"].tolist() for c, own in out.items()}
    assert seen == {"": ["X3"], "ALDER": [], "BIRCH": ["X0", "X1", "X2"]}


def test_a_plan_is_the_coalitions_until_it_is_published(store: Store, theatre_id: str) -> None:
    with store.begin(ALL) as tx:
        attack = scenarios.named(tx, theatre_id, "attack")["id"]
        plan_id = plans.add(tx, theatre_id, attack, Plan.empty(), {})
        assert plans.get(tx, plan_id)["compartment"] == COALITION
    with store.begin(BIRCH) as tx:
        assert plans.listed(tx) == []
        for read in (plans.get, plans.load, plans.publish):
            with pytest.raises(MissingError, match="no plan"):
                read(tx, plan_id)
    with store.begin(ALL) as tx:
        plans.publish(tx, plan_id)
    with store.read(BIRCH) as tx:
        assert plans.load(tx, plan_id) == Plan.empty()


def test_a_donors_own_rows_are_hidden_from_the_others(store: Store, theatre_id: str) -> None:
    with store.begin(BIRCH) as tx:
        attack = scenarios.named(tx, theatre_id, "attack")["id"]
        own = scenarios.add(tx, attack, "mine", ["stocks[lot=B1].floor = 10"])
    with store.begin(ALDER) as tx:
        with pytest.raises(MissingError):
            scenarios.get(tx, own)
        # the same name is free for the others: a clash would tell that it is taken
        assert scenarios.add(tx, attack, "mine", []) != own
    with store.read(ALL) as tx:
        assert scenarios.get(tx, own)["created_by"] == "ben"


def test_a_donor_cannot_change_what_is_shared(store: Store, theatre_id: str) -> None:
    with store.begin(ALL) as tx:
        attack = scenarios.named(tx, theatre_id, "attack")["id"]
        plan_id = plans.add(tx, theatre_id, attack, Plan.empty(), {})
        plans.publish(tx, plan_id)
    with store.begin(BIRCH) as tx, pytest.raises(MissingError):
        plans.publish(tx, plan_id)


@pytest.mark.parametrize("name", ["", "*", "A|B"])
def test_a_scope_of_a_compartment_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a compartment"):
        Scope("x", (name,))


@pytest.mark.parametrize("table", COMPARTED)
def test_postgresql_shows_nothing_without_a_scope(bare: sa.Connection, table: str) -> None:
    assert bare.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_postgresql_itself_hides_rows_that_a_query_forgot_to_filter(bare: sa.Connection) -> None:
    def counts(setting: str) -> list[int]:
        bare.execute(sa.text("SELECT set_config('casemate.compartments', :s, true)"), {"s": setting})
        return [bare.execute(sa.text(f"SELECT count(*) FROM {t}")).scalar_one()
                for t in ("theatres", "theatre_contents", "theatre_parts", "plans", "plan_parts", "audit")]  # fmt: skip

    assert counts("*") == [1, 1, 3, 2, 2, 1]
    assert counts("|BIRCH") == [1, 0, 2, 1, 1, 0]
    assert counts("|ALDER") == [1, 0, 2, 0, 0, 0]
    assert counts("|") == [1, 0, 1, 0, 0, 0]


def test_postgresql_refuses_a_row_for_another_donor(bare: sa.Connection) -> None:
    bare.execute(sa.text("SELECT set_config('casemate.compartments', '|BIRCH', true)"))
    insert = "INSERT INTO idempotency (compartment, principal, key, created_at) VALUES (:c, 'x', 'k', 0)"
    bare.execute(sa.text(insert), {"c": "BIRCH"})
    for other in ("ALDER", "", "*"):
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), bare.begin_nested():
            bare.execute(sa.text(insert), {"c": other})


def test_every_table_with_a_compartment_is_guarded_by_postgresql(bare: sa.Connection) -> None:
    assert {t.name for t in metadata.tables.values() if "compartment" in t.c} == set(COMPARTED)
    forced = sa.text("SELECT relname FROM pg_class WHERE relforcerowsecurity AND relrowsecurity "
                     "AND relnamespace = current_schema()::regnamespace")  # fmt: skip
    assert set(bare.execute(forced).scalars()) == set(COMPARTED)


def test_the_overview_of_jobs_asks_as_the_one_who_reads(bare: sa.Connection) -> None:
    options = bare.execute(sa.text("SELECT reloptions FROM pg_class WHERE oid = 'jobs_overview'::regclass")).scalar()
    assert options == ["security_invoker=true"]


def test_the_role_of_the_service_cannot_bypass(bare: sa.Connection) -> None:
    role = sa.text("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = current_user")
    assert tuple(bare.execute(role).one()) == (False, False, False)


def test_somebody_of_no_donor_sees_the_shared_rows_alone(store: Store, theatre_id: str) -> None:
    with store.read(NOBODY) as tx:
        own, _ = theatre_rows.load(tx, theatre_id)
    assert len(own.stocks) == 0 and len(own.links) == 4
