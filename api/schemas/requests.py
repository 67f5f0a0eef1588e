"""What is asked: bodies of requests, each with an example that the tests send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class BatchCase(_Body):
    """One case of a batch."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    scenario: Annotated[str, Field(min_length=1, max_length=80)]
    changes: Changes = []
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class AskJob(AskPlan):
    """Long work. Of kind batch: the theatre and its cases; of kind plan: as a plan is asked."""

    kind: Literal["plan"] = "plan"


class NewSession(_Body):
    """A scenario to keep warm for what-ifs."""

    scenario: Id
    relax: bool = False


class AskWhatIf(_Body):
    """Changes to the base of the session, never to what was asked before."""

    changes: Changes = Field(default=[], examples=[EXAMPLE])
    gap: Gap = 1e-4
    deadline_ms: Annotated[int, Field(gt=0, le=3_600_000)] = 10_000


class Compare(_Body):
    """Two to four plans; each is compared with the first."""

    plans: Annotated[list[Id], Field(min_length=2, max_length=4)]


class Stop(_Body):
    """How a job ends: with the best so far, or with nothing."""

    how: Literal["keep-best", "abort"] = "keep-best"
