"""The OpenAPI document: FastAPI's, with a summary, the schema of the answer and examples for every operation.

Examples are what a real service answered (`python -m tests.api.service.recording > api/schemas/examples.json`); a test
sends each again and holds schemas and examples against what is answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.problems import MEDIA, document
from api.routes.common import PROBLEMS
from api.schemas import Page, told

REF = "#/components/schemas/{model}"
EVERYWHERE = (500, 503)  # our own faults; a database or a process that is away

# Summary of each operation, and what describes its answer where that is JSON.
OPERATIONS: dict[str, tuple[str, type[BaseModel] | None]] = {
    "GET /health": ("Does it run?", told.Status),
    "GET /ready": ("Can it work?", told.Ready),
    "GET /metrics": ("Counts and times for Prometheus", None),
    "GET /errors/{code}": ("What an error code means", told.Meaning),
    "GET /v1/theatres": ("List theatres", Page),
    "POST /v1/theatres": ("Upload a theatre", told.TheatreAnswer),
    "GET /v1/theatres/{theatre_id}": ("A theatre", told.TheatreAnswer),
    "POST /v1/theatres/{theatre_id}/imports": ("Replace tables of a theatre", told.ImportAnswer),
    "GET /v1/scenarios": ("List scenarios", Page),
    "POST /v1/scenarios": ("Make a scenario of a base and changes", told.ScenarioAnswer),
    "GET /v1/scenarios/{scenario_id}": ("A scenario", told.ScenarioAnswer),
    "POST /v1/scenarios/{scenario_id}:validate": ("Do these changes fit?", told.ValidAnswer),
    "POST /v1/scenarios/{scenario_id}:estimate": ("How large is this question?", told.EstimateAnswer),
    "POST /v1/plans": ("Plan, now or as a job", told.PlanAnswer),
    "GET /v1/plans": ("List plans", Page),
    "GET /v1/plans/{plan_id}": ("A plan with its document", told.PlanAnswer),
    "POST /v1/plans/{plan_id}:publish": ("Show a plan to every donor", told.PlanAnswer),
    "GET /v1/plans/{plan_id}/tables/{name}": ("A table of a plan", told.TableAnswer),
    "GET /v1/plans/{plan_id}/certificate": ("What proves a plan's goals", told.CertificateAnswer),
    "GET /v1/plans/{plan_id}/verdict": ("That a published plan keeps every rule", told.VerdictAnswer),
    "GET /v1/plans/{plan_id}/briefing": ("A plan's briefing: a page, or slides", None),
    "POST /v1/compare": ("What plans do otherwise", told.CompareAnswer),
    "POST /v1/sessions": ("Open a warm session", told.SessionAnswer),
    "GET /v1/sessions/{session_id}": ("An open session", told.SessionAnswer),
    "DELETE /v1/sessions/{session_id}": ("End a session", None),
    "POST /v1/sessions/{session_id}/what-if": ("Ask what if", told.WhatIfAnswer),
    "POST /v1/jobs": ("Ask for long work", told.JobAnswer),
    "GET /v1/jobs": ("List jobs", Page),
    "GET /v1/jobs/{job_id}": ("A job", told.JobAnswer),
    "POST /v1/jobs/{job_id}:stop": ("Stop a job", told.JobAnswer),
    "POST /v1/jobs/{job_id}:retry": ("Run a job again", told.JobAnswer),
    "GET /v1/jobs/{job_id}/results": ("The table of a batch", told.TableAnswer),
    "GET /v1/jobs/{job_id}/events": ("Follow a job", None),
    "GET /v1/audit": ("List the audit log", Page),
    "GET /v1/audit/head": ("Verify the audit log", told.HeadAnswer),
    "GET /v1/keys": ("List API keys", Page),
    "POST /v1/keys": ("Make an API key", told.KeyAnswer),
    "DELETE /v1/keys/{key_id}": ("Revoke an API key", None),
}


TAGS = {"type": "string"}  # what is no tag is the tag of nothing, no mistake
CONDITIONS = {
    "304": {"name": "If-None-Match", "in": "header", "required": False, "schema": TAGS,
            "description": "the ETag held: 304 if it is still so"},
    "412": {"name": "If-Match", "in": "header", "required": False, "schema": TAGS,
            "description": "the ETag of what was seen: 412 if it is another by now"},
}  # fmt: skip
TEXT = {"schema": {"type": "string"}}
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "the entity tag, for If-None-Match and If-Match", **TEXT},
    "Location": {"description": "where it is", **TEXT},
    "Retry-After": {"description": "seconds after which to ask again", "schema": {"type": "integer"}},
    "Casemate-Marking": {"description": "the marking of what is answered, in ASCII", **TEXT},
}


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Return address, request and answer of one request an operation."""
    found: dict[str, dict[str, Any]] = json.loads((files("api.schemas") / "examples.json").read_text(encoding="utf-8"))
    return found


