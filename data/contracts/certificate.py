"""Contract of a certificate: the prices that prove the bound of each goal (docs/formulations/certificate.md)."""

from __future__ import annotations

from data.tables import Column, Contract, Kind

T, W = Kind.TEXT, Kind.INTEGER

LIMITS = (
    "stock", "produce", "total", "fund", "link", "link_volume", "lift", "handling", "storage", "storage_volume",
    "explosive", "transport",
)  # fmt: skip
RULES = (*LIMITS, "carry", "sector", "share_above", "share_below")

CERTIFICATE = Contract(
    "certificate",
    "prices that prove how good the goals can be at most",
    (
        Column("goal", T, "the goal whose bound they prove", key=True),
        Column("rule", T, "the rule that has the price", key=True, choices=RULES),
        Column("key", T, "what it limits: lot, site, fund, link, lift group, node, node/division or donor; for carry "
               "an earlier goal, for sector tier/sector", key=True),
        Column("day", W, "its day; of stock and transport the last day counted", "day", 0, key=True, minimum=0),
        Column("since", W, "of stock the first day counted", "day", 0, key=True, minimum=0),
        Column("units", W, "the price is units / 2^halvings of the goal, per unit of what is limited", minimum=0),
        Column("halvings", W, "see units", minimum=0),
    ),
)  # fmt: skip
