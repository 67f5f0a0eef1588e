"""Is a plan lawful? Every rule replayed over the tables alone, in exact arithmetic, with zero tolerance.

Neither a solver nor the code that counts for the score is imported here, so that a wrong rule is seen by
two codes, and a hand-made or foreign plan can be verified anywhere. The table of contents is RULES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.verify.books import deliveries, positions, releases, shortfalls
from data.verify.capacities import (
    explosives_licence,
    explosives_limit,
    handling,
    lift_capacity,
    link_capacity,
    link_volume,
    storage,
    storage_volume,
)
from data.verify.case import Case
from data.verify.conditions import (
    clearance,
    expiry,
    forbidden,
    lift_group,
    only_allowed,
    release_day,
    reserve_floor,
    stock_cut,
)
from data.verify.forces import needs_of_forces
from data.verify.money import (
    bought_quantity,
    fund_amount,
    fund_pays,
    order_day,
    order_written,
    production,
    transport_money,
)
from data.verify.routes import (
    closures,
    dwell,
    gauge,
    hazardous_load,
    horizon,
    item_carried,
    known_references,
    military_load_class,
    quantity_grid,
    route,
    transit_time,
)
from data.verify.rows import Violation
from data.verify.works import (
    builders,
    builders_caveat,
    builders_released,
    builders_travel,
    mandatory_works,
    materials_on_site,
    work_days,
    work_mode,
    work_order,
    work_window,
)

__all__ = ["RULES", "Violation", "verify"]

Rule = Callable[[Case], Iterator[Violation]]

RULES: tuple[Rule, ...] = (
    # what is asked
    needs_of_forces,
    # what is written down at all
    known_references,
    route,
    item_carried,
    quantity_grid,
    horizon,
    # the way
    closures,
    transit_time,
    dwell,
    gauge,
    military_load_class,
    hazardous_load,
    # the owner
    release_day,
    clearance,
    reserve_floor,
    stock_cut,
    expiry,
    forbidden,
    only_allowed,
    lift_group,
    # what is bought
    order_written,
    order_day,
    fund_pays,
    production,
    fund_amount,
    bought_quantity,
    transport_money,
    # what is shared
    link_capacity,
    link_volume,
    lift_capacity,
    handling,
    storage,
    storage_volume,
    explosives_licence,
    explosives_limit,
    # the works
    work_mode,
    work_days,
    work_window,
    work_order,
    mandatory_works,
    builders,
    builders_released,
    builders_travel,
    builders_caveat,
    materials_on_site,
    # the books
    releases,
    positions,
    deliveries,
    shortfalls,
)


def verify(theatre: Theatre, scenario: Scenario, plan: Plan, *, works: bool | None = None) -> list[Violation]:
    """Return every broken rule of the plan, in the order of RULES; an empty list says that it is lawful.

    With `works` set, mandatory works must be built; by default where the plan builds any, so that a plan of stock alone
    can be judged.
    """
    case = Case(theatre, scenario, plan, works)
    return [violation for rule in RULES for violation in rule(case)]
