"""Answers of single endpoints, as the OpenAPI document describes them; what may be withheld has a default."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

Figures = dict[str, float | int | str | None]
Row = dict[str, Any]


class Status(BaseModel):
    """That the service runs."""

    status: str


class Ready(Status):
    """That the database answers."""

    single_compartment: bool


class Meaning(BaseModel):
    """What an error code means."""

    code: str
    meaning: str


class TheatreAnswer(BaseModel):
    """A theatre's version: `digest` is that of all who asks sees of it; `tables` counts rows."""

    id: str
    name: str
    marking: str
    digest: str
    created_at: float
    created_by: str
    scenarios: list[str]
    tables: dict[str, int] = {}
    warnings: list[str] = []


class ImportAnswer(TheatreAnswer):
    """The new version: of which it was made, and the tables that were replaced, as `stocks`, `scenarios/NAME/needs`."""

    base: str
    replaced: list[str]


class ScenarioAnswer(BaseModel):
    """A scenario: of a theatre's own content (`base` null), or a base and its changes."""

    id: str
    theatre_id: str
    name: str
    base: str | None
    changes: list[str]
    marking: str
    created_at: float
    created_by: str


class ValidAnswer(BaseModel):
    """That changes fit."""

    valid: bool
    warnings: list[str]
    digest: dict[str, str]
    marking: str


class Earlier(BaseModel):
    """Plans of the scenario that were made here before, with whatever changes: how many, their seconds."""

    plans: int
    median_s: float | None
    most_s: float | None


class EstimateAnswer(BaseModel):
    """How large a question is, how long the like took, how many jobs wait already."""

    rows: dict[str, int]
    horizon_days: int
    earlier: Earlier
    queued: int
    marking: str


class JobAnswer(BaseModel):
    """A job: where it stands, what was asked, what came of it, where that is; queued also how many are `ahead`."""

    id: str
    kind: str
    state: str
    phase: str
    reason: str
    marking: str
    attempts: int
    created_at: float
    created_by: str
    started_at: float | None
    finished_at: float | None
    shards: dict[str, int]
    request: Row
    result: Row | None
    error: dict[str, str] | None
    links: dict[str, str]
    ahead: int = 0


class PlanAnswer(BaseModel):
    """A plan with its document (docs/cli.md); those bound to a donor see of the coalition's no bounds and reasons."""

    id: str
    theatre_id: str
    scenario_id: str | None
    marking: str
    created_at: float
    published_at: float | None
    document: Row
    links: Row
    digest: str = ""
    changes: list[str] = []
    job_id: str = ""
    reason: str = ""
    gap: float | None = None
    created_by: str = ""


class TableAnswer(BaseModel):
    """A table as JSON."""

    table: str
    marking: str
    rows: list[Row]


class CertificateAnswer(BaseModel):
    """What proves a plan's goals: bounds, prices, digests."""

    plan: str
    marking: str
    reason: str
    gap: float | None
    goals: list[Row]
    allows: Figures
    prices: list[Row]
    digest: dict[str, str]


class Counted(BaseModel):
    """A table as CSV as it is sent to who asks."""

    rows: int
    sha256: str


class VerdictAnswer(BaseModel):
    """That a published plan keeps every rule, and digests of what of it is seen; `signature` is all of it as JWS."""

    plan: str
    marking: str
    published_at: float
    seen_by: list[str]
    lawful: bool
    rules: list[str]
    note: str
    theatre: dict[str, str]
    tables: dict[str, Counted]
    signature: str | None


class Difference(BaseModel):
    """What a plan does otherwise than the base."""

    plan: str
    goals: list[Row]
    kpis: list[Row]
    needs: list[Row]
    moved: list[Row]
    donors: list[Row]


class CompareAnswer(BaseModel):
    """Plans beside the first of them."""

    base: str
    marking: str
    others: list[Difference]


class SessionAnswer(BaseModel):
    """An open session; `projected`: it stands on the own rows and what the published plan uses of others."""

    id: str
    scenario: str
    relax: bool
    marking: str
    expires_at: float
    projected: bool
    note: str
    digest: dict[str, str]


class WhatIfAnswer(BaseModel):
    """The answer to a what-if, compared with the session's base (docs/cli.md has the words)."""

    reason: str
    limit: str | None
    gap: float | None
    started: str
    changes: list[str]
    goals: list[Row]
    objectives: Figures
    kpis: Figures
    deltas: dict[str, Figures]
    binding: list[Row]
    shipments_changed: list[Row]
    shortfalls: list[Row]
    notes: list[str]
    digest: dict[str, str]
    certificate: str | None
    base: dict[str, str]
    timings: Figures
    queued: Figures
    marking: str
    projected: bool
    elapsed_s: float


class HeadAnswer(BaseModel):
    """The end of the audit log, the chain verified."""

    seq: int
    hash: str
    at: float


class KeyAnswer(BaseModel):
    """A new API key: `key` is shown this once."""

    id: str
    name: str
    roles: list[str]
    compartments: list[str]
    expires_at: float | None
    revoked_at: float | None
    created_at: float
    created_by: str
    key: str
