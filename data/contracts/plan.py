"""Contracts of the plan's tables: the answer, in domain words, without a solver's numbers."""

from __future__ import annotations

from data.tables import Column, Contract, Kind

T, N, W = Kind.TEXT, Kind.NUMBER, Kind.INTEGER

RELEASES = Contract(
    "releases",
    "what each donor hands over when",
    (
        Column("lot", T, "the lot or purchase", key=True, refers_to="stocks|purchases"),
        Column("day", W, "day it leaves", "day", key=True, minimum=0),
        Column("quantity", N, "quantity that leaves", "units", minimum=0),
    ),
)
SHIPMENTS = Contract(
    "shipments",
    "what travels from where to whom",
    (
        Column("shipment", T, "short name of the shipment", key=True),
        Column("lot", T, "the lot or purchase it comes from", refers_to="stocks|purchases"),
        Column("need", T, "the need it serves; empty: none", default="", refers_to="needs"),
        Column("destination", T, "where it ends", refers_to="nodes"),
        Column("item", T, "what it carries", refers_to="items"),
        Column("quantity", N, "how much", "units", minimum=0),
        Column("depart", W, "day of its first departure", "day", minimum=0),
        Column("arrive", W, "day of its last arrival", "day", minimum=0),
    ),
)
LEGS = Contract(
    "legs",
    "the moves of each shipment, in order",
    (
        Column("shipment", T, "the shipment", key=True),
        Column("sequence", W, "1 is the first leg", key=True, minimum=1),
        Column("link", T, "the link it uses", refers_to="links"),
        Column("lift_group", T, "the lift that carries it: mode/cargo/first donor of the group"),
        Column("depart", W, "day of departure", "day", minimum=0),
        Column("arrive", W, "day of arrival", "day", minimum=0),
    ),
)
POSITIONS = Contract(
    "positions",
    "what is held overnight where, away from its depot",
    (
        Column("node", T, "the place", key=True, refers_to="nodes"),
        Column("lot", T, "the lot or purchase it came from", key=True, refers_to="stocks|purchases"),
        Column("day", W, "held over the night after this day", "day", key=True, minimum=0),
        Column("quantity", N, "how much", "units", minimum=0),
    ),
)
DELIVERIES = Contract(
    "deliveries",
    "what is credited to each need",
    (
        Column("need", T, "the need", key=True, refers_to="needs"),
        Column("item", T, "the item delivered", key=True, refers_to="items"),
        Column("day", W, "day it is credited", "day", key=True, minimum=0),
        Column("credited", N, "credit in units of the needed item", "units", minimum=0),
    ),
)
SHORTFALLS = Contract(
    "shortfalls",
    "what each need lacks",
    (
        Column("need", T, "the need", key=True, refers_to="needs"),
        Column("short", N, "not there by the RDD", "units", minimum=0),
        Column("unmet", N, "not there by the LAD", "units", minimum=0),
        Column("delay", N, "unit-days late", "unit·days", minimum=0),
    ),
)
PURCHASES = Contract(
    "purchases",
    "what is ordered where, with whose money",
    (
        Column("purchase", T, "short name of the order; the goods are a lot of this name", key=True),
        Column("site", T, "who makes it", refers_to="production"),
        Column("fund", T, "which money pays it", refers_to="funds"),
        Column("item", T, "what is bought", refers_to="items"),
        Column("quantity", N, "how much", "units", minimum=0),
        Column("order_day", W, "day it is ordered and paid", "day", minimum=0),
    ),
)
DECISIONS = Contract(
    "decisions",
    "what each donor must approve by when for this plan to hold",
    (
        Column("donor", T, "who decides", key=True, refers_to="donors"),
        Column("what", T, "what is to be approved", key=True),
        Column("approve_by", W, "last day on which this plan still holds", "day", minimum=0),
        Column("slips", T, "what slips otherwise", default=""),
    ),
)

PLAN: dict[str, Contract] = {
    c.name: c for c in (RELEASES, SHIPMENTS, LEGS, POSITIONS, DELIVERIES, SHORTFALLS, PURCHASES, DECISIONS)
}
