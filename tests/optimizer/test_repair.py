"""A plan on the grid keeps every row, however large its limit is."""

import numpy as np

from optimizer.formulations.reinforce import prepare
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths
from optimizer.methods.repair import make_lawful
from tests.worlds import build, lift, link, lot, need


def test_of_a_large_lot_not_a_thousandth_too_much_leaves() -> None:
    """A lot of 10¹¹ units, two needs that share it; a solver's numbers are 0.006 beyond it in all."""
    half = 5e10
    theatre, scenario = build(
        links=[link("D-S", "D", "S", capacity=None)],
        lift=[lift(capacity=1e15)],
        stocks=[lot(on_hand=2 * half, floor=0)],
        needs=[need(quantity=2 * half, rdd=3), need("N2", quantity=2 * half, rdd=3)],
    )
    setting = prepare(theatre, scenario)
    (move, *_) = np.flatnonzero(setting.network.moves.depart == 1).tolist()
    paths = Paths.of([(0, 0, 0, (move,), half + 0.003), (0, 1, 0, (move,), half + 0.003)])
    lawful = make_lawful(Master.of(setting, paths))
    assert len(lawful) == 2
    left = 2 * half - float(lawful.quantity.sum())
    assert 0 <= left < 0.01
