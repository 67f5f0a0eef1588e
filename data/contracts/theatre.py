"""Contracts of the theatre's tables: everything that exists, whatever is asked of it."""

from __future__ import annotations

from data.tables import Column, Contract, Kind

T, N, W, F, L = Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.FLAG, Kind.LIST

NODE_KINDS = ("depot", "hub", "port", "railhead", "airfield", "border", "gauge_break", "sector")
CARGO = ("general", "liquid", "outsize", "chilled", "passengers")
DIVISIONS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
PURPOSES = ("procurement", "works", "transport", "budget_support")
MODES = ("road", "rail", "sea", "inland_water", "air", "pipeline")


def approval() -> tuple[Column, Column]:
    """Return the columns that say when what a donor gives is released."""
    return (
        Column("trigger", W, "lowest trigger level at which it may be released", "level", 0, maximum=3, minimum=0),
        Column("approval_days", W, "days from the trigger to the donor's release", "days", None, minimum=0),
    )


DONORS = Contract(
    "donors",
    "who owns stock, lift, crews or money and keeps authority until it releases",
    (
        Column("donor", T, "short name of the donor", key=True),
        Column("name", T, "name as written in a briefing", default=""),
        Column("iso", T, "country code; empty in what is shipped", default=""),
        Column("burden_share", N, "agreed share of the burden; normalised over donors", "share", 0.0, minimum=0),
        Column("share_low", N, "lowest acceptable share; empty: as agreed", "share", None, minimum=0, maximum=1),
        Column("share_high", N, "highest acceptable share; empty: as agreed", "share", None, minimum=0, maximum=1),
        Column("approval_days", W, "approval lead time where a row names none", "days", 0, minimum=0),
        Column("authority", T, "who approves the release", default=""),
    ),
    optional=False,
)
RECIPIENTS = Contract(
    "recipients",
    "who consumes what is delivered",
    (
        Column("recipient", T, "short name of the recipient", key=True),
        Column("name", T, "name as written in a briefing", default=""),
    ),
    optional=False,
)
ITEMS = Contract(
    "items",
    "what is stocked and needed",
    (
        Column("item", T, "short name of the item", key=True),
        Column("name", T, "name as written in a briefing", default=""),
        Column("nsn", T, "NATO stock number, as text", default="", digits=True),
        Column("scheme", T, "supply class scheme", default="NATO-5", choices=("NATO-5", "US-10")),
        Column("supply_class", T, "supply class in that scheme"),
        Column("unit", T, "unit in which quantities of the item are counted"),
        Column("mass", N, "mass of one unit", "t", minimum=0, maximum=1e4, above=True),
        Column("volume", N, "volume of one unit", "m³", 0.0, minimum=0),
        Column("neq", N, "net explosive quantity of one unit", "kg", 0.0, minimum=0),
        Column("hazard_division", T, "hazard division; empty: no explosive", default="", choices=("", *DIVISIONS)),
        Column("mlc", N, "military load class; empty: any link bears it", "MLC", None, minimum=0),
        Column("cargo", T, "cargo class, which decides the lift it needs", default="general", choices=CARGO),
        Column("whole", F, "every shipment's quantity is a whole number", default=False),
        Column("value", N, "value of one unit, for burden shares", "EUR", 0.0, minimum=0),
    ),
    optional=False,
)
SUBSTITUTES = Contract(
    "substitutes",
    "which item may stand in for another: one way, not chained",
    (
        Column("item", T, "the item that is needed", key=True, refers_to="items"),
        Column("substitute", T, "the item that may be delivered instead", key=True, refers_to="items"),
        Column("ratio", N, "units of the substitute for one unit of the item", "units", 1.0, minimum=0, above=True),
        Column("penalty", N, "substitution points per unit credited", "points", 1.0, minimum=0),
    ),
)
NODES = Contract(
    "nodes",
    "places: where stock stands, where loads change hands, where it is needed",
    (
        Column("node", T, "short name of the place", key=True),
        Column("name", T, "name as written in a briefing", default=""),
        Column("kind", T, "what the place is", choices=NODE_KINDS),
        Column("country", T, "code of the country it lies in", default=""),
        Column("latitude", N, "latitude", "degrees", minimum=-90, maximum=90),
        Column("longitude", N, "longitude", "degrees", minimum=-180, maximum=180),
        Column("handling", N, "tonnes handled a day; empty: no limit", "t/day", None, minimum=0),
        Column("dwell", W, "days from arrival to the next departure", "days", 0, minimum=0),
        Column("storage", N, "tonnes held overnight; empty: no limit", "t", None, minimum=0),
        Column("storage_volume", N, "volume held overnight; empty: no limit", "m³", None, minimum=0),
        Column("divisions", L, "hazard divisions it is licensed for, joined by |", default=""),
    ),
    optional=False,
)
EXPLOSIVE_LIMITS = Contract(
    "explosive_limits",
    "how much net explosive quantity of a division a node may hold on a day",
    (
        Column("node", T, "the licensed place", key=True, refers_to="nodes"),
        Column("hazard_division", T, "the counted division", key=True, choices=DIVISIONS),
        Column("limit", N, "highest quantity present on a day", "kg", minimum=0),
    ),
)
STORAGE_RULES = Contract(
    "storage_rules",
    "as which division one counts where another is licensed too",
    (
        Column("hazard_division", T, "division of the item", key=True, choices=DIVISIONS),
        Column("with_division", T, "division licensed at the node", key=True, choices=DIVISIONS),
        Column("counts_as", T, "division it then counts as", choices=DIVISIONS),
    ),
)
LINKS = Contract(
    "links",
    "directed connections; a two-way road is two rows",
    (
        Column("link", T, "short name of the link", key=True),
        Column("tail", T, "where it starts", refers_to="nodes"),
        Column("head", T, "where it ends", refers_to="nodes"),
        Column("mode", T, "mode of transport", refers_to="modes"),
        Column("gauge", T, "rail gauge in mm; empty where there is none", default=""),
        Column("distance", N, "distance", "km", minimum=0),
        Column("transit", W, "days from departure to arrival", "days", minimum=0),
        Column("capacity", N, "tonnes departing a day; empty: no limit", "t/day", None, minimum=0),
        Column("capacity_volume", N, "volume departing a day; empty: no limit", "m³/day", None, minimum=0),
        Column("cost", N, "transport cost", "EUR/t", 0.0, minimum=0),
        Column("mlc", N, "highest military load class it bears; empty: any", "MLC", None, minimum=0),
        Column("hazardous", F, "explosives may use it", default=True),
        Column("clearance", W, "days from a lot's release until it may use the link", "days", 0, minimum=0),
        Column("countries", L, "codes of the countries it crosses, joined by |", default=""),
    ),
    optional=False,
)
MODES_TABLE = Contract(
    "modes",
    "modes of transport",
    (
        Column("mode", T, "the mode", key=True, choices=MODES),
        Column("return_factor", N, "days a vehicle is bound per day of transit", "ratio", 1.0, minimum=0, above=True),
    ),
    optional=False,
)
LIFT = Contract(
    "lift",
    "transport capacity a donor gives to the pool",
    (
        Column("donor", T, "who owns the lift", key=True, refers_to="donors"),
        Column("mode", T, "its mode", key=True, refers_to="modes"),
        Column("cargo", T, "the cargo class it carries", key=True, choices=CARGO),
        Column("from_day", W, "first day it may be used", "day", 0, key=True, minimum=0),
        Column("to_day", W, "last day; empty: to the end", "day", None, minimum=0),
        Column("capacity", N, "tonne-kilometres a day", "t·km/day", minimum=0),
        *approval(),
    ),
)
STOCKS = Contract(
    "stocks",
    "lots: one donor's stock of one item at one node",
    (
        Column("lot", T, "short name of the lot", key=True),
        Column("donor", T, "who owns it", refers_to="donors"),
        Column("node", T, "where it stands", refers_to="nodes"),
        Column("item", T, "what it is", refers_to="items"),
        Column("on_hand", N, "quantity there", "units", minimum=0),
        Column("reserved", N, "of it reserved for others", "units", 0.0, minimum=0),
        Column("unserviceable", N, "of it not usable", "units", 0.0, minimum=0),
        Column("earmarked", N, "quantity named for the pool; empty: all on hand", "units", None, minimum=0),
        Column("floor", N, "reserve floor: what the donor keeps whatever happens", "units", 0.0, minimum=0),
        *approval(),
        Column("ready_day", W, "first day it can leave, whatever is approved", "day", 0, minimum=0),
        Column("expiry_day", W, "last day on which it may arrive; empty: none", "day", None, minimum=0),
    ),
)
TERMS = Contract(
    "terms",
    "a lot's conditions from a trigger level on",
    (
        Column("lot", T, "the lot", key=True, refers_to="stocks"),
        Column("level", W, "from this trigger level on", "level", key=True, minimum=0, maximum=3),
        Column("floor", N, "reserve floor from that level on; empty: as before", "units", None, minimum=0),
        Column("approval_days", W, "approval lead time at that level; empty: as before", "days", None, minimum=0),
        Column("text", T, "the donor's words", default=""),
    ),
)
CAVEATS = Contract(
    "caveats",
    "donors' typed restrictions",
    (
        Column("caveat", T, "short name of the caveat", key=True),
        Column("donor", T, "whom it binds; empty: every donor", default="", refers_to="donors"),
        Column("subject", T, "what it binds", choices=("stock", "lift", "crew", "plant", "fund")),
        Column("effect", T, "forbid what meets the condition, or allow only that", choices=("forbid", "only")),
        Column("item", T, "binds this item; empty: all", default="", refers_to="items"),
        Column("supply_class", T, "binds this supply class; empty: all", default=""),
        Column("recipient", T, "condition: for this recipient", default="", refers_to="recipients"),
        Column("sector", T, "condition: for this sector", default="", refers_to="nodes"),
        Column("purpose", T, "condition: for needs of this purpose", default=""),
        Column("mode", T, "condition: on a leg of this mode", default="", refers_to="modes"),
        Column("country", T, "condition: for a sector in this country", default=""),
        Column("transit_country", T, "condition: on a leg through this country", default=""),
        Column("from_day", W, "condition: departing on this day or later", "day", None, minimum=0),
        Column("to_day", W, "condition: departing on this day or earlier", "day", None, minimum=0),
        Column("text", T, "the donor's words", default=""),
    ),
)
HOLDINGS = Contract(
    "holdings",
    "the supported nation's own stock at its sectors",
    (
        Column("node", T, "where it stands", key=True, refers_to="nodes"),
        Column("item", T, "what it is", key=True, refers_to="items"),
        Column("on_hand", N, "quantity there", "units", minimum=0),
        Column("reserved", N, "of it reserved", "units", 0.0, minimum=0),
        Column("unserviceable", N, "of it not usable", "units", 0.0, minimum=0),
    ),
)
DONOR_USE = Contract(
    "donor_use",
    "what donors use themselves, against which what they give is held",
    (
        Column("donor", T, "the donor", key=True, refers_to="donors"),
        Column("item", T, "what it uses", key=True, refers_to="items"),
        Column("rate", N, "its own use", "units/day", minimum=0),
        Column("replacement_days", W, "days until what it gives is replaced; empty: unknown", "days", None, minimum=0),
    ),
)
FACTORS = Contract(
    "factors",
    "planning factors: what one element of a force uses a day",
    (
        Column("force_type", T, "type of the force", key=True),
        Column("item", T, "what it uses", key=True, refers_to="items"),
        Column("posture", T, "in this posture; empty: in any that has no row of its own", default="", key=True),
        Column("rate", N, "use of one element", "units/day", minimum=0),
    ),
)
PRODUCTION = Contract(
    "production",
    "what can be bought: sites that make an item",
    (
        Column("site", T, "short name of the site", key=True),
        Column("donor", T, "who approves that it is sold", refers_to="donors"),
        Column("node", T, "where the goods stand once made", refers_to="nodes"),
        Column("item", T, "what it makes", refers_to="items"),
        Column("rate", N, "most that may be ordered on a day, over all orders", "units/day", minimum=0),
        Column("lead", W, "days from the order until the goods may leave", "days", 0, minimum=0),
        Column("total", N, "most that may be ordered in all; empty: no limit", "units", None, minimum=0),
        Column("price", N, "price of one unit, paid on the order day", "EUR/unit", minimum=0),
        Column("approval_days", W, "days until orders may be placed; empty: the donor's", "days", None, minimum=0),
    ),
)
FUNDS = Contract(
    "funds",
    "money that donors give, with what it is for",
    (
        Column("fund", T, "short name of the fund", key=True),
        Column("donor", T, "whose money it is", refers_to="donors"),
        Column("amount", N, "how much", "EUR", minimum=0),
        Column("purpose", T, "what it pays", choices=PURPOSES),
        Column("item", T, "pays for this item only; empty: for any", default="", refers_to="items"),
        Column("sector", T, "pays for what goes to this sector only; empty: to any", default="", refers_to="nodes"),
        Column("from_day", W, "first day it may be spent, whatever is approved", "day", 0, minimum=0),
        Column("movable", F, "budget support that may be moved to procurement", default=False),
        *approval(),
    ),
)

THEATRE: dict[str, Contract] = {
    c.name: c
    for c in (
        DONORS, RECIPIENTS, ITEMS, SUBSTITUTES, NODES, EXPLOSIVE_LIMITS, STORAGE_RULES, LINKS, MODES_TABLE,
        LIFT, STOCKS, TERMS, CAVEATS, HOLDINGS, DONOR_USE, FACTORS,
        PRODUCTION, FUNDS,
    )
}  # fmt: skip
