"""The contracts of every table: theatre, scenario and plan."""

from data.contracts.plan import PLAN
from data.contracts.scenario import SCENARIO
from data.contracts.theatre import THEATRE

__all__ = ["PLAN", "SCENARIO", "THEATRE"]
