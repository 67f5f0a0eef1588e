"""What is asked: bodies of requests, each with an example that the tests send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.security import Role

Id = Annotated[str, Field(pattern=r"^[a-z]+_[0-9A-Za-z_-]+$|^[0-9A-Za-z_-]+$", max_length=40, min_length=1)]
ChangeText = Annotated[str, Field(max_length=2000, min_length=1)]
Changes = Annotated[list[ChangeText], Field(max_length=200)]
Gap = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
EXAMPLE = ["stocks[lot=L1].on_hand *= 0.5"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewScenario(_Body):
    """A base and the changes to it."""

    base: Id
    name: Annotated[str, Field(pattern=r"^[\w-]{1,80}$", examples=["half_stock"])]
    changes: Changes = Field(examples=[EXAMPLE])


class Validate(_Body):
    """Changes to try on a scenario."""

    changes: Changes = Field(default=[], examples=[EXAMPLE])


class AskPlan(_Body):
    """A plan of a scenario, with changes; after `deadline_s` the best so far counts."""

    scenario: Id
    changes: Changes = Field(default=[], examples=[EXAMPLE])
    gap: Gap = 1e-4
    deadline_s: Seconds | None = None
    relax: bool = False
    wait_s: Annotated[float, Field(ge=0, le=300)] | None = None


class AskPlanJob(AskPlan):
    """Long work that makes a plan: of stock (plan), of works (works), or of both at once (fortify)."""

    kind: Literal["plan", "works", "fortify"]


class BatchCase(_Body):
    """One case of a batch."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    scenario: Annotated[str, Field(min_length=1, max_length=80)]
    changes: Changes = []
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


Axis = dict[Annotated[str, Field(min_length=1, max_length=80)], ChangeText | Changes]


class AskBatch(_Body):
    """Many cases of one theatre, a grid or a list, and rules that must hold of each (docs/service/batch.md)."""

    kind: Literal["batch"]
    theatre: Id
    name: Annotated[str, Field(min_length=1, max_length=80)] = "batch"
    scenarios: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=1000)] | None = None
    changes: dict[Annotated[str, Field(min_length=1, max_length=80)], Axis] | None = None
    seeds: Annotated[list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(max_length=10_000)] | None = None
    cases: Annotated[list[BatchCase], Field(max_length=100_000)] | None = None
    gap: Gap = 1e-4
    deadline_s: Seconds | None = None
    method: Literal["auto", "columns", "whole"] = "auto"
    relax: bool = False
    expect: Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=200)] = Field(
        default=[], examples=[["tier1_short == 0"]]
    )


AskJob = Annotated[AskPlanJob | AskBatch, Field(discriminator="kind")]


class NewKey(_Body):
    """An API key: whose it is, what it may do, for which donors, for how long."""

    name: Annotated[str, Field(pattern=r"^[\w .@-]{1,80}$", examples=["night run"])]
    roles: Annotated[list[Role], Field(min_length=1, max_length=7)] = Field(examples=[["analyst"]])
    donors: Annotated[list[Annotated[str, Field(pattern=r"^[^*|\x00-\x1f]{1,80}$")]], Field(max_length=100)] = []
    days: Annotated[float, Field(gt=0, le=3660)] | None = 90.0


class NewSession(_Body):
    """A scenario to keep warm for what-ifs."""

    scenario: Id
    relax: bool = False


class AskWhatIf(_Body):
    """Changes to the base of the session, never to what was asked before; `explain` has every bound checked."""

    changes: Changes = Field(default=[], examples=[EXAMPLE])
    gap: Gap = 1e-4
    explain: bool = False
    deadline_ms: Annotated[int, Field(gt=0, le=3_600_000)] = 10_000


class Compare(_Body):
    """Two to four plans; each is compared with the first."""

    plans: Annotated[list[Id], Field(min_length=2, max_length=4)]


class Stop(_Body):
    """How a job ends: with the best so far, or with nothing."""

    how: Literal["keep-best", "abort"] = "keep-best"
