"""One request of every operation, sent to a real service: what the examples of the OpenAPI document are made of.

    python -m tests.api.service.recording > api/schemas/examples.json
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.commands.serving import log_as_json
from api.settings import Settings
from data.formats import save
from tests.api.conftest import coalition
from tests.api.service.conftest import MAIN, TOKEN, zipped

Asked = tuple[str, str, Any, Any]  # operation, address, request, answer
MOST_TEXT = 300
MOST_ROWS = 2
HEADERS = ("ETag", "Location", "Casemate-Marking")


def story(client: TestClient, folder: Path) -> Iterator[Asked]:
    """Yield what every operation is asked and answers, one after the other, on a theatre of the test."""
    theatre, scenario = coalition()
    upload = zipped(save(folder / "coalition", theatre, [scenario]))
    ids: dict[str, str] = {"code": "not-found", "name": "releases"}

    def ask(operation: str, body: Any = None, **headers: str) -> Asked:
        method, path = operation.split(" ")
        address = path.format(**ids)
        if isinstance(body, bytes):
            sent = {"Content-Type": "application/zip", **{k.replace("_", "-"): v for k, v in headers.items()}}
            answer = client.request(method, address, content=body, headers=sent)
        else:
            answer = client.request(method, address, json=body, headers=headers)
        return operation, address, body, answer

    for path in ("/health", "/ready", "/errors/{code}"):
        yield ask(f"GET {path}")
    yield (made := ask("POST /v1/theatres", upload))
    ids["theatre_id"] = made[3].json()["id"]
    yield (seen := ask("GET /v1/theatres/{theatre_id}"))
    folder.joinpath("stocks").mkdir()
    (folder / "stocks" / "stocks.csv").write_bytes((folder / "coalition" / "stocks.csv").read_bytes())
    yield ask("POST /v1/theatres/{theatre_id}/imports", zipped(folder / "stocks"), If_Match=seen[3].headers["ETag"])
    yield ask("GET /v1/theatres")
    yield (listed := ask("GET /v1/scenarios"))
    base = listed[3].json()["items"][0]["id"]
    changes = ["stocks[lot=A1].on_hand *= 0.5"]
    yield (made := ask("POST /v1/scenarios", {"base": base, "name": "half_stock", "changes": changes}))
    ids["scenario_id"] = made[3].json()["id"]
    yield ask("GET /v1/scenarios/{scenario_id}")
    yield ask("POST /v1/scenarios/{scenario_id}:validate", {"changes": changes})
    yield ask("POST /v1/scenarios/{scenario_id}:estimate", {"changes": []})
    yield (made := ask("POST /v1/plans", {"scenario": base, "changes": changes, "gap": 0.0001, "wait_s": 60}))
    ids["plan_id"] = made[3].json()["id"]
    yield ask("GET /v1/plans")
    yield ask("GET /v1/plans/{plan_id}")
    yield ask("GET /v1/plans/{plan_id}/tables/{name}")
    yield ask("GET /v1/plans/{plan_id}/certificate")
    yield ask("GET /v1/plans/{plan_id}/briefing")
    yield ask("POST /v1/plans/{plan_id}:publish")
    yield ask("GET /v1/plans/{plan_id}/verdict")
    yield ask("POST /v1/compare", {"plans": [ids["plan_id"], ids["plan_id"]]})
    yield (made := ask("POST /v1/sessions", {"scenario": base, "relax": False}))
    ids["session_id"] = made[3].json()["id"]
    yield ask("GET /v1/sessions/{session_id}")
    yield ask("POST /v1/sessions/{session_id}/what-if", {"changes": changes, "gap": 0.0001, "deadline_ms": 60_000})
    yield ask("DELETE /v1/sessions/{session_id}")
    grid = {"kind": "batch", "theatre": ids["theatre_id"], "name": "stocks", "scenarios": ["attack"],
            "changes": {"stock": {"as_is": [], "half": changes}}, "expect": ["tier1_short < 0.5"]}  # fmt: skip
    yield (made := ask("POST /v1/jobs", grid))
    ids["job_id"] = made[3].json()["id"]
    events = ask("GET /v1/jobs/{job_id}/events")  # read to their end: then the job is over
    yield ask("GET /v1/jobs")
    yield ask("GET /v1/jobs/{job_id}")
    yield ask("GET /v1/jobs/{job_id}/results")
    yield events
    ids["job_id"] = client.post("/v1/jobs", json={"kind": "plan", "scenario": base, "deadline_s": 60}).json()["id"]
    yield ask("POST /v1/jobs/{job_id}:stop", {"how": "abort"})
    yield ask("POST /v1/jobs/{job_id}:retry")
    yield ask("GET /v1/audit")
    yield ask("GET /v1/audit/head")
    yield (made := ask("POST /v1/keys", {"name": "night run", "roles": ["analyst"], "donors": [], "days": 90}))
    ids["key_id"] = made[3].json()["id"]
    yield ask("GET /v1/keys")
    yield ask("DELETE /v1/keys/{key_id}")
    yield ask("GET /metrics")


def content(answer: Any) -> Any:
    """Return what an answer holds: JSON as values, other text as it is, None if nothing."""
    if not answer.content:
        return None
    return answer.json() if answer.headers["content-type"] == "application/json" else answer.text


def shortened(value: Any) -> Any:
    """Return the value with no more rows of each list, and no more of each text, than tell what it is."""
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value[:MOST_ROWS]]
    return value[:MOST_TEXT] if isinstance(value, str) else value


def main() -> None:
    log_as_json()
    with tempfile.TemporaryDirectory() as name:
        told = Settings(database=f"sqlite:///{Path(name) / 'r.db'}", token=TOKEN, workers=1, sessions=1)  # type: ignore[arg-type]
        out: dict[str, Any] = {}
        with TestClient(create_app(told), headers=MAIN) as client:
            for operation, address, body, answer in story(client, Path(name)):
                assert answer.is_success, (operation, answer.text)
                found = content(answer)
                entry = {"address": address, "request": None if isinstance(body, bytes) else body}
                had = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
                out[operation] = {**entry, "headers": had, "answer": shortened(found)}
        if isinstance(key := out["POST /v1/keys"]["answer"], dict):
            key["key"] = "cm_" + "0" * 43
    json.dump(out, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
