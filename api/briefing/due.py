"""Who must decide what by when, and what a what-if changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from api.briefing.words import Calendar, amount, count, enumeration, kpi_name, label, signed
from data.goal_names import goal_name
from data.theatre import Scenario, Theatre

MOST_DECISIONS, FIRST_DECISIONS = 36, 4


def decisions(theatre: Theatre, scenario: Scenario, table: pd.DataFrame, calendar: Calendar) -> dict[str, Any]:
    """Return the decisions due, earliest first, then the weightiest, those of one donor and day together."""
    authority = {row.donor: row.authority or "" for row in theatre.donors.rows()}
    rows = []
    groups = sorted(table.groupby(["approve_by", "donor"]), key=lambda g: (g[0][0], -len(g[1]), g[0][1]))
    for (day, donor), group in groups:
        rows.append(
            {
                "day": int(day),
                "date": calendar.date(int(day)),
                "donor": label(theatre.donors, str(donor)),
                "authority": authority.get(str(donor), ""),
                "what": _what(theatre, group["what"].tolist()),
                "slips": _slips(theatre, scenario, group["slips"].tolist()),
            }
        )
    return {
        "rows": rows[:MOST_DECISIONS],
        "first": rows[:FIRST_DECISIONS],
        "more": max(0, len(rows) - MOST_DECISIONS),
        "count": count(len(table)),
        "donors": table["donor"].nunique(),
    }


def _what(theatre: Theatre, texts: list[str]) -> str:
    """Return what a donor has to approve in words: the lots by item and place, sales and money, then the lift."""
    lots = [_lot(theatre, t) for t in texts if t.startswith("lot")]
    money = [_order(theatre, t) for t in sorted(texts) if t.startswith(("site", "fund"))]
    lift = sorted(t.removeprefix("lift: ").partition(" from day")[0] for t in texts if t.startswith("lift"))
    goods = f"{len(lots)} lots: {enumeration(lots, 1)}" if len(lots) > 1 else "".join(lots)
    parts = (goods, enumeration(money, 2), f"lift: {enumeration(lift, 2)}" if lift else "")
    return "; ".join(text for text in parts if text)


def _order(theatre: Theatre, text: str) -> str:
    """Return the sale by a site or the money of a fund in words."""
    kind, _, rest = text.partition(" ")
    key, _, items = rest.partition(": ")
    names = enumeration(label(theatre.items, item) for item in items.split(" and "))
    return f"sale of {names} by site {key}" if kind == "site" else f"money of fund {key} for {names}"


def _lot(theatre: Theatre, text: str) -> str:
    key = text.removeprefix("lot ").partition(": ")[0]
    code = theatre.stocks.position().get(key)
    if code is None:
        return text
    item, node = str(theatre.stocks["item"][code]), str(theatre.stocks["node"][code])
    return f"{label(theatre.items, item)} at {label(theatre.nodes, node)}"


def _slips(theatre: Theatre, scenario: Scenario, texts: list[str]) -> str:
    """Return the needs that slip: the first by item and sector, the others counted as far as named."""
    keys = sorted({key for text in texts for key in text.split(" and ")[0].split(", ") if key})
    if not keys:
        return "–"
    more = any(text.endswith(" more") for text in texts)
    first = _need(theatre, scenario, keys[0])
    if len(keys) == 1 and not more:
        return first
    return f"{first} and {'at least ' if more else ''}{len(keys) - 1 + more} more"


def _need(theatre: Theatre, scenario: Scenario, key: str) -> str:
    code = scenario.needs.position().get(key)
    if code is None:
        return key
    item, sector = str(scenario.needs["item"][code]), str(scenario.needs["sector"][code])
    return f"{label(theatre.items, item)} for {label(theatre.nodes, sector)}"


def differences(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a what-if changed: the changes and, goal by goal and figure by figure, before and after."""
    if "changes" not in document:
        return None
    rows = []
    for name in document["deltas"]["objectives"]:
        unit = goal_name(name)[1]
        now, base = (_part(d, name, unit) for d in (document, document["base"]))
        rows.append((goal_name(name)[0], amount(base, unit), amount(now, unit), signed(now - base, unit)))
    for name, delta in document["deltas"]["kpis"].items():
        text, unit = kpi_name(name)
        if not isinstance(delta, int | float) or name in ("cost", "shipments") or name.endswith("_share_short"):
            continue
        rows.append(
            (
                text,
                amount(document["base"]["kpis"][name], unit),
                amount(document["kpis"][name], unit),
                signed(delta, unit),
            )
        )
    return {"changes": document["changes"], "rows": rows}


def _part(document: Mapping[str, Any], goal: str, unit: str) -> float:
    """Return a goal's value; of a goal shown as a share, the share of its scale."""
    value = float(document["objectives"][goal])
    scale = next((float(row["scale"]) for row in document["goals"] if row["goal"] == goal), 1.0)
    return value / scale if unit == "share" and scale else value
