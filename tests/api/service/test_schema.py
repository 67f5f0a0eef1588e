"""What schemathesis draws from the OpenAPI document meets no crash and no answer that the document does not name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, Case

from api.app import create_app
from api.settings import Settings
from tests.api.service import schema_media
from tests.api.service.conftest import MAIN, TOKEN, planned_on, scenario_of, upload
from tests.api.service.processes import serving

HOOKS = schema_media.__name__
CONFIG = Path(__file__).with_name("schemathesis.toml")

# NB: changes, rules and uploaded files have a grammar of their own that no schema holds: what does not fit it is
# answered 422 with one of these, though the document allows the text. A drawn entity tag is of nothing: 412.
GRAMMAR = ("change-not-applicable", "unreadable-input", "bad-tables", "bad-rule")
ANYTHING = ("If-None-Match", "If-Match")  # headers in which no text is wrong: what is no tag is the tag of nothing


class Service:
    """A service with a theatre, a plan, a job and a session, and the operations of its document."""

    def __init__(self, client: TestClient, folder: Path) -> None:
        self.client = client
        theatre = upload(client, folder)["id"]
        scenario = scenario_of(client, theatre)
        self.ids = {
            "theatre_id": theatre,
            "scenario_id": scenario,
            "plan_id": planned_on(client, scenario),
            "job_id": client.post("/v1/jobs", json={"kind": "plan", "scenario": scenario}).json()["id"],
            "session_id": client.post("/v1/sessions", json={"scenario": scenario}).json()["id"],
            "key_id": client.post("/v1/keys", json={"name": "drawn", "roles": ["viewer"]}).json()["id"],
            "name": "shipments",
            "code": "not-found",
        }
        client.post(f"/v1/jobs/{self.ids['job_id']}:stop", json={"how": "abort"})  # its events end
        # a process of its own begins and meets the base: drawn questions are answered at once
        client.post(f"/v1/sessions/{self.ids['session_id']}/what-if", json={"deadline_ms": 120_000})
        self.body = {"scenario": scenario, "base": scenario, "theatre": theatre, "plans": [self.ids["plan_id"]] * 2}
        schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
        found = [result.ok() for result in schema.get_all_operations()]
        # what ends a job or a session comes last
        self.operations = sorted(found, key=lambda o: (o.method == "delete", ":" in o.path))

    def send(self, case: Case, real: bool) -> None:
        """Send one drawn case, in place of drawn ids those that are there, and check what is answered."""
        if isinstance(case.body, dict):
            if real:
                case.body = {**case.body, **{k: v for k, v in self.body.items() if k in case.body}}
            if isinstance(case.body.get("wait_s"), float | int):
                case.body = {**case.body, "wait_s": 0.0}
        answer = case.call(session=self.client, headers=MAIN)
        told = answer.json() if answer.headers.get("content-type", [""])[0].startswith("application/problem") else {}
        if told.get("retryable"):
            return  # busy: documented, and to be asked again
        excluded = [schemathesis.checks.ignored_auth]  # asked once an operation in test_service.py
        if told.get("code") in (*GRAMMAR, "precondition-failed"):
            excluded.append(schemathesis.checks.positive_data_acceptance)
        case.validate_response(answer, excluded_checks=excluded)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("schema")
    told = Settings(database=f"sqlite:///{folder / 's.db'}", token=TOKEN, workers=0, sessions=1, wait=0.0)
    with TestClient(create_app(told), headers=MAIN, raise_server_exceptions=False) as client:
        yield Service(client, folder)


def draw(service: Service, operation: APIOperation[Any, Any, Any, Any], count: int) -> None:
    ids = {p.name: service.ids[p.name] for p in operation.path_parameters}
    ways: list[tuple[GenerationMode, dict[str, str] | None]] = [(GenerationMode.POSITIVE, None)]
    if ids:
        ways += [(GenerationMode.POSITIVE, ids), (GenerationMode.NEGATIVE, None)]
    strict = [p for p in operation.headers if p.name not in ANYTHING]
    if operation.body or operation.query or strict:
        ways.append((GenerationMode.NEGATIVE, ids or None))
    for mode, given_ids in ways:
        _drawn(service, operation.as_strategy(generation_mode=mode, path_parameters=given_ids), count, mode)


def _drawn(service: Service, strategy: SearchStrategy[Case], count: int, mode: GenerationMode) -> None:
    @settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=strategy)
    def send(case: Case) -> None:
        service.send(case, real=mode is GenerationMode.POSITIVE)

    send()


def test_a_few_cases_of_every_operation(service: Service) -> None:
    for operation in service.operations:
        draw(service, operation, 3)


@pytest.mark.slow
def test_many_cases_of_every_operation(service: Service) -> None:
    for operation in service.operations:
        draw(service, operation, 15)


@pytest.mark.slow
def test_the_cases_that_cover_every_bound_of_the_document_over_the_wire(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 's.db'}", "--workers", "0") as service:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run",
                   f"{service.url}/openapi.json", "--header", f"Authorization: Bearer {service.token}", "--seed", "1",
                   "--phases", "examples,coverage", "--exclude-checks", "ignored_auth", "--no-color"]  # fmt: skip
        paths = service.client.get("/openapi.json").json()["paths"].values()
        operations = sum(len(methods) for methods in paths)
        own = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": os.pathsep.join(sys.path)}
        told = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=280, check=False)
    assert told.returncode == 0, told.stdout[-4000:]
    tested = re.search(r"Tested: (\d+)", told.stdout)
    assert tested and int(tested[1]) == operations > 30
