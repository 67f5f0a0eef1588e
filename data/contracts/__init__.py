"""The contracts of every table: theatre, scenario and plan."""

from data.contracts import works
from data.contracts.certificate import CERTIFICATE
from data.contracts.plan import PLAN as _PLAN
from data.contracts.scenario import SCENARIO as _SCENARIO
from data.contracts.theatre import THEATRE as _THEATRE

THEATRE = _THEATRE | {c.name: c for c in (works.CREWS, works.PLANT, works.CALENDAR)}
SCENARIO = _SCENARIO | {c.name: c for c in (works.WORKS, works.WORK_MODES, works.WORK_MATERIALS, works.PRECEDENCES)}
PLAN = _PLAN | {works.PLAN_WORKS.name: works.PLAN_WORKS}

__all__ = ["CERTIFICATE", "PLAN", "SCENARIO", "THEATRE"]