def describe(app: FastAPI) -> None:
    """Make the application's OpenAPI document complete, made once when it is first asked for."""
    made = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            spec = made()
            for path, methods in spec["paths"].items():
                for method, operation in methods.items():
                    _complete(f"{method.upper()} {path}", operation, spec["components"]["schemas"])
            app.openapi_schema = spec
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]


def _complete(name: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    operation["summary"], model = OPERATIONS[name]
    example, answers = examples()[name], operation["responses"]
    if "requestBody" in operation and example["request"] is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    usual = next(status for status in answers if status.startswith("2"))
    if example["answer"] is not None:
        media = next(iter(answers[usual]["content"]))
        answers[usual]["content"][media] = {**answers[usual]["content"][media], "example": example["answer"]}
    if model is not None:
        answers[usual]["content"]["application/json"]["schema"] = _schema(model, schemas)
    if usual == "200" and "202" in answers:
        told_later = {"schema": _schema(told.JobAnswer, schemas), "example": examples()["POST /v1/jobs"]["answer"]}
        answers["202"]["content"] = {"application/json": told_later}
    _conditions(name, operation, usual)
    for status in EVERYWHERE:
        answers.setdefault(str(status), {"description": PROBLEMS[status]["description"]})
    for status, answer in answers.items():
        if status >= "400":  # the framework would have them of the same kind as the usual answer
            of_problem = {"$ref": REF.format(model="Problem")}
            answer["content"] = {MEDIA: {"schema": of_problem, "example": _problem(int(status))}}


def _conditions(name: str, operation: dict[str, Any], usual: str) -> None:
    """Tell which entity tags an operation takes, and which headers its answers have, with what was answered."""
    answers, had = operation["responses"], examples()[name].get("headers", {})
    for status, parameter in CONDITIONS.items():
        if status in answers:
            told_of = {**parameter, "required": status == "412" and "428" in answers}
            if had.get("ETag") and status == "304":
                told_of["example"] = had["ETag"]
            operation.setdefault("parameters", []).append(told_of)
    answers[usual]["headers"] = {header: {**HEADERS[header], "example": value} for header, value in had.items()}
    for status, header in (("202", "Location"), ("304", "ETag"), ("503", "Retry-After")):
        if status in answers:
            answers[status].setdefault("headers", {})[header] = HEADERS[header]


def _schema(model: type[BaseModel], schemas: dict[str, Any]) -> Mapping[str, Any]:
    own = model.model_json_schema(ref_template=REF, mode="serialization")
    schemas.update(own.pop("$defs", {}))
    schemas[model.__name__] = own
    return {"$ref": REF.format(model=model.__name__)}


CODES = {400: "bad-request", 401: "unauthenticated", 403: "forbidden", 404: "not-found", 406: "not-acceptable",
         409: "conflict", 413: "too-large", 415: "unsupported-media", 422: "bad-request", 500: "internal-error",
         412: "precondition-failed", 428: "precondition-required", 503: "busy"}  # fmt: skip


def _problem(status: int) -> dict[str, Any]:
    return document(status, CODES[status], str(PROBLEMS[status]["description"]))
