"""The mathematics: from a theatre and a scenario to a lawful plan with a proven gap."""

from data.relax import relaxed
from optimizer.baselines import baseline
from optimizer.methods.executor import Executor, ProcessPool
from optimizer.outcome import Answer, Limits, Stop
from optimizer.planning import plan
from optimizer.scheduling import schedule
from optimizer.session import Session

__all__ = [
    "Answer",
    "Executor",
    "Limits",
    "ProcessPool",
    "Session",
    "Stop",
    "baseline",
    "plan",
    "relaxed",
    "schedule",
]
