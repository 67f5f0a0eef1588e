"""What donors see of scenarios with changes and of published plans: parts, which PostgreSQL itself guards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from api.store import MissingError, Scope, Store, open_store, plans, projection, scenarios
from api.store import theatres as theatre_rows
from api.store.tables import COMPARTED
from data.formats import load, load_scenario
from data.formats.archive import unpack
from data.plan import Plan
from optimizer import plan
from tests.api.conftest import coalition
from tests.api.databases import ALL

ALDER, BIRCH = Scope("anna", ("ALDER",)), Scope("ben", ("BIRCH",))
SECRET = 33.75
CHANGES = [
    f"stocks[donor=ALDER].floor = {SECRET}", "needs[need=N1].quantity = 80", "stocks[item=box].on_hand *= 0.5",
    f"add stocks{{lot=A9, donor=ALDER, node=D, item=box, on_hand=9, floor={SECRET / 10}}}",
    f"add lift{{donor=ALDER, mode=road, cargo=general, from_day=40, capacity={SECRET}}}",
]  # fmt: skip
DOCUMENT = {
    "reason": "optimal", "gap": SECRET, "objectives": {"tier1_short": 0.1}, "goals": [{"bound": SECRET}],
    "shortfalls": [{"need": "N1", "reasons": [f"floor {SECRET}"]}],
}  # fmt: skip


def kept(store: Store) -> tuple[str, str]:
    """Return a scenario of the coalition with secrets in its changes, and a published plan of it."""
    theatre, scenario = coalition()
    theatre = theatre.replace(donors=theatre.donors.frame().assign(approval_days=1))
    scenario = scenario.replace(theatre)
    with store.begin(ALL) as tx:
        theatre_id = theatre_rows.add(tx, theatre, [scenario])
        attack = scenarios.named(tx, theatre_id, "attack")["id"]
        harder = scenarios.add(tx, attack, "harder", CHANGES)
        answer = plan(*scenarios.load(tx, harder))
        made = plans.add(tx, theatre_id, harder, answer.plan, DOCUMENT, changes=CHANGES[:1], job_id="job_secret",
                         certificate=answer.certificate)  # fmt: skip
        plans.publish(tx, made)
    return harder, made


def test_of_changes_a_donor_sees_what_they_make_of_its_own_rows(store: Store) -> None:
    harder, _ = kept(store)
    with store.read(ALL) as tx:
        whole, asked = scenarios.load(tx, harder)
        assert scenarios.get(tx, harder)["changes"] == CHANGES
    for scope, lots in ((BIRCH, ["B1"]), (ALDER, ["A1", "A2", "A9"])):
        with store.read(scope) as tx:
            own, seen = scenarios.load(tx, harder)
            assert scenarios.get(tx, harder)["changes"] == ["needs[need=N1].quantity = 80"]
        donor = scope.donors[0] if scope.donors else ""
        assert own.stocks["lot"].tolist() == lots and set(own.lift["donor"]) == {donor}
        assert own.stocks["on_hand"].tolist() == [
            row.on_hand for row in whole.stocks.rows() if row.donor == donor
        ], "a change that names no donor is of all whom it finds"
        assert seen.digest == asked.digest


def test_a_donors_own_scenario_stands_on_what_it_sees(store: Store) -> None:
    harder, _ = kept(store)
    with store.begin(BIRCH) as tx:
        mine = scenarios.add(tx, harder, "mine", ["stocks[lot=B1].floor = 5"])
        own, asked = scenarios.load(tx, mine)
        assert own.stocks["floor"].tolist() == [5.0] and own.stocks["on_hand"].tolist() == [40.0]
        again, _ = scenarios.load(tx, scenarios.add(tx, mine, "more", ["stocks[lot=B1].floor += 1"]))
        assert again.stocks["floor"].tolist() == [6.0]
    with store.read(ALL) as tx:
        whole, same = scenarios.load(tx, mine)
        assert len(whole.stocks) == 4 and same.digest == asked.digest


def test_of_a_published_plan_a_donor_sees_what_it_does_and_its_own_decisions(store: Store) -> None:
    _, made = kept(store)
    with store.read(ALL) as tx:
        row, whole = plans.get(tx, made), plans.load(tx, made)
        assert (row["gap"], row["changes"], row["document"]) == (SECRET, CHANGES[:1], DOCUMENT)
        assert len(plans.load_certificate(tx, made)) > 0
        assert {"ALDER", "BIRCH"} <= set(whole.tables["decisions"]["donor"].tolist())
    with store.read(BIRCH) as tx:
        row, seen = plans.get(tx, made), plans.load(tx, made)
        assert row["document"] == {"objectives": {"tier1_short": 0.1}}
        assert {name: row[name] for name in plans.NOTHING} == plans.NOTHING
        assert {name: plans.listed(tx)[0].get(name, []) for name in plans.NOTHING} == plans.NOTHING
        assert len(plans.load_certificate(tx, made)) == 0
    for name, table in whole.tables.items():
        if name != "decisions":
            assert seen.tables[name].digest == table.digest, name
    assert set(seen.tables["decisions"]["donor"].tolist()) == {"BIRCH"}


def test_published_again_it_is_seen_once(store: Store) -> None:
    _, made = kept(store)
    with store.begin(ALL) as tx:
        first = plans.published(tx, plans.get(tx, made)["theatre_id"])
        plans.publish(tx, made)
        assert plans.get(tx, made)["published_at"] >= first["published_at"]  # type: ignore[index]
    with store.read(BIRCH) as tx:
        assert len(plans.load(tx, made).tables["shipments"]) > 0
        assert [row["id"] for row in plans.listed(tx)] == [made]


def test_a_donors_own_plan_is_never_published(store: Store) -> None:
    harder, made = kept(store)
    with store.begin(BIRCH) as tx:
        own = plans.add(tx, plans.get(tx, made)["theatre_id"], harder, Plan.empty(), {})
    with store.begin(ALL) as tx, pytest.raises(MissingError, match="may be published"):
        plans.publish(tx, own)
    projected, _, note = projection.question(store, ALDER, harder)
    assert note and len(projected.stocks) > 3


def test_donors_of_the_shipped_theatre_see_their_part_of_it_and_ask_with_it(store: Store) -> None:
    theatre = load("europe")
    scenario = load_scenario("europe", theatre, "renewed_attack")
    assert len(scenario.work_modes) > 0 and len(set(theatre.crews["donor"])) > 1, "works that no donor builds alone"
    of_crews, without = str(theatre.crews["donor"][0]), "MANGROVE"
    assert without not in set(theatre.stocks["donor"])
    with store.begin(ALL) as tx:
        theatre_id = theatre_rows.add(tx, theatre, [scenario])
        base = scenarios.named(tx, theatre_id, "renewed_attack")["id"]
        changed = scenarios.add(tx, base, "more", ["needs[tier=1].quantity *= 1.1", "lift[mode=rail].capacity *= 0.9"])
        plans.publish(tx, plans.add(tx, theatre_id, changed, Plan.empty(), {}))
    for donor in (of_crews, without):
        scope = Scope("officer", (donor,))
        with store.read(scope) as tx:
            own, asked = theatre_rows.load(tx, theatre_id)
        assert own.stocks["donor"].tolist() == [d for d in theatre.stocks["donor"] if d == donor]
        assert len(asked["renewed_attack"].works) == 0
        projected, question, note = projection.question(store, scope, changed)
        assert note and len(question.needs) == len(scenario.needs) and len(projected.stocks) == len(own.stocks)


@pytest.fixture
def bare(postgresql_url: str) -> Iterator[sa.Connection]:
    """Return a connection under the role of the service, the secrets in the database, in BIRCH's scope."""
    with open_store(postgresql_url) as store:
        kept(store)
        with store.engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL ROLE casemate_app"))
            connection.execute(sa.text("SELECT set_config('casemate.compartments', '|BIRCH', true)"))
            yield connection


def held(value: Any) -> str:
    """Return a cell as text, tables in it too."""
    if not isinstance(value, bytes | memoryview):
        return str(value)
    return " ".join(f"{name} {frame.to_csv()}" for tables in unpack(bytes(value)).values()
                    for name, frame in tables.items())  # fmt: skip


def test_whatever_a_query_of_a_donor_forgets_postgresql_shows_no_secret(bare: sa.Connection) -> None:
    seen = {table: [held(cell) for row in bare.execute(sa.text(f"SELECT * FROM {table}")) for cell in row]
            for table in COMPARTED}  # fmt: skip
    assert len(seen["plan_parts"]) > 0 and len(seen["scenario_parts"]) > 0 and len(seen["theatre_parts"]) > 0
    for table, cells in seen.items():
        for cell in cells:
            for secret in (str(SECRET), str(SECRET / 10), "job_secret", "A9", "floor = "):
                if not (secret == "A9" and table == "plan_parts"):  # what the plan sends is published
                    assert secret not in cell, (table, secret, cell[:500])
    decided = [cell for cell in seen["plan_parts"] if "decisions" in cell]
    assert decided and "ALDER" not in "".join(decided)
