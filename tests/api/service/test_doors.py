"""What stands before the application: who asks comes before what they send, and what is no request is told so."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.service.conftest import as_role
from tests.api.service.processes import serving
from tests.api.service.test_service import OPEN, is_problem

DEEP = b"[" * 100_000


def with_bodies(client: TestClient) -> Iterator[tuple[str, str]]:
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation and path not in OPEN:
                yield method.upper(), path.replace("{", "").replace("}", "")


def test_a_strangers_body_is_not_even_taken_from_the_wire(quiet: TestClient) -> None:
    asked = list(with_bodies(quiet))
    assert len(asked) > 8
    for method, path in asked:
        status, taken = asyncio.run(_asked(quiet.app, method, path))
        assert (status, taken) == (401, 0), (method, path)


async def _asked(app: Any, method: str, path: str) -> tuple[int, int]:
    """Return the status of a request without a word of who asks, and how often its body was read."""
    taken, sent = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": DEEP, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    await app({"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
               "query_string": b"", "headers": headers, "scheme": "http", "client": ("127.0.0.1", 1),
               "server": ("127.0.0.1", 80)}, receive, send)  # fmt: skip
    return int(sent[0]["status"]), taken


def test_who_may_not_is_refused_before_the_body_is_parsed(quiet: TestClient) -> None:
    officer = as_role(quiet, "donor-officer")  # without a donor: may nothing
    for method, path in with_bodies(quiet):
        answer = quiet.request(method, path, content=DEEP, headers={**officer, "Content-Type": "application/json"})
        is_problem(answer, 403, "forbidden")


def test_what_is_no_request_is_answered_with_a_problem_document(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'd.db'}", "--workers", "0") as service:
        for sent in (b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1])), 10) as wire:
                wire.sendall(sent)
                said = b"".join(iter(lambda w=wire: w.recv(65536), b""))
            head, _, body = said.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400") and b"application/problem+json" in head, said
            assert json.loads(body)["code"] == "bad-request"
        assert service.client.get("/health").status_code == 200


def test_no_environment_makes_the_framework_report_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    told = create_app(Settings(database=f"sqlite:///{tmp_path / 'd.db'}", workers=0))._telemetry
    assert not any(told[name] for name in ("tracing", "metrics", "logs", "operation_spans", "auto_configure"))
