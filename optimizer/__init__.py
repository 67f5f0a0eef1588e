"""The mathematics: from a theatre and a scenario to a lawful plan with a proven gap."""

from data.relax import relaxed
from optimizer.outcome import Answer, Limits, Progress, Reason, Stop
from optimizer.planning import plan
from optimizer.scheduling import schedule

__all__ = ["Answer", "Limits", "Progress", "Reason", "Stop", "plan", "relaxed", "schedule"]
