"""What two plans differ in: its order is total, whatever the order of a set and the last bits of a solver."""

from data.plan import Plan
from data.theatre import Theatre
from optimizer.comparison import shipments_changed
from tests.worlds import build, item

# lot, need, item, link, depart, arrive: each but the last ties with the first in all that is not named in it
WAYS = [
    ("L1", "N1", "box", "D-S", 0, 1),
    ("L1", "N1", "box", "D-S", 0, 2),
    ("L1", "N1", "box", "D-S", 1, 1),
    ("L1", "N1", "box", "E-S", 0, 1),
    ("L1", "N1", "tin", "D-S", 0, 1),
    ("L1", "N2", "box", "D-S", 0, 1),
    ("L2", "N1", "box", "D-S", 0, 1),
]


def counted(unit: str = "unit") -> Theatre:
    """Return a theatre whose boxes and tins are counted so."""
    return build(items=[{**item("box"), "unit": unit}, {**item("tin"), "unit": unit}])[0]


def moved(*quantities: float) -> Plan:
    """Return the plan that moves these by WAYS, in turn."""
    rows = list(zip(WAYS, quantities, strict=True))
    return Plan.of({
        "shipments": {
            "shipment": [f"M{i}" for i in range(len(rows))],
            "destination": ["S"] * len(rows),
            "quantity": [q for _, q in rows],
            **{name: [way[i] for way, _ in rows]
               for name, i in (("lot", 0), ("need", 1), ("item", 2), ("depart", 4), ("arrive", 5))},
        },
        "legs": {
            "shipment": [f"M{i}" for i in range(len(rows))],
            "sequence": [1] * len(rows),
            "lift_group": ["road/general/ALDER"] * len(rows),
            **{name: [way[i] for way, _ in rows] for name, i in (("link", 3), ("depart", 4), ("arrive", 5))},
        },
    })  # fmt: skip


def test_shipments_that_change_by_as_much_stand_in_order_of_all_that_names_them() -> None:
    told = shipments_changed((counted(), Plan.empty()), (counted(), moved(*[25.0] * len(WAYS))))
    assert [(r.lot, r.need, r.item, *r.links, r.depart, r.arrive) for r in told] == WAYS


def test_the_last_bits_of_a_solver_do_not_turn_the_order() -> None:
    for noise in (1e-9, -1e-9):
        after = moved(26.0, 26.0 + noise, 26.0, 27.0, 26.0, 26.0, 26.0)
        told = shipments_changed((counted(), moved(*[1.0] * len(WAYS))), (counted(), after))
        assert [r.links for r in told][0] == ("E-S",)
        assert [(r.lot, r.need, r.item, *r.links, r.depart, r.arrive) for r in told[1:]] == WAYS[:3] + WAYS[4:]


def test_plans_of_relaxed_theatres_are_compared_in_units() -> None:
    before, after = moved(*[250.0] * len(WAYS)), moved(30_000.0, *[25_000.0] * (len(WAYS) - 1))
    told = shipments_changed((counted("1/10 unit"), before), (counted("1/1000 unit"), after))
    assert [(row.before, row.after) for row in told] == [(25.0, 30.0)]
