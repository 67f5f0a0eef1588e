"""The world: theatres, scenarios and plans as checked tables, and whether a plan is lawful.

No solver and no web framework is imported here, so that hand-made and foreign plans can be verified anywhere.
"""

from data.change import Change, apply
from data.formats import load, save
from data.plan import Plan
from data.problems import TableError
from data.theatre import Scenario, Theatre
from data.verify import Violation, verify

__all__ = [
    "Change",
    "Plan",
    "Scenario",
    "TableError",
    "Theatre",
    "Violation",
    "apply",
    "load",
    "save",
    "verify",
]
