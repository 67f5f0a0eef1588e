"""A running service of each database, and clients by role."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.report import document
from api.settings import Settings
from api.store import Scope, keys, plans, scenarios
from data.formats import save
from optimizer import plan
from tests.api.conftest import coalition
from tests.api.databases import database_url, postgresql_url

__all__ = ["database_url", "postgresql_url"]
TOKEN = "a-token-of-this-test"
MAIN = {"Authorization": f"Bearer {TOKEN}"}
Clients = Callable[..., dict[str, str]]


def zipped(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    return out.getvalue()


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    settings = Settings(database=database_url, token=TOKEN, workers=1, sessions=1)
    with TestClient(create_app(settings), headers=MAIN, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def idle(database_url: str) -> Iterator[TestClient]:
    """Return a client of a service on each database, without workers."""
    settings = Settings(database=database_url, token=TOKEN, workers=0, sessions=1)
    with TestClient(create_app(settings), headers=MAIN, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[TestClient]:
    """Return a client of a service on SQLite without workers."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'quiet.db'}", token=TOKEN, workers=0, sessions=1)
    with TestClient(create_app(settings), headers=MAIN, raise_server_exceptions=False) as opened:
        yield opened


def as_role(client: TestClient, role: str, *donors: str) -> dict[str, str]:
    with client.app.state.store.begin(Scope("admin")) as tx:  # type: ignore[attr-defined]
        return {"Authorization": f"Bearer {keys.add(tx, role, [role], donors)}"}


def upload(client: TestClient, tmp_path: Path, world: Any = None) -> dict[str, Any]:
    theatre, scenario = world or coalition()
    folder = save(tmp_path / "upload", theatre, [scenario])
    answer = client.post("/v1/theatres?name=coalition", content=zipped(folder),
                         headers={"Content-Type": "application/zip"})  # fmt: skip
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def scenario_of(client: TestClient, theatre_id: str) -> str:
    return str(client.get(f"/v1/scenarios?theatre={theatre_id}").json()["items"][0]["id"])


def planned_on(client: TestClient, scenario: str, world: Any = None) -> str:
    """Return the id of a plan of the small coalition, kept as a job keeps it."""
    theatre, asked = world or coalition()
    made = plan(theatre, asked)
    told = document(theatre, asked, made, {}, {}, (), made.timings)
    with client.app.state.store.begin(Scope("planner")) as tx:  # type: ignore[attr-defined]
        theatre_id = scenarios.get(tx, scenario)["theatre_id"]
        return plans.add(tx, theatre_id, scenario, made.plan, told, marking=asked.settings.marking)
