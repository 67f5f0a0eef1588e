"""What goes over the wire: requests, answers and the problem document."""

from api.schemas.answers import Page, Problem, ProblemPart
from api.schemas.requests import (
    AskJob,
    AskPlan,
    AskWhatIf,
    BatchCase,
    Compare,
    NewScenario,
    NewSession,
    Stop,
    Validate,
)

__all__ = [
    "AskJob",
    "AskPlan",
    "AskWhatIf",
    "BatchCase",
    "Compare",
    "NewScenario",
    "NewSession",
    "Page",
    "Problem",
    "ProblemPart",
    "Stop",
    "Validate",
]
