"""Contracts of the scenario's tables: what is asked of the theatre."""

from __future__ import annotations

from data.tables import Column, Contract, Kind

T, N, W = Kind.TEXT, Kind.NUMBER, Kind.INTEGER

SCENARIO_TABLE = Contract(
    "scenario",
    "what is asked: one row",
    (
        Column("name", T, "name of the scenario", key=True),
        Column("base", T, "scenario whose tables it takes where it has none of its own", default=""),
        Column("start_date", Kind.DATE, "calendar date of day 0", default="2030-01-01"),
        Column("horizon", W, "number of planned days: 0 to horizon - 1", "days", minimum=1, maximum=366),
        Column("probability", N, "weight among scenarios", "share", 1.0, minimum=0, maximum=1),
        Column("marking", T, "marking of every output", default="SYNTHETIC – EXERCISE"),
        Column("measure", T, "how short is measured", default="share", choices=("share", "tonnes")),
        Column("balance", T, "put the worst-served sector first", default="none", choices=("none", "sectors")),
        Column("need_period", W, "days a block of consumption covers", "days", 5, minimum=1),
        Column("min_shipment", N, "smallest shipment wished for; never a rule", "t", 0.0, minimum=0),
    ),
    optional=False,
    single=True,
)
TRIGGERS = Contract(
    "triggers",
    "trigger levels by day; they never fall",
    (
        Column("day", W, "first day of the level", "day", key=True, minimum=0),
        Column("level", W, "0 monitoring, 1 warning, 2 violation determined, 3 renewed attack", "level",
               minimum=0, maximum=3),
        Column("cause", T, "what happened", default=""),
        Column("determined_by", T, "who determined it", default=""),
    ),
)  # fmt: skip
NEEDS = Contract(
    "needs",
    "what is needed where by when; each row adds to the others",
    (
        Column("need", T, "short name of the need", key=True),
        Column("sector", T, "where", refers_to="nodes"),
        Column("recipient", T, "for whom", refers_to="recipients"),
        Column("item", T, "what", refers_to="items"),
        Column("quantity", N, "how much", "units", minimum=0, above=True),
        Column("ead", W, "earliest day it is credited", "day", 0, minimum=0),
        Column("rdd", W, "required delivery date", "day", minimum=0),
        Column("lad", W, "latest day it is credited; empty: the RDD", "day", None, minimum=0),
        Column("tier", W, "priority: 1 before 2 before 3", "tier", 1, minimum=1, maximum=9),
        Column("weight", N, "weight within its tier", "weight", 1.0, minimum=0, above=True),
        Column("purpose", T, "what it is for, as caveats name it", default=""),
    ),
)
FORCES = Contract(
    "forces",
    "who consumes where; with the planning factors this makes needs",
    (
        Column("force", T, "short name of the force", key=True),
        Column("sector", T, "where it is supplied", refers_to="nodes"),
        Column("recipient", T, "for whom it counts", refers_to="recipients"),
        Column("force_type", T, "type, as table factors names it"),
        Column("elements", N, "number of elements of that type", "elements", minimum=0, above=True),
        Column("posture", T, "posture, as table factors names it", default=""),
        Column("from_day", W, "first day of consumption", "day", 0, minimum=0),
        Column("to_day", W, "last day of consumption; empty: to the end", "day", None, minimum=0),
        Column("dos_target", N, "days of supply to stand there on its first day", "days", 0.0, minimum=0),
        Column("tier", W, "priority of its needs", "tier", 1, minimum=1, maximum=9),
        Column("weight", N, "weight of its needs within their tier", "weight", 1.0, minimum=0, above=True),
        Column("lad_days", W, "days from the RDD of its needs to their LAD", "days", 0, minimum=0),
        Column("purpose", T, "what its needs are for, as caveats name it", default=""),
    ),
)
DISRUPTIONS = Contract(
    "disruptions",
    "what fails when, known when planning",
    (
        Column("disruption", T, "short name", key=True),
        Column("table", T, "table of what fails", choices=("links", "nodes", "lift", "stocks", "production")),
        Column("key", T, "key of the row; several key columns joined by /, the last may be left out"),
        Column("column", T, "what is cut", choices=("capacity", "capacity_volume", "handling", "storage",
                                                   "storage_volume", "on_hand", "rate")),
        Column("factor", N, "multiplies the value; or give a value", "ratio", None, minimum=0, maximum=1),
        Column("value", N, "replaces the value; or give a factor", "", None, minimum=0),
        Column("goods", T, "what becomes of goods caught on a closed link", default="lost", choices=("stay", "lost")),
        Column("from_day", W, "first day", "day", 0, minimum=0),
        Column("to_day", W, "last day; empty: to the end", "day", None, minimum=0),
    ),
)  # fmt: skip

SCENARIO: dict[str, Contract] = {c.name: c for c in (SCENARIO_TABLE, TRIGGERS, NEEDS, FORCES, DISRUPTIONS)}
