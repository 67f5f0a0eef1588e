"""The mathematics: from a theatre and a scenario to a lawful plan with a proven gap."""

from data.relax import relaxed
from optimizer.baselines import STRATEGIES, baseline
from optimizer.methods.executor import Executor, ProcessPool
from optimizer.outcome import Answer, Limits, Progress, Reason, Stop
from optimizer.planning import plan
from optimizer.scheduling import schedule

__all__ = [
    "STRATEGIES",
    "Answer",
    "Executor",
    "Limits",
    "ProcessPool",
    "Progress",
    "Reason",
    "Stop",
    "baseline",
    "plan",
    "relaxed",
    "schedule",
]
