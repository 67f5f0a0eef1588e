"""Contracts of fortification works: who can build (theatre), what is wanted (scenario), what is built when (plan)."""

from __future__ import annotations

from data.contracts.theatre import approval
from data.tables import Column, Contract, Kind

T, N, W, F, L = Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.FLAG, Kind.LIST

CREWS = Contract(
    "crews",
    "engineer crews that donors give: alike crews of one trade",
    (
        Column("crew", T, "short name of the crews", key=True),
        Column("donor", T, "whose crews they are", refers_to="donors"),
        Column("node", T, "where they are stationed", refers_to="nodes"),
        Column("trade", T, "what they can do, as table work_modes names it"),
        Column("size", W, "number of crews", "crews", 1, minimum=1, maximum=999),
        *approval(),
        Column("move_days", W, "days to get to a sector, and from one sector to another", "days", 0, minimum=0),
        Column("from_day", W, "first day they may set out, whatever is approved", "day", 0, minimum=0),
        Column("to_day", W, "last day they may work; empty: to the end", "day", None, minimum=0),
    ),
)
PLANT = Contract(
    "plant",
    "engineer plant that donors give: alike machines of one kind",
    (
        Column("plant", T, "short name of the machines", key=True),
        Column("donor", T, "whose machines they are", refers_to="donors"),
        Column("node", T, "where they stand", refers_to="nodes"),
        Column("kind", T, "what they are, as table work_modes names it"),
        Column("number", W, "number of machines", "machines", 1, minimum=1, maximum=999),
        *approval(),
        Column("move_days", W, "days to get to a sector, and from one sector to another", "days", 0, minimum=0),
    ),
)
CALENDAR = Contract(
    "calendar",
    "days on which works at a sector rest; a day that is not named is a working day",
    (
        Column("sector", T, "the sector", key=True, refers_to="nodes"),
        Column("day", W, "the day", "day", key=True, minimum=0),
        Column("works", F, "whether works go on that day", default=False),
    ),
)
WORKS = Contract(
    "works",
    "fortification works wanted, each one job at a sector",
    (
        Column("work", T, "short name of the work", key=True),
        Column("sector", T, "where it is built", refers_to="nodes"),
        Column("kind", T, "what is built, as caveats name it by purpose", default=""),
        Column("value", N, "what it is worth finished by its due day", "value", 1.0, minimum=0, above=True),
        Column("tier", W, "priority, on the scale of needs", "tier", 1, minimum=1, maximum=9),
        Column("earliest", W, "first day it may start", "day", 0, minimum=0),
        Column("due", W, "day by whose end it should be finished", "day", minimum=0),
        Column("deadline", W, "day by whose end it must be finished, if it is built; empty: none", "day", None,
               minimum=0),
        Column("mandatory", F, "it must be built", default=False),
    ),
)  # fmt: skip
WORK_MODES = Contract(
    "work_modes",
    "ways to build a work: one of its modes is chosen",
    (
        Column("work", T, "the work", key=True, refers_to="works"),
        Column("mode", T, "short name of the way", key=True),
        Column("duration", W, "working days it takes", "days", minimum=1, maximum=366),
        Column("trade", T, "trade of its crews, as table crews names it"),
        Column("crews", W, "number of crews it takes", "crews", 1, minimum=1, maximum=999),
        Column("plant", T, "kind of its machines, as table plant names it; empty: none", default=""),
        Column("plant_number", W, "number of machines it takes", "machines", 0, minimum=0, maximum=999),
    ),
)
WORK_MATERIALS = Contract(
    "work_materials",
    "what must be on site when a work starts",
    (
        Column("work", T, "the work", key=True, refers_to="works"),
        Column("item", T, "the material", key=True, refers_to="items"),
        Column("quantity", N, "how much", "units", minimum=0, above=True),
    ),
)
PRECEDENCES = Contract(
    "precedences",
    "which work must be finished before another may start",
    (
        Column("before", T, "the work that comes first", key=True, refers_to="works"),
        Column("after", T, "the work that waits for it", key=True, refers_to="works"),
        Column("lag", W, "whole days that lie between the two", "days", 0, minimum=0),
    ),
)
PLAN_WORKS = Contract(
    "works",
    "which works are built when, how and by whom",
    (
        Column("work", T, "the work", key=True, refers_to="works"),
        Column("mode", T, "the way it is built"),
        Column("start", W, "first day of work", "day", minimum=0),
        Column("end", W, "last day of work", "day", minimum=0),
        Column("crews", L, "its crews, each as crew/number, as SAPPERS/2, joined by |"),
        Column("plant", L, "its machines, each as plant/number, joined by |", default=""),
    ),
)
