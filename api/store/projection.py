"""The theatre as a donor's officer may question it: the own rows, and of others no more than the published plan uses.

Of other donors' lots stands what leaves them in the published plan, on the day it leaves and good until it arrives; of
their lift the tonne-kilometres used on each day beyond what the own lift gives; their floors, caveats, terms and funds
are absent. An answer is so a function of the own rows and the published plan, and no better than what the coalition
could do.
"""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from api.store import plans, scenarios, theatres
from api.store.database import Scope, Store
from api.store.errors import ConflictError
from data.change import apply
from data.counting import usage
from data.plan import Plan
from data.theatre import Scenario, Theatre

NOTE = ("answered on the own rows and what the published plan uses of others: the coalition could do at least as well, "
        "as far as that plan's other goals allow")  # fmt: skip


def question(store: Store, scope: Scope, scenario_id: str) -> tuple[Theatre, Scenario, str]:
    """Return theatre, scenario and a note: whole for whoever sees all of it, else projected; ConflictError."""
    with store.read(scope) as tx:
        theatre_id = scenarios.get(tx, scenario_id)["theatre_id"]
        theatre, scenario = scenarios.load(tx, scenario_id)
        if theatres.sees_whole(tx, theatre_id):
            return theatre, scenario, ""
        shown = plans.published(tx, theatre_id)
    if shown is None:
        raise ConflictError("no plan of this theatre is published yet, so there is nothing of others to ask with")
    with store.read(Scope("projection")) as everything:
        whole, plan = plans.get(everything, shown["id"]), plans.load(everything, shown["id"])
        of_plan = apply(*scenarios.load(everything, whole["scenario_id"]), whole["changes"])
    own = scope.donors or ()
    stocks = [*_records(theatre.stocks.frame()), *_lots(of_plan[0], plan, own)]
    lift = [*_records(theatre.lift.frame()), *_lift(of_plan, plan, theatre, own)]
    projected = theatre.replace(stocks=_raw(stocks), lift=_raw(lift))
    return projected, scenario.replace(projected), NOTE


Row = dict[str, object]


def _records(frame: pd.DataFrame) -> list[Row]:
    return [{str(k): (None if v is None or v != v else v) for k, v in row.items()} for row in frame.to_dict("records")]


def _raw(rows: list[Row]) -> dict[str, list[object]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def _lots(theatre: Theatre, plan: Plan, own: tuple[str, ...]) -> list[Row]:
    """Return of every lot or purchase of another donor what leaves it, a row a day."""
    places = {str(r.lot): (r.donor, r.node, r.item) for r in theatre.stocks.rows()}
    sites = {str(r.site): (r.donor, r.node, r.item) for r in theatre.production.rows()}
    places |= {str(r.purchase): sites[r.site] for r in plan.purchases.rows() if r.site in sites}
    moved: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in plan.shipments.rows():
        entry = moved[(str(row.lot), int(row.depart))]
        entry[0] += float(row.quantity)
        entry[1] = max(entry[1], float(row.arrive))
    return [{"lot": f"{lot}@{day}", "donor": donor, "node": node, "item": item, "on_hand": quantity, "ready_day": day,
             "approval_days": 0, "trigger": 0, "floor": 0.0, "reserved": 0.0, "unserviceable": 0.0,
             "earmarked": None, "expiry_day": int(last)}
            for (lot, day), (quantity, last) in sorted(moved.items())
            for donor, node, item in [places[lot]] if donor not in own]  # fmt: skip


def _lift(of_plan: tuple[Theatre, Scenario], plan: Plan, theatre: Theatre, own: tuple[str, ...]) -> list[Row]:
    """Return the tonne-kilometres of each mode, cargo and day that the plan uses beyond the own lift."""
    used = usage(*of_plan, plan)
    others = [str(d) for d in theatre.donors["donor"] if d not in own]
    need: dict[tuple[str, str, int], float] = defaultdict(float)
    first: dict[tuple[str, str], str] = {}
    for row in used[used["kind"] == "lift"].itertuples():
        mode, cargo, donor = str(row.key).split("/", 2)
        need[(mode, cargo, int(row.day))] += float(row.used)
        if donor in others:
            first.setdefault((mode, cargo), donor)
    for own_row in theatre.lift.rows():
        for (mode, cargo, day), _ in list(need.items()):
            last = own_row.to_day if own_row.to_day is not None and own_row.to_day == own_row.to_day else day
            if (mode, cargo) == (own_row.mode, own_row.cargo) and own_row.from_day <= day <= last:
                need[(mode, cargo, day)] -= float(own_row.capacity)
    return [{"donor": first.get((mode, cargo), others[0]), "mode": mode, "cargo": cargo, "from_day": day, "to_day": day,
             "capacity": left, "trigger": 0, "approval_days": 0}
            for (mode, cargo, day), left in sorted(need.items()) if left > 1e-9 and others]  # fmt: skip
