"""What goes over the wire: requests, answers and the problem document."""

from api.schemas.answers import Page, Problem, ProblemPart
from api.schemas.requests import (
    AskBatch,
    AskJob,
    AskPlan,
    AskPlanJob,
    AskWhatIf,
    BatchCase,
    Compare,
    NewKey,
    NewScenario,
    NewSession,
    Stop,
    Validate,
)

__all__ = [
    "AskBatch",
    "AskJob",
    "AskPlan",
    "AskPlanJob",
    "AskWhatIf",
    "BatchCase",
    "Compare",
    "NewKey",
    "NewScenario",
    "NewSession",
    "Page",
    "Problem",
    "ProblemPart",
    "Stop",
    "Validate",
]
