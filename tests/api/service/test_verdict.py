"""What a donor's officer gets instead of the certificate: that the published plan is lawful, and signed digests."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from joserfc.errors import BadSignatureError

from api.app import create_app
from api.commands.auditing import run_audit_key
from api.errors import UseError
from api.settings import Settings
from api.signing import read_key, read_signed
from api.store import Scope, plans
from data.plan import Plan
from tests.api.service.conftest import MAIN, TOKEN, as_role, planned_on, scenario_of, upload
from tests.api.service.test_service import is_problem


@pytest.fixture
def plan(idle: TestClient, tmp_path: Path) -> str:
    return planned_on(idle, scenario_of(idle, upload(idle, tmp_path)["id"]))


def test_a_published_plan_is_lawful_and_its_files_can_be_held_against_the_digests(idle: TestClient, plan: str) -> None:
    place = f"/v1/plans/{plan}"
    is_problem(idle.get(f"{place}/verdict"), 409, "conflict")
    assert idle.post(f"{place}:publish").status_code == 200
    for headers, seen in ((MAIN, ["*"]), (as_role(idle, "donor-officer", "BIRCH"), ["BIRCH"])):
        answer = idle.get(f"{place}/verdict", headers=headers)
        told = answer.json()
        assert told["lawful"] and "reserve_floor" in told["rules"] and told["seen_by"] == seen
        assert told["signature"] is None, "this service has no key"
        for name, link in idle.get(place, headers=headers).json()["links"]["tables"].items():
            file = idle.get(f"{link}?format=csv", headers=headers).content
            assert hashlib.sha256(file).hexdigest() == told["tables"][name]["sha256"], name
            assert len(pd.read_csv(io.BytesIO(file))) == told["tables"][name]["rows"], name
        held = {**headers, "If-None-Match": answer.headers["ETag"]}
        assert idle.get(f"{place}/verdict", headers=held).status_code == 304
        theatre = idle.get(f"/v1/theatres/{told['theatre']['id']}", headers=headers)
        assert theatre.json()["digest"] == told["theatre"]["sha256"]


def test_what_a_donor_gets_has_nothing_of_the_whole(idle: TestClient, plan: str) -> None:
    idle.post(f"/v1/plans/{plan}:publish")
    mine, whole = (idle.get(f"/v1/plans/{plan}/verdict", headers=headers).json()
                   for headers in (as_role(idle, "donor-officer", "ALDER"), MAIN))  # fmt: skip
    assert mine["theatre"]["sha256"] != whole["theatre"]["sha256"]
    assert mine["tables"]["decisions"] != whole["tables"]["decisions"]
    assert mine["tables"]["shipments"] == whole["tables"]["shipments"]
    with idle.app.state.store.read(Scope("all")) as tx:  # type: ignore[attr-defined]
        row = plans.get(tx, plan)
    for secret in (row["digest"], *row["document"]["digest"].values()):
        assert secret and secret not in json.dumps(mine)


def test_what_breaks_a_rule_is_not_published(idle: TestClient, plan: str) -> None:
    with idle.app.state.store.begin(Scope("planner")) as tx:  # type: ignore[attr-defined]
        row, made = plans.get(tx, plan), plans.load(tx, plan)
        releases = made.tables["releases"].frame().assign(quantity=1e6)
        bad = Plan.of({**made.tables, "releases": releases})
        unlawful = plans.add(tx, row["theatre_id"], row["scenario_id"], bad, row["document"], marking="M")
    refused = idle.post(f"/v1/plans/{unlawful}:publish")
    is_problem(refused, 409, "conflict")
    assert "breaks" in refused.json()["detail"] and "releases" in refused.json()["detail"]
    assert idle.get(f"/v1/plans/{unlawful}").json()["published_at"] is None


def test_a_donors_own_plan_is_not_published(idle: TestClient, plan: str) -> None:
    row = idle.get(f"/v1/plans/{plan}").json()
    with idle.app.state.store.begin(Scope("ben", ("BIRCH",))) as tx:  # type: ignore[attr-defined]
        own = plans.add(tx, row["theatre_id"], row["scenario_id"], Plan.empty(), {}, marking="M")
    is_problem(idle.post(f"/v1/plans/{own}:publish"), 409, "conflict")


def test_with_a_key_the_verdict_is_signed(tmp_path: Path) -> None:
    key = tmp_path / "verdicts.jwk"
    run_audit_key(key, as_json=True)
    settings = Settings(database=f"sqlite:///{tmp_path / 's.db'}", token=TOKEN, workers=0, sessions=1, signing_key=key)
    with TestClient(create_app(settings), headers=MAIN) as client:
        plan = planned_on(client, scenario_of(client, upload(client, tmp_path)["id"]))
        client.post(f"/v1/plans/{plan}:publish")
        told = client.get(f"/v1/plans/{plan}/verdict").json()
    public = read_key(key.with_name(key.name + ".pub"))
    assert read_signed(told["signature"], public) == {name: told[name] for name in told if name != "signature"}
    run_audit_key(tmp_path / "other.jwk", as_json=True)
    with pytest.raises(BadSignatureError):
        read_signed(told["signature"], read_key(tmp_path / "other.jwk"))


def test_a_service_with_a_key_that_is_none_does_not_start(tmp_path: Path) -> None:
    run_audit_key(tmp_path / "a.jwk", as_json=True)
    (tmp_path / "text").write_text("no key")
    for name, said in (("none", "no Ed25519 key"), ("text", "no Ed25519 key"), ("a.jwk.pub", "no private key")):
        url = f"sqlite:///{tmp_path / 's.db'}"
        with pytest.raises(UseError, match=said):
            create_app(Settings(database=url, token=TOKEN, signing_key=tmp_path / name))
