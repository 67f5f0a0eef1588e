"""The OpenAPI document: every operation has a summary, examples and problems, and the examples are what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.openapi import OPERATIONS, examples
from api.settings import Settings
from tests.api.service.conftest import MAIN, TOKEN
from tests.api.service.recording import HEADERS, content, story

ID = re.compile(r"\b(theatre|scenario|plan|session|job|key)_[\w-]{12,}")
MARKED = ("/theatres", "/scenarios", "/plans", "/compare", "/sessions", "/jobs")
FREE = ("kpis", "objectives", "deltas", "digest", "figures", "timings", "shards", "allows", "result", "request")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Return the document of a service, and what it answered to one request of every operation."""
    folder = tmp_path_factory.mktemp("examples")
    settings = Settings(database=f"sqlite:///{folder / 'e.db'}", token=TOKEN, workers=1, sessions=1)
    with TestClient(create_app(settings), headers=MAIN) as client:
        yield client.get("/openapi.json").json(), list(story(client, folder))


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{method.upper()} {path}": operation
            for path, methods in document["paths"].items() for method, operation in methods.items()}  # fmt: skip


def test_every_operation_has_a_summary_examples_and_its_problems(told: tuple[dict[str, Any], list[Any]]) -> None:
    found = operations(told[0])
    assert set(found) == set(OPERATIONS) == set(examples())
    assert len({operation["summary"] for operation in found.values()}) == len(found)
    for name, operation in found.items():
        answers = operation["responses"]
        usual = next(status for status in answers if status.startswith("2"))
        if usual != "204":
            assert any("example" in media for media in answers[usual]["content"].values()), name
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert body is None or "example" in body, name
        problems = {status for status in answers if status >= "400"}
        assert problems >= {"400", "422", "500", "503"}, name
        assert problems >= {"401", "403"} or not name.split(" ")[1].startswith("/v1"), name
        for status in problems:
            media = answers[status]["content"]["application/problem+json"]
            assert media["schema"]["$ref"].endswith("/Problem") and media["example"]["status"] == int(status), name


def test_every_example_is_what_a_service_answers(told: tuple[dict[str, Any], list[Any]]) -> None:
    document, asked = told
    found = operations(document)
    assert {name for name, *_ in asked} == set(found), "the story asks every operation"
    for name, _, request, answer in asked:
        answers = found[name]["responses"]
        assert answer.is_success and str(answer.status_code) in answers, (name, answer.text)
        if not isinstance(request, bytes):
            assert without_ids(request) == without_ids(examples()[name]["request"]), name
        if any(part in name for part in MARKED) and answer.status_code != 204:
            assert answer.headers["Casemate-Marking"] == "SYNTHETIC - EXERCISE", name
        had = {header for header in HEADERS if header in answer.headers}
        assert had == set(examples()[name]["headers"]) == set(answers[str(answer.status_code)].get("headers", {})), name
        got, example = content(answer), examples()[name]["answer"]
        if isinstance(got, dict):
            media = answers[str(answer.status_code)]["content"]["application/json"]
            held = {**media["schema"], "components": document["components"]}
            jsonschema_rs.validate(held, got)
            jsonschema_rs.validate(held, example)
            assert shape(example) == shape(got), name
        else:
            assert type(got) is type(example), name


def without_ids(value: Any) -> str:
    return ID.sub(r"\1_ID", str(value))


def shape(value: Any) -> Any:
    """Return what a value looks like: names and kinds; where a number or nothing may stand, either."""
    if isinstance(value, dict):
        return {name: "map" if name in FREE else shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if value is None or isinstance(value, int | float) and not isinstance(value, bool):
        return "number or null"
    return type(value).__name__
