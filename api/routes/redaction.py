"""What of a plan those bound to a donor see.

Bounds, gaps, prices and reasons depend on floors and caveats of others, and so does the digest of the whole theatre.
The digest of the plan is over others' decisions too, whose dates tell lead times: a few guesses would find them. So of
the coalition's plan they see what it does, not how good it is or why. Their own plans, of the projected theatre, hold
nothing of others and are shown whole. What is published is divided by the database already (`api.store.plans`): this is
the second lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from api.security import Principal
from api.store.plans import OWNED, SHOWN

SEEN = ("id", "theatre_id", "scenario_id", "marking", "published_at", "created_at", "compartment")
NOTE = "bounds, reasons and shortfalls' causes depend on other donors' policies and are not shown"


def redacted(row: Mapping[str, Any], who: Principal) -> dict[str, Any]:
    """Return a plan's row as who asks may see it."""
    if not who.restricted or row["compartment"] in who.donors:
        return dict(row)
    told: dict[str, Any] = {name: row[name] for name in SEEN if name in row}
    if "document" in row:
        document = row["document"]
        kept = {name: document[name] for name in SHOWN if name in document}
        told["document"] = {**kept, "notes": [NOTE]}
    return told


def redacted_table(frame: pd.DataFrame, name: str, row: Mapping[str, Any], who: Principal) -> pd.DataFrame:
    """Return a plan's table as who asks may see it: of decisions, whose dates tell lead times, their own."""
    if not who.restricted or row["compartment"] in who.donors or name != OWNED:
        return frame
    return frame[frame["donor"].isin(who.donors)].reset_index(drop=True)


def shown_digest(frame: pd.DataFrame) -> str:
    """Return a digest of a table as it is shown; that of the whole plan would tell of rows that are not."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
    return hashlib.sha256(" ".join(map(str, frame.columns)).encode() + rows).hexdigest()
