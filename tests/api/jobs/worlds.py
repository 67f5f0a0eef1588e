"""A world that is solved in a moment, stored, and batches of it."""

from __future__ import annotations

from typing import Any

from api.jobs import batch
from api.jobs.batch_spec import BatchSpec, spec_of
from api.store import Store, scenarios
from api.store import theatres as theatre_rows
from tests.api.databases import ALL
from tests.worlds import build


def stored(store: Store) -> tuple[str, str]:
    """Return the ids of a tiny theatre and of its scenario."""
    theatre, scenario = build(horizon=4)
    with store.begin(ALL) as tx:
        theatre_id = theatre_rows.add(tx, theatre, [scenario])
        return theatre_id, scenarios.named(tx, theatre_id, "test")["id"]


def capacities(*values: float, **keys: Any) -> BatchSpec:
    """Return a spec of one case a capacity of the only road: below 15 a day the need of 60 is short."""
    axis = {f"{v:g}": [f"links[link=D-S].capacity = {v:g}"] for v in values}
    return spec_of({"scenarios": ["test"], "changes": {"cap": axis}, **keys})


def submitted(store: Store, spec: BatchSpec, **keys: Any) -> str:
    """Return the id of a batch that waits."""
    theatre_id, _ = stored(store)
    with store.begin(ALL) as tx:
        return batch.submit(tx, theatre_id, spec, **keys)
