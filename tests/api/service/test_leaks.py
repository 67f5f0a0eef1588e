"""A donor officer's view of every endpoint is a function of its own rows and the published plan, on both databases."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store import Scope, plans, scenarios, theatres
from api.store.projection import question
from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.verify import verify
from optimizer import Limits, plan
from tests.api.conftest import coalition
from tests.api.databases import SERVER, postgresql_url
from tests.api.service.conftest import TOKEN, as_role

__all__ = ["postgresql_url"]


def hidden(theatre: Theatre, scenario: Scenario, published: Plan) -> tuple[Theatre, Scenario]:
    """Return the same world but for policies of ALDER under which the published plan is lawful too."""
    stocks = theatre.stocks.frame()
    mine = stocks["donor"] == "ALDER"
    used = published.releases.frame().groupby("lot")["quantity"].sum()
    left = [float(h) - float(used.get(lot, 0.0)) for lot, h in zip(stocks["lot"], stocks["on_hand"], strict=True)]
    stocks.loc[mine, "floor"] = [floor for floor, m in zip(left, mine, strict=True) if m]
    lift = theatre.lift.frame()
    lift.loc[lift["donor"] == "ALDER", "capacity"] *= 0.97
    caveat = {"caveat": "C1", "donor": "ALDER", "subject": "stock", "effect": "forbid", "country": "ZZ"}
    other = theatre.replace(stocks=stocks, lift=lift, caveats={k: [v] for k, v in caveat.items()})
    same = scenario.replace(other)
    assert verify(other, same, published) == []
    return other, same


def keep(client: TestClient, theatre: Theatre, scenario: Scenario, made: Plan) -> tuple[str, str]:
    with client.app.state.store.begin(Scope("planner")) as tx:  # type: ignore[attr-defined]
        theatre_id = theatres.add(tx, theatre, [scenario])
        scenario_id = scenarios.named(tx, theatre_id, scenario.name)["id"]
        document = {"reason": "optimal", "gap": theatre.stocks["floor"].sum(), "goals": [],
                    "digest": {"theatre": theatre.digest}, "objectives": {"tier1_short": 0.1},
                    "shortfalls": [{"need": "N1", "reasons": [f"floor {theatre.stocks['floor'][0]}"]}]}  # fmt: skip
        plan_id = plans.add(tx, theatre_id, scenario_id, made, document)
        plans.publish(tx, plan_id)
    return scenario_id, plan_id


def seen(client: TestClient, officer: dict[str, str], scenario: str, plan_id: str, questions: int) -> list[Any]:
    """Return what each endpoint answers an officer, without ids and times."""
    answers = []

    def ask(method: str, path: str, **more: Any) -> Any:
        answer = client.request(method, path, headers=officer, **more)
        text = re.sub(r"(theatre|scenario|plan|job|session)_[\w-]{6,}", r"\1_ID", answer.text)
        # times, and how a run began, hang on the machine's load
        timed = r'"(\w+_at|waited_s|elapsed_s|timings|started)": ?(\{[^}]*\}|[\d.e+-]+|"[^"]*")'
        text = re.sub(timed, r'"\1":0', text)
        answers.append((method, path.replace(scenario, "S").replace(plan_id, "P"), answer.status_code, text))
        return answer

    theatre = client.get("/v1/theatres").json()["items"][0]["id"]
    for path in ("/v1/theatres", "/v1/scenarios", "/v1/plans", "/v1/jobs", "/v1/audit", "/metrics"):
        ask("GET", path)
    of_plan = [f"/v1/plans/{plan_id}{part}" for part in ("", "/verdict", "/certificate", "/briefing")]
    for path in (f"/v1/theatres/{theatre}", f"/v1/scenarios/{scenario}", *of_plan):
        ask("GET", path)
        answers[-1] = (answers[-1][0], answers[-1][1].replace(theatre, "T"), *answers[-1][2:])
    for name in client.get(f"/v1/plans/{plan_id}").json()["links"]["tables"]:
        ask("GET", f"/v1/plans/{plan_id}/tables/{name}?format=csv")
    ask("POST", "/v1/compare", json={"plans": [plan_id, plan_id]})
    ask("POST", f"/v1/scenarios/{scenario}:estimate", json={})
    ask("POST", f"/v1/scenarios/{scenario}:validate", json={"changes": ["stocks[lot=A1].floor = 1"]})
    opened = client.post("/v1/sessions", json={"scenario": scenario}, headers=officer).json()
    assert opened["projected"]
    for number in range(questions):  # how much more of ALDER's is there to be had?
        change = f"needs[need=N1].quantity = {10 + 160 * number / questions:g}"
        ask("POST", f"/v1/sessions/{opened['id']}/what-if", json={"changes": [change]})
        answers[-1] = (answers[-1][0], "what-if", *answers[-1][2:])
        assert answers[-1][2] == 200, answers[-1]
    return answers


def views(urls: list[str], questions: int) -> list[list[Any]]:
    theatre, scenario = coalition()
    made = plan(theatre, scenario, limits=Limits(gap=1e-4)).plan
    worlds = [(theatre, scenario), hidden(theatre, scenario, made)]
    out = []
    for url, world in zip(urls, worlds, strict=True):
        settings = Settings(database=url, token=TOKEN, workers=0, sessions=1)
        with TestClient(create_app(settings), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            ids = keep(client, *world, made)
            out.append(seen(client, as_role(client, "donor-officer", "BIRCH"), *ids, questions))
    return out


def compared(first: list[Any], second: list[Any]) -> None:
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        if a[1] == "what-if":
            a, b = (tuple(json.loads(x[3]).items()) for x in (a, b))
        assert [x for x in a if x not in b] == [x for x in b if x not in a]


@pytest.fixture
def two_schemas(postgresql_url: str) -> Iterator[list[str]]:
    other, engine = f"t_{uuid.uuid4().hex[:12]}", sa.create_engine(SERVER)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {other}"))
    yield [postgresql_url, f"{SERVER}?options=-csearch_path%3D{other}"]
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {other} CASCADE"))
    engine.dispose()


def test_an_officers_view_hangs_on_the_own_rows_and_the_published_plan_on_sqlite(tmp_path: Path) -> None:
    compared(*views([f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")], 2))


def test_an_officers_view_hangs_on_the_own_rows_and_the_published_plan_on_postgresql(two_schemas: list[str]) -> None:
    compared(*views(two_schemas, 2))


def test_the_projected_theatre_holds_of_others_what_the_published_plan_uses_and_no_more(tmp_path: Path) -> None:
    theatre, scenario = coalition()
    made = plan(theatre, scenario).plan
    settings = Settings(database=f"sqlite:///{tmp_path / 'p.db'}", token=TOKEN, workers=0, sessions=1)
    with TestClient(create_app(settings)) as client:
        scenario_id, _ = keep(client, theatre, scenario, made)
        store = client.app.state.store  # type: ignore[attr-defined]
        shown, _asked, note = question(store, Scope("o", ("BIRCH",)), scenario_id)
    assert note
    others = shown.stocks.frame()
    others = others[others["donor"] == "ALDER"]
    used = made.releases.frame()
    of_alder = used[used["lot"].isin(["A1", "A2"])]
    assert others["on_hand"].sum() == pytest.approx(of_alder["quantity"].sum())
    assert (others["floor"] == 0).all() and not len(shown.caveats)


@pytest.mark.slow
def test_two_hundred_bisecting_questions_tell_nothing(tmp_path: Path) -> None:
    compared(*views([f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")], 200))
